from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from dsinfra_jlab.domain.changes import SaveRun
from dsinfra_jlab.domain.errors import Unavailable
from dsinfra_jlab.domain.ids import RunId
from dsinfra_jlab.domain.runs import RunPatch, RunQuery
from dsinfra_jlab.store.engine import (
    Engines,
    make_sqlite_file,
    open_engines,
    parse_url,
    sqlite_path,
)
from dsinfra_jlab.store.migrations import HEAD, current_version, migrate
from dsinfra_jlab.store.models import Base
from tests.store.samples import START, opened, record, sqlite_url

VERSIONS = Path(migrate.__code__.co_filename).parent / "versions"

NEXT = '''
"""What a later version might do."""
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{down}"


def upgrade() -> None:
    with op.batch_alter_table("setting") as table:
        table.add_column(sa.Column("later", sa.Text()))
    {more}
'''


@pytest.fixture(params=["sqlite", "postgresql"])
def engines(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engines]:
    """Engines on a database without any table."""
    if request.param == "sqlite":
        url = parse_url(sqlite_url(tmp_path / "data"))
        make_sqlite_file(sqlite_path(url))
    else:
        url = parse_url(request.getfixturevalue("postgres_url"))
    engines = open_engines(url)
    yield engines
    engines.dispose()


def later(tmp_path: Path, more: str = "") -> Path:
    folder = tmp_path / "later"
    folder.mkdir(exist_ok=True)
    (folder / "9999_later.py").write_text(NEXT.format(down=HEAD, more=more))
    return folder


def test_the_head_is_said_rightly() -> None:
    assert ScriptDirectory(str(VERSIONS.parent)).get_current_head() == HEAD


def test_migrations_make_the_tables_of_the_models(engines: Engines) -> None:
    assert migrate(engines, START) == HEAD
    assert migrate(engines, START) == HEAD
    with engines.writer.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": connection.dialect.name == "postgresql",
                "include_name": lambda name, kind, _: (
                    not (kind == "table" and name.startswith("run_text"))
                ),
            },
        )
        assert compare_metadata(context, Base.metadata) == []


def test_an_existing_database_is_copied_before(engines: Engines, tmp_path: Path) -> None:
    migrate(engines, START)
    with engines.writer.begin() as connection:
        connection.exec_driver_sql("INSERT INTO setting(key, value) VALUES ('k', '1')")
    assert migrate(engines, START, [VERSIONS, later(tmp_path)]) == "9999"
    with engines.writer.connect() as connection:
        assert connection.exec_driver_sql("SELECT key, later FROM setting").all() == [("k", None)]
    if engines.is_sqlite:
        (copy,) = (tmp_path / "data").glob(f"*.before-migration-from-{HEAD}-*")
        with sqlite3.connect(copy) as connection_:
            assert connection_.execute("SELECT key FROM setting").fetchall() == [("k",)]
        connection_.close()
        assert copy.stat().st_mode & 0o077 == 0


def test_a_migration_that_fails_leaves_everything_as_it_was(
    engines: Engines, tmp_path: Path
) -> None:
    migrate(engines, START)
    broken = later(tmp_path, more="raise RuntimeError('half way')")
    with pytest.raises(RuntimeError):
        migrate(engines, START, [VERSIONS, broken])
    with engines.writer.connect() as connection:
        assert current_version(connection) == HEAD
        columns = {column["name"] for column in inspect(connection).get_columns("setting")}
        assert columns == {"key", "value"}


async def test_a_newer_schema_is_only_read(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        store.record([SaveRun(record("a"))])
        await store.flush()
    engines = open_engines(parse_url(store_url))
    migrate(engines, START, [VERSIONS, later(tmp_path)])
    engines.dispose()
    with opened(store_url) as store:
        assert store.schema_version == "9999"
        health = store.health()
        assert health.is_read_only
        assert "newer version" in health.detail
        assert [run.id for run in (await store.runs(RunQuery())).items] == ["a"]
        store.record([SaveRun(record("b"))])
        with pytest.raises(Unavailable, match="newer version"):
            await store.flush()
        with pytest.raises(Unavailable):
            await store.patch_run(RunId("a"), RunPatch(note="x"))
        assert store.health().queue_depth == 1
    engines = open_engines(parse_url(store_url))
    with engines.writer.connect() as connection:
        assert current_version(connection) == "9999"
    engines.dispose()


def test_two_servers_that_start_together_migrate_once(engines: Engines) -> None:
    import threading

    failures: list[BaseException] = []

    def start() -> None:
        mine = open_engines(engines.url)
        try:
            migrate(mine, START)
        except BaseException as error:
            failures.append(error)
        finally:
            mine.dispose()

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with engines.writer.connect() as connection:
        assert current_version(connection) == HEAD
