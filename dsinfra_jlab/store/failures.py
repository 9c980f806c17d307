"""What an error of the database means for what waits to be written."""

from __future__ import annotations

import sqlite3
from enum import Enum

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from .engine import without_password

__all__ = ["Failure", "classify", "explain"]


class Failure(Enum):
    """What to do about it."""

    away = "away"
    """The database cannot be written now; the same will work later."""
    broken = "broken"
    """The file is damaged or no database at all."""
    bad = "bad"
    """Just this can never be written."""


_BROKEN = {"SQLITE_CORRUPT", "SQLITE_NOTADB"}
_BROKEN_WORDS = ("malformed", "file is not a database")
_BAD_SQLITE = {"SQLITE_ERROR", "SQLITE_TOOBIG", "SQLITE_MISMATCH", "SQLITE_CONSTRAINT"}
_AWAY_SQLSTATES = ("08", "25", "28", "3D", "40", "42", "53", "55", "57", "58", "XX")


def classify(error: BaseException) -> Failure:
    """Return what an error that came out of a transaction means."""
    if isinstance(error, PoolTimeout):
        return Failure.away
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return Failure.away
        origin = error.orig
        if isinstance(origin, sqlite3.Error):
            return _classify_sqlite(origin)
        return _classify_postgresql(origin)
    if isinstance(error, sqlite3.Error):
        return _classify_sqlite(error)
    if isinstance(error, (OSError, MemoryError)):
        return Failure.away
    return Failure.bad


def _classify_sqlite(error: sqlite3.Error) -> Failure:
    # Python 3.10 has no error names.
    name = "_".join(str(getattr(error, "sqlite_errorname", "")).split("_")[:2])
    message = str(error)
    if name in _BROKEN or any(word in message for word in _BROKEN_WORDS):
        return Failure.broken
    if name in _BAD_SQLITE or not isinstance(error, sqlite3.OperationalError):
        return Failure.bad
    return Failure.away


def _classify_postgresql(error: BaseException | None) -> Failure:
    state = getattr(error, "sqlstate", None)
    if state is None:
        # Without a state the server never answered; other errors are of the driver.
        return Failure.away if type(error).__name__ == "OperationalError" else Failure.bad
    return Failure.away if state.startswith(_AWAY_SQLSTATES) else Failure.bad


_EXPLANATIONS = (
    ("interrupted", "it took too long and was broken off; make the search narrower"),
    ("statement timeout", "it took too long and was broken off; make the search narrower"),
    ("is locked", "another program holds the database locked"),
    ("is full", "the disk is full; free some space"),
    ("readonly", "the database cannot be written; check its permissions and the disk"),
    ("read-only", "the database cannot be written; check its permissions and the disk"),
    ("unable to open", "the file cannot be opened; check its permissions and the disk"),
    ("disk I/O", "the disk does not work as it should"),
    ("password authentication", "the database refuses user or password; check its address"),
    ("Connection refused", "nothing answers at its address; start the database there"),
    ("No space left", "the disk is full; free some space"),
    ("Permission denied", "the file cannot be opened; check its permissions"),
    ("Read-only file system", "the disk cannot be written"),
)


def explain(error: BaseException) -> str:
    """Return the reason as part of a sentence for a person, without secrets or SQL."""
    origin = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    message = without_password(" ".join(str(origin).split()))
    for word, reason in _EXPLANATIONS:
        if word in message:
            return reason
    if isinstance(error, SQLAlchemyError) and not isinstance(error, DBAPIError):
        return type(error).__name__
    return f"{type(origin).__name__}: {message[:300]}"
