"""Which calls of libraries read or write data, and how the call says what data: one row each.

Only what the interpreter's audit events miss: libraries that open files in C, C++ or Rust, and
connections whose address alone says little. A row's ``read`` is given the arguments of a call.
"""

from __future__ import annotations

import fnmatch
import os
import re
import shlex
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import PurePath
from typing import Any, Callable, NamedTuple

from . import sources_places as places
from .sources_cells import BY_CHANGE, mode_of_method

PATHS_MAX = 1_000
"""Paths of one call, and files that one pattern leads to."""
MATCHING_S = 0.05
"""How long the files of a pattern are looked for."""
SQL_MAX_CHARS = 100_000
"""Of a statement in which names of files are looked for."""

Named = tuple[str, str, str]
"""Kind, name and mode of what a call touches."""
Read = Callable[[tuple[Any, ...], dict[str, Any]], Iterable[Named]]


class Row(NamedTuple):
    """Calls of a library that touch data."""

    library: str
    """What the collector is called."""
    module: str
    """After whose import the calls are watched."""
    attributes: str
    """Names in that module, or below a class of it; ``*`` stands for anything."""
    read: Read
    is_after: bool = False
    """Whether only a call that succeeds has touched anything: a connection that is made."""


def _argument(args: tuple[Any, ...], kwargs: dict[str, Any], place: int, name: str) -> Any:
    return args[place] if len(args) > place else kwargs.get(name)


def _text(value: Any) -> str | None:
    """Return a path as text; of open files, buffers and the like the hook has heard already."""
    if isinstance(value, str):
        return value
    if isinstance(value, PurePath):
        return str(value)
    return os.fsdecode(value) if isinstance(value, bytes) and len(value) < 4096 else None


def _paths(value: Any) -> list[str]:
    is_many = isinstance(value, (list, tuple, set))
    found: list[str] = []
    for each in islice(value, PATHS_MAX) if is_many else [value]:
        text = _text(each)
        if text is None or "\n" in text:
            continue
        if any(mark in text for mark in "*?[") and not places.is_url(text):
            found += _matches(text)
        else:
            found.append(text)
    return found


def _matches(pattern: str) -> list[str]:
    """Return the files that a pattern leads to; of a tree of folders its root.

    To look for them once more must not take long, so that a tree is not walked.
    """
    folder, name = os.path.split(pattern)
    while any(mark in folder for mark in "*?["):
        folder, name = os.path.dirname(folder), "**"
    if "**" in name:
        return [folder or os.curdir]
    found = []
    give_up_at = time.perf_counter() + MATCHING_S
    with os.scandir(folder or os.curdir) as entries:
        for entry in entries:
            if fnmatch.fnmatch(entry.name, name):
                found.append(os.path.join(folder, entry.name))
            if len(found) == PATHS_MAX or time.perf_counter() > give_up_at:
                break
    return found or ([pattern] if os.path.exists(pattern) else [])


def path(place: int, name: str, mode: str = "read") -> Read:
    """Return how to read calls whose argument is a path, URL, pattern, or a list of these."""

    def read(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterable[Named]:
        return [("file", each, mode) for each in _paths(_argument(args, kwargs, place, name))]

    return read


def path_with_mode(place: int, name: str, mode_place: int, usual: str = "r") -> Read:
    """Return how to read calls that say in an argument ``mode`` what they do with a path."""

    def read(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterable[Named]:
        word = str(_argument(args, kwargs, mode_place, "mode") or usual)
        mode = "read" if word in ("r", "rb", "rt") else "write"
        if word.startswith("a") or "+" in word:
            mode = "read_write"
        return [("file", each, mode) for each in _paths(_argument(args, kwargs, place, name))]

    return read


_IN_QUOTES = re.compile(r"'((?:[^']|'')*)'")
_WRITING = re.compile(r"(?is)\b(to|export\s+database)\s*\(?\s*$")
_ATTACHING = re.compile(r"(?is)\battach\s+(database\s+)?(if\s+not\s+exists\s+)?$")
_LOOKS_LIKE_FILE = re.compile(r"(?i)(^\w[\w+]+://)|(\.\w{1,10}(\.(gz|zst|bz2|xz))?$)")


def sql(place: int, name: str) -> Read:
    """Return how to read DuckDB's statements, in which files stand in quotes."""

    def read(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterable[Named]:
        statement = _argument(args, kwargs, place, name)
        if not isinstance(statement, str) or "'" not in statement:
            return
        statement = statement[:SQL_MAX_CHARS]
        for found in _IN_QUOTES.finditer(statement):
            text = found.group(1).replace("''", "'")
            if not _LOOKS_LIKE_FILE.search(text):
                continue
            before = statement[max(0, found.start() - 60) : found.start()]
            if _ATTACHING.search(before):
                yield ("database", text, BY_CHANGE)
                continue
            mode = "write" if _WRITING.search(before) else "read"
            for each in _paths(text):
                yield ("file", each, mode)

    return read


def _duckdb_connect(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterable[Named]:
    name = _text(_argument(args, kwargs, 0, "database"))
    if not name or name.startswith(":"):
        return []
    mode = "read" if _argument(args, kwargs, 1, "read_only") else BY_CHANGE
    return [("database", name, mode)]


def _postgres_connect(first: int, mode: str) -> Read:
    def read(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterable[Named]:
        text = args[first] if len(args) > first else kwargs.get("conninfo", kwargs.get("dsn"))
        yield ("database", places.postgres_name(str(text or ""), kwargs), mode)

    return read


def _psycopg_execute(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterable[Named]:
    """Read a statement on a connection that may stem from another cell."""
    known = args[0].connection.info
    name = places.database_name("postgresql", known.host, known.port, known.dbname)
    yield ("database", name, mode_of_statement(_argument(args, kwargs, 1, "query")))


_READING = ("select", "with", "show", "explain", "describe", "pragma", "values", "table", "fetch")
_NO_DATA = ("begin", "commit", "rollback", "set", "savepoint", "release", "start", "deallocate")


def mode_of_statement(statement: Any) -> str:
    """Return what a statement of SQL does with the data; ``read_write`` if it cannot be seen."""
    if isinstance(statement, bytes):
        statement = statement.decode("utf-8", "replace")
    if not isinstance(statement, str):
        return "read_write"
    word = re.match(r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*\(*\s*(\w+)", statement, re.S)
    first = word.group(1).lower() if word else ""
    if first in _NO_DATA:
        return "read"
    if first not in _READING:
        return "write"
    writes = re.search(r"(?i)\b(insert|update|delete|merge)\b", statement)
    return "read_write" if first == "with" and writes else "read"


def _requests_send(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterable[Named]:
    request = _argument(args, kwargs, 1, "request")
    yield ("url", str(request.url), mode_of_method(request.method))


def _urllib3_open(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterable[Named]:
    pool, method = args[0], _argument(args, kwargs, 1, "method")
    url = str(_argument(args, kwargs, 2, "url"))
    if not places.is_url(url):
        port = f":{pool.port}" if pool.port else ""
        url = f"{pool.scheme}://{pool.host}{port}{url}"
    yield ("url", url, mode_of_method(method))


def _aiohttp_request(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterable[Named]:
    method = _argument(args, kwargs, 1, "method")
    yield ("url", str(_argument(args, kwargs, 2, "str_or_url")), mode_of_method(method))


_LOCAL = ("file", "local", "memory", "abstract", "dir", "cached", "simplecache", "filecache", "zip")


def _fsspec(mode: str | None) -> Read:
    """Return how to read calls on a file system; files of this machine are seen without."""
    by_mode = path_with_mode(1, "path", 2, "rb")

    def read(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterable[Named]:
        protocol = args[0].protocol
        protocol = protocol if isinstance(protocol, str) else protocol[0]
        if protocol in _LOCAL:
            return
        for _, name, seen in by_mode(args, kwargs):
            url = name if places.is_url(name) else f"{protocol}://{name.lstrip('/')}"
            yield ("url", url, mode or seen)

    return read


def _shell_command(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterable[Named]:
    """Read what ``!ls`` starts: the child that runs it has no hook that could tell us."""
    command, rest = _argument(args, kwargs, 1, "command"), _argument(args, kwargs, 2, "args")
    parts = [str(command), *map(str, rest)] if rest else shlex.split(str(command))
    if len(parts) == 3 and parts[1] == "-c" and parts[0].endswith("sh"):
        parts = parts[2:]
    yield ("process", places.clean_command(" ".join(parts)), "read_write")


_FILE = path(0, "path")
ROWS = (
    Row("pandas", "pandas.io.parquet", "read_parquet", _FILE),
    Row("pandas", "pandas.io.parquet", "to_parquet", path(1, "path", "write")),
    Row("pandas", "pandas.io.orc", "read_orc", _FILE),
    Row("pandas", "pandas.io.orc", "to_orc", path(1, "path", "write")),
    Row("pandas", "pandas.io.pytables", "HDFStore.__init__", path_with_mode(1, "path", 2, "a")),
    Row("pyarrow", "pyarrow.parquet.core", "read_table", path(0, "source")),
    Row("pyarrow", "pyarrow.parquet.core", "read_schema", path(0, "where")),
    Row("pyarrow", "pyarrow.parquet.core", "read_metadata", path(0, "where")),
    Row("pyarrow", "pyarrow.parquet.core", "ParquetFile.__init__", path(1, "source")),
    Row("pyarrow", "pyarrow.parquet.core", "ParquetDataset.__init__", path(1, "path_or_paths")),
    Row("pyarrow", "pyarrow.parquet.core", "ParquetWriter.__init__", path(1, "where", "write")),
    Row("pyarrow", "pyarrow.parquet.core", "write_to_dataset", path(1, "root_path", "write")),
    Row("pyarrow", "pyarrow.dataset", "dataset", path(0, "source")),
    Row("pyarrow", "pyarrow.dataset", "write_dataset", path(1, "base_dir", "write")),
    Row("pyarrow", "pyarrow.csv", "read_csv", path(0, "input_file")),
    Row("pyarrow", "pyarrow.csv", "open_csv", path(0, "input_file")),
    Row("pyarrow", "pyarrow.csv", "write_csv", path(1, "output_file", "write")),
    Row("pyarrow", "pyarrow.json", "read_json", path(0, "input_file")),
    Row("pyarrow", "pyarrow.orc", "read_table", path(0, "source")),
    Row("pyarrow", "pyarrow.orc", "write_table", path(1, "where", "write")),
    Row("pyarrow", "pyarrow.feather", "read_*", path(0, "source")),
    Row("pyarrow", "pyarrow.feather", "write_feather", path(1, "dest", "write")),
    Row("pyarrow", "pyarrow.ipc", "open_*", path(0, "source")),
    Row("pyarrow", "pyarrow.ipc", "new_*", path(0, "sink", "write")),
    Row("pyarrow", "pyarrow", "memory_map", path_with_mode(0, "path", 1)),
    Row("pyarrow", "pyarrow", "input_stream", path(0, "source")),
    Row("pyarrow", "pyarrow", "output_stream", path(0, "source", "write")),
    Row("polars", "polars", "read_[!d]*", path(0, "source")),
    Row("polars", "polars", "read_delta", path(0, "source")),
    Row("polars", "polars", "scan_*", path(0, "source")),
    Row("polars", "polars", "DataFrame.write_[!d]*", path(1, "file", "write")),
    Row("polars", "polars", "DataFrame.write_delta", path(1, "target", "write")),
    Row("polars", "polars", "LazyFrame.sink_*", path(1, "path", "write")),
    Row("duckdb", "duckdb", "connect", _duckdb_connect),
    Row("duckdb", "duckdb", "sql", sql(0, "query")),
    Row("duckdb", "duckdb", "query", sql(0, "query")),
    Row("duckdb", "duckdb", "execute", sql(0, "query")),
    Row("duckdb", "duckdb", "read_*", path(0, "path_or_buffer")),
    Row("duckdb", "duckdb", "from_parquet", path(0, "file_glob")),
    Row("duckdb", "duckdb", "from_csv_auto", path(0, "path_or_buffer")),
    Row("duckdb", "duckdb", "DuckDBPyConnection.sql", sql(1, "query")),
    Row("duckdb", "duckdb", "DuckDBPyConnection.query", sql(1, "query")),
    Row("duckdb", "duckdb", "DuckDBPyConnection.execute", sql(1, "query")),
    Row("duckdb", "duckdb", "DuckDBPyConnection.read_*", path(1, "path_or_buffer")),
    Row("duckdb", "duckdb", "DuckDBPyConnection.from_parquet", path(1, "file_glob")),
    Row("duckdb", "duckdb", "DuckDBPyRelation.write_*", path(1, "file_name", "write")),
    Row("duckdb", "duckdb", "DuckDBPyRelation.to_[cp][sa]*", path(1, "file_name", "write")),
    Row("h5py", "h5py", "File.__init__", path_with_mode(1, "name", 2)),
    Row(
        "psycopg",
        "psycopg.connection",
        "Connection.connect",
        _postgres_connect(1, "read"),
        is_after=True,
    ),
    Row(
        "psycopg",
        "psycopg.connection_async",
        "AsyncConnection.connect",
        _postgres_connect(1, "read"),
    ),
    Row("psycopg", "psycopg.cursor", "Cursor.execute*", _psycopg_execute),
    Row("psycopg", "psycopg.cursor_async", "AsyncCursor.execute*", _psycopg_execute),
    Row("psycopg2", "psycopg2", "connect", _postgres_connect(0, "read_write"), is_after=True),
    Row("requests", "requests.sessions", "Session.send", _requests_send),
    Row("httpx", "httpx._client", "Client.send", _requests_send),
    Row("httpx", "httpx._client", "AsyncClient.send", _requests_send),
    Row("urllib3", "urllib3.connectionpool", "HTTPConnectionPool.urlopen", _urllib3_open),
    Row("aiohttp", "aiohttp.client", "ClientSession._request", _aiohttp_request),
    Row("fsspec", "fsspec.spec", "AbstractFileSystem.open", _fsspec(None)),
    Row("fsspec", "fsspec.spec", "AbstractFileSystem.cat_file", _fsspec("read")),
    Row("fsspec", "fsspec.spec", "AbstractFileSystem.get_file", _fsspec("read")),
    Row("fsspec", "fsspec.spec", "AbstractFileSystem.pipe_file", _fsspec("write")),
    Row("shell", "pexpect.pty_spawn", "spawn._spawn", _shell_command),
)
