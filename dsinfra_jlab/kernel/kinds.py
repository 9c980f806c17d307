"""Sets of types that are looked up by identity."""

from __future__ import annotations

from collections.abc import Iterable


class Kinds:
    """Some types.

    A set asks a type for its hash and whether it equals another, which a metaclass of the user's
    may answer, or raise at. Here nobody is asked. The types are kept, so that no other gets the
    place of one.
    """

    __slots__ = ("_kinds", "ids")

    def __init__(self, kinds: Iterable[type]) -> None:
        self._kinds = tuple(kinds)
        self.ids = frozenset(map(id, self._kinds))

    def __contains__(self, kind: type) -> bool:
        return id(kind) in self.ids

    def __bool__(self) -> bool:
        return bool(self._kinds)
