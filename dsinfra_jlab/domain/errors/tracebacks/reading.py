"""Errors read from the text that a kernel published, where nobody looked into the kernel.

What a text cannot tell stays empty: ``bases`` and most ``module``. Of the frames of a result

- ``file`` is ``In[N]`` where the text tells the execution count ``N`` of a cell; a cell of which
  it does not (``/tmp/ipykernel_7/1234.py`` of IPython 7, ``<timed exec>``, a notebook's
  ``x.ipynb Cell 3``) keeps the name it has in the text;
- ``source`` is the line of code shown, without its indentation, and ``column`` and
  ``end_column`` count from its beginning.

``in_code`` tells more from the code of the cells: use it on every result.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ... import limits
from .. import limits as error_limits
from ..occurrences import Frame, Relation
from ..sightings import SeenException
from .forms_code import in_code
from .forms_frames import with_cells
from .forms_rich import without_boxes
from .forms_sections import Section, last_chain, read_sections
from .forms_text import plain_text
from .other_languages import read_other_language

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


def _read_python(name: str, message: str, text: str, chars: int) -> tuple[SeenException, ...]:
    text = without_boxes(text)
    body, notes = _cut_message(name, message, text)
    sections = read_sections(last_chain(body))
    last = sections[-1] if sections else Section()
    is_of_another = name and last.name and not _is_same(name, last.name) and notes is None
    if is_of_another or not sections:
        sections = [last := Section()]
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
    return (block[: error_limits.ERROR_NOTE_MAX_CHARS],) if block and rest.startswith("\n") else ()


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
        if len(found) >= error_limits.EXCEPTIONS_MAX:
            return
        found.append(_seen(section, parent, section.relation or relation))
        parent, relation = len(found) - 1, None
        for child in section.children:
            _add(found, child, parent, Relation.group)


def _seen(section: Section, parent: int | None, relation: Relation | None) -> SeenException:
    module, _, name = section.name.rpartition(".")
    message = section.message or ""
    stack = section.stack
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
        return _capped(replace(seen, frames=_with_functions(seen.frames)))
    seen = replace(seen, frames=(*_with_functions(seen.frames[:-1]), *seen.frames[-1:]))
    found = _SYNTAX_SUFFIX.search(seen.evalue[-1_000:])
    if found is None:
        return _capped(seen)
    frames = seen.frames
    if frames and frames[-1].line is None:
        frames = (*frames[:-1], replace(frames[-1], line=int(found["line"])))
    evalue = _told(seen.ename, seen.evalue)
    return _capped(replace(seen, evalue=evalue, evalue_chars=len(evalue), frames=frames))


def _with_functions(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """IPython 8 and 9 name no function at the top of a cell or module."""
    return tuple(
        frame if frame.function else replace(frame, function="<module>") for frame in frames
    )


def _capped(seen: SeenException) -> SeenException:
    if len(seen.evalue) <= limits.ERROR_MESSAGE_MAX_CHARS:
        return seen
    return replace(seen, evalue=seen.evalue[: limits.ERROR_MESSAGE_MAX_CHARS])


__all__ = ["in_code", "is_python", "read_chain", "read_traceback"]
