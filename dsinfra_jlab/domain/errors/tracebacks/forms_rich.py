"""Boxed tracebacks, as the package rich draws them, as Python would print them."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOP = re.compile(r"\s{0,8}[╭┌+][─-]+ Traceback \(most recent call last\) [─-]+[╮┐+]\s*$")
_BOTTOM = re.compile(r"\s{0,8}[╰└+][─-]{10,}[╯┘+]\s*$")
_SIDE = re.compile(r"\s{0,8}[│|] ?(?P<inner>.*?)\s*[│|]\s*$")
_IN_FILE = re.compile(r"(?P<file>\S.{0,1000}?):(?P<line>\d{1,9}) in (?P<function>\S+)$")
_IN_CELL = re.compile(r"in (?P<function>\S+):(?P<line>\d{1,9})$")
_SYNTAX_FILE = re.compile(r"(?P<file>\S.{0,1000}?):(?P<line>\d{1,9})$")
_ARROW = re.compile(r"[❱>] ?(?P<line>\d{1,9}) (?P<code>.*)$")
_HIDDEN = re.compile(r"\.{3} (\d{1,6}) frames hidden \.{3}")
_CELL = "Cell In[ ]"
"""For frames of cells, of which the box gives no file."""
_HEADER_LINES_MAX = 6
"""A path that does not fit into the box goes on in the next lines."""


def without_boxes(text: str) -> str:
    """Return a text with its boxes, if it has any, replaced by tracebacks of Python."""
    if "Traceback (most recent call last) ─" not in text:
        return text
    return "\n".join(_unboxed(text.split("\n")))


def _unboxed(lines: list[str]) -> Iterator[str]:
    box: list[str] | None = None
    for line in lines:
        if _TOP.match(line):
            box = []
        elif box is None:
            yield line
        elif _BOTTOM.match(line):
            yield "Traceback (most recent call last):"
            yield from _frames(box)
            box = None
        elif inside := _SIDE.match(line):
            box.append(inside["inner"])


def _frames(lines: list[str]) -> Iterator[str]:
    header: list[str] = []
    is_header = True
    for line in lines:
        if not line.strip():
            if header:
                if written := _header("".join(header)):
                    yield written
                header, is_header = [], False
            else:
                is_header = True
        elif arrow := _ARROW.match(line):
            yield "    " + arrow["code"].strip("│ ")
        elif hidden := _HIDDEN.match(line):
            yield f"--- {hidden[1]} frames ---"
        elif _is_header_line(line, header, is_header):
            header.append(line.strip())
    if header and (written := _header("".join(header))):
        yield written


def _is_header_line(line: str, header: list[str], is_header: bool) -> bool:
    if header:
        return len(header) < _HEADER_LINES_MAX
    return is_header and not line.startswith((" ", "╭", "│", "╰"))


def _header(words: str) -> str | None:
    if found := _IN_CELL.match(words):
        return f"  {_CELL}, line {found['line']}, in {found['function']}"
    if found := _IN_FILE.match(words):
        return f'  File "{found["file"]}", line {found["line"]}, in {found["function"]}'
    if found := _SYNTAX_FILE.match(words):
        return f'  File "{found["file"]}", line {found["line"]}'
    return None
