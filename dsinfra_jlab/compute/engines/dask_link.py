"""The connection of an agent to a Dask scheduler: what is sent there, and what is heard."""

from __future__ import annotations

import asyncio
import json
import logging
import pickle
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import cloudpickle
from distributed import Client, Future
from distributed.security import Security

from ...domain.compute.job_events import JobEvent
from ...domain.compute.jobs import JobId
from ...domain.exceptions import Unavailable
from .. import shipping
from . import dask_far, dask_far_batch
from .dask_opening import CONNECT_S, unreachable

_LOG = logging.getLogger(__name__)

ASK_S = 5.0
"""How long a worker may take to answer a question; it answers while its job runs."""

cloudpickle.register_pickle_by_value(shipping)
cloudpickle.register_pickle_by_value(dask_far)
cloudpickle.register_pickle_by_value(dask_far_batch)

Said = Callable[[JobId, JobEvent], None]


class Shipped:
    """A function of ours, pickled by value: Dask would name its module, which is not there."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._pickled = cloudpickle.dumps(function)
        self.__name__ = function.__name__

    def __call__(self, *arguments: Any, **more: Any) -> Any:
        """Do nothing here: it is called where it was sent."""
        raise TypeError(f"{self.__name__} is called where it was sent")

    def __reduce__(self) -> tuple[Any, ...]:
        return pickle.loads, (self._pickled,)


RUN_TASK = Shipped(dask_far.run_task)
RUN_BATCH = Shipped(dask_far_batch.run_batch)
TAKE_BACK = Shipped(dask_far_batch.take_back_on)
SIGNAL_ON = Shipped(dask_far.signal_on)
DESCRIBE = Shipped(dask_far.describe)
PACKAGES = Shipped(dask_far.packages)
CLEAR_TOPIC = Shipped(dask_far.clear_topic)
HAS_DASHBOARD = Shipped(dask_far.has_dashboard)
DROP_TOPIC = Shipped(dask_far.drop_topic)


class DaskLink:
    """A client, the runner on the workers, and the topic that events come by."""

    def __init__(self, said: Said) -> None:
        token = secrets.token_hex(4)
        name, sources = shipping.packed_runner()
        self.package = f"{name}_{token}"
        """The name of our runner on the workers; another agent's is another module."""
        self._packed = (self.package, sources)
        self._prefix = f"dsinfra-{token}-"
        self._topic = f"dsinfra-{token}"
        self._said = said
        self._heard: dict[JobId, int] = {}
        self._parts: dict[tuple[JobId, int], list[str]] = {}
        self._answers: dict[JobId, asyncio.Future[dict[str, Any]]] = {}
        """Those of jobs without files to bring back: they come with the events."""
        self._gathering: dict[JobId, asyncio.Future[Any]] = {}
        self._clearing: asyncio.Task[None] | None = None
        self.client: Client

    async def connect(self, address: str, security: Security | None) -> None:
        """Reach the scheduler and bring the runner to its workers.

        Raises
        ------
        Unavailable
            With the address, the reason and what to do.
        """
        client = Client(
            address,
            asynchronous=True,
            security=security,
            timeout=CONNECT_S,
            set_as_default=False,
            name="dsinfra-jlab",
        )
        try:
            self.client = await asyncio.wait_for(_connected(client), CONNECT_S + 1.0)
        except Exception as error:
            with suppress(Exception):
                await asyncio.wait_for(client.close(), 1.0)
            raise Unavailable(_unreachable(address, error)) from error
        self.client.subscribe_topic(self._topic, self._hear)
        plugin = dask_far.RunnerPlugin(self._packed, self._prefix)
        await self.client.register_plugin(plugin, name=self.package)

    async def close(self) -> None:
        """Let go of the scheduler and leave nothing of ours on it."""
        for leaving in (
            self.client.unregister_worker_plugin(self.package),
            self.client.run_on_scheduler(DROP_TOPIC, self._topic),
            self.client.close(),
        ):
            with suppress(Exception):
                await asyncio.wait_for(leaving, ASK_S)

    async def drop(self) -> None:
        """Let go of a scheduler that is ours and ends too."""
        with suppress(Exception):
            await asyncio.wait_for(self.client.close(), 1.0)

    @property
    def is_connected(self) -> bool:
        """Whether the scheduler is there."""
        return bool(self.client.status == "running")

    async def submit(
        self,
        job_id: JobId,
        order: Mapping[str, Any],
        blobs: Mapping[str, bytes],
        worker: str | None,
        resources: Mapping[str, float] | None,
        there: Sequence[Future] = (),
    ) -> Future:
        """Send a job, its files first; ``there`` are files that were sent before."""
        whole = {**order, "topic": self._topic, "marker": self._prefix + job_id}
        sent = await self.scatter(job_id, blobs, worker) if blobs else []
        self._heard[job_id] = 0
        self._answers[job_id] = asyncio.get_running_loop().create_future()
        return self.client.submit(
            RUN_TASK,
            self.package,
            json.dumps(whole),
            *sent,
            *there,
            key=self._prefix + job_id,
            workers=[worker] if worker else None,
            allow_other_workers=False,
            resources=dict(resources) if resources else None,
            pure=False,
            retries=0,
        )

    def submit_batch(
        self, key: str, jobs: Iterable[JobId], order: Mapping[str, Any], worker: str | None
    ) -> Future:
        """Send jobs whose files a worker sees, to be run there one after another."""
        whole = {**order, "key": key, "topic": self._topic, "marker": self._prefix}
        for job_id in jobs:
            self._heard[job_id] = 0
            self._answers[job_id] = asyncio.get_running_loop().create_future()
        return self.client.submit(
            RUN_BATCH,
            self.package,
            json.dumps(whole),
            key=self._prefix + key,
            workers=[worker] if worker else None,
            allow_other_workers=False,
            pure=False,
            retries=0,
        )

    def answer(self, job_id: JobId) -> asyncio.Future[dict[str, Any]]:
        """Return what comes to hold what a job says at its end, with its events."""
        return self._answers[job_id]

    async def take_back(self, jobs: Sequence[JobId], worker: str) -> list[JobId]:
        """Return those of these jobs that will not begin on a worker any more."""
        said = await self.run(TAKE_BACK, self.package, list(jobs), workers=[worker])
        return [JobId(each) for each in said.get(worker, ())]

    def let_go(self, job_id: JobId) -> None:
        """Listen no more to a job that was taken back, or has ended, in a batch."""
        self._heard.pop(job_id, None)
        self._answers.pop(job_id, None)
        for key in [key for key in self._parts if key[0] == job_id]:
            del self._parts[key]

    async def scatter(
        self, job_id: JobId, blobs: Mapping[str, bytes], worker: str | None
    ) -> list[Future]:
        """Send files to a worker, or to any, and tell of it in the log of a job."""
        begun = time.monotonic()
        sent: list[Future] = await self.client.scatter(
            list(blobs.values()), hash=False, workers=[worker] if worker else None
        )
        took_s = time.monotonic() - begun
        size = sum(map(len, blobs.values()))
        self._said(job_id, {"kind": "sent", "bytes": size, "seconds": took_s})
        return sent

    async def result(self, job_id: JobId, future: Future) -> tuple[dict[str, Any], Sequence[Any]]:
        """Wait for a job and return what its task says, and its files.

        What a task returns is fetched from the scheduler, which fetches it from the worker: what
        it says with its last event, after which nothing comes, is here 10 ms earlier.
        """
        heard = self._answers[job_id]
        gathering = self.gather(job_id, future)
        try:
            await asyncio.wait([heard, gathering], return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            gathering.cancel()
            raise
        if heard.done():
            return heard.result(), ()
        said, *blobs = gathering.result()
        answer: dict[str, Any] = json.loads(bytes(said))
        return answer, blobs

    def gather(self, job_id: JobId, future: Future) -> asyncio.Future[Any]:
        """Return what comes to hold what a task returns; ``forget`` lets go of it."""
        gathering: asyncio.Future[Any] = asyncio.ensure_future(self.client.gather(future))
        self._gathering[job_id] = gathering
        return gathering

    async def settle(self, job_id: JobId, events: int) -> None:
        """See that all events of a job have come; what is missing is read from the scheduler."""
        for _ in range(20):
            if self._heard.get(job_id, events) >= events:
                return
            await asyncio.sleep(0.01)
        for event in await self.client.get_events(self._topic):
            self._hear(event)

    async def forget(self, job_id: JobId, future: Future | None) -> None:
        """Leave nothing of a job on the scheduler."""
        self.let_go(job_id)
        gathering = self._gathering.pop(job_id, None)
        if gathering is not None:
            # Let go of before its end, it would seem to be given up, and be killed.
            await asyncio.wait([gathering], timeout=ASK_S)
            if gathering.done() and not gathering.cancelled():
                gathering.exception()  # taken note of: how the job ended is known
            gathering.cancel()
        if future is not None:
            future.release()
        if self._clearing is None or self._clearing.done():
            self._clearing = asyncio.ensure_future(self._clear())
        with suppress(Exception):
            await self.client.scheduler.event_clear(name=self._prefix + job_id)

    async def signal(
        self, job_id: JobId, signal: str, workers: list[str] | None
    ) -> dict[str, dict[str, Any]]:
        """Signal a job where it is, and return the answers of those workers that gave one."""
        return await self.run(SIGNAL_ON, self.package, job_id, signal, workers=workers)

    async def run(
        self, function: Shipped, *arguments: Any, workers: list[str] | None = None
    ) -> dict[str, Any]:
        """Run something on workers beside their jobs; who does not answer is left out."""
        try:
            answers = await asyncio.wait_for(
                self.client.run(function, *arguments, workers=workers, on_error="return"), ASK_S
            )
        except Exception as error:
            _LOG.warning("Workers do not answer: %s", error)
            return {}
        return {at: said for at, said in answers.items() if not isinstance(said, BaseException)}

    async def has_dashboard(self) -> bool:
        """Return whether the scheduler has a page for people; one that does not say has."""
        try:
            return bool(await asyncio.wait_for(self.client.run_on_scheduler(HAS_DASHBOARD), ASK_S))
        except Exception:
            return True

    async def identity(self) -> dict[str, Any]:
        """Return what the scheduler says of itself and of all its workers."""
        try:
            found: dict[str, Any] = await self.client.scheduler.identity(n_workers=-1)
        except TypeError:  # a scheduler of a version that knows no limit
            found = await self.client.scheduler.identity()
        return found

    def _hear(self, event: tuple[float, Any]) -> None:
        """Take a message of the topic: some events, a part of them, or several messages."""
        for message in event[1].get("many") or (event[1],):
            self._hear_one(message)

    def _hear_one(self, message: dict[str, Any]) -> None:
        job_id, number = JobId(message["job"]), message["n"]
        if number != self._heard.get(job_id, -2) + 1:
            return
        if message["parts"] > 1:
            parts = self._parts.setdefault((job_id, number), [])
            if message["part"] == len(parts):
                parts.append(message["text"])
            if len(parts) < message["parts"]:
                return
            message = {"text": "".join(self._parts.pop((job_id, number)))}
        self._heard[job_id] = number
        try:
            events = json.loads(message["text"])
        except ValueError:
            _LOG.exception("Events cannot be read")
            return
        for said in events:
            self._take(job_id, said)

    def _take(self, job_id: JobId, said: dict[str, Any]) -> None:
        try:
            if said["kind"] != "answer":
                self._said(job_id, said)
            elif (answer := self._answers.get(job_id)) is not None and not answer.done():
                answer.set_result(said["said"])
        except Exception:
            _LOG.exception("An event cannot be taken")

    async def _clear(self) -> None:
        # A scheduler may forbid it; then it keeps the newest events of the topic, as many as it
        # is told to keep.
        with suppress(Exception):
            await self.client.run_on_scheduler(CLEAR_TOPIC, self._topic)


async def _connected(client: Client) -> Client:
    return await client


def _unreachable(address: str, error: Exception) -> str:
    reason = str(error) or type(error).__name__
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__cause__ or cause.__context__
    if cause is not None and str(cause):
        reason = str(cause)
    return unreachable(address, reason)
