"""Which names are settled at a place of a cell, over branches, loops and exceptions.

A name is settled once the cell has bound or deleted it for certain: from there on its value from
before the cell cannot be seen. Branches are not copied but undone: each change is written to a
trail, so that a branch costs what it binds and not what the cell has bound before it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

LIKELY = 1
"""Settled unless a loop before this place ran no time at all."""
DELETED = 2
BOUND = 3

Key = Hashable
"""A global name as text; a local one as a pair of its scope's number and its name."""
Ends = dict[Key, int]
"""What a branch has changed, as it stands at its end."""


class Flow:
    """The state of all names at one place, and whether that place can be reached."""

    def __init__(self) -> None:
        self.status: dict[Key, int] = {}
        self.is_alive = True
        self.killed: list[Key] = []
        self._trail: list[tuple[Key, int | None]] = []

    def set(self, key: Key, status: int) -> None:
        """Note that a name is now bound, deleted or likely bound."""
        old = self.status.get(key)
        if status == DELETED:
            self.killed.append(key)
        if old != status:
            self._trail.append((key, old))
            self.status[key] = status

    def mark(self) -> int:
        """Return where a branch begins."""
        return len(self._trail)

    def changes(self, mark: int) -> Ends:
        """Return what has changed since ``mark``."""
        status = self.status
        return {key: status[key] for key, _ in self._trail[mark:]}

    def rewind(self, mark: int) -> None:
        """Go back to how it was at ``mark``."""
        trail, status = self._trail, self.status
        while len(trail) > mark:
            key, old = trail.pop()
            if old is None:
                del status[key]
            else:
                status[key] = old

    def end_branch(self, mark: int) -> Ends | None:
        """Undo the branch since ``mark``; return what it changed, ``None`` if it has no end."""
        ends = self.changes(mark) if self.is_alive else None
        self.rewind(mark)
        self.is_alive = True
        return ends

    def join(self, branches: Iterable[Ends | None]) -> None:
        """Go on from where all ``branches`` meet, each of which began here."""
        ends = [each for each in branches if each is not None]
        if not ends:
            self.is_alive = False
            return
        names: set[Key] = set(ends[0]) if len(ends) == 1 else set().union(*ends)
        for name in names:
            base = self.status.get(name)
            met = [each.get(name, base) for each in ends]
            if None in met:
                continue
            if LIKELY in met:
                self.set(name, LIKELY)
            else:
                self.set(name, BOUND if DELETED not in met else DELETED)

    def forget_bound(self, since: int) -> None:
        """Take names that were deleted after mark ``since`` of ``killed`` as perhaps deleted."""
        for key in self.killed[since:]:
            if self.status.get(key) == BOUND:
                self.set(key, DELETED)


def without(ends: Ends, killed: Iterable[Key]) -> Ends:
    """Return the end of a branch after which some names were perhaps deleted."""
    gone = set(killed)
    return {key: DELETED if key in gone else ends[key] for key in ends}
