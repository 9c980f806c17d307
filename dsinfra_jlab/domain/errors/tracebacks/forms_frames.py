"""Frames from the lines of one exception's traceback."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ... import limits
from .. import limits as error_limits
from ..occurrences import Frame, FrameKind
from .forms import Header, header_of
from .forms_places import place_of

_ARROW = re.compile(r"-{1,8}> ?(\d{1,9})(?: (.*))?$")
_MARKS = re.compile(r"\s{4,}[~^][~^ ]*$")
_REPEATED = re.compile(r"\s*\[Previous line repeated (\d{1,9}) more times?\]$")
_SIMILAR = re.compile(r"\s*\[\.\.\. skipping similar frames: (.*)\]$")
_SIMILAR_ONE = re.compile(r"([^\s,]+) at line (\d{1,9}) \((\d{1,9}) times\)")
_FOLDED = re.compile(r"-*\s?(\d{1,6}) frames?(?: hidden)?\s?-*$")
_NO_SOURCE = "'Could not get source, probably due dynamically evaluated source code.'"
_SHELL_MODULES = ("IPython.", "ipykernel.")


@dataclass(frozen=True, slots=True)
class Stack:
    """The frames of one exception."""

    frames: tuple[Frame, ...]
    omitted: int


class FrameReader:
    """Takes the lines of a traceback one by one."""

    def __init__(self) -> None:
        self._frames: list[Frame] = []
        self._header: Header | None = None
        self._source = ""
        self._marks: tuple[int, int] | None = None
        self._source_indent = 0
        self._line: int | None = None
        self._omitted = 0

    def take(self, line: str, following: str) -> bool:
        """Read a line and return whether it names a call."""
        if header := header_of(line, following):
            self._finish()
            self._header, self._line = header, header.line
            return True
        if self._header is not None and line.strip():
            self._take_code(self._header, line)
        self._take_count(line)
        return False

    def stack(self) -> Stack:
        """Return what was read."""
        self._finish()
        frames = _without_shell(self._frames)
        most = error_limits.FRAMES_MAX
        omitted = self._omitted
        if len(frames) > most:
            omitted += len(frames) - most
            frames = [*frames[: most // 2], *frames[-(most // 2) :]]
        return Stack(tuple(frames), omitted)

    def _take_code(self, header: Header, line: str) -> None:
        if not header.is_indented:
            if (arrow := _ARROW.match(line)) and arrow[2] != _NO_SOURCE:
                self._line = int(arrow[1])
                self._source = (arrow[2] or "").strip()
        elif not self._source:
            if line.startswith("    "):
                self._source = line.strip()
                self._source_indent = len(line) - len(line.lstrip())
        elif self._marks is None and _MARKS.match(line):
            start = len(line) - len(line.lstrip()) - self._source_indent
            self._marks = (start, len(line.rstrip()) - self._source_indent)

    def _take_count(self, line: str) -> None:
        if found := _REPEATED.match(line):
            self._finish()
            self._repeat(len(self._frames) - 1, int(found[1]))
        elif found := _SIMILAR.match(line):
            self._finish()
            for name, number, times in _SIMILAR_ONE.findall(found[1][:2_000]):
                self._repeat(self._last(name.rpartition(".")[2], int(number)), int(times))
        elif found := _FOLDED.match(line):
            self._omitted += int(found[1])

    def _last(self, function: str, line: int) -> int:
        for index in range(len(self._frames) - 1, max(-1, len(self._frames) - 50), -1):
            frame = self._frames[index]
            if frame.function == function and frame.line in (line, None):
                return index
        return -1

    def _repeat(self, index: int, times: int) -> None:
        if index >= 0:
            frame = self._frames[index]
            self._frames[index] = replace(frame, repeated=frame.repeated + times)

    def _finish(self) -> None:
        if self._header is None:
            return
        frame = self._frame(self._header)
        self._header, self._source, self._marks, self._line = None, "", None, None
        if self._frames and replace(self._frames[-1], repeated=0) == frame:
            self._repeat(len(self._frames) - 1, 1)
        else:
            self._frames.append(frame)

    def _frame(self, header: Header) -> Frame:
        place = place_of(header.file)
        column, end_column = _columns(self._source, self._marks)
        return Frame(
            kind=FrameKind.cell if header.is_cell else place.kind,
            file=place.file[: error_limits.FRAME_SOURCE_MAX_CHARS],
            function=header.function[: limits.NAME_MAX_CHARS],
            module="__main__" if header.is_cell else place.module,
            line=self._line,
            column=column,
            end_line=None if end_column is None else self._line,
            end_column=end_column,
            source=self._source[: error_limits.FRAME_SOURCE_MAX_CHARS],
        )


def with_cells(stacks: Sequence[tuple[Frame, ...]]) -> list[tuple[Frame, ...]]:
    """Return frames of files that one of them shows to be a cell as frames of that cell."""
    cells = {f.file for frames in stacks for f in frames if f.kind is FrameKind.cell}
    return [tuple(_as_cell(f) if f.file in cells else f for f in frames) for frames in stacks]


def _as_cell(frame: Frame) -> Frame:
    if frame.kind is FrameKind.cell:
        return frame
    return replace(frame, kind=FrameKind.cell, module="__main__")


def _without_shell(frames: list[Frame]) -> list[Frame]:
    """Leave out the calls with which IPython came to run the cell."""
    for index, frame in enumerate(frames):
        if frame.kind is FrameKind.cell:
            return frames[index:]
        if not frame.module.startswith(_SHELL_MODULES):
            return frames
    return frames


def _columns(source: str, marks: tuple[int, int] | None) -> tuple[int | None, int | None]:
    """Return where the marked expression begins and ends within the code shown."""
    if marks is None or marks[0] < 0 or _is_wide(source[: marks[1]]):
        return None, None
    start, end = marks
    if end > len(source) or _is_open(source[start:end]):
        return start, None
    return start, end


def _is_wide(text: str) -> bool:
    """Whether marks below it may stand elsewhere than at the character they mean."""
    return not text.isascii() and any(
        unicodedata.east_asian_width(char) in "WF" or unicodedata.combining(char) for char in text
    )


def _is_open(code: str) -> bool:
    return any(code.count(a) != code.count(b) for a, b in ("()", "[]", "{}"))
