"""The error inside what only carried it: groups of one kind, wrappers of workers and runtimes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..word_lists import words
from .occurrences import Relation
from .sightings import SeenException

GROUPS = frozenset({"ExceptionGroup", "BaseExceptionGroup", "MultiError", "CompositeError"})

WRAPPERS = frozenset(
    words("""
    RetryError PlotSpecError DatasetGenerationError RayTaskError RemoteError CellExecutionError
    PapermillExecutionError Py4JJavaError Py4JError PythonException SparkException LoadError
    CapturedException TaskFailedException CompositeException InvocationTargetException
    ExecutionException UserCodeException CrashedRun FailedRun ProcessRaisedException PatsyError
    TransportableException JoblibException WrappedException TunerError FunctionInvocationError
    RRuntimeError RemoteTraceback _RemoteTraceback LocalDistributedError
    HyperparameterScoringFailed UnhandledTaskException PySparkException
    """)
)
"""Classes that only carry: what they wrap is their cause, or the last error in their message."""

_NESTED = re.compile(
    r"^[ \t]*(?:E +)?(?:Caused by: |: )?(?P<name>(?:[A-Za-z_]\w*\.)*[A-Z_]\w*"
    r"(?:Error|Exception|Exit|Interrupt|Warning|Timeout|Iteration|NotFound|Group|Pruned))"
    r"(?:: (?P<text>.*))?$",
    re.MULTILINE,
)
"""A line as tracebacks of Python and Java end: class and message."""

_JAVA = re.compile(r"^: (?P<name>(?:[a-zA-Z_]\w*\.)+\w+)(?:: (?P<text>.*))?$", re.MULTILINE)
_RETRY = re.compile(r"raised (?P<name>[A-Za-z_]\w*)>")
_PATSY = re.compile(r"^Error evaluating factor: (?P<name>\w+): (?P<text>.*)", re.MULTILINE)
_JULIA = re.compile(
    r"^(?:LoadError: )?(?P<name>[A-Z]\w*(?:Error|Exception)|DimensionMismatch)(?:: "
    r"|\()(?P<text>.*)",
    re.MULTILINE,
)
_RAY = re.compile(r"^RayTaskError\((?P<name>\w+)\)$")
_CAUGHT = re.compile(r"^Caught (?P<name>\w+) in DataLoader worker")
_IN_USER_CODE = re.compile(r"^\s*in user code:\s*$", re.MULTILINE)
_SPARK = re.compile(r"\bTraceback \(most recent call last\)")

TEXT_MAX_CHARS = 40_000
"""Of the end of a message an inner error is looked for in: Spark prints the stacks of the whole
cluster."""


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """The error itself."""

    index: int
    """Of the exception it is or is named in."""
    ename: str
    module: str
    evalue: str
    bases: tuple[str, ...] = ()
    carrier: str = ""
    """Class that carried it; empty if nothing did."""
    is_from_text: bool = False
    """Only the carrier's message names it."""


def unwrap(exceptions: Sequence[SeenException]) -> Unwrapped:
    """Give the error inside carriers, or the first exception if it carries nothing."""
    index = 0
    carrier = ""
    for _ in range(len(exceptions)):
        inner = _inner(exceptions, index)
        if inner is None or inner == index:
            break
        carrier = carrier or exceptions[index].ename
        index = inner
    error = exceptions[index]
    named = _named_in_text(error)
    if named is not None:
        name, text = named
        root, _, bare = name.rpartition(".")
        return Unwrapped(index, bare, root, text, (), carrier or error.ename, is_from_text=True)
    root, _, bare = error.ename.rpartition(".")
    module = error.module or root
    return Unwrapped(index, bare, module, error.evalue, error.bases, carrier)


def _inner(exceptions: Sequence[SeenException], index: int) -> int | None:
    error = exceptions[index]
    name = bare_name(error.ename)
    children = [
        i
        for i, other in enumerate(exceptions)
        if other.parent == index and i != index and other.relation is Relation.group
    ]
    if children:
        leaves = _leaves(exceptions, children)
        kinds = {exceptions[leaf].ename for leaf in leaves}
        return leaves[0] if len(kinds) == 1 else None
    if name in WRAPPERS or _RAY.match(error.ename):
        for i, other in enumerate(exceptions):
            is_behind = other.parent == index and other.relation in (
                Relation.cause,
                Relation.context,
            )
            if is_behind and bare_name(other.ename) not in ("RemoteTraceback", "_RemoteTraceback"):
                return i
    return None


def _leaves(exceptions: Sequence[SeenException], indices: Sequence[int]) -> list[int]:
    """Give the exceptions at the ends of a tree of groups."""
    leaves: list[int] = []
    pending = list(reversed(indices))
    seen: set[int] = set()
    while pending:
        index = pending.pop()
        if index in seen:
            continue
        seen.add(index)
        below = [
            i
            for i, other in enumerate(exceptions)
            if other.parent == index and i != index and other.relation is Relation.group
        ]
        if below:
            pending.extend(reversed(below))
        else:
            leaves.append(index)
    return leaves


def bare_name(ename: str) -> str:
    """Give a class name without module and without what it wraps: ``RayTaskError(ValueError)``."""
    return ename.split("(", 1)[0].rpartition(".")[2].strip()


def _named_in_text(error: SeenException) -> tuple[str, str] | None:
    """Give class and message of the error that a carrier's message ends with."""
    text = error.evalue[-TEXT_MAX_CHARS:]
    if match := _RAY.match(error.ename):
        nested = _last_nested(text)
        return (
            nested if nested and nested[0] == match["name"] else (match["name"], _last_line(text))
        )
    name = bare_name(error.ename)
    if name == "RetryError" and (match := _RETRY.search(text)):
        return match["name"], ""
    if name == "PatsyError":
        match = _PATSY.search(text)
        return (match["name"], match["text"]) if match else None
    if name == "LoadError" and (match := _JULIA.search(text)):
        return match["name"], match["text"].rstrip(")")
    if name in (
        "Py4JJavaError",
        "Py4JError",
        "SparkException",
        "PythonException",
        "PySparkException",
    ):
        return _in_java(text)
    if name in WRAPPERS or _CAUGHT.match(error.evalue) or _IN_USER_CODE.match(error.evalue[:200]):
        return _last_nested(text)
    return None


def _in_java(text: str) -> tuple[str, str] | None:
    """Give the error of a Python worker if there is one, else the innermost of Java."""
    traceback = _SPARK.search(text)
    if traceback:
        nested = _first_unindented(text[traceback.end() :])
        if nested:
            return nested
    if match := list(
        re.finditer(r"^Caused by: (?P<name>[\w.$]+)(?:: (?P<text>.*))?$", text, re.MULTILINE)
    ):
        last = match[-1]
        return last["name"], last["text"] or ""
    if java := _JAVA.search(text):
        return java["name"], java["text"] or ""
    return _last_nested(text)


def _first_unindented(text: str) -> tuple[str, str] | None:
    """Give the line that ends a traceback: the first one that is not indented."""
    for match in _NESTED.finditer(text):
        if not match.group(0)[:1].isspace():
            return match["name"], match["text"] or ""
    return None


def _last_nested(text: str) -> tuple[str, str] | None:
    last = None
    for match in _NESTED.finditer(text):
        last = match
    if last is None:
        return None
    rest = text[last.end() :].rstrip()
    return last["name"], (last["text"] or "") + rest


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else ""
