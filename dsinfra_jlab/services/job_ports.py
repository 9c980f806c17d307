"""What the services of jobs need of those that record runs and speak to kernels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from ..domain.compute.job_events import JobEvent
from ..domain.compute.jobs import JobId, JobRecord
from ..domain.ids import KernelId, RunId
from ..domain.runs.records import Document
from .watched_kernel import WatchedKernel

Say = Callable[[str], None]
"""Told what a request waits for, in one sentence for a person."""


@dataclass(frozen=True, slots=True)
class JobOrigin:
    """Where a job was sent from: what the records of its run need to know."""

    document: Document
    """Decides the experiment of its run."""
    kernel_name: str
    """As in the kernelspec of the notebook's kernel; the target's name if there is no kernel."""
    language: str | None


class JobRecorder(Protocol):
    """Makes runs of what jobs do. Each method returns at once and raises nothing.

    All are called on the observer's thread. After the server was started again a job is begun
    anew and its whole log is said from the first event on, so everything that follows from it
    must follow from ids and times in it, and nothing may count twice.
    """

    def job_begun(self, job: JobRecord, origin: JobOrigin) -> None:
        """A job was taken; nothing of it has happened yet, or all of it is now said again."""

    def job_moved(self, job_id: JobId, document: Document) -> None:
        """The notebook it was sent from has another name."""

    def job_said(self, job_id: JobId, event: JobEvent) -> None:
        """One event of its log, but the last; in order, without holes."""

    def job_ended(self, job: JobRecord, event: JobEvent) -> None:
        """It has ended as ``job`` says; ``event`` is of kind ``ended``.

        A job that ended before its target had it, or that was lost, has no such event in its
        log: then it is made from the record, with ``seq`` 0.
        """


class NotebookKernels(Protocol):
    """The kernels that jobs are sent from."""

    def kernel(self, kernel_id: KernelId) -> WatchedKernel | None:
        """Return a kernel that runs now, ``None`` if there is none."""

    def of_notebook(self, stored_path: str) -> WatchedKernel | None:
        """Return the kernel that a notebook has now, ``None`` if it has none."""

    def parent_run(self, kernel_id: KernelId, *, is_in_cell: bool) -> RunId | None:
        """Return the run that a job of this kernel stands below.

        The cell that runs now if it sent the job, else the session of the kernel.
        """

    def user(self, kernel_id: KernelId) -> str | None:
        """Return who runs what runs now in a kernel, ``None`` if that is not known."""

    async def pack(self, kernel_id: KernelId, request: dict[str, Any], say: Say) -> dict[str, Any]:
        """Have a kernel pack what some code needs, after the cells it was given before.

        Raises
        ------
        Unavailable
            The kernel ended, or it has no probe.
        """

    async def land(self, kernel_id: KernelId, request: dict[str, Any]) -> dict[str, Any]:
        """Have a kernel take the results of a job before its next cell, or when it is idle.

        Raises
        ------
        Unavailable
            The kernel ended, or it has no probe.
        """
