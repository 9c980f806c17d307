"""Which names of the notebook a cell needs before it can run somewhere else.

The walk over the cell is that of ``names``, so it knows order and branches. Here it also follows
what the cell uses into the functions and classes of the notebook, at the place where they are
used: a global that the cell binds before it calls a function does not have to be sent for it.
What cannot be known is sent: a name too many costs bytes, a missing one a wrong run.
"""

from __future__ import annotations

import ast
import builtins
import re
import types
from collections.abc import Mapping
from typing import Any, NamedTuple

from . import parcel_limits as limits
from .names_flow import LIKELY, Key
from .names_visit import VISITORS
from .names_walk import Walk
from .needs_hidden import Hidden, hidden_in, trees_of
from .needs_reach import codes_in, read_by, stored_by

_NOTHING: frozenset[str] = frozenset()
_BUILTINS = frozenset(dir(builtins)) | {
    "__name__",
    "__file__",
    "__builtins__",
    "__doc__",
    "get_ipython",
    "display",
    "__IPYTHON__",
    "__annotations__",
    "__class__",
}
_NEVER_SENT = frozenset(
    [
        "In",
        "Out",
        "get_ipython",
        "exit",
        "quit",
        "__builtins__",
        "__builtin__",
        "__name__",
        "__doc__",
        "__package__",
        "__loader__",
        "__spec__",
        "__annotations__",
    ]
)
"""Of IPython and of modules: they are there already, or are the history."""
_RESULT = re.compile(r"In|Out|_{1,3}|_i{1,3}|_i?\d+|_[iod]h")
"""Under which IPython keeps what the last cells were and gave."""
_WORD = re.compile(r"[^\W\d]\w*")


class Needs(NamedTuple):
    """What a cell needs, and what it leaves behind."""

    names: frozenset[str] = _NOTHING
    """Of those that are there."""
    missing: frozenset[str] = _NOTHING
    """Read, but neither there nor builtins."""
    binds: frozenset[str] = _NOTHING
    modules: frozenset[str] = _NOTHING
    """Modules that its code imports, with their dots."""
    paths: frozenset[str] = _NOTHING
    """Dotted paths in its code: which parts of packages it uses."""
    results: frozenset[str] = _NOTHING
    """Read, and IPython's for results of earlier cells, which are not sent: ``_``, ``Out``."""
    signs: tuple[str, ...] = ()
    """Why there may be more names: see ``Hidden``."""
    followed: frozenset[int] = frozenset()
    """Ids of the code objects that were followed; what they read is in ``names``."""
    bodies: Mapping[str, frozenset[str]] = {}
    """What functions that the cell defines read, by their names."""
    analysis: str = "ok"


def find_needs(code: str, namespace: Mapping[str, Any], hidden: Mapping[str, Any]) -> Needs:
    """Return what a cell needs, given its code as IPython transformed it.

    ``hidden`` holds what IPython itself has put into the namespace.
    """
    if len(code) > limits.CODE_MAX_CHARS:
        return _by_words(code, namespace, hidden)
    try:
        trees = trees_of(code)
        inside = hidden_in(trees, namespace)
        walk = _walk(code, inside, namespace)
    except (SyntaxError, ValueError):
        return Needs(analysis="syntax")
    except (RecursionError, MemoryError):
        return _by_words(code, namespace, hidden)
    reads = walk.reads | walk.doubtful | inside.names
    followed = walk.followed_reads
    binds = frozenset(walk.writes | walk.stored | _declared(trees))
    return Needs(
        names=sendable(reads | followed, namespace, hidden),
        missing=_missing(
            reads - followed - walk.expanded - (binds - walk.reads), namespace, inside.signs
        ),
        binds=binds - _NEVER_SENT,
        modules=_imported(trees),
        paths=_paths(trees),
        results=_results(reads, namespace, hidden),
        signs=inside.signs,
        followed=frozenset(walk.followed),
        bodies={
            key: frozenset().union(*free)
            for key, free in walk.bodies.items()
            if isinstance(key, str)
        },
    )


def _missing(
    reads: frozenset[str] | set[str], namespace: Mapping[str, Any], signs: tuple[str, ...]
) -> frozenset[str]:
    """Return the names that are nowhere; none where the code may bind names it does not show."""
    if any(sign.endswith("import *") for sign in signs):
        return _NOTHING
    return frozenset(name for name in reads if name not in namespace and name not in _BUILTINS)


def sendable(
    names: set[str] | frozenset[str], namespace: Mapping[str, Any], hidden: Mapping[str, Any]
) -> frozenset[str]:
    """Return the names that are there and not IPython's own."""
    return frozenset(
        name
        for name in names
        if name in namespace
        and name not in _NEVER_SENT
        and not (name in hidden and hidden[name] is namespace[name])
    )


def _results(
    reads: set[str] | frozenset[str], namespace: Mapping[str, Any], hidden: Mapping[str, Any]
) -> frozenset[str]:
    left = reads - sendable(reads, namespace, hidden)
    return frozenset(name for name in left if name in namespace and _RESULT.fullmatch(name))


def _by_words(code: str, namespace: Mapping[str, Any], hidden: Mapping[str, Any]) -> Needs:
    """Take every name that occurs anywhere in code that is too large to be read."""
    words = set(_WORD.findall(code))
    return Needs(
        names=sendable(words, namespace, hidden),
        binds=frozenset(word for word in words if word not in _NEVER_SENT),
        signs=("code that is too long to be looked through",),
        analysis="too_large",
    )


class _NeedsWalk(Walk):
    """The walk of ``names`` that follows the notebook's functions where they are used."""

    def __init__(self, namespace: Mapping[str, Any], has_named: bool) -> None:
        super().__init__(VISITORS, has_named=has_named)
        self._namespace = namespace
        self._read_by: dict[str, frozenset[str]] = {}
        self._open: list[str] = []
        self._uses = 0
        self.followed: set[int] = set()
        self.stored: set[str] = set()
        """Names that functions of the notebook's bind by ``global``."""
        self.followed_reads: set[str] = set()
        """Read by functions of the notebook's alone: it is no error if they are missing."""

    def use(self, key: Key) -> None:
        if not isinstance(key, str):
            super().use(key)
            return
        is_from_before = self.flow.status.get(key) in (None, LIKELY)
        is_known = key in self.reads, key in self.doubtful
        super().use(key)
        if not is_from_before:
            return
        if self._open:
            self.followed_reads.add(key)
            for known, names in zip(is_known, (self.reads, self.doubtful)):
                if not known:
                    names.discard(key)
        self._follow(key)

    def may_suppress(self, node: ast.AST) -> bool:
        """Take those of the notebook's own for such: what they do is not looked into."""
        if super().may_suppress(node):
            return True
        while isinstance(node, (ast.Call, ast.Attribute)):
            node = node.func if isinstance(node, ast.Call) else node.value
        if not isinstance(node, ast.Name):
            return False
        return node.id in self.writes or bool(codes_in(self._namespace.get(node.id)))

    def _follow(self, name: str) -> None:
        self._uses += 1
        if name in self._open or self._uses > limits.WALK_USES_MAX:
            return
        read = self._reads_of(name)
        if read:
            self._open.append(name)
            for each in read:
                self.use(each)
            self._open.pop()

    def _reads_of(self, name: str) -> frozenset[str]:
        found = self._read_by.get(name)
        if found is None:
            value = self._namespace.get(name)
            codes: list[types.CodeType] = [] if value is None else codes_in(value)
            self.followed.update(map(id, codes))
            self.stored |= stored_by(codes)
            found = self._read_by[name] = frozenset(read_by(codes))
        return found


def _walk(code: str, inside: Hidden, namespace: Mapping[str, Any]) -> _NeedsWalk:
    walk = _NeedsWalk(namespace, has_named=":=" in code)
    tree = ast.parse(code)
    for name in inside.names:
        walk.use(name)
    walk.cell(tree)
    for text in inside.codes:
        try:
            inner = _NeedsWalk(namespace, has_named=":=" in text)
            inner.cell(ast.parse(text.strip()))
        except (SyntaxError, ValueError):
            continue
        walk.doubtful |= inner.reads - walk.writes
        walk.followed_reads |= inner.followed_reads
        walk.followed |= inner.followed
        walk.writes |= inner.writes
        walk.stored |= inner.stored
    return walk


def _declared(trees: list[ast.Module]) -> set[str]:
    """Return the names that functions of the cell may bind in the notebook."""
    found: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Global):
                found.update(node.names)
    return found


def _imported(trees: list[ast.Module]) -> frozenset[str]:
    found: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module)
                found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(found)


def _paths(trees: list[ast.Module]) -> frozenset[str]:
    found: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                path = _path(node)
                if path is not None:
                    found.add(path)
    return frozenset(found)


def _path(node: ast.expr) -> str | None:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([node.id, *reversed(parts)])
