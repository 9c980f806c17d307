"""Brings the results of jobs into the kernels they are for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from ..domain.compute.job_events import RETURNED_FOLDER
from ..domain.compute.jobs import JobId, JobRecord, JobState, LandRequest, ResultState, ShownBy
from ..domain.exceptions import Conflict, DsinfraError, NotFound
from ..domain.ids import KernelId
from .compute_ports import Compute
from .job_board import JobBoard
from .job_ports import NotebookKernels

Value = TypeVar("Value")

_GONE = (
    "The kernel that the results are for is gone, and its notebook has none. "
    "Open the notebook, start its kernel, and take the results then."
)
_NOT_KEPT = (
    "The results are not kept any more: they were removed after their time, or with the kernel "
    "that held them. Run the code once more to have them."
)
_OTHER_KERNEL = (
    "The kernel was restarted or ended after the cell was sent, and what it brought back was left "
    "where it is."
)
_LATER = "The kernel is busy. It takes the results when it is idle."

LAND_WAIT_S = 5.0
"""How long who asks for results is kept waiting by a busy kernel; it takes them all the same."""


class JobLanding:
    """Has kernels take what jobs brought back, and notes what came of it."""

    def __init__(
        self, board: JobBoard, compute: Compute, kernels: NotebookKernels, log: logging.Logger
    ) -> None:
        self._board = board
        self._compute = compute
        self._kernels = kernels
        self._log = log
        self._tasks: set[asyncio.Task[Any]] = set()

    async def ended(self, job: JobRecord) -> None:
        """Have the kernel take the results of a job that has ended, if that is wanted."""
        is_wanted = job.shown_by is ShownBy.browser and job.state is JobState.ok
        if is_wanted and job.kernel_id is not None and job.result_state is ResultState.waiting:
            self._keep(self._land_quietly(job), job.id)

    async def land(self, job: JobRecord, request: LandRequest) -> JobRecord:
        """Have a kernel take results on the user's word, and return the job as it then stands.

        A kernel that is busy takes them later; the answer says so.

        Raises
        ------
        Conflict
            There are none, or no kernel that could take them.
        Unavailable
            The kernel ended meanwhile.
        """
        if job.result_state in (ResultState.none, ResultState.gone):
            raise Conflict(
                "The job brought nothing back."
                if job.result_state is ResultState.none
                else _NOT_KEPT
            )
        returned = self._compute.job_folder(job.id) / RETURNED_FOLDER
        if not await asyncio.to_thread(returned.is_dir):
            await self._board.amend(job.id, lambda job: replace(job, result_state=ResultState.gone))
            raise Conflict(_NOT_KEPT)
        kernel_id = self._kernel_for(job)
        if kernel_id is None:
            raise Conflict(_GONE)
        wanted = self._request(job) | {
            "names": request.names,
            "overwrite": request.overwrite,
            "is_asked": True,
        }
        task = self._keep(self._land_asked(job.id, kernel_id, wanted), job.id)
        await asyncio.wait([task], timeout=LAND_WAIT_S)
        if not task.done():
            return replace(await self._board.latest(job.id), detail=_LATER)
        return task.result()

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

    def _keep(self, work: Coroutine[Any, Any, Value], job_id: JobId) -> asyncio.Task[Value]:
        task = asyncio.create_task(work, name=f"dsinfra land {job_id}")
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return task

    def _over(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            # Who still waited for it has been told as well.
            self._log.info("dsinfra: %s: %s", task.get_name(), task.exception())

    async def _land_asked(
        self, job_id: JobId, kernel_id: KernelId, request: dict[str, Any]
    ) -> JobRecord:
        answer = await self._kernels.land(kernel_id, request)
        if answer.get("ok") is not True and not answer.get("failed"):
            raise Conflict(str(answer.get("error") or "The kernel could not take the results."))
        return await self._note(job_id, answer)

    async def _land_quietly(self, job: JobRecord) -> None:
        assert job.kernel_id is not None
        try:
            request = self._request(job) | {"names": None, "overwrite": False, "is_asked": False}
            answer = await self._kernels.land(job.kernel_id, request)
            if answer.get("is_other_process"):
                await self._say_left(job.id)
            elif "landed" in answer:
                await self.told(job.id, answer)
        except DsinfraError as error:
            # They stay where they are: the user can have them taken later.
            self._log.info("dsinfra: results of job %s wait: %s", job.id, error.message)
            if self._kernels.kernel(job.kernel_id) is None:
                await self._say_left(job.id)

    async def _say_left(self, job_id: JobId) -> None:
        """Say that no cell will find the results: nobody has asked for them any more."""

        def act(job: JobRecord) -> JobRecord:
            is_new = job.result_state is ResultState.waiting and not job.detail
            return replace(job, detail=_OTHER_KERNEL) if is_new else job

        await self._board.amend(job_id, act)

    async def _note(self, job_id: JobId, answer: Mapping[str, Any]) -> JobRecord:
        if answer.get("is_known"):
            return await self._board.latest(job_id)
        conflicts = tuple(str(each) for each in answer.get("conflicts") or ())
        failed = [each for each in answer.get("failed") or () if isinstance(each, Mapping)]
        is_landed = bool(answer.get("landed")) or not failed
        detail = " ".join(str(each.get("text") or "") for each in failed)
        landed = frozenset(str(each) for each in answer.get("landed") or ())

        def act(job: JobRecord) -> JobRecord:
            if job.result_state in (ResultState.none, ResultState.gone):
                return job
            # What was changed in place there is offered until it was brought.
            offered = tuple(each for each in job.changed_inputs if each.name not in landed)
            state = ResultState.landed if is_landed else job.result_state
            return replace(
                job,
                result_state=ResultState.conflict if conflicts else state,
                conflicts=conflicts,
                changed_inputs=offered,
                detail=detail or ("" if job.detail == _OTHER_KERNEL else job.detail),
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
