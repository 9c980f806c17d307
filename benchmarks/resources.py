"""What it costs to watch a server, beside other monitors: CPU, delay, bytes, and how fast."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from .cells import cpu_time
from .footprint import STATIC
from .jupyter import Kernel, Server
from .peers.environments import NotInstalled, environment_of
from .peers.monitors import OURS, PEERS, PLAIN, Monitor, Watcher
from .report import Row, median, percentile

MANY = 10
"""Kernels of a busy user."""

SETTLE_S = 3.0
"""For what happens once, after kernels were started or a page was opened."""

LAG_S = 10.0
ALLOCATED_BYTES = 200_000_000
SEEN_BYTES = 150_000_000
"""A rise by so much is the allocation: other processes of the machine go up and down as well."""

ALLOCATIONS = 3
NOT_SEEN_S = 7.0
ALLOCATE = f"""
import time
held = b"x" * {ALLOCATED_BYTES}
end = time.monotonic() + 7
while time.monotonic() < end: pass
del held
"""


@dataclass
class Measured:
    """What was measured of one monitor; ratios are parts of one CPU."""

    cpu_one: float = float("nan")
    cpu_many: float = float("nan")
    cpu_unseen: float = float("nan")
    lags_s: list[float] = field(default_factory=list)
    turns_s: list[float] = field(default_factory=list)
    bytes_per_min: float = float("nan")
    seen_after_s: list[float] = field(default_factory=list)
    missed: int = 0
    bundle: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sizes."""
    group = parser.add_argument_group("resources")
    group.add_argument("--watch-seconds", type=float, default=60.0, help="for each CPU time")


async def resources(arguments: argparse.Namespace) -> list[Row]:
    """Measure each monitor on a server of its own, one after the other."""
    found: dict[str, Measured] = {}
    for monitor in (PLAIN, OURS, *PEERS):
        try:
            found[monitor.name] = await _measured(monitor, arguments)
            print(f"{monitor.name}: {found[monitor.name]}"[:300], file=sys.stderr, flush=True)
        except NotInstalled as error:
            print(f"{monitor.name} is not measured: {error}", flush=True)
    return _rows(found)


@contextlib.asynccontextmanager
async def _server(monitor: Monitor, folder: Path) -> AsyncIterator[Server]:
    server = Server(monitor is OURS, extra_config=monitor.config)
    if monitor.tracker is not None:
        server.remove()
        python = environment_of(monitor.tracker, folder).python
        server = Server(False, {}, monitor.config, python, monitor.extension)
    try:
        await server.start()
        yield server
    finally:
        server.remove()


async def _measured(monitor: Monitor, arguments: argparse.Namespace) -> Measured:
    seconds = arguments.watch_seconds
    measured = Measured(bundle=_bundle(monitor, arguments.peers_folder))
    async with _server(monitor, arguments.peers_folder) as server:
        kernels = [await server.kernel()]
        watcher = monitor.watcher(server, kernels[0].id)
        async with _watching(watcher):
            measured.cpu_one = await _cpu_ratio(server, seconds)
        if monitor is not PLAIN:
            await _see_allocations(kernels[0], watcher, measured)
        kernels += [await server.kernel() for _ in range(MANY - 1)]
        async with _watching(watcher):
            before = watcher.received
            measured.cpu_many = await _cpu_ratio(server, seconds)
            measured.bytes_per_min = (watcher.received - before) / seconds * 60
            measured.lags_s, measured.turns_s = await _lags(server)
        await asyncio.sleep(SETTLE_S)
        measured.cpu_unseen = await _cpu_ratio(server, seconds)
    return measured


@contextlib.asynccontextmanager
async def _watching(watcher: Watcher) -> AsyncIterator[None]:
    await watcher.begin()
    await asyncio.sleep(SETTLE_S)
    try:
        yield
    finally:
        await watcher.end()


async def _cpu_ratio(server: Server, seconds: float) -> float:
    """Return the part of one CPU that all threads of the server take."""
    begun_s, begun = time.monotonic(), cpu_time(server.pid)[1]
    await asyncio.sleep(seconds)
    return (cpu_time(server.pid)[1] - begun) / (time.monotonic() - begun_s)


async def _lags(server: Server) -> tuple[list[float], list[float]]:
    """Return how late the event loop was, and the CPU time of each of its turns."""
    await server.get("benchmark/lag")
    await asyncio.sleep(LAG_S)
    found = await server.get("benchmark/lag", "DELETE")
    return found["lags"], found["turns"]


async def _see_allocations(kernel: Kernel, watcher: Watcher, measured: Measured) -> None:
    """Note how long it takes until a page shows memory that a busy kernel has taken."""
    async with _watching(watcher):
        for number in range(ALLOCATIONS):
            # Not in step with whoever asks each second or each five.
            await asyncio.sleep(0.7 * number)
            seen_after_s = await _seen_after(kernel, watcher)
            if seen_after_s is None:
                measured.missed += 1
            else:
                measured.seen_after_s.append(seen_after_s)


async def _seen_after(kernel: Kernel, watcher: Watcher) -> float | None:
    is_seen, has_begun = asyncio.Event(), asyncio.Event()
    floor: list[float] = []

    def look(content: bytes) -> None:
        memory = watcher.memory_of(content)
        if memory is None:
            return
        if begun_s is None:
            floor[:] = [memory]
            has_begun.set()
        elif floor and memory - floor[0] > SEEN_BYTES:
            is_seen.set()

    begun_s: float | None = None
    watcher.on_bytes = look
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(has_begun.wait(), NOT_SEEN_S)
    run = asyncio.create_task(kernel.run(ALLOCATE))
    begun_s = time.monotonic()
    try:
        await asyncio.wait_for(is_seen.wait(), NOT_SEEN_S)
        return time.monotonic() - begun_s
    except asyncio.TimeoutError:
        return None
    finally:
        watcher.on_bytes = lambda content: None
        await run


def _bundle(monitor: Monitor, folder: Path) -> str:
    """Return the scripts of the front end, gzip: in all, and what is loaded at the start."""
    static = STATIC
    if monitor.tracker is not None:
        home = environment_of(monitor.tracker, folder).python.parent.parent
        static = home / "share" / "jupyter" / "labextensions" / monitor.labextension / "static"
    elif monitor is PLAIN:
        return "–"
    scripts = list(static.glob("*.js"))
    if not scripts:
        return "not built"
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) / 1e3 for path in scripts}
    entry = sum(size for name, size in sizes.items() if name.startswith("remoteEntry"))
    note = ", a development build" if any(name.startswith("lib_") for name in sizes) else ""
    return f"{sum(sizes.values()):.0f} kB, entry {entry:.1f} kB{note}"


def _rows(found: dict[str, Measured]) -> list[Row]:
    ours, plain = found[OURS.name], found[PLAIN.name]
    peers = {name: each for name, each in found.items() if each not in (ours, plain)}

    def others(attribute: str) -> str:
        return "; ".join(
            f"{name} {_percent(getattr(each, attribute) - getattr(plain, attribute))}"
            for name, each in peers.items()
        )

    rows = []
    for what, attribute, budget in (
        ("1 kernel, one page watching", "cpu_one", None),
        (f"{MANY} kernels, one page watching", "cpu_many", 0.002),
        (f"{MANY} kernels, nobody looking", "cpu_unseen", 0.0003),
    ):
        added = getattr(ours, attribute) - getattr(plain, attribute)
        rows.append(
            Row(
                f"CPU of the server added by the monitor, {what}",
                _percent(added),
                others(attribute),
                f"server without any: {_percent(getattr(plain, attribute))}",
                "none" if budget is None else f"≤ {budget * 100:g} %",
                None if budget is None else added <= budget,
            )
        )
    late = {name: percentile(each.lags_s, 99) * 1e3 for name, each in found.items()}
    most = {name: max(each.lags_s) * 1e3 for name, each in found.items()}
    added_ms = late[OURS.name] - late[PLAIN.name]
    rows.append(
        Row(
            f"delay of the event loop, {MANY} idle kernels watched, 99th percentile and most",
            f"{late[OURS.name]:.1f} and {most[OURS.name]:.0f} ms",
            "; ".join(f"{name} {late[name]:.1f} and {most[name]:.0f} ms" for name in peers),
            f"server without any: {late[PLAIN.name]:.1f} and {most[PLAIN.name]:.0f} ms",
            "≤ +5 ms",
            added_ms <= 5,
        )
    )
    longest = {name: max(each.turns_s) * 1e3 for name, each in found.items()}
    rows.append(
        Row(
            f"the longest turn of the event loop in {LAG_S:.0f} s by CPU time, the same kernels",
            f"{longest[OURS.name]:.1f} ms",
            "; ".join(f"{name} {longest[name]:.1f} ms" for name in peers),
            f"server without any: {longest[PLAIN.name]:.1f} ms",
            "≤ 5 ms",
            longest[OURS.name] <= 5,
        )
    )
    rows.append(
        Row(
            f"content sent to one page in a minute, {MANY} kernels",
            f"{ours.bytes_per_min / 1e3:.0f} kB",
            "; ".join(f"{name} {each.bytes_per_min / 1e3:.0f} kB" for name, each in peers.items()),
            "–",
            "none",
        )
    )
    seen = median(ours.seen_after_s) if ours.seen_after_s else float("inf")
    rows.append(
        Row(
            f"from 200 MB taken in a busy kernel to the page, median and most of {ALLOCATIONS}",
            _seen(ours),
            "; ".join(f"{name} {_seen(each)}" for name, each in peers.items()),
            "–",
            "≤ 1.5 s",
            seen <= 1.5,
        )
    )
    rows.append(
        Row(
            "scripts of the front end, gzip",
            ours.bundle,
            "; ".join(f"{name} {each.bundle}" for name, each in peers.items()),
            "–",
            "none",
        )
    )
    return rows


def _percent(ratio: float) -> str:
    return f"{ratio * 100:.2f} %"


def _seen(measured: Measured) -> str:
    """Return how long it took, and how often it was never seen."""
    if not measured.seen_after_s:
        return "never"
    seconds = measured.seen_after_s
    missed = f", {measured.missed} not seen" if measured.missed else ""
    return f"{median(seconds):.1f} and {max(seconds):.1f} s{missed}"
