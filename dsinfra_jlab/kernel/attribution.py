"""Says which run a call belongs to, from whatever thread or task it comes."""

from __future__ import annotations

import itertools
import os
from collections import OrderedDict
from contextvars import ContextVar
from typing import Any

from . import limits
from .recordings import Cell, Recording


class Attribution:
    """The cells of this process, and the one that the caller is part of.

    A cell is set in the context in which it runs, which its tasks inherit, and so do subshells
    keep apart. A thread the user started has a context of its own; it belongs to where
    ipykernel sends what it prints, and failing that to the last cell.
    """

    def __init__(self, stream: Any = None) -> None:
        self.context: ContextVar[Recording | None] = ContextVar("dsinfra_run", default=None)
        self._stream = stream
        self._cells: OrderedDict[str, Cell] = OrderedDict()
        self._last: Cell | None = None
        self._blocks = itertools.count(1)

    def begin(self, header: dict[str, Any]) -> Cell:
        """Return the cell of a request, which is the caller's from now on."""
        cell = Cell(header)
        self._cells[_id_of(header)] = cell
        while len(self._cells) > limits.CELLS_KEPT:
            self._cells.popitem(last=False)
        self._last = cell
        self.context.set(cell)
        return cell

    def cell_of(self, header: dict[str, Any]) -> Cell | None:
        """Return the cell of a request, ``None`` if none has begun."""
        return self._cells.get(_id_of(header))

    def current(self) -> Recording:
        """Return what the caller logs to."""
        return self.context.get() or self._by_thread()

    def _by_thread(self) -> Recording:
        header = getattr(self._stream, "parent_header", None)
        if header:
            cell = self._cells.get(_id_of(header))
            if cell is not None:
                return cell
        if self._last is None:
            self._last = Cell(header or {})
            self._last.is_open = False
        return self._last

    def new_block(self) -> int:
        """Return a number that no other block of this kernel has."""
        return next(self._blocks)

    def after_fork(self) -> None:
        """Number blocks apart from those of the parent and its other children."""
        self._blocks = itertools.count((os.getpid() << 24) + 1)


def _id_of(header: dict[str, Any]) -> str:
    return str(header.get("msg_id", ""))
