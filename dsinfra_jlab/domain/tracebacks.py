"""Errors read from the text that a kernel published, where nobody looked into the kernel.

What a text cannot tell stays empty: ``bases`` and most ``module``. Of the frames of a result

- ``file`` is ``In[N]`` where the text tells the execution count ``N`` of a cell; a cell of which
  it does not (``/tmp/ipykernel_7/1234.py`` of IPython 7, ``<timed exec>``, a notebook's
  ``x.ipynb Cell 3``) keeps the name it has in the text;
- ``source`` is the line of code shown, without its indentation, and ``column`` and
  ``end_column`` count from the beginning of ``source``. ``in_code`` makes them those of the code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from . import limits
from .occurrences import Frame, FrameKind, Relation
from .other_languages import read_other_language
from .sightings import SeenException
from .traceback_forms_frames import Stack, with_cells
from .traceback_forms_rich import without_boxes
from .traceback_forms_sections import Section, looks_like_error, read_sections
from .traceback_forms_text import plain_text

_PYTHON = ("python", "ipython", "python3", "xpython", "sage", "pyspark")
_SYNTAX = frozenset(("SyntaxError", "IndentationError", "TabError", "_IncompleteInputError"))
_SYNTAX_SUFFIX = re.compile(
    r"\s*\((?P<file>[^()\n]*(?:\([^()\n]*\))?[^()\n]*), line (?P<line>\d{1,9})\)$"
)
_NOT_TOLD = ("", "ignored")
"""Messages that say nothing: Colab stores the word for all of them."""
_TAIL_CHARS = 2_000
"""Enough of a message to find where it begins."""


def read_traceback(
    ename: str, evalue: str, text: str, *, language: str | None
) -> tuple[SeenException, ...]:
    """Return the exceptions that a text tells of, at least one, that which came through first.

    ``text`` is what the kernel sent as traceback, joined; ``language`` as kernels call it,
    ``None`` if not known.
    """
    plain = plain_text(text)
    name = plain_text(ename).strip()
    message = plain_text(evalue)
    if language is not None and not is_python(language):
        return read_other_language(name, message, plain, language)
    return _read_python(name, message, plain, len(evalue))


def is_python(language: str) -> bool:
    """Return whether the kernels of a language write tracebacks of Python."""
    return language.lower().startswith(_PYTHON)


def in_code(
    exceptions: tuple[SeenException, ...], codes: Mapping[str, str]
) -> tuple[SeenException, ...]:
    """Return exceptions with what the code of the cells says more of their frames.

    ``codes`` has the code of cells by ``Frame.file``. A line that the text did not tell is found
    by its source if only one line has it; columns become those of the code.
    """
    lines = {file: code.split("\n") for file, code in codes.items()}
    return tuple(
        replace(
            seen,
            frames=tuple(
                _in_code(frame, lines[frame.file]) if frame.file in lines else frame
                for frame in seen.frames
            ),
        )
        for seen in exceptions
    )


def _in_code(frame: Frame, lines: list[str]) -> Frame:
    line = frame.line
    if line is None and frame.source:
        same = [number for number, code in enumerate(lines, 1) if code.strip() == frame.source]
        line = same[0] if len(same) == 1 else None
    if line is None or not 1 <= line <= len(lines):
        return frame
    code = lines[line - 1]
    if frame.source and code.strip() != frame.source:
        return replace(frame, line=line, column=None, end_line=None, end_column=None)
    indent = len(code) - len(code.lstrip())
    return replace(
        frame,
        line=line,
        source=code.strip()[: limits.FRAME_SOURCE_MAX_CHARS],
        column=None if frame.column is None else frame.column + indent,
        end_line=None if frame.end_column is None else line,
        end_column=None if frame.end_column is None else frame.end_column + indent,
    )


def _read_python(name: str, message: str, text: str, chars: int) -> tuple[SeenException, ...]:
    text = without_boxes(text)
    body, notes = _cut_message(name, message, text)
    sections = read_sections(body)
    last = sections[-1] if sections else Section()
    if name and last.name and not _is_same(name, last.name) and notes is None:
        sections.append(last := Section())
    elif not sections:
        sections = [last]
    if message.strip() in _NOT_TOLD and last.message:
        message, chars = last.message, len(last.message)
    elif not name and not message and not last.name and not last.stack.frames:
        message = text.strip().partition("\n")[0]
        chars = len(message)
    exceptions = read_chain(sections, name or last.name, message, chars)
    if notes:
        exceptions[0] = replace(exceptions[0], notes=notes)
    return tuple(exceptions)


def _cut_message(name: str, message: str, text: str) -> tuple[str, tuple[str, ...] | None]:
    """Return the text before the message of the last exception, and the notes after it.

    A message may look like anything, a traceback included: where it is known, it is taken out
    before the text is read. ``None`` for the notes: it was not found.
    """
    if not name or message.strip() in _NOT_TOLD:
        return text, None
    told = _told(name, message)
    for words in dict.fromkeys((message, told)):
        place = text.rfind(f"{name}: {words[:_TAIL_CHARS]}")
        if place < 0:
            continue
        start = text.rfind("\n", 0, place) + 1
        if not re.fullmatch(r"[\w.]*", text[start:place]):
            continue
        rest = text[place + len(name) + 2 + len(words) :] if len(words) <= _TAIL_CHARS else ""
        return text[:start], _notes(rest)
    return text, None


def _notes(rest: str) -> tuple[str, ...]:
    """Return the notes below a message as one: a text does not tell where each of them ends."""
    block = re.split(r"^[-─]{40,}\s*$", rest, maxsplit=1, flags=re.MULTILINE)[0].strip("\n ")
    return (block[: limits.ERROR_NOTE_MAX_CHARS],) if block and rest.startswith("\n") else ()


def _is_same(name: str, other: str) -> bool:
    return name.rpartition(".")[2] == other.rpartition(".")[2]


def _told(name: str, message: str) -> str:
    return _SYNTAX_SUFFIX.sub("", message) if name in _SYNTAX else message


def read_chain(
    sections: list[Section], name: str = "", message: str | None = None, chars: int = 0
) -> list[SeenException]:
    """Return a chain with the exception that came through first, whose class may be known."""
    found: list[SeenException] = []
    _add(found, sections, None, None)
    first = found[0]
    if name:
        first = replace(first, ename=name.rpartition(".")[2])
    if message is not None:
        first = replace(first, evalue=message, evalue_chars=chars)
    found[0] = first
    stacks = with_cells([seen.frames for seen in found])
    return [
        _with_syntax(replace(seen, frames=frames))
        for seen, frames in zip(found, stacks, strict=True)
    ]


def _add(
    found: list[SeenException],
    chain: list[Section],
    parent: int | None,
    relation: Relation | None,
) -> None:
    """Add a chain, the last of it first, each with what is below it."""
    for section in reversed(chain):
        if len(found) >= limits.EXCEPTIONS_MAX:
            return
        found.append(_seen(section, parent, section.relation or relation))
        parent, relation = len(found) - 1, None
        for child in section.children:
            _add(found, child, parent, Relation.group)


def _seen(section: Section, parent: int | None, relation: Relation | None) -> SeenException:
    module, _, name = section.name.rpartition(".")
    message = section.message or ""
    stack: Stack = section.stack
    return SeenException(
        ename=name[: limits.NAME_MAX_CHARS],
        module=module,
        bases=("builtins.SyntaxError",) if name == "_IncompleteInputError" else (),
        evalue=message,
        evalue_chars=len(message),
        frames=stack.frames,
        frames_omitted=stack.omitted,
        parent=parent,
        relation=relation,
    )


def _with_syntax(seen: SeenException) -> SeenException:
    """Take the place out of the message of a SyntaxError, and the line for its last frame."""
    if seen.ename not in _SYNTAX:
        return _capped(seen)
    found = _SYNTAX_SUFFIX.search(seen.evalue[-1_000:])
    if found is None:
        return _capped(seen)
    frames = seen.frames
    if frames and frames[-1].line is None:
        frames = (*frames[:-1], replace(frames[-1], line=int(found["line"])))
    evalue = _told(seen.ename, seen.evalue)
    return _capped(replace(seen, evalue=evalue, evalue_chars=len(evalue), frames=frames))


def _capped(seen: SeenException) -> SeenException:
    if len(seen.evalue) <= limits.ERROR_MESSAGE_MAX_CHARS:
        return seen
    return replace(seen, evalue=seen.evalue[: limits.ERROR_MESSAGE_MAX_CHARS])


__all__ = ["FrameKind", "in_code", "is_python", "looks_like_error", "read_chain", "read_traceback"]
