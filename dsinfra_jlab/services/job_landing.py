"""Brings the results of jobs into the kernels they are for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..domain.errors import Conflict, DsinfraError, NotFound
from ..domain.ids import KernelId
from ..domain.jobs import JobId, JobRecord, JobState, LandRequest, ResultState, ShownBy
from .compute_ports import Compute
from .job_board import JobBoard
from .job_ports import NotebookKernels

_GONE = (
    "The kernel that the results are for is gone, and its notebook has none. "
    "Open the notebook, start its kernel, and take the results then."
)


class JobLanding:
    """Has kernels take what jobs brought back, and notes what came of it."""

    def __init__(
        self, board: JobBoard, compute: Compute, kernels: NotebookKernels, log: logging.Logger
    ) -> None:
        self._board = board
        self._compute = compute
        self._kernels = kernels
        self._log = log
        self._tasks: set[asyncio.Task[None]] = set()

    async def ended(self, job: JobRecord) -> None:
        """Have the kernel take the results of a job that has ended, if that is wanted."""
        is_wanted = job.shown_by is ShownBy.browser and job.state is JobState.ok
        if is_wanted and job.kernel_id is not None and job.result_state is ResultState.waiting:
            task = asyncio.create_task(self._land_quietly(job), name=f"dsinfra land {job.id}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def land(self, job: JobRecord, request: LandRequest) -> JobRecord:
        """Have a kernel take results on the user's word; raises ``Conflict``, ``Unavailable``."""
        if job.result_state in (ResultState.none, ResultState.gone):
            raise Conflict(
                "The job brought nothing back."
                if job.result_state is ResultState.none
                else "The results are not kept any more. Send the job again."
            )
        kernel_id = self._kernel_for(job)
        if kernel_id is None:
            raise Conflict(_GONE)
        wanted = self._request(job) | {
            "names": request.names,
            "overwrite": request.overwrite,
            "is_asked": True,
        }
        answer = await self._kernels.land(kernel_id, wanted)
        if answer.get("ok") is not True and not answer.get("failed"):
            raise Conflict(str(answer.get("error") or "The kernel could not take the results."))
        return await self._note(job.id, answer)

    async def told(self, job_id: JobId, answer: Mapping[str, Any]) -> None:
        """Take note of what a kernel says it has taken, unasked or not."""
        try:
            await self._note(job_id, answer)
        except NotFound:
            return  # a kernel may claim anything
        except DsinfraError as error:
            self._log.warning("dsinfra: results of job %s: %s", job_id, error.message)

    async def stop(self) -> None:
        """Wait for no kernel any more."""
        for task in list(self._tasks):
            task.cancel()

    async def _land_quietly(self, job: JobRecord) -> None:
        assert job.kernel_id is not None
        try:
            request = self._request(job) | {"names": None, "overwrite": False, "is_asked": False}
            answer = await self._kernels.land(job.kernel_id, request)
            if "landed" in answer and not answer.get("is_other_process"):
                await self.told(job.id, answer)
        except DsinfraError as error:
            # They stay where they are: the user can have them taken later.
            self._log.info("dsinfra: results of job %s wait: %s", job.id, error.message)

    async def _note(self, job_id: JobId, answer: Mapping[str, Any]) -> JobRecord:
        if answer.get("is_known"):
            return await self._board.latest(job_id)
        conflicts = tuple(str(each) for each in answer.get("conflicts") or ())
        failed = [each for each in answer.get("failed") or () if isinstance(each, Mapping)]
        state = ResultState.conflict if conflicts else ResultState.landed
        detail = " ".join(str(each.get("text") or "") for each in failed)
        landed = frozenset(str(each) for each in answer.get("landed") or ())

        def act(job: JobRecord) -> JobRecord:
            if job.result_state in (ResultState.none, ResultState.gone):
                return job
            # What was changed in place there is offered until it was brought.
            offered = tuple(each for each in job.changed_inputs if each.name not in landed)
            return replace(
                job,
                result_state=state,
                conflicts=conflicts,
                changed_inputs=offered,
                detail=detail or job.detail,
            )

        return await self._board.amend(job_id, act)

    def _kernel_for(self, job: JobRecord) -> KernelId | None:
        """Return the kernel a job came from, else the one its notebook has now."""
        if job.kernel_id is not None and self._kernels.kernel(job.kernel_id) is not None:
            return job.kernel_id
        other = self._kernels.of_notebook(job.notebook_path) if job.notebook_path else None
        return other.id if other is not None else None

    def _request(self, job: JobRecord) -> dict[str, Any]:
        return {"job_id": job.id, "folder": str(self._compute.job_folder(job.id))}
