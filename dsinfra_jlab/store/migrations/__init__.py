"""From whatever schema a database has to the one this code knows."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from ..engine import Engines, sqlite_path

__all__ = ["HEAD", "SchemaTooNew", "copy_verified", "current_version", "migrate"]

HEAD = "0007"
"""The newest migration. Said here too, so that an up-to-date store opens without Alembic,
whose import costs more than everything else; a test compares."""

_LOCK = 6_127_365_291_117_004_883
"""The advisory lock on PostgreSQL: any number, as long as it is always the same."""

_VERSIONS = Path(__file__).parent / "versions"


class SchemaTooNew(Exception):
    """A newer version of the code has changed the tables; this one can only read them."""

    def __init__(self, version: str) -> None:
        super().__init__(version)
        self.version = version


def current_version(connection: Connection) -> str:
    """Return the migration the database stands at, ``""`` before the first."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""


def migrate(engines: Engines, now: datetime, versions: Sequence[Path] = (_VERSIONS,)) -> str:
    """Bring the tables up to date, and return the migration they then stand at.

    Of several servers that start together one migrates and the others wait for it. A
    SQLite database that holds something is copied before; the copy stays.

    Raises
    ------
    SchemaTooNew
        The database stands at a migration that this code does not know.
    """
    with engines.writer.connect() as connection:
        version = current_version(connection)
    head = HEAD if tuple(versions) == (_VERSIONS,) else "heads"
    if version == head:
        return version
    known = {path.name.partition("_")[0] for folder in versions for path in folder.glob("*.py")}
    if version and version not in known:
        raise SchemaTooNew(version)
    if version and engines.is_sqlite:
        copy_verified(sqlite_path(engines.url), f"before-migration-from-{version}", now)
    return _upgrade(engines.writer, versions)


def _upgrade(engine: Engine, versions: Sequence[Path]) -> str:
    """Run Alembic in one transaction that holds the lock."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(str, versions)).replace("%", "%%"))
    # On SQLite the transaction itself, begun as IMMEDIATE, is the lock.
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "heads")
        return current_version(connection)


def copy_verified(path: Path, reason: str, now: datetime) -> Path:
    """Copy a SQLite database beside itself, check the copy, and return where it is.

    Raises
    ------
    sqlite3.Error
        The copy could not be made, or is not sound; nothing is left of it.
    """
    copy = path.with_name(f"{path.name}.{reason}-{now:%Y%m%dT%H%M%S}")
    source = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True)
    try:
        copy.unlink(missing_ok=True)
        source.execute("VACUUM INTO ?", (str(copy),))
        copy.chmod(0o600)
        with sqlite3.connect(copy) as target:
            verdict = target.execute("PRAGMA quick_check").fetchone()[0]
            if verdict != "ok" or _row_counts(source) != _row_counts(target):
                raise sqlite3.DatabaseError(f"the copy at {copy} is not sound: {verdict}")
        target.close()
    except BaseException:
        copy.unlink(missing_ok=True)
        raise
    finally:
        source.close()
    return copy


def _row_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the rows of each ordinary table."""
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    ).fetchall()
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
        for (name,) in names
    }
