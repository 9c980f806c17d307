"""What a tracker that watches cells adds to each: the same kernel with it and without, by turns."""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Mapping
from pathlib import Path

from .jupyter import Kernel, Server, running
from .peers.environments import EXPTRACK, Environment, Tracker
from .report import median
from .tracking_report import KERNEL, Results

CELL = "acc = name_1 * 0.5 + name_2"
NAMES = 1_000
BLOCK = 50
"""Cells between two readings of the kernel's clocks."""
WARM_UP_BLOCKS = 2

PREPARE = f"""
for _i in range({NAMES}):
    globals()[f"name_{{_i}}"] = _i
del _i
"""
READ = """
import json, time
open({answer!r}, "w").write(json.dumps([time.thread_time(), time.process_time()]))
"""


async def measure(
    arguments: argparse.Namespace, installed: Mapping[Tracker, Environment], results: Results
) -> None:
    """Measure the probe, and exptrack, which also watches cells."""
    off = {"DsinfraApp": {"injection": "off"}}
    async with running(True) as server, running(True, off) as plain:
        sides = {"on": await server.kernel(), "off": await plain.kernel()}
        results.of(KERNEL).add("cell", await _added(sides, arguments.probed_cells))
    if EXPTRACK not in installed:
        return
    async with running(True, off) as server:
        _add_kernel(server, installed[EXPTRACK].python)
        sides = {"on": await server.kernel("peer"), "off": await server.kernel("peer")}
        await sides["on"].run("%load_ext exptrack")
        results.of(EXPTRACK.name).add("cell", await _added(sides, arguments.probed_cells))


def _add_kernel(server: Server, python: Path) -> None:
    folder = server.home / "data" / "kernels" / "peer"
    folder.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "peer", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))


async def _added(sides: Mapping[str, Kernel], cells: int) -> dict[str, float]:
    """Return by how much the medians differ."""
    for kernel in sides.values():
        await kernel.run(PREPARE)
    taken: dict[str, dict[str, list[float]]] = {
        name: {"thread_s": [], "process_s": [], "wall_s": []} for name in sides
    }
    for number in range(WARM_UP_BLOCKS + max(1, cells // BLOCK)):
        for name in random.sample(list(sides), len(sides)):
            values = await _block(sides[name])
            if number >= WARM_UP_BLOCKS:
                for key, value in values.items():
                    taken[name][key].append(value)
    return {
        key: median(taken["on"][key]) - median(taken["off"][key])
        for key in ("thread_s", "process_s", "wall_s")
    }


async def _block(kernel: Kernel) -> dict[str, float]:
    """Run some cells; return the seconds that each took, by three clocks."""
    before = await _clocks(kernel)
    wall = [await kernel.run(CELL) for _ in range(BLOCK)]
    after = await _clocks(kernel)
    thread_s, process_s = ((b - a) / BLOCK for a, b in zip(before, after, strict=True))
    return {"thread_s": thread_s, "process_s": process_s, "wall_s": median(wall)}


async def _clocks(kernel: Kernel) -> list[float]:
    answer = str(kernel.server.home / f"clocks-{kernel.id}.json")
    await kernel.run(READ.format(answer=answer))
    with open(answer) as file:  # noqa: ASYNC230 - it is short and local
        clocks: list[float] = json.load(file)
    return clocks
