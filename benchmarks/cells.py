"""A trivial cell through the server's websocket, and the delay of the event loop."""

from __future__ import annotations

import asyncio
import random

from .jupyter import Kernel, Server, running
from .report import Row, median, percentile

LOAD = """
import sys
for i in range(200):
    print("line", i, flush=i % 10 == 0)
i
"""


async def trivial_cell(cells: int) -> list[Row]:
    """Run cells on two servers by turns, in an order drawn by chance for each pair."""
    async with running(True) as on, running(False) as off:
        kernels = {"on": await on.kernel(), "off": await off.kernel()}
        seconds: dict[str, list[float]] = {"on": [], "off": []}
        for number in range(cells + 50):
            for name in random.sample(("on", "off"), 2):
                taken = await kernels[name].run("1 + 1")
                if number >= 50:  # both warm up first
                    seconds[name].append(taken)
    ratio = median(seconds["on"]) / median(seconds["off"])
    return [
        Row(
            f"a trivial cell through the server, median of {cells:,}",
            f"{median(seconds['on']) * 1e3:.2f} ms",
            f"{median(seconds['off']) * 1e3:.2f} ms",
            f"{ratio:.3f} ×",
            "≤ 1.02 ×",
            ratio <= 1.02,
        ),
        Row(
            "the same, 99th percentile",
            f"{percentile(seconds['on'], 99) * 1e3:.2f} ms",
            f"{percentile(seconds['off'], 99) * 1e3:.2f} ms",
            f"{percentile(seconds['on'], 99) / percentile(seconds['off'], 99):.2f} ×",
            "none",
        ),
    ]


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
