"""A scheduler and workers of this machine, as children of the agent."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ...domain.exceptions import Unavailable
from ..agent_place import private_folder
from .dask_child import GO, kill_tree

_LOG = logging.getLogger(__name__)

START_S = 30.0
"""How long the scheduler may take to listen; it takes 0.5 s on a machine at rest."""

END_S = 2.0
"""How long a process of ours may take to end by itself."""

WATCH_S = 0.2
"""How often it is looked whether a process has ended."""

_CONFIGURATION = {
    # A cell never runs twice, whatever happens to its worker.
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
    # A laptop that slept for an hour has not lost its workers; we watch the processes.
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "None",
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    # Whatever the user has configured for other clusters.
    "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "True",
    "DASK_DISTRIBUTED__COMM__DEFAULT_SCHEME": "tls",
    "DASK_DISTRIBUTED__COMM__TLS__CIPHERS": "None",
    "DASK_DISTRIBUTED__COMM__TLS__MIN_VERSION": "None",
    "DASK_DISTRIBUTED__COMM__TLS__MAX_VERSION": "None",
}

_NO_PAGES = {
    # Dask always listens for browsers, too, whom it does not ask who they are: its pages show the
    # logs and the calls of jobs. Without routes nothing is behind the port.
    "DASK_DISTRIBUTED__WORKER__HTTP__ROUTES": "[]",
    "DASK_DISTRIBUTED__SCHEDULER__HTTP__ROUTES": "[]",
}

_CERTIFICATES = {
    "tls_ca_file": "--tls-ca-file",
    "tls_cert": "--tls-cert",
    "tls_key": "--tls-key",
}
"""Dask's words for the files, by the names of the options."""

_OPTIONS = (
    *("--host", "127.0.0.1", "--protocol", "tls"),
    # Its ports for browsers are any that are free, so that nobody else misses one.
    *("--dashboard-address", "127.0.0.1:0"),
)


@dataclass(slots=True)
class LocalWorker:
    """One worker process."""

    name: str
    process: subprocess.Popen[bytes]
    is_leaving: bool = False


class LocalProcesses:
    """Starts them, watches them, ends them."""

    def __init__(self, folder: Path, has_dashboard: bool = False) -> None:
        self._folder = folder / "dask"
        self.has_dashboard = has_dashboard
        self.tls: dict[str, str] = {}
        """Files that a client has to connect with, by the names of the options."""
        self.gone: Callable[[str | None], None] = lambda name: None
        """Told the name of a worker that has ended, ``None`` for the scheduler."""
        self._scheduler: subprocess.Popen[bytes] | None = None
        self._count = 0
        self._watch: asyncio.Task[None] | None = None
        self.workers: dict[str, LocalWorker] = {}

    @property
    def _file(self) -> Path:
        return self._folder / "scheduler.json"

    def start(self) -> None:
        """Start the scheduler and a first worker, which waits for it by itself.

        Their certificates are made while they import Dask.

        Raises
        ------
        OSError
            The disk is full, or the system lets no more processes start.
        """
        self._file.unlink(missing_ok=True)
        self.tls = certificate_files(private_folder(self._folder))
        self._scheduler = self._child(
            "distributed.cli.dask_scheduler",
            *("--port", "0", "--scheduler-file", str(self._file)),
        )
        worker = self._start_worker()
        # Imported late: that takes as long as they take to be made.
        from .dask_certificates import make_certificates

        make_certificates(self._folder)
        for process in (self._scheduler, worker.process):
            _let_go_on(process)
        self._watch = asyncio.ensure_future(self._look())

    def add_worker(self) -> LocalWorker:
        """Start one more worker. A name is never used twice, so nothing mistakes it."""
        worker = self._start_worker()
        _let_go_on(worker.process)
        return worker

    def _start_worker(self) -> LocalWorker:
        self._count += 1
        name = f"worker-{self._count}"
        process = self._child(
            "distributed.cli.dask_worker",
            *("--scheduler-file", str(self._file), "--name", name),
            *("--nthreads", "1", "--no-nanny"),
            # Its own memory is not what counts: the runner watches the tree of each job.
            *("--memory-limit", "0", "--local-directory", str(self._folder / "workers")),
        )
        worker = self.workers[name] = LocalWorker(name, process)
        return worker

    async def address(self) -> str:
        """Return where the scheduler listens, as soon as it does.

        Raises
        ------
        Unavailable
            It has ended, or does not listen in time.
        """
        assert self._scheduler is not None
        for _ in range(int(START_S / 0.02)):
            with suppress(OSError, ValueError, KeyError):
                return str(json.loads(self._file.read_bytes())["address"])
            if self._scheduler.poll() is not None:
                break
            await asyncio.sleep(0.02)
        log = self._folder.parent / "agent.log"
        raise Unavailable(f"Dask's scheduler did not start on this machine. {log} says why.")

    async def end_worker(self, name: str) -> None:
        """Kill a worker with everything it has started."""
        worker = self.workers.pop(name, None)
        if worker is not None:
            await asyncio.to_thread(_end, worker.process)

    async def close(self) -> None:
        """End all of it."""
        if self._watch is not None:
            self._watch.cancel()
        processes = [worker.process for worker in self.workers.values()]
        if self._scheduler is not None:
            processes.append(self._scheduler)
        self.workers.clear()
        self._scheduler = None
        await asyncio.gather(*(asyncio.to_thread(_end, process) for process in processes))

    def _child(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dsinfra_jlab.compute.engines.dask_child", module]
        page = "--dashboard" if self.has_dashboard else "--no-dashboard"
        environment = _CONFIGURATION if self.has_dashboard else _CONFIGURATION | _NO_PAGES
        certificates = [
            part for name, file in self.tls.items() for part in (_CERTIFICATES[name], file)
        ]
        return subprocess.Popen(  # noqa: S603 - our own modules
            [*command, *arguments, *_OPTIONS, page, *certificates],
            stdin=subprocess.PIPE,
            cwd=self._folder,
            env=os.environ | environment,
            start_new_session=True,
        )

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(WATCH_S)
            if self._scheduler is not None and self._scheduler.poll() is not None:
                _LOG.error("The scheduler ended with %s", self._scheduler.returncode)
                self.gone(None)
                return
            for worker in list(self.workers.values()):
                if worker.process.poll() is not None:
                    _LOG.warning("%s ended with %s", worker.name, worker.process.returncode)
                    del self.workers[worker.name]
                    _close_pipe(worker.process)
                    self.gone(worker.name)


def certificate_files(folder: Path) -> dict[str, str]:
    """Return where the certificates of a start will lie, by the names of the options."""
    return {name: str(folder / f"{name}.pem") for name in _CERTIFICATES}


def _let_go_on(process: subprocess.Popen[bytes]) -> None:
    """Let a child run its module; one that has ended already is seen to have."""
    assert process.stdin is not None
    with suppress(OSError):
        process.stdin.write(GO)
        process.stdin.flush()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process with its descendants and wait until it is gone."""
    if process.poll() is None:
        kill_tree(process.pid)
    with suppress(subprocess.TimeoutExpired):
        process.wait(END_S)
    _close_pipe(process)


def _close_pipe(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
