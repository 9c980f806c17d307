"""Readers of libraries that open files past the interpreter: the real ones, where installed."""

from __future__ import annotations

import contextlib
import copy
import importlib
import inspect
import json
import os
import pickle
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.kernel.sources import Sources
from dsinfra_jlab.kernel.sources_readers import PATHS_MAX, ROWS, mode_of_statement, path, sql
from tests.kernel.test_sources import Cell
from tests.postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]


@pytest.fixture
def sources() -> Iterator[Sources]:
    watching = Sources()
    watching.install()
    yield watching
    watching.uninstall()


@pytest.fixture
def cell(sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cell:
    monkeypatch.chdir(tmp_path)
    return Cell(sources)


def library(name: str) -> Any:
    return pytest.importorskip(name, reason=f"not run: {name} is not installed")


def test_pandas(cell: Cell) -> None:
    pandas, _ = library("pandas"), library("pyarrow")
    frame = pandas.DataFrame({"a": [1, 2]})
    with cell:
        frame.to_parquet("a.parquet")
        frame.to_orc("a.orc", index=False)
        frame.to_csv("a.csv")
        frame.to_pickle("a.pickle")
    assert cell.seen == {
        "a.parquet": "file write pandas",
        "a.orc": "file write pandas",
        "a.csv": "file write audit",
        "a.pickle": "file write audit",
    }
    with cell:
        assert pandas.read_parquet("a.parquet").equals(frame)
        assert pandas.read_orc(Path("a.orc")).equals(frame)
        pandas.read_csv("a.csv")
    assert cell.seen == {
        "a.parquet": "file read pandas",
        "a.orc": "file read pandas",
        "a.csv": "file read audit",
    }
    assert "pandas" in cell.coverage


def test_pyarrow(cell: Cell) -> None:
    pa = library("pyarrow")
    for name in ("csv", "dataset", "feather", "ipc", "json", "orc", "parquet"):
        setattr(pa, name, importlib.import_module(f"pyarrow.{name}"))
    table = pa.table({"a": [1, 2]})
    with cell:
        pa.parquet.write_table(table, "a.parquet")
        pa.csv.write_csv(table, "a.csv")
        pa.feather.write_feather(table, "a.feather")
        pa.orc.write_table(table, "a.orc")
        pa.dataset.write_dataset(table, "folder", format="parquet")
        with pa.ipc.new_file("a.arrow", table.schema) as writer:
            writer.write_table(table)
    assert set(cell.seen) == {"a.parquet", "a.csv", "a.feather", "a.orc", "folder", "a.arrow"}
    assert set(cell.seen.values()) == {"file write pyarrow"}
    Path("a.json").write_text('{"a": 1}\n')
    with cell:
        pa.parquet.read_table("a.parquet")
        pa.parquet.ParquetFile("a.parquet").close()
        pa.csv.read_csv("a.csv")
        pa.feather.read_table("a.feather")
        pa.orc.read_table("a.orc")
        pa.dataset.dataset("folder").to_table()
        pa.memory_map("a.arrow").close()
        pa.json.read_json("a.json")
        pa.parquet.read_table(pa.BufferReader(Path("a.parquet").read_bytes()))
    assert cell.seen == {
        **dict.fromkeys(
            ["a.csv", "a.feather", "a.orc", "folder", "a.arrow", "a.json"], "file read pyarrow"
        ),
        "a.parquet": "file read pyarrow",
    }


def test_polars(cell: Cell) -> None:
    pl = library("polars")
    frame = pl.DataFrame({"a": [1]})
    with cell:
        frame.write_parquet("a.parquet")
        frame.write_csv("a.csv")
        frame.lazy().sink_parquet("b.parquet")
    assert cell.seen == dict.fromkeys(["a.parquet", "a.csv", "b.parquet"], "file write polars")
    with cell:
        pl.read_csv(Path("a.csv"))
        assert pl.scan_parquet("*.parquet").collect().height == 2
    assert cell.seen == dict.fromkeys(["a.parquet", "a.csv", "b.parquet"], "file read polars")


def test_duckdb(cell: Cell) -> None:
    duckdb = library("duckdb")
    with cell, duckdb.connect("a.duckdb") as base:
        base.execute("create table t as select 1 as a")
        base.execute("copy t to 'out.csv'")
        base.sql("select 'it''s 1.5' as text, * from t").write_parquet("out.parquet")
    assert cell.seen == {
        "a.duckdb": "database read_write duckdb",
        "out.csv": "file write duckdb",
        "out.parquet": "file write duckdb",
    }
    with cell:
        assert duckdb.sql("select * from 'out.csv'").fetchall() == [(1,)]
        duckdb.read_parquet("out.parquet").fetchall()
        duckdb.connect("a.duckdb", read_only=True).close()
        duckdb.connect().close()
        duckdb.connect(":memory:").close()
    assert cell.seen == {
        "a.duckdb": "database read duckdb",
        "out.csv": "file read duckdb",
        "out.parquet": "file read duckdb",
    }


def test_files_in_statements() -> None:
    read = sql(0, "query")

    def seen(statement: object) -> list[tuple[str, str, str]]:
        return list(read((statement,), {}))

    assert seen("select 'a', 'b c', '10%' from t where x = '1.5.2020'") == [
        ("file", "1.5.2020", "read")  # nothing of the kind is there, so that it is not reported
    ]
    assert seen("from read_csv('s3://b/x.csv.gz')") == [("file", "s3://b/x.csv.gz", "read")]
    assert seen("COPY (select 1) TO 'x.parquet' (format parquet)") == [
        ("file", "x.parquet", "write")
    ]
    assert seen("ATTACH IF NOT EXISTS 'x.db' AS y") == [("database", "x.db", "by_change")]
    assert seen(None) == seen(b"'x.csv'") == seen("select 1") == []


def test_patterns_are_looked_up_without_walking_a_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deep").mkdir()
    for name in ("a.csv", "b.csv", "c.txt", "deep/d.csv"):
        (tmp_path / name).write_text("x")
    read = path(0, "source")

    def seen(value: object) -> list[str]:
        return sorted(name for _, name, _ in read((value,), {}))

    assert seen("*.csv") == ["a.csv", "b.csv"]
    assert seen(str(tmp_path / "deep" / "?.csv")) == [str(tmp_path / "deep" / "d.csv")]
    assert seen("**/*.csv") == ["."]
    assert seen("deep/**") == seen("deep/*/x.csv") == ["deep"]
    assert seen("none*.csv") == []
    assert seen(["a.csv", Path("c.txt"), b"b.csv", 3, None]) == ["a.csv", "b.csv", "c.txt"]
    assert seen(f"{n}.csv" for n in range(3)) == []  # a generator is the user's to read
    assert len(seen([f"{n}.csv" for n in range(5_000)])) == PATHS_MAX


def test_h5py(cell: Cell) -> None:
    h5py = library("h5py")
    with cell, h5py.File("a.h5", "w") as file:
        file["x"] = [1]
    assert cell.seen == {"a.h5": "file write h5py"}
    with cell:
        with h5py.File(b"a.h5") as file:
            assert isinstance(file, h5py.File)
        with h5py.File(name="a.h5", mode="a"):
            pass
    assert cell.seen == {"a.h5": "file read_write h5py"}


def test_fsspec(cell: Cell) -> None:
    fsspec = library("fsspec")
    Path("a.txt").write_text("x")

    class Far(fsspec.AbstractFileSystem):  # type: ignore[misc]
        protocol = ("far", "farther")

        def _open(self, path: str, mode: str = "rb", **_: object) -> Any:
            return open("a.txt", mode)

    with cell:
        far = Far()
        far.open("bucket/key.csv").close()
        far.open("far://bucket/other.csv", "wb").close()
        with fsspec.open("memory://x", "wb") as file:
            file.write(b"x")
    assert cell.seen == {
        "far://bucket/key.csv": "url read fsspec",
        "far://bucket/other.csv": "url write fsspec",
        "a.txt": "file read_write audit",
    }


def test_sqlalchemy_on_a_file(cell: Cell) -> None:
    sa = library("sqlalchemy")
    with cell:
        engine = sa.create_engine("sqlite:///a.db")
        with engine.begin() as connection:
            connection.execute(sa.text("create table t (a)"))
    assert cell.seen == {"a.db": "database read_write sqlalchemy"}
    with cell, engine.connect() as connection:  # of the cell before
        connection.execute(sa.text("select * from t"))
    assert cell.seen == {"a.db": "database read sqlalchemy"}
    engine.dispose()
    with cell:
        memory = sa.create_engine("sqlite://")
        with memory.connect() as connection:
            connection.execute(sa.text("select 1"))
        memory.dispose()
    assert cell.items == []


def test_postgresql(cell: Cell, postgres_url: str) -> None:
    sa, psycopg = library("sqlalchemy"), library("psycopg")
    with_secret = postgres_url.replace("//dsinfra@", "//dsinfra:hunter2@")
    name = postgres_url.replace("dsinfra@", "")
    with contextlib.ExitStack() as stack:
        with cell:
            kept = stack.enter_context(psycopg.connect(with_secret, autocommit=True))
            kept.execute("create table t (a int)")
        assert cell.seen == {name: "database read_write psycopg"}
        with cell:
            kept.cursor().execute("select * from t")
        assert cell.seen == {name: "database read psycopg"}
        engine = sa.create_engine(with_secret.replace("postgresql:", "postgresql+psycopg:"))
        stack.callback(engine.dispose)
        with cell, engine.connect() as connection:
            assert connection.execute(sa.text("select * from t")).all() == []
        assert list(cell.seen) == [name]
        assert "hunter2" not in json.dumps(cell.items)
    with cell, pytest.raises(psycopg.OperationalError):
        psycopg.connect("host=127.0.0.1 port=1 password=hunter2 connect_timeout=2")
    assert cell.items == []


def test_postgresql_through_psycopg2(cell: Cell, postgres_url: str) -> None:
    psycopg2 = library("psycopg2")
    with cell:
        psycopg2.connect(postgres_url, password="hunter2").close()
    assert cell.seen == {postgres_url.replace("dsinfra@", ""): "database read_write psycopg2"}


def test_commands_of_the_notebook(cell: Cell) -> None:
    pexpect = library("pexpect")
    with cell:
        pexpect.run("/bin/sh -c 'echo hello'")
    assert "echo hello" in cell.seen


@pytest.mark.parametrize(
    ("statement", "mode"),
    [
        ("SELECT 1", "read"),
        ("  -- why\n select 1", "read"),
        ("/* a */ (select 1)", "read"),
        ("with a as (select 1) select * from a", "read"),
        ("with a as (insert into t values (1) returning *) select * from a", "read_write"),
        ("insert into t values (1)", "write"),
        (b"update t set a = 1", "write"),
        ("COMMIT", "read"),
        ("", "write"),
        (object(), "read_write"),
    ],
)
def test_modes_of_statements(statement: object, mode: str) -> None:
    assert mode_of_statement(statement) == mode


def test_every_row_leads_to_something() -> None:
    """A row whose function is gone from the library would be silent for ever."""
    sources = Sources()
    sources.install()
    missing = []
    try:
        for row in ROWS:
            try:
                importlib.import_module(row.module)
            except ImportError:
                continue
            holder = sys.modules[row.module]
            owner, _, name = row.attributes.rpartition(".")
            holder = getattr(holder, owner) if owner else holder
            if "*" not in name and not hasattr(getattr(holder, name, None), "__dsinfra_watched__"):
                missing.append((row.library, row.attributes))
    finally:
        sources.uninstall()
    # Methods that a release has dropped or not yet brought, looked at by hand.
    assert missing == []


def test_readers_stay_what_they_were(sources: Sources) -> None:
    pandas, pq = library("pandas"), library("pyarrow.parquet")
    for function in (pandas.read_parquet, pq.read_table, pandas.io.parquet.to_parquet):
        assert function.__wrapped__.__doc__ == function.__doc__
        assert inspect.signature(function) == inspect.signature(function.__wrapped__)
        assert function.__name__ == function.__wrapped__.__name__
        assert pickle.loads(pickle.dumps(function)) is function
        assert copy.deepcopy(function) is function
    assert isinstance(pq.ParquetFile, type)
    csv = library("pyarrow.csv")
    assert pickle.loads(pickle.dumps(csv.read_csv)) is csv.read_csv


def test_the_users_call_goes_through_once_whatever_befalls_us(
    cell: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = library("requests")
    sent: list[str] = []

    class Adapter(requests.adapters.BaseAdapter):  # type: ignore[misc]
        def send(self, request: Any, **_: object) -> Any:
            sent.append(request.url)
            raise requests.ConnectionError("no")

        def close(self) -> None: ...

    class Method:
        def __str__(self) -> str:
            raise RuntimeError("ours must not fail by this")

    session = requests.Session()
    session.mount("http://", Adapter())
    request = session.prepare_request(requests.Request("GET", "http://host/a"))
    request.method = Method()
    with cell, pytest.raises(requests.ConnectionError):
        session.send(request)
    assert sent == ["http://host/a"]
    assert cell.items == []


IN_A_NEW_PROCESS = """
    import json, sys
    {before}
    from dsinfra_jlab.kernel.sources import Sources
    sources = Sources()
    sources.install()
    sources.begin_cell(1)
    {cell}
    items, coverage, dropped = sources.end_cell(1)
    print(json.dumps([[i["name"].rpartition("/")[2], i["mode"], i["collector"]] for i in items]))
    print(json.dumps(coverage))
"""
USE = "pandas.DataFrame({'a': [1]}).to_parquet('a.parquet')"


@pytest.mark.parametrize(
    ("before", "cell"),
    [
        ("", f"import pandas; {USE}"),
        ("import pandas, pyarrow.parquet", USE),
        ("", f"import pyarrow.parquet, pandas; {USE}; from pandas import read_parquet as r"),
    ],
)
def test_a_library_is_watched_from_its_import_on(before: str, cell: str, tmp_path: Path) -> None:
    library("pyarrow")
    code = textwrap.dedent(IN_A_NEW_PROCESS).format(before=before, cell=cell)
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert done.stderr == ""
    items, coverage = (json.loads(line) for line in done.stdout.splitlines())
    assert items == [["a.parquet", "write", "pandas"]]
    assert {"audit", "import", "pandas", "pyarrow"} <= set(coverage)


def test_a_library_that_fails_to_load_fails_as_it_did(
    sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its loader is its own again, and a second try loads it and has it watched."""
    (tmp_path / "h5py.py").write_text("raise ImportError('no such library')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "h5py", raising=False)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    with pytest.raises(ImportError, match="no such library"):
        importlib.import_module("h5py")
    text = "class File:\n    def __init__(self, name, mode='r'): self.name = name\n"
    (tmp_path / "h5py.py").write_text(text)
    (tmp_path / "data.h5").write_text("x")
    importlib.invalidate_caches()
    h5py = importlib.import_module("h5py")
    assert "exec_module" not in vars(h5py.__spec__.loader)
    cell = Cell(sources)
    with cell:
        assert h5py.File(str(tmp_path / "data.h5")).name == str(tmp_path / "data.h5")
    assert cell.seen == {"data.h5": "file read h5py"}
    monkeypatch.delitem(sys.modules, "h5py")
