"""Imports Dask in the processes of a target: each of them waits for it."""

from __future__ import annotations

import sys


def import_dask() -> None:
    """Import Dask without NumPy, which is a quarter of the time that it takes.

    It would only use it to make large buffers; arrays of somebody's bring it in later all the
    same.
    """
    is_hidden = "numpy" not in sys.modules
    if is_hidden:
        sys.modules["numpy"] = None  # type: ignore[assignment]
    try:
        import distributed  # noqa: F401
    finally:
        if is_hidden:
            del sys.modules["numpy"]
