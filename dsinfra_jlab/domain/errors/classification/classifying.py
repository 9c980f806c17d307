"""What kind of error one is, and how much it costs: pure functions over the tables beside this.

The order of evidence: how the process ended, what a carrier carries, words that outrank any class
(memory, device, crashed workers, missing rights), shapes before values, the class, the package that
raised it, its base classes, what it was raised from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..carriers import GROUPS, Unwrapped, bare_name, unwrap
from ..occurrences import Category, ErrorKind, FrameKind, Nature, Relation, Severity
from ..package_names import innermost_library, innermost_package, root_package
from ..sightings import SeenException
from . import cues, packages, tables
from .languages import language_category
from .severities import looked_at, severity_of

C = Category

_NAME_PATTERNS = tuple(
    (category, re.compile(pattern)) for category, pattern in packages.NAME_PATTERNS
)

_DATABASES = frozenset(
    name for name, category in packages.PACKAGES.items() if category is C.database
)

_USER_MODULES = frozenset({"__main__", "__mp_main__"})


@dataclass(frozen=True, slots=True)
class Classification:
    """What an error is."""

    category: Category
    nature: Nature | None
    severity: Severity
    inner: int
    """Index of the exception inside a carrier; 0 if nothing carried it."""


def classify(
    exceptions: Sequence[SeenException],
    kind: ErrorKind,
    *,
    returncode: int | None = None,
    language: str | None = None,
    printed: str = "",
) -> Classification:
    """Give category, nature and severity of an error, whatever else there is to say of its run.

    Parameters
    ----------
    exceptions
        The chain, the one that came through first; module, bases and frames may be unknown.
    kind
        How it showed itself: what did not end the run costs less.
    returncode
        Of the kernel's process, if it died.
    language
        Of the kernel; ``None`` stands for Python or not known.
    printed
        The end of what the cell printed, where a command failed: it says why.
    """
    if kind is ErrorKind.kernel_death or (returncode is not None and not exceptions):
        return _made(C.kernel_crash, Severity.critical, 0)
    if not exceptions:
        return _made(C.unknown, severity_of(C.unknown, kind), 0)
    error = unwrap(exceptions)
    category = _category(exceptions, error, language)
    if category is C.unknown and error.ename == "CalledProcessError":
        category = _of_printed(printed)
    return _made(category, severity_of(category, kind, error), error.index)


def _made(category: Category, severity: Severity, inner: int) -> Classification:
    return Classification(category, tables.NATURE[category], severity, inner)


def _category(
    exceptions: Sequence[SeenException], error: Unwrapped, language: str | None
) -> Category:
    name = error.ename
    text = looked_at(_STATEMENT.split(error.evalue, maxsplit=1)[0])
    package = _package(exceptions, error)
    if name in GROUPS:
        return C.unknown
    if found := language_category(name, text, language):
        return found
    if name == "SyntaxError" and (package in _DATABASES or "at or near" in text):
        return C.database
    if name == "CalledProcessError":
        return _of_command(text)
    if name in _OF_BAD_PICKLES and _unpickles(exceptions[error.index]):
        return C.file_io
    is_own = error.module in _USER_MODULES
    is_firm = name in tables.FIRM and not is_own
    if not is_firm and (found := _by_message(name, text, package, error.bases)):
        return found
    return _by_class(exceptions, error, package, is_own=is_own)


_STATEMENT = re.compile(r"\n(?:\[SQL: |LINE \d+: )")
"""Where a database's message goes over to the user's own query."""


def _package(exceptions: Sequence[SeenException], error: Unwrapped) -> str:
    """Give the package that raised an error: of its class, else of the innermost frame."""
    own = root_package(error.module)
    if own and own not in ("builtins", *_USER_MODULES):
        return own
    return innermost_package(exceptions[error.index].frames)


# Words

_WAITING = frozenset({"asyncio", "concurrent", "multiprocessing", "distributed", "dask", "joblib"})
"""Packages whose ``TimeoutError`` is of work that was waited for, unless it is of a connection."""


def _by_message(name: str, text: str, package: str, bases: Sequence[str]) -> Category | None:
    if name == "TypeError" and cues.CALLED_WRONG.search(text) and "JavaPackage" not in text:
        return C.type
    if name == "ValueError" and cues.BAD_DATA.match(text):
        return C.value
    if name == "AssertionError" and not package:
        return C.device if cues.DEVICE.search(text) else None
    if name == "AttributeError":
        return C.import_env if cues.REMOVED.search(text) else None
    if name == "TimeoutError" and package in _WAITING and "connect" not in text.lower():
        return C.interrupt
    if name in ("EOFError", "UsageError", "BdbQuit", "PicklingError"):
        return None
    kin = {name, *(bare_name(base) for base in bases)} & _CUE_CLASSES or {name}
    for cue in cues.CUES:
        if (cue.only and not cue.only & kin) or (cue.never & kin):
            continue
        if cue.pattern.search(text):
            return cue.category
    return _by_place(name, text, package)


_CUE_CLASSES = (
    cues.PLAIN
    | cues.DB_API
    | {"OSError", "AttributeError", "SchemaError", "SchemaErrors", "LinAlgError", "UserWarning"}
)
"""Classes whose words cues are told to leave alone, whichever of them an error descends from."""


def _by_place(name: str, text: str, package: str) -> Category | None:
    """Tell apart by package what one class is used for in several."""
    if name in ("TimeoutError", "OSError", "EOFError") and (
        packages.PACKAGES.get(package) is C.network
    ):
        return C.network
    if name == "InternalError" and package in ("tensorflow", ""):
        return C.device if package or "[Op:" in text else None
    return None


_EXIT_STATUS = re.compile(r"exit status (\d+)")
_CRASH_STATUS = frozenset({132, 134, 135, 136, 137, 139})


def _of_command(text: str) -> Category:
    """Give what is known of a command that failed: its exit status, else its words."""
    if "SIGINT" in text:
        return C.interrupt
    if cues.CRASH.search(text):
        return C.kernel_crash
    status = int(match[1][:9]) if (match := _EXIT_STATUS.search(text)) else None
    if status in _CRASH_STATUS:
        return C.kernel_crash
    by_status = {126: C.permission, 127: C.import_env, 130: C.interrupt}
    if status in by_status:
        return by_status[status]
    if re.search(r"\bpip3?\b['\", ]+install\b", text):
        return C.import_env
    return C.unknown


def _of_printed(printed: str) -> Category:
    """Give what a command said last: the end of a traceback, or words of a refusal."""
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    last = "\n".join(lines[-_PRINTED_LINES:])
    for line in reversed(lines[-_PRINTED_LINES:]):
        if (match := _TRACEBACK_END.match(line)) and "Traceback (most recent" in printed:
            name = match["name"].rpartition(".")[2]
            said = SeenException(name, "", (), match["text"] or "", len(match["text"] or ""))
            return _category([said], unwrap([said]), None)
    return next((cue.category for cue in cues.PRINTED if cue.pattern.search(last)), C.unknown)


_PRINTED_LINES = 3
"""Of what a command printed: further up stands what it went on after."""

_TRACEBACK_END = re.compile(
    r"(?P<name>(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exit))(?:: (?P<text>.*))?$"
)


# Classes


def _by_class(
    exceptions: Sequence[SeenException], error: Unwrapped, package: str, *, is_own: bool
) -> Category:
    name = error.ename
    if not is_own:
        if found := packages.QUALIFIED.get(f"{package}.{name}"):
            return found
        package = package.removeprefix("_")  # the compiled part of a library, as ``_duckdb``
        if found := packages.QUALIFIED.get(f"{package}.{name}"):
            return found
        if name == "JSONDecodeError" and _reads_file(exceptions[error.index]):
            return C.file_io
        found = tables.CLASSES.get(name)
        if found and found is not C.unknown:
            return found
        if name not in tables.WEAK_BASES and (found := _by_name(name)):
            return found
        if found := packages.PACKAGES.get(package):
            return found
    elif name in tables.FIRM:
        return tables.CLASSES[name]
    if found := _by_bases(error.bases):
        return found
    if is_own and (found := _by_name(name)):
        return found
    return _of_cause(exceptions, error)


def _by_name(name: str) -> Category | None:
    for category, pattern in _NAME_PATTERNS:
        if pattern.search(name):
            return category
    return None


def _by_bases(bases: Sequence[str]) -> Category | None:
    for base in bases:
        name = bare_name(base)
        if name in tables.WEAK_BASES:
            continue
        found = packages.QUALIFIED.get(f"{root_package(base)}.{name}") or tables.CLASSES.get(name)
        if found and found is not C.unknown:
            return found
    return None


def _of_cause(exceptions: Sequence[SeenException], error: Unwrapped) -> Category:
    """Give the category of what an error was raised from, as its own class says nothing."""
    for i, other in enumerate(exceptions):
        if other.parent == error.index and other.relation is Relation.cause and i > error.index:
            rest = exceptions[i:]
            moved = [_reparented(one, i) for one in rest]
            return _category(moved, unwrap(moved), None)
    return C.unknown


def _reparented(error: SeenException, by: int) -> SeenException:
    parent = None if error.parent is None or error.parent < by else error.parent - by
    return SeenException(
        ename=error.ename,
        module=error.module,
        bases=error.bases,
        evalue=error.evalue,
        evalue_chars=error.evalue_chars,
        frames=error.frames,
        parent=parent,
        relation=error.relation if parent is not None else None,
    )


_OF_BAD_PICKLES = frozenset({"KeyError", "ValueError", "IndexError", "OverflowError", "EOFError"})
"""What those who unpickle what is no pickle run into."""


def _unpickles(error: SeenException) -> bool:
    """Whether it was an unpickler that failed: the file is no pickle, whatever it says."""
    frame = innermost_library(error.frames)
    if frame is None or "pickle" not in re.split(r"[/\\]", frame.file)[-1]:
        return False
    function = frame.function.rpartition(".")[2]
    return not re.match(r"save|dump|_?batch_|reduce|memoize", function)


def _reads_file(error: SeenException) -> bool:
    """Whether JSON was read from a file: ``json.load`` and not ``json.loads``."""
    return any(
        frame.kind is FrameKind.library
        and frame.function.rpartition(".")[2].split("(")[0] in ("load", "read_json")
        for frame in error.frames
    )
