"""What data a cell touches, seen where it is really touched."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import http.server
import importlib
import os
import pickle
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.kernel import sources_cells, sources_digest, sources_places
from dsinfra_jlab.kernel.sources import Sources
from dsinfra_jlab.kernel.sources_items import ITEMS_MAX


@pytest.fixture
def sources() -> Iterator[Sources]:
    watching = Sources()
    watching.install()
    yield watching
    watching.uninstall()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the cells run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Cell:
    """A cell: what is done in the block is done by it."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self.items: list[dict[str, Any]] = []
        self.coverage: list[str] = []
        self.dropped = 0

    def __enter__(self) -> Cell:
        self._sources.begin_cell(self)
        return self

    def __exit__(self, *error: object) -> None:
        self.items, self.coverage, self.dropped = self._sources.end_cell(self)

    @property
    def seen(self) -> dict[str, str]:
        """What was touched and how; files by the last part of their path."""
        found = {}
        for each in self.items:
            is_path = each["kind"] != "process" and "://" not in each["name"]
            name = os.path.basename(each["name"]) if is_path else each["name"]
            found[name] = f"{each['kind']} {each['mode']} {each['collector']}"
        return found


@pytest.fixture
def cell(sources: Sources) -> Cell:
    return Cell(sources)


# Files


def test_files_that_are_opened(cell: Cell, folder: Path) -> None:
    (folder / "in.txt").write_text("abc")
    (folder / "both.txt").write_text("abc")
    (folder / "plus.txt").write_text("abc")
    with cell:
        open("in.txt").close()
        open(folder / "out.txt", "w").close()
        open(b"bytes.txt", "a").close()
        open("both.txt").close()
        open(folder / "both.txt", "w").close()
        open("plus.txt", "r+").close()
        os.close(os.open("low.txt", os.O_CREAT | os.O_WRONLY))
    assert cell.seen == {
        "in.txt": "file read audit",
        "out.txt": "file write audit",
        "bytes.txt": "file write audit",
        "both.txt": "file read_write audit",
        "plus.txt": "file read_write audit",
        "low.txt": "file write audit",
    }
    first = cell.items[0]
    assert first["name"] == str(folder / "in.txt")
    assert (first["size_bytes"], first["modified_at"]) == (3, (folder / "in.txt").stat().st_mtime)
    assert cell.coverage[:2] == ["audit", "import"]


def test_a_path_means_what_it_meant_when_it_was_used(cell: Cell, folder: Path) -> None:
    for name in ("one", "two"):
        (folder / name).mkdir()
        (folder / name / "data.txt").write_text(name)
    with cell:
        os.chdir("one")
        open("data.txt").close()
        os.chdir("../two")
        open("data.txt").close()
    assert [each["name"] for each in cell.items] == [
        str(folder / "one" / "data.txt"),
        str(folder / "two" / "data.txt"),
    ]


def test_a_file_that_is_put_in_place_is_written(cell: Cell, folder: Path) -> None:
    with cell:
        Path("whole.tmp").write_text("x")
        os.replace("whole.tmp", "whole.txt")
    assert cell.seen == {"whole.txt": "file write audit"}


def test_what_is_no_data_is_left_out(cell: Cell, folder: Path) -> None:
    os.mkfifo(folder / "pipe") if hasattr(os, "mkfifo") else None
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_text("")
    (folder / "history.sqlite").write_text("")
    with cell:
        open(os.__file__).close()
        open(pytest.__file__).close()
        open("/proc/self/stat").close()
        open(os.devnull).close()
        open("__pycache__/x.pyc").close()
        open("history.sqlite").close()
        os.close(os.open("pipe", os.O_RDONLY | os.O_NONBLOCK))
        os.close(os.open(".", os.O_RDONLY))
        with pytest.raises(FileNotFoundError):
            open("absent.txt")  # noqa: SIM115
        with open("gone.txt", "w") as file:
            os.unlink(file.name)
        open(os.dup(1), closefd=True).close()
    assert cell.items == []


def test_outside_of_a_cell_nothing_is_seen(cell: Cell, folder: Path) -> None:
    Path("before.txt").write_text("x")
    with cell:
        pass
    Path("after.txt").write_text("x")
    assert cell.items == []
    with cell:
        pass
    assert cell.items == []


def test_many_files_are_counted(sources: Sources, folder: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(sources_cells, "TOUCHES_MAX", ITEMS_MAX + 10)
    cell = Cell(sources)
    with cell:
        for number in range(ITEMS_MAX + 30):
            open(f"{number}.txt", "w").close()
            open(f"{number}.txt").close()
    assert len(cell.items) == ITEMS_MAX
    assert cell.dropped >= 30


def test_threads_of_a_cell_count_for_it(sources: Sources, cell: Cell, folder: Path) -> None:
    def own() -> None:
        with sources.quiet():
            Path("ours.txt").write_text("x")

    with cell:
        for target, name in (
            (lambda: Path("theirs.txt").write_text("x"), "worker"),
            (lambda: Path("probe.txt").write_text("x"), "dsinfra-reporter"),
            (own, "quiet"),
        ):
            thread = threading.Thread(target=target, name=name)
            thread.start()
            thread.join()
    assert cell.seen == {"theirs.txt": "file write audit"}


def test_threads_that_were_there_before_are_the_kernels(folder: Path) -> None:
    go, done = threading.Event(), threading.Event()

    def work() -> None:
        go.wait()
        Path("kernel.txt").write_text("x")
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    sources = Sources()
    sources.install()
    cell = Cell(sources)
    with cell:
        go.set()
        done.wait()
        Path("mine.txt").write_text("x")
    thread.join()
    sources.uninstall()
    assert cell.seen == {"mine.txt": "file write audit"}


def test_cells_that_run_at_once_are_kept_apart(sources: Sources, folder: Path) -> None:
    turns = threading.Barrier(2, timeout=20)
    cells = {name: Cell(sources) for name in ("a", "b")}

    def run(name: str) -> None:
        with cells[name]:
            turns.wait()
            Path(name).write_text("x")
            turns.wait()

    threads = [threading.Thread(target=run, args=(name,)) for name in cells]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [list(cells[name].seen) for name in cells] == [["a"], ["b"]]


# The hook


def test_the_hook_lets_every_call_through(sources: Sources, folder: Path) -> None:
    class Odd:
        def __fspath__(self) -> str:
            raise RuntimeError("theirs")

    cell = Cell(sources)
    with cell:
        for odd in (1 << 70, "a\0b", "x" * 10_000, "\udcff", Odd(), None, 3.5, ("a",)):
            with pytest.raises((ValueError, OSError, TypeError, OverflowError, RuntimeError)):
                open(odd).close()  # type: ignore[call-overload]
        for event in sources_cells._READERS:
            for arguments in ((), (None,) * 5, (1, 2, 3, 4, 5), ("a", "b", "c"), (object(),) * 4):
                sys.audit(event, *arguments)
    assert cell.dropped == 0


def test_an_interrupt_is_not_swallowed(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(sources_cells._READERS, "open", interrupted)
    with Cell(sources), pytest.raises(KeyboardInterrupt):
        open(__file__).close()


def test_one_hook_serves_a_probe_that_is_loaded_again(folder: Path) -> None:
    first, second = Sources(), Sources()
    first.install()
    second.install()
    one, two = Cell(first), Cell(second)
    with one, two:
        Path("x.txt").write_text("x")
    second.uninstall()
    first.uninstall()
    assert (one.items, list(two.seen)) == ([], ["x.txt"])


def test_a_cells_end_keeps_nothing_of_the_users(sources: Sources, folder: Path) -> None:
    cell = Cell(sources)
    with cell:
        open("x.txt", "w").close()
    gc.collect()
    assert not [each for each in gc.get_objects() if type(each) is sources_cells.Seen]


def test_the_hook_costs_little(sources: Sources) -> None:
    def seconds(times: int = 20_000) -> float:
        began = time.perf_counter()
        for _ in range(times):
            sys.audit("some.event", 1)
        return (time.perf_counter() - began) / times

    idle = min(seconds() for _ in range(5))
    with Cell(sources):
        busy = min(seconds() for _ in range(5))
    # Measured: 0.2 and 0.3 µs with the loop; a shared machine may be ten times slower.
    assert idle < 5e-6
    assert busy < 5e-6


# Databases, commands, addresses, modules


def test_sqlite(cell: Cell, folder: Path) -> None:
    with cell:
        with sqlite3.connect("new.db") as made:
            made.execute("create table t (a)")
        made.close()
        sqlite3.connect(":memory:").close()
    assert cell.seen == {"new.db": "database read_write audit"}
    with cell:
        known = sqlite3.connect(folder / "new.db")
        known.execute("select * from t").fetchall()
        known.close()
        sqlite3.connect(f"file:{folder}/new.db?mode=ro", uri=True).close()
    assert cell.seen == {"new.db": "database read audit"}
    with cell:
        known = sqlite3.connect("new.db")
        known.execute("pragma journal_mode = wal")
        known.execute("insert into t values (1)")
        known.commit()
        known.close()
    assert cell.seen == {"new.db": "database read_write audit"}


def test_commands(cell: Cell, folder: Path) -> None:
    with cell:
        subprocess.run(["true", "a b"], check=True)
        subprocess.run("exit 0; echo --password hunter2 token=abc", shell=True, check=True)
        os.system("true now")
        pid = os.posix_spawn("/bin/true", ["true", "spawned"], {})
        os.waitpid(pid, 0)
    assert list(cell.seen) == [
        "true 'a b'",
        "exit 0; echo --password *** token=***",
        "true now",
        "true spawned",
    ]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_POST = do_PUT = do_GET

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield f"127.0.0.1:{serving.server_port}"
        serving.shutdown()
        thread.join()


def test_urllib(cell: Cell, server: str) -> None:
    with cell:
        urllib.request.urlopen(f"http://{server}/data.csv?token=secret#x").close()
        request = urllib.request.Request(f"http://{server}/up", method="PUT", data=b"x")
        urllib.request.urlopen(request).close()
    assert cell.seen == {
        f"http://{server}/data.csv": "url read audit",
        f"http://{server}/up": "url write audit",
    }


def test_a_connection_of_which_nobody_tells_more(cell: Cell, server: str) -> None:
    port = server.rpartition(":")[2]
    with cell:
        socket.create_connection(("localhost", int(port))).close()
        left, right = socket.socketpair()
        left.close()
        right.close()
    assert cell.seen == {f"tcp://localhost:{port}": "url read_write audit"}


def test_requests(cell: Cell, server: str) -> None:
    requests = pytest.importorskip("requests", reason="not run: requests is not installed")
    with cell:
        requests.get(f"http://user:word@{server}/a?token=secret")
        requests.post(f"http://{server}/b", data=b"x")
        with requests.Session() as session:
            session.put(f"http://{server}/c")
    assert cell.seen == {
        f"http://{server}/a": "url read requests",
        f"http://{server}/b": "url read_write requests",
        f"http://{server}/c": "url write requests",
    }
    assert "requests" in cell.coverage


def test_httpx(cell: Cell, server: str) -> None:
    httpx = pytest.importorskip("httpx", reason="not run: httpx is not installed")

    async def ask() -> None:
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"http://{server}/b")).text == "ok"

    with cell:
        assert httpx.get(f"http://user:word@{server}/a?token=secret").text == "ok"
        asyncio.run(ask())
    assert cell.seen == {
        f"http://{server}/a": "url read httpx",
        f"http://{server}/b": "url read httpx",
    }


def test_what_is_noted_stays_small(sources: Sources) -> None:
    with Cell(sources):
        for number in range(20):
            url = f"https://user:pw@host/{'x' * 10_000}?{number}{'y' * 1_000_000}"
            sys.audit("urllib.Request", url, None, {}, "GET")
            sys.audit("subprocess.Popen", "a", ["a", "password" * 100_000], None, None)
            sys.audit("open", "/" + "x" * 1_000_000, "r", 0)
        (seen,) = sources._cells.running
        assert len(seen.modes) == 2
        assert all(len(touch.name) < 5_000 for touch in seen.modes)


def test_commands_that_python_itself_starts_are_left_out(cell: Cell) -> None:
    with cell:
        for command in ("uname -p", "/sbin/ldconfig -p", "lscpu --parse=core", "unamex"):
            sys.audit("os.system", command)
    assert list(cell.seen) == ["unamex"]


def test_own_modules_are_data(
    sources: Sources, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "own_module.py").write_text("import own_package.part")
    (folder / "own_package").mkdir()
    (folder / "own_package" / "__init__.py").write_text("")
    (folder / "own_package" / "part.py").write_text("")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    cell = Cell(sources)
    try:
        with cell:
            importlib.import_module("own_module")
        assert cell.seen == {
            "own_module.py": "file read import",
            "__init__.py": "file read import",
            "part.py": "file read import",
        }
        with cell:
            importlib.import_module("own_module")
        assert cell.items == []
    finally:
        for name in ("own_module", "own_package", "own_package.part"):
            sys.modules.pop(name, None)


def test_looking_for_modules_runs_none_of_their_code(sources: Sources) -> None:
    class Lazy(type(sys)):  # type: ignore[misc]
        def __getattribute__(self, name: str) -> Any:
            raise SystemExit(name)

    cell = Cell(sources)
    sys.modules["lazy_of_a_test"] = Lazy("lazy_of_a_test")
    sys.modules["none_of_a_test"] = None  # type: ignore[assignment]
    try:
        with cell:
            pass
        assert cell.items == []
    finally:
        del sys.modules["lazy_of_a_test"], sys.modules["none_of_a_test"]


# Digests


def test_digests(sources: Sources, cell: Cell, folder: Path) -> None:
    with cell:
        Path("small.txt").write_text("abc")
        Path("large.txt").write_text("x" * 2_000)
        Path("changes.txt").write_text("abc")
        Path("gone.txt").write_text("abc")
        Path("empty.txt").write_text("")
    Path("changes.txt").write_text("other")
    Path("gone.txt").unlink()
    with cell:  # reading for a digest is not the cell's
        told = sources.digest(cell_items := list(cell.items), 1_000)
    digests = {os.path.basename(each["name"]): each.get("digest") for each in told}
    assert digests == {
        "small.txt": f"sha256:{hashlib.sha256(b'abc').hexdigest()}",
        "large.txt": None,
        "changes.txt": None,
        "gone.txt": None,
        "empty.txt": f"sha256:{hashlib.sha256(b'').hexdigest()}",
    }
    assert cell.items == []
    assert [each["name"] for each in told] == [each["name"] for each in cell_items]


def test_a_digest_is_made_once(cell: Cell, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []
    read = sources_digest._read
    monkeypatch.setattr(sources_digest, "_read", lambda *a: (reads.append(a[0]), read(*a))[1])
    with cell:
        Path("x.txt").write_text("abc")
    once = sources_digest.add_digests(cell.items)
    assert sources_digest.add_digests(cell.items) == once
    assert reads == [str(folder / "x.txt")]
    assert sources_digest.add_digests(cell.items, goes_on=lambda: False) == cell.items


def test_a_file_that_grows_while_it_is_read_gets_no_digest(
    cell: Cell, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cell:
        Path("x.txt").write_text("abc")
    real = os.read

    def read(handle: int, size: int) -> bytes:
        with open("x.txt", "a") as file:
            file.write("d")
        return real(handle, size)

    monkeypatch.setattr(sources_digest.os, "read", read)
    assert sources_digest.add_digests(cell.items) == cell.items


# Names


@pytest.mark.parametrize(
    ("url", "cleaned"),
    [
        ("https://user:pw@Host.org:443/a/b?token=1#f", "https://host.org/a/b"),
        ("http://host:8080", "http://host:8080"),
        ("http://[::1]:80/x", "http://[::1]/x"),
        ("s3://bucket/key.parquet", "s3://bucket/key.parquet"),
        ("http://host:port/x", "http://host/x"),
    ],
)
def test_urls_are_named_without_secrets(url: str, cleaned: str) -> None:
    assert sources_places.clean_url(url) == cleaned


@pytest.mark.parametrize(
    ("text", "options", "name"),
    [
        ("postgresql://u:p@h:5433/db?sslpassword=x", {}, "postgresql://h:5433/db"),
        ("host=h password='a b' dbname=db user=u", {}, "postgresql://h/db"),
        ("", {"host": "H", "port": 5432, "dbname": "db", "password": "x"}, "postgresql://h/db"),
        ("dbname=db host=/var/run", {}, "postgresql://localhost/db"),
    ],
)
def test_databases_are_named_without_passwords(
    text: str, options: dict[str, Any], name: str
) -> None:
    assert sources_places.postgres_name(text, options) == name


def test_readers_stay_what_they_were(sources: Sources) -> None:
    requests = pytest.importorskip("requests", reason="not run: requests is not installed")
    import inspect

    send = requests.Session.send
    assert list(inspect.signature(send).parameters) == ["self", "request", "kwargs"]
    assert (send.__name__, send.__qualname__) == ("send", "Session.send")
    assert send.__doc__
    assert pickle.loads(pickle.dumps(send)) is send
