"""Targets as the server sees them: one agent process each, which outlives the server."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..domain.compute.job_events import EVENT_LOG, JOB_FILE, JobEvent
from ..domain.compute.job_spec import JobSpec
from ..domain.compute.jobs import MAP_FOLDER, JobId
from ..domain.compute.targets import (
    Capability,
    Capacity,
    EngineInfo,
    TargetRecord,
    TargetStatus,
    TargetTest,
    Worker,
)
from ..domain.exceptions import BadInput, Unavailable
from .agent_link import AgentGone, AgentLink, connect
from .agent_older import is_outdated, what_it_lacks
from .agent_place import private_folder, target_folder, write_json
from .agent_start import has_to_go, replace, start_agent
from .engine import engine_infos, find_engine
from .event_log import LogReader

_LOG = logging.getLogger(__name__)

STOP_S = 30.0
"""How long a target may take to end; its engine is given 20 s."""


class Agents:
    """Starts agents, finds them again, and speaks with them. See ``services.compute_ports``."""

    def __init__(self, folder: Path) -> None:
        """Keep everything below ``folder``: agents in ``targets``, jobs in ``jobs``."""
        self._targets = folder / "targets"
        self._jobs = folder / "jobs"
        self._links: dict[str, AgentLink] = {}
        self._said: dict[str, tuple[AgentLink, TargetStatus]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._listeners: list[Callable[[JobId], None]] = []
        self._target_listeners: list[Callable[[str], None]] = []
        self._behind: set[JobId] = set()
        """Jobs whose logs their agents cannot write just now."""
        self._reader = LogReader()

    def engines(self) -> list[EngineInfo]:
        """Return the engines that are installed."""
        return engine_infos()

    def capabilities(self, target: TargetRecord) -> list[Capability]:
        """Return what can be done with a target."""
        try:
            return find_engine(target.engine).capabilities(target.options)
        except Unavailable:
            return []

    def job_folder(self, job_id: JobId) -> Path:
        """Return the private folder of a job; raises ``Unavailable`` if it cannot be made."""
        if not job_id or Path(job_id).name != job_id or job_id.startswith("."):
            raise BadInput(f"{job_id!r} is not the id of a job.")
        try:
            return private_folder(self._jobs / job_id)
        except OSError as error:
            raise Unavailable(
                f"The folder of the job cannot be made: {error}. Make room, or correct the "
                "permissions."
            ) from error

    def listen(self, listener: Callable[[JobId], None]) -> None:
        """Call ``listener`` whenever the log of a job has grown."""
        self._listeners.append(listener)

    def listen_targets(self, listener: Callable[[str], None]) -> None:
        """Call ``listener`` whenever the status of a target has changed."""
        self._target_listeners.append(listener)

    async def start(self, target: TargetRecord) -> TargetStatus:
        """Start the agent of a target, or find it again, and return what it says."""
        return self._noted(target.name, status_from(await self._ask_started(target, "start")))

    async def status(self, name: str) -> TargetStatus | None:
        """Return what the agent of a target says, ``None`` if it has none."""
        said = await self._ask_found(name, "status")
        return None if said is None else self._noted(name, status_from(said))

    def last_status(self, name: str) -> TargetStatus | None:
        """Return what an agent that is still there has said last; asks nobody.

        A worker is asked for a status, and the agent for it: a fifth of a small job's time.
        """
        link, status = self._said.get(name, (None, None))
        is_there = link is not None and link is self._links.get(name) and link.is_open
        return status if is_there else None

    async def reattach(self, target: TargetRecord) -> TargetStatus | None:
        """Find an agent that an earlier server has started; ``None`` if there is none."""
        return await self.status(target.name)

    async def stop(self, name: str) -> None:
        """End a target with everything of it."""
        link = await self._found(name)
        if link is not None:
            with suppress(AgentGone):
                await link.ask("stop", STOP_S)
            await link.ended(STOP_S)
            self._links.pop(name, None)
            self._said.pop(name, None)
            await link.close()

    async def scale(self, name: str, workers: int) -> TargetStatus:
        """Ask for so many workers."""
        return status_from(await self._ask_needed(name, "scale", workers=workers))

    async def test(self, target: TargetRecord) -> TargetTest:
        """Start or reach a target and run a trivial task on it."""
        try:
            return TargetTest(**await self._ask_started(target, "test"))
        except Unavailable as error:
            return TargetTest(is_ok=False, detail=error.message)

    async def submit(self, target: TargetRecord, spec: JobSpec) -> None:
        """Hand a job over. ``job.json`` is written here if it is not in its folder yet."""
        folder = self.job_folder(JobId(spec.job_id))
        if not (folder / JOB_FILE).exists():
            try:
                write_json(folder / JOB_FILE, asdict(spec))
            except OSError as error:
                raise Unavailable(f"The job cannot be written: {error}. Make room.") from error
        await self._check_old(target, spec)
        await self._ask_started(target, "submit", folder=str(folder))

    async def _check_old(self, target: TargetRecord, spec: JobSpec) -> None:
        """Refuse a job that an agent of an earlier version would run otherwise than it was meant.

        Raises
        ------
        Unavailable
            Says what it lacks, and what to do.
        """
        try:
            lacks = what_it_lacks((await self._started(target)).hello, spec)
        except AgentGone:
            return  # another one is started
        if lacks:
            raise Unavailable(
                f"The process that keeps the target {target.name!r} is of an earlier version, "
                f"which does not know {lacks}, and still has jobs or kernels. Wait until they "
                "have ended, or stop the target, and send the code again."
            )

    async def cancel(self, target_name: str, job_id: JobId) -> None:
        """Ask for the end of a job."""
        await self._ask_needed(target_name, "cancel", job_id=job_id)

    def events(self, job_id: JobId, after: int) -> Iterable[JobEvent]:
        """Return the events of a job's log from number ``after`` + 1 on."""
        return self._reader.events(self._jobs / job_id / EVENT_LOG, after)

    async def is_known(self, target_name: str, job_id: JobId) -> bool:
        """Return whether the agent of a target, if there is one, still works on a job."""
        said = await self._ask_found(target_name, "known", job_id=job_id)
        return said is not None and bool(said["is_known"])

    def map_folders(self) -> list[tuple[JobId, float]]:
        """Return the folders with what maps share, and their ages in seconds."""
        found = []
        for folder in self._jobs.glob(f"{MAP_FOLDER}*"):
            with suppress(OSError):  # it is being removed
                found.append((JobId(folder.name), time.time() - folder.stat().st_mtime))
        return found

    async def unwritten(self, target_name: str, job_id: JobId) -> JobEvent | None:
        """Return what the agent of a target cannot write of a job; asks only if it said so."""
        if job_id not in self._behind:
            return None
        said = await self._ask_found(target_name, "unwritten", job_id=job_id)
        event: JobEvent | None = None if said is None else said["event"]
        return event

    def forget(self, job_id: JobId) -> None:
        """Remove the folder of a job."""
        if job_id and Path(job_id).name == job_id:
            self._reader.forget(self._jobs / job_id / EVENT_LOG)
            shutil.rmtree(self._jobs / job_id, ignore_errors=True)

    async def close(self) -> None:
        """Let go of every agent; they and their jobs go on."""
        links, self._links = self._links, {}
        await asyncio.gather(*(link.close() for link in links.values()))

    async def _ask_found(self, name: str, word: str, **more: Any) -> dict[str, Any] | None:
        """Ask the agent of a target, ``None`` if it has none; one that dies now is none."""
        while (link := await self._found(name)) is not None:
            with suppress(AgentGone):
                return await link.ask(word, **more)
        return None

    async def _ask_needed(self, name: str, word: str, **more: Any) -> dict[str, Any]:
        said = await self._ask_found(name, word, **more)
        if said is None:
            raise Unavailable(f"The target {name!r} does not run. Start it.")
        return said

    async def _ask_started(self, target: TargetRecord, word: str, **more: Any) -> dict[str, Any]:
        """Ask the agent of a target, which is started if need be; it may die once meanwhile."""
        try:
            return await (await self._started(target)).ask(word, **more)
        except AgentGone:
            return await (await self._started(target)).ask(word, **more)

    async def _found(self, name: str) -> AgentLink | None:
        """Return a connection to the agent of a target, ``None`` if there is none."""
        async with self._locks.setdefault(name, asyncio.Lock()):
            link = self._links.get(name)
            if link is None or not link.is_open:
                link = await connect(target_folder(self._targets, name), self._pushed(name))
                self._keep(name, link)
            return link

    async def _started(self, target: TargetRecord) -> AgentLink:
        name = target.name
        async with self._locks.setdefault(name, asyncio.Lock()):
            link = self._links.get(name)
            if link is not None and link.is_open and is_outdated(link.hello):
                link = await self._replaced_if_idle(link)
            if link is None or not link.is_open:
                folder = target_folder(self._targets, name)
                link = await start_agent(folder, target, self._pushed(name))
                self._keep(name, link)
            return link

    async def _replaced_if_idle(self, link: AgentLink) -> AgentLink | None:
        """Return an agent of an earlier version, ``None`` if it has nothing to do and has ended."""
        try:
            await link.greet_again()
        except AgentGone:
            return None
        if has_to_go(link):
            await replace(link)
            return None
        return link

    def _noted(self, name: str, status: TargetStatus) -> TargetStatus:
        """Keep a status that is whole: the packages of its workers are found out last."""
        link = self._links.get(name)
        if link is not None and status.packages:
            self._said[name] = (link, status)
        return status

    def _keep(self, name: str, link: AgentLink | None) -> None:
        self._links.pop(name, None)
        if link is not None:
            self._links[name] = link
            for job_id in map(JobId, link.hello.get("behind", ())):
                self._behind.add(job_id)
                _tell(self._listeners, job_id)

    def _pushed(self, name: str) -> Callable[[dict[str, Any]], None]:
        """Return what takes the news of one agent; a listener's failure is its own."""

        def take(message: dict[str, Any]) -> None:
            if "grown" in message:
                job_id = JobId(message["grown"])
                (self._behind.add if message.get("is_behind") else self._behind.discard)(job_id)
                _tell(self._listeners, job_id)
            elif "status" in message:
                _tell(self._target_listeners, name)

        return take


def _tell(listeners: Iterable[Callable[[Any], None]], what: Any) -> None:
    for listener in listeners:
        try:
            listener(what)
        except Exception:
            _LOG.exception("A listener has failed")


def status_from(said: dict[str, Any]) -> TargetStatus:
    """Return the status in an answer; fields that this version does not know are left out."""
    known = {name: said[name] for name in TargetStatus.__dataclass_fields__ if name in said}
    known["capacity"] = Capacity(**_of(Capacity, said["capacity"]))
    known["workers"] = [Worker(**_of(Worker, each)) for each in said.get("workers", ())]
    return TargetStatus(**known)


def _of(kind: Any, said: dict[str, Any]) -> dict[str, Any]:
    return {name: said[name] for name in kind.__dataclass_fields__ if name in said}
