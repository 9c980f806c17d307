"""Which job may go to Dask next, and to which worker.

On our own workers the order is kept here: one job a worker, the sum of what they ask within what
the machine has, first come, first served. Elsewhere Dask keeps the order; here only wait jobs
whose session kernel is busy, and data that would fill the workers' memory.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...domain.compute.job_spec import JobSpec
from ...domain.compute.jobs import JobId
from ...domain.exceptions import Impossible
from ...domain.sizes import size_in_words

IN_FLIGHT_MAX_BYTES = 2_000_000_000
"""Data of jobs that have not ended, on workers that do not see our files; one job always goes."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What jobs of this machine may take together."""

    cpus: int
    memory_bytes: int | None
    gpus: int


@dataclass(frozen=True, slots=True)
class Need:
    """What one job takes."""

    cpus: int = 1
    memory_bytes: int = 0
    gpus: int = 0
    data_bytes: int = 0
    session: str | None = None


_NOTHING_MORE: dict[str, Any] = {"cpus": 0, "memory_bytes": 0, "gpus": 0, "data_bytes": 0}
"""What a job takes beside the one that it follows on a worker."""


@dataclass(slots=True)
class Queue:
    """Jobs that wait, and what is taken."""

    machine: Machine | None
    """``None`` where Dask keeps the order."""
    idle: list[str] = field(default_factory=list)
    """Addresses of our own workers without a job; the last one was used last, and has a spare."""
    waiting: dict[JobId, Need] = field(default_factory=dict)
    taken: dict[JobId, Need] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    """Where the kernel of a session is."""

    def check(self, need: Need) -> None:
        """Raise ``Impossible`` if the machine has not as much as a job asks for."""
        machine = self.machine
        if machine is None:
            return
        for asked, there, in_words in (
            (need.cpus, machine.cpus, _processors),
            (need.memory_bytes, machine.memory_bytes or need.memory_bytes, _memory),
            (need.gpus, machine.gpus, _gpus),
        ):
            if asked > there:
                raise Impossible(
                    f"The job asks for {in_words(asked)}, and the target has "
                    f"{in_words(there)}{_exactly(asked, there, in_words)}. "
                    "Ask for less, or send it to another target."
                )

    def next(self) -> tuple[JobId, str | None] | None:
        """Take the next job that can go, with the address of its worker if that is settled."""
        busy = {need.session for need in self.taken.values() if need.session}
        for job_id, need in self.waiting.items():
            if need.session in busy:
                continue
            if not self._fits(need):
                return None
            worker = self._worker(need)
            if worker is None and self.machine is not None:
                if need.session in self.sessions:
                    busy.add(need.session)
                    continue
                return None
            self.taken[job_id] = self.waiting.pop(job_id)
            return job_id, worker
        return None

    def take_along(self, most: int, is_like: Callable[[JobId], bool]) -> list[JobId]:
        """Take the next jobs that are like another one, to be run behind it on its worker."""
        like = list(itertools.takewhile(is_like, itertools.islice(self.waiting, most)))
        for job_id in like:
            self.taken[job_id] = replace(self.waiting.pop(job_id), **_NOTHING_MORE)
        return like

    def release(self, job_id: JobId) -> None:
        """Give back what a job has taken; its worker is given back by ``idle``."""
        self.taken.pop(job_id, None)
        self.waiting.pop(job_id, None)

    def put_back(self, jobs: Mapping[JobId, Need]) -> None:
        """Let jobs wait again, before all others."""
        for job_id in jobs:
            self.taken.pop(job_id, None)
        self.waiting = {**jobs, **self.waiting}

    def forget_worker(self, address: str) -> None:
        """Take a worker out, with the sessions it had."""
        if address in self.idle:
            self.idle.remove(address)
        self.sessions = {key: at for key, at in self.sessions.items() if at != address}

    def _fits(self, need: Need) -> bool:
        if not self.taken:
            return True
        if need.data_bytes and self._sum("data_bytes") + need.data_bytes > IN_FLIGHT_MAX_BYTES:
            return False
        machine = self.machine
        return machine is None or (
            self._sum("cpus") + need.cpus <= machine.cpus
            and self._sum("gpus") + need.gpus <= machine.gpus
            and (
                machine.memory_bytes is None
                or self._sum("memory_bytes") + need.memory_bytes <= machine.memory_bytes
            )
        )

    def _worker(self, need: Need) -> str | None:
        at = self.sessions.get(need.session) if need.session else None
        if self.machine is None:
            return at
        if at is not None:
            if at not in self.idle:
                return None
            self.idle.remove(at)
            return at
        return self.idle.pop() if self.idle else None

    def _sum(self, name: str) -> int:
        return sum(getattr(need, name) for need in self.taken.values())


def _processors(count: int) -> str:
    return f"{count:,} processor{'' if count == 1 else 's'}"


def _memory(count: int) -> str:
    return f"{size_in_words(count)} of memory"


def _gpus(count: int) -> str:
    return f"{count or 'no'} GPU{'' if count == 1 else 's'}"


def _exactly(asked: int, there: int, in_words: Callable[[int], str]) -> str:
    """Return what is missing where the words for both are the same."""
    same = in_words(asked) == in_words(there)
    return f", {asked - there:,} byte{'' if asked - there == 1 else 's'} less" if same else ""


def need_of(spec: JobSpec, part_bytes: int, data_bytes: int) -> Need:
    """Return what a job takes; ``part_bytes`` is the memory of one that does not say."""
    return Need(
        cpus=spec.cpus or 1,
        memory_bytes=spec.memory_bytes or part_bytes,
        gpus=spec.gpus or 0,
        data_bytes=data_bytes,
        session=spec.session_key if spec.mode == "session" else None,
    )
