"""Has the environment read again when the loaded modules changed, away from the cell."""

from __future__ import annotations

from .recorder import Recorder
from .recordings import Cell


def after_cell(recorder: Recorder, cell: Cell) -> None:
    """Have it read if there is reason to."""
