"""What the probe saw, over HTTP: metrics, data, names, artifacts, trials, comparisons, origins."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import nbformat
import pytest

from dsinfra_jlab.domain.changes import (
    SaveArtifact,
    SaveCapture,
    SaveData,
    SaveEnvironment,
    SavePoints,
    SaveRun,
    SaveValues,
)
from dsinfra_jlab.domain.ids import CellId, EnvironmentId, KernelId, RunId, artifact_id
from dsinfra_jlab.domain.runs.artifacts import Artifact
from dsinfra_jlab.domain.runs.capture import DataItem, DataKind, DataMode, RunCapture
from dsinfra_jlab.domain.runs.records import (
    Document,
    DocumentKind,
    Environment,
    GitState,
    RunKind,
    RunRecord,
    RunStatus,
)
from tests.services.conftest import opened

from .conftest import Caller, error_of

START = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)


class Bench:
    """A notebook whose cells were run, as the probe would tell of it."""

    def __init__(self, app: Any, loop: Any, root: Path) -> None:
        self._app = app
        self._loop = loop
        self.root = root
        path = str(root / "work" / "train.ipynb")
        self.document = Document(DocumentKind.notebook, path, "train.ipynb")
        self._count = 0
        self.save(SaveRun(self._record("s-1", kind=RunKind.session)))

    def save(self, *changes: Any) -> None:
        self._app.store.record(changes)
        self._loop.run_until_complete(self._app.store.flush())

    def cell(
        self,
        run_id: str,
        code: str,
        *,
        cell: str | None = None,
        reads: str = "",
        writes: str = "",
        touches: str = "",
        params: dict[str, Any] | None = None,
        metrics: dict[str, float] | None = None,
        data: tuple[DataItem, ...] = (),
        is_seen: bool = True,
        **fields: Any,
    ) -> RunId:
        self._count += 1
        fields.setdefault("cell_id", CellId(cell or f"c-{run_id}"))
        fields.setdefault("execution_count", self._count)
        fields.setdefault("parent_id", RunId("s-1"))
        record = self._record(run_id, code=code, **fields)
        changes: list[Any] = [SaveRun(record)]
        if is_seen:
            names = RunCapture(reads.split(), writes.split(), touches.split())
            changes += [SaveCapture(record.id, names), SaveData(record.id, data, ("audit",))]
        changes.append(SaveValues(record.id, params or {}, metrics or {}))
        self.save(*changes)
        return record.id

    def ask(self, work: Any) -> Any:
        return self._loop.run_until_complete(work)

    def _record(self, run_id: str, **fields: Any) -> RunRecord:
        at = START + timedelta(seconds=self._count)
        code = fields.get("code", "")
        values: dict[str, Any] = {
            "id": RunId(run_id),
            "kind": RunKind.cell,
            "kernel_id": KernelId("k-1"),
            "kernel_name": "python3",
            "language": "python",
            "document": self.document,
            "server_id": self._app.server_id,
            "status": RunStatus.ok,
            "queued_at": at,
            "started_at": at,
            "ended_at": at + timedelta(seconds=1),
            "duration_s": 1.0,
            "code_sha256": hashlib.sha256(code.encode()).hexdigest(),
            **fields,
        }
        return RunRecord(**values)


@pytest.fixture
def bench(dsinfra, jp_asyncio_loop, jp_root_dir: Path) -> Bench:
    jp_asyncio_loop.run_until_complete(opened(dsinfra.store))
    return Bench(dsinfra, jp_asyncio_loop, jp_root_dir)


@pytest.fixture
def get(api: Caller, jp_asyncio_loop):
    """Return the JSON at a path."""

    def got(path: str, query: Any = None) -> Any:
        return jp_asyncio_loop.run_until_complete(api.get(path, query))

    return got


@pytest.fixture
def refused(api: Caller, jp_asyncio_loop):
    """Return the error at a path."""

    def got(path: str, status: int, code: str, query: Any = None) -> dict[str, Any]:
        response = jp_asyncio_loop.run_until_complete(api.ask("GET", path, query=query))
        return error_of(response, status, code)

    return got


def file_item(path: Path, mode: DataMode = DataMode.read, **changes: Any) -> DataItem:
    """Return a file as the probe saw it: as it is now."""
    found = path.stat()
    content = path.read_bytes()
    item = DataItem(
        DataKind.file,
        str(path),
        mode,
        size_bytes=len(content),
        digest=f"sha256:{hashlib.sha256(content).hexdigest()}",
        modified_at=datetime.fromtimestamp(found.st_mtime, timezone.utc)
        .isoformat()
        .replace("+00:00", "Z"),
    )
    return replace(item, **changes)


# Metrics, data, names


def test_series_come_thinned_with_their_peak_and_their_count(bench, get) -> None:
    run_id = bench.cell("r", "fit()")
    values = [0.0] * 3_000
    values[1_234] = 99.0
    body = b"".join(struct.pack("<3d", n, 1.8e9 + n, value) for n, value in enumerate(values))
    bench.save(SavePoints(run_id, "loss", 0, body))
    (series,) = get(f"runs/{run_id}/metrics", {"max_points": 100})["items"]
    assert (series["key"], series["point_count"]) == ("loss", 3_000)
    assert len(series["points"]) <= 110
    assert 99.0 in [value for _, _, value in series["points"]]
    assert series["points"][0][0] == 0 and series["points"][0][1].endswith("Z")
    assert get(f"runs/{run_id}/metrics", {"key": "acc"})["items"] == []


@pytest.mark.parametrize(
    "query", [{"max_points": 0}, {"max_points": "x"}, {"key": "k" * 201}, {"x": 1}]
)
def test_a_wrong_question_for_metrics_is_refused(bench, refused, query) -> None:
    bench.cell("r", "")
    refused("runs/r/metrics", 400, "bad_input", query)


def test_data_come_with_the_paths_of_the_file_browser(bench, get) -> None:
    inside, outside = str(bench.root / "data" / "x.csv"), "/elsewhere/y.csv"
    items = (
        DataItem(DataKind.file, inside, DataMode.read, 12),
        DataItem(DataKind.file, outside, DataMode.write),
        DataItem(DataKind.url, "https://example.org/z", DataMode.read),
    )
    bench.cell("r", "", data=items)
    found = get("runs/r/data")
    assert {item["name"] for item in found["items"]} == {
        "data/x.csv",
        outside,
        "https://example.org/z",
    }
    assert found["coverage"] == ["audit"]


def test_names_are_told_where_a_probe_looked(bench, get, refused) -> None:
    bench.cell("r", "b = a", reads="a", writes="b")
    bench.cell("unseen", "b = a", is_seen=False)
    assert get("runs/r/capture")["reads"] == ["a"]
    assert "no probe" in refused("runs/unseen/capture", 404, "not_found")["message"]


# Artifacts


@pytest.fixture
def artifact(bench: Bench, dsinfra):
    """Keep content as an artifact of a run; gives the path of its route."""

    def kept(name: str, content: bytes, media_type: str = "application/octet-stream") -> str:
        run_id = bench.cell("r", "")
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        path = dsinfra.artifact_files.path(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        found = Artifact(
            artifact_id(run_id, name), run_id, name, media_type, len(content), digest, START
        )
        bench.save(SaveArtifact(found))
        return f"runs/{run_id}/artifacts/{found.id}"

    return kept


def test_an_artifact_comes_as_a_file_to_keep(bench, api, artifact, get) -> None:
    content = os.urandom(700_001)
    path = artifact('models/best "ü".bin', content)
    (listed,) = get("runs/r/artifacts")["items"]
    assert (listed["name"], listed["size_bytes"]) == ('models/best "ü".bin', 700_001)
    response = bench.ask(api.ask("GET", path))
    assert response.body == content
    headers = response.headers
    assert headers["Content-Length"] == "700001"
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"] == (
        "attachment; filename=\"best ___.bin\"; filename*=UTF-8''best%20%22%C3%BC%22.bin"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("text/javascript", "application/octet-stream"),
        ("application/xhtml+xml", "application/octet-stream"),
        ("image/png", "image/png"),
        ("IMAGE/JPEG; x=y", "image/jpeg"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/json", "application/json"),
        ("text/plain\r\nX-Evil: 1", "application/octet-stream"),
    ],
)
def test_nothing_that_a_browser_runs_is_called_by_its_name(
    bench, api, artifact, given: str, sent: str
) -> None:
    response = bench.ask(api.ask("GET", artifact("x.html", b"<script>1</script>", given)))
    assert response.code == 200
    assert response.headers["Content-Type"] == sent
    assert "X-Evil" not in response.headers


def test_an_empty_artifact_is_empty(bench, api, artifact) -> None:
    response = bench.ask(api.ask("GET", artifact("empty.txt", b"", "text/plain")))
    assert (response.code, response.body) == (200, b"")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-3", 0, 4), ("bytes=5-", 5, 10), ("bytes=-2", 8, 10), ("bytes=4-99", 4, 10)],
)
def test_a_stretch_can_be_asked_for(bench, api, artifact, asked, start, end) -> None:
    path = artifact("ten.txt", b"0123456789")
    response = bench.ask(api.ask("GET", path, headers={**api.headers, "Range": asked}))
    assert (response.code, response.body) == (206, b"0123456789"[start:end])
    assert response.headers["Content-Range"] == f"bytes {start}-{end - 1}/10"


@pytest.mark.parametrize(
    "asked", ["bytes=10-", "bytes=5-4", "bytes=-", "bytes=-0", "lines=1-2", "bytes=0-1,3-4", "x"]
)
def test_a_stretch_that_cannot_be_is_ignored(bench, api, artifact, asked) -> None:
    path = artifact("ten.txt", b"0123456789")
    response = bench.ask(api.ask("GET", path, headers={**api.headers, "Range": asked}))
    assert (response.code, response.body) == (200, b"0123456789")


def test_what_a_browser_has_already_is_not_sent_again(bench, api, artifact) -> None:
    path = artifact("ten.txt", b"0123456789")
    etag = bench.ask(api.ask("GET", path)).headers["ETag"]
    again = bench.ask(api.ask("GET", path, headers={**api.headers, "If-None-Match": etag}))
    assert (again.code, again.body or b"") == (304, b"")


def test_content_that_is_gone_is_said_to_be(bench, dsinfra, artifact, refused) -> None:
    path = artifact("ten.txt", b"0123456789")
    digest = f"sha256:{hashlib.sha256(b'0123456789').hexdigest()}"
    dsinfra.artifact_files.path(digest).unlink()
    assert "'ten.txt'" in refused(path, 404, "not_found")["message"]
    refused("runs/r/artifacts/other", 404, "not_found")
    refused("runs/other/artifacts", 404, "not_found")


# Trials and comparison


def test_the_trial_table_has_a_row_for_each_run_and_knows_its_notebook(bench, get) -> None:
    for number, lr in enumerate([0.1, 0.2, 0.3]):
        bench.cell(
            f"r-{number}", f"lr = {lr}", cell="c", params={"lr": lr}, metrics={"acc": 1 - lr}
        )
    copy = replace(bench.document, path=str(bench.root / "copy.ipynb"), name="copy.ipynb")
    bench.cell("r-copy", "lr = 9", cell="c", params={"lr": 9}, document=copy)
    table = get("cells/c/trials", {"notebook_path": "work/train.ipynb"})
    assert [row["run_id"] for row in table["items"]] == ["r-2", "r-1", "r-0"]
    assert table["columns"] == {"params": ["lr"], "metrics": ["acc"]}
    assert table["items"][0]["params"] == {"lr": 0.3}
    assert len(get("cells/c/trials")["items"]) == 4
    page = get("cells/c/trials", {"notebook_path": "work/train.ipynb", "limit": 2})
    rest = get(
        "cells/c/trials",
        {"notebook_path": "work/train.ipynb", "limit": 2, "cursor": page["next_cursor"]},
    )
    assert [row["run_id"] for row in rest["items"]] == ["r-0"] and rest["next_cursor"] is None
    assert get("cells/none/trials")["items"] == []


def test_runs_stand_side_by_side_what_differs_first(bench, get) -> None:
    bench.save(
        *(
            SaveEnvironment(
                EnvironmentId(f"e-{n}"),
                Environment(
                    python="3.12", platform="Linux", packages={"numpy": v, "six": "1"},
                    git=GitState("abc", "main", bool(n)),
                ),
            )
            for n, v in enumerate(["1.0", "2.0"])
        )
    )  # fmt: skip
    params = [{"a": 1, "lr": 0.1, "only": True}, {"a": 1, "lr": 0.2}]
    for n in range(2):
        bench.cell(
            f"r-{n}", f"lr = 0.{n}\nfit(lr)", params=params[n], metrics={"acc": 0.5},
            environment_id=EnvironmentId(f"e-{n}"),
        )  # fmt: skip
    found = get("runs/compare", "id=r-0&id=r-1")
    assert [run["id"] for run in found["runs"]] == ["r-0", "r-1"]
    assert found["runs"][0]["notebook_path"] == "work/train.ipynb"
    assert list(found["params"].items()) == [
        ("lr", [0.1, 0.2]),
        ("only", [True, None]),
        ("a", [1, 1]),
    ]
    assert found["metrics"] == {"acc": [0.5, 0.5]}
    (diff,) = found["code_diff"]
    assert diff["run_id"] == "r-1" and "-lr = 0.0\n+lr = 0.1\n fit(lr)\n" in diff["diff"]
    assert found["environment_diff"] == {
        "python": [],
        "platform": [],
        "git": ["abc", "abc+"],
        "packages": {"numpy": ["1.0", "2.0"]},
    }


def test_two_to_twenty_runs_can_be_compared(bench, refused, get) -> None:
    bench.cell("r-0", "")
    bench.cell("r-1", "")
    for count in (1, 21):
        query = "&".join(f"id=r-{n}" for n in range(count))
        assert "2 to 20" in refused("runs/compare", 400, "bad_input", query)["message"]
    assert "id is missing" in refused("runs/compare", 400, "bad_input")["message"]
    assert "no-such" in json.dumps(refused("runs/compare", 404, "not_found", "id=r-0&id=no-such"))
    assert len(get("runs/compare", "id=r-0&id=r-1&id=r-0")["runs"]) == 2
    refused("runs/compare", 400, "bad_input", "id=r-0&id=r-1&key=x")


# Origins


@pytest.fixture
def trained(bench: Bench) -> Bench:
    """A result that came from a file, an import and a setting, and cells beside them."""
    data = bench.root / "data.csv"
    data.write_text("x\n1\n2\n")
    bench.cell("r-imp", "import csv", writes="csv")
    bench.cell("r-other", "print('hello')", reads="print")
    bench.cell("r-load", "rows = load()", reads="csv", writes="rows", data=(file_item(data),))
    bench.cell("r-old", "lr = 1", cell="c-lr", writes="lr")
    bench.cell("r-lr", "lr = 2", cell="c-lr", writes="lr", params={"lr": 2})
    bench.cell(
        "r-fit", "acc = len(rows) * lr", cell="c-fit", reads="rows lr len", writes="acc",
        metrics={"acc": 6.0},
    )  # fmt: skip
    return bench


def test_a_result_names_the_cells_and_files_it_came_from(trained, get) -> None:
    found = get("runs/r-fit/lineage")
    assert [node["run_id"] for node in found["nodes"]] == ["r-imp", "r-load", "r-lr", "r-fit"]
    assert [node["is_target"] for node in found["nodes"]] == [False, False, False, True]
    assert found["nodes"][1]["code_line"] == "rows = load()"
    assert {(e["from_run_id"], e["to_run_id"]): e["names"] for e in found["edges"]} == {
        ("r-imp", "r-load"): ["csv"],
        ("r-load", "r-fit"): ["rows"],
        ("r-lr", "r-fit"): ["lr"],
    }
    assert [(d["run_id"], d["item"]["name"]) for d in found["data"]] == [("r-load", "data.csv")]
    assert found["is_complete"] and found["gaps"] == []
    assert found["summary"] == "This result came from these 4 cell versions and this file."


def test_a_block_has_the_origins_of_its_cell(trained, get, refused) -> None:
    block = trained._record("b-1", kind=RunKind.block, parent_id=RunId("r-fit"), name="fold")
    trained.save(SaveRun(block))
    assert get("runs/b-1/lineage")["nodes"] == get("runs/r-fit/lineage")["nodes"]
    assert get("runs/b-1/changes")["stale"] == []
    assert get("runs/b-1/reproduction")["run_ids"][-1] == "r-fit"
    for what in ("lineage", "changes", "reproduction"):
        assert "cell" in refused(f"runs/s-1/{what}", 404, "not_found")["message"]
        refused(f"runs/nothing/{what}", 404, "not_found")


def test_a_kernel_without_probe_still_answers(bench, get) -> None:
    bench.cell("r-0", "a = 1", is_seen=False)
    bench.cell("r-1", "b = a", is_seen=False)
    found = get("runs/r-1/lineage")
    assert len(found["nodes"]) == 2 and not found["is_complete"]
    assert get("runs/r-1/changes")["since_last"] is None
    assert len(get("runs/r-1/reproduction")["notebook"]["cells"]) == 3


# Changes


def test_what_changed_since_the_last_run_and_the_last_good_one(trained, get) -> None:
    data = trained.root / "data.csv"
    data.write_text("x\n1\n2\n3\n4\n")
    trained.cell("r-load-2", "rows = load2()", cell="c-r-load", reads="csv", writes="rows",
                 data=(file_item(data),))  # fmt: skip
    trained.cell("r-bad", "acc = oops", cell="c-fit", reads="oops", writes="acc",
                 status=RunStatus.error)  # fmt: skip
    trained.cell(
        "r-new", "acc = len(rows) * lr + 1", cell="c-fit", reads="rows lr len", writes="acc",
        params={"lr": 2}, metrics={"acc": 9.0}, data=(file_item(data),),
    )  # fmt: skip
    found = get("runs/r-new/changes")
    assert found["since_last"]["run_id"] == "r-bad"
    good = found["since_good"]
    assert good["run_id"] == "r-fit"
    assert "-acc = len(rows) * lr\n+acc = len(rows) * lr + 1\n" in good["code_diff"]
    assert good["metrics"] == [{"key": "acc", "before": 6.0, "after": 9.0}]
    assert good["params"] == [{"key": "lr", "before": None, "after": 2}]
    assert [change["key"] for change in good["data"]] == ["data.csv"]
    (upstream,) = good["upstream"]
    assert (upstream["before_run_id"], upstream["after_run_id"]) == ("r-load", "r-load-2")
    assert "+rows = load2()" in upstream["diff"]
    assert good["is_code_only_seen"] is False
    first = get("runs/r-fit/changes")
    assert first["since_last"] is None and first["since_good"] is None


def kinds(found: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(reason["kind"], reason["cell_id"] or reason["name"]) for reason in found["stale"]]


def test_a_result_stands_until_something_it_came_from_changes(trained, get) -> None:
    assert get("runs/r-fit/changes")["stale"] == []
    trained.cell("r-fit-2", "acc = len(rows) * lr", cell="c-fit", reads="rows lr", writes="acc")
    assert get("runs/r-fit/changes")["stale"] == []
    trained.cell("r-lr-2", "lr = 3", cell="c-lr", writes="lr")
    assert kinds(get("runs/r-fit/changes")) == [("upstream", "c-lr")]
    trained.cell("r-fit-3", "acc = 0", cell="c-fit", writes="acc")
    assert kinds(get("runs/r-fit/changes")) == [("code", "c-fit"), ("upstream", "c-lr")]
    assert get("runs/r-fit-3/changes")["stale"] == []


def test_an_upstream_cell_that_ran_again_alike_makes_another_object(trained, get) -> None:
    trained.cell("r-lr-2", "lr = 2", cell="c-lr", writes="lr")
    (reason,) = get("runs/r-fit/changes")["stale"]
    assert reason["run_id"] == "r-lr-2"
    assert reason["detail"] == "Cell [5], which it came from, was run again since."


def test_a_file_that_changed_makes_a_result_stale(trained, get) -> None:
    data = trained.root / "data.csv"
    stat = data.stat()
    os.utime(data, ns=(stat.st_atime_ns, stat.st_mtime_ns + 5_000_000_000))
    assert get("runs/r-fit/changes")["stale"] == []  # touched, with the same content
    data.write_text("x\n1\n3\n")
    os.utime(data, ns=(stat.st_atime_ns, stat.st_mtime_ns + 6_000_000_000))
    (reason,) = get("runs/r-fit/changes")["stale"]
    assert (reason["kind"], reason["name"]) == ("data", "data.csv")
    assert reason["detail"] == "data.csv, which it read, has changed since."
    data.unlink()
    assert "no longer there" in get("runs/r-fit/changes")["stale"][0]["detail"]


def save_notebook(bench: Bench, sources: dict[str, str], saved_at: datetime) -> None:
    cells = [
        {"cell_type": "code", "id": name, "metadata": {}, "execution_count": None, "outputs": [],
         "source": text.splitlines(keepends=True)}
        for name, text in sources.items()
    ]  # fmt: skip
    path = Path(bench.document.path)
    path.parent.mkdir(exist_ok=True)
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    path.write_text(json.dumps(content))
    os.utime(path, (saved_at.timestamp(), saved_at.timestamp()))


def test_an_edit_that_was_saved_makes_a_result_stale(trained, get) -> None:
    sources = {
        "c-r-imp": "import csv", "c-r-load": "rows = load()", "c-lr": "lr = 2",
        "c-fit": "acc = len(rows) * lr",
    }  # fmt: skip
    later = START + timedelta(hours=1)
    save_notebook(trained, sources, later)
    assert get("runs/r-fit/changes")["stale"] == []
    save_notebook(trained, {**sources, "c-lr": "lr = 7"}, later)
    assert kinds(get("runs/r-fit/changes")) == [("upstream", "c-lr")]
    save_notebook(trained, {**sources, "c-fit": "acc = 1"}, later)
    (reason,) = get("runs/r-fit/changes")["stale"]
    assert (reason["kind"], reason["detail"]) == ("code", "This cell was edited since.")
    del sources["c-r-load"]
    save_notebook(trained, sources, later)
    (reason,) = get("runs/r-fit/changes")["stale"]
    assert "no longer in the notebook" in reason["detail"]
    save_notebook(trained, {}, START - timedelta(hours=1))  # saved before any of it ran
    assert get("runs/r-fit/changes")["stale"] == []
    Path(trained.document.path).write_text("no notebook")
    assert get("runs/r-fit/changes")["stale"] == []


def test_a_file_that_never_ends_is_not_waited_for(trained, get) -> None:
    pipe = trained.root / "pipe"
    os.mkfifo(pipe)
    item = DataItem(DataKind.file, str(pipe), DataMode.read, 5, "sha256:" + "0" * 64, "x")
    zero = replace(item, name="/dev/zero")
    trained.cell("r-pipe", "a = 1", writes="a", data=(item, zero))
    assert get("runs/r-pipe/changes")["stale"] == []


# Reproduction


def test_the_reproduction_is_a_notebook_of_the_versions_that_ran(trained, get) -> None:
    found = get("runs/r-fit/reproduction")
    assert found["name"] == "train (run 6).ipynb"
    assert found["run_ids"] == ["r-imp", "r-load", "r-lr", "r-fit"]
    notebook = nbformat.from_dict(found["notebook"])
    nbformat.validate(notebook, relax_add_props=False)
    about, *cells = notebook.cells
    assert [cell.source for cell in cells] == [
        "import csv",
        "rows = load()",
        "lr = 2",
        "acc = len(rows) * lr",
    ]
    assert notebook.metadata.kernelspec.name == "python3"
    assert "data.csv" in about.source and "| acc | 6.0 |" in about.source
    assert found["gaps"] == []


def test_what_is_missing_is_said_in_the_reproduction(bench, get) -> None:
    bench.cell("r-0", "key = '«redacted:known:12ab»'", writes="key")
    bench.cell("r-1", "", writes="b", code_sha256="1" * 64)
    bench.cell("r-2", "use(key, b, df)", reads="use key b df")
    found = get("runs/r-2/reproduction")
    text = " ".join(found["gaps"])
    for part in ("secret", "not recorded", "`df`", "`use`"):
        assert part in text
    assert all(gap in found["notebook"]["cells"][0]["source"] for gap in found["gaps"])
