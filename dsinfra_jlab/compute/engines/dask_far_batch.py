"""Several jobs in one task of Dask, one after another: pickled by value, as ``dask_far`` is.

A batch is a way to travel and nothing else: each of its jobs begins, is told of, is cancelled and
ends by itself. What has not begun yet can be taken back from the worker at any moment.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import threading
from typing import Any

from distributed import Worker, get_worker

from .dask_far import (
    GATHER_S,
    PART_CHARS,
    digest_of,
    ended_so,
    jobs_here,
    may_wait,
    run_found,
)

GATHER_BATCH_S = 0.1
"""What shows nothing waits so long in a batch: its jobs are short, and many are told of at once."""

SHOWS_NOTHING = frozenset(("starting", "asked", "answer"))
"""Kinds of events that may wait as well, where the next job does not wait for them."""


def run_batch(package: str, text: str) -> bytes:
    """Run jobs one after another; return JSON: by their ids what the last event of each says.

    ``text`` is JSON: ``key`` of the batch, ``spec`` of all with ``jobs`` (``job_id``,
    ``message_id`` and ``folder`` of each), ``check`` (digest of the first one's file there) and
    ``topic``. A job that was taken back is not in the answer.
    """
    order = json.loads(text)
    here = jobs_here(package)
    if not _sees(order):
        return json.dumps({"not_here": True}).encode()
    emitter = BatchEmitter(get_worker(), order["topic"])
    jobs = order["jobs"]
    waiting: set[str] = here.setdefault("waiting", set())
    waiting.update(each["job_id"] for each in jobs)
    here[order["key"]] = {each["job_id"] for each in jobs}
    answers: dict[str, Any] = {}
    try:
        while jobs:
            left = _turn(package, order, jobs, waiting, emitter, answers)
            if left and len(left) == len(jobs):
                _alone(package, order, left[0], here, emitter, answers)
                left = left[1:]
            jobs = left
    finally:
        waiting.difference_update(here.pop(order["key"], ()))
        emitter.flush()
    return json.dumps({"answers": answers}).encode()


def _turn(
    package: str,
    order: dict[str, Any],
    jobs: list[dict[str, Any]],
    waiting: set[str],
    emitter: BatchEmitter,
    answers: dict[str, Any],
) -> list[dict[str, Any]]:
    """Run jobs in one turn of a kernel; return those that did not come to it and wait again."""
    if len(jobs) < 2:
        return jobs
    runner = sys.modules[package]
    worker = emitter.worker
    about = {
        "worker": str(worker.name),
        "host": os.uname().nodename,
        "address": worker.address,
    }
    mine = [each for each in jobs if _is_taken(waiting, each["job_id"])]
    emits = {each["job_id"]: emitter.of(each["job_id"]) for each in mine}
    items = [
        runner.Item(each["job_id"], each["message_id"], each["folder"], emits[each["job_id"]])
        for each in mine
    ]

    def end(item: Any, event: dict[str, Any]) -> None:
        emit = emits[item.job_id]
        answers[item.job_id] = {"ended": event, "files": {}, "events": emit.count + 1}
        emit({"kind": "answer", "said": answers[item.job_id]})

    if items:
        runner.run_items(
            order["spec"], items, lambda at: {"kind": "starting", "at": at, **about}, end
        )
    left = [
        job
        for job, item in zip(mine, items, strict=True)
        if not (item.has_ended or item.is_taken_back)
    ]
    waiting.update(each["job_id"] for each in left)
    return left


def _alone(
    package: str,
    order: dict[str, Any],
    job: dict[str, Any],
    here: dict[str, set[str]],
    emitter: BatchEmitter,
    answers: dict[str, Any],
) -> None:
    """Run a job by itself, unless it was taken back."""
    job_id = job["job_id"]
    here["active"].add(job_id)
    try:
        if _is_taken(here["waiting"], job_id):
            answers[job_id] = _run_one(package, order, job, here, emitter)
    finally:
        here["active"].discard(job_id)
        here["refused"].discard(job_id)


def _sees(order: dict[str, Any]) -> bool:
    """Return whether the files of the jobs are here; they lie side by side."""
    try:
        with open(os.path.join(order["jobs"][0]["folder"], "job.json"), "rb") as file:
            return bool(digest_of(file.read()) == order["check"])
    except OSError:
        return False


def _run_one(
    package: str,
    order: dict[str, Any],
    job: dict[str, Any],
    here: dict[str, set[str]],
    emitter: BatchEmitter,
) -> dict[str, Any]:
    job_id = job["job_id"]
    emit = emitter.of(job_id)
    try:
        answer = run_found(
            package,
            {**order["spec"], "job_id": job_id, "message_id": job["message_id"]},
            {"folder": job["folder"]},
            here,
            emit,
            {"folder": job["folder"], "marker": f"{order['marker']}{job_id}"},
        )
    except Exception as error:
        answer = ended_so("error", f"{type(error).__name__}: {error}")
    said = {"ended": answer, "files": {}, "events": emit.count + 1}
    emit({"kind": "answer", "said": said})
    return said


class BatchEmitter:
    """Sends the events of several jobs: those of each in order, many in one message."""

    def __init__(self, worker: Worker, topic: str) -> None:
        self.worker = worker
        self._topic = topic
        self._lock = threading.Lock()
        self._waiting: list[tuple[JobEmitter, str]] = []
        self._chars = 0
        self._timer_s: float | None = None

    def of(self, job_id: str) -> JobEmitter:
        """Return what takes the events of one job."""
        return JobEmitter(self, job_id)

    def take(self, job: JobEmitter, event: dict[str, Any]) -> None:
        """Send an event with others soon."""
        text = json.dumps(event)
        is_quiet = event["kind"] in SHOWS_NOTHING or may_wait(event)
        wait_s = GATHER_BATCH_S if is_quiet else GATHER_S
        with self._lock:
            self._waiting.append((job, text))
            self._chars += len(text)
            if self._chars > PART_CHARS:
                self._send()
            elif self._timer_s is None or wait_s < self._timer_s:
                self._timer_s = wait_s
                loop = self.worker.loop.asyncio_loop
                loop.call_soon_threadsafe(loop.call_later, wait_s, self.flush)

    def flush(self) -> None:
        """Send what waits."""
        with self._lock:
            self._send()

    def _send(self) -> None:
        waiting, self._waiting, self._chars, self._timer_s = self._waiting, [], 0, None
        messages: list[dict[str, Any]] = []
        for job, events in itertools.groupby(waiting, key=lambda each: each[0]):
            job.count += 1
            text = f"[{','.join(event for _, event in events)}]"
            parts = range(0, len(text), PART_CHARS)
            messages += (
                {
                    "job": job.job_id,
                    "n": job.count,
                    "part": part,
                    "parts": len(parts),
                    "text": text[start : start + PART_CHARS],
                }
                for part, start in enumerate(parts)
            )
        large = [each for each in messages if each["parts"] > 1]
        if not large:
            if messages:
                self._log({"many": messages})
            return
        for each in messages:  # one large message would hold up all others
            self._log(each)

    def _log(self, message: dict[str, Any]) -> None:
        # Also on the loop itself: what was sent before by another thread goes first.
        self.worker.loop.add_callback(self.worker.log_event, self._topic, message)


class JobEmitter:
    """Takes the events of one job of a batch; ``count`` is how many messages of it were sent."""

    def __init__(self, batch: BatchEmitter, job_id: str) -> None:
        self._batch = batch
        self.worker = batch.worker
        self.job_id = job_id
        self.count = 0

    def __call__(self, event: dict[str, Any]) -> None:
        """Send one event, with others."""
        self._batch.take(self, event)


def take_back(package: str, job_ids: list[str]) -> list[str]:
    """Return those of these jobs that wait in a batch here, and let none of them begin."""
    waiting = jobs_here(package).setdefault("waiting", set())
    found = [job_id for job_id in job_ids if _is_taken(waiting, job_id)]
    in_turns: list[str] = sys.modules[package].take_items_back(job_ids)
    return found + in_turns


def _is_taken(waiting: set[str], job_id: str) -> bool:
    """Take a job out of those that wait; of two who try only one does."""
    try:
        waiting.remove(job_id)
    except KeyError:
        return False
    return True


async def take_back_on(package: str, job_ids: list[str]) -> list[str]:
    """``take_back``, on the worker's event loop: it waits for nothing."""
    return take_back(package, job_ids)
