"""A real PostgreSQL for tests: initialised in a temporary folder, listening on loopback.

Take what you need into a ``conftest.py``::

    from tests.postgres import postgres_server, postgres_url

PostgreSQL refuses to run as root, so as root it is run as ``postgres`` or ``nobody``.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

_START_S = 30.0


def _binaries() -> Path | None:
    """Return the folder with ``initdb`` and ``postgres``, of the newest version."""
    found = shutil.which("initdb")
    if found is not None and (Path(found).resolve().parent / "postgres").exists():
        return Path(found).resolve().parent
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda path: float(path.parts[-3]),
    )
    return folders[-1].parent if folders else None


def _user() -> str | None:
    """Return whom to become, ``None`` to stay who we are."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _as_user(command: list[str]) -> list[str]:
    user = _user()
    return command if user is None else ["runuser", "-u", user, "--", *command]


def free_port() -> int:
    """Return a port that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PostgresServer:
    """One server on loopback; it can be killed and started again."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.binaries = binaries
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def admin_dsn(self) -> str:
        """The address of its first database, for psycopg."""
        return f"host=127.0.0.1 port={self.port} user=dsinfra dbname=postgres"

    def initialise(self) -> None:
        """Make an empty cluster that lets anyone on this machine in."""
        initdb = str(self.binaries / "initdb")
        options = ["-U", "dsinfra", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run(
            _as_user([initdb, "-D", str(self.data), *options]),
            check=True,
            capture_output=True,
            cwd=self.folder,
        )

    def start(self) -> None:
        """Start it, and return once it answers."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            # The machine does not lose power in a test.
            "fsync": "off",
            "max_connections": "60",
            "shared_buffers": "32MB",
        }
        arguments = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        command = [str(self.binaries / "postgres"), "-D", str(self.data), *arguments]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                _as_user(command), stdout=log, stderr=log, cwd=self.folder
            )
        give_up_at = time.monotonic() + _START_S
        while True:
            try:
                psycopg.connect(self.admin_dsn, connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > give_up_at or self._process.poll() is not None:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.05)

    def _pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT politely, SIGQUIT at once, SIGKILL as if it had crashed."""
        pid, process = self._pid(), self._process
        if process is None:
            return
        if pid is not None:
            os.kill(pid, how)
        process.wait(timeout=_START_S)
        self._process = None

    def execute(self, statement: str) -> None:
        """Run a statement that must not be part of a transaction."""
        with psycopg.connect(self.admin_dsn, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]

    def make_database(self, template: str = "template1") -> str:
        """Make a database, empty or as the one at the URL ``template``, and return its URL."""
        name = f"t{uuid.uuid4().hex}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template.rpartition('/')[2]}")
        return f"postgresql://dsinfra@127.0.0.1:{self.port}/{name}"

    def drop_database(self, url: str) -> None:
        """Remove a database, whoever is in it."""
        self.execute(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")


def new_server(folder: Path) -> PostgresServer:
    """Return a running server with its files below ``folder``; skips where there is none."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("not run: PostgreSQL is not installed (apt-get install postgresql)")
    if _user() is not None and shutil.which("runuser") is None:
        pytest.skip("not run: PostgreSQL does not run as root, and runuser is missing")
    user = _user()
    if user is not None:
        shutil.chown(folder, user)
    server = PostgresServer(binaries, folder)
    server.initialise()
    server.start()
    return server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A server for all tests of the session."""
    # Not below pytest's own folder, which only its owner can enter.
    folder = Path(tempfile.mkdtemp(prefix="dsinfra-postgres-"))
    try:
        server = new_server(folder)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """An empty database of its own."""
    url = postgres_server.make_database()
    yield url
    postgres_server.drop_database(url)
