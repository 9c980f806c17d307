"""What jobs need of a kernel, asked as the server and the runner ask it: real kernels."""

from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.domain.tracking.probe_events import Landed, NotLanded
from dsinfra_jlab.domain.tracking.probe_reading import read_events
from dsinfra_jlab.kernel import bundle

from .kernels import ANSWER_S, Kernel, started


def asked(kernel: Kernel, content: dict[str, Any]) -> dict[str, Any]:
    """Send a silent request and return the content of its reply."""
    message = kernel.client.session.msg("execute_request", content)
    kernel.client.shell_channel.send(message)
    reply: dict[str, Any] = kernel._reply_to(message["header"]["msg_id"])["content"]
    return reply


def told(kernel: Kernel, method: str, request: Any) -> dict[str, Any]:
    """Ask as the server does."""
    return bundle.read_remote_reply(asked(kernel, bundle.remote_request(method, request)))


def told_by_runner(kernel: Kernel, method: str, given: str) -> dict[str, Any]:
    """Ask as a runner does, which has nothing of this package."""
    expression = bundle.REMOTE_EXPRESSION.format(method=method, given=given)
    content = {**bundle.injection_request(), "user_expressions": {"x": expression}}
    value = asked(kernel, content)["user_expressions"]["x"]
    assert value["status"] == "ok", value
    found: dict[str, Any] = json.loads(ast.literal_eval(value["data"]["text/plain"]))
    return found


def packed(kernel: Kernel, job: Path, code: str, **more: Any) -> dict[str, Any]:
    job.mkdir(exist_ok=True)
    return told(kernel, "pack", {"job_id": job.name, "folder": str(job), "code": code, **more})


@pytest.fixture
def far() -> Iterator[Kernel]:
    """A kernel of a job: nothing but what the prelude loads."""
    with started(with_probe=False) as kernel:
        reply = asked(kernel, bundle.remote_prelude())
        assert bundle.read_reply(reply).state == "loaded"
        yield kernel


NAMES = """
K = 10
def g():
    return K
class Point:
    def __init__(self, x):
        self.x = x
    def moved(self):
        return Point(self.x + K)
points = [Point(1)]
again = points
"""
CODE = """
K = 99
seen = g()
moved = points[0].moved()
points.append(moved)
is_same = again is points
import json
"""


def test_a_cell_runs_elsewhere_with_what_it_needs(kernel: Kernel, far: Kernel, tmp_path: Path):
    kernel.ok(NAMES)
    job = tmp_path / "job1"
    answer = packed(kernel, job, CODE)
    assert answer["ok"], answer
    assert answer["needs"] == ["K", "Point", "again", "g", "points"]
    assert answer["binds"] == ["K", "is_same", "json", "moved", "seen"]
    assert told_by_runner(far, "take_in", str(job))["ok"]
    far.ok(CODE)
    back = told_by_runner(
        far, "send_back", json.dumps({"folder": str(job), "code": CODE, "max_bytes": 10**9})
    )
    assert back["ok"], back
    assert [each["name"] for each in back["changed"]] == ["again", "points"]
    landed = told(kernel, "land", {"job_id": "job1", "folder": str(job)})
    assert landed["landed"] == ["K", "is_same", "json", "moved", "seen"]
    done = kernel.ok("[K, seen, is_same, type(moved) is Point, moved.x, g(), len(points)]")
    assert done.result == "[99, 99, True, True, 100, 99, 1]"


def test_a_kernel_without_our_package_does_the_same(foreign: Kernel, tmp_path: Path):
    foreign.ok("%reset -f")
    foreign.ok(NAMES)
    job = tmp_path / "sent1"
    assert packed(foreign, job, CODE)["ok"]
    python = foreign.ok("__import__('sys').executable").result.strip("'")
    with started(python, with_probe=False) as far:
        asked(far, bundle.remote_prelude())
        assert told_by_runner(far, "take_in", str(job))["ok"]
        far.ok(CODE)
        given = json.dumps({"folder": str(job), "code": CODE})
        assert told_by_runner(far, "send_back", given)["ok"]
    assert told(foreign, "land", {"job_id": "sent1", "folder": str(job)})["ok"]
    assert foreign.ok("[seen, type(moved) is Point]").result == "[99, True]"
    assert foreign.ok("[n for n in dir() if 'dsinfra' in n]").result == "[]"


def test_results_land_before_the_next_cell(kernel: Kernel, far: Kernel, tmp_path: Path):
    job = tmp_path / "job2"
    kernel.ok("x = 1")
    assert packed(kernel, job, "y = x + 1")["ok"]
    told_by_runner(far, "take_in", str(job))
    far.ok("y = x + 1")
    told_by_runner(far, "send_back", json.dumps({"folder": str(job), "code": "y = x + 1"}))
    land = {"v": 1, "land": {"job_id": "job2", "folder": str(job), "names": ["y"]}}
    kernel.client.control_channel.send(kernel.client.session.msg("dsinfra_answer", land))
    kernel.client.control_channel.send(kernel.client.session.msg("kernel_info_request"))
    kernel.client.get_control_msg(timeout=ANSWER_S)
    done = kernel.ok("y")
    assert done.result == "2"
    kernel.settle(done)
    events = [event for event in [*done.events, *kernel.strays] if event["kind"] == "landed"]
    assert [(e["job_id"], e["landed"], e["conflicts"], e["failed"]) for e in events] == [
        ("job2", ["y"], [], [])
    ]
    assert kernel.malformed == 0
    again = told(kernel, "land", {"job_id": "job2", "folder": str(job)})
    assert again["ok"]
    assert again["is_known"]
    assert again["landed"] == []


def test_what_was_changed_here_is_not_overwritten(kernel: Kernel, far: Kernel, tmp_path: Path):
    job = tmp_path / "job3"
    code = "a = 2; b = 2; c = [2]"
    kernel.ok("a = 1; b = 1; c = [1]")
    assert packed(kernel, job, code)["ok"]
    told_by_runner(far, "take_in", str(job))
    far.ok(code)
    told_by_runner(far, "send_back", json.dumps({"folder": str(job), "code": code}))
    kernel.ok("a = 5; c.append(7)")
    landed = told(kernel, "land", {"job_id": "job3", "folder": str(job)})
    assert landed["landed"] == ["b"]
    assert sorted(landed["conflicts"]) == ["a", "c"]
    assert kernel.ok("[a, b, c]").result == "[5, 2, [1, 7]]"
    request = {"job_id": "job3", "folder": str(job), "names": ["c"], "overwrite": True}
    assert told(kernel, "land", request)["landed"] == ["c"]
    assert kernel.ok("[a, b, c]").result == "[5, 2, [2]]"


def test_what_a_library_was_set_to_print_goes_along(kernel: Kernel, far: Kernel, tmp_path: Path):
    job = tmp_path / "job3b"
    code = "shown = str(numpy.array([1 / 3]))"
    kernel.ok("import numpy; numpy.set_printoptions(precision=2)")
    try:
        assert packed(kernel, job, code)["ok"]
    finally:
        kernel.ok("numpy.set_printoptions(precision=8)")
    told_by_runner(far, "take_in", str(job))
    assert far.ok(code + "; shown").result == "'[0.33]'"
    far.ok("numpy.set_printoptions(precision=8)")


def test_a_module_that_is_imported_here_and_there_is_no_conflict(
    kernel: Kernel, far: Kernel, tmp_path: Path
):
    job = tmp_path / "job3a"
    code = "import colorsys, fractions as other"
    assert packed(kernel, job, code)["ok"]
    told_by_runner(far, "take_in", str(job))
    far.ok(code)
    told_by_runner(far, "send_back", json.dumps({"folder": str(job), "code": code}))
    kernel.ok("import colorsys, math as other")
    landed = told(kernel, "land", {"job_id": "job3a", "folder": str(job)})
    assert (landed["landed"], landed["conflicts"]) == (["colorsys"], ["other"])
    assert kernel.ok("other.__name__").result == "'math'"


def test_another_process_takes_results_only_when_asked(kernel: Kernel, far: Kernel, tmp_path: Path):
    job = tmp_path / "job4"
    kernel.ok("x = 1; same = [1]; other = [1]")
    code = "y = x; same = same + [2]; other = other + [2]"
    assert packed(kernel, job, code)["ok"]
    told_by_runner(far, "take_in", str(job))
    far.ok(code)
    told_by_runner(far, "send_back", json.dumps({"folder": str(job), "code": code}))
    with started() as restarted:
        restarted.ok("same = [1]; other = [5]")
        request = {"job_id": "job4", "folder": str(job)}
        assert told(restarted, "land", request)["is_other_process"]
        assert restarted.run("y").reply["content"]["status"] == "error"
        landed = told(restarted, "land", {**request, "is_asked": True})
        assert landed["landed"] == ["same", "y"]
        assert landed["conflicts"] == ["other"]
        assert restarted.ok("[y, same, other]").result == "[1, [1, 2], [5]]"


def test_a_job_that_was_sent_again_lands_as_the_first_would(
    kernel: Kernel, far: Kernel, tmp_path: Path
):
    first, again = tmp_path / "job5", tmp_path / "job6"
    kernel.ok("x = 1; kept = 1")
    code = "y = x + 1; kept = 2"
    assert packed(kernel, first, code)["ok"]
    shutil.copytree(first, again)
    told_by_runner(far, "take_in", str(again))
    far.ok(code)
    told_by_runner(far, "send_back", json.dumps({"folder": str(again), "code": code}))
    kernel.ok("kept = 3")
    landed = told(kernel, "land", {"job_id": "job6", "folder": str(again)})
    assert (landed["landed"], landed["conflicts"]) == (["y"], ["kept"])
    assert kernel.ok("[y, kept]").result == "[2, 3]"


def test_the_start_injection_stays_small():
    start = bundle.sent_sources()
    later = bundle.remote_sources()
    assert not set(start) & set(later)
    assert not [name for name in start if ".parcel" in name or ".needs" in name]
    assert "dsinfra_jlab_cloudpickle.cloudpickle" in later
    assert len(bundle.packed_remote_sources()) < 100_000


def test_a_reply_that_is_none_is_told():
    assert bundle.read_remote_reply({"status": "aborted"})["is_aborted"]
    assert bundle.read_remote_reply({})["is_broken"]
    broken = {"status": "error", "ename": "AttributeError", "evalue": "no probe"}
    found = bundle.read_remote_reply({"user_expressions": {bundle.REMOTE_NAME: broken}})
    assert found["error"] == "AttributeError: no probe"
    odd = {"status": "ok", "data": {"text/plain": "'{'"}}
    assert bundle.read_remote_reply({"user_expressions": {bundle.REMOTE_NAME: odd}})["is_broken"]


def test_a_kernel_without_the_probe_says_so():
    with started(with_probe=False) as bare:
        found = told(bare, "pack", {"job_id": "x", "folder": "/", "code": "1"})
        assert found["is_broken"]
        assert "_dsinfra_probe" in found["error"]


def test_the_event_is_read_and_checked():
    good = {
        "kind": "landed",
        "job_id": "j",
        "landed": ["a", 3, "b"],
        "conflicts": ["c"],
        "failed": [{"name": "d", "text": "why"}, 5],
    }
    events, malformed = read_events({"v": 1, "events": [good, {"kind": "landed"}]}, [])
    assert events == [Landed("j", ("a", "b"), ("c",), (NotLanded("d", "why"),))]
    assert malformed == 1
