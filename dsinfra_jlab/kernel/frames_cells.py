"""Knows which request ran which code, to say whose code a frame runs.

ipykernel names the code of a cell by a hash of its text, which takes long to compute. So names
are only computed when something has failed, and only for the few cells that come into question.
"""

from __future__ import annotations

import difflib
import linecache
import re
import time
from collections import deque
from typing import Any, NamedTuple

from . import limits

_CELL_FILE = re.compile(r"[\\/]ipykernel_\d+[\\/]\d+\.py$|^<ipython-input-\d+-")
_TIMED = ("<timed exec>", "<timed eval>", "<magic-timeit>")
"""What ``%time`` and ``%timeit`` call the code that they run."""


class RanCode(NamedTuple):
    """Code that a cell ran."""

    request: str | None
    """Of the cell; ``None`` for code that no cell holds, as of a notebook that was ``%run``."""
    cell_id: str | None
    code: str
    """As the user wrote it."""
    number: int
    """How many cells had run, give or take one: IPythons differ in when they count."""
    offset: int = 0
    """Lines of the cell before this code, where it is a part of the cell."""


class CellLine(NamedTuple):
    """A line of a cell, as the user sees it."""

    request: str | None
    cell_id: str | None
    line: int
    text: str
    """The whole line; empty if the cell is not known."""


class RanCells:
    """The code that ran lately in this kernel."""

    def __init__(self, compiler: Any) -> None:
        self._compiler = compiler
        self._ran: deque[RanCode] = deque(maxlen=limits.CELLS_KEPT)
        self._files: dict[str, str] = {}
        self.add = self._ran.append

    def add_part(self, whole: RanCode | None, code: str, number: int) -> None:
        """Note code that a cell has run as a cell of its own, as ``%%capture`` does."""
        start = whole.code.find(code.strip("\n")) if whole is not None else -1
        if whole is None or start < 0:
            self.add(RanCode(None, None, code, number))
            return
        skipped = len(code) - len(code.lstrip("\n"))
        offset = whole.offset + whole.code.count("\n", 0, start) - skipped
        self.add(RanCode(whole.request, whole.cell_id, code, number, offset))

    def is_cell(self, file: str) -> bool:
        """Return whether a file name is one that code of cells has."""
        return file in self._numbers() or file in _TIMED or _CELL_FILE.search(file) is not None

    def is_timed(self, file: str) -> bool:
        """Return whether a file name is that of code below ``%time`` or ``%timeit``."""
        return file in _TIMED

    def ran_as(self, file: str) -> RanCode | None:
        """Return the latest code that ran under a file name."""
        number = self._numbers().get(file)
        deadline = time.perf_counter() + limits.CELL_SEARCH_S
        for ran in reversed(self._ran):
            if number is not None and abs(ran.number - number) > 1:
                continue
            if self._is_file_of(ran, file):
                return ran
            if time.perf_counter() > deadline:
                break
        return None

    def whole(self, request: str) -> RanCode | None:
        """Return the code of a request, which is noted before its parts are."""
        return next((ran for ran in self._ran if ran.request == request), None)

    def newest(self) -> RanCode | None:
        """Return the code that ran last."""
        return self._ran[-1] if self._ran else None

    def _numbers(self) -> dict[str, int]:
        """Return the numbers of cells by file name; IPython 7 keeps none."""
        found = getattr(self._compiler, "_filename_map", None)
        return found if type(found) is dict else {}

    def _is_file_of(self, ran: RanCode, file: str) -> bool:
        """Return whether a file name is that of some code: the text alone tells mostly."""
        if "".join(_plain_lines(file)).strip() == ran.code.strip():
            return True
        if len(ran.code) > limits.CELL_HASH_MAX_CHARS:
            return False
        known = self._files.get(ran.code)
        if known is None:
            known = str(self._compiler.get_code_name(ran.code, ran.code, ran.number))
            if len(self._files) > limits.ANALYSES_KEPT:
                self._files.clear()
            self._files[ran.code] = known
        return known == file


def line_of(ran: RanCode, file: str, line: int) -> CellLine:
    """Return the line of the cell that a line of the code Python ran comes from."""
    raw = _lines(ran.code)
    plain = [each.rstrip("\n") for each in _plain_lines(file)]
    found = _line_in_raw(raw, plain, line)
    text = raw[found - 1] if 0 < found <= len(raw) else ""
    return CellLine(ran.request, ran.cell_id, found + ran.offset, text)


def _plain_lines(file: str) -> list[str]:
    """Return what IPython has made of the code of a cell."""
    entry: Any = linecache.cache.get(file)
    return entry[2] if type(entry) is tuple and len(entry) == 4 else []


def line_below_magic(ran: RanCode, line: int) -> CellLine:
    """Return the line of the cell that a line of the code below ``%%time`` comes from."""
    raw = _lines(ran.code)
    start = _blank_at_head(raw) + 1
    start += _blank_at_head(raw[start:])
    found = min(start + line, len(raw))
    return CellLine(ran.request, ran.cell_id, found + ran.offset, raw[found - 1] if raw else "")


def has_cell_magic(code: str) -> bool:
    """Return whether a cell is handed to a magic as a whole."""
    return code.lstrip().startswith("%%")


def _lines(code: str) -> list[str]:
    lines = code.split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def _blank_at_head(lines: list[str]) -> int:
    return next((number for number, line in enumerate(lines) if line.strip()), 0)


def _line_in_raw(raw: list[str], plain: list[str], line: int) -> int:
    """Return where a line of transformed code stands in what the user wrote.

    IPython takes blank lines off the head, and makes one line of a magic that goes over several.
    """
    while plain and not plain[-1].strip():
        plain = plain[:-1]
    head = _blank_at_head(raw)
    if not plain or len(plain) + head == len(raw) or len(raw) > limits.CELL_ALIGN_MAX_LINES:
        return min(line + head, max(len(raw), 1))
    shift = head
    matcher = difflib.SequenceMatcher(None, plain, raw, autojunk=False)
    for block in matcher.get_matching_blocks():
        if block.a > line - 1:
            break
        if block.size:
            shift = block.b - block.a
    return min(line + shift, len(raw))
