"""A job's run stands beside local ones with all that they have; what it costs; sent once more."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import Iterator

import pytest
from tornado.httpclient import HTTPClientError

from tests.server.processes import ServerProcess
from tests.server.test_jobs import DEADLINE_S, Desk

pytestmark = pytest.mark.slow

_notebooks = itertools.count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("jobs"))
    asyncio.run(server.start())
    yield server
    asyncio.run(server.fetch("dsinfra", "api", "targets/local/stop", method="POST", body="{}"))
    server.stop()


@pytest.fixture
def desk(server: ServerProcess, jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[Desk]:
    desk = Desk(server, f"records-{next(_notebooks)}.ipynb")
    jp_asyncio_loop.run_until_complete(desk.open())
    yield desk
    with contextlib.suppress(HTTPClientError):
        jp_asyncio_loop.run_until_complete(desk.kernel.shut_down())
    jp_asyncio_loop.run_until_complete(server.hang_up())


async def test_what_the_code_logs_there_is_in_its_run(desk: Desk) -> None:
    await desk.kernel.run("rate = 0.1\nlocal_accuracy = 0.5", "cell-local")
    job = await desk.done(
        "import dsinfra_jlab as dsinfra\n"
        "%log_param depth 3\n"
        "dsinfra.set_tag('team', 'blue')\n"
        "for step in range(5):\n    dsinfra.log_metric('loss', 1 / (step + 1), step=step)\n"
        "with open('notes.txt', 'w') as file:\n    file.write('seen there')\n"
        "dsinfra.log_artifact('notes.txt')\n"
        "accuracy = rate * 9"
    )
    run = await desk.run_of(job)
    assert (run["params"]["depth"], run["tags"]["team"]) == (3, "blue")
    assert run["metrics"]["loss"] == 0.2
    assert abs(run["metrics"]["accuracy"] - 0.9) < 1e-9
    metrics = await desk.server.get(f"runs/{run['id']}/metrics")
    assert {each["key"]: each["point_count"] for each in metrics["items"]}["loss"] == 5
    (artifact,) = (await desk.server.get(f"runs/{run['id']}/artifacts"))["items"]
    assert artifact["name"] == "notes.txt"
    found = await desk.server.get(f"runs?parent_id={run['parent_id']}&limit=50")
    assert {each["target"] for each in found["items"]} == {None, "local"}
    (only,) = (await desk.server.get(f"runs?q=target:local&parent_id={run['parent_id']}"))["items"]
    assert only["id"] == run["id"]


async def test_an_error_inside_a_function_of_another_cell(desk: Desk) -> None:
    define = "limit = 3\n\ndef check(value):\n    assert value < limit, f'{value} is too much'"
    await desk.kernel.run(define, "cell-define")
    job = await desk.done("values = [1, 5]\nfor each in values:\n    check(each)\n", "error")
    run = await desk.run_of(job)
    (error,) = (await desk.server.get(f"runs/{run['id']}/errors"))["items"]
    assert (error["ename"], error["evalue"]) == ("AssertionError", "5 is too much")
    assert error["cell_id"] == "cell-remote"
    outer, inner = error["frames"][0], error["frames"][-1]
    assert (outer["line"], outer["source"].strip()) == (3, "check(each)")
    assert (inner["line"], inner["function"]) == (4, "check")
    assert inner["source"].strip().startswith("assert value < limit")
    assert run["error_ids"] == [error["id"]]


async def test_the_whole_tree_of_processes_is_measured(desk: Desk) -> None:
    hold = "import time; held = bytearray(b'x') * 150_000_000; time.sleep(4)"
    job = await desk.done(
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {hold!r}], check=True)"
    )
    run = await desk.run_of(job)
    assert run["peak_rss"]["bytes"] > 170_000_000
    samples = await desk.server.get(f"runs/{run['id']}/samples")
    assert len(samples["at_s"]) >= 3
    assert max(each or 0 for each in samples["rss_bytes"]) > 170_000_000


async def test_a_price_makes_a_cost_that_stands_with_the_job(desk: Desk) -> None:
    path = "targets/local"
    await desk.server.fetch(
        "dsinfra", "api", path, method="PATCH", body='{"price_per_hour": 36, "currency": "EUR"}'
    )
    job = await desk.done("import time; time.sleep(1)")
    assert job["currency"] == "EUR"
    assert job["cost"] == pytest.approx(job["duration_s"] * 0.01, rel=0.01)
    assert job["duration_s"] >= 1


async def test_only_the_user_sends_a_job_again(desk: Desk) -> None:
    mark = desk.server.root / "tries"
    code = (
        f"with open({str(mark)!r}, 'a+') as file:\n"
        "    file.write('x'); file.seek(0); value = len(file.read())\n1 / (value - 1)"
    )
    job = await desk.done(code, "error")
    assert mark.read_text() == "x"
    again = await desk.post(f"jobs/{job['id']}/retry")
    again = await desk.until(again["id"], "ok")
    assert mark.read_text() == "xx"
    assert again["retry_of"] == job["id"] and again["run_id"] != job["run_id"]
    assert (await desk.job(job["id"]))["state"] == "error"
    await desk.until_results_are(again["id"], "landed")
    assert await desk.here("value") == 2


async def test_a_widget_and_a_bar_are_progress(desk: Desk) -> None:
    code = (
        "import sys, time\n"
        "from ipykernel.comm import Comm\n"
        "bar = Comm(target_name='jupyter.widget', data={'state': {'_model_name': "
        "'FloatProgressModel', 'min': 0.0, 'max': 4.0, 'value': 0.0}})\n"
        "for n in range(1, 5):\n"
        "    bar.send({'method': 'update', 'state': {'value': float(n)}}); time.sleep(0.4)\n"
        "sys.stderr.write('\\rEpoch 2:  50%|#####     | 5/10'); sys.stderr.flush(); time.sleep(1)\n"
    )
    job = await desk.send(code)
    seen: set[float] = set()
    end = time.monotonic() + DEADLINE_S
    while (now := await desk.job(job["id"]))["state"] not in ("ok", "error"):
        seen.add(now["progress_ratio"] or 0.0)
        assert time.monotonic() < end
        await asyncio.sleep(0.05)
    assert now["state"] == "ok", now["detail"]
    assert {0.25, 0.5, 0.75, 1.0} & seen
    assert (now["progress_ratio"], now["progress_text"]) == (0.5, "Epoch 2: 5/10")
