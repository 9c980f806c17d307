"""The terminal that a command writes to."""

from __future__ import annotations

import os
import shutil
import sys

__all__ = ["columns"]


def columns() -> int | None:
    """Return the width of the terminal, ``None`` where nobody looks at one."""
    is_known = sys.stdout.isatty() or "COLUMNS" in os.environ
    return shutil.get_terminal_size().columns if is_known else None
