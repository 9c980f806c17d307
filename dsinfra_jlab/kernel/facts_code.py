"""Finds the expression that failed, and what its names stand for, without running any of it."""

from __future__ import annotations

import ast
import builtins
import collections
import linecache
import os
import sys
import sysconfig
import types
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from . import limits
from .kinds import Kinds

Node = TypeVar("Node", bound=ast.AST)
Frames = Sequence["tuple[types.FrameType, int]"]

UNKNOWN: Any = object()
"""What is not known, or not without running code of the user's."""

_LISTS = Kinds((list, tuple))
_DICTS = Kinds((dict, collections.OrderedDict, collections.defaultdict))
_INDEXES = Kinds((int, str, float, bool, type(None)))
_APART = (ast.stmt, ast.Lambda, ast.excepthandler)
_GIVEN = {
    "numpy": ("T", "shape", "size"),
    "pandas": ("T", "columns", "index", "shape", "size", "values"),
    "torch": ("T", "shape"),
}
"""Attributes of arrays and tables that cost nothing."""


class Failing:
    """Where the code of the user's failed: the frame, the statement, and often the expression."""

    def __init__(self, frame: types.FrameType, line: int, statements: Sequence[ast.stmt]) -> None:
        self.frame = frame
        self.line = line
        self.node, self.statement = _exact(frame, line, statements)
        """The expression itself; ``None`` where Python does not tell (before 3.11)."""

    def nodes(self, *kinds: type[Node]) -> list[Node]:
        """Return the expressions of some kinds that may have failed; one if Python tells."""
        if self.node is not None:
            found = self.node
            return [found] if isinstance(found, kinds) else []
        if self.frame.f_code.co_name == "<lambda>":
            return []
        return [each for each in _within(self.statement) if isinstance(each, kinds)]

    def value(self, node: ast.AST | None, depth: int = 6) -> Any:
        """Return what an expression stands for, ``UNKNOWN`` if that takes running anything."""
        if depth == 0 or node is None:
            return UNKNOWN
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return self.named(node.id)
        if isinstance(node, ast.Attribute):
            return attribute_of(self.value(node.value, depth - 1), node.attr)
        if isinstance(node, ast.Subscript):
            index: Any = node.slice
            if type(index).__name__ == "Index":  # Python before 3.9 wrote it so
                index = index.value
            return item_of(self.value(node.value, depth - 1), self._index(index, depth - 1))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            number = self.value(node.operand, depth - 1)
            return -number if type(number) in (int, float) else UNKNOWN
        return UNKNOWN

    def _index(self, node: ast.AST, depth: int) -> Any:
        if isinstance(node, ast.List):
            found = [self.value(each, depth) for each in node.elts]
            return UNKNOWN if any(each is UNKNOWN for each in found) else found
        return self.value(node, depth)

    def named(self, name: str) -> Any:
        """Return what a name stands for in the frame."""
        found = self.frame.f_locals.get(name, UNKNOWN)
        if found is UNKNOWN:
            found = self.frame.f_globals.get(name, UNKNOWN)
        return vars(builtins).get(name, UNKNOWN) if found is UNKNOWN else found


def written_whole(node: ast.AST) -> str:
    """Return a statement or expression as code."""
    try:
        return ast.unparse(node)
    except (ValueError, RecursionError, AttributeError):
        return ""


def written(node: ast.AST) -> str:
    """Return an expression as code; empty if it is long."""
    text = written_whole(node)
    return text if len(text) <= limits.FACT_EXPRESSION_MAX_CHARS and "\n" not in text else ""


def failing_at(frames: Frames) -> Failing | None:
    """Return where the innermost frame of the user's failed, if its code can be read."""
    for frame, line in reversed(frames):
        if not is_library(frame.f_code.co_filename):
            statements, is_clear = _statements(frame, line)
            found = Failing(frame, line, statements) if statements else None
            return found if found is not None and (is_clear or found.node is not None) else None
    return None


def below(frames: Frames) -> list[types.FrameType]:
    """Return the library frames under the innermost frame of the user's, outermost first."""
    found: list[types.FrameType] = []
    for frame, _ in reversed(frames):
        if not is_library(frame.f_code.co_filename):
            break
        found.append(frame)
    return found[::-1]


_INSTALLED = tuple(
    os.path.normcase(path) + os.sep
    for path in {
        sysconfig.get_paths().get("stdlib", ""),
        sysconfig.get_paths().get("platstdlib", ""),
        os.path.dirname(os.__file__),
    }
    if path
)


_CELLS = ("<ipython-input", "<timed exec>", "<timed eval>", "<magic-timeit>")
"""How IPython calls code of cells that it keeps in no file."""


def is_library(file: str) -> bool:
    """Whether a file is installed, or no file at all, as what ``exec`` is given by a library."""
    if file.startswith("<"):
        return not file.startswith(_CELLS)
    if not os.path.isabs(file):  # a compiled library's word for where its source once was
        return True
    path = os.path.normcase(file).replace("\\", "/")
    if "/site-packages/" in path or "/dist-packages/" in path:
        return True
    return os.path.normcase(file).startswith(_INSTALLED)


def _statements(frame: types.FrameType, line: int) -> tuple[list[ast.stmt], bool]:
    """Return the statements around a line, the outermost first, and whether each holds the next.

    Where it does not, several stand in one line.
    """
    lines = linecache.getlines(frame.f_code.co_filename, frame.f_globals)
    if sum(map(len, lines)) > limits.FACT_CODE_MAX_CHARS:
        lines = _of_function(frame.f_code, lines)
    if not lines or sum(map(len, lines)) > limits.FACT_CODE_MAX_CHARS:
        return [], True
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [], True
    found: list[ast.stmt] = []
    is_clear = True
    body: Sequence[ast.stmt] = tree.body
    while body:
        inner = [s for s in body if _first(s) <= line <= (s.end_lineno or s.lineno)]
        is_clear = is_clear and len(inner) < 2
        found += inner
        body = [each for statement in inner for each in _blocks(statement)]
    return found, is_clear


def _of_function(code: types.CodeType, lines: Sequence[str]) -> list[str]:
    """Return the lines of a function alone, where they stand in their file; none of a module."""
    ends = [line for _, _, line in getattr(code, "co_lines", tuple)() if line is not None]
    first = code.co_firstlineno
    if code.co_name == "<module>" or not ends or first < 2:
        return []
    is_inner = lines[first - 1][:1].isspace()
    head = ["\n"] * (first - 2) + ["if 1:\n" if is_inner else "\n"]
    body = list(lines[first - 1 : max(ends)])
    for line in lines[max(ends) : max(ends) + 20]:  # brackets that close after the last instruction
        if not line.strip(" \t\r\n)]},"):
            body.append(line)
        else:
            break
    return [*head, *body]


def _first(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)])


def _blocks(statement: ast.stmt) -> list[ast.stmt]:
    found: list[ast.stmt] = []
    for part in ("body", "handlers", "cases", "orelse", "finalbody"):
        for each in getattr(statement, part, ()):
            found += [each] if isinstance(each, ast.stmt) else each.body
    return found


def _exact(
    frame: types.FrameType, line: int, statements: Sequence[ast.stmt]
) -> tuple[ast.AST | None, ast.stmt]:
    """Return the node whose instruction failed, if Python tells (from 3.11 on), and its statement.

    Several statements may stand in one line; without the node the innermost is meant.
    """
    place = _place(frame, line)
    for statement in reversed(statements) if place is not None else ():
        found = None
        for node in _within(statement, with_lambdas=True):
            at = (
                getattr(node, "lineno", None),
                getattr(node, "end_lineno", None),
                getattr(node, "col_offset", None),
                getattr(node, "end_col_offset", None),
            )
            if at == place:
                found = node  # the deepest one: an expression statement covers its expression
        if found is not None:
            return found, statement
    return None, statements[-1]


def _place(frame: types.FrameType, line: int) -> Any:
    """Return lines and columns of the instruction that failed."""
    positions = getattr(frame.f_code, "co_positions", None)
    if positions is None or frame.f_lasti < 0:
        return None
    place: Any = next(islice(positions(), frame.f_lasti // 2, None), None)
    if place is None or None in place or not place[0] <= line <= place[1]:
        return None
    return place


def _within(statement: ast.stmt, *, with_lambdas: bool = False) -> Iterator[ast.AST]:
    """Return the nodes of a statement, without those of statements inside it."""
    others = (ast.stmt, ast.excepthandler) if with_lambdas else _APART
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, others):
                waiting.append(child)


def is_a(value: Any, module: str, name: str) -> bool:
    """Whether a value is of just this class of a module that is loaded; no code of its runs."""
    found = sys.modules.get(module)
    kind = vars(found).get(name) if type(found) is types.ModuleType else None
    return kind is not None and type(value) is kind


def is_frame(value: Any) -> bool:
    """Whether a value is a table of pandas'."""
    return is_a(value, "pandas", "DataFrame")


def is_series(value: Any) -> bool:
    """Whether a value is a column of pandas'."""
    return is_a(value, "pandas", "Series")


def is_array(value: Any) -> bool:
    """Whether a value is an array of numpy's."""
    return is_a(value, "numpy", "ndarray")


def is_tensor(value: Any) -> bool:
    """Whether a value is a tensor of torch's."""
    return is_a(value, "torch", "Tensor") or is_a(value, "torch.nn.parameter", "Parameter")


def is_polars(value: Any) -> bool:
    """Whether a value is a table or column of polars'."""
    return is_a(value, "polars", "DataFrame") or is_a(value, "polars", "Series")


def library_of(value: Any) -> str:
    """Return the library an array or table is of, empty for anything else."""
    if is_array(value):
        return "numpy"
    if is_frame(value) or is_series(value):
        return "pandas"
    if is_tensor(value):
        return "torch"
    return "polars" if is_polars(value) else ""


def own_dict(value: Any) -> dict[str, Any]:
    """Return the attributes that an object holds itself, without asking it."""
    for base in type.__dict__["__mro__"].__get__(type(value)):
        found = type.__dict__["__dict__"].__get__(base).get("__dict__")
        if found is not None and type(found) is not types.GetSetDescriptorType:
            return {}
    try:
        kept = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return kept if type(kept) is dict else {}


def class_dict(kind: type) -> dict[str, Any]:
    """Return what a class and those it is made from define, the nearest first."""
    found: dict[str, Any] = {}
    for base in reversed(type.__dict__["__mro__"].__get__(kind)):
        found.update(type.__dict__["__dict__"].__get__(base))
    return found


def attribute_of(value: Any, name: str) -> Any:
    """Return an attribute if that runs no code of the user's."""
    if value is UNKNOWN:
        return UNKNOWN
    if type(value) is types.ModuleType:
        return vars(value).get(name, UNKNOWN)
    library = library_of(value)
    if library:
        if name in _GIVEN.get(library, ()):
            return getattr(value, name)
        return (
            item_of(value, name)
            if is_frame(value) and name not in class_dict(type(value))
            else UNKNOWN
        )
    if isinstance(value, type):
        found = class_dict(value).get(name, UNKNOWN)
        return found.__func__ if type(found) in (staticmethod, classmethod) else found
    found = own_dict(value).get(name, UNKNOWN)
    if found is not UNKNOWN:
        return found
    found = class_dict(type(value)).get(name, UNKNOWN)
    return types.MethodType(found, value) if type(found) is types.FunctionType else UNKNOWN


def item_of(value: Any, index: Any) -> Any:
    """Return an item if that runs no code of the user's."""
    if value is UNKNOWN or index is UNKNOWN:
        return UNKNOWN
    if type(value) in _LISTS and type(index) is int:
        return value[index] if -len(value) <= index < len(value) else UNKNOWN
    if type(value) in _DICTS and type(index) in _INDEXES:
        return dict.get(value, index, UNKNOWN)
    if is_frame(value):
        wanted = index if type(index) is list else [index]
        labels = labels_of(value.columns)
        if labels is not None and all(type(each) in _INDEXES for each in wanted):
            is_there = all(labels.count(each) == 1 for each in wanted)
            return value[index] if is_there else UNKNOWN
    return UNKNOWN


def labels_of(index: Any) -> list[Any] | None:
    """Return the labels of an index of pandas'; ``None`` if there are many, or objects of others'.

    Labels of the user's own classes would be asked whether they equal what is looked for.
    """
    if index.nlevels > 1 or len(index) > limits.FACT_CANDIDATES_MAX:
        return None
    labels = list(index)
    return labels if all(type(each) in _INDEXES for each in labels) else None


def type_name(value: Any) -> str:
    """Return the name of a value's type as one would write it: ``pandas.DataFrame``."""
    kind = type(value)
    name = str(type.__dict__["__name__"].__get__(kind))
    module = type.__dict__["__module__"].__get__(kind)
    top = module.partition(".")[0] if type(module) is str else ""
    return name if top in ("", "builtins", "__main__") else f"{top}.{name}"
