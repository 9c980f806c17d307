"""A trivial cell through the server's websocket, and the delay of the event loop."""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path

from .jupyter import Kernel, Server, running
from .report import Row, median, percentile

LOAD = """
import sys
for i in range(200):
    print("line", i, flush=i % 10 == 0)
i
"""


WARM_UP = 50


async def trivial_cell(cells: int) -> list[Row]:
    """Run cells on two servers by turns, in an order drawn by chance for each pair."""
    async with running(True) as on, running(False) as off:
        kernels = {"on": await on.kernel(), "off": await off.kernel()}
        seconds: dict[str, list[float]] = {"on": [], "off": []}
        before: dict[str, CpuTime] = {}
        for number in range(cells + WARM_UP):
            if number == WARM_UP:
                before = {name: cpu_time(kernel.server.pid) for name, kernel in kernels.items()}
            for name in random.sample(("on", "off"), 2):
                seconds[name].append(await kernels[name].run("1 + 1"))
        await asyncio.sleep(1)  # what is still to be written is part of the cost
        after = {name: cpu_time(kernel.server.pid) for name, kernel in kernels.items()}
    measured = {name: values[WARM_UP:] for name, values in seconds.items()}
    loop_s, all_s = (
        {name: (after[name][i] - before[name][i]) / cells for name in before} for i in (0, 1)
    )
    ratio = median(measured["on"]) / median(measured["off"])
    late = {name: percentile(values, 99) for name, values in measured.items()}
    what = "a trivial cell through the server"
    middle = {name: median(values) for name, values in measured.items()}
    return [
        _row(f"{what}, median of {cells:,}", middle, "≤ 1.02 ×", ratio <= 1.02),
        _row(f"{what}, 99th percentile", late, "none", None),
        _row(f"{what}: CPU time of the event loop's thread", loop_s, "none", None),
        _row(f"{what}: CPU time of the whole server", all_s, "none", None),
    ]


def _row(what: str, seconds: dict[str, float], budget: str, is_met: bool | None) -> Row:
    return Row(
        what,
        f"{seconds['on'] * 1e3:.2f} ms",
        f"{seconds['off'] * 1e3:.2f} ms",
        f"{seconds['on'] / seconds['off']:.3f} ×",
        budget,
        is_met,
    )


CpuTime = tuple[float, float]
"""Seconds of CPU that the first thread of a process has used, and all of them."""


def cpu_time(pid: int) -> CpuTime:
    """Return what a server has used; the event loop runs in its first thread.

    To the nanosecond: the hundredths of a second of ``stat`` are more than an idle server uses
    in some seconds.
    """
    first = Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0]
    every_s = time.clock_gettime((~pid << 3) | 2)  # CPUCLOCK_SCHED of a process
    return int(first) / 1e9, every_s


async def _lags(server: Server, kernels: list[Kernel], seconds: float) -> list[float]:
    """Return how late the loop was while kernels were busy printing."""
    await server.get("benchmark/lag")
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds

    async def busy(kernel: Kernel) -> None:
        while loop.time() < end:
            await kernel.run(LOAD)
            await asyncio.sleep(0.1)

    await asyncio.gather(*(busy(kernel) for kernel in kernels))
    answer = await server.get("benchmark/lag", "DELETE")
    lags: list[float] = answer["lags"]
    return lags


async def loop_lag(rounds: int, seconds: float) -> list[Row]:
    """Measure by turns on two servers with three printing kernels each."""
    async with running(True) as on, running(False) as off:
        servers = {"on": on, "off": off}
        kernels = {
            name: [await server.kernel() for _ in range(3)] for name, server in servers.items()
        }
        lags: dict[str, list[float]] = {"on": [], "off": []}
        for _ in range(rounds):
            for name in random.sample(("on", "off"), 2):
                lags[name] += await _lags(servers[name], kernels[name], seconds)
    with_it, without = (percentile(lags[name], 99) * 1e3 for name in ("on", "off"))
    added = with_it - without
    return [
        Row(
            "delay of the event loop, 99th percentile, three kernels printing",
            f"{with_it:.1f} ms",
            f"{without:.1f} ms",
            f"{added:+.1f} ms",
            "≤ +5 ms",
            added <= 5,
        )
    ]
