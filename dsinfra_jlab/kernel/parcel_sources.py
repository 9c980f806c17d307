"""Source of cells that functions come from, so that an error shows its line where they run."""

from __future__ import annotations

import linecache
from typing import Any

from . import parcel_limits as limits


def source_of(file: str) -> str | None:
    """Return the source of a cell by the name of its file, ``None`` for files that are some."""
    entry: Any = linecache.cache.get(file)
    if type(entry) is not tuple or len(entry) != 4 or entry[1] is not None:
        return None
    return "".join(entry[2])


def take_sources(sources: Any) -> None:
    """Make the source of cells known that ran in another process."""
    if type(sources) is not dict:
        return
    for file, text in list(sources.items())[: limits.SOURCES_MAX]:
        if type(text) is str and file not in linecache.cache:
            linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)


class Sources:
    """The source of cells that was met, as much as is sent."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self._left = limits.SOURCES_MAX_CHARS
        self._seen: set[str] = set()

    def add(self, file: str) -> None:
        """Take the source of a cell."""
        if file in self._seen or len(self._seen) >= limits.SOURCES_MAX:
            return
        self._seen.add(file)
        text = source_of(file)
        if text is not None and len(text) <= self._left:
            self._left -= len(text)
            self.texts[file] = text
