"""Errors of kernels that do not run Python, from their text.

A table of languages whose tracebacks have a form that is well known; of others, class and message
are all there is. Frames of cells keep the name that the kernel gives to its cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ... import limits
from .. import limits as error_limits
from ..occurrences import Frame, FrameKind, Relation
from ..sightings import SeenException

LINE_MAX_CHARS = 2_000
"""A longer line names no call."""


@dataclass(frozen=True, slots=True)
class _Language:
    """How a language writes its errors."""

    names: tuple[str, ...]
    """How its kernels call it, in lower case."""
    calls: tuple[re.Pattern[str], ...] = ()
    """Lines that name a call: ``function``, ``file``, ``line``, ``column``, each if it has it."""
    cell: re.Pattern[str] | None = None
    """Files that are cells."""
    library: re.Pattern[str] | None = None
    """Files, or functions where there is no file, that are not the user's."""
    is_innermost_first: bool = True
    cause: re.Pattern[str] | None = None
    """The line with which an exception behind the one above it begins."""
    message: re.Pattern[str] | None = None
    """Where in a text class and message stand, for kernels that do not tell them."""


_JVM_NAME = r"(?P<name>(?:[a-z_$][\w$]*\.)+[A-Z][\w$]*)(?:: (?P<text>.*))?"

_LANGUAGES = (
    _Language(
        names=("r",),
        calls=(
            re.compile(
                r"\d{1,4}\. (?P<source>(?P<function>[\w.:`$@]+)\(.*?)"
                r"(?: at lines? (?P<line>\d+)(?:-\d+)? of file (?P<file>\S+))?$"
            ),
        ),
        cell=re.compile(r"<text>$"),
        is_innermost_first=False,
        message=re.compile(
            r"(?m)^Error(?: in .{1,500}?[)`\]}])? ?:(?:\s+! | \n? *)"
            r"(?P<text>\S.*(?:\n(?!Traceback:).*)*)"
        ),
    ),
    _Language(
        names=("julia",),
        calls=(
            re.compile(
                r"\s{0,4}\[\d+\] (?P<function>top-level scope|[^\s({@]+).*?"
                r" at (?P<file>\S+):(?P<line>\d+)(?: \[.*\])?$"
            ),
            re.compile(r"\s{0,4}\[\d+\] (?P<function>top-level scope|[^\s({@]+).*$"),
            re.compile(r"\s+@ (?:[A-Z]\w* )?(?P<file>\S+):(?P<line>\d+)(?: \[.*\])?$"),
        ),
        cell=re.compile(r"(?:\./)?In\[\d+\]$"),
        library=re.compile(r"\./|~?/.*(?:/\.julia/|/share/julia/|/packages/)|none$"),
        cause=re.compile(r"caused by: (?:(?P<name>[A-Z]\w*(?:Error|Exception)): )?(?P<text>.*)$"),
        message=re.compile(
            r"(?m)^(?:ERROR: )?(?P<name>[A-Z]\w*(?:Error|Exception)): (?P<text>.*)$"
        ),
    ),
    _Language(
        names=("javascript", "typescript", "node", "deno", "jslab", "tslab", "babel"),
        calls=(
            re.compile(
                r"\s+at (?:async )?(?P<function>[^\s(].*?) "
                r"\((?P<file>.+?):(?P<line>\d+):(?P<column>\d+)\)$"
            ),
            re.compile(r"\s+at (?:async )?(?P<file>[^\s(].*?):(?P<line>\d+):(?P<column>\d+)$"),
        ),
        cell=re.compile(r"evalmachine\.<anonymous>$|<anonymous>$|ijs$|.*/\[\d+\]$|tsl?ab?:"),
        library=re.compile(
            r"node:|internal/|ext:|.*/node_modules/|(?:vm|domain|events|module)\.js$"
        ),
        cause=re.compile(r"\s*\[cause\]: (?P<name>\w*(?:Error|Exception)): (?P<text>.*?)(?: \{)?$"),
        message=re.compile(
            r"(?m)^(?:Uncaught )?(?P<name>[A-Z]\w*(?:Error|Exception)): (?P<text>.*)$"
        ),
    ),
    _Language(
        names=("java", "kotlin", "scala", "groovy", "clojure"),
        calls=(
            re.compile(
                r"\s+(?:at )?(?:[\w.$@-]+/)?(?P<module>(?:[\w$]+\.)*)(?P<function>[\w$<>-]+)"
                r"\((?P<file>[^():]+)(?::(?P<line>\d+))?\)$"
            ),
            re.compile(
                r"\s+at (?P<module>\.?)(?P<function>[\w$]*)\((?P<file>#\d+):(?P<line>\d+)\)$"
            ),
        ),
        cell=re.compile(
            r"Line_\d+\.jupyter(?:-kts|\.kts)?$|(?:cmd)?\d+\.sc$|#\d+$|Script\d+\.groovy$"
        ),
        library=re.compile(
            r"(?:java|javax|jdk|sun|kotlin|kotlinx|scala|groovy|clojure|ammonite|almond|org\.apache"
            r"|org\.jetbrains|io\.github\.spencerpark)\."
        ),
        cause=re.compile(r"Caused by: " + _JVM_NAME + "$"),
        message=re.compile(r"(?m)^(?:Exception in thread .{1,100}? )?" + _JVM_NAME + "$"),
    ),
    _Language(
        names=("c++", "c", "cpp"),
        calls=(
            re.compile(r"(?P<file>input_line_\d+):\d+:\d+: (?:fatal )?error: .*$"),
            re.compile(r"(?P<file>[^\s:]+):(?P<line>\d+):(?P<column>\d+): (?:fatal )?error: .*$"),
        ),
        # The kernel puts a line of its own above the code: the line told is not one of the cell.
        cell=re.compile(r"input_line_\d+$"),
        message=re.compile(r"(?m)^\S+:\d+:\d+: (?:fatal )?(?P<name>error): (?P<text>.*)$"),
    ),
    _Language(
        names=("rust",),
        calls=(
            re.compile(r"\s*╭─\[ ?(?P<file>command_\d+):(?P<line>\d+):(?P<column>\d+) ?\]$"),
            re.compile(r"\s*--> (?P<file>\S+?):(?P<line>\d+):(?P<column>\d+)$"),
            re.compile(
                r"thread '.{0,100}?' (?:\(\d+\) )?panicked at (?P<file>[^\s:]+):(?P<line>\d+)"
                r":(?P<column>\d+):?$"
            ),
        ),
        cell=re.compile(r"command_\d+$"),
        message=re.compile(r"(?m)^(?:error)?\[(?P<name>E\d{4})\](?: Error)?: (?P<text>.*)$"),
    ),
)
_EXIT = re.compile(r"\d{1,3}$")


def read_other_language(
    ename: str, evalue: str, text: str, language: str
) -> tuple[SeenException, ...]:
    """Return the error that a kernel of another language published, with what is behind it."""
    if language.lower() == "bash" and not ename and _EXIT.match(evalue):
        return (_exception("CommandFailed", f"exit status {evalue}"),)
    known = next((each for each in _LANGUAGES if language.lower() in each.names), None)
    if known is None:
        return (_exception(ename, evalue or _first_line(text)),)
    name, message = _told(known, ename, evalue, text)
    found = [_exception(name, message)]
    frames: list[Frame] = []
    for line in text.split("\n"):
        if len(line) > LINE_MAX_CHARS:
            continue
        if known.cause is not None and (cause := known.cause.match(line)):
            found[-1] = _with_frames(found[-1], frames, known)
            frames = []
            if len(found) >= error_limits.EXCEPTIONS_MAX:
                break
            behind = _exception(cause["name"] or "", cause["text"] or "")
            found.append(replace(behind, parent=len(found) - 1, relation=Relation.cause))
        else:
            _take(known, line, frames)
    found[-1] = _with_frames(found[-1], frames, known)
    return tuple(found)


def _told(known: _Language, ename: str, evalue: str, text: str) -> tuple[str, str]:
    """Return class and message, from the text where the kernel does not tell them."""
    name, message = ename, evalue
    for words in (evalue, text[: 4 * limits.ERROR_MESSAGE_MAX_CHARS]):
        if known.message is None or (name and message and words is text):
            break
        found = known.message.search(words)
        if found is None:
            continue
        parts = found.groupdict()
        is_same = not name or not parts.get("name") or name == parts["name"]
        name = name or parts.get("name") or ""
        if parts.get("text") and (not message or (is_same and words is evalue)):
            message = str(parts["text"]).strip()
        break
    return name, message or _first_line(text)


def _take(known: _Language, line: str, frames: list[Frame]) -> None:
    for pattern in known.calls:
        found = pattern.match(line)
        if found is None:
            continue
        parts = found.groupdict()
        if "function" not in parts and frames and not frames[-1].file and "@" in line:
            frames[-1] = _placed(frames[-1], known, parts)  # Julia: the place is a line of its own
            return
        frame = Frame(
            kind=FrameKind.user,
            file="",
            function=_function(parts.get("function") or ""),
            module=(parts.get("module") or "").strip("."),
            source=(parts.get("source") or "")[: error_limits.FRAME_SOURCE_MAX_CHARS],
        )
        frames.append(_placed(frame, known, parts))
        return


def _function(name: str) -> str:
    return "<module>" if name == "top-level scope" else name[: limits.NAME_MAX_CHARS]


def _placed(frame: Frame, known: _Language, parts: dict[str, str | None]) -> Frame:
    file = (parts.get("file") or "").removeprefix("./" if known.names == ("julia",) else "")
    raw = parts.get("file") or ""
    line, column = parts.get("line"), parts.get("column")
    kind = FrameKind.user
    if raw and known.cell is not None and known.cell.match(raw):
        kind = FrameKind.cell
    elif known.library is not None and (
        known.library.match(raw) or known.library.match(frame.module + ".")
    ):
        kind = FrameKind.library
    return replace(
        frame,
        kind=kind,
        file=file,
        line=int(line[:9]) if line else None,
        column=int(column[:9]) - 1 if column and int(column[:9]) > 0 else None,
    )


def _with_frames(seen: SeenException, frames: list[Frame], known: _Language) -> SeenException:
    kept = frames[::-1] if known.is_innermost_first else frames
    most = error_limits.FRAMES_MAX
    if len(kept) <= most:
        return replace(seen, frames=tuple(kept))
    ends = (*kept[: most // 2], *kept[-(most // 2) :])
    return replace(seen, frames=ends, frames_omitted=len(kept) - most)


def _exception(name: str, message: str) -> SeenException:
    module, _, last = name.rpartition(".") if re.fullmatch(r"[\w.$]+", name) else ("", "", name)
    return SeenException(
        ename=last[: limits.NAME_MAX_CHARS],
        module=module,
        bases=(),
        evalue=message[: limits.ERROR_MESSAGE_MAX_CHARS],
        evalue_chars=len(message),
    )


def _first_line(text: str) -> str:
    return next(_lines_with_text(text), "")


def _lines_with_text(text: str) -> Iterator[str]:
    return (line.strip() for line in text.split("\n") if line.strip())
