"""From a job that was asked for to one that its target has: packed, looked over, handed over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..domain.clock import Clock
from ..domain.compute import limits
from ..domain.compute.job_spec import JobSpec
from ..domain.compute.job_story import ended_event, moved_to, names_of
from ..domain.compute.jobs import (
    JobId,
    JobRecord,
    JobState,
    KernelMode,
    Preflight,
    PreflightItem,
    PreflightKind,
)
from ..domain.compute.targets import TargetRecord, TargetStatus
from ..domain.exceptions import DsinfraError, Unavailable
from . import job_files
from .compute_ports import Compute
from .job_board import JobBoard
from .job_following import JobFollower, Post, Redact
from .job_ports import JobRecorder, NotebookKernels
from .targets import TargetService
from .watched_kernel import WatchedKernel

INTERRUPTED = "The server ended before the job was sent. Send it again."


Probe = Callable[[], Mapping[str, Any]]
"""Gives the content of the request that loads the probe into the job's kernel."""


@dataclass(frozen=True, slots=True)
class Surrounding:
    """What sending needs of the rest."""

    board: JobBoard
    compute: Compute
    targets: TargetService
    kernels: NotebookKernels
    follower: JobFollower
    recorder: JobRecorder
    post: Post
    redact: Redact
    probe: Probe
    clock: Clock
    log: logging.Logger


class JobSender:
    """Sends jobs, each in a task of its own."""

    def __init__(self, given: Surrounding) -> None:
        self._given = given
        self._board = given.board
        self._tasks: dict[JobId, asyncio.Task[None]] = {}
        self._handed_over: set[JobId] = set()

    def begin(self, job: JobRecord, code: str, *, is_confirmed: bool) -> None:
        """Have a job packed by its kernel, looked over and handed to its target."""
        self._start(job.id, self._pack_and_send(job.id, code, is_confirmed))

    def go_on(self, job: JobRecord) -> None:
        """Hand over a job that is packed; twice does no harm."""
        self._start(job.id, self._hand_over(job.id))

    def go_on_together(self, target: str, specs: Sequence[JobSpec]) -> None:
        """Hand over jobs of one target that are packed; each can be given up by itself."""
        ids = [JobId(each.job_id) for each in specs]
        ready = asyncio.ensure_future(self._ready_with(target, ids))
        ready.add_done_callback(lambda done: done.cancelled() or done.exception())
        for job_id, spec in zip(ids, specs, strict=True):
            self._start(job_id, self._hand_over_when(ready, job_id, spec))

    def is_at_it(self, job_id: JobId) -> bool:
        """Return whether a job is being packed or handed over."""
        return job_id in self._tasks

    def was_handed_over(self, job_id: JobId) -> bool:
        """Return whether the target of a job may have it."""
        return job_id in self._handed_over

    def note_handed_over(self, job_id: JobId) -> None:
        """Take note that the target of a job may have it."""
        self._handed_over.add(job_id)

    def forget(self, job_id: JobId) -> None:
        """Forget a job that has ended."""
        self._handed_over.discard(job_id)

    async def give_up(self, job_id: JobId) -> None:
        """Cease to pack or hand over a job."""
        task = self._tasks.get(job_id)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def stop(self) -> None:
        """Give every job up that is not handed over yet."""
        for job_id in list(self._tasks):
            await self.give_up(job_id)

    def refuse(self, job_id: JobId, detail: str, state: JobState = JobState.error) -> None:
        """End a job that its target never had."""
        now = self._given.clock.now()
        text = self._given.redact(detail)
        self._handed_over.discard(job_id)
        ended = self._board.change(
            job_id,
            lambda job: moved_to(job, state, ended_at=now, detail=text, queue_place=None),
        )
        if ended is not None:
            event = ended_event(ended)
            self._given.post(lambda: self._given.recorder.job_ended(ended, event))

    def specify(self, job: JobRecord, code: str, kernel: WatchedKernel | None) -> None:
        """Write what the agent needs to know of a job; raises ``Unavailable``."""
        folder = self._given.compute.job_folder(job.id)
        job_files.write_spec(folder, _spec_of(job, code, kernel))
        job_files.write_probe(folder, self._given.probe())

    def specs(
        self, jobs: Sequence[JobRecord], code: str, shared: str, python: str | None
    ) -> list[JobSpec]:
        """Return the same of the items of a map, which are from one kernel."""
        kernel_id = jobs[0].kernel_id if jobs else None
        kernel = self._given.kernels.kernel(kernel_id) if kernel_id is not None else None
        made = (_spec_of(job, code, kernel) for job in jobs)
        return [replace(each, shared=shared, python=python) for each in made]

    def request(
        self,
        job: JobRecord,
        code: str,
        status: TargetStatus,
        kernel: WatchedKernel | None,
    ) -> dict[str, Any]:
        """Return what the kernel is asked to pack."""
        # Where the job's kernel is started by the same kernelspec, there is nothing to compare.
        is_same = status.sees_files and kernel is not None and bool(kernel.argv)
        return {
            "job_id": job.id,
            "code": code,
            "folder": str(self._given.compute.job_folder(job.id)),
            "returns": None if job.returns is None else list(job.returns),
            "max_bytes": limits.SENT_MAX_BYTES,
            "ask_bytes": limits.SENT_ASK_BYTES,
            "notebook_folder": kernel.cwd if kernel is not None else None,
            "target_python": None if is_same else status.python,
            "target_packages": None if is_same else status.packages or None,
            "mode": job.mode.value,
        }

    async def prepare(self, job: JobRecord, code: str) -> dict[str, Any]:
        """Have a target ready, and return what the kernel that sent the job shall pack."""
        kernel = self._given.kernels.kernel(job.kernel_id) if job.kernel_id is not None else None
        self.specify(job, code, kernel)
        status = await self._target_ready(job.target, [job.id])
        return self.request(job, code, status, kernel)

    def packed(self, job_id: JobId, answer: Mapping[str, Any], *, is_confirmed: bool) -> bool:
        """Take what the kernel has packed; return whether the job can be handed over now."""
        items = items_of(answer.get("items"))
        if not self.may_go(job_id, answer):
            return False
        size = answer.get("bytes")
        sent_bytes = size if type(size) is int else 0
        has_to_ask = not is_confirmed and any(each.needs_word for each in items)
        expected_s = self._expected_s(job_id, sent_bytes)
        preflight = Preflight(items, sent_bytes, expected_s, is_waiting=has_to_ask)
        self._note_python(job_id, answer.get("python"))
        self._board.change(
            job_id,
            lambda job: replace(
                job,
                preflight=preflight,
                sent=names_of(answer.get("names")),
                sent_bytes=sent_bytes,
                detail="Waits for your word." if has_to_ask else "",
            ),
        )
        return not has_to_ask

    def may_go(self, job_id: JobId, answer: Mapping[str, Any]) -> bool:
        """Return whether what a kernel says of its packing lets a job go; if not, it ends here."""
        items = items_of(answer.get("items"))
        blocking = [each for each in items if each.is_blocking]
        if not blocking and answer.get("ok") is True:
            return True
        text = " ".join(each.text for each in blocking) or str(answer.get("error") or "")
        preflight = Preflight(items, 0)
        self._board.change(job_id, lambda job: replace(job, preflight=preflight))
        self.refuse(job_id, text or "The kernel could not pack what the code needs.")
        return False

    # Inside

    def _expected_s(self, job_id: JobId, size_bytes: int) -> float | None:
        job = self._board.held(job_id)
        transfers = self._given.follower.transfers
        return transfers.expected_s(job.target, size_bytes) if job is not None else None

    def _start(self, job_id: JobId, work: Any) -> None:
        task = asyncio.create_task(self._guarded(job_id, work), name=f"dsinfra send {job_id}")
        self._tasks[job_id] = task

        def over(_: Any) -> None:
            self._tasks.pop(job_id, None)
            work.close()  # given up before its first step, it would be said to be forgotten

        task.add_done_callback(over)

    async def _guarded(self, job_id: JobId, work: Any) -> None:
        """Do it; what goes wrong ends the job and says why."""
        try:
            await work
        except DsinfraError as error:
            self.refuse(job_id, error.message)
        except Exception as error:
            self._given.log.exception("dsinfra: job %s could not be sent", job_id)
            self.refuse(job_id, f"The server failed: {type(error).__name__}; its log has more.")

    async def _pack_and_send(self, job_id: JobId, code: str, is_confirmed: bool) -> None:
        job = self._held(job_id)
        kernel = self._given.kernels.kernel(job.kernel_id) if job.kernel_id is not None else None
        if job.kernel_id is not None and kernel is None:
            raise Unavailable("The kernel with the variables is gone. Start it and run its cells.")
        try:
            status = await self._target_ready(job.target, [job.id])
        except BaseException:
            self.specify(job, code, kernel)  # it can be sent again
            raise
        answer: Mapping[str, Any] = {"ok": True, "bytes": 0}
        if kernel is None:
            self.specify(job, code, kernel)
        else:
            answer = await self._packed_by(kernel, job, code, status)
        if self.packed(job_id, answer, is_confirmed=is_confirmed):
            await self._hand_over(job_id)

    async def _packed_by(
        self, kernel: WatchedKernel, job: JobRecord, code: str, status: TargetStatus
    ) -> Mapping[str, Any]:
        """Return what a kernel answers; while it packs, the rest is written."""
        request = self.request(job, code, status, kernel)
        pack = self._given.kernels.pack
        packing = asyncio.ensure_future(
            pack(kernel.id, request, lambda text: self._say(job.id, text))
        )
        try:
            await asyncio.sleep(0)  # it is on its way
            self.specify(job, code, kernel)
            return await packing
        except BaseException:
            packing.cancel()
            raise

    async def _hand_over(self, job_id: JobId) -> None:
        job = self._held(job_id)
        spec = job_files.read_spec(self._given.compute.job_folder(job_id))
        if spec is None:
            raise Unavailable("What was packed was removed before it went. Send the code again.")
        target = await self._ready_with(job.target, [job_id])
        await self._give(target, job_id, spec)

    async def _hand_over_when(
        self, ready: asyncio.Future[TargetRecord], job_id: JobId, spec: JobSpec
    ) -> None:
        target = await asyncio.shield(ready)
        self._held(job_id)
        await self._give(target, job_id, spec)

    async def _give(self, target: TargetRecord, job_id: JobId, spec: JobSpec) -> None:
        self._say(job_id, "")
        self._handed_over.add(job_id)
        # Cancelled from here on, a job may be at work: whoever cancels asks its agent.
        await asyncio.shield(self._given.compute.submit(target, spec))
        self._given.follower.follow(job_id)

    async def _ready_with(self, target: str, jobs: Sequence[JobId]) -> TargetRecord:
        """Return a target that jobs can be handed over to."""
        await self._target_ready(target, jobs)
        return await self._given.targets.record(target)

    async def _target_ready(self, target: str, jobs: Sequence[JobId]) -> TargetStatus:
        status = None
        if not self._given.targets.is_starting(target):
            compute = self._given.compute
            status = compute.last_status(target) or await compute.status(target)
        if status is None:
            for job_id in jobs:
                self._say(job_id, f"Starts {target}.")
            status = await self._given.targets.ready(target)
        return status

    def _note_python(self, job_id: JobId, python: Any) -> None:
        """Add to the specification which Python has packed."""
        folder: Path = self._given.compute.job_folder(job_id)
        spec = job_files.read_spec(folder)
        if spec is not None and isinstance(python, str):
            job_files.write_spec(folder, replace(spec, python=python))

    def _say(self, job_id: JobId, text: str) -> None:
        self._board.change(job_id, lambda job: replace(job, detail=text))

    def _held(self, job_id: JobId) -> JobRecord:
        job = self._board.held(job_id)
        if job is None:
            raise Unavailable("The job has ended.")
        return job


def _spec_of(job: JobRecord, code: str, kernel: WatchedKernel | None) -> JobSpec:
    own = job.resources
    return JobSpec(
        job_id=job.id,
        message_id=job.id,
        code=code,
        cell_id=job.cell_id,
        user=job.user,
        argv=tuple(kernel.argv) if kernel is not None and kernel.argv else None,
        cwd=kernel.cwd if kernel is not None else None,
        returns=job.returns,
        mode=job.mode.value,
        session_key=_session_key(job),
        cpus=own.cpus,
        memory_bytes=own.memory_bytes,
        gpus=own.gpus,
        kernel_variables=dict(kernel.variables) if kernel is not None else {},
    )


def _session_key(job: JobRecord) -> str | None:
    if job.mode is KernelMode.fresh:
        return None
    if job.mode is KernelMode.group:
        return job.group_id or job.id
    return job.notebook_path or job.kernel_id or "session"


def items_of(given: Any) -> list[PreflightItem]:
    """Return what a kernel has noticed; what makes no sense is left out."""
    found = []
    for each in given if isinstance(given, list) else ():
        try:
            kind = PreflightKind(each["kind"])
            size = each.get("size_bytes")
            found.append(
                PreflightItem(
                    kind,
                    str(each["text"])[:2_000],
                    each.get("is_blocking") is True,
                    each.get("needs_word") is True,
                    _text(each.get("name")),
                    _text(each.get("path")),
                    size if type(size) is int else None,
                )
            )
        except (KeyError, ValueError, TypeError, AttributeError):
            continue
    return found


def _text(value: Any) -> str | None:
    return value[:1_000] if isinstance(value, str) else None
