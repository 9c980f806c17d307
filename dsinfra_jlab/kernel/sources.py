"""What data a cell touches: files, databases, addresses, commands and the user's own modules.

Seen by the interpreter's audit events, and by wrapped readers of libraries that these miss.
``coverage`` names what is watched. It is a floor and no proof: code in C may open a file without
telling anybody.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable

from . import sources_cells
from .sources_cells import Cells
from .sources_digest import DIGEST_MAX_BYTES, add_digests
from .sources_items import local_module_files, make_items
from .sources_wrapping import Libraries


class Sources:
    """Watches the data of one kernel's cells.

    Examples
    --------
    >>> sources = Sources()
    >>> sources.install()
    >>> sources.begin_cell("cell-1")
    >>> items, coverage, dropped = sources.end_cell("cell-1")
    """

    def __init__(self) -> None:
        self._cells = Cells()
        self._libraries = Libraries()
        self._known_modules: set[str] = set()
        self._is_installed = False

    def install(self) -> None:
        """Begin to watch. Threads that are there already are the kernel's and are left out."""
        own = threading.get_ident()
        threads = (each.ident for each in threading.enumerate() if each.ident != own)
        main = threading.main_thread().ident
        self._cells.set_aside(each for each in threads if each is not None and each != main)
        self._known_modules = set(sys.modules)
        sources_cells.listen(self._cells)
        self._is_installed = True
        self._libraries.start()

    def uninstall(self) -> None:
        """Watch nothing any more."""
        if self._is_installed:
            self._is_installed = False
            sources_cells.stop_listening()
            self._libraries.stop()

    def begin_cell(self, token: Any) -> None:
        """Begin a cell, in the thread that runs it."""
        self._new_modules()  # what came between cells is no cell's
        self._cells.begin(token)

    def end_cell(self, token: Any) -> tuple[list[dict[str, Any]], list[str], int]:
        """Return what a cell touched, what was watched, and how much was left out.

        Items are as in the event ``data``, each once, without digests.
        """
        seen = self._cells.end(token)
        if seen is None:
            return [], [], 0
        modules = self._new_modules()
        if not seen.modes and not modules:
            return [], self.coverage(), seen.dropped
        with self.quiet():
            items, dropped = make_items(seen, local_module_files(modules))
        return items, self.coverage(), dropped

    def coverage(self) -> list[str]:
        """Return what is watched now, a word each."""
        return ["audit", "import", *self._libraries.watched] if self._is_installed else []

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Leave out what this thread does in the block: our own reading."""
        self._cells.set_quiet(True)
        try:
            yield
        finally:
            self._cells.set_quiet(False)

    def digest(
        self,
        items: list[dict[str, Any]],
        limit_bytes: int = DIGEST_MAX_BYTES,
        goes_on: Callable[[], bool] = lambda: True,
    ) -> list[dict[str, Any]]:
        """Return the items with digests of their files; for a thread of its own."""
        with self.quiet():
            return add_digests(items, limit_bytes, goes_on)

    def _new_modules(self) -> list[str]:
        if len(sys.modules) == len(self._known_modules):
            return []
        now = list(sys.modules)
        new = [name for name in now if name not in self._known_modules]
        self._known_modules = set(now)
        return new
