"""What makes two errors the same: fingerprints at three widths.

Never made of anything that changes from run to run, such as line numbers, execution counts and
names of temporary files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from hashlib import blake2b

from ..ids import CellId
from .carriers import unwrap
from .occurrences import ErrorKind, Fingerprints, Frame, FrameKind
from .package_names import frame_package, innermost_library, is_standard
from .sightings import SeenException
from .statements import Statement, line_as_statement, statement_at, statement_of

VERSION = 1
"""Raise it whenever the same error gets another fingerprint: old groups keep theirs."""

_DIGEST_BYTES = 16

_SYNTAX = frozenset({"SyntaxError", "IndentationError", "TabError", "IncompleteInputError"})

_ALIASES = {
    "PatternError": "error",
    "IOError": "OSError",
    "EnvironmentError": "OSError",
    "_IncompleteInputError": "SyntaxError",
}
"""Names of one class in different versions of Python."""

_INLINED = frozenset({"<listcomp>", "<dictcomp>", "<setcomp>"})
"""Calls that Python 3.12 no longer makes."""

_QUIET_KINDS = frozenset({ErrorKind.warning, ErrorKind.log, ErrorKind.shell})

_FUNCTION = re.compile(r"^(?:<cell line: \d+>|<module>)")


def fingerprints(
    exceptions: Sequence[SeenException],
    inner: int,
    template: str,
    *,
    kind: ErrorKind,
    notebook_path: str | None,
    cell_id: CellId | None,
    code: str = "",
    death: str | None = None,
    group_rule: str = "",
) -> Fingerprints:
    """Give the fingerprints of an error.

    Parameters
    ----------
    exceptions, inner
        The chain, and which of it the error itself is.
    template
        Of the message of the error itself.
    code
        Of the cell that ran: statements are read from it by line, so that the probe and a mere
        text give the same; frames of other code use their ``source``.
    death
        What a kernel died of, from ``death_key``; ``None`` if it did not die.
    group_rule
        Errors with the same text here are one issue, whatever they are.
    """
    place = [notebook_path or "", str(cell_id or "")]
    if death is not None or kind is ErrorKind.kernel_death:
        whole = [death or "?", _statement_of_cell(exceptions, inner, code)]
        found = _made(place + whole, whole, whole[:1], "death")
    else:
        found = _of_error(exceptions, inner, template, place, kind, code)
    if group_rule:
        issue = _digest("rule", [group_rule])
        return Fingerprints(found.strict, issue, found.family, VERSION)
    return found


def death_key(returncode: int | None, *, is_out_of_memory: bool) -> str:
    """Give what tells deaths of kernels apart: exit code or signal, and whether memory ran out."""
    return f"{'?' if returncode is None else returncode}{' memory' if is_out_of_memory else ''}"


def _of_error(
    exceptions: Sequence[SeenException],
    inner: int,
    template: str,
    place: list[str],
    kind: ErrorKind,
    code: str,
) -> Fingerprints:
    if not exceptions:
        return _made([*place, template, kind.value], [template, kind.value], [template], "error")
    inner = min(inner, len(exceptions) - 1)
    error = exceptions[inner]
    itself = unwrap(exceptions)
    name = itself.ename if itself.index == inner else error.ename
    name = _ALIASES.get(name.rpartition(".")[2], name.rpartition(".")[2])
    if kind in _QUIET_KINDS:
        name = f"{kind.value} {name}"
    statement = _statement_of_cell(exceptions, inner, code)
    if name in _SYNTAX:
        line = _syntax_line(error, code)
        return _made(
            [*place, name, template, line], [name, template, line], [name, template], "syntax"
        )
    edge = "" if name == "RecursionError" else _edge(error.frames)
    frames = _user_frames(error.frames or exceptions[0].frames, code)
    return _made(
        [*place, name, template, statement],
        [name, template, *frames, edge],
        [name, template, edge],
        "error",
    )


def _made(strict: list[str], issue: list[str], family: list[str], word: str) -> Fingerprints:
    return Fingerprints(
        _digest(f"strict {word}", strict),
        _digest(f"issue {word}", issue),
        _digest(f"family {word}", family),
        VERSION,
    )


def _digest(width: str, parts: Sequence[str]) -> str:
    digest = blake2b(f"{VERSION} {width}".encode(), digest_size=_DIGEST_BYTES)
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        digest.update(b"\0%d:" % len(raw) + raw)
    return digest.hexdigest()


# Frames


def _user_frames(frames: Sequence[Frame], code: str) -> list[str]:
    """Give the keys of the user's own frames, calls that repeat themselves once."""
    keys: dict[str, None] = {}
    for frame in frames:
        if frame.kind is FrameKind.library or frame.function in _INLINED:
            continue
        statement = _statement(frame, code)
        text = "" if statement is None else statement.loose
        keys[f"{_scope(frame)}|{_function(frame)}|{text}"] = None
    return list(keys)


def _scope(frame: Frame) -> str:
    if frame.kind is FrameKind.cell:
        return "cell"
    base = re.split(r"[\\/]", frame.file)[-1]
    return base.removesuffix(".py") or frame.module.rpartition(".")[2]


def _function(frame: Frame) -> str:
    """Give a function's name alone: texts add classes, arguments and places to it."""
    name = frame.function
    if not name or _FUNCTION.match(name):
        return "<module>"
    name = name.partition("(")[0].rpartition(".")[2]
    return name or "<module>"


def _edge(frames: Sequence[Frame]) -> str:
    """Give the innermost library call; of Python's own packages, which change inside, no more."""
    frame = innermost_library(frames)
    if frame is None:
        return ""
    package = frame_package(frame)
    return package if is_standard(package) else f"{package}.{_function(frame)}"


# Statements


def _statement(frame: Frame, code: str) -> Statement | None:
    """Give a frame's statement: from the cell's code where the frame is of it, else its source."""
    if frame.kind is FrameKind.cell and frame.line is not None and _is_of(frame, code):
        found = statement_at(code, frame.line)
        if found is not None:
            return found
    return statement_of(frame.source)


def _is_of(frame: Frame, code: str) -> bool:
    """Whether a cell's frame is of this code and not of a cell that ran before."""
    lines = code.splitlines()
    if frame.line is None or not 1 <= frame.line <= len(lines):
        return False
    here = lines[frame.line - 1].strip()
    if not frame.source.strip():
        return True
    if not here:
        return False
    return any(line.strip() == here for line in frame.source.splitlines()) or here in frame.source


def _statement_of_cell(exceptions: Sequence[SeenException], inner: int, code: str) -> str:
    """Give the statement of the cell itself that was running, or the whole of a cell that died."""
    for index in (inner, 0):
        if index >= len(exceptions):
            continue
        own = list(_own_frames(exceptions[index].frames))
        if own:
            statement = _statement(own[0], code)
            if statement is not None:
                return statement.text
    if exceptions and exceptions[0].frames:
        return ""
    whole = line_as_statement(" ".join(code.split()))
    return "" if whole is None else whole.loose


def _own_frames(frames: Sequence[Frame]) -> Iterator[Frame]:
    """Give the frames of cells, those of a cell's top level first."""
    cells = [frame for frame in frames if frame.kind is FrameKind.cell]
    yield from (frame for frame in cells if _function(frame) == "<module>")
    yield from cells


def _syntax_line(error: SeenException, code: str) -> str:
    """Give the offending line without layout: the code does not parse, so there is no statement."""
    for frame in reversed(error.frames):
        if frame.kind is FrameKind.library:
            continue
        lines = code.splitlines()
        if frame.line is not None and _is_of(frame, code):
            found = line_as_statement(lines[frame.line - 1])
        else:
            found = line_as_statement(frame.source)
        if found is not None:
            return found.text
    return ""
