"""From a URL to engines: one that writes, one that only reads."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from ..domain import limits
from ..domain.exceptions import BadInput
from .filesystem import MOUNTINFO, network_file_system

__all__ = [
    "Engines",
    "make_sqlite_file",
    "open_engines",
    "parse_url",
    "run_alone",
    "shown_url",
    "sqlite_path",
    "without_password",
]

PROGRESS_STEPS = 100_000
"""Steps of SQLite's machine, about a millisecond, between two looks at the clock."""

READERS = 4
"""Connections that read at once: a panel asks for a few lists together."""

BUSY_TIMEOUT_MS = 5_000
"""How long SQLite waits for another process's lock; longer waits are tried again later."""

CACHE_KIB = 8_000
"""Page cache of a SQLite connection; five of them stay within the memory budget."""

_SECRET_PARAMETERS = ("password", "sslpassword", "passfile")


@dataclass(frozen=True, slots=True)
class Engines:
    """The two ways into one database."""

    url: URL
    writer: Engine
    reader: Engine
    network_type: str | None = None
    """Type of the network file system the database lies on."""

    @property
    def is_sqlite(self) -> bool:
        """Whether this is a file of ours, not a server."""
        return self.url.get_backend_name() == "sqlite"

    def dispose(self) -> None:
        """Close every connection."""
        self.reader.dispose()
        self.writer.dispose()


def parse_url(text: str) -> URL:
    """Return the URL of a database we can work with.

    Raises
    ------
    BadInput
        It is no URL, or one of another kind of database.
    """
    known = "Write sqlite:////path/to/store.sqlite or postgresql://user@host/database."
    try:
        url = make_url(text)
    except ArgumentError:
        raise BadInput(f"The address of the store is no URL. {known}") from None
    backend = url.get_backend_name()
    if backend == "sqlite" and (url.database or ":memory:") != ":memory:":
        return url
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    raise BadInput(f"The store cannot be kept in {url.drivername!r} as given. {known}")


def shown_url(url: URL) -> str:
    """Return the URL without anything secret."""
    # Not ``url.set(password=None)``: that leaves the password as it is.
    parts = url.translate_connect_args()
    parts.pop("password", None)
    bare = URL.create(url.drivername, **parts, query=url.query)
    shown = bare.difference_update_query(_SECRET_PARAMETERS)
    return shown.render_as_string(hide_password=False).replace("+psycopg", "", 1)


def sqlite_path(url: URL) -> Path:
    """Return the file of a SQLite URL."""
    return Path(url.database or "").absolute()


def open_engines(url: URL, mountinfo: Path = MOUNTINFO) -> Engines:
    """Return engines for ``url``; nothing is connected yet."""
    if url.get_backend_name() == "sqlite":
        return _sqlite_engines(url, mountinfo)
    return _postgresql_engines(url)


def _sqlite_engines(url: URL, mountinfo: Path) -> Engines:
    path = sqlite_path(url)
    network_type = network_file_system(path.parent, mountinfo)
    journal = "WAL" if network_type is None else "DELETE"
    pragmas = [
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
        "secure_delete=ON",
        "trusted_schema=OFF",
        "cell_size_check=ON",
        f"cache_size=-{CACHE_KIB}",
    ]
    # EXTRA also syncs the folder after the rollback journal goes; WAL has no need of it.
    synchronous = "FULL" if network_type is None else "EXTRA"
    writing = [*pragmas, f"journal_mode={journal}", f"synchronous={synchronous}"]
    writer = _sqlite_engine(path, "rw", writing, "BEGIN IMMEDIATE", size=1)
    reader = _sqlite_engine(path, "ro", [*pragmas, "query_only=ON"], "BEGIN", size=READERS)
    _limit_reads(reader)
    return Engines(url, writer, reader, network_type)


def _sqlite_engine(path: Path, mode: str, pragmas: list[str], begin: str, size: int) -> Engine:
    uri = f"file:{quote(os.fspath(path))}?mode={mode}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            uri, uri=True, timeout=BUSY_TIMEOUT_MS / 1_000, check_same_thread=False
        )
        # The driver would begin transactions by itself, and only deferred ones.
        connection.isolation_level = None
        try:
            for pragma in pragmas:
                _set_pragma(connection, pragma)
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=size, max_overflow=0
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # A deferred transaction that reads and then writes fails at once when another
        # process wrote in between, whatever the timeout.
        connection.exec_driver_sql(begin)

    return engine


def _set_pragma(connection: sqlite3.Connection, pragma: str) -> None:
    """Set a pragma, patiently: SQLite does not wait by itself to change to WAL."""
    end = time.monotonic() + BUSY_TIMEOUT_MS / 1_000
    while True:
        try:
            connection.execute(f"PRAGMA {pragma}").close()
            return
        except sqlite3.OperationalError as error:
            if "is locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.02)


def _limit_reads(reader: Engine) -> None:
    """Break off a read that takes longer than anybody waits; SQLite has no setting for it."""

    @event.listens_for(reader, "begin")
    def _begin(connection: Any) -> None:
        end = time.monotonic() + limits.STORE_READ_S
        connection.connection.dbapi_connection.set_progress_handler(
            lambda: time.monotonic() > end, PROGRESS_STEPS
        )


def _postgresql_engines(url: URL) -> Engines:
    timeouts = {
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "60s",
        "application_name": "dsinfra-jlab",
    }

    patience = f"{limits.STORE_READ_S:.0f}s"

    def engine(size: int, **options: str) -> Engine:
        values = " ".join(f"-c {key}={value}" for key, value in {**timeouts, **options}.items())
        given = url.query.get("options", "")
        arguments = {
            "connect_timeout": 5,
            "keepalives_idle": 30,
            "options": f"{given if isinstance(given, str) else ' '.join(given)} {values}".strip(),
        }
        return create_engine(
            url.difference_update_query(["options"]),
            connect_args=arguments,
            pool_size=size,
            max_overflow=0,
            pool_pre_ping=True,
            pool_recycle=1_800,
            pool_timeout=10,
        )

    return Engines(
        url,
        engine(1),
        engine(READERS, default_transaction_read_only="on", statement_timeout=patience),
    )


def run_alone(engine: Engine, *statements: str) -> None:
    """Run statements that must not be part of a transaction."""
    connection = engine.raw_connection()
    try:
        for statement in statements:
            connection.cursor().execute(statement).close()
    finally:
        connection.close()


def make_sqlite_file(path: Path) -> None:
    """Make the folder and an empty file that only their owner can read, where absent."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return


_PASSWORD = re.compile(r"(?<=://)([^/@\s:]*):[^/@\s]*@")
_PASSWORD_FIELD = re.compile(r"(password=)[^&\s]*", re.IGNORECASE)


def without_password(text: str) -> str:
    """Return a driver's message without a password that a URL in it may hold."""
    return _PASSWORD_FIELD.sub(r"\1***", _PASSWORD.sub(r"\1@", text))
