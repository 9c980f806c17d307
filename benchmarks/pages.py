"""Pages and searches over REST in a store that holds very many runs."""

from __future__ import annotations

from .report import Row


async def pages(stored: int) -> list[Row]:
    return []
