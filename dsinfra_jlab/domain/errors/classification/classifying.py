"""What kind of error one is, and how much it costs: pure functions over the tables beside this.

The order of evidence: how the process ended, what a carrier carries, words that outrank any class
(memory, device, crashed workers, missing rights), shapes before values, the class, the package that
raised it, its base classes, what it was raised from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ... import limits
from ..carriers import GROUPS, Unwrapped, bare_name, unwrap
from ..occurrences import Category, ErrorKind, FrameKind, Nature, Relation, Severity
from ..package_names import innermost_package, root_package
from ..sightings import SeenException
from . import cues, packages, tables
from .languages import language_category

C = Category

_ORDER = (Severity.info, Severity.warning, Severity.error, Severity.critical)

_NAME_PATTERNS = tuple(
    (category, re.compile(pattern)) for category, pattern in packages.NAME_PATTERNS
)

_DATABASES = frozenset(
    name for name, category in packages.PACKAGES.items() if category is C.database
)

_USER_MODULES = frozenset({"__main__", "__mp_main__"})

_TEXT_HEAD_CHARS = 2_000
_TEXT_TAIL_CHARS = 1_000
"""Of a message that is looked at for cues; what says what happened stands at its ends."""


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
    elapsed_s: float | None = None,
) -> Classification:
    """Give category, nature and severity of an error.

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
    elapsed_s
        How long the run took until then: what is lost.
    """
    if kind is ErrorKind.kernel_death or (returncode is not None and not exceptions):
        return _made(C.kernel_crash, Severity.critical, 0)
    if not exceptions:
        return _made(C.unknown, _severity(C.unknown, kind, None, elapsed_s), 0)
    error = unwrap(exceptions)
    category = _category(exceptions, error, language)
    return _made(category, _severity(category, kind, error, elapsed_s), error.index)


def _made(category: Category, severity: Severity, inner: int) -> Classification:
    return Classification(category, tables.NATURE[category], severity, inner)


def _category(
    exceptions: Sequence[SeenException], error: Unwrapped, language: str | None
) -> Category:
    name = error.ename
    text = _looked_at(_STATEMENT.split(error.evalue, maxsplit=1)[0])
    package = _package(exceptions, error)
    if name in GROUPS:
        return C.unknown
    if found := language_category(name, text, language):
        return found
    if name == "SyntaxError" and (package in _DATABASES or "at or near" in text):
        return C.database
    if name == "CalledProcessError":
        return _of_command(text)
    is_own = error.module in _USER_MODULES
    is_firm = name in tables.FIRM and not is_own
    if not is_firm and (found := _by_message(name, text, package, error.bases)):
        return found
    return _by_class(exceptions, error, package, is_own=is_own)


_STATEMENT = re.compile(r"\n(?:\[SQL: |LINE \d+: )")
"""Where a database's message goes over to the user's own query."""


def _looked_at(evalue: str) -> str:
    if len(evalue) <= _TEXT_HEAD_CHARS + _TEXT_TAIL_CHARS:
        return evalue
    return evalue[:_TEXT_HEAD_CHARS] + "\n" + evalue[-_TEXT_TAIL_CHARS:]


def _package(exceptions: Sequence[SeenException], error: Unwrapped) -> str:
    """Give the package that raised an error: of its class, else of the innermost frame."""
    own = root_package(error.module)
    if own and own not in ("builtins", *_USER_MODULES):
        return own
    return innermost_package(exceptions[error.index].frames)


# Words


def _by_message(name: str, text: str, package: str, bases: Sequence[str]) -> Category | None:
    if name == "TypeError" and cues.CALLED_WRONG.search(text) and "JavaPackage" not in text:
        return C.type
    if name == "ValueError" and cues.BAD_DATA.match(text):
        return C.value
    if name == "AssertionError" and not package:
        return C.device if cues.DEVICE.search(text) else None
    if name == "AttributeError":
        return C.import_env if cues.REMOVED.search(text) else None
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
    if name == "TimeoutError" and package in ("asyncio", "concurrent", "multiprocessing"):
        return C.interrupt
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


# Classes


def _by_class(
    exceptions: Sequence[SeenException], error: Unwrapped, package: str, *, is_own: bool
) -> Category:
    name = error.ename
    if not is_own:
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


def _reads_file(error: SeenException) -> bool:
    """Whether JSON was read from a file: ``json.load`` and not ``json.loads``."""
    return any(
        frame.kind is FrameKind.library
        and frame.function.rpartition(".")[2].split("(")[0] in ("load", "read_json")
        for frame in error.frames
    )


# Severity

_DISK_FULL = re.compile(r"no space left on device|disk quota exceeded|\[errno (?:28|122)\]", re.I)


def _severity(
    category: Category, kind: ErrorKind, error: Unwrapped | None, elapsed_s: float | None
) -> Severity:
    severity = tables.SEVERITY[category]
    if error is not None:
        severity = _special(category, error) or severity
    if kind is ErrorKind.warning:
        return min(severity, Severity.warning, key=_ORDER.index)
    if kind is not ErrorKind.exception:
        return _moved(severity, -1)
    is_lost = elapsed_s is not None and elapsed_s >= limits.LOST_COMPUTE_S
    return _moved(severity, 1) if is_lost and severity is not Severity.info else severity


def _special(category: Category, error: Unwrapped) -> Severity | None:
    if category is C.interrupt and "Time" in error.ename:
        return Severity.error
    if category is C.file_io and _DISK_FULL.search(error.evalue[:_TEXT_HEAD_CHARS]):
        return Severity.critical
    if category is C.device and cues.CONTEXT_LOST.search(_looked_at(error.evalue)):
        return Severity.critical
    return None


def _moved(severity: Severity, by: int) -> Severity:
    place = _ORDER.index(severity) + by
    return _ORDER[max(0, min(place, len(_ORDER) - 1))]
