"""Finds the statement that a line belongs to, without reading more than it must."""

from __future__ import annotations

import ast
import itertools
import linecache
import time
from contextlib import suppress
from typing import Any, NamedTuple

from . import limits


class Span(NamedTuple):
    """Where in a file something stands; lines from 1, columns from 0 in characters."""

    line: int
    column: int | None
    end_line: int | None
    end_column: int | None


class Statement(NamedTuple):
    """A statement, or the head of one that holds others."""

    first: int
    last: int
    text: str


class Sources:
    """The files that the frames of one error name, each parsed once at most."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._trees: dict[str, Any] = {}
        self._lines: dict[str, list[str]] = {}

    def lines(self, file: str) -> list[str]:
        """Return the lines of a file; none if it cannot be read or time has run out."""
        found = self._lines.get(file)
        if found is None:
            found = []
            if file in linecache.cache or time.perf_counter() < self._deadline:
                try:
                    found = linecache.getlines(file)
                except Exception:  # a loader of the user's
                    found = []
            self._lines[file] = found
        return found

    def line(self, file: str, number: int) -> str:
        """Return a line of a file without the spaces around it."""
        lines = self.lines(file)
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""

    def statement(self, file: str, number: int) -> Statement:
        """Return the statement that a line belongs to; the line if that is not known."""
        lines = self.lines(file)
        first, last = _statement_at(self._tree(file, lines), number) or (number, number)
        last = min(last, first + limits.STATEMENT_MAX_LINES, len(lines))
        return Statement(first, last, "".join(lines[first - 1 : last]).rstrip("\n"))

    def _tree(self, file: str, lines: list[str]) -> Any:
        if file not in self._trees:
            self._trees[file] = None
            size = sum(map(len, lines))
            is_cheap = size <= limits.STATEMENT_PARSE_MAX_CHARS
            if is_cheap and time.perf_counter() < self._deadline:
                with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
                    self._trees[file] = ast.parse("".join(lines))
        return self._trees[file]

    def span(self, code: Any, instruction: int, file: str, line: int) -> Span:
        """Return the place of an instruction; Python before 3.11 knows only the line."""
        positions = getattr(code, "co_positions", None)
        if positions is None or instruction < 0:
            return Span(line, None, None, None)
        found = next(itertools.islice(positions(), instruction // 2, None), None)
        if found is None or None in found or found[0] != line:
            return Span(line, None, None, None)
        _, end_line, column, end_column = found
        start = self._characters(file, line, column)
        end = self._characters(file, end_line, end_column)
        if start is None or end is None:
            return Span(line, None, None, None)
        return Span(line, start, end_line, end)

    def _characters(self, file: str, line: int, column: int) -> int | None:
        """Return a column in characters, which Python counts in bytes of UTF-8."""
        lines = self.lines(file)
        if not 0 < line <= len(lines):
            return None
        text = lines[line - 1]
        if text.isascii():
            return column
        return len(text.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore"))


_PARTS = ("body", "handlers", "orelse", "finalbody", "cases")


def _statement_at(node: Any, line: int) -> tuple[int, int] | None:
    """Return the first and the last line of the innermost statement at a line."""
    for name in _PARTS:
        for part in getattr(node, name, ()):
            if not isinstance(part, ast.AST):
                continue
            first, last = _extent(part)
            if first <= line <= last:
                return _statement_at(part, line) or _head(part, first, last)
    return None


def _extent(node: Any) -> tuple[int, int]:
    """Return the first and the last line of a part of the tree."""
    decorators = [each.lineno for each in getattr(node, "decorator_list", ())]
    if not hasattr(node, "lineno"):  # a case of a match
        inside: list[Any] = [each for each in ast.walk(node) if hasattr(each, "lineno")]
        return min(e.lineno for e in inside), max(e.end_lineno or 0 for e in inside)
    return min([node.lineno, *decorators]), node.end_lineno or node.lineno


def _head(node: Any, first: int, last: int) -> tuple[int, int]:
    """Return a statement without the statements that it holds."""
    body = getattr(node, "body", None)
    if not isinstance(body, list) or not body:
        return first, last
    return first, max(first, _extent(body[0])[0] - 1)
