"""From a URL to a store that can be used: opened, checked, migrated."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import URL

from .decisions import load_drops
from .engine import Engines, make_sqlite_file, open_engines, sqlite_path
from .failures import Failure, classify
from .filesystem import MOUNTINFO
from .migrations import SchemaTooNew, migrate

__all__ = ["Opened", "Opening", "file_identity", "is_sound", "open_store", "set_aside"]

_MAGIC = b"SQLite format 3\0"
_COMPANIONS = ("-wal", "-shm", "-journal")

CHECK_MAX_BYTES = 200_000_000
"""A database above is only checked if it was not closed well: reading it takes seconds."""


@dataclass(slots=True)
class Opened:
    """A database that is open."""

    engines: Engines
    schema_version: str
    read_only_reason: str = ""
    """Why nothing can be written; empty when it can."""
    drops: dict[str, int] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    is_check_due: bool = False
    identity: tuple[int, int] | None = None
    """Which file it is, to notice when another one takes its place."""


Opening = Callable[[URL, datetime, Path], Opened]
"""Opens the database at a URL; the path is where the system lists its mounts."""


def open_store(url: URL, now: datetime, mountinfo: Path = MOUNTINFO) -> Opened:
    """Open the database at ``url``, and make it where there is none.

    What stands in the place of a SQLite file and is no database is kept beside it; a
    database that is merely locked is left where it is.

    Raises
    ------
    Exception
        It cannot be opened now; ``failures`` tells what the error means.
    """
    notices: list[str] = []
    is_check_due = False
    if url.get_backend_name() == "sqlite":
        path = sqlite_path(url)
        if not _may_be_database(path):
            notices.append(_aside_notice(path, set_aside(path, now), "was no database"))
        is_check_due = _is_check_due(path)
        make_sqlite_file(path)
    engines = open_engines(url, mountinfo)
    try:
        opened = _migrated(engines, now)
    except Exception as error:
        engines.dispose()
        if not engines.is_sqlite or classify(error) is not Failure.broken:
            raise
        path = sqlite_path(url)
        notices.append(_aside_notice(path, set_aside(path, now), "was damaged"))
        make_sqlite_file(path)
        engines = open_engines(url, mountinfo)
        opened = _migrated(engines, now)
    opened.notices += [*notices, *_network_notices(engines)]
    opened.is_check_due = is_check_due
    if engines.is_sqlite:
        opened.identity = file_identity(sqlite_path(url))
    return opened


def _network_notices(engines: Engines) -> list[str]:
    if engines.network_type is None:
        return []
    return [
        f"The database lies on a network file system ({engines.network_type}). It is written "
        "more slowly there, and must not be used from two machines at once."
    ]


def _migrated(engines: Engines, now: datetime) -> Opened:
    try:
        opened = Opened(engines, migrate(engines, now))
    except SchemaTooNew as newer:
        opened = Opened(
            engines,
            newer.version,
            f"The database was written by a newer version of dsinfra-jlab (schema "
            f"{newer.version}). It is only read; install that version to record again.",
        )
    with engines.reader.connect() as connection:
        opened.drops = load_drops(connection)
    return opened


def _may_be_database(path: Path) -> bool:
    """Whether the path is free, an empty file, or begins as a database does."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return not path.is_symlink()
    if not stat.S_ISREG(mode):
        return False
    with path.open("rb") as file:
        head = file.read(len(_MAGIC))
    return not head or head == _MAGIC


def _is_check_due(path: Path) -> bool:
    """Whether the database is small, or was not closed by the last who wrote it."""
    try:
        if path.stat().st_size <= CHECK_MAX_BYTES:
            return True
        return any(
            path.with_name(path.name + suffix).stat().st_size > 0 for suffix in ("-wal", "-journal")
        )
    except OSError:
        return False


def set_aside(path: Path, now: datetime) -> Path:
    """Rename what is at ``path``, with its companions, and return the new name."""
    target = path.with_name(f"{path.name}.aside-{now:%Y%m%dT%H%M%S%f}")
    for suffix in _COMPANIONS:
        companion = path.with_name(path.name + suffix)
        if companion.exists():
            os.replace(companion, target.with_name(target.name + suffix))
    os.replace(path, target)
    return target


def _aside_notice(path: Path, target: Path, what: str) -> str:
    return f"What was at {path} {what}. It is kept as {target.name}, and a new database was begun."


def file_identity(path: Path) -> tuple[int, int] | None:
    """Return what tells this file from another of the same name, ``None`` if it is gone."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def is_sound(engines: Engines) -> bool:
    """Whether a SQLite database passes its quick check; reads all of it."""
    try:
        with engines.reader.connect() as connection:
            verdict = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
            return bool(verdict == "ok")
    except Exception as error:
        return classify(error) is not Failure.broken
