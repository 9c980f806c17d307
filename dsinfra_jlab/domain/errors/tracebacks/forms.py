"""How tracebacks of Python name the calls on the way to an error.

A table of forms, each of them seen in real notebooks: of IPython 7 to 9 in its four modes, of
Python itself, of Colab, VS Code and Databricks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

HEADER_MAX_CHARS = 5_000
"""A longer line names no call: signatures in the mode ``Verbose`` may hold whole values."""


@dataclass(frozen=True, slots=True)
class Header:
    """The line that names a call."""

    file: str
    function: str
    """Without signature and qualification; empty if the line does not tell."""
    line: int | None
    is_indented: bool
    """As Python prints it: the code follows without line numbers."""
    is_cell: bool = False
    """It is a cell whatever its name."""


_IN = r"(?:,? in (?P<function>.+?))?"
_CELL = r"(?P<file>(?:Cell|Input) In ?\[[\d *]{1,9}\])"
_BARE = (
    r"(?P<file>(?:[~/<]|[A-Za-z]:[\\/]|\\\\|[\w.-]+[\\/])[^:\n]*?>?"
    r"|[A-Za-z]:[^:\n]*?|\w[\w-]*\.py\w?)"
)

FORMS = tuple(
    re.compile(form + r"\s*$")
    for form in (
        r'\s{0,8}File "(?P<file>[^"\n]+)", line (?P<line>\d+)' + _IN,
        r"\s{0,8}" + _CELL + r"(?:, line (?P<line>\d+))?" + _IN,
        r"\s{0,8}File (?P<file>(?:[A-Za-z]:)?[^:\n]+?)(?::(?P<line>\d+)|, line (?P<line2>\d+))"
        + _IN,
        r"\s{0,8}File (?P<file>(?:[A-Za-z]:)?[^:\n]+?),? in (?P<function>.+?)",
        r"(?P<file>.+\.ipynb Cell \d+)'?(?: line (?P<line>\d+))?" + _IN,
        _BARE + r" in (?P<function>.+?)",
    )
)
"""Tried in this order. The last one is of IPython 7, which has a file's bare name."""

_BARE_FORM = FORMS[-1]
_OLD_CELL_LINE = re.compile(r"<cell line: (\d+)>")
_FUNCTION = re.compile(r"(?P<name>(?:<[^<>]*>|[^\s(.<>]+)(?:\.(?:<[^<>]*>|[^\s(.<>]+))*)(?:\(|$)")
_LAST = re.compile(r"(?:<[^<>]*>|[^.<>]+)$")
_NUMBERED = re.compile(r"(?:-{1,8}> ?\d+(?: |$)|\s{0,8}\d+(?: |$))")


def header_of(line: str, following: str) -> Header | None:
    """Return the call that a line names, or ``None``; ``following`` is the line below it.

    The line below tells a bare file name, as of IPython 7, from a sentence.
    """
    if not 6 <= len(line) <= HEADER_MAX_CHARS or " " not in line:
        return None
    for form in FORMS:
        found = form.match(line)
        if found is None:
            continue
        words = found.groupdict()
        raw = words.get("function") or ""
        function = function_name(raw)
        if raw and not function:
            continue
        if form is _BARE_FORM and not _is_bare_header(found["file"], following):
            continue
        number = words.get("line") or words.get("line2")
        if number is None and (old := _OLD_CELL_LINE.match(raw)) and old[1] != "0":
            number = old[1]
        return Header(
            file=found["file"].strip(),
            function=function,
            line=int(number[:9]) if number else None,
            is_indented=line.startswith("  "),
            is_cell=raw.startswith("<cell line"),
        )
    return None


def function_name(raw: str) -> str:
    """Return the bare name in ``Timer.repeat(self, n)``; empty if it is none."""
    if raw.startswith("<cell line"):
        return "<module>"
    found = _FUNCTION.match(raw)
    if found is None:
        return ""
    last = _LAST.search(found["name"])
    return last[0] if last else ""


def _is_bare_header(file: str, following: str) -> bool:
    if file.startswith("<"):
        return file.endswith(">") and (not following.strip() or bool(_NUMBERED.match(following)))
    return bool(_NUMBERED.match(following))
