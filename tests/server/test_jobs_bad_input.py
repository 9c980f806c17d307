"""What can go wrong before a cell runs elsewhere and after it; all parts are real ones."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from tests.compute.clusters import cluster
from tests.kernel.environments import NEWEST, OLDEST, Environment, python_of
from tests.server.kernels import install_with_variables
from tests.server.processes import ServerProcess
from tests.server.test_jobs import DEADLINE_S, Desk

pytestmark = pytest.mark.slow

HERE = "{}.{}".format(*sys.version_info[:2])
FAR = {"send_through_dask": True}
"""A target whose workers see no file of ours, and so run their own Python."""

_notebooks = itertools.count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("jobs"))
    asyncio.run(server.start())
    yield server
    for target in ("local", "far", "nobody"):
        with contextlib.suppress(HTTPClientError):
            asyncio.run(
                server.fetch("dsinfra", "api", f"targets/{target}/stop", method="POST", body="{}")
            )
    server.stop()


@pytest.fixture
def desk(server: ServerProcess, jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[Desk]:
    """Return a notebook whose kernel is not open yet."""
    desk = Desk(server, f"bad-{next(_notebooks)}.ipynb")
    yield desk
    with contextlib.suppress(HTTPClientError):
        jp_asyncio_loop.run_until_complete(desk.kernel.shut_down())
    jp_asyncio_loop.run_until_complete(server.hang_up())


@pytest.fixture(scope="module")
def somebodys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with cluster(tmp_path_factory.mktemp("dask")) as address:
        yield address


async def with_far(desk: Desk, address: str) -> None:
    with contextlib.suppress(HTTPClientError):  # there from the test before
        await desk.post(
            "targets", {"name": "far", "engine": "dask", "options": FAR | {"address": address}}
        )


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Have no more than 3 MB of room in a folder."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("not run: tmpfs cannot be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def package(folder: Path, name: str) -> None:
    """Install a package in a folder, as pip would."""
    about = folder / f"{name}-2.1.dist-info"
    about.mkdir()
    (folder / f"{name}.py").write_text("value = 5\n")
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.1\n")
    (about / "RECORD").write_text(f"{name}.py,,\n")
    (about / "top_level.txt").write_text(f"{name}\n")


async def until_packages_are_known(desk: Desk, target: str) -> None:
    """Wait until a target has been asked for its packages, which it is when it is looked at."""
    end = time.monotonic() + DEADLINE_S
    await desk.post(f"targets/{target}/start")
    while not (await desk.post(f"targets/{target}/test")).get("packages"):
        assert time.monotonic() < end
        await asyncio.sleep(0.2)


async def until_asked(desk: Desk, job_id: str) -> dict[str, Any]:
    end = time.monotonic() + DEADLINE_S
    while not ((job := await desk.job(job_id))["preflight"] or {}).get("is_waiting"):
        assert time.monotonic() < end and job["state"] == "queued", job
        await asyncio.sleep(0.05)
    return job


def install(server: ServerProcess, environment: Environment) -> str:
    """Let the server find a kernel of another Python."""
    name = f"python-{environment.python}"
    if not (server.home / "data" / "kernels" / name).exists():
        install_with_variables(server.home / "data", name, {}, python_of(environment))
    return name


@pytest.mark.parametrize("environment", [OLDEST, NEWEST], ids=lambda each: each.python)
async def test_a_kernel_of_another_python_is_no_stranger_to_local(
    desk: Desk, environment: Environment
) -> None:
    await desk.open(kernel_name=install(desk.server, environment))
    await desk.kernel.run("import sys\nrows = {'a': 1}")
    job = await desk.done("seen = [*sys.version_info[:2], rows['a']]")
    assert job["preflight"]["items"] == []
    await desk.until_results_are(job["id"], "landed")
    assert await desk.here("seen") == [*map(int, environment.python.split(".")), 1]


@pytest.mark.parametrize("environment", [OLDEST, NEWEST], ids=lambda each: each.python)
async def test_another_python_there_is_refused_with_both_versions(
    desk: Desk, somebodys: str, environment: Environment
) -> None:
    await with_far(desk, somebodys)
    await desk.open(kernel_name=install(desk.server, environment))
    job = await desk.done("1", "error", target="far")
    assert (
        f"This kernel runs Python {environment.python}, the target Python {HERE}." in job["detail"]
    )
    (item,) = job["preflight"]["items"]
    assert (item["kind"], item["is_blocking"]) == ("python", True)
    assert job["started_at"] is None
    assert (await desk.run_of(job))["status"] == "aborted"
    # Nor do the Python API and the magic send it.
    for code in (
        "import dsinfra_jlab as dsinfra; dsinfra.submit('1', target='far')",
        "%%remote far\n1",
    ):
        reply = await desk.kernel.run(code)
        assert (reply["status"], reply["ename"]) == ("error", "JobFailed"), reply
        assert f"the target Python {HERE}" in reply["evalue"]


async def test_a_missing_package_is_asked_about_and_named_there(
    desk: Desk, somebodys: str, tmp_path: Path
) -> None:
    (packages := tmp_path / "packages").mkdir()
    package(packages, "absentlib")
    install_with_variables(desk.server.home / "data", "with-more", {"PYTHONPATH": str(packages)})
    await with_far(desk, somebodys)
    await desk.open(kernel_name="with-more")
    await until_packages_are_known(desk, "far")
    await desk.kernel.run("import absentlib")
    job = await desk.send("absentlib.value", target="far")
    job = await until_asked(desk, job["id"])
    (item,) = job["preflight"]["items"]
    assert (item["kind"], item["name"], item["needs_word"]) == (
        "missing_package",
        "absentlib",
        True,
    )
    assert "absentlib" in item["text"] and "2.1" in item["text"]
    assert job["started_at"] is None
    await desk.post(f"jobs/{job['id']}/confirm")
    job = await desk.until(job["id"], "error")
    assert "absentlib cannot be imported" in job["detail"]
    # The same on `local` is the notebook's own environment, which has it.
    here = await desk.done("absentlib.value")
    assert here["preflight"]["items"] == []


async def test_a_target_that_cannot_be_reached_says_so_soon(desk: Desk) -> None:
    await desk.open()
    address = "tcp://127.0.0.1:9"
    await desk.post(
        "targets", {"name": "nobody", "engine": "dask", "options": {"address": address}}
    )
    job = await desk.done("1", "error", target="nobody")
    assert address in job["detail"]
    assert job["started_at"] is None
    assert (await desk.run_of(job))["status"] == "aborted"
    target = await desk.server.get("targets/nobody")
    assert target["state"] == "failed" and address in target["detail"]
    # Neither the server nor another target is held up.
    assert (await desk.done("6 * 7"))["state"] == "ok"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="not run: needs mount")
async def test_a_disk_that_is_full_before_or_after(desk: Desk) -> None:
    await desk.open()
    first = await desk.done("1")
    (folder,) = [each.parent for each in desk.server.home.rglob(first["id"]) if each.is_dir()]
    with small_disk(folder):
        await desk.kernel.run("big, small = b'x' * 8_000_000, 2")
        job = await desk.done("len(big)", "error")
        assert "No space left" in job["detail"] and job["started_at"] is None
        job = await desk.done("grown = bytes(range(256)) * 40_000; print('done')", "error")
        assert "No space left" in job["detail"]
        assert await desk.printed(job["id"]) == "done\n"
        assert await desk.here("'grown' in globals()") is False
        with contextlib.suppress(HTTPClientError):
            await desk.post(f"jobs/{job['id']}/land")
        assert await desk.here("'grown' in globals()") is False
        job = await desk.done("twice = small * 2")
        await desk.until_results_are(job["id"], "landed")
        assert await desk.here("twice") == 4


async def test_the_magic_that_waits_says_what_it_asks_and_what_stays_there(
    desk: Desk, somebodys: str, tmp_path: Path
) -> None:
    (packages := tmp_path / "packages").mkdir()
    package(packages, "absentlib")
    name = "with-more-waiting"
    install_with_variables(desk.server.home / "data", name, {"PYTHONPATH": str(packages)})
    await with_far(desk, somebodys)
    await desk.open(kernel_name=name)
    await until_packages_are_known(desk, "far")
    code = "try:\n    import absentlib\nexcept ImportError:\n    pass\nx, gen = 1, (n for n in [])"
    message_id = await desk.kernel.execute(f"%%remote far --wait\n{code}", "cell-magic")
    await desk.kernel.wait_for_output("run the cell with --yes")
    (job,) = (await desk.server.get(f"jobs?notebook_path={desk.notebook}"))["items"]
    await desk.post(f"jobs/{job['id']}/confirm")
    await desk.kernel.wait_for_output("gen (generator) cannot be sent")
    assert (await desk.kernel.reply_to(message_id))["status"] == "ok"
    assert await desk.here("x") == 1


async def test_the_magic_that_waits_says_that_its_results_cannot_be_taken(desk: Desk) -> None:
    await desk.open()
    await desk.kernel.run("import math")
    made = "class Made:\n    def __reduce__(self):\n        return (math.sqrt, (-1.0,))"
    code = f"{made}\nmade, x = Made(), 5"
    reply = await desk.kernel.run(f"%%remote --wait\n{code}", "cell-magic")
    assert (reply["status"], reply["ename"]) == ("error", "JobFailed"), reply
    assert "made cannot be made here: ValueError" in reply["evalue"]
    assert await desk.here("'x' in globals()") is False
