"""Databases of both kinds, as fixtures: import them into a ``conftest.py``."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsinfra_jlab.domain.clock import HandClock
from dsinfra_jlab.store import SqlStore
from tests.postgres import PostgresServer, postgres_server, postgres_url
from tests.store.samples import at, opened, sqlite_url

__all__ = [
    "clock",
    "migrated_database",
    "migrated_file",
    "postgres_server",
    "postgres_url",
    "small_disk",
    "store",
    "store_url",
]


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with empty tables: copying it is faster than making the tables."""
    folder = tmp_path_factory.mktemp("migrated")
    with opened(sqlite_url(folder)):
        pass
    return folder / "store.sqlite"


@pytest.fixture(scope="session")
def migrated_database(postgres_server: PostgresServer) -> str:
    """The same on PostgreSQL."""
    url = postgres_server.make_database()
    with opened(url):
        pass
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of either kind, its tables empty."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "store.sqlite")
        yield sqlite_url(tmp_path)
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.make_database(request.getfixturevalue("migrated_database"))
    yield url
    server.drop_database(url)


@pytest.fixture
def clock() -> HandClock:
    """An hour after the first sample."""
    return HandClock(at(3_600))


@pytest.fixture
def store(store_url: str, clock: HandClock) -> Iterator[SqlStore]:
    """An open store with nothing in it."""
    with opened(store_url, clock) as store:
        yield store


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of 3 MB."""
    folder = Path(tempfile.mkdtemp(prefix="dsinfra-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "dsinfra", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        folder.rmdir()
        pytest.skip("not run: mounting a small disk needs privileges this user does not have")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()
