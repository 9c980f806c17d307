"""What it costs to watch a server, beside other monitors: CPU, delay, bytes, and how fast."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
import sys
import time
from collections.abc import AsyncIterator, Sequence
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
    """What was measured of one monitor; CPU is what it added, as parts of one CPU."""

    cpu_one: float = float("nan")
    cpu_many: float = float("nan")
    cpu_unseen: float = float("nan")
    lags_s: list[float] = field(default_factory=list)
    turns_s: list[float] = field(default_factory=list)
    plain: dict[str, float] = field(default_factory=dict)
    """CPU of the server without any monitor in the same seconds, by the names above."""
    plain_lags_s: list[float] = field(default_factory=list)
    plain_turns_s: list[float] = field(default_factory=list)
    bytes_per_min: float = float("nan")
    seen_after_s: list[float] = field(default_factory=list)
    missed: int = 0
    bundle: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sizes."""
    group = parser.add_argument_group("resources")
    group.add_argument("--watch-seconds", type=float, default=60.0, help="for each CPU time")


async def resources(arguments: argparse.Namespace) -> list[Row]:
    """Measure each monitor on a server of its own, one after the other.

    Beside each stands a server without any, with as many kernels: what the machine does differs
    more from one minute to the next than what there is to be measured.
    """
    found: dict[str, Measured] = {}
    for monitor in (OURS, *PEERS):
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
    seconds, folder = arguments.watch_seconds, arguments.peers_folder
    measured = Measured(bundle=_bundle(monitor, folder))
    async with _server(monitor, folder) as server, _server(PLAIN, folder) as plain:

        async def take_cpu(name: str) -> None:
            ratio, measured.plain[name] = await _cpu_ratios((server, plain), seconds)
            setattr(measured, name, ratio - measured.plain[name])

        kernels = [await server.kernel()]
        await plain.kernel()
        watcher = monitor.watcher(server, kernels[0].id)
        async with _watching(watcher):
            await take_cpu("cpu_one")
        await _see_allocations(kernels[0], watcher, measured)
        for _ in range(MANY - 1):
            kernels.append(await server.kernel())
            await plain.kernel()
        async with _watching(watcher):
            before = watcher.received
            await take_cpu("cpu_many")
            measured.bytes_per_min = (watcher.received - before) / seconds * 60
            measured.lags_s, measured.turns_s = await _lags(server)
            measured.plain_lags_s, measured.plain_turns_s = await _lags(plain)
        await asyncio.sleep(SETTLE_S)
        await take_cpu("cpu_unseen")
    return measured


@contextlib.asynccontextmanager
async def _watching(watcher: Watcher) -> AsyncIterator[None]:
    await watcher.begin()
    await asyncio.sleep(SETTLE_S)
    try:
        yield
    finally:
        await watcher.end()


async def _cpu_ratios(servers: Sequence[Server], seconds: float) -> list[float]:
    """Return the part of one CPU that all threads of each server take, in the same seconds."""
    begun_s, begun = time.monotonic(), [cpu_time(server.pid)[1] for server in servers]
    await asyncio.sleep(seconds)
    ended, ended_s = [cpu_time(server.pid)[1] for server in servers], time.monotonic()
    return [
        (after - before) / (ended_s - begun_s) for before, after in zip(begun, ended, strict=True)
    ]


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
    scripts = list(static.glob("*.js"))
    if not scripts:
        return "not built"
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) / 1e3 for path in scripts}
    entry = sum(size for name, size in sizes.items() if name.startswith("remoteEntry"))
    note = ", a development build" if any(name.startswith("lib_") for name in sizes) else ""
    return f"{sum(sizes.values()):.0f} kB, entry {entry:.1f} kB{note}"


def _rows(found: dict[str, Measured]) -> list[Row]:
    ours = found[OURS.name]
    peers = {name: each for name, each in found.items() if each is not ours}
    rows = [
        _cpu_row(what, attribute, budget, ours, peers)
        for what, attribute, budget in (
            ("1 kernel, one page watching", "cpu_one", None),
            (f"{MANY} kernels, one page watching", "cpu_many", 0.002),
            (f"{MANY} kernels, nobody looking", "cpu_unseen", 0.0003),
        )
    ]
    late = {name: percentile(each.lags_s, 99) * 1e3 for name, each in found.items()}
    most = {name: max(each.lags_s) * 1e3 for name, each in found.items()}
    plain_ms, plain_most_ms = percentile(ours.plain_lags_s, 99) * 1e3, max(ours.plain_lags_s) * 1e3
    rows.append(
        Row(
            f"delay of the event loop, {MANY} idle kernels watched, 99th percentile and most",
            f"{late[OURS.name]:.1f} and {most[OURS.name]:.0f} ms",
            "; ".join(f"{name} {late[name]:.1f} and {most[name]:.0f} ms" for name in peers),
            f"server without any: {plain_ms:.1f} and {plain_most_ms:.0f} ms",
            "≤ +5 ms",
            late[OURS.name] - plain_ms <= 5,
        )
    )
    longest = {name: max(each.turns_s) * 1e3 for name, each in found.items()}
    rows.append(
        Row(
            f"the longest turn of the event loop in {LAG_S:.0f} s by CPU time, the same kernels",
            f"{longest[OURS.name]:.1f} ms",
            "; ".join(f"{name} {longest[name]:.1f} ms" for name in peers),
            f"server without any: {max(ours.plain_turns_s) * 1e3:.1f} ms",
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


def _cpu_row(
    what: str, attribute: str, budget: float | None, ours: Measured, peers: dict[str, Measured]
) -> Row:
    added = getattr(ours, attribute)
    others = (f"{name} {_percent(getattr(each, attribute))}" for name, each in peers.items())
    return Row(
        f"CPU of the server added by the monitor, {what}",
        _percent(added),
        "; ".join(others),
        f"server without any: {_percent(ours.plain[attribute])}",
        "none" if budget is None else f"≤ {budget * 100:g} %",
        None if budget is None else added <= budget,
    )


def _percent(ratio: float) -> str:
    return f"{ratio * 100:.3f} %"


def _seen(measured: Measured) -> str:
    """Return how long it took, and how often it was never seen."""
    if not measured.seen_after_s:
        return "never"
    seconds = measured.seen_after_s
    missed = f", {measured.missed} not seen" if measured.missed else ""
    return f"{median(seconds):.1f} and {max(seconds):.1f} s{missed}"
