"""What errors of kernels other than Python's say, by the words of R, Julia and shells."""

from __future__ import annotations

import re

from ..occurrences import Category

C = Category

_R_NAMES = frozenset({"ERROR", "Error", "simpleError"})
_R_LANGUAGES = frozenset({"r", "R"})

_R_CUES: tuple[tuple[Category, re.Pattern[str]], ...] = tuple(
    (category, re.compile(pattern, re.IGNORECASE))
    for category, pattern in (
        (
            C.memory,
            r"cannot allocate (?:vector|memory)|memory exhausted|protect\(\): protection stack",
        ),
        (
            C.import_env,
            r"there is no package called|loadNamespace|package or namespace load failed",
        ),
        (C.name, r"object .{1,80} not found|could not find function"),
        (
            C.syntax,
            r"<text>:\d+:\d+|unexpected (?:symbol|string|numeric|end of input|'|input|assignment)",
        ),
        (
            C.file_io,
            r"cannot open (?:the connection|file)|cannot change working directory"
            r"|file .{0,80}does not exist",
        ),
        (
            C.network,
            r"cannot open url|could not resolve host|timeout was reached|connection refused",
        ),
        (
            C.shape,
            r"non-conformable|replacement has \d+ rows?|incorrect number of dimensions"
            r"|arguments imply differing number of rows|lengths? differ|must have the same length",
        ),
        (
            C.lookup,
            r"subscript out of bounds|undefined columns selected"
            r"|column .{1,80} (?:doesn't exist|not found)",
        ),
        (
            C.type,
            r"non-numeric argument|invalid 'type'|not applicable for|is not subsettable"
            r"|unused argument"
            r"|attempt to apply non-function|argument .{1,60} is missing|no applicable method",
        ),
        (C.numerical, r"singular|infinite recursion.{0}|NA/NaN/Inf in|did not converge"),
        (
            C.logic,
            r"is not TRUE|missing value where TRUE/FALSE needed|infinite recursion"
            r"|evaluation nested too deeply",
        ),
        (C.permission, r"permission denied"),
        (C.value, r"invalid (?:argument|value)|must be|should be"),
    )
)

_SHELL_LANGUAGES = frozenset({"bash", "sh", "zsh", "shell"})
_SHELL_STATUS = {
    "2": C.syntax,
    "126": C.permission,
    "127": C.import_env,
    "130": C.interrupt,
    "134": C.kernel_crash,
    "137": C.kernel_crash,
    "139": C.kernel_crash,
}

_JULIA_PACKAGE = re.compile(r"Package \S+ not found in current path")


def language_category(name: str, text: str, language: str | None) -> Category | None:
    """Give what the words of another language mean; ``None`` if they are none or say nothing."""
    lowered = (language or "").lower()
    if lowered == "r" or (language is None and name in _R_NAMES and text.startswith("Error in")):
        return next((category for category, cue in _R_CUES if cue.search(text)), None)
    if lowered in _SHELL_LANGUAGES:
        return None if text.strip() == "2" else _SHELL_STATUS.get(text.strip())
    if name == "ArgumentError" and _JULIA_PACKAGE.search(text):
        return C.import_env
    if lowered == "julia" and name in ("SystemError", "IOError"):
        return C.file_io
    return None
