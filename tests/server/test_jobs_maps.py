"""Maps, end to end: real server, real kernels, real Dask, workers near and far."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from tests.compute.clusters import cluster
from tests.server.processes import ServerProcess
from tests.server.test_jobs import DEADLINE_S, FINAL, Desk

pytestmark = pytest.mark.slow

_notebooks = itertools.count(1)

SETUP = """
import dsinfra_jlab as dsinfra, os
import numpy as np
data = np.arange(400_000.)
seen = []
def work(n):
    seen.append(n)
    data[n] += 1
    return [os.getpid(), len(seen), float(data[n]), float(data.sum())]
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("maps"))
    asyncio.run(server.start())
    yield server
    for target in ("local", "far"):
        with contextlib.suppress(HTTPClientError):
            asyncio.run(
                server.fetch("dsinfra", "api", f"targets/{target}/stop", method="POST", body="{}")
            )
    server.stop()


@pytest.fixture
def desk(server: ServerProcess, jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[Desk]:
    desk = Desk(server, f"map-{next(_notebooks)}.ipynb")
    jp_asyncio_loop.run_until_complete(desk.open())
    yield desk
    with contextlib.suppress(HTTPClientError):
        jp_asyncio_loop.run_until_complete(desk.kernel.shut_down())
    jp_asyncio_loop.run_until_complete(server.hang_up())


def folders(desk: Desk) -> Path:
    (found,) = desk.server.home.rglob("dsinfra/compute/jobs")
    return found


async def items_of(desk: Desk, name: str) -> list[dict[str, Any]]:
    """Return the jobs of the newest map of a function, in the order of its items."""
    jobs = (await desk.server.get("jobs?limit=200"))["items"]
    mine = [each for each in jobs if each["name"].startswith(f"{name}(")]
    return [each for each in reversed(mine) if each["group_id"] == mine[0]["group_id"]]


async def test_items_share_what_they_need_and_nothing_else(desk: Desk) -> None:
    reply = await desk.kernel.run(f"{SETUP}\njobs = dsinfra.map(work, range(12))")
    assert reply["status"] == "ok", reply
    found = await desk.here("jobs.results()")
    # Each finds everything as it was sent, whatever kernel it ran in and after which other item.
    whole = sum(range(400_000))
    assert [each[1:] for each in found] == [[1, n + 1, whole + 1] for n in range(12)]
    assert len({each[0] for each in found}) < 12
    assert await desk.here("[len(seen), float(data.sum())]") == [0, whole]
    items = await items_of(desk, "work")
    assert [each["name"] for each in items] == [f"work({n})" for n in range(12)]
    # What they share lies there once, and each says that it was sent with it.
    shared = folders(desk) / f"map-{items[0]['group_id']}"
    assert (shared / "sent" / "buffers.bin").stat().st_size == 3_200_000
    own = [folders(desk) / each["id"] for each in items]
    assert sum(f.stat().st_size for each in own for f in (each / "sent").iterdir()) < 50_000
    assert {name["name"] for name in items[0]["sent"]} == {"data", "item", "seen", "work"}
    assert items[0]["sent_bytes"] > 3_200_000
    # Their user is the one who runs the cell that has sent them.
    run = await desk.run_of(items[0])
    cell = await desk.server.get(f"runs/{run['parent_id']}")
    assert items[0]["user"] == run["user"] == cell["user"] != None  # noqa: E711


async def test_an_item_can_be_sent_again_and_forgotten(desk: Desk) -> None:
    await desk.kernel.run(f"{SETUP}\njobs = dsinfra.map(work, [1, 2]); jobs.results()")
    items = await items_of(desk, "work")
    again = await desk.post(f"jobs/{items[1]['id']}/retry")
    await desk.until(again["id"], "ok")
    assert again["group_id"] == items[1]["group_id"]
    shared = folders(desk) / f"map-{again['group_id']}"
    for job_id in (*(each["id"] for each in items), again["id"]):
        assert shared.is_dir()
        await desk.server.fetch("dsinfra", "api", "jobs", job_id, method="DELETE")
    assert not shared.exists()


async def test_items_that_cannot_be_sent_stop_the_map(desk: Desk) -> None:
    setup = (
        "import dsinfra_jlab as dsinfra, itertools, threading, time\n"
        "def wait(n):\n    time.sleep(600)\n"
        "def tried(function, items, **more):\n"
        "    try:\n        dsinfra.map(function, items, **more)\n"
        "    except Exception as error:\n"
        "        return f'{type(error).__name__}: {error}'\n"
        "lock = threading.Lock()\n"
        "def locked(n):\n    return lock\n"
        "def failing():\n    yield 1\n    raise KeyError('no more')\n"
    )
    await desk.kernel.run(setup)
    assert "item (lock) cannot be sent" in await desk.here("tried(wait, [1, 2, lock, 3])")
    assert await desk.here("tried(wait, failing())") == "KeyError: 'no more'"
    assert "lock (lock) cannot be sent" in await desk.here("tried(locked, [1, 2])")
    assert "no target 'moon'" in await desk.here("tried(wait, [1], target='moon')")
    assert "at most 10,000 items" in await desk.here("tried(wait, range(10_001))")
    assert await desk.here("len(dsinfra.map(wait, []))") == 0
    # What was sent before is cancelled.
    end = time.monotonic() + DEADLINE_S
    while True:
        jobs = (await desk.server.get("jobs?limit=200"))["items"]
        mine = [each for each in jobs if each["name"].startswith("wait(")]
        if all(each["state"] in FINAL for each in mine):
            break
        assert time.monotonic() < end, mine
        await asyncio.sleep(0.1)
    assert sorted(each["name"] for each in mine) == ["wait(1)", "wait(2)", "wait(…)"]
    assert {each["state"] for each in mine} == {"cancelled", "error"}
    assert not [each for each in folders(desk).rglob("items/*")]


async def test_a_generator_is_not_drained(desk: Desk) -> None:
    setup = (
        "import dsinfra_jlab as dsinfra, itertools\n"
        "from dsinfra_jlab.kernel import limits, remote_map\n"
        "taken = 0\n"
        "def endless():\n    global taken\n"
        "    for n in itertools.count():\n        taken += 1\n        yield n\n"
        "remote_map.limits.MAP_ITEMS_MAX = 30\n"
        "try:\n    dsinfra.map(str, endless())\n"
        "except ValueError as error:\n    said = str(error)\n"
        "finally:\n    remote_map.limits.MAP_ITEMS_MAX = 10_000\n"
    )
    reply = await desk.kernel.run(f"import dsinfra_jlab as d; d.submit('1').result()\n{setup}")
    assert reply["status"] == "ok", reply
    assert await desk.here("[said, taken]") == ["map takes at most 30 items", 31]


async def test_workers_that_see_no_file_of_ours_get_the_shared_part_once(
    desk: Desk, tmp_path: Path
) -> None:
    with cluster(tmp_path) as address:
        options = {"send_through_dask": True, "address": address}
        await desk.post("targets", {"name": "far", "engine": "dask", "options": options})
        reply = await desk.kernel.run(f"{SETUP}\njobs = dsinfra.map(work, range(8), target='far')")
        assert reply["status"] == "ok", reply
        found = await desk.here("jobs.results()")
        whole = sum(range(400_000))
        assert [each[1:] for each in found] == [[1, n + 1, whole + 1] for n in range(8)]
        sent = []
        for item in await items_of(desk, "work"):
            log = (folders(desk) / item["id"] / "events.jsonl").read_text().splitlines()
            events = [json.loads(line) for line in log]
            sent += [each["bytes"] for each in events if each["kind"] == "sent"]
        assert len([size for size in sent if size > 3_000_000]) == 1
        fresh = await desk.here("dsinfra.map(work, [3], target='far', fresh=True).results()")
        assert fresh[0][1:] == [1, 4, whole + 1]
        await desk.post("targets/far/stop")


MIXED = """
import dsinfra_jlab as dsinfra, os, time
from IPython.display import HTML, display
def mixed(n):
    kind = n % 8
    if kind == 1:
        print("said", n)
    elif kind == 2:
        raise ValueError(f"not {n}")
    elif kind == 3:
        return "x" * 2_000_000
    elif kind == 4:
        display(HTML(f"<b>{n}</b>"))
    elif kind == 5 and n > 40:
        os._exit(3)
    elif kind == 6:
        return lambda: n
    elif kind == 7:
        dsinfra.log_metric("logged", n)
    return n
async def awaited(n):
    import asyncio
    await asyncio.sleep(0)
    return -n
"""


async def test_short_items_travel_together_and_each_has_a_record_of_its_own(desk: Desk) -> None:
    reply = await desk.kernel.run(f"{MIXED}\njobs = dsinfra.map(mixed, range(48))")
    assert reply["status"] == "ok", reply
    found = await desk.here(
        "[type(each).__name__ if isinstance(each, Exception) else each() if callable(each)"
        " else len(each) if isinstance(each, str) else each"
        " for each in jobs.results(errors='return')]"
    )
    expected: list[Any] = list(range(48))
    for n in range(48):
        if n % 8 == 2 or n == 45:
            expected[n] = "JobFailed"
        elif n % 8 == 3:
            expected[n] = 2_000_000
    assert found == expected
    items = await items_of(desk, "mixed")
    end = time.monotonic() + DEADLINE_S
    while not all(each["state"] in FINAL for each in items):  # the last may not be written yet
        assert time.monotonic() < end, items
        await asyncio.sleep(0.1)
        items = await items_of(desk, "mixed")
    failed = [n for n, each in enumerate(items) if each["state"] != "ok"]
    assert failed == [2, 10, 18, 26, 34, 42, 45]
    assert "exit code 3" in items[45]["detail"], items[45]
    assert items[42]["detail"] == "ValueError: not 42"
    for n in (1, 33, 41):
        outputs = (await desk.server.get(f"jobs/{items[n]['id']}/outputs"))["items"]
        assert [each["text"] for each in outputs] == [f"said {n}\n"]
    for n in (36, 44):
        outputs = (await desk.server.get(f"jobs/{items[n]['id']}/outputs"))["items"]
        assert [each["data"]["text/html"] for each in outputs] == [f"<b>{n}</b>"]
    runs = {n: await desk.run_of(items[n]) for n in (39, 40, 42, 47)}
    assert [runs[n]["status"] for n in (39, 40, 42, 47)] == ["ok", "ok", "error", "ok"]
    assert [runs[n]["metrics"].get("logged") for n in (39, 40, 47)] == [39, None, 47]
    assert [runs[n]["params"].get("item") for n in (39, 40, 47)] == [39, 40, 47]
    assert {run["missed_messages"] for run in runs.values()} <= {0, None}, runs
    again = await desk.post(f"jobs/{items[42]['id']}/retry")
    assert "not 42" in (await desk.until(again["id"], "error"))["detail"]


async def test_items_that_await_run_too(desk: Desk) -> None:
    reply = await desk.kernel.run(f"{MIXED}\njobs = dsinfra.map(awaited, range(16))")
    assert reply["status"] == "ok", reply
    assert await desk.here("jobs.results()") == [-n for n in range(16)]
