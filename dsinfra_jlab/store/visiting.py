"""A store that another process keeps: it is used as it stands, never made, moved or migrated."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from sqlalchemy.engine import URL

from ..domain.clock import Clock
from ..domain.exceptions import NotFound, Unavailable
from .engine import open_engines, parse_url, shown_url, sqlite_path
from .failures import explain
from .filesystem import MOUNTINFO
from .gateway import SqlStore
from .migrations import HEAD, current_version
from .opening import Opened, file_identity

__all__ = ["existing_store"]

_ONLY_READ = "The store was opened to be read only."


def existing_store(url: str, clock: Clock, *, is_to_write: bool) -> SqlStore:
    """Return a store, not open yet, that has been found to be there and to be usable.

    Raises
    ------
    BadInput
        The URL is wrong.
    NotFound
        There is no store.
    Unavailable
        It cannot be opened, or another version of dsinfra-jlab made it.
    """
    _look_at(parse_url(url))
    return SqlStore(url, clock, opening=_open_to_write if is_to_write else _open_to_read)


def _look_at(url: URL) -> None:
    """Raise what ``existing_store`` raises; closes what it opens."""
    shown = shown_url(url)
    if url.get_backend_name() == "sqlite" and not sqlite_path(url).is_file():
        raise NotFound(
            f"There is no store at {shown}: nothing was recorded there yet. If runs are kept "
            "elsewhere, give its URL by --store or in DSINFRA_STORE_URL."
        )
    try:
        opened = _open_to_read(url, datetime.now(timezone.utc), MOUNTINFO)
    except Exception as error:
        raise Unavailable(f"The store at {shown} cannot be opened: {explain(error)}.") from error
    opened.engines.dispose()
    version = opened.schema_version
    if not version:
        raise NotFound(f"The database at {shown} holds no store: nothing was recorded there yet.")
    if version < HEAD:
        raise Unavailable(
            f"The store at {shown} is of an older version of dsinfra-jlab (schema {version}). "
            "Start Jupyter once with this version, which brings it up to date."
        )
    if version > HEAD:
        raise Unavailable(
            f"The store at {shown} is of a newer version of dsinfra-jlab (schema {version}); "
            "use that version."
        )


def _open_to_read(url: URL, now: datetime, mountinfo: Path) -> Opened:
    opened = _open_to_write(url, now, mountinfo)
    opened.read_only_reason = _ONLY_READ
    return opened


def _open_to_write(url: URL, now: datetime, mountinfo: Path) -> Opened:
    engines = open_engines(url, mountinfo)
    try:
        with engines.reader.connect() as connection:
            version = current_version(connection)
    except BaseException:
        engines.dispose()
        raise
    is_file = url.get_backend_name() == "sqlite"
    identity = file_identity(sqlite_path(url)) if is_file else None
    return Opened(engines, version, identity=identity)
