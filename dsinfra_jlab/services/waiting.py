"""Waiting for a time at most, by somebody who can be cancelled at any moment."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


async def has_come(awaited: Coroutine[Any, Any, Any], timeout_s: float) -> bool:
    """Wait for something, so long at most; return whether it has come.

    Not by ``asyncio.wait_for``: before Python 3.12 it swallows a cancellation that arrives with
    what is awaited, and who was cancelled goes on for ever. It is right only where nothing goes on
    afterwards and the value or the failure is wanted: the start and end of a part, the disk.
    """
    task = asyncio.ensure_future(awaited)
    try:
        await asyncio.wait([task], timeout=timeout_s)
        return task.done()
    finally:
        task.cancel()
