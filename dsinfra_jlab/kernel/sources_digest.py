"""Digests of the files that a cell touched, made away from the cell."""

from __future__ import annotations

import hashlib
import os
import stat
from collections import OrderedDict
from typing import Any, Callable

DIGEST_MAX_BYTES = 64_000_000
"""Larger files are told apart by size and time; this takes about 0.1 s to read."""
DIGESTS_MAX_BYTES = 512_000_000
"""Of all files of one cell."""
_READ_BYTES = 1 << 20
_KEPT = 1_000
"""Digests of files that have not changed since; an entry is a path and a digest."""

_kept: OrderedDict[tuple[str, int, int], str] = OrderedDict()


def add_digests(
    items: list[dict[str, Any]],
    limit_bytes: int = DIGEST_MAX_BYTES,
    goes_on: Callable[[], bool] = lambda: True,
) -> list[dict[str, Any]]:
    """Return items with the digests of those files that are as they were when the cell ended.

    ``goes_on`` is asked before each file and each megabyte. An item that is too large, gone,
    changed or no longer wanted is returned as it came.
    """
    found = []
    left = DIGESTS_MAX_BYTES
    for item in items:
        size = item.get("size_bytes")
        if item["kind"] != "file" or size is None or size > min(limit_bytes, left) or not goes_on():
            found.append(item)
            continue
        digest, read = _digest(item, goes_on)
        left -= read
        found.append({**item, "digest": digest} if digest else item)
    return found


def _digest(item: dict[str, Any], goes_on: Callable[[], bool]) -> tuple[str | None, int]:
    """Return the digest of a file and how much was read for it."""
    path = item["name"]
    try:
        before = os.stat(path)
        is_same = before.st_size == item["size_bytes"] and before.st_mtime == item["modified_at"]
        if not stat.S_ISREG(before.st_mode) or not is_same:
            return None, 0
        key = (path, before.st_size, before.st_mtime_ns)
        known = _kept.get(key)
        if known is not None:
            return known, 0
        digest = _read(path, before, goes_on)
    except OSError:
        return None, 0
    if digest is not None:
        _kept[key] = digest
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return digest, before.st_size


def _read(path: str, before: os.stat_result, goes_on: Callable[[], bool]) -> str | None:
    # Should a pipe have taken the file's place, opening it must not wait for a writer.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        made = hashlib.sha256()
        left = before.st_size
        while goes_on():
            part = os.read(handle, _READ_BYTES)
            if not part:
                break
            made.update(part)
            left -= len(part)
            if left < 0:
                return None
        after = os.fstat(handle)
    finally:
        os.close(handle)
    unchanged = (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    return f"sha256:{made.hexdigest()}" if unchanged and left == 0 else None
