"""Tables that fit the terminal, of texts that anybody may have written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Column", "plain", "table"]

GAP = "  "

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
"""What would move the cursor, colour the terminal or turn the text round."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    title: str
    is_right: bool = False
    """Numbers stand to the right."""
    min_width: int | None = None
    """The least it may be cut to; ``None`` if it is never cut."""
    is_path: bool = False
    """Of a path the end is kept, where the name is."""


def plain(text: str) -> str:
    """Return a text in one line that does nothing to a terminal."""
    return _CONTROL.sub(" ", text).strip()


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None) -> str:
    """Return a table of at most ``width`` columns of a terminal, if that can be."""
    cells = [[plain(cell) for cell in row] for row in rows]
    lines = [[column.title for column in columns], *cells]
    widths = [max(_width(line[place]) for line in lines) for place in range(len(columns))]
    if width is not None:
        widths = _narrowed(columns, widths, width - len(GAP) * (len(columns) - 1))
    return "".join(f"{_line(columns, line, widths)}\n" for line in lines)


def _narrowed(columns: Sequence[Column], widths: list[int], room: int) -> list[int]:
    """Take from the widest column that can give, until all of them fit."""
    widths = list(widths)
    while sum(widths) > room:
        excess = sum(widths) - room
        giving = [
            place
            for place, column in enumerate(columns)
            if column.min_width is not None and widths[place] > column.min_width
        ]
        if not giving:
            break
        widest = max(giving, key=lambda place: widths[place])
        others = [widths[place] for place in giving if place != widest]
        least = max([columns[widest].min_width or 0, *(each for each in others)])
        step = max(1, min(excess, widths[widest] - least))
        widths[widest] -= step
    return widths


def _line(columns: Sequence[Column], line: Sequence[str], widths: Sequence[int]) -> str:
    made = []
    for column, text, width in zip(columns, line, widths, strict=True):
        cut = _cut(text[::-1], width)[::-1] if column.is_path else _cut(text, width)
        gap = " " * (width - _width(cut))
        made.append(gap + cut if column.is_right else cut + gap)
    return GAP.join(made).rstrip()


def _cut(text: str, width: int) -> str:
    if _width(text) <= width:
        return text
    kept, used = "", 0
    for char in text:
        used += _width(char)
        if used > width - 1:
            break
        kept += char
    return f"{kept}…"


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
