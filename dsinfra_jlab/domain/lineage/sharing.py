"""Which names of a session may mean the same object, or one that holds the other; pure.

The probe says which names a cell changed in place. ``y = x`` in one cell and ``y.append(1)`` in a
later one changes ``x`` too, which only the two cells together show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..runs.capture import RunCapture
from ..runs.records import RunStatus
from .assignments import Assignments, assignments_of
from .graph import Step

ObjectId = int
"""An object is a number: that of the binding which made it. A module is one object however
often it is imported."""

_SHARED_MAX = 100
"""Objects that one name is told to mean or hold; more are taken for one, as in a long list."""

_NONE: frozenset[ObjectId] = frozenset()


@dataclass(frozen=True, slots=True)
class Effects:
    """What a step used and changed, by object instead of by name."""

    held: dict[str, frozenset[ObjectId]]
    """What each name that it used meant or held until then."""
    touched: frozenset[ObjectId]
    """What it may have changed in place."""
    modules: dict[str, ObjectId]
    """Names it only imported: their objects, and what was set in them, were there before."""


class Sharing:
    """Which objects the names of a session meant at each step.

    An object that was taken for one with others is known under their number; see ``now``.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self._objects: dict[str, frozenset[ObjectId]] = {}
        self._modules: dict[str, ObjectId] = {}
        self._parents: list[ObjectId] = []
        self._code: set[ObjectId] = set()
        """Modules, functions and classes: what they make or hold is shared, they are not."""
        read: dict[str, Assignments] = {}
        self.effects = [self._effects(step, read) for step in steps]

    def now(self, objects: Iterable[ObjectId]) -> set[ObjectId]:
        """Return the numbers under which objects are known at the end."""
        return {self._root(each) for each in objects}

    def _effects(self, step: Step, read: dict[str, Assignments]) -> Effects:
        capture = step.capture
        if capture is None:
            return Effects({}, _NONE, {})
        code = read.get(step.code)
        if code is None:
            code = read[step.code] = assignments_of(step.code)
        held = {name: self._of(name) for name in {*capture.reads, *capture.touches}}
        # A name that is bound before it is read is changed as what it means afterwards.
        earlier = [n for n in capture.touches if n in capture.reads or n not in capture.writes]
        touched = {each for name in earlier for each in held[name]}
        imports = {name: code.imports[name] for name in capture.writes if name in code.imports}
        self._bind(capture, code, imports, step.status is not RunStatus.ok)
        touched.update(each for name in capture.touches for each in self._of(name))
        modules = {name: self._module(module) for name, module in imports.items()}
        return Effects(held, frozenset(touched), modules)

    def _bind(
        self,
        capture: RunCapture,
        code: Assignments,
        imports: Mapping[str, str],
        is_doubtful: bool,
    ) -> None:
        """Note what names mean after a step; if it did not end, they may mean what they did."""
        before = {name: self._held_by(roots) for name, roots in code.shares.items()}
        for name in capture.writes:
            is_kept = is_doubtful or name in capture.reads
            kept = self._of(name) if is_kept else _NONE
            own = self._module(imports[name]) if name in imports else self._new()
            if name in imports or name in code.definitions:
                self._code.add(own)
            self._objects[name] = kept | {own}
        # Which came first, b = a or a = [], is not looked at: both objects may be shared.
        after = {name: self._held_by(roots) for name, roots in code.shares.items()}
        for name in code.shares:
            self._objects[name] = self._few(self._of(name) | before[name] | after[name])

    def _of(self, name: str) -> frozenset[ObjectId]:
        """Return what a name means or holds; a name never seen before means an object too."""
        if name not in self._objects:
            self._objects[name] = frozenset([self._new()])
            if name[:1].isupper():  # a class, by all customs
                self._code |= self._objects[name]
        return self._objects[name]

    def _held_by(self, names: Iterable[str]) -> frozenset[ObjectId]:
        held = {each for name in names for each in self._objects.get(name, _NONE)}
        return frozenset(held - self._code)

    def _few(self, objects: frozenset[ObjectId]) -> frozenset[ObjectId]:
        if len(objects) <= _SHARED_MAX:
            return objects
        root = min(self._root(each) for each in objects)
        for each in objects:
            self._parents[self._root(each)] = root
        return frozenset([root])

    def _new(self) -> ObjectId:
        self._parents.append(len(self._parents))
        return self._parents[-1]

    def _module(self, module: str) -> ObjectId:
        if module not in self._modules:
            self._modules[module] = self._new()
        return self._modules[module]

    def _root(self, each: ObjectId) -> ObjectId:
        parents = self._parents
        while parents[each] != each:
            parents[each] = parents[parents[each]]
            each = parents[each]
        return each
