"""Runs and experiments over HTTP, out of the real store on both databases."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.domain.changes import SaveEnvironment, SaveOutputs, SaveRun
from dsinfra_jlab.domain.ids import CellId, EnvironmentId, KernelId, RunId
from dsinfra_jlab.domain.runs.records import (
    Document,
    DocumentKind,
    Environment,
    GitState,
    RunKind,
    RunOutputs,
    RunRecord,
    RunStatus,
)

from .conftest import Caller, error_of

START = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
KERNEL = KernelId("k-1")


@pytest.fixture(params=["sqlite", "postgresql"], autouse=True)
def database(request: pytest.FixtureRequest, jp_server_config: dict[str, Any]) -> None:
    """Every test of this file is run on both databases."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        jp_server_config["DsinfraApp"] = {"store_url": url}


@pytest.fixture
def notebook(jp_root_dir: Path) -> Document:
    path = str(jp_root_dir / "deep" / "train ü.ipynb")
    return Document(DocumentKind.notebook, path, "train ü.ipynb")


@pytest.fixture
def record(dsinfra, notebook, jp_asyncio_loop):
    """Record runs and wait until they are stored; gives their ids."""

    def recorded(*fields: dict[str, Any]) -> list[RunId]:
        records = []
        for number, given in enumerate(fields):
            values: dict[str, Any] = {
                "id": RunId(f"r-{number}"),
                "kind": RunKind.cell,
                "kernel_id": KERNEL,
                "kernel_name": "python3",
                "document": notebook,
                "server_id": dsinfra.server_id,
                "status": RunStatus.ok,
                "queued_at": START + timedelta(seconds=number),
                "code": f"print({number})",
                **given,
            }
            records.append(RunRecord(**values))
        dsinfra.store.record([SaveRun(record) for record in records])
        jp_asyncio_loop.run_until_complete(dsinfra.store.flush())
        return [record.id for record in records]

    return recorded


@pytest.fixture
def save(dsinfra, jp_asyncio_loop):
    def saved(*changes: Any) -> None:
        dsinfra.store.record(changes)
        jp_asyncio_loop.run_until_complete(dsinfra.store.flush())

    return saved


def test_a_run_comes_out_as_the_contract_says(record, api, jp_asyncio_loop) -> None:
    (run_id,) = record(
        {
            "status": RunStatus.error,
            "error_name": "ValueError",
            "error_message": "no",
            "started_at": START,
            "ended_at": START + timedelta(seconds=1.5),
            "duration_s": 1.5,
            "cell_id": CellId("c-1"),
            "execution_count": 7,
        }
    )
    run = jp_asyncio_loop.run_until_complete(api.get(f"runs/{run_id}"))
    assert run["id"] == run_id
    assert run["notebook_path"] == "deep/train ü.ipynb"
    assert run["queued_at"] == "2026-11-22T12:00:00Z"
    assert run["ended_at"] == "2026-11-22T12:00:01.500000Z"
    assert (run["status"], run["error_name"], run["duration_s"]) == ("error", "ValueError", 1.5)
    assert (run["code"], run["cell_id"], run["execution_count"]) == ("print(0)", "c-1", 7)
    page = jp_asyncio_loop.run_until_complete(api.get("runs"))
    assert page["next_cursor"] is None
    (summary,) = page["items"]
    assert summary["code_line"] == "print(0)"
    assert summary["notebook_path"] == "deep/train ü.ipynb"
    (experiment,) = jp_asyncio_loop.run_until_complete(api.get("experiments"))["items"]
    assert experiment["notebook_path"] == "deep/train ü.ipynb"
    assert (experiment["run_count"], experiment["error_count"]) == (1, 1)


def test_a_notebook_outside_the_root_keeps_its_whole_path(record, api, jp_asyncio_loop) -> None:
    elsewhere = Document(DocumentKind.notebook, "/elsewhere/x.ipynb", "x.ipynb")
    (run_id,) = record({"document": elsewhere})
    run = jp_asyncio_loop.run_until_complete(api.get(f"runs/{run_id}"))
    assert run["notebook_path"] == "/elsewhere/x.ipynb"


@pytest.fixture
def filled(record) -> list[RunId]:
    """Ten runs, every third of which failed, each a second after the one before."""
    return record(
        *(
            {
                "status": RunStatus.error if number % 3 == 0 else RunStatus.ok,
                "cell_id": CellId(f"c-{number % 2}"),
                "duration_s": float(10 - number),
            }
            for number in range(10)
        )
    )


async def ids(api: Caller, **query: Any) -> list[str]:
    return [item["id"] for item in (await api.get("runs", query))["items"]]


async def test_runs_are_listed_newest_first_page_by_page(filled, api) -> None:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(4):
        page = await api.get("runs", {"limit": 3, **cursor})
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == filled[::-1]
    assert page["next_cursor"] is None


async def test_runs_can_be_narrowed_and_put_in_order(filled, api) -> None:
    assert await ids(api, status="error") == ["r-9", "r-6", "r-3", "r-0"]
    assert await ids(api, status="error", cell_id="c-1") == ["r-9", "r-3"]
    assert await ids(api, kind="session") == []
    assert await ids(api, kernel_id="another") == []
    assert await ids(api, kernel_id=KERNEL, limit=2) == ["r-9", "r-8"]
    assert await ids(api, order="duration_s", limit=2) == ["r-9", "r-8"]
    assert await ids(api, order="-duration_s", limit=2) == ["r-0", "r-1"]
    assert await ids(api, order="queued_at", limit=1) == ["r-0"]
    assert await ids(api, q="status:error duration>6s") == ["r-3", "r-0"]
    assert await ids(api, experiment_id="no-such") == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"q": "status:"}, []),
        ({"q": "(status:ok"}, []),
        ({"q": "duration>soon"}, []),
        ({"cursor": "nonsense"}, ["cursor"]),
        ({"cursor": "AAAA"}, ["cursor"]),
        ({"cursor": "x" * 10_000}, ["cursor"]),
        ({"order": "colour"}, ["colour", "queued_at"]),
        ({"order": ""}, ["queued_at"]),
    ],
    ids=str,
)
async def test_what_the_store_cannot_read_is_a_400_that_says_where(
    filled, api, query, words
) -> None:
    error = error_of(await api.ask("GET", "runs", query=query), 400, "bad_input")
    for word in words:
        assert word in error["message"]


async def test_a_cursor_of_another_list_is_refused_or_harmless(filled, api) -> None:
    page = await api.get("runs", {"limit": 3})
    response = await api.ask("GET", "experiments", query={"cursor": page["next_cursor"]})
    error_of(response, 400, "bad_input")


UNKNOWN = ["no-such-id", "r-0' OR 1=1 --", "🙂", "x" * 5_000, "%00", "..", "a b"]


@pytest.mark.parametrize("unknown", UNKNOWN, ids=lambda text: text[:12])
async def test_an_unknown_id_is_a_404_that_says_so(filled, api, unknown) -> None:
    if unknown == "..":  # which clients resolve: no id ever looks so
        return
    for verb, path, body in (
        ("GET", f"runs/{unknown}", None),
        ("PATCH", f"runs/{unknown}", {"is_starred": True}),
        ("DELETE", f"runs/{unknown}", None),
        ("GET", f"runs/{unknown}/outputs", None),
        ("GET", f"runs/{unknown}/environment", None),
        ("PATCH", f"experiments/{unknown}", {"name": "x"}),
    ):
        error_of(await api.ask(verb, path, body), 404, "not_found")


async def test_a_run_can_be_named_annotated_tagged_and_starred(filled, api) -> None:
    patch = {"name": "best", "note": "why\n✓", "tags": {"team": "nlp"}, "is_starred": True}
    response = await api.ask("PATCH", "runs/r-3", patch)
    assert response.code == 200, response.body
    assert json.loads(response.body).items() >= patch.items()
    assert (await api.get("runs/r-3")).items() >= patch.items()
    response = await api.ask("PATCH", "runs/r-3", {"is_starred": False, "name": None})
    run = json.loads(response.body)
    assert (run["is_starred"], run["name"], run["tags"]) == (False, "best", {"team": "nlp"})
    assert await ids(api, q="tag.team:nlp") == ["r-3"]
    response = await api.ask("PATCH", "runs/r-3", {"tags": {}})
    assert json.loads(response.body)["tags"] == {}


async def test_a_deleted_run_is_gone_until_it_is_restored(filled, api) -> None:
    response = await api.ask("DELETE", "runs/r-5")
    assert (response.code, response.body) == (204, b"")
    error_of(await api.ask("GET", "runs/r-5"), 404, "not_found")
    assert "r-5" not in await ids(api)
    response = await api.ask("PATCH", "runs/r-5", {"is_deleted": False})
    assert response.code == 200, response.body
    assert (await api.get("runs/r-5"))["id"] == "r-5"
    assert await ids(api) == filled[::-1]


async def test_an_experiment_can_be_renamed(filled, api) -> None:
    (experiment,) = (await api.get("experiments"))["items"]
    response = await api.ask("PATCH", f"experiments/{experiment['id']}", {"name": "  The one  "})
    assert json.loads(response.body)["name"] == "The one"
    assert (await api.get("experiments", {"q": "the"}))["items"][0]["name"] == "The one"
    assert (await api.get("runs/r-0"))["experiment_name"] == "The one"


def test_outputs_and_environment_come_out_as_they_went_in(
    record, save, api, jp_asyncio_loop
) -> None:
    environment_id = EnvironmentId("e" * 64)
    (run_id,) = record({"environment_id": environment_id})
    item = {"output_type": "stream", "name": "stdout", "text": "hé\x1b[31m<b>\n"}
    git = GitState("abc", "main", True)
    environment = Environment("3.11.7", "Linux", {"numpy": "2.3.4"}, git, "python")
    save(
        SaveOutputs(run_id, RunOutputs([item], truncated=True)),
        SaveEnvironment(environment_id, environment),
    )
    outputs = jp_asyncio_loop.run_until_complete(api.get(f"runs/{run_id}/outputs"))
    assert outputs == {"items": [item], "truncated": True}
    got = jp_asyncio_loop.run_until_complete(api.get(f"runs/{run_id}/environment"))
    assert got["packages"] == {"numpy": "2.3.4"}
    assert got["git"] == {"commit": "abc", "branch": "main", "dirty": True}
    assert (got["python"], got["platform"]) == ("3.11.7", "Linux")


async def test_a_run_without_outputs_has_none(filled, api) -> None:
    assert await api.get("runs/r-1/outputs") == {"items": [], "truncated": False}


async def test_a_change_by_a_user_is_told_to_those_who_watch(filled, api) -> None:
    line = await api.connect()
    await line.send({"type": "watch", "topics": ["run"], "visible": True})
    await api.ask("PATCH", "runs/r-2", {"is_starred": True})
    assert "r-2" in (await line.next_event())["run_ids"]
    line.close()


async def test_replies_are_of_the_types_that_the_document_gives(filled, api) -> None:
    document = await api.get("openapi.json")
    for path, name in (
        ("health", "Health"),
        ("runs", "RunSummaryPage"),
        ("runs/r-1", "Run"),
        ("experiments", "ExperimentPage"),
        ("settings", "Settings"),
        ("runs/r-1/outputs", "RunOutputs"),
    ):
        schema = document["components"]["schemas"][name]
        assert set(await api.get(path)) == set(schema["properties"]), path


def test_large_outputs_come_out_whole(record, save, api, jp_asyncio_loop) -> None:
    (run_id,) = record({})
    lines = "".join(f"line {number} åäö\n" for number in range(100_000))
    items = [{"output_type": "stream", "name": "stdout", "text": lines}] * 3
    items += [{"output_type": "display_data", "data": {}, "metadata": {"n": n}} for n in range(999)]
    save(SaveOutputs(run_id, RunOutputs(items)))
    response = jp_asyncio_loop.run_until_complete(api.ask("GET", f"runs/{run_id}/outputs"))
    assert response.headers["Content-Type"] == "application/json"
    assert json.loads(response.body) == {"items": items, "truncated": False}


async def test_health_names_the_database(api, request) -> None:
    kind = request.node.callspec.params["database"]
    health = await api.get("health")
    assert health["status"] == "ok", health["reasons"]
    assert health["store"]["url"].startswith(f"{kind}://")


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "a\udcffz", "\u202e", "🙂" * 50, "<b>&amp;"])
async def test_any_text_can_be_a_name_a_note_and_a_tag(filled, api, text) -> None:
    patch = {"name": text, "note": text, "tags": {f"k{text}": text}}
    response = await api.ask("PATCH", "runs/r-1", json.dumps(patch))
    if response.code == 400:
        error_of(response, 400, "bad_input")
        return
    assert response.code == 200, response.body
    run = await api.get("runs/r-1")
    if text.isprintable():
        assert (run["name"], run["note"], run["tags"]) == (text, text, {f"k{text}": text})
    for query in (text, f'"{text}"', f"tag.k:{text}"):
        response = await api.ask("GET", "runs", query={"q": query.encode("utf-8", "replace")})
        assert response.code in (200, 400), response.body
