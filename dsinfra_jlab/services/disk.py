"""What stands on the disk now: the notebook of a run, and the files it read.

Everything here blocks and is called in a thread. Paths come from kernels, so only regular
files are opened, and none without a limit.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from typing import Any, BinaryIO

from ..domain import limits
from ..domain.ids import CellId
from ..domain.lineage.staleness import FileNow, SavedNotebook
from ..domain.runs.capture import DataItem

_CHUNK_BYTES = 1_000_000


def saved_notebook(path: str, clear: Callable[[str], str]) -> SavedNotebook | None:
    """Return the notebook at this path, ``None`` if it cannot be read.

    A notebook without ids of cells (nbformat before 4.5) tells nothing and is ``None`` too.
    ``clear`` takes secrets out of code, as is done before code is recorded.
    """
    try:
        with _opened(path) as file:
            found = os.fstat(file.fileno())
            if found.st_size > limits.NOTEBOOK_READ_MAX_BYTES:
                return None
            content = json.loads(file.read(limits.NOTEBOOK_READ_MAX_BYTES))
        cells = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
        sources = {CellId(str(cell["id"])): clear(_text(cell["source"])) for cell in cells}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return SavedNotebook(datetime.fromtimestamp(found.st_mtime, timezone.utc), sources)


def files_now(items: Iterable[DataItem]) -> dict[str, FileNow]:
    """Return the state of files that were read, by name; those that tell nothing are absent."""
    budget = limits.STALE_DIGEST_MAX_BYTES
    states: dict[str, FileNow] = {}
    for item in items:
        if item.name in states or len(states) >= limits.STALE_FILES_MAX:
            continue
        state = _file_now(item, budget)
        if state is not None:
            states[item.name] = state
            budget -= (state.size_bytes or 0) if state.digest else 0
    return states


def _file_now(item: DataItem, budget: int) -> FileNow | None:
    try:
        found = os.stat(item.name)
    except (FileNotFoundError, NotADirectoryError):
        # Where even the folder is missing, this is another machine, or a disk is not there.
        has_folder = os.path.isdir(os.path.dirname(item.name))
        return FileNow(exists=False) if has_folder else None
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    modified_at = iso_moment(found.st_mtime)
    state = FileNow(True, found.st_size, modified_at)
    is_in_doubt = found.st_size == item.size_bytes and modified_at != item.modified_at
    if not is_in_doubt or item.digest is None or found.st_size > budget:
        return state
    return FileNow(True, found.st_size, modified_at, _digest(item.name))


def iso_moment(seconds: float) -> str:
    """Return a file's time as it is recorded."""
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat().replace("+00:00", "Z")


def _digest(path: str) -> str | None:
    sha256 = hashlib.sha256()
    try:
        with _opened(path) as file:
            while chunk := file.read(_CHUNK_BYTES):
                sha256.update(chunk)
    except OSError:
        return None
    return f"sha256:{sha256.hexdigest()}"


def _opened(path: str) -> BinaryIO:
    """Open a regular file, and nothing that could make us wait; raises ``OSError``."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("not a regular file")
    return os.fdopen(descriptor, "rb")


def _text(source: Any) -> str:
    return "".join(source) if isinstance(source, list) else str(source)
