"""The cells of the notebooks of kernels, as they were saved last."""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict

from ..domain.lineage.data_flow import NotebookCells
from ..domain.runs.records import DocumentKind
from .disk import saved_notebook
from .watched_kernel import WatchedKernel

_REMEMBERED = 64
"""Notebooks remembered; a server rarely serves more at a time."""


class SavedCells:
    """Reads notebooks, each only when it has changed; for one thread."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[int, NotebookCells | None]] = OrderedDict()

    def read(self, kernel: WatchedKernel, _: str | None = None) -> NotebookCells | None:
        """Return the code cells of a kernel's notebook, ``None`` if they cannot be read."""
        document = kernel.document
        if document.kind is not DocumentKind.notebook:
            return None
        try:
            changed = os.stat(document.path).st_mtime_ns
        except (OSError, ValueError):
            return None
        known = self._known.get(document.path)
        if known is None or known[0] != changed:
            known = self._known[document.path] = (changed, _cells(document.path))
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return known[1]


def _cells(path: str) -> NotebookCells | None:
    found = saved_notebook(path, str)
    if found is None:
        return None
    hashes = {
        cell_id: hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()
        for cell_id, source in found.sources.items()
    }
    return NotebookCells(found.saved_at, hashes, found.sources)
