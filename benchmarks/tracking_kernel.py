"""Ours in its real setting: a kernel behind a Jupyter server; stored is what REST shows."""

from __future__ import annotations

import argparse
import asyncio
import json
import time
import uuid
from typing import Any
from urllib.parse import urlencode

from .jupyter import Kernel, Server, running
from .report import median
from .tracking_report import KERNEL, Results

API = "dsinfra/api"
STORED_TIMEOUT_S = 60.0
POLL_S = 0.005
REST_S = 1.5
"""Before each cell, so that none is measured with the leftovers of the one before."""
TIMES = 9
KILLED_POINTS = 1_000

CALLS = """
import json as _json, time as _time
import dsinfra_jlab as dsinfra
def _calls(count):
    log, clock, taken = dsinfra.log_metric, _time.perf_counter_ns, []
    for step in range(count):
        began = clock()
        log("loss", 1.0 / (step + 1), step)
        taken.append(clock() - began)
    taken.sort()
    return {{"p50_s": taken[count // 2] / 1e9, "p99_s": taken[count * 99 // 100] / 1e9}}
open({answer!r}, "w").write(_json.dumps(_calls({count})))
"""

POINTS = """
import json as _json, time as _time
import dsinfra_jlab as dsinfra
def _points(count):
    log = dsinfra.log_metric
    began_at, began = _time.time(), _time.perf_counter()
    for step in range(count):
        log("loss", 1.0 / (step + 1), step)
    return {{"began_at": began_at, "caller_s": _time.perf_counter() - began}}
open({answer!r}, "w").write(_json.dumps(_points({count})))
"""

RUNS = """
import json as _json, sys as _sys, time as _time
import dsinfra_jlab as dsinfra
_sys.path.insert(0, {adapters!r})
import run_values as _values
def _runs(count):
    began_at = _time.time()
    for number in range(count):
        with dsinfra.run(f"run-{{number}}", **_values.params(number)) as run:
            dsinfra.log_metrics(_values.metrics(number))
            for key, word in _values.TAGS.items():
                run.set_tag(key, word)
    return {{"began_at": began_at}}
open({answer!r}, "w").write(_json.dumps(_runs({count})))
"""

DOOMED = """
import os as _os, signal as _signal, time as _time
import dsinfra_jlab as dsinfra
for _step in range({count}):
    dsinfra.log_metric("loss", 1.0 / (_step + 1), _step)
    _time.sleep(0.002)
_os.kill(_os.getpid(), _signal.SIGKILL)
"""


async def measure(arguments: argparse.Namespace, results: Results) -> None:
    """Make one pass; everything is added to the figures of the kernel."""
    figures = results.of(KERNEL)
    async with running(True) as server:
        kernel = await server.kernel()
        bench = _Bench(server, kernel)
        await bench.run("import dsinfra_jlab as dsinfra; dsinfra.log_metric('warm', 1)")
        figures.add("calls", await bench.calls(arguments.timed_calls))
        figures.add("few", await bench.points(arguments.few_points))
        figures.add("many", await bench.points(arguments.many_points))
        figures.add("runs", await bench.runs(arguments.tracked_runs))
        figures.add("kill", await bench.kill())


class _Bench:
    """A kernel in which cells are run that leave their figures in a file."""

    def __init__(self, server: Server, kernel: Kernel) -> None:
        self.server = server
        self.kernel = kernel
        self._answer = str(server.home / "answer.json")

    async def run(self, code: str, **given: Any) -> tuple[str, dict[str, float]]:
        """Run a cell; return the id of its run and what it found."""
        await asyncio.sleep(REST_S)
        mark = f"# {uuid.uuid4().hex}\n"
        await self.kernel.run(mark + code.format(answer=self._answer, **given))
        return await self._run_of(mark), self._found()

    def _found(self) -> dict[str, float]:
        try:
            with open(self._answer) as file:
                found: dict[str, float] = json.load(file)
        except FileNotFoundError:
            return {}
        return found

    async def _run_of(self, mark: str) -> str:
        """Return the id of the run whose code begins with a mark."""
        deadline = time.monotonic() + STORED_TIMEOUT_S
        while time.monotonic() < deadline:
            page = await self._get("runs", kind="cell", limit=5)
            for item in page["items"]:
                if item["code_line"].strip() == mark.strip():
                    return str(item["id"])
            await asyncio.sleep(POLL_S)
        raise RuntimeError("the run of a cell is not shown")

    async def _get(self, path: str, **query: Any) -> Any:
        return await self.server.get(f"{API}/{path}?{urlencode(query)}")

    async def calls(self, count: int) -> dict[str, float]:
        return (await self.run(CALLS, count=count))[1]

    async def points(self, count: int) -> dict[str, float]:
        run_id, found = await self.run(POINTS, count=count)
        stored_at = await self._when(run_id, count)
        return {"caller_s": found["caller_s"], "stored_s": stored_at - found["began_at"]}

    async def _when(self, run_id: str, count: int) -> float:
        """Return the moment at which REST shows so many points."""
        deadline = time.monotonic() + STORED_TIMEOUT_S
        while time.monotonic() < deadline:
            if await self._stored(run_id) >= count:
                return time.time()
            await asyncio.sleep(POLL_S)
        raise RuntimeError(f"{await self._stored(run_id)} of {count} points are shown")

    async def _stored(self, run_id: str) -> int:
        shown = await self._get(f"runs/{run_id}/metrics", key="loss", max_points=10)
        return sum(int(series["point_count"]) for series in shown["items"])

    async def runs(self, count: int) -> dict[str, float]:
        from pathlib import Path

        adapters = str(Path(__file__).parent / "peers")
        run_id, found = await self.run(RUNS, count=count, adapters=adapters)
        deadline = time.monotonic() + STORED_TIMEOUT_S
        while not await self._are_whole(run_id, count):
            if time.monotonic() > deadline:
                raise RuntimeError("the runs of a cell are not shown")
            await asyncio.sleep(POLL_S)
        values = {"runs_s": time.time() - found["began_at"]}
        for name, order in (("newest_s", "-queued_at"), ("top_s", "-metric.acc")):
            values[name] = await self._listed(min(50, count), order)
        return values

    async def _are_whole(self, run_id: str, count: int) -> bool:
        run = await self._get(f"runs/{run_id}")
        if run["child_count"] < count:
            return False
        page = await self._get("runs", parent_id=run_id, limit=count)
        return all(
            item["status"] == "ok" and len(item["metrics"]) == 3 and len(item["tags"]) == 2
            for item in page["items"]
        )

    async def _listed(self, count: int, order: str) -> float:
        taken = []
        for _ in range(TIMES):
            began = time.perf_counter()
            page = await self._get("runs", kind="block", limit=count, order=order)
            taken.append(time.perf_counter() - began)
            if len(page["items"]) != count:
                raise RuntimeError(f"asked for {count} runs, got {len(page['items'])}")
        return median(taken)

    async def kill(self) -> dict[str, float]:
        """Have the kernel kill itself, and count the points that are left."""
        mark = f"# {uuid.uuid4().hex}\n"
        await self.kernel.send(mark + DOOMED.format(count=KILLED_POINTS))
        run_id = await self._run_of(mark)
        deadline = time.monotonic() + STORED_TIMEOUT_S
        while (await self._get(f"runs/{run_id}"))["status"] in ("queued", "running"):
            if time.monotonic() > deadline:
                raise RuntimeError("the killed kernel's run does not end")
            await asyncio.sleep(0.1)
        await asyncio.sleep(1)  # whatever still comes is stored by then
        return {"lost": KILLED_POINTS - await self._stored(run_id)}
