"""Pages and searches over REST, in a store of very many runs and in one of few."""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from dsinfra_jlab.domain.runs.records import RunQuery
from dsinfra_jlab.store import default_url

from .jupyter import Server, running
from .report import Row, median
from .store import fill, opened, queries

FEW = 1_000
TIMES = 21
NEWEST = "newest 50"
BUDGETS_MS = {NEWEST: 20.0}
OTHERS_MS = 50.0


async def pages(stored: int) -> list[Row]:
    """Ask a server with many runs and one with few by turns."""
    with tempfile.TemporaryDirectory(prefix="dsinfra-benchmark-") as name:
        many, few = Path(name) / "many", Path(name) / "few"
        await _fill(many, stored)
        await _fill(few, FEW)
        async with (
            running(True, DSINFRA_STORE_URL=default_url(many)) as large,
            running(True, DSINFRA_STORE_URL=default_url(few)) as small,
        ):
            await asyncio.gather(_ready(large), _ready(small))
            rows = [await _compare(large, small, what, stored) for what in queries().items()]
            rows.append(await _deep(large, small, stored))
    return rows


async def _fill(folder: Path, runs: int) -> None:
    await asyncio.to_thread(folder.mkdir)
    await (await opened(folder)).close()
    await asyncio.to_thread(fill, folder, runs)


async def _ready(server: Server) -> None:
    """Wait until the store is open."""
    for _ in range(600):
        if (await server.get("dsinfra/api/health"))["schema_version"]:
            return
        await asyncio.sleep(0.1)
    raise RuntimeError("the store does not open")


def _path(query: RunQuery) -> str:
    """Return the URL that asks for these runs."""
    given: dict[str, Any] = {}
    for field in fields(query):
        value = getattr(query, field.name)
        if value not in (None, "", field.default):
            given[field.name] = value.value if isinstance(value, Enum) else value
    return f"dsinfra/api/runs?{urlencode(given)}"


async def _seconds(server: Server, path: str) -> float:
    started = time.perf_counter()
    await server.get(path)
    return time.perf_counter() - started


async def _compare(large: Server, small: Server, what: tuple[str, RunQuery], stored: int) -> Row:
    name, query = what
    path = _path(query)
    return await _by_turns(large, small, path, path, name, BUDGETS_MS.get(name, OTHERS_MS), stored)


async def _by_turns(
    large: Server, small: Server, path: str, small_path: str, name: str, budget: float, stored: int
) -> Row:
    many, few = [], []
    for _ in range(TIMES):
        many.append(await _seconds(large, path))
        few.append(await _seconds(small, small_path))
    ours, other = median(many) * 1e3, median(few) * 1e3
    return Row(
        f"{name}, of {stored:,} runs over REST",
        f"{ours:.1f} ms",
        f"of {FEW:,} runs: {other:.1f} ms",
        f"{ours / other:.1f} ×",
        f"≤ {budget:.0f} ms",
        ours <= budget,
    )


async def _deep(large: Server, small: Server, stored: int) -> Row:
    """Go a hundred pages down, then ask for the next one."""
    base = "dsinfra/api/runs?limit=500"
    path = base
    for _ in range(min(100, stored // 1_000)):
        cursor = (await large.get(path))["next_cursor"]
        path = f"{base}&cursor={cursor}"
    deep = path.replace("limit=500", "limit=50")
    return await _by_turns(large, small, deep, "dsinfra/api/runs", "a page far down", 20.0, stored)
