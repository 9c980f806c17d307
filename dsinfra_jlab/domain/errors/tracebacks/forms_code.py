"""Frames read from text, told which run's code they are in, and where in it.

A text calls the code of a cell by a number, by a digest or not at all, and counts the lines of
what IPython made of a cell: without the blank lines at its top, with a continued ``!command`` in
one line, without the line of ``%%time``. The code itself tells the rest.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from .. import limits
from ..occurrences import Frame, FrameKind
from ..sightings import SeenException

_COUNTED = re.compile(r"In\[(\d{1,9})\]$")
_DIGEST = re.compile(r"(?:.*[\\/])?ipykernel_\d+[\\/](\d{1,10})(?:\.py)?$")
_DIGEST_SEED = 0xC70F6907
_DIGEST_MULTIPLIER = 0x5BD1E995
_WORD = 0xFFFFFFFF
_TIMED = frozenset(("<timed exec>", "<timed eval>", "<magic-timeit>"))
_BETWEEN = ("IPython.", "timeit", "decorator")
"""Modules that stand between a magic and what it timed."""
_OWN = frozenset(("<tokenize>", "Cell In[ ]", "Input In [ ]"))
_MAGIC_SOURCE = re.compile(
    r"get_ipython\(\)\.(?:run_(?:line|cell)_magic\('(\w+)'|(system|getoutput)\()"
)
_PROMPT = re.compile(r"(?:>>>|\.\.\.|In \[\d*\]:|\s+\.\.\.:)(?: |$)")
_RUNS_FILE = re.compile(r"\s*%run\s")
_NO_MAGIC = re.compile(r"(?:Line magic function|Cell magic) `(%{1,2}\w{1,200})` not found")
_TIME = re.compile(r"(?:.*=\s*)?\s*%time(?:it)?\b")
_TIMES = re.compile(r"(?:[^=\n]{0,200}=)?\s{0,80}%{1,2}time")
_DIGESTS_KEPT = 1_024
"""Codes whose digest is remembered: the cells of a long notebook."""


@dataclass(frozen=True, slots=True)
class _Codes:
    """The code of the failing cell and of those before it."""

    own: str
    own_file: str
    cells: Mapping[int, str]

    def of(self, file: str) -> tuple[str, str] | None:
        """Return what a file of a cell is called, and its code, if the name tells."""
        if file == self.own_file or file in _OWN:
            return self.own_file, self.own
        if found := _COUNTED.match(file):
            code = self.cells.get(int(found[1]))
            return (file, code) if code is not None else None
        if found := _DIGEST.match(file):
            return self._with_digest(int(found[1]))
        return None

    def _with_digest(self, digest: int) -> tuple[str, str] | None:
        if code_digest(self.own) == digest:
            return self.own_file, self.own
        for count in reversed([*self.cells]):
            if code_digest(self.cells[count]) == digest:
                return f"In[{count}]", self.cells[count]
        return None


def in_code(
    exceptions: Sequence[SeenException],
    *,
    code: str,
    execution_count: int | None,
    cells: Mapping[int, str],
    ends_cell: bool = False,
) -> tuple[SeenException, ...]:
    """Return exceptions whose frames of cells are called ``In[N]`` wherever that can be told.

    ``code`` is that of the failing cell, ``cells`` has the code of others of the same process by
    execution count, the oldest first. Lines and columns become those of the code as the user
    wrote it; the failing cell is called ``In[ ]`` if it has no execution count. Where the error
    ``ends_cell`` and the text shows no call at all, the only line of a cell is that of the error.
    """
    count = execution_count if execution_count is not None else " "
    codes = _Codes(code, f"In[{count}]", cells)
    placed = [_placed(seen, codes) for seen in exceptions]
    if placed:
        placed[0] = _with_magic(placed[0], codes)
    if ends_cell and placed and not any(seen.frames for seen in placed):
        placed[0] = _with_only_line(placed[0], codes)
    return tuple(placed)


def with_magic(
    exceptions: Sequence[SeenException], code: str, execution_count: int | None
) -> tuple[SeenException, ...]:
    """Return exceptions whose frames say of magics what a text read by ``in_code`` says of them.

    IPython shows an error of a file that ``%run`` runs by itself, as if no cell had asked for it:
    the one line with the magic is added. The calls from a magic to what it timed are left out.
    """
    count = execution_count if execution_count is not None else " "
    first, *others = (_without_timing(seen) for seen in exceptions)
    return (_with_magic(first, _Codes(code, f"In[{count}]", {})), *others)


def line_in_code(code: str, line: int | None, source: str) -> int | None:
    """Return the line of a cell's code that IPython calls ``line`` and shows as ``source``.

    ``None`` if no line was told and not just one line looks like it.
    """
    lines = code.split("\n")
    plain = [_PROMPT.sub("", each).strip() for each in lines]
    blank = next((number for number, each in enumerate(plain) if each), 0)
    if source and (magic := _MAGIC_SOURCE.match(source.partition("= ")[2] or source)):
        mark = f"%{magic[1]}" if magic[1] else "!"
        same = [number for number, each in enumerate(plain, 1) if mark in each]
    else:
        same = [number for number, each in enumerate(plain, 1) if source and each == source]
    if line is None:
        return same[0] if len(same) == 1 else None
    for guess in (line + blank, line):
        if guess in same:
            return guess
    later = [number for number in same if number > line]
    if later:
        return later[0]
    return line + blank if line + blank <= len(lines) else None


@lru_cache(_DIGESTS_KEPT)
def code_digest(code: str) -> int:
    """Return the number that ipykernel names the file of a cell by: MurmurHash2 of its code."""
    data = code.encode("utf-8", "surrogatepass")
    digest = _DIGEST_SEED ^ len(data)
    whole = len(data) // 4
    for (word,) in struct.iter_unpack("<I", data[: 4 * whole]):
        mixed = word * _DIGEST_MULTIPLIER & _WORD
        mixed = (mixed ^ mixed >> 24) * _DIGEST_MULTIPLIER & _WORD
        digest = digest * _DIGEST_MULTIPLIER & _WORD ^ mixed
    if rest := data[4 * whole :]:
        digest = (digest ^ int.from_bytes(rest, "little")) * _DIGEST_MULTIPLIER & _WORD
    digest = (digest ^ digest >> 13) * _DIGEST_MULTIPLIER & _WORD
    return digest ^ digest >> 15


def _placed(seen: SeenException, codes: _Codes) -> SeenException:
    names = {frame.file: codes.of(frame.file) for frame in seen.frames}
    for frame in seen.frames:
        if frame.kind is FrameKind.cell and names[frame.file] is None and _shows(frame, codes):
            names[frame.file] = codes.own_file, codes.own
    if len(seen.frames) == 1 and seen.frames[0].function == "" and _shows(seen.frames[0], codes):
        names[seen.frames[0].file] = codes.own_file, codes.own  # a SyntaxError of "<string>"
    frames = []
    for frame in seen.frames:
        known = names[frame.file]
        if known is not None:
            frames.append(_in_lines(frame, *known))
        elif frame.file in _TIMED:
            timed = _timed(frame, codes)
            if timed.line is not None:
                _leave_out_magic(frames, codes)
            frames.append(timed)
        else:
            frames.append(frame)
    return replace(seen, frames=tuple(frames))


def _leave_out_magic(frames: list[Frame], codes: _Codes) -> None:
    """Leave out the calls from the cell to what a magic timed: it is the cell's own code."""
    number = len(frames)
    while number and frames[number - 1].module.startswith(_BETWEEN):
        number -= 1
    if number and _runs_timed(frames[number - 1], codes):
        number -= 1
    del frames[number:]


def _without_timing(seen: SeenException) -> SeenException:
    """Return an exception without the calls from the cell to what a magic timed."""
    frames = seen.frames
    for place, frame in enumerate(frames):
        if frame.file not in _TIMED or frame.line is None:
            continue
        number = place
        while number and frames[number - 1].module.startswith(_BETWEEN):
            number -= 1
        is_called = number < place and number > 0 and frames[number - 1].kind is FrameKind.cell
        if is_called and _TIMES.match(frames[number - 1].source):
            return replace(seen, frames=(*frames[: number - 1], *frames[place:]))
    return seen


def _shows(frame: Frame, codes: _Codes) -> bool:
    """Whether a frame's code stands in the failing cell where the frame says."""
    if frame.line is None or not frame.source or frame.function not in ("", "<module>"):
        return False
    line = line_in_code(codes.own, frame.line, frame.source)
    return line is not None and codes.own.split("\n")[line - 1].strip() == frame.source


def _in_lines(frame: Frame, file: str, code: str) -> Frame:
    line = line_in_code(code, frame.line, frame.source)
    shown = replace(frame, kind=FrameKind.cell, file=file, module="__main__", line=line)
    text = code.split("\n")[line - 1] if line is not None else ""
    if line is None or (frame.source and text.strip() != frame.source):
        return replace(shown, column=None, end_line=None, end_column=None)
    indent = len(text) - len(text.lstrip())
    return replace(
        shown,
        source=text.strip()[: limits.FRAME_SOURCE_MAX_CHARS],
        column=None if frame.column is None else frame.column + indent,
        end_line=None if frame.end_column is None else line,
        end_column=None if frame.end_column is None else frame.end_column + indent,
    )


def _runs_timed(frame: Frame, codes: _Codes) -> bool:
    magic = _MAGIC_SOURCE.match(frame.source)
    is_magic = magic is not None and magic[1] in ("time", "timeit")
    return frame.file == codes.own_file and (is_magic or bool(_TIME.match(frame.source)))


def _timed(frame: Frame, codes: _Codes) -> Frame:
    """Return a frame of what ``%%time`` and its like ran, which counts its own lines."""
    lines = codes.own.split("\n")
    top = next((number for number, text in enumerate(lines, 1) if text.strip()), 0)
    if top and lines[top - 1].strip().startswith("%%time"):
        line = top + frame.line if frame.line is not None else None
    else:
        timed = [number for number, text in enumerate(lines, 1) if _TIME.match(text)]
        line = timed[0] if len(timed) == 1 else None
    if line is not None and line > len(lines):
        line = None
    source = lines[line - 1].strip() if line is not None else frame.source
    return replace(
        frame,
        file=codes.own_file,
        line=line,
        source=source[: limits.FRAME_SOURCE_MAX_CHARS],
    )


def _with_magic(seen: SeenException, codes: _Codes) -> SeenException:
    """Add the line with the magic that failed, which IPython leaves out, if there is just one."""
    if any(frame.kind is FrameKind.cell for frame in seen.frames):
        return seen
    lines = codes.own.split("\n")
    if not seen.frames:
        named = _NO_MAGIC.match(seen.evalue) if seen.ename == "UsageError" else None
        calls = re.compile(rf"[^'\"#]*{re.escape(named[1])}(?!\w)") if named else None
    elif seen.frames[0].function in ("<module>", "") and seen.frames[0].kind is FrameKind.user:
        calls = _RUNS_FILE  # a file that cannot be read as Python has no function either
    else:
        calls = None
    found = [number for number, text in enumerate(lines, 1) if calls and calls.match(text)]
    return replace(seen, frames=(_call(codes, found[0]), *seen.frames)) if len(found) == 1 else seen


def _with_only_line(seen: SeenException, codes: _Codes) -> SeenException:
    found = [
        number
        for number, text in enumerate(codes.own.split("\n"), 1)
        if text.strip() and not text.lstrip().startswith("#")
    ]
    return replace(seen, frames=(_call(codes, found[0]),)) if len(found) == 1 else seen


def _call(codes: _Codes, line: int) -> Frame:
    """Return the frame of a line at the top of the failing cell."""
    return Frame(
        kind=FrameKind.cell,
        file=codes.own_file,
        function="<module>",
        module="__main__",
        line=line,
        source=codes.own.split("\n")[line - 1].strip()[: limits.FRAME_SOURCE_MAX_CHARS],
    )
