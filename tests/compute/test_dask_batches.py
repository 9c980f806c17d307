"""Items of a map that travel together: each is a job of its own all the same."""

from __future__ import annotations

import asyncio
import os
import signal
import time
import uuid
from pathlib import Path
from typing import Any

import psutil
import pytest

from dsinfra_jlab.compute.engines import dask_batches
from dsinfra_jlab.domain.compute.job_events import JobEvent
from dsinfra_jlab.domain.compute.jobs import JobId

from .desk import LOCAL, Desk

pytestmark = pytest.mark.slow

CODE = "import os, time\nexec(open(os.path.join({base!r}, os.environ['DSINFRA_JOB_ID'])).read())"
"""Jobs that travel together have the same code: what each does is in a file by its id."""

LIMIT_S = 90.0


class Items:
    """The items of one map, each with code of its own."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.base = desk.base / "codes"
        self.base.mkdir(exist_ok=True)
        group = uuid.uuid4().hex
        self._more: dict[str, Any] = {
            "mode": "group",
            "session_key": group,
            "shared": f"map-{group}",
        }

    async def send(self, code: str) -> JobId:
        def put(folder: Path) -> None:
            (self.base / folder.name).write_text(code)

        text = CODE.format(base=str(self.base))
        return await self.desk.submit(text, prepare=put, cancel_grace_s=2.0, **self._more)

    async def send_all(self, codes: list[str]) -> list[JobId]:
        return [await self.send(code) for code in codes]

    async def ended(self, job_ids: list[JobId]) -> list[JobEvent]:
        return [await self.desk.ended(each, LIMIT_S) for each in job_ids]

    def began(self, job_id: JobId) -> dict[str, Any]:
        (found,) = self.desk.of_kind(job_id, "starting")
        return found

    def kernel(self, job_id: JobId) -> int:
        return int(self.desk.of_kind(job_id, "kernel")[0]["pid"])


@pytest.fixture
def items(desk: Desk, jp_asyncio_loop: asyncio.AbstractEventLoop) -> Items:
    """Return a map of which a few short items have run: others like them go together."""

    async def short() -> None:
        for ended in await made.ended(await made.send_all(["pass"] * 12)):
            assert ended["state"] == "ok", ended

    made = Items(desk)
    jp_asyncio_loop.run_until_complete(short())
    return made


def marked(path: Path, then: str = "") -> str:
    """Return code that leaves a letter each time it runs."""
    return f"open({str(path)!r}, 'a').write('x')\n{then}"


async def until(what: Any) -> None:
    end = time.monotonic() + LIMIT_S
    while not what():
        assert time.monotonic() < end
        await asyncio.sleep(0.05)


async def test_each_tells_its_own_story_and_fails_alone(items: Items) -> None:
    desk = items.desk
    codes = ["print('a')", "1 / 0", "import sys; print('b', file=sys.stderr)", "6 * 7", "exit()"]
    jobs = await items.send_all([codes[n % 5] for n in range(40)])
    ended = await items.ended(jobs)
    states = [each["state"] for each in ended]
    assert states == ["ok", "error", "ok", "ok", "ok"] * 8, [each["detail"] for each in ended]
    assert [desk.text(each) for each in jobs[:4]] == ["a\n", "", "b\n", ""]
    for job_id in jobs:
        events = desk.log(job_id)
        assert [each["seq"] for each in events] == list(range(1, len(events) + 1))
        kinds = [each["kind"] for each in events]
        assert kinds[:2] == ["queued", "starting"]
        assert kinds.count("request") == kinds.count("ended") == kinds.count("kernel") == 1
        assert kinds[-1] == "ended"
        messages = desk.of_kind(job_id, "message")
        assert {each["parent_header"].get("msg_id") for each in messages} <= {
            f"message-{job_id}",
            *(each["parent_header"].get("msg_id") for each in messages if "loaded" in str(each)),
        }
        types = [each["header"]["msg_type"] for each in messages]
        assert types.count("execute_input") == types.count("execute_reply") == 1
    # They share kernels, which is all that they share.
    assert len({items.kernel(each) for each in jobs}) >= 8  # another one after each exit


async def test_one_that_ends_the_kernel_ends_itself_alone(items: Items) -> None:
    codes = ["pass"] * 6 + ["import os; os._exit(7)"] + ["pass"] * 6
    jobs = await items.send_all(codes)
    ended = await items.ended(jobs)
    assert [each["state"] for each in ended] == ["ok"] * 6 + ["error"] + ["ok"] * 6
    assert ended[6]["exit_code"] == 7
    assert items.kernel(jobs[12]) != items.kernel(jobs[0])


async def test_a_killed_worker_costs_what_is_at_work_and_nothing_runs_twice(items: Items) -> None:
    desk, base = items.desk, items.base
    codes = [marked(base / f"m{n}", "time.sleep(0.05)") for n in range(16)]
    jobs = await items.send_all([*codes[:8], marked(base / "slow", "time.sleep(600)"), *codes[8:]])
    for ended in await items.ended(jobs[:8]):  # one by one, while the slow one is at work
        assert ended["state"] == "ok", ended
    await until((base / "slow").exists)
    (worker,) = (
        each
        for each in psutil.Process(desk.agent_pid()).children()
        if any("dask_worker" in part for part in each.cmdline())
    )
    os.kill(worker.pid, signal.SIGKILL)
    all_ended = await items.ended(jobs)
    states = [each["state"] for each in all_ended]
    assert states[8] == "lost", all_ended[8]
    assert "not run again" in all_ended[8]["detail"]
    assert states[:8] == states[9:] == ["ok"] * 8
    assert [(base / f"m{n}").read_text() for n in range(16)] == ["x"] * 16
    assert (base / "slow").read_text() == "x"


async def test_one_is_cancelled_and_the_others_run(items: Items) -> None:
    base = items.base
    at_work = marked(base / "first", "print('on', flush=True)\ntime.sleep(600)")
    jobs = await items.send_all([at_work, *(marked(base / f"c{n}") for n in range(10))])
    await items.desk.printed(jobs[0], "on")
    await items.desk.agents.cancel("local", jobs[4])
    assert (await items.desk.ended(jobs[4]))["detail"] == "It was cancelled before it began."
    await items.desk.agents.cancel("local", jobs[0])
    ended = await items.ended(jobs)
    assert [each["state"] for each in ended] == [
        *("cancelled", "ok", "ok", "ok", "cancelled"),
        *["ok"] * 6,
    ]
    assert not (base / "c3").exists()
    assert all((base / f"c{n}").read_text() == "x" for n in range(10) if n != 3)


async def test_all_are_cancelled(items: Items) -> None:
    base = items.base
    jobs = await items.send_all([marked(base / f"d{n}", "time.sleep(600)") for n in range(10)])
    await until((base / "d0").exists)
    for job_id in reversed(jobs):
        await items.desk.agents.cancel("local", job_id)
    assert {each["state"] for each in await items.ended(jobs)} == {"cancelled"}
    assert [n for n in range(10) if (base / f"d{n}").exists()] == [0]
    again = await items.send("print('well')")
    assert (await items.desk.ended(again))["state"] == "ok"


async def test_a_long_one_holds_up_no_other(desk: Desk) -> None:
    two = LOCAL.__class__("two", "dask", {"workers": 2})
    await desk.agents.start(two)
    items = Items(desk)
    send = desk.submit

    async def to_two(code: str, **more: Any) -> JobId:
        return await send(code, two, **more)

    desk.submit = to_two  # type: ignore[method-assign,assignment]
    await items.ended(await items.send_all(["pass"] * 24))
    go = items.base / "go"
    wait = f"while not os.path.exists({str(go)!r}): time.sleep(0.05)"
    jobs = await items.send_all([*["time.sleep(0.01)"] * 3, wait, *["pass"] * 30])
    # All others end while the long one is at work.
    for job_id in (*jobs[:3], *jobs[4:]):
        assert (await desk.ended(job_id, LIMIT_S))["state"] == "ok"
    assert not desk.of_kind(jobs[3], "ended")
    go.touch()
    assert (await desk.ended(jobs[3]))["state"] == "ok"


def test_what_is_taken_back_keeps_its_place() -> None:
    from dsinfra_jlab.compute.engines.dask_queue import Machine, Need, Queue

    queue = Queue(Machine(2, 100, 0), idle=["a"])
    queue.waiting = {JobId(each): Need(memory_bytes=60) for each in "abcxde"}
    first = queue.next()
    assert first == ("a", "a")
    assert queue.take_along(4, lambda each: each != "x") == ["b", "c"]
    assert list(queue.waiting) == ["x", "d", "e"]
    assert queue.taken[JobId("b")].memory_bytes == 0
    queue.put_back({JobId(each): Need(memory_bytes=60) for each in "bc"})
    assert list(queue.waiting) == ["b", "c", "x", "d", "e"]
    assert list(queue.taken) == ["a"]
    assert queue.waiting[JobId("b")].memory_bytes == 60


def test_how_many_go_together_follows_what_they_take() -> None:
    class Workers:
        count = 2

    from dsinfra_jlab.compute.engines.dask_jobs import OnDask
    from dsinfra_jlab.compute.engines.dask_queue import Need, Queue

    queue = Queue(None)
    made = dask_batches.Batches(None, queue, Workers(), None)  # type: ignore[arg-type]
    assert made.size("kind") == 1  # nobody knows yet
    queue.waiting = {JobId(str(n)): Need() for n in range(1000)}

    def took(seconds: float) -> None:
        job = OnDask(None, Need(), "kind", begun_at=100.0)  # type: ignore[arg-type]
        made.note(job, {"kind": "ended", "at": 100.0 + seconds})

    took(3.0)
    assert made.size("kind") == 1
    for _ in range(8):
        took(0.01)
    assert 10 < made.size("kind") <= dask_batches.BATCH_MAX
    for _ in range(20):
        took(0.0)
    assert made.size("kind") == dask_batches.BATCH_MAX
    queue.waiting = {JobId(str(n)): Need() for n in range(7)}
    assert made.size("kind") == 2  # the others are for the other worker, and for later
    took(30.0)
    assert made.size("kind") == 1
    assert made.size("another kind") == 1
