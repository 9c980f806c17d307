"""Reports what data each cell touched: at its end, and again once the files are read."""

from __future__ import annotations

from typing import Any

from .chores import Chores
from .recorder import Recorder
from .recordings import Cell
from .sources import Sources


class DataWatch:
    """Watches the data of the cells, for one recorder."""

    def __init__(self, recorder: Recorder, chores: Chores) -> None:
        self._recorder = recorder
        self._chores = chores
        self._sources = Sources()

    def start(self) -> None:
        """Begin to watch; a failure costs the data, not the probe."""
        try:
            self._sources.install()
        except Exception as failure:
            self._recorder.report_failure("sources", failure)

    def stop(self) -> None:
        """Watch nothing any more."""
        self._sources.uninstall()

    def begin(self, cell: Cell) -> None:
        """Begin a cell."""
        self._sources.begin_cell(cell)

    def end(self, cell: Cell) -> dict[str, Any]:
        """Return the event that says what a cell touched; one with digests follows."""
        items, coverage, dropped = self._sources.end_cell(cell)
        cell.drop("data", dropped)
        if any(item["kind"] == "file" for item in items):
            self._chores.add("digest", lambda: self._report(cell, items, coverage))
        return {"kind": "data", "items": items, "coverage": coverage}

    def _report(self, cell: Cell, items: list[dict[str, Any]], coverage: list[str]) -> None:
        read = self._sources.digest(items, goes_on=lambda: self._chores.goes_on)
        changed = [item for item in read if item.get("digest")]
        if changed:
            event = {"kind": "data", "items": changed, "coverage": coverage}
            self._recorder.reporter.emit(cell, event)
