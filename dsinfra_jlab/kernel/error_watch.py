"""Reports what goes wrong in each cell, and beside it."""

from __future__ import annotations

from typing import Any

from .errors import ErrorReader
from .errors_text import Printed, last_shown, shown_by
from .frames import shown_in_vain
from .frames_cells import RanCells, RanCode
from .options import Options
from .outside_errors import OutsideErrors
from .recorder import Recorder
from .recordings import Cell


class ErrorWatch:
    """Watches the errors of one kernel, for one recorder."""

    def __init__(self, shell: Any, recorder: Recorder) -> None:
        self._shell = shell
        self._recorder = recorder
        self._cells = RanCells(shell.compile)
        self._reader = ErrorReader(self._cells, recorder.report_failure)
        self._outside = OutsideErrors(recorder, self._reader)

    @property
    def options(self) -> Options:
        """What the user has set."""
        return self._reader.options

    @options.setter
    def options(self, options: Options) -> None:
        self._reader.options = options

    def start(self) -> None:
        """Begin to watch."""
        self._outside.install()

    def stop(self) -> None:
        """Watch nothing any more."""
        self._outside.uninstall()

    def begin(self, cell: Cell, info: Any) -> None:
        """Begin a cell."""
        cell.shown = id(last_shown())
        request = cell.header.get("msg_id")
        number = self._shell.execution_count
        self._cells.add(RanCode(request, self._cell_id(info), info.raw_cell or "", number))

    def begin_part(self, cell: Cell, info: Any) -> None:
        """Begin code that a cell runs as a cell of its own, as ``%%capture`` does."""
        whole = self._cells.whole(str(cell.header.get("msg_id")))
        self._cells.add_part(whole, info.raw_cell or "", self._shell.execution_count)

    def end_part(self, cell: Cell, error: Any) -> None:
        """End such code; if it failed, the cell may go on all the same."""
        if error is not None and cell.is_open:
            self._outside.of(cell).of_part = self._read(error)

    def end(self, cell: Cell, error: Any) -> list[dict[str, Any]]:
        """Return the events on what went wrong in a cell that has ended."""
        others = cell.errors
        part = others.of_part if others is not None else None
        shown = last_shown()
        events = []
        if error is not None:
            events.append(self._read(shown_in_vain(error) or error))
        elif part is not None:
            events.append(part)
        elif shown is not None and id(shown) != cell.shown:
            events.append(self._read(shown))
        if others is not None:
            others.of_part = None
            events += others.take()
        return events

    def _read(self, error: BaseException) -> dict[str, Any]:
        return self._reader.read(
            error,
            namespace=self._shell.user_ns,
            printed=shown_by(self._shell) if error is last_shown() else Printed(None),
        )

    def _cell_id(self, info: Any) -> str | None:
        """Return the id that JupyterLab gives the cell; older IPythons do not pass it on."""
        found = getattr(info, "cell_id", None)
        if found is None:
            parent = self._shell.kernel.get_parent("shell")
            found = ((parent or {}).get("metadata") or {}).get("cellId")
        return found if type(found) is str else None
