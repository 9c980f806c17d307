"""A server that is killed, stopped and started again: every run there, right, once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.processes import ServerProcess

pytestmark = pytest.mark.slow

ENDLESS = "print('on', flush=True)\nimport time; time.sleep(600)"


@pytest.fixture
def server(tmp_path: Path, jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path)
    yield server
    jp_asyncio_loop.run_until_complete(server.hang_up())
    server.stop()


async def test_after_a_kill_everything_is_there_once_and_what_ran_is_lost(
    server: ServerProcess,
) -> None:
    await server.start()
    client = await server.kernel(path="train.ipynb", name="train.ipynb")
    for number in range(20):
        await client.run(f"print({number})", f"cell-{number}")
    await server.runs(20)
    await client.execute(ENDLESS, "cell-endless")
    await client.wait_for_output("on")
    await client.execute("'waits'", "cell-waits")
    await asyncio.sleep(1.5)
    server.kill()
    await server.start()
    runs = await server.runs(22)
    assert [run["code_line"] for run in runs[:20]] == [f"print({i})" for i in range(20)]
    assert [run["status"] for run in runs] == ["ok"] * 20 + ["lost", "lost"]
    assert "how the run went on is not known" in runs[20]["status_reason"]
    outputs = await server.get(f"runs/{runs[20]['id']}/outputs")
    assert [item["text"] for item in outputs["items"]] == ["on\n"]
    (session,) = await server.runs(1, "session")
    assert session["status"] == "lost"
    (experiment,) = (await server.get("experiments"))["items"]
    assert (experiment["name"], experiment["run_count"]) == ("train.ipynb", 22)


@pytest.mark.parametrize("number", [15, 2], ids=["SIGTERM", "SIGINT twice"])
async def test_a_server_that_is_stopped_ends_its_runs_itself(
    server: ServerProcess, number: int
) -> None:
    await server.start()
    client = await server.kernel()
    await client.execute(ENDLESS)
    await client.wait_for_output("on")
    if number == 2:
        server.interrupt()
        await asyncio.sleep(0.3)
    server.stop(number)
    await server.start()
    (run,) = await server.runs(1)
    assert (run["status"], run["status_reason"]) == (
        "interrupted",
        "the Jupyter server was stopped",
    )
    assert "dsinfra: " not in server.log.read_text()  # what we log is only ever a failure


async def test_two_servers_share_a_store_and_leave_each_other_alone(tmp_path: Path) -> None:
    url = f"--DsinfraApp.store_url=sqlite:///{tmp_path / 'shared' / 'store.sqlite'}"
    one = ServerProcess(tmp_path / "one", "/", url)
    two = ServerProcess(tmp_path / "two", "/prefix/", url)
    try:
        await one.start()
        client = await one.kernel()
        message_id = await client.execute("import time; time.sleep(4)")
        await asyncio.sleep(0.5)
        await two.start()
        other = await two.kernel()
        await other.run("'in the other'")
        await client.reply_to(message_id)
        for server in (one, two):
            runs = await server.runs(2)
            assert [run["status"] for run in runs] == ["ok", "ok"]
    finally:
        await one.hang_up()
        await two.hang_up()
        one.stop()
        two.stop()
