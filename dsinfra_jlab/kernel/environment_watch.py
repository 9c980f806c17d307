"""Reports the environment when the loaded modules have changed, away from the cell."""

from __future__ import annotations

from .chores import Chores
from .loaded import module_mark, read_environment
from .recorder import Recorder
from .recordings import Cell


class EnvironmentWatch:
    """Reads the environment again when there is reason to."""

    def __init__(self, recorder: Recorder, chores: Chores) -> None:
        self._recorder = recorder
        self._chores = chores
        self._mark: int | None = None
        self._hash: str | None = None

    def after_cell(self, cell: Cell) -> None:
        """Have it read if other modules are loaded than after the last cell."""
        mark = module_mark()
        if mark != self._mark:
            self._mark = mark
            self._chores.add("environment", lambda: self._report(cell))

    def _report(self, cell: Cell) -> None:
        found = read_environment(self._hash)
        if found is not None:
            self._hash = found.pop("hash")
            self._recorder.reporter.emit(cell, {"kind": "environment", **found})
