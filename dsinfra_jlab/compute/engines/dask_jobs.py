"""A job between its submission to Dask and its end, and the words for ends that nobody told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

from distributed import Future

from ...domain.compute.job_events import JobEvent
from ...domain.compute.job_spec import JobSpec
from ...domain.compute.jobs import JobId, JobState
from ..agent_jobs import ended
from ..engine import Work
from .dask_queue import Need


@dataclass(slots=True)
class OnDask:
    """A job between its submission and its end."""

    work: Work
    need: Need
    kind: str | None = None
    """Jobs with the same can be run one after another in one kernel; ``None`` goes by itself."""
    worker: str | None = None
    """Address of the worker that it was given to, or that said it has begun."""
    has_begun: bool = False
    begun_at: float | None = None
    """When, by the clock of its worker."""
    future: Future | None = None
    task: asyncio.Task[None] | None = None
    batch: Batch | None = None
    """Those that it travels with; its future and task are theirs."""
    is_cancelled: bool = False
    is_given_up: bool = False
    is_moved: bool = False
    """Its worker has gone before it began; another one gets it."""
    moves: int = 0
    """How often that happened."""

    def wait_again(self) -> None:
        """Be as before it was given to a worker."""
        self.is_moved, self.worker, self.future, self.task = False, None, None, None
        self.batch = None


@dataclass(slots=True, eq=False)
class Batch:
    """Jobs that travel together; each is taken out as it ends, or is taken back."""

    key: str
    worker: str
    jobs: dict[JobId, OnDask]
    moved_s: float
    """When one of them began or ended last."""
    future: Future | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """None is left."""

    def let_go(self, job_id: JobId) -> None:
        """Take a job out."""
        self.jobs.pop(job_id, None)
        if not self.jobs:
            self.over.set()


def kind_of(spec: JobSpec) -> str | None:
    """Return what jobs have in common that can share a kernel and a task of Dask."""
    if spec.mode != "group" or not spec.shared or spec.gpus:
        return None
    return repr(replace(spec, job_id="", message_id=""))


def worker_ended(worker: str | None) -> JobEvent:
    """Return the end of a job whose worker ended while it ran."""
    return ended(
        JobState.lost,
        f"Its worker, {worker}, ended while it ran; how far it came is not known. "
        "It was not run again.",
    )


def never_begun() -> JobEvent:
    """Return the end of a job that was cancelled in time."""
    return ended(JobState.cancelled, "It was cancelled before it began.")
