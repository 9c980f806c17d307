"""Clusters made in code become targets, and code reaches the clusters of targets."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Iterator

import pytest
from tornado.httpclient import HTTPClientError

from tests.server.processes import ServerProcess
from tests.server.test_jobs import Desk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MAKE = """
import dsinfra_jlab as dsinfra
from dask.distributed import Client, LocalCluster
cluster = LocalCluster(
    n_workers=1, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", silence_logs=50,
)
"""

_notebooks = itertools.count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("jobs"))
    asyncio.run(server.start())
    yield server
    for target in ("local", "mine", "again"):
        with contextlib.suppress(HTTPClientError):
            asyncio.run(
                server.fetch("dsinfra", "api", f"targets/{target}/stop", method="POST", body="{}")
            )
    server.stop()


@pytest.fixture
def desk(server: ServerProcess, jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[Desk]:
    desk = Desk(server, f"clusters-{next(_notebooks)}.ipynb")
    jp_asyncio_loop.run_until_complete(desk.open())
    yield desk
    with contextlib.suppress(HTTPClientError):
        jp_asyncio_loop.run_until_complete(desk.kernel.shut_down())
    jp_asyncio_loop.run_until_complete(server.hang_up())


async def test_a_cluster_of_the_notebook_becomes_a_target(desk: Desk) -> None:
    reply = await desk.kernel.run(MAKE)
    assert reply["status"] == "ok", reply
    assert await desk.here("dsinfra.register_cluster(cluster, 'mine')") == "mine"
    target = await desk.server.get("targets/mine")
    assert target["registered_by"] == desk.kernel.kernel_id
    assert target["options"]["address"] == await desk.here("cluster.scheduler_address")
    await desk.kernel.run("factor = 6")
    job = await desk.done("answer = factor * 7; print('there')", target="mine")
    assert await desk.printed(job["id"]) == "there\n"
    await desk.until_results_are(job["id"], "landed")
    assert await desk.here("answer") == 42
    # Said again, with a client of it, it is the same target; under no name it gets one.
    assert await desk.here("dsinfra.register_cluster(Client(cluster), 'mine')") == "mine"
    other = await desk.here("dsinfra.register_cluster(Client(cluster.scheduler_address))")
    assert other in [each["name"] for each in (await desk.server.get("targets"))["items"]]
    # The cluster goes with its kernel; a job for it ends and says so.
    await desk.kernel.shut_down()
    await desk.open()
    job = await desk.send("1", target="mine")
    job = await desk.until(job["id"], "error", "lost")
    assert target["options"]["address"] in job["detail"]
    assert await desk.server.get("targets/mine")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "dsinfra.register_cluster(LocalCluster(processes=False, n_workers=1, "
            "dashboard_address=None))",
            "processes=True",
        ),
        ("dsinfra.register_cluster(5)", "takes a Dask cluster or a client"),
        (
            "dsinfra.register_cluster(LocalCluster(n_workers=0, protocol='tls', host='127.0.0.1', "
            "dashboard_address=None, security=True))",
            "in memory only",
        ),
    ],
    ids=["inside the kernel", "no cluster", "certificates in memory"],
)
async def test_what_no_other_process_can_reach_is_refused(desk: Desk, code: str, said: str) -> None:
    await desk.kernel.run(MAKE.partition("cluster =")[0])
    reply = await desk.kernel.run(code)
    assert (reply["status"], reply["ename"]) == ("error", "ValueError"), reply
    assert said in reply["evalue"]


async def test_the_code_of_a_target_connects_the_notebook_to_it(desk: Desk) -> None:
    await desk.done("1")
    code = (await desk.server.get("targets/local"))["client_code"]
    reply = await desk.kernel.run(f"{code}\nfound = client.submit(pow, 2, 10).result()")
    assert reply["status"] == "ok", reply
    assert await desk.here("found") == 1024
    assert await desk.here("client.scheduler.address.partition('://')[0]") == "tls"
