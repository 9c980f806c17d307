"""Errors that Python printed on stderr and that ended no cell, and some that did.

Only what is certain: each form has a first line that nothing else writes. What is printed of an
error that ends a process of ``multiprocessing`` counts as that of a thread.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ... import limits
from .. import limits as error_limits
from ..occurrences import ErrorKind, Frame
from ..sightings import ErrorSeen, SeenException
from .forms_places import place_of
from .forms_sections import CHAINS, read_sections
from .forms_text import plain_text
from .reading import read_chain

_LOGGER = r"(?:(?:ERROR|CRITICAL):asyncio:|[\d-]{10}[ T][\d:.,]{8,15}.{0,60}asyncio.{0,60}?)?"
_THREAD = re.compile(r"Exception in thread (?P<name>.{1,200}):\s*$")
_TASK = re.compile(_LOGGER + r"(?:Task|Future) exception was never retrieved\s*$")
_CALLBACK = re.compile(_LOGGER + r"Exception in callback .{1,1000}$")
_ABOUT_TASK = re.compile(r"(?:future|handle|task|context|source_traceback|protocol|transport): ")
_TASK_ERROR = re.compile(r"exception=(?P<name>\w+)\((?P<message>.{0,2000}?)\)>\s*$")
_UNRAISABLE = re.compile(r"Exception ignored (?:in|on|while) ?.{0,1000}$")
_PROCESS = re.compile(r"Process [\w.-]{0,100}Process-[\d:]{1,40}:\s*$")
_LOG = re.compile(r"(?P<level>ERROR|CRITICAL):(?P<name>[^\s:]{1,200}):(?P<message>.*)$")
_DATED_LOG = re.compile(
    r"\[?\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\S{0,12}[\s|:\]-]{1,5}(?:.{0,100}?[\s|:\[-])??"
    r"(?P<level>ERROR|CRITICAL|FATAL)[\s|:\]-]+(?P<message>.*)$"
)
_WARNING = re.compile(
    r"(?P<file>(?:[A-Za-z]:)?[^:\n]{1,1000}):(?P<line>\d{1,9}): "
    r"(?P<name>(?:[A-Za-z_]\w*\.)*\w*Warning): (?P<message>.*)$"
)
_USAGE = re.compile(r"UsageError: (?P<message>.+)$")
_TRACEBACK = re.compile(
    r"Traceback \(most recent call last\):\s*$"
    r"|  \+ Exception Group Traceback \(most recent call last\):\s*$"
)
_ENDED_CELL = re.compile(
    r"[\\/]IPython[\\/]core[\\/]interactiveshell\.py\", line \d+, in run_code\s*$", re.MULTILINE
)
_BELOW = re.compile(r"\s|[|+]")
_NO_SHELL = re.compile(
    r"(?:/(?:usr/)?bin/)?(?:ba|da|z|k)?sh: (?:line )?(?:\d+: )?(?P<command>[^\s:]{1,200}): "
    r"(?P<why>(?:command )?not found|No such file or directory|Permission denied)$"
    r"|zsh:(?:\d+:)? (?P<zsh_why>command not found): (?P<zsh>\S{1,200})$"
    r"|'(?P<windows>[^'\n]{1,200})' is not recognized as an internal or external command,$"
)
_HOW_TO_EXIT = "To exit: use 'exit'"
"""How IPython comments a SystemExit, which is an error of its own."""
_HEAD_LINES_MAX = 20
"""Lines between what announces an error and its traceback."""


@dataclass(frozen=True, slots=True)
class _Form:
    pattern: re.Pattern[str]
    kind: ErrorKind
    read: Callable[[_Lines, re.Match[str]], tuple[SeenException, ...] | None]


class _Lines:
    """Lines with a place in them."""

    def __init__(self, text: str) -> None:
        self.all = text.split("\n")
        self.at = 0

    def peek(self) -> str | None:
        """Return the next line without taking it."""
        return self.all[self.at] if self.at < len(self.all) else None

    def take(self) -> str:
        """Return the next line."""
        self.at += 1
        return self.all[self.at - 1]


def errors_on_stderr(text: str) -> list[ErrorSeen]:
    """Return what stderr tells of errors, in the order they were printed, equal ones as one."""
    lines = _Lines(plain_text(text))
    found: dict[tuple[ErrorKind, str], ErrorSeen] = {}
    for kind, exceptions in _errors(lines):
        key = (kind, repr(exceptions))
        if key in found:
            found[key] = replace(found[key], count=found[key].count + 1)
        elif len(found) < error_limits.ERRORS_PER_RUN_MAX:
            found[key] = ErrorSeen(kind=kind, exceptions=exceptions)
    return list(found.values())


def shell_failures(text: str) -> list[ErrorSeen]:
    """Return the commands of a ``!command`` that a shell says it could not start.

    ``text`` is the cell's stdout or stderr. What a command says of its own failure is not
    looked for: it has no form of its own.
    """
    found: dict[str, int] = {}
    for line in plain_text(text).split("\n"):
        told = line.strip() if len(line) <= 500 else ""
        match = _NO_SHELL.match(told)
        if match is None:
            continue
        command = match["command"] or match["zsh"] or match["windows"]
        why = match["why"] or match["zsh_why"] or "not found"
        message = f"{command}: {'command not found' if why == 'not found' else why}"
        found[message] = found.get(message, 0) + 1
    return [
        ErrorSeen(kind=ErrorKind.shell, exceptions=(_plain("CommandFailed", message),), count=count)
        for message, count in [*found.items()][: error_limits.ERRORS_PER_RUN_MAX]
    ]


def _errors(lines: _Lines) -> Iterator[tuple[ErrorKind, tuple[SeenException, ...]]]:
    while lines.peek() is not None:
        line = lines.take()
        for form in _FORMS:
            match = form.pattern.match(line) if len(line) <= _LINE_MAX_CHARS else None
            if match is None:
                continue
            exceptions = form.read(lines, match)
            if exceptions:
                yield form.kind, exceptions
                break
        else:
            if _TRACEBACK.match(line):
                lines.at -= 1
                start = lines.at
                exceptions = _traceback(lines)
                block = "\n".join(lines.all[start : lines.at])
                if exceptions:
                    ended = _ENDED_CELL.search(block)
                    yield ErrorKind.exception if ended else ErrorKind.log, exceptions


_LINE_MAX_CHARS = 5_000
"""A longer line is no first line of an error."""


def _with_traceback(lines: _Lines, match: re.Match[str]) -> tuple[SeenException, ...] | None:
    if _TRACEBACK.match(lines.peek() or ""):
        return _traceback(lines)
    return None


def _task(lines: _Lines, match: re.Match[str]) -> tuple[SeenException, ...] | None:
    told = None
    for _ in range(_HEAD_LINES_MAX):
        line = lines.peek()
        if line is None or not (_ABOUT_TASK.match(line) or line.startswith("  ")):
            break
        told = _TASK_ERROR.search(lines.take()[:_LINE_MAX_CHARS]) or told
    if _TRACEBACK.match(lines.peek() or ""):
        return _traceback(lines)
    if told is None:
        return None
    return (_plain(told["name"], told["message"].strip("'\"")),)


def _unraisable(lines: _Lines, match: re.Match[str]) -> tuple[SeenException, ...] | None:
    following = lines.peek() or ""
    if _TRACEBACK.match(following):
        return _traceback(lines)
    sections = read_sections(following)
    if sections and sections[-1].name and following[:1].strip():
        lines.take()
        return tuple(read_chain(sections))
    return None


def _log(lines: _Lines, match: re.Match[str]) -> tuple[SeenException, ...] | None:
    if _TRACEBACK.match(lines.peek() or ""):
        start = lines.at
        exceptions = _traceback(lines)
        if not _ENDED_CELL.search("\n".join(lines.all[start : lines.at])):
            return exceptions
        lines.at = start  # what stands below the record is an error of its own
    record = _plain(match["level"], match["message"].strip())
    module = match.groupdict().get("name") or ""
    return (replace(record, module=module),)


def _warning(lines: _Lines, match: re.Match[str]) -> tuple[SeenException, ...] | None:
    if match["message"].startswith(_HOW_TO_EXIT):
        return None
    place = place_of(match["file"])
    message = match["message"].strip() or _message_below(lines)
    source = ""
    if (lines.peek() or "").startswith("  ") and (lines.peek() or "").strip():
        source = lines.take().strip()
    frame = Frame(
        kind=place.kind,
        file=place.file,
        function="",
        module=place.module,
        line=int(match["line"]),
        source=source[: error_limits.FRAME_SOURCE_MAX_CHARS],
    )
    return (replace(_plain(match["name"], message), frames=(frame,)),)


def _message_below(lines: _Lines) -> str:
    """Take a message that begins below its class, as pandas has them, up to the code."""
    taken: list[str] = []
    while len(taken) < _HEAD_LINES_MAX:
        line = lines.peek()
        if line is None or line.startswith("  ") or len(line) > _LINE_MAX_CHARS:
            break
        if any(form.pattern.match(line) for form in _FORMS):
            break
        taken.append(lines.take())
    return "\n".join(taken).strip()


def _usage(lines: _Lines, match: re.Match[str]) -> tuple[SeenException, ...] | None:
    usage = _plain("UsageError", match["message"])
    return (replace(usage, module="IPython.core.error"),)


def _plain(name: str, message: str) -> SeenException:
    module, _, last = name.rpartition(".")
    return SeenException(
        ename=last[: limits.NAME_MAX_CHARS],
        module=module,
        bases=(),
        evalue=message[: limits.ERROR_MESSAGE_MAX_CHARS],
        evalue_chars=len(message),
    )


def _traceback(lines: _Lines) -> tuple[SeenException, ...] | None:
    """Take a traceback with what it is chained to, up to the line of its message.

    A message goes on in further lines only where they can belong to nothing else: of a group
    they stand behind its margin.
    """
    block: list[str] = []
    while True:
        block.append(lines.take())
        while (line := lines.peek()) is not None and (_BELOW.match(line) or not line):
            block.append(lines.take())
        if line is not None and not block[-1].startswith("    +-"):
            block.append(lines.take())
        if not _is_chained(lines):
            break
        while not _TRACEBACK.match(lines.peek() or ""):
            block.append(lines.take())
    sections = read_sections("\n".join(block))
    if not sections or not sections[-1].name:
        return None
    return tuple(read_chain(sections))


def _is_chained(lines: _Lines) -> bool:
    """Whether the traceback goes on: a blank line, the sentence, a blank line, a heading."""
    ahead = lines.all[lines.at : lines.at + 4]
    return (
        len(ahead) == 4
        and not ahead[0].strip()
        and ahead[1].strip() in CHAINS
        and not ahead[2].strip()
        and bool(_TRACEBACK.match(ahead[3]))
    )


_FORMS = (
    _Form(_THREAD, ErrorKind.thread, _with_traceback),
    _Form(_PROCESS, ErrorKind.thread, _with_traceback),
    _Form(_TASK, ErrorKind.task, _task),
    _Form(_CALLBACK, ErrorKind.task, _task),
    _Form(_UNRAISABLE, ErrorKind.unraisable, _unraisable),
    _Form(_WARNING, ErrorKind.warning, _warning),
    _Form(_LOG, ErrorKind.log, _log),
    _Form(_DATED_LOG, ErrorKind.log, _log),
    _Form(_USAGE, ErrorKind.exception, _usage),
)
__all__ = ["errors_on_stderr", "shell_failures"]
