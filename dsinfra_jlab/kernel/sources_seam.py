"""Has the data that a cell touches watched, where the part that does so is there."""

from __future__ import annotations

from .recorder import Recorder
from .recordings import Cell


def start(recorder: Recorder) -> None:
    """Begin to watch."""


def begin_cell(cell: Cell) -> None:
    """Begin a cell."""


def end_cell(recorder: Recorder, cell: Cell) -> None:
    """Send what the cell touched."""
