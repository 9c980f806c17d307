"""The server is killed again and again while cells run; what it had shown must be there."""

from __future__ import annotations

import asyncio
import contextlib
import random
import uuid
from collections import Counter

from .jupyter import Kernel, Server
from .report import Row

UP_S = (0.3, 1.5)
"""How long a server lives after its first cell, at least and at most."""

FINAL_WITHIN_S = 15.0
"""How soon after the next start every open run must have a final state."""


async def kill_in_a_loop(kills: int) -> list[Row]:
    """Return how many acknowledged runs were lost, doubled, or left without an end."""
    server = Server(has_extension=True)
    acknowledged: set[str] = set()
    try:
        for _ in range(kills):
            await server.start()
            acknowledged |= await _live(server)
        await server.start()
        seen, is_open = await _all_runs(server)
    finally:
        server.remove()
    lost = len(acknowledged - set(seen))
    doubled = sum(count - 1 for count in seen.values())
    return [
        Row(
            f"kill -9 of the server, {kills} times, {len(acknowledged):,} runs acknowledged: "
            "lost, doubled, without an end",
            f"{lost}, {doubled}, {is_open}",
            "–",
            "–",
            "0, 0, 0",
            (lost, doubled, is_open) == (0, 0, 0),
        )
    ]


async def _live(server: Server) -> set[str]:
    """Run marked cells until the server is killed; return the marks that it had shown."""
    kernel = await server.kernel()
    running = asyncio.create_task(_run_cells(kernel))
    shown: set[str] = set()
    end = asyncio.get_running_loop().time() + random.uniform(*UP_S)
    while asyncio.get_running_loop().time() < end:
        shown |= set((await _page(server, None))[0])
        await asyncio.sleep(random.uniform(0, 0.05))
    server.kill()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await running
    return shown


async def _run_cells(kernel: Kernel) -> None:
    while True:
        await kernel.run(f"mark = '{uuid.uuid4().hex}'; print(mark)")


async def _page(server: Server, cursor: str | None) -> tuple[list[str], str | None, int]:
    """Return the marks of a page, the next cursor, and how many runs are not over."""
    after = f"&cursor={cursor}" if cursor else ""
    page = await server.get(f"dsinfra/api/runs?kind=cell&limit=500{after}")
    lines = [run["code_line"] for run in page["items"]]
    marks = [line.split("'")[1] for line in lines if line.startswith("mark =")]
    is_open = sum(run["status"] in ("queued", "running") for run in page["items"])
    return marks, page["next_cursor"], is_open


async def _all_runs(server: Server) -> tuple[Counter[str], int]:
    """Return how often each mark is there, and how many runs have no end."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + FINAL_WITHIN_S
    while True:
        seen: Counter[str] = Counter()
        is_open = 0
        cursor: str | None = None
        while True:
            marks, cursor, unfinished = await _page(server, cursor)
            seen.update(marks)
            is_open += unfinished
            if cursor is None:
                break
        if is_open == 0 or loop.time() > deadline:
            return seen, is_open
        await asyncio.sleep(0.5)
