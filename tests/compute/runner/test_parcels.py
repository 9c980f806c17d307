"""Names that go to a job and come back, from and to a real kernel of a notebook."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.compute import runner
from dsinfra_jlab.kernel import bundle
from dsinfra_jlab.kernel.limits import QUESTION_TIMEOUT_S

from ...kernel.kernels import Kernel, started
from .driving import Ran, begin, run, wait_until


@pytest.fixture(scope="module")
def notebook() -> Iterator[Kernel]:
    with started() as kernel:
        yield kernel


def asked(kernel: Kernel, method: str, request: dict[str, Any]) -> dict[str, Any]:
    content = bundle.remote_request(method, request)
    message = kernel.client.session.msg("execute_request", content)
    kernel.client.shell_channel.send(message)
    reply = kernel._reply_to(message["header"]["msg_id"])["content"]
    return bundle.read_remote_reply(reply)


def packed(kernel: Kernel, tmp_path: Path, before: str, code: str) -> Path:
    """A job's folder with what some code needs."""
    kernel.ok(before or "pass")
    folder = tmp_path / uuid.uuid4().hex
    folder.mkdir(mode=0o700)
    (folder / "probe.json").write_text(json.dumps(bundle.remote_prelude()))
    answer = asked(
        kernel,
        "pack",
        {"job_id": folder.name, "folder": str(folder), "code": code, "mode": "fresh"},
    )
    assert answer["ok"], answer
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    """The job's files, as they come to a worker that does not see the folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def landed(kernel: Kernel, folder: Path, ran: Ran) -> dict[str, Any]:
    if "files" in ran.ended:
        (folder / "returned").mkdir()
        for name, content in ran.ended["files"].items():
            (folder / "returned" / name).write_bytes(content)
    names = [each["name"] for each in ran.ended["names"]]
    return asked(kernel, "land", {"job_id": folder.name, "folder": str(folder), "names": names})


@pytest.fixture(params=["seen", "carried"])
def way(request: pytest.FixtureRequest) -> str:
    """Whether the worker sees the job's folder, or the files are carried to it and back."""
    return str(request.param)


def source_of(folder: Path, way: str) -> dict[str, Any]:
    return {"folder": str(folder)} if way == "seen" else {"files": files_of(folder)}


BEFORE = """
K = 10
def scaled(x):
    return x * K
class Point:
    def __init__(self, x): self.x = x
points = [Point(1), Point(2)]
"""
CODE = """
K = 3
total = scaled(14)
points.append(Point(5))
print(total)
"""


def test_names_go_and_come_back(notebook: Kernel, tmp_path: Path, way: str) -> None:
    folder = packed(notebook, tmp_path, BEFORE, CODE)
    ran = run(CODE, source_of(folder, way), returns=None)
    assert ran.state == "ok", ran.ended
    assert ran.text() == "42\n"
    assert {each["name"] for each in ran.ended["names"]} == {"K", "total"}
    assert [each["name"] for each in ran.ended["changed"]] == ["points"]
    (event,) = ran.of_kind("packed")
    assert event["names"] == ran.ended["names"] and event["bytes"] > 0
    assert ("files" in ran.ended) == (way == "carried")
    answer = landed(notebook, folder, ran)
    assert answer["ok"], answer
    assert notebook.ok("print(K, total, scaled(1), len(points))").text == "3 42 3 2\n"
    assert ran.left() == []


def test_arrays_go_and_come_back(notebook: Kernel, tmp_path: Path, way: str) -> None:
    before = "import numpy as np; large = np.arange(5_000_000.0); small = np.arange(9)"
    code = "pair = [large, small * 2]; double = large * 2"
    folder = packed(notebook, tmp_path, before, code)
    ran = run(code, source_of(folder, way), returns=None)
    assert ran.state == "ok", ran.ended
    assert ran.ended["changed"] == []
    answer = landed(notebook, folder, ran)
    assert answer["landed"] == ["double", "pair"], answer
    check = "(double == large * 2).all(), (pair[0] == large).all(), pair[0] is large, pair[1][8]"
    assert notebook.ok(f"print(*map(int, [{check}]))").text == "1 1 0 16\n"


def test_what_is_carried_lies_in_private(notebook: Kernel, tmp_path: Path) -> None:
    code = "import os\nprint(os.environ['DSINFRA_PRIVATE_FOLDER'])\ntime = 3"
    folder = packed(notebook, tmp_path, "", code)
    ran = run(code, source_of(folder, "carried"), returns=["time"])
    assert [each["name"] for each in ran.ended["names"]] == ["time"]
    assert set(ran.ended["files"]) >= {"parcel.json", "payload.pkl"}
    assert not Path(ran.text().strip()).exists()


def test_results_stand_in_the_job_s_own_folder(notebook: Kernel, tmp_path: Path) -> None:
    folder = packed(notebook, tmp_path, "", "x = 1")
    ran = run("x = 1", source_of(folder, "seen"), returns=None)
    assert [each["name"] for each in ran.ended["names"]] == ["x"]
    assert (folder / "returned" / "parcel.json").exists() and "files" not in ran.ended


def test_the_probe_is_heard(notebook: Kernel, tmp_path: Path) -> None:
    folder = packed(notebook, tmp_path, "", "1")
    ran = run("1", source_of(folder, "seen"))
    events = [
        each for message in ran.messages("dsinfra_event") for each in message["content"]["events"]
    ]
    assert "cell" in {event["kind"] for event in events}


def test_a_failed_cell_brings_nothing_back(notebook: Kernel, tmp_path: Path, way: str) -> None:
    folder = packed(notebook, tmp_path, "", "y = 1\n1/0")
    ran = run("y = 1\n1/0", source_of(folder, way), returns=None)
    assert ran.state == "error" and ran.ended["names"] == []
    assert not (folder / "returned").exists()


def test_a_name_that_cannot_go_back_is_noted(notebook: Kernel, tmp_path: Path) -> None:
    code = "import threading\ngood = 1\nlock = threading.Lock()"
    folder = packed(notebook, tmp_path, "", code)
    ran = run(code, source_of(folder, "seen"), returns=["good", "lock"])
    assert ran.state == "ok", ran.ended
    notes = {each["name"]: each["note"] for each in ran.ended["names"]}
    assert notes["good"] == "" and "left out" in notes["lock"]
    assert [item["name"] for item in ran.ended["items"]] == ["lock"]


def test_what_does_not_come_back_is_said_in_words(notebook: Kernel, tmp_path: Path) -> None:
    code = "import threading\ngood = 1\nlock = threading.Lock()"
    folder = packed(notebook, tmp_path, "", code)
    ran = run(code, source_of(folder, "seen"), returns=["good", "lock", "nowhere"])
    assert ran.detail == (
        "Not brought back: lock (lock (lock) cannot be sent), nowhere (the code has not bound it)."
    )


def test_code_that_asks_is_answered_at_once(notebook: Kernel, tmp_path: Path) -> None:
    code = (
        "import dsinfra_jlab as dsinfra\nopen('a.txt', 'w').write('x')\n"
        "dsinfra.log_artifact('a.txt')\ndsinfra.runs()"
    )
    folder = packed(notebook, tmp_path, "", code)
    ran = run(code, source_of(folder, "seen"), cwd=str(tmp_path))
    assert "this cannot be asked from a job" in ran.detail
    assert ran.text("stderr") == ""
    assert ran.seconds < QUESTION_TIMEOUT_S


def test_a_name_over_the_limit_is_left_out(notebook: Kernel, tmp_path: Path) -> None:
    code = "small = 1\nlarge = b'x' * 3_000_000"
    folder = packed(notebook, tmp_path, "", code)
    ran = run(code, source_of(folder, "seen"), returns=None, returned_max_bytes=1_000_000)
    notes = {each["name"]: each["note"] for each in ran.ended["names"]}
    assert ran.state == "ok" and notes["small"] == "" and "limit" in notes["large"]


def test_a_damaged_parcel_is_refused(notebook: Kernel, tmp_path: Path, way: str) -> None:
    folder = packed(notebook, tmp_path, "z = 'word' * 100", "print(z)")
    payload = folder / "sent" / "payload.pkl"
    content = bytearray(payload.read_bytes())
    content[-20] ^= 255
    payload.write_bytes(content)
    ran = run("print('never')", source_of(folder, way), returns=None)
    assert ran.state == "error" and "could not be unpacked" in ran.detail
    assert ran.text() == "" and ran.of_kind("request") == []


def test_a_probe_that_does_not_load_says_why(notebook: Kernel, tmp_path: Path) -> None:
    folder = packed(notebook, tmp_path, "z = 1", "print(z)")
    said = "__import__('json').dumps({'state': 'unsupported', 'detail': 'Python 3.6 is too old'})"
    (folder / "probe.json").write_text(json.dumps({"user_expressions": {"dsinfra": said}}))
    ran = run("print(z)", source_of(folder, "seen"))
    assert ran.state == "error"
    assert ran.detail == "The variables could not be unpacked: Python 3.6 is too old"


def test_results_that_cannot_be_written_are_an_error(notebook: Kernel, tmp_path: Path) -> None:
    folder = packed(notebook, tmp_path, "", "x = 1")
    code = (
        f"import shutil\nx = 1\nshutil.rmtree({str(folder)!r})\nopen({str(folder)!r}, 'w').close()"
    )
    ran = run(code, source_of(folder, "seen"), returns=["x"])
    assert ran.state == "error", ran.ended
    assert ran.detail.startswith("The code ended well; its results cannot go back: ")
    assert ran.left() == []


def test_a_folder_without_room_is_an_error(
    notebook: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = packed(notebook, tmp_path, "", "x = 1")

    def full(folder: str, name: str, content: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dsinfra_jlab.compute.runner.places._write", full)
    ran = run("x = 1", source_of(folder, "carried"))
    assert ran.state == "error"
    assert ran.detail.startswith("The parcel cannot be put down on the worker: [Errno 28]")
    assert ran.left() == []


def test_a_death_while_results_are_packed_says_so(notebook: Kernel, tmp_path: Path) -> None:
    code = (
        "class Deadly:\n"
        "    def __reduce__(self):\n"
        "        import os; os._exit(5)\n"
        "deadly = Deadly()"
    )
    folder = packed(notebook, tmp_path, "", code)
    ran = run(code, source_of(folder, "seen"), returns=["deadly"])
    assert ran.state == "error" and ran.ended["exit_code"] == 5
    assert "while it packed the results" in ran.detail and "ended well" in ran.detail


def test_packing_can_be_cancelled(notebook: Kernel, tmp_path: Path) -> None:
    code = (
        "class Slow:\n"
        "    def __reduce__(self):\n"
        "        import time; time.sleep(100)\n"
        "slow = Slow()\n"
        "print('go', flush=True)"
    )
    folder = packed(notebook, tmp_path, "", code)
    ran = begin(code, source_of(folder, "seen"), returns=["slow"], cancel_grace_s=2.0)
    state = runner.runner_state
    assert wait_until(lambda: "returning" in {job["phase"] for job in state()["jobs"]}, 30)
    ran.cancel()
    ran.finish()
    assert ran.state == "cancelled" and ran.left() == []


def test_a_session_has_the_probe_once_and_keeps_its_names(notebook: Kernel, tmp_path: Path) -> None:
    key = uuid.uuid4().hex
    for number in (1, 2, 3):
        code = f"kept = globals().get('kept', 0) + given\nprint(kept, {number})"
        folder = packed(notebook, tmp_path, f"given = {number}", code)
        source = source_of(folder, "carried")
        ran = run(code, source, returns=["kept"], mode="session", session_key=key)
        assert ran.state == "ok", ran.ended
    assert ran.text() == "6 3\n"
    assert runner.end_sessions(key) == 1
