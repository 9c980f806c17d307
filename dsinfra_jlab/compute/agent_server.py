"""The agent at work: it listens, opens its engine, and ends when it is told or not needed."""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import secrets
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from .._version import __version__
from ..domain.compute.job_events import JobEvent
from ..domain.compute.jobs import JobId, JobState
from ..domain.compute.limits import AGENT_IDLE_S
from ..domain.compute.targets import TargetState, TargetStatus
from ..domain.exceptions import Unavailable
from .agent_connection import Connection
from .agent_jobs import AgentJobs
from .agent_older import JOB_FIELDS
from .agent_place import (
    AGENT_FILE,
    LINE_MAX_BYTES,
    LOCK_FILE,
    PROTOCOL,
    TARGET_FILE,
    private_folder,
    read_json,
    socket_path,
    write_json,
)
from .engine import OpenTarget, find_engine

_LOG = logging.getLogger(__name__)

CLOSE_S = 20.0
"""How long an engine may take to end; then we go without waiting for it."""

STOPPED = "The target was stopped while the job was on it."

REMOVED = (
    "The files of the process that kept this target were removed, so that nobody could reach it "
    "any more: it has ended, and the job with it."
)


class Agent:
    """One target: its engine, its jobs and who is connected."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name
        self.token = secrets.token_hex(16)
        self.state = TargetState.starting
        self.detail = ""
        self.stopped = asyncio.Event()
        self.jobs = AgentJobs(folder, self._grown)
        self._connections: set[Connection] = set()
        self._target: OpenTarget | None = None
        self._opening: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._used_at = time.monotonic()

    # What the engine calls: ``engine.Host``

    def said(self, job_id: JobId, event: JobEvent) -> None:
        """Take an event of a job."""
        self.jobs.said(job_id, event)

    def ended(self, job_id: JobId, event: JobEvent) -> None:
        """Take the last event of a job."""
        self.jobs.ended(job_id, event)

    def changed(self) -> None:
        """Tell everybody that the status is another one."""
        for connection in self._connections:
            connection.status_changed()

    def failed(self, detail: str) -> None:
        """Give the target up: its jobs are lost."""
        if self.state not in (TargetState.stopping, TargetState.failed):
            _LOG.error("The target has failed: %s", detail)
            self.state, self.detail = TargetState.failed, detail
            self._closing = asyncio.ensure_future(self._close(JobState.lost, detail))

    # What connections ask

    async def opened(self) -> OpenTarget:
        """Return the target when it is there; one that has failed is tried again.

        Raises
        ------
        Unavailable
            It cannot be started or reached.
        """
        if self._closing is not None:
            await asyncio.shield(self._closing)
        if self._opening is None or (self._opening.done() and self.state is TargetState.failed):
            self.state, self.detail = TargetState.starting, ""
            self._opening = asyncio.ensure_future(self._open())
        await asyncio.shield(self._opening)
        return self.target

    @property
    def target(self) -> OpenTarget:
        """The open target.

        Raises
        ------
        Unavailable
            It is not open.
        """
        if self._target is None or self.state is not TargetState.running:
            raise Unavailable(self.detail or f"The target {self.name!r} is {self.state.value}.")
        return self._target

    async def status(self) -> TargetStatus:
        """Return how the target stands; raises ``Unavailable`` if it has failed."""
        await self.opened_or_failed()
        return await self.target.status()

    async def opened_or_failed(self) -> None:
        """Wait until it is known whether the target opens."""
        if self._opening is not None:
            with suppress(Unavailable):
                await asyncio.shield(self._opening)

    async def stop(self, detail: str = STOPPED) -> None:
        """End everything. The jobs end as cancelled, when nothing of them is left."""
        if self.state is not TargetState.stopping:
            self.state = TargetState.stopping
            self.changed()
            if self._opening is not None and not self._opening.done():
                self._opening.cancel()
                await asyncio.wait([self._opening])
            if self._closing is not None:
                await self._closing
            await self._close(JobState.cancelled, detail)
            self.stopped.set()
        await self.stopped.wait()

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a new connection."""
        connection = Connection(self, reader, writer, self._disconnected)
        self._connections.add(connection)

    async def hello(self) -> dict[str, Any]:
        """Return what a server has to know before anything else."""
        return {
            "protocol": PROTOCOL,
            "version": __version__,
            "pid": os.getpid(),
            "state": self.state.value,
            "detail": self.detail,
            "open_jobs": self.jobs.open_ids,
            "behind": self.jobs.behind_ids,
            "job_fields": list(JOB_FIELDS),
            "is_needed": await self._is_needed() or len(self._connections) > 1,
        }

    # Its life

    async def live(self, idle_s: float) -> None:
        """Open the target and return when it was stopped or nobody has needed it for so long."""
        self._opening = asyncio.ensure_future(self._open())
        self._opening.add_done_callback(_look_at)
        was_found = True
        while not self.stopped.is_set():
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.stopped.wait(), min(idle_s / 4, 5.0))
            # Twice, since a disk of the network may lose sight of it for a moment.
            before, was_found = was_found, self._can_be_found()
            if not (before or was_found or self._connections):
                _LOG.error("The files of this agent were removed")
                await self.stop(REMOVED)
            elif self._connections or not self.jobs.are_settled or await self._is_needed():
                self._used_at = time.monotonic()
            elif time.monotonic() - self._used_at > idle_s:
                await self.stop()

    def _can_be_found(self) -> bool:
        """Return whether a server that comes would find this agent."""
        try:
            os.stat(self.folder / AGENT_FILE)
        except FileNotFoundError:
            return False
        except OSError:
            _LOG.warning("The agent's folder cannot be read", exc_info=True)
        return True

    async def _is_needed(self) -> bool:
        """Return whether something would be lost if the target ended now."""
        if self.jobs.open_ids:
            return True
        if self._target is None or self.state is not TargetState.running:
            return False
        try:
            return (await self._target.status()).capacity.session_kernels > 0
        except Exception:
            _LOG.exception("The status cannot be told")
            return False

    async def _open(self) -> None:
        try:
            said = read_json(self.folder / TARGET_FILE) or {}
            self.name = str(said.get("name") or self.folder.name)
            engine = find_engine(str(said.get("engine")))
            self._target = await engine.open(said.get("options") or {}, self)
            self.state = TargetState.running
        except Exception as error:
            self.state = TargetState.failed
            self.detail = str(error) if isinstance(error, Unavailable) else _unexpected(error)
            _LOG.exception("The target cannot be opened")
            raise Unavailable(self.detail) from error
        finally:
            self.changed()

    async def _close(self, state: JobState, detail: str) -> None:
        """Close the engine, and end the jobs when nothing of them is left."""
        target, self._target = self._target, None
        if target is not None:
            try:
                await asyncio.wait_for(target.close(), CLOSE_S)
            except Exception:
                _LOG.exception("The engine did not close as it should")
        self.jobs.end_all(state, detail)
        self._closing = None
        self.changed()

    def _grown(self, job_id: JobId, seq: int, is_behind: bool) -> None:
        for connection in self._connections:
            connection.grown(job_id, seq, is_behind)

    def _disconnected(self, connection: Connection) -> None:
        self._connections.discard(connection)
        self._used_at = time.monotonic()

    async def let_go(self) -> None:
        """Close every connection."""
        await asyncio.gather(*(each.close() for each in list(self._connections)))


def run_agent(path: str, ready: int) -> int:
    """Serve the target of a folder until the end; say on ``ready`` how the start went."""
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO
    )
    tell = _teller(ready)
    try:
        folder = private_folder(Path(path).resolve())
        lock = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell({"held": True})
            return 0
        asyncio.run(_serve(folder, tell))
    except Exception as error:
        _LOG.exception("The agent has failed")
        tell({"error": f"{type(error).__name__}: {error}"})
        return 1
    return 0


async def _serve(folder: Path, tell: Callable[[dict[str, Any]], None]) -> None:
    agent = Agent(folder)
    agent.jobs.recover()
    path = socket_path(folder)
    path.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(agent.connected, path, limit=LINE_MAX_BYTES)
    loop = asyncio.get_running_loop()
    stops: set[asyncio.Future[None]] = set()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, lambda: stops.add(asyncio.ensure_future(agent.stop())))
    about = {"pid": os.getpid(), "protocol": PROTOCOL, "version": __version__}
    write_json(folder / AGENT_FILE, about | {"socket": str(path), "token": agent.token})
    tell({"pid": os.getpid()})
    try:
        await agent.live(float(os.environ.get("DSINFRA_AGENT_IDLE_S") or AGENT_IDLE_S))
    finally:
        (folder / AGENT_FILE).unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        server.close()
        await agent.let_go()


def _teller(ready: int) -> Callable[[dict[str, Any]], None]:
    """Return what tells the starting server one thing, once."""
    files = [ready] if ready > 2 else []

    def tell(what: dict[str, Any]) -> None:
        while files:
            file = files.pop()
            with suppress(OSError):
                os.write(file, json.dumps(what).encode() + b"\n")
            os.close(file)

    return tell


def _look_at(task: asyncio.Task[None]) -> None:
    """Take notice of a failure that nobody waits for; it is in ``state`` and ``detail``."""
    if not task.cancelled():
        task.exception()


def _unexpected(error: Exception) -> str:
    return f"It could not be started: {type(error).__name__}: {error}"
