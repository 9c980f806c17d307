"""Which run wrote the names that another one read, within one kernel process.

Names are what the cells of a kernel share. A run that reads one depends on the run that
wrote it last, and the notebook as it stands may tell another story than the kernel's memory:
that is what flags say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .. import limits
from ..ids import CellId, RunId
from ..runs.records import Flag, FlagKind


@dataclass(frozen=True, slots=True)
class NotebookCells:
    """The code cells of a notebook as they were saved last."""

    saved_at: datetime
    code_sha256: Mapping[CellId, str]
    """Hash of each cell's code, from top to bottom."""
    code: Mapping[CellId, str] = field(default_factory=dict)
    """The code itself, where it is known."""

    def position(self, cell_id: CellId | None) -> int | None:
        """Return how far down a cell stands; ``None`` if the notebook does not have it."""
        for position, known in enumerate(self.code_sha256):
            if known == cell_id:
                return position
        return None


@dataclass(frozen=True, slots=True)
class Writer:
    """A cell run that bound a name, or may have changed its object."""

    run_id: RunId
    cell_id: CellId | None
    code_sha256: str
    at: datetime
    """When it was asked for."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The names a run read, as they stood then."""

    reader: Writer
    writers: Mapping[str, tuple[Writer, bool]]
    """Who wrote each, and whether in the same process as the reader."""


class DataFlow:
    """Who wrote what in one kernel, process after process."""

    def __init__(self) -> None:
        self._writers: dict[str, Writer] = {}
        self._before_restart: dict[str, Writer] = {}
        self.notebook: NotebookCells | None = None
        """The notebook as last read; ``None`` if it cannot be."""

    def restart(self) -> None:
        """Forget the names: they went with the kernel's process."""
        self._before_restart = {**self._before_restart, **self._writers}
        self._writers = {}
        _trim(self._before_restart)

    def sources(self, reads: Iterable[str]) -> dict[str, Writer]:
        """Return who wrote these names last in the present process."""
        return {name: self._writers[name] for name in reads if name in self._writers}

    def wrote(self, names: Iterable[str], writer: Writer) -> None:
        """Take note that a run bound or changed these names."""
        for name in names:
            self._writers.pop(name, None)
            self._writers[name] = writer
        _trim(self._writers)

    def reading(self, reader: Writer, reads: Iterable[str]) -> Reading:
        """Return where the names come from that a run reads now."""
        found: dict[str, tuple[Writer, bool]] = {}
        for name in reads:
            writer, old = self._writers.get(name), self._before_restart.get(name)
            if writer is not None:
                found[name] = (writer, True)
            elif old is not None:
                found[name] = (old, False)
        return Reading(reader, found)

    def flags(self, reading: Reading) -> tuple[Flag, ...]:
        """Return why a run that read these names may not repeat, each name once."""
        flags: list[Flag] = []
        for name, (writer, is_present) in reading.writers.items():
            doubt = self._doubt(reading.reader, writer)
            kind = doubt if is_present else FlagKind.before_restart
            if kind is not None:
                flags.append(Flag(kind, name, writer.run_id, writer.cell_id))
        return tuple(flags[: limits.FLAGS_MAX])

    def _doubt(self, reader: Writer, writer: Writer) -> FlagKind | None:
        """Return what is odd about where a name came from, by the notebook as it was saved.

        A notebook saved before the writer ran says nothing of edits since, and what was edited
        after the reader ran did not matter to it.
        """
        notebook, cell_id = self.notebook, writer.cell_id
        if notebook is None or cell_id is None or cell_id == reader.cell_id:
            return None
        is_newer = writer.at < notebook.saved_at <= reader.at
        position = notebook.position(cell_id)
        if position is None:
            return FlagKind.deleted_cell if is_newer else None
        if is_newer and notebook.code_sha256[cell_id] != writer.code_sha256:
            return FlagKind.edited_cell
        own = notebook.position(reader.cell_id)
        return FlagKind.out_of_order if own is not None and position > own else None


def _trim(writers: dict[str, Writer]) -> None:
    """Forget the names written longest ago when there are too many."""
    while len(writers) > limits.KNOWN_NAMES_MAX:
        del writers[next(iter(writers))]
