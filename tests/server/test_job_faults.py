"""Faults around jobs, end to end: real servers, agents, kernels, Dask and disks."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from dsinfra_jlab.services.job_sending import INTERRUPTED
from tests.full_disk import MEGABYTE, small_disk
from tests.server.processes import ServerProcess
from tests.server.test_jobs import DEADLINE_S, FINAL, Desk, _processes_below

pytestmark = pytest.mark.slow

_notebooks = itertools.count(1)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """Return a server of its own, and leave nothing of it."""
    server = ServerProcess(tmp_path)
    asyncio.run(server.start())
    yield server
    for name in ("local", "one"):
        with contextlib.suppress(Exception):  # not every test has both
            asyncio.run(_stop_target(server, name))
    server.stop()
    assert _processes_below(tmp_path) == []


async def _stop_target(server: ServerProcess, name: str) -> None:
    await server.fetch("dsinfra", "api", f"targets/{name}/stop", method="POST", body="{}")


@pytest.fixture
def desk(server: ServerProcess, jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[Desk]:
    desk = Desk(server, f"{next(_notebooks)}.ipynb")
    jp_asyncio_loop.run_until_complete(desk.open())
    yield desk
    jp_asyncio_loop.run_until_complete(server.hang_up())


async def final(desk: Desk, job_id: str) -> dict[str, Any]:
    return await desk.until(job_id, *FINAL)


async def cancelled_when_taken_over(desk: Desk, job_id: str) -> None:
    """Cancel a job once the server that was just started has it."""
    end = time.monotonic() + 2 * DEADLINE_S
    while True:
        try:
            await desk.post(f"jobs/{job_id}/cancel")
            return
        except HTTPClientError as refused:
            assert refused.code == 409 and time.monotonic() < end
            await asyncio.sleep(0.2)


def marking(path: Path, go: Path | None = None) -> str:
    """Return the code of a cell that leaves a letter each time it runs."""
    code = f"import os, time\nwith open({str(path)!r}, 'a') as file: file.write('x')\n"
    if go is not None:
        code += f"print('on', flush=True)\nwhile not os.path.exists({str(go)!r}): time.sleep(0.05)"
    return code


@pytest.mark.parametrize("how", ["stopped", "killed"])
async def test_a_queued_job_outlives_its_server(desk: Desk, how: str) -> None:
    """It waits for the only worker, behind another job."""
    root = desk.server.root
    await desk.post("targets", {"name": "one", "engine": "dask", "options": {"workers": 1}})
    first = await desk.send(marking(root / "first", root / "go"), target="one")
    await desk.until_printed(first["id"], "on")
    second = await desk.send(marking(root / "second") + "found = 5", target="one")
    third = await desk.send(marking(root / "third"), target="one", kernel_id=None)
    end = time.monotonic() + DEADLINE_S
    while (await desk.job(second["id"]))["queue_place"] is None:
        assert time.monotonic() < end
        await asyncio.sleep(0.05)
    if how == "killed":
        desk.server.kill()
    else:
        desk.server.stop()
    await desk.server.hang_up()
    await desk.server.start()
    for job in (second, third):
        assert (await desk.job(job["id"]))["state"] == "queued"
    assert (await desk.job(first["id"]))["state"] == "running"
    await cancelled_when_taken_over(desk, third["id"])
    assert (await final(desk, third["id"]))["state"] == "cancelled"
    (root / "go").touch()
    for job in (first, second):
        ended = await final(desk, job["id"])
        assert ended["state"] == "ok", ended["detail"]
    assert (root / "first").read_text() == (root / "second").read_text() == "x"
    assert not (root / "third").exists()
    run = await desk.run_of(second)
    assert (run["status"], run["target"]) == ("ok", "one")


async def test_a_server_that_is_killed_at_any_moment_leaves_a_job_that_ends_once(
    desk: Desk,
) -> None:
    """From the answer that it is taken to its run on the target, which is cold at first."""
    root = desk.server.root
    jobs: list[tuple[dict[str, Any], Path]] = []
    for number, pause_s in enumerate((0.0, 0.05, 0.3, 1.5)):
        path = root / f"mark-{number}"
        jobs.append((await desk.send(marking(path), kernel_id=None), path))
        await asyncio.sleep(pause_s)
        desk.server.kill()
        await desk.server.start()
    for job, path in jobs:
        ended = await final(desk, job["id"])
        said = ended["state"], ended["detail"]
        if ended["state"] == "ok":
            assert path.read_text() == "x"
        else:
            assert said == ("error", INTERRUPTED) and not path.exists()
    await asyncio.sleep(2.0)  # whoever ran twice would do so by now
    for job, path in jobs:
        again = await desk.job(job["id"])
        assert again["state"] in ("ok", "error")
        assert path.exists() is (again["state"] == "ok")
        assert not path.exists() or path.read_text() == "x"
    await desk.server.hang_up()


async def test_a_full_disk_is_said_while_the_cell_runs_and_when_it_has_ended(
    tmp_path: Path, server: ServerProcess, jp_asyncio_loop: asyncio.AbstractEventLoop
) -> None:
    desk = Desk(server, "full.ipynb")
    await desk.open()
    folder = tmp_path / "data" / "dsinfra" / "compute" / "jobs"
    with small_disk(folder, 6 * MEGABYTE):
        go = server.root / "go"
        job = await desk.send(
            marking(server.root / "mark", go)
            + "\nfor n in range(300): print('x' * 50_000, flush=True)\n"
            "while not os.path.exists('/nonexistent'): time.sleep(0.05)"
        )
        await desk.until_printed(job["id"], "on")
        go.touch()
        end = time.monotonic() + DEADLINE_S
        while "no room left" not in (now := await desk.job(job["id"]))["detail"]:
            assert time.monotonic() < end, now
            await asyncio.sleep(0.1)
        assert now["state"] == "running"
        assert str(folder) in now["detail"] and "are free" in now["detail"]
        await desk.post(f"jobs/{job['id']}/cancel")
        ended = await final(desk, job["id"])
        assert ended["state"] == "cancelled", ended["detail"]
        assert "no room left" in ended["detail"]
        run = await desk.run_of(job)
        assert run["status"] == "interrupted"
        assert os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize < MEGABYTE
        await _stop_target(server, "local")
    await server.hang_up()
