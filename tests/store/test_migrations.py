from __future__ import annotations

import contextlib
import dataclasses
import shutil
import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from dsinfra_jlab.domain.changes import SaveError, SavePoints, SaveRun, SaveSamples
from dsinfra_jlab.domain.clock import HandClock
from dsinfra_jlab.domain.compute.job_groups import JobCounts, JobGroupId
from dsinfra_jlab.domain.compute.jobs import JobId, JobRecord, JobState
from dsinfra_jlab.domain.compute.targets import TargetRecord
from dsinfra_jlab.domain.errors.groups import ErrorQuery, GroupState
from dsinfra_jlab.domain.exceptions import Unavailable
from dsinfra_jlab.domain.ids import CellId, ErrorGroupId, RunId
from dsinfra_jlab.domain.resources.samples import RunSamples
from dsinfra_jlab.domain.runs.records import PeakMemory, RunPatch, RunQuery
from dsinfra_jlab.domain.runs.trials import TrialQuery
from dsinfra_jlab.domain.settings import Settings
from dsinfra_jlab.store.engine import (
    Engines,
    make_sqlite_file,
    open_engines,
    parse_url,
    sqlite_path,
)
from dsinfra_jlab.store.migrations import HEAD, current_version, migrate
from dsinfra_jlab.store.models import Base
from tests.store.error_samples import seen
from tests.store.samples import START, at, notebook, opened, record, sqlite_url

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
                    not (kind == "table" and name.startswith(("run_text", "error_text")))
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


def written_by(version: str, engines: Engines, folder: Path) -> None:
    """Fill a database with what an older version wrote: rows dumped from such a one."""
    until = folder / version
    until.mkdir()
    for file in VERSIONS.glob("[0-9]*.py"):
        if file.name.partition("_")[0] <= version:
            shutil.copy(file, until)
    assert migrate(engines, START, [until]) == version
    kind = "sqlite" if engines.is_sqlite else "postgresql"
    rows = (Path(__file__).parent / f"written_by_{version}.{kind}.sql").read_text()
    connection = engines.writer.raw_connection()
    try:
        if engines.is_sqlite:
            connection.driver_connection.executescript(rows)  # type: ignore[union-attr]
        else:
            connection.cursor().execute(rows)
        connection.commit()
    finally:
        connection.close()


async def test_a_store_of_the_first_version_is_brought_up_to_date(
    engines: Engines, tmp_path: Path
) -> None:
    written_by("0001", engines, tmp_path)
    url = engines.url.render_as_string(hide_password=False)
    engines.dispose()
    with opened(url, HandClock(at(3_600))) as store:
        assert store.schema_version == HEAD
        assert store.health().notices == []
        assert [run.id for run in (await store.runs(RunQuery())).items] == ["c", "b", "a", "s"]
        run = await store.run(RunId("a"))
        assert (run.name, run.note, run.tags) == ("best", "keep it", {"team": "nlp"})
        assert (run.params["lr"], run.metrics["acc"], run.notebook_path) == (
            0.1,
            0.5,
            "/home/ana/work/train.ipynb",
        )
        assert (run.cpu_s, run.flags, run.peak_gpu_memory) == (None, [], None)
        assert len((await store.outputs(RunId("a"))).items) == 1
        assert (await store.environment(RunId("a"))).packages == {"numpy": "2.0"}
        searches = {"größe": "a", "keyerror": "b", "notebook:eval": "c", "tag.team": "a"}
        for q, found in searches.items():
            assert [run.id for run in (await store.runs(RunQuery(q=q))).items] == [found], q
        # And from there on it takes what the probe says, of old runs as well.
        assert (await store.metrics(RunId("a"), "acc", 10)).items[0].points[0][2] == 0.5
        later = record("c", 3, document=notebook("/w/eval.ipynb"), experiment="Big", cpu_s=1.5)
        body = struct.pack("<ddd", 0.0, at(1).timestamp(), 0.75)
        store.record([SaveRun(later), SavePoints(RunId("a"), "acc", 0, body)])
        await store.flush()
        assert (await store.run(RunId("a"))).metrics["acc"] == 0.75
        run = await store.run(RunId("c"))
        assert (run.experiment_name, run.notebook_path, run.cpu_s) == ("Big", "/w/eval.ipynb", 1.5)
        trials = await store.trials(CellId("cell-1"), TrialQuery())
        assert [trial.run_id for trial in trials.items] == ["b", "a"]
        await store.patch_run(RunId("d"), RunPatch(is_deleted=False))
        assert (await store.erase_expired(at(90 * 86_400), Settings(runs_retention_days=30))) > 3
        assert [run.id for run in (await store.runs(RunQuery())).items] == ["a", "s"]
    if url.startswith("sqlite"):
        (copy,) = (tmp_path / "data").glob("*.before-migration-from-0001-*")
        with contextlib.closing(sqlite3.connect(copy)) as connection:
            assert connection.execute("SELECT count(*) FROM run").fetchone() == (5,)
        with contextlib.closing(sqlite3.connect(tmp_path / "data" / "store.sqlite")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


async def test_a_store_of_the_second_version_takes_errors(engines: Engines, tmp_path: Path) -> None:
    written_by("0002", engines, tmp_path)
    url = engines.url.render_as_string(hide_password=False)
    engines.dispose()
    with opened(url, HandClock(at(3_600))) as store:
        assert (store.schema_version, store.health().notices) == (HEAD, [])
        assert [run.id for run in (await store.runs(RunQuery())).items] == ["c", "b", "a", "s"]
        run = await store.run(RunId("a"))
        assert (run.name, run.error_ids, run.cpu_s) == ("best", [], 0.5)
        assert [flag.name for flag in run.flags] == ["df"]
        assert run.tags == {"team": "nlp", "hand": "yes"}
        points = (await store.metrics(run.id, "loss", 10)).items[0].points
        assert [point[2] for point in points] == [0.5, 0.25]
        assert (await store.data(run.id)).items[0].name == "/w/train.csv"
        assert (await store.artifacts(run.id)).items[0].name == "model.bin"
        assert (await store.capture(run.id)) is not None
        assert (await store.error_groups(ErrorQuery())).items == []
        # An error of an old run, one of a run in the trash, and a success of their cell.
        store.record([SaveError(seen("b", 2.5)), SaveError(seen("d", 4.5))])
        await store.flush()
        group = await store.error_group(ErrorGroupId("g"))
        assert (group.count, group.state, group.notebooks) == (
            1,
            GroupState.new,
            ["/home/ana/work/train.ipynb"],
        )
        assert await store.first_failure(group.id) == ("a", "b")
        await store.patch_run(RunId("d"), RunPatch(is_deleted=False))
        assert (await store.error_group(group.id)).count == 2
        store.record([SaveRun(record("e", 5, cell_id="cell-1"))])
        await store.flush()
        assert (await store.error_group(group.id)).state is GroupState.resolved
        assert (await store.erase_expired(at(90 * 86_400), Settings(runs_retention_days=30))) > 3
        assert (await store.error_groups(ErrorQuery())).items == []
    if url.startswith("sqlite"):
        assert list((tmp_path / "data").glob("*.before-migration-from-0002-*"))
        with contextlib.closing(sqlite3.connect(tmp_path / "data" / "store.sqlite")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


async def test_a_store_of_the_third_version_takes_samples(engines: Engines, tmp_path: Path) -> None:
    written_by("0003", engines, tmp_path)
    if engines.is_sqlite:
        with engines.writer.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
    url = engines.url.render_as_string(hide_password=False)
    engines.dispose()
    with opened(url, HandClock(at(3_600))) as store:
        assert (store.schema_version, store.health().notices) == (HEAD, [])
        runs = (await store.runs(RunQuery())).items
        assert [run.id for run in runs] == ["e", "c", "b", "a", "s"]
        assert {run.peak_rss for run in runs} == {None}
        run = await store.run(RunId("b"))
        assert (len(run.error_ids), run.peak_rss, run.energy_j) == (1, None, None)
        group = await store.error_group(ErrorGroupId("g"))
        assert (group.count, group.note, group.last_run_id) == (1, "known", "b")
        assert (await store.run_errors(run.id))[0].operations[0].names == ["df"]
        assert (await store.error_groups(ErrorQuery(q="keyerror"))).items == [group]
        assert (await store.metrics(RunId("a"), "loss", 10)).items[0].point_count == 2
        assert (await store.run_samples(run.id)).at_s == []
        # Of runs of each version, and of one that lies in the trash.
        series = RunSamples([0.5], [1.0], [2.0], [None], 10, is_complete=True)
        for name, size in {"a": 3, "b": 2, "d": 9, "e": 1}.items():
            peak = PeakMemory(size * 10**9, "exact")
            store.record([SaveSamples(RunId(name), series, peak, None, 0.5)])
        await store.flush()
        assert store.health().dropped == {}
        assert await store.run_samples(run.id) == series
        by_peak = [run.id for run in (await store.runs(RunQuery(order="-peak_rss"))).items]
        assert by_peak == ["a", "b", "e", "c", "s"]
        assert await store.cell_peaks(CellId("cell-1"), None) == [(3 * 10**9, None)]
        assert (await store.run(RunId("a"))).cpu_s == 0.5
        await store.patch_run(RunId("d"), RunPatch(is_deleted=False))
        assert (await store.runs(RunQuery(q="peak_rss>5GB"))).items[0].id == "d"
        assert (await store.error_group(group.id)).count == 2
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(tmp_path / "data" / "store.sqlite")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            assert not [name for (name,) in tables if name.startswith("sqlite_stat")]


async def test_a_store_of_the_third_version_takes_jobs(engines: Engines, tmp_path: Path) -> None:
    written_by("0003", engines, tmp_path)
    url = engines.url.render_as_string(hide_password=False)
    engines.dispose()
    with opened(url, HandClock(at(3_600))) as store:
        before = await store.run(RunId("b"))
        assert (before.target, before.job_id) == (None, None)
        sent = dataclasses.replace(record("sent"), target="gpu", job_id="j")
        store.record([SaveRun(sent)])
        await store.flush()
        assert [run.id for run in (await store.runs(RunQuery(q="target:gpu"))).items] == ["sent"]
        job = JobRecord(JobId("j"), RunId("sent"), "gpu", JobState.queued, "1", at(1), home="h")
        await store.save_job(job)
        await store.save_target("h", TargetRecord("gpu", "dask", {"workers": 2}))
        assert await store.open_jobs() == [job]
        assert await store.targets("h") == [TargetRecord("gpu", "dask", {"workers": 2})]
        assert await store.run(RunId("b")) == before


async def test_items_of_groups_are_counted_that_were_sent_before_there_were_counts(
    tmp_path: Path,
) -> None:
    path = tmp_path / "store.sqlite"
    group = JobGroupId("g")
    failed = JobRecord(
        JobId("a"), RunId("ra"), "gpu", JobState.error, "1", at(1), home="h", group_id=group,
        started_at=at(1), ended_at=at(3),
    )  # fmt: skip
    again = dataclasses.replace(
        failed, id=JobId("b"), state=JobState.ok, ended_at=at(6), retry_of=failed.id
    )
    with opened(f"sqlite:///{path}") as store:
        await store.save_job(failed)
        await store.save_job(again)
        counted = await store.job_group(group)
    assert counted.counts == JobCounts(ok=1)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for name in ("single", "single_open", "group_open", "group_counts"):
            connection.execute(f"DROP INDEX ix_job_{name}")
        for column in ("started_us", "worked_us", "is_retried"):
            connection.execute(f"ALTER TABLE job DROP COLUMN {column}")
        connection.execute("UPDATE alembic_version SET version_num = '0006'")
        connection.commit()
    with opened(f"sqlite:///{path}") as store:
        assert await store.job_group(group) == counted


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
