"""Our own Dask: what becomes of jobs when its processes die, and how many of them there are."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from distributed import Client
from distributed.security import Security

from dsinfra_jlab.domain.compute.targets import TargetRecord
from dsinfra_jlab.domain.exceptions import Impossible, Unavailable

from .desk import LOCAL, Desk, gone_in

pytestmark = pytest.mark.slow

TWO = TargetRecord("local", "dask", {"workers": 2})
COUNTING = "import time\nopen({path!r}, 'a').write('x')\nprint('on', flush=True)\ntime.sleep(600)"


def children(desk: Desk, word: str) -> list[psutil.Process]:
    """Return the processes of Dask below the agent whose command has a word."""
    found = psutil.Process(desk.agent_pid()).children()
    return [each for each in found if any(word in part for part in each.cmdline())]


async def test_it_is_on_loopback_alone_and_its_dask_tries_nothing_twice(desk: Desk) -> None:
    status = await desk.agents.start(LOCAL)
    assert status.address is not None
    assert status.address.startswith("tls://127.0.0.1:")
    for process in psutil.Process(desk.agent_pid()).children(recursive=True):
        for connection in process.net_connections("inet"):
            assert connection.laddr.ip == "127.0.0.1", (process.cmdline(), connection)
    asked = "lambda dask_scheduler: dask_scheduler.allowed_failures"
    code = f"{status.client_code}\nprint(client.run_on_scheduler({asked}))\nclient.close()"
    made = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], capture_output=True, text=True, timeout=60
    )
    assert made.stdout == "0\n", made.stderr


async def test_a_killed_worker_costs_its_job_which_ran_once_and_another_comes(desk: Desk) -> None:
    path = desk.base / "runs"
    job_id = await desk.submit(COUNTING.format(path=str(path)))
    waiting = await desk.submit("print('later')")
    await desk.printed(job_id, "on")
    (worker,) = children(desk, "dask_worker")
    kernel = desk.of_kind(job_id, "kernel")[0]["pid"]
    os.kill(worker.pid, signal.SIGKILL)
    ended = await desk.ended(job_id, 10)
    assert ended["state"] == "lost"
    assert "worker-1" in ended["detail"]
    assert "not run again" in ended["detail"]
    assert gone_in(kernel, 5)
    assert (await desk.ended(waiting))["state"] == "ok"
    assert path.read_text() == "x"
    assert desk.of_kind(waiting, "starting")[0]["worker"] == "worker-2"


async def test_a_killed_scheduler_fails_the_target_and_the_next_start_works(desk: Desk) -> None:
    job_id = await desk.submit("import time\nprint('on', flush=True)\ntime.sleep(600)")
    await desk.printed(job_id, "on")
    family = psutil.Process(desk.agent_pid()).children(recursive=True)
    (scheduler,) = children(desk, "dask_scheduler")
    os.kill(scheduler.pid, signal.SIGKILL)
    ended = await desk.ended(job_id, 20)
    assert ended["state"] == "lost"
    assert "scheduler" in ended["detail"]
    with pytest.raises(Unavailable, match="scheduler has ended"):
        await desk.agents.status("local")
    assert "local" in desk.targets_told
    for process in family:
        assert gone_in(process.pid, 3), process
    assert (await desk.run("print(1)"))["state"] == "ok"


async def test_a_worker_that_does_not_answer_is_ended_with_its_job(desk: Desk) -> None:
    job_id = await desk.submit(
        "import time\nprint('on', flush=True)\ntime.sleep(600)", cancel_grace_s=0.5
    )
    await desk.printed(job_id, "on")
    (worker,) = children(desk, "dask_worker")
    family = [worker, *worker.children(recursive=True)]
    # These end by themselves when they have removed the kernel's folder.
    guards = {each.pid for each in family if "dsinfra-guard" in each.cmdline()}
    worker.suspend()
    start = time.monotonic()
    await desk.agents.cancel("local", job_id)
    ended = await desk.ended(job_id, 20)
    assert time.monotonic() - start < 8
    assert ended["state"] == "cancelled"
    assert "did not answer" in ended["detail"]
    for process in family:
        assert gone_in(process.pid, 5.0 if process.pid in guards else 0.5), process
    assert (await desk.run("print(1)"))["state"] == "ok"


async def test_it_grows_at_once_and_shrinks_when_jobs_are_done(desk: Desk) -> None:
    await desk.agents.start(LOCAL)
    status = await desk.agents.scale("local", 3)
    jobs = [
        await desk.submit("import time\nprint('on', flush=True)\ntime.sleep(4)") for _ in range(3)
    ]
    for job_id in jobs:
        await desk.printed(job_id, "on")
    status = await desk.agents.status("local")
    assert status is not None
    assert {worker.busy_job_id for worker in status.workers} == set(jobs)
    assert status.capacity.free_cpus == status.capacity.cpus - 3
    await desk.agents.scale("local", 1)
    for job_id in jobs:
        assert (await desk.ended(job_id))["state"] == "ok"
    await asyncio.sleep(1)
    assert len(children(desk, "dask_worker")) == 1
    assert (await desk.run("print(1)"))["state"] == "ok"


async def test_what_a_job_asks_for_is_counted_and_too_much_refused(desk: Desk) -> None:
    target = TargetRecord("local", "dask", {"workers": 2, "memory_bytes": 1_000_000_000})
    big = await desk.submit(
        "import time\nprint('on', flush=True)\ntime.sleep(2)", target, memory_bytes=900_000_000
    )
    small = await desk.submit("print('on', flush=True)", target)
    await desk.printed(big, "on")
    assert [event["kind"] for event in desk.log(small)] == ["queued"]
    status = await desk.agents.status("local")
    assert status is not None
    assert status.capacity.free_memory_bytes == 100_000_000
    assert (await desk.ended(big))["state"] == "ok"
    assert (await desk.ended(small))["state"] == "ok"
    refused = await desk.run("print(1)", target, memory_bytes=2_000_000_000)
    assert refused["state"] == "error"
    assert "asks for 2 GB of memory, and the target has 1 GB" in refused["detail"]
    assert Impossible.code.value == "impossible"


async def test_more_memory_than_its_part_ends_a_job(desk: Desk) -> None:
    target = TargetRecord("local", "dask", {"workers": 1, "memory_bytes": 300_000_000})
    ended = await desk.run("import time\nx = bytearray(600_000_000)\ntime.sleep(30)", target)
    assert ended["oom"] is True
    assert ended["state"] == "error"


async def test_an_unknown_option_is_named(desk: Desk) -> None:
    with pytest.raises(Unavailable, match="wrokers"):
        await desk.agents.start(TargetRecord("local", "dask", {"wrokers": 2}))


async def test_many_jobs_leave_nothing_behind(desk: Desk) -> None:
    """Sixty here, of which some fresh; the benchmark takes a thousand."""
    await desk.agents.start(TWO)
    more = {"mode": "session", "session_key": "a"}
    jobs = [await desk.submit("print(1)", TWO, **more) for _ in range(50)]
    jobs += [await desk.submit("print(1)", TWO) for _ in range(10)]
    for job_id in jobs:
        assert (await desk.ended(job_id, 120))["state"] == "ok"
    await asyncio.sleep(0.5)
    status = await desk.agents.status("local")
    assert status is not None
    assert status.queue == []
    assert status.capacity.running_jobs == 0
    left = await asyncio.to_thread(what_is_left, str(status.address), security_of(desk))
    assert left == {"tasks": 0, "events": 0, "topics": 1, "marks": 0}
    assert list((desk.base / "targets" / "local" / "open").iterdir()) == []
    agent = psutil.Process(desk.agent_pid())
    assert agent.num_fds() < 60


def security_of(desk: Desk) -> Security:
    """Return what our own scheduler is reached with."""
    made = desk.base / "targets" / "local" / "dask"
    return Security(
        tls_ca_file=str(made / "tls_ca_file.pem"),
        tls_client_cert=str(made / "tls_cert.pem"),
        tls_client_key=str(made / "tls_key.pem"),
        require_encryption=True,
    )


def what_is_left(address: str, security: Security | None = None) -> dict[str, int]:
    """Return what a scheduler keeps of us."""

    def look(dask_scheduler: object = None) -> str:
        import json

        scheduler: object = dask_scheduler
        topics = {
            name: topic
            for name, topic in scheduler._broker._topics.items()  # type: ignore[attr-defined]
            if name.startswith("dsinfra-")
        }
        return json.dumps(
            {
                "tasks": len(scheduler.tasks),  # type: ignore[attr-defined]
                "events": sum(len(topic.events) for topic in topics.values()),
                "topics": len(topics),
                "marks": len(scheduler.extensions["events"]._events),  # type: ignore[attr-defined]
            }
        )

    with Client(address, security=security, set_as_default=False) as client:
        found: dict[str, int] = json.loads(client.run_on_scheduler(look))
        return found
