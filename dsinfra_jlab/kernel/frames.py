"""Makes of a traceback the frames that are sent; the traceback itself is not kept."""

from __future__ import annotations

import linecache
import time
from typing import Any, NamedTuple

from . import limits
from .errors_budget import Budget
from .errors_chain import traceback_of
from .frames_cells import CellLine, RanCells, RanCode, has_cell_magic, line_below_magic, line_of
from .frames_kinds import is_library_frame, is_ours, is_shell, module_of_frame
from .frames_source import Sources, Span

Wire = dict[str, Any]


class Call:
    """One call of a traceback, and how often the same one follows."""

    __slots__ = ("frame", "instruction", "line", "repeated")

    def __init__(self, frame: Any, line: int, instruction: int) -> None:
        self.frame = frame
        self.line = line
        self.instruction = instruction
        self.repeated = 0


class Stack(NamedTuple):
    """The calls that led to an exception, the outermost first."""

    calls: list[Call]
    omitted: int


def read_stack(traceback: Any) -> Stack:
    """Return the calls of a traceback without ours and without what runs the cells."""
    return _cut(_without_ours(_folded(traceback)))


def stack_above(frame: Any) -> Stack:
    """Return the calls that have led to a frame, which is the innermost."""
    calls: list[Call] = []
    while frame is not None and len(calls) < limits.TRACEBACK_MAX_CALLS:
        calls.append(Call(frame, frame.f_lineno or 0, frame.f_lasti))
        frame = frame.f_back
    calls.reverse()
    codes = [call.frame.f_code for call in calls]
    runs = [n for n, code in enumerate(codes) if code.co_name == "run_code"]
    own = [n for n in runs if is_shell(module_of_frame(calls[n].frame))]
    return _cut(_without_ours(calls[own[-1] + 1 if own else 0 :]))


def shown_in_vain(error: BaseException) -> BaseException | None:
    """Return the exception that IPython was about to keep when its ``__str__`` raised an error.

    IPython then says that the cell ended with the error of ``__str__``.
    """
    traceback = traceback_of(error)
    while traceback is not None and is_shell(module_of_frame(traceback.tb_frame)):
        if traceback.tb_frame.f_code.co_name == "_format_exception_for_storage":
            meant = traceback.tb_frame.f_locals.get("exception")
            return meant if issubclass(type(meant), BaseException) else None
        traceback = traceback.tb_next
    return None


def _cut(calls: list[Call]) -> Stack:
    most = limits.FRAMES_MAX
    if len(calls) <= most:
        return Stack(calls, 0)
    half = most // 2
    return Stack(calls[:half] + calls[-half:], sum(1 + c.repeated for c in calls[half:-half]))


def _folded(traceback: Any) -> list[Call]:
    calls: list[Call] = []
    last: Any = None
    count = 0
    while traceback is not None and count < limits.TRACEBACK_MAX_CALLS:
        frame, instruction = traceback.tb_frame, traceback.tb_lasti
        traceback, line, count = traceback.tb_next, traceback.tb_lineno, count + 1
        is_same = last is not None and last.instruction == instruction
        if is_same and last.frame.f_code is frame.f_code:
            last.repeated += 1
            last.frame = frame
            continue
        last = Call(frame, line or 0, instruction)
        calls.append(last)
    return calls


def _without_ours(calls: list[Call]) -> list[Call]:
    modules = [module_of_frame(call.frame) for call in calls]
    start = next((n for n, module in enumerate(modules) if not is_shell(module)), len(calls))
    return [call for n, call in enumerate(calls) if n >= start and not is_ours(modules[n])]


class FrameReader:
    """Makes frames of calls, for one error."""

    def __init__(self, cells: RanCells, budget: Budget) -> None:
        self._cells = cells
        self._budget = budget
        self._sources = Sources(budget.deadline)
        self._library_until = time.perf_counter() + limits.LIBRARY_LINES_S
        self._ran: dict[str, RanCode | None] = {}
        self._last: CellLine | None = None

    def frames(self, stack: Stack) -> list[Wire]:
        """Return the frames of a stack."""
        self._last = None
        return [self._frame(call) for call in stack.calls]

    def kind_of(self, file: str, module: str) -> str:
        """Return whose code a file holds."""
        if self._cells.is_cell(file):
            return "cell"
        return "library" if is_library_frame(file, module) else "user"

    def place(self, file: str, line: int, module: str = "") -> Wire:
        """Return a frame of which only the file and the line are known."""
        kind = self.kind_of(file, module)
        frame = self._base(kind, file, "", module)
        if kind == "cell":
            self._into_cell(frame, file, Span(line, None, None, None))
        else:
            frame["line"], frame["source"] = (
                line,
                self._budget.text(self._sources.line(file, line), limits.FRAME_SOURCE_MAX_CHARS),
            )
        return frame

    def syntax(
        self,
        file: str,
        line: int,
        column: int | None,
        end_line: int | None,
        end_column: int | None,
        text: str,
    ) -> Wire:
        """Return a frame for a place that Python could not read; columns from 1."""
        kind = self.kind_of(file, "") if file != "<string>" else "user"
        frame = self._base(kind, file, "", "")
        start = column - 1 if column else None
        end = end_column - 1 if end_column and end_column > 0 else None
        span = Span(line, start, end_line or line, end)
        is_empty = (end_line or line) == line and (end or 0) <= (start or 0)
        if start is None or end is None or is_empty:
            span = Span(line, start, line if start is not None else None, start)
        if kind == "cell":
            self._into_cell(frame, file, span)
        else:
            _put(frame, span)
        shown = text.strip("\n") or frame["source"]
        frame["source"] = self._budget.text(shown, limits.FRAME_SOURCE_MAX_CHARS)
        return frame

    def _frame(self, call: Call) -> Wire:
        code = call.frame.f_code
        file, module = str(code.co_filename), module_of_frame(call.frame)
        kind = "cell" if self._is_below_magic(file) else self.kind_of(file, module)
        frame = self._base(kind, file, _function(code), module)
        frame["repeated"] = call.repeated
        if kind == "library" and not self._is_at_hand(file):
            frame["line"] = call.line
            return frame
        span = self._sources.span(code, call.instruction, file, call.line)
        if kind == "cell":
            self._into_cell(frame, file, span)
            return frame
        _put(frame, span)
        if kind == "user":
            text = self._sources.statement(file, call.line).text or ""
        else:
            text = self._sources.line(file, call.line)
        frame["source"] = self._budget.text(text, limits.FRAME_SOURCE_MAX_CHARS)
        return frame

    def _is_at_hand(self, file: str) -> bool:
        """Return whether a library's file may be read: the data around an error matter more."""
        return file in linecache.cache or time.perf_counter() < self._library_until

    def _base(self, kind: str, file: str, function: str, module: str) -> Wire:
        return {
            "kind": kind,
            "file": file[: limits.FILE_NAME_MAX_CHARS],
            "function": function[: limits.KEY_MAX_CHARS],
            "module": module[: limits.KEY_MAX_CHARS],
            "line": None,
            "source": "",
        }

    def _into_cell(self, frame: Wire, file: str, span: Span) -> None:
        """Put in where in which cell a frame is, by the lines that the user sees."""
        if self._is_below_magic(file):
            self._into_timed(frame, span)
            return
        ran = self._ran_as(file)
        statement = self._sources.statement(file, span.line)
        frame["source"] = self._budget.text(statement.text, limits.FRAME_SOURCE_MAX_CHARS)
        if ran is None:
            _put(frame, span)
            return
        line = line_of(ran, file, span.line)
        plain = self._sources.lines(file)
        has_line = 0 < span.line <= len(plain)
        if has_line and plain[span.line - 1].strip("\n") == line.text:
            end_line = None if span.end_line is None else span.end_line + line.line - span.line
            _put(frame, span._replace(line=line.line, end_line=end_line))
        else:
            frame["line"] = line.line
            if statement.first == statement.last:
                frame["source"] = self._budget.text(line.text, limits.FRAME_SOURCE_MAX_CHARS)
        frame["cell_id"], frame["request"] = line.cell_id, line.request
        self._last = line

    def _is_below_magic(self, file: str) -> bool:
        """Return whether a file name stands for a part of the cell, which a magic runs."""
        if file == "<string>" and self._last is not None:
            return self._last.text.lstrip().startswith(("%prun", "%%prun"))
        return self._cells.is_timed(file)

    def _into_timed(self, frame: Wire, span: Span) -> None:
        """Put in a frame below ``%time`` or ``%%timeit``, which runs a part of the cell."""
        last = self._last
        if last is not None and last.request:
            ran = self._cells.whole(last.request)
        else:  # IPython 7 shows an error below ``%%time`` without the calls above
            ran = self._cells.newest()
        if ran is None:
            return
        line = line_below_magic(ran, span.line) if has_cell_magic(ran.code) else last
        if line is None:
            return
        frame["line"], frame["source"] = (
            line.line,
            self._budget.text(line.text, limits.FRAME_SOURCE_MAX_CHARS),
        )
        frame["cell_id"], frame["request"] = line.cell_id, line.request

    def _ran_as(self, file: str) -> RanCode | None:
        if file not in self._ran:
            self._ran[file] = self._cells.ran_as(file)
        return self._ran[file]


def _function(code: Any) -> str:
    name = getattr(code, "co_qualname", code.co_name)
    return "<module>" if name.startswith("<cell line:") else str(name)


def _put(frame: Wire, span: Span) -> None:
    frame["line"] = span.line or None
    if span.column is not None:
        frame["column"] = span.column
        frame["end_line"], frame["end_column"] = span.end_line, span.end_column
