"""Paths as the store keeps them, and as Jupyter's file browser says them.

The store keeps absolute paths, so that two servers with different roots mean the same
notebook by the same path. People and JupyterLab say paths from the server's root.
"""

from __future__ import annotations

import ntpath
import os
import re
from functools import lru_cache
from types import ModuleType

PATHS_MAX = 1_024
"""Of which the other spelling is kept; more notebooks are seldom at work at once."""

_PLACEHOLDER = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
"""The last part of the path under which JupyterLab makes a session."""


class ContentsPaths:
    """Conversions between stored paths and contents paths.

    Parameters
    ----------
    root_dir
        The folder the server's files are in; ``None`` where its contents manager is not
        of local files. Paths are then kept as they are.
    flavour
        ``posixpath`` or ``ntpath``: how paths of this machine are written.
    """

    def __init__(self, root_dir: str | None, flavour: ModuleType = os.path) -> None:
        self._flavour = flavour
        self._root = None if root_dir is None else flavour.normpath(root_dir)

    def to_stored(self, contents_path: str) -> str:
        """Return what the store calls a contents path."""
        if self._root is None:
            return contents_path.strip("/")
        if self._is_absolute(contents_path):
            return str(self._flavour.normpath(contents_path))
        parts = [part for part in contents_path.split("/") if part]
        return str(self._flavour.normpath(self._flavour.join(self._root, *parts)))

    def to_contents(self, stored_path: str) -> str:
        """Return the contents path, or the path as it is if it lies outside the root."""
        return stored_path if self._root is None else _below(self._flavour, self._root, stored_path)

    def is_inside(self, stored_path: str) -> bool:
        """Return whether a stored path lies below the root."""
        return self._root is None or self.to_contents(stored_path) != stored_path

    def is_local(self, stored_path: str) -> bool:
        """Return whether a stored path is that of a file of this machine, below the root."""
        return self._root is not None and self.is_inside(stored_path)

    def _is_absolute(self, contents_path: str) -> bool:
        """Whether this is one of our own absolute paths, coming back from a client.

        A leading slash alone says nothing: contents paths may be written with one. So on
        POSIX only a path below the root, or of a file that is not below it, is absolute.
        """
        if self._flavour is ntpath:
            return bool(ntpath.splitdrive(contents_path)[0])
        return contents_path.startswith("/") and (
            self.is_inside(contents_path) or os.path.exists(contents_path)
        )


@lru_cache(maxsize=PATHS_MAX)
def _below(flavour: ModuleType, root: str, stored_path: str) -> str:
    """Return the contents path of a stored one; that of each kernel is asked for at each look."""
    if not flavour.isabs(stored_path):
        return stored_path
    separator = str(flavour.sep)
    path = str(flavour.normpath(stored_path))
    root = root if root.endswith(separator) else root + separator
    if not flavour.normcase(path).startswith(flavour.normcase(root)):
        return stored_path
    return path[len(root) :].replace(separator, "/")


def final_path(path: str, name: str) -> str:
    """Return the path that a notebook's session has, or will have in a moment.

    JupyterLab makes each session under a placeholder, a UUID in the right folder, and gives
    it its path in a second request. Cells that were run before a look round would see that
    went to an experiment of their own.
    """
    folder, slash, last = path.rpartition("/")
    is_placeholder = name.endswith(".ipynb") and _PLACEHOLDER.fullmatch(last) is not None
    return f"{folder}{slash}{name}" if is_placeholder else path
