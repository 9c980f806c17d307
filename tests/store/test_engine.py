from __future__ import annotations

import stat
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from dsinfra_jlab.domain.clock import HandClock
from dsinfra_jlab.domain.exceptions import BadInput
from dsinfra_jlab.store import SqlStore, default_url
from dsinfra_jlab.store.engine import parse_url, shown_url, without_password
from tests.store.samples import opened, sqlite_url

PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "busy_timeout": 5_000,
    "foreign_keys": 1,
    "secure_delete": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
}


def test_how_sqlite_is_used(tmp_path: Path) -> None:
    with opened(sqlite_url(tmp_path / "new" / "ü?#%")) as store:
        engines = store._writer.usable(is_to_write=True).engines
        with engines.writer.connect() as connection:
            for pragma, value in PRAGMAS.items():
                assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value, pragma
        with engines.reader.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA query_only").scalar() == 1
            with pytest.raises(OperationalError):
                connection.exec_driver_sql("DELETE FROM setting")


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "deep"
    with opened(default_url(folder)):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        for file in folder.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:", "mongodb://x"]
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(BadInput, match="Write sqlite:"):
        SqlStore(url, HandClock())


def test_no_password_is_shown() -> None:
    given = "postgresql://ana:s3cret@db/x?password=s3cret&sslmode=require"
    assert shown_url(parse_url(given)) == "postgresql://ana@db/x?sslmode=require"
    told = without_password(f"cannot reach {given}")
    assert told == "cannot reach postgresql://ana@db/x?password=***&sslmode=require"
    store = SqlStore(given, HandClock())
    assert "s3cret" not in repr(store.health())


async def test_a_password_is_in_no_message() -> None:
    store = SqlStore("postgresql://ana:s3cret@127.0.0.1:1/x", HandClock())
    store.open()
    from tests.store.samples import wait_until

    wait_until(lambda: "nothing answers" in store.health().detail)
    assert "s3cret" not in repr(store.health())
    store.close_now()


def test_importing_the_store_loads_no_sql() -> None:
    import subprocess
    import sys

    code = "import sys, dsinfra_jlab.store; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
