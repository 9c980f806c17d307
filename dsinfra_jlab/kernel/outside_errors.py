"""Hears of errors that end no cell: in threads and tasks, warnings, what is logged, commands.

Not seen are: tasks whose loop has a handler of the user's that does not log, commands that are run
by other means than ``!`` and ``%system``, and what a subprocess does.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable
from typing import Any, Callable

from . import limits
from .errors import ErrorReader
from .errors_quiet import is_looking, looking
from .outside_hooks import Hook, hooks_for
from .outside_reading import Heard, OutsideReader
from .recorder import Recorder
from .recordings import Cell

Wire = dict[str, Any]


class CellErrors:
    """The errors of one cell run besides the one that ends it."""

    def __init__(self, before_first: int = 0) -> None:
        self.of_part: Wire | None = None
        """The event of an error in code that the cell ran as a cell of its own."""
        self.process = os.getpid()
        self._numbers = itertools.count(before_first + 1)
        self._known: dict[Any, Wire] = {}
        self._unsent: dict[Any, Wire] = {}

    def add(self, key: Any, make: Callable[[], Wire]) -> Wire | None:
        """Count an error, which is read by ``make`` when it comes for the first time.

        Returns the event if it is to be sent now: at first, and whenever the count has doubled.
        """
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = make()
            known["number"] = next(self._numbers)
            return dict(known)
        known["count"] += 1
        if known["count"] & (known["count"] - 1) == 0:
            self._unsent.pop(key, None)
            return dict(known)
        self._unsent[key] = known
        return None

    def has_room(self, key: Any) -> bool:
        """Return whether an error can be counted: there are not too many of others."""
        return key in self._known or len(self._known) < limits.ERRORS_PER_CELL_MAX

    def take(self) -> list[Wire]:
        """Return what has changed since it was sent."""
        taken = [dict(event) for event in list(self._unsent.values())]
        self._unsent.clear()
        return taken


class OutsideErrors:
    """Hears of errors in this process, and sends them as those of the cell they belong to."""

    def __init__(self, recorder: Recorder, reader: ErrorReader) -> None:
        self._recorder = recorder
        self._reader = OutsideReader(reader)
        self._first_process = os.getpid()
        self._hooks: list[Hook] = []

    def install(self) -> None:
        """Begin to listen; where there is nothing to listen to, that is passed over."""
        if self._hooks:
            return
        for hook in hooks_for(self._heard, self._swallows):
            try:
                hook.install()
                self._hooks.append(hook)
            except Exception as failure:
                self._recorder.report_failure("outside_errors", failure)

    def uninstall(self) -> None:
        """Listen no more."""
        while self._hooks:
            self._hooks.pop().uninstall()

    def of(self, cell: Cell) -> CellErrors:
        """Return the errors of a cell; a forked process numbers its own."""
        found: CellErrors | None = cell.errors
        process = os.getpid()
        if found is None or found.process != process:
            is_forked = process != self._first_process
            found = cell.errors = CellErrors((process << 24) if is_forked else 0)
        return found

    def _swallows(self) -> bool:
        """Return whether a warning comes of our own looking, and is to be shown to nobody."""
        return is_looking()

    def _heard(self, heard: Heard) -> None:
        """Take what a hook has heard; never raises an error."""
        if not self._recorder.is_on or is_looking():
            return
        try:
            with looking():
                self._take(heard)
        except Exception as failure:
            self._recorder.report_failure("outside_errors", failure)

    def _take(self, heard: Heard) -> None:
        if heard.kind == "warning" and not self._reader.is_wanted(heard):
            return
        cell = self._recorder.attribution.current().cell
        if heard.kind == "shell" and not cell.is_open:  # IPython's own, as for a completion
            return
        key = self._reader.key_of(heard)
        read: Wire | None = None
        if heard.kind == "task":
            read = self._reader.read(heard)
            cell = self._cell_of(read["exceptions"]) or cell
        errors = self.of(cell)
        if not errors.has_room(key):
            cell.drop("errors")
            return
        event = errors.add(key, lambda: read or self._reader.read(heard))
        if event is not None:
            self._recorder.reporter.emit(cell, event)

    def _cell_of(self, exceptions: Iterable[Wire]) -> Cell | None:
        """Return the cell whose code failed: a task fails at some time, in some other's context."""
        for exception in exceptions:
            for frame in exception["frames"]:
                request = frame.get("request")
                if request:
                    return self._recorder.attribution.cell_of({"msg_id": request})
        return None
