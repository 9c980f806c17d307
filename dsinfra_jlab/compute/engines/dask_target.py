"""A target of Dask at work: jobs go in, events and ends come out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from distributed import Future
from distributed.scheduler import KilledWorker
from distributed.security import Security
from distributed.system import MEMORY_LIMIT
from distributed.utils import CancelledError

from ...domain.compute.job_events import JOB_FILE, JobEvent
from ...domain.compute.jobs import JobId, JobState
from ...domain.compute.targets import TargetStatus, TargetTest
from ..agent_jobs import ended
from ..engine import Host, Work
from .dask_batches import MOVES_MAX, Batches
from .dask_jobs import Batch, OnDask, kind_of, never_begun, worker_ended
from .dask_link import DaskLink
from .dask_parcel import bytes_to_send, digest, digests, files_to_send, take_back
from .dask_processes import WATCH_S, LocalProcesses
from .dask_queue import Machine, Queue, need_of
from .dask_shared import SharedFiles
from .dask_status import status_of
from .dask_workers import DaskWorkers

_LOG = logging.getLogger(__name__)

ANSWER_S = 3.0
"""After the grace of a cancel the job has so long to be gone; then its worker is ended."""

SIGNAL_AGAIN_S = 0.1
"""A job of a batch may begin just when it is cancelled: it is asked for again so long after."""


class DaskTarget:
    """The jobs of one target on Dask: our own processes, or a scheduler of somebody else."""

    def __init__(
        self,
        options: Mapping[str, Any],
        host: Host,
        processes: LocalProcesses | None,
        workers: int = 0,
    ) -> None:
        """Have ``processes`` with so many workers, or none for a scheduler of somebody else."""
        self._host = host
        self._options = options
        self._jobs: dict[JobId, OnDask] = {}
        self._is_closing = False
        self._tls: Mapping[str, str] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._link = DaskLink(self._said)
        self._shared = SharedFiles(self._link)
        memory = int(options.get("memory_bytes") or MEMORY_LIMIT) if processes else None
        self._queue = Queue(Machine(1, memory, 0) if processes else None)
        self._workers = DaskWorkers(self._link, host, processes, self._queue, workers)
        self._workers.gone = self._worker_gone
        self._workers.came = self.pump
        self._batches = Batches(self._link, self._queue, self._workers, self)

    async def open(self, address: str, tls: Mapping[str, str] | None) -> None:
        """Connect; raises ``Unavailable``."""
        self._tls = tls
        await self._link.connect(address, _security(tls))
        await self._workers.open(bool(self._options.get("send_through_dask")))
        self._start(self._watch())

    # Jobs

    async def submit(self, work: Work) -> None:
        """Take a job; raises ``Impossible`` if it asks for more than there is."""
        data = 0 if self._workers.see_files else bytes_to_send(work.folder)
        need = need_of(work.spec, self._workers.part_bytes, data)
        self._queue.check(need)
        self._workers.check(work.spec)
        job_id = JobId(work.spec.job_id)
        kind = kind_of(work.spec) if self._workers.are_ours else None
        self._jobs[job_id] = OnDask(work, need, kind)
        self._queue.waiting[job_id] = need
        self.pump()

    def pump(self) -> None:
        """Let every job go that can."""
        while not self._is_closing and (found := self._queue.next()) is not None:
            job_id, worker = found
            job = self._jobs[job_id]
            job.worker = worker
            batch = self._batches.made(job_id, self._jobs)
            if batch is None:
                job.task = self._start(self._run(job_id, job))
                continue
            task = self._start(self._batches.run(batch))
            for each in batch.jobs.values():
                each.task = task
        self._workers.hurry()
        self._host.changed()

    async def _run(self, job_id: JobId, job: OnDask) -> None:
        """See a job through to its end."""
        event = ended(JobState.lost, "")
        try:
            event = await self._result(job_id, job)
        except CancelledError:
            if job.is_given_up or (self._is_to_move(job) and self._put_back(job_id, job)):
                return
            event = await self._end_of_cancelled(job_id, job)
        except KilledWorker as error:
            event = worker_ended(getattr(error.last_worker, "name", None) or error.last_worker)
        except Exception as error:
            _LOG.exception("Job %s has failed", job_id)
            event = ended(JobState.error, f"{type(error).__name__}: {error}")
        await self._leave(job_id, job, event)

    async def _leave(self, job_id: JobId, job: OnDask, event: JobEvent) -> None:
        """Say that a job has ended, once, and leave nothing of it."""
        if not self.leave(job_id, event) or job.batch is not None:
            return
        self._workers.release(job.worker, is_sound=event["state"] != JobState.lost.value)
        self.pump()
        future, job.future = job.future, None
        await self._link.forget(job_id, future)

    def leave(self, job_id: JobId, event: JobEvent) -> bool:
        """Say that a job has ended; return whether that was not said before."""
        job = self._jobs.pop(job_id, None)
        if job is None:
            return False
        self._queue.release(job_id)
        self._batches.note(job, event)
        shared = job.work.spec.shared
        if shared and all(each.work.spec.shared != shared for each in self._jobs.values()):
            self._shared.drop(shared)
        if job.need.session and job.worker and event["state"] in ("ok", "error"):
            self._queue.sessions[job.need.session] = job.worker
        elif job.need.session:
            self._queue.sessions.pop(job.need.session, None)
        self._host.ended(job_id, event)
        if job.batch is not None:
            job.batch.moved_s = time.monotonic()
            job.batch.let_go(job_id)
            self._link.let_go(job_id)
        return True

    async def _result(self, job_id: JobId, job: OnDask) -> JobEvent:
        """Send a job and return how it ended; by its folder where that is seen, else as data."""
        while True:
            answer, blobs, as_files = await self._try(job_id, job)
            if not answer["ended"].get("not_here"):
                break
            if as_files:
                raise RuntimeError("the worker did not take the files")
            self._workers.see_files = False
            await self._link.forget(job_id, job.future)
        await self._link.settle(job_id, answer["events"])
        event: JobEvent = answer["ended"]
        try:
            await asyncio.to_thread(take_back, job.work.folder, answer["files"], blobs)
        except (OSError, ValueError) as error:
            text = f"The results could not be brought back: {error}"
            event = event | {"state": JobState.error.value, "detail": text, "names": []}
        return event

    async def _try(self, job_id: JobId, job: OnDask) -> tuple[dict[str, Any], Any, bool]:
        folder = job.work.folder
        spec = asdict(job.work.spec)
        files: dict[str, bytes] = {}
        there: list[Future] = []
        shared = job.work.spec.shared
        order: dict[str, Any] = {"spec": spec}
        if self._workers.see_files:
            order |= {"folder": str(folder), "check": digest((folder / JOB_FILE).read_bytes())}
        else:
            files = await asyncio.to_thread(files_to_send, folder, has_probe=not shared)
            order["files"] = await asyncio.to_thread(digests, files)
            # What belongs to the notebook's machine: command, folder, variables of the kernelspec.
            if shared:
                found, there = await self._shared.of(job_id, folder.parent / shared)
                order["shared"] = {"name": shared, "files": found}
            spec |= {"argv": None, "cwd": None, "kernel_variables": {}}
        spec |= self._workers.additions(job.work.spec)
        resources = self._workers.resources(job.work.spec)
        job.future = await self._link.submit(job_id, order, files, job.worker, resources, there)
        answer, blobs = await self._link.result(job_id, job.future)
        return answer, blobs, bool(files) or not order.get("folder")

    def _said(self, job_id: JobId, event: JobEvent) -> None:
        """Take an event of a worker."""
        job = self._jobs.get(job_id)
        if job is not None and event["kind"] == "starting":
            job.has_begun = True
            job.begun_at = event.get("at")
            job.worker = event.pop("address", None) or job.worker
            if job.batch is not None:
                job.batch.moved_s = time.monotonic()
        self._host.said(job_id, event)

    # Their end

    async def cancel(self, job_id: JobId) -> None:
        """Ask for the end of a job."""
        job = self._jobs.get(job_id)
        if job is None or job.is_cancelled:
            return
        job.is_cancelled = True
        if job.task is None:
            await self._leave(job_id, job, never_begun())
        elif job.batch is not None:
            self._start(self._cancel_in_batch(job_id, job, job.batch))
        else:
            self._start(self._cancel(job_id, job))

    async def _cancel(self, job_id: JobId, job: OnDask) -> None:
        """Interrupt; the runner kills after the grace. Who does not answer is ended whole."""
        at = [job.worker] if job.worker else None
        answers = await self._link.signal(job_id, "INT", at)
        is_there = any(each["found"] or each["active"] for each in answers.values())
        if not is_there and not job.has_begun and job.future is not None and (answers or not at):
            await job.future.cancel(reason="the user cancelled it")
            return
        wait_s = job.work.spec.cancel_grace_s + ANSWER_S
        if job.task is not None:
            await asyncio.wait([job.task], timeout=wait_s if answers else 0.0)
        if job_id in self._jobs:
            await self._give_up(job_id, job)

    async def _cancel_in_batch(self, job_id: JobId, job: OnDask, batch: Batch) -> None:
        """The same for one that travels with others: if it has not begun it never does."""
        until = time.monotonic() + job.work.spec.cancel_grace_s + ANSWER_S
        while job_id in batch.jobs and time.monotonic() < until:
            if not job.has_begun and await self._batches.is_taken_back(job_id, batch):
                return
            answers = await self._link.signal(job_id, "INT", [batch.worker])
            if not answers:
                break
            await asyncio.sleep(SIGNAL_AGAIN_S)
        if job_id in batch.jobs:
            await self._give_up(job_id, job)

    async def _give_up(self, job_id: JobId, job: OnDask) -> None:
        """End a worker that does not end its job: the future first, or Dask runs it again."""
        job.is_given_up = True
        if job.future is not None:
            await job.future.cancel(reason="the worker does not answer")
        has_ended = job.worker is not None and await self._workers.end(job.worker)
        state, text = JobState.cancelled, "Its worker did not answer and was ended with the job."
        if not has_ended:
            state = JobState.lost
            text = (
                "Its worker does not answer and could not be ended. Whether the job still runs "
                "there is not known."
            )
        await self._leave(job_id, job, ended(state, text))

    async def _end_of_cancelled(self, job_id: JobId, job: OnDask) -> JobEvent:
        """Return how a job ended whose future was cancelled, by us or with the scheduler."""
        if job.is_cancelled and self._link.is_connected:
            # It may have begun in the same moment: what is there of it is killed first.
            deadline = time.monotonic() + ANSWER_S
            while time.monotonic() < deadline:
                answers = await self._link.signal(job_id, "KILL", None)
                if not any(each["found"] or each["active"] for each in answers.values()):
                    return never_begun()
                await asyncio.sleep(0.05)
        if self._workers.are_ours:
            # If the scheduler has ended that is seen now, and the whole target fails with it.
            await asyncio.sleep(3 * WATCH_S)
        if self._link.is_connected and job.has_begun and not job.is_cancelled:
            # Its files were on that worker only: Dask forgets a task whose data are lost.
            return worker_ended(job.worker)
        at = self._workers.address
        return ended(JobState.lost, f"The connection to Dask's scheduler at {at} was lost.")

    def _worker_gone(self, name: str | None, address: str | None) -> None:
        """Take notice that a worker has gone; one without a name is the scheduler, if it is ours.

        A job that waits for this worker would wait for ever. Should it have begun all the same,
        the mark that it leaves on the scheduler keeps it from running twice.
        """
        if self._is_closing:
            return
        if name is None:
            self._host.failed(
                "Dask's scheduler has ended, and the jobs of this target with it. "
                "Start the target again."
            )
            return
        self._start(self._batches.worker_gone(address))
        for job in self._jobs.values():
            is_there = address and job.worker == address and job.batch is None
            if is_there and job.future is not None and not job.has_begun:
                job.is_moved = True
                self._start(job.future.cancel(reason="its worker has gone"))

    def _is_to_move(self, job: OnDask) -> bool:
        """Return whether a job whose future was cancelled lost its worker before it began."""
        if job.is_moved or job.moves >= MOVES_MAX:
            return job.is_moved
        return self._link.is_connected and not self._is_closing

    def _put_back(self, job_id: JobId, job: OnDask) -> bool:
        """Let a job wait again, first of all, and return whether that was right."""
        if job.is_cancelled or job.has_begun:
            return False
        job.wait_again()
        job.moves += 1
        self._queue.put_back({job_id: job.need})
        self.pump()
        return True

    # The whole

    async def status(self) -> TargetStatus:
        """Return how it stands."""
        busy = {
            job.worker: job_id for job_id, job in self._jobs.items() if job.worker and job.has_begun
        }
        waiting = [job_id for job_id, job in self._jobs.items() if not job.has_begun]
        return status_of(await self._workers.see(), busy, waiting, self._queue.taken, self._tls)

    async def scale(self, workers: int) -> None:
        """Ask for so many workers."""
        await self._workers.scale(workers)

    async def test(self) -> TargetTest:
        """Run something trivial."""
        return await self._workers.test()

    async def close(self) -> None:
        """End our processes; on a scheduler that is not ours, end our jobs."""
        self._is_closing = True
        if not self._workers.are_ours and self._link.is_connected:
            await self._end_jobs()
        for task in self._tasks:
            task.cancel()
        await self._workers.close()

    async def _end_jobs(self) -> None:
        tasks = [job.task for job in self._jobs.values() if job.task is not None]
        for job_id, job in list(self._jobs.items()):
            if job.task is not None:
                job.is_cancelled = True
                await self._link.signal(job_id, "KILL", [job.worker] if job.worker else None)
                if not job.has_begun and job.future is not None:
                    await job.future.cancel(reason="the target was stopped")
        if tasks:
            await asyncio.wait(tasks, timeout=ANSWER_S)

    async def _watch(self) -> None:
        """Notice that a scheduler has gone for good."""
        # The client has no event for its end.
        while self._link.client.status in ("running", "connecting"):
            await asyncio.sleep(0.5)
            await self._workers.look_after()
            await self._batches.see_to_late()
        if not self._is_closing:
            self._host.failed(
                f"The Dask scheduler at {self._workers.address} has gone. Start the target again "
                "when it is back."
            )

    def _start(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _security(tls: Mapping[str, str] | None) -> Security | None:
    if tls is None:
        return None
    paths = {name: str(Path(file).expanduser()) for name, file in tls.items() if file}
    return Security(
        tls_ca_file=paths.get("tls_ca_file"),
        tls_client_cert=paths.get("tls_cert"),
        tls_client_key=paths.get("tls_key"),
        require_encryption=True,
    )
