"""Answers what the Python API of a kernel asks about jobs and targets."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from ..domain.bounds import check_bounds
from ..domain.compute.jobs import (
    JobId,
    JobQuery,
    JobRecord,
    JobResources,
    KernelMode,
    NewJob,
    ShownBy,
)
from ..domain.compute.limits import MAP_ITEMS_MAX
from ..domain.compute.targets import TargetRecord
from ..domain.exceptions import BadInput, Conflict, NotPermitted
from .compute_ports import Compute
from .job_asking import Sent
from .job_maps import JobMaps, MapItem
from .jobs import JobService
from .targets import TargetService
from .watched_kernel import WatchedKernel

WAIT_MAX_S = 20.0
"""Longest time that an answer is held back; the kernel asks again then."""

IDS_MAX = 1_000
"""Jobs that one question may be about."""

GATHERED_FROM = 50
"""Whoever waits for so many jobs is told of several ends at once: each answer makes them ask for
all that are left again."""

GATHER_S = 0.1
"""… those that come within this time."""

NAME_MAX_CHARS = 200
"""Longest name of a job; what is longer is cut."""

JOBS_MAX = 500
"""Jobs of one answer."""

NAMES_MAX = 100
"""Names that are tried for a cluster that was given none."""

Value = TypeVar("Value")
Answer = Callable[[WatchedKernel, dict[str, Any]], Awaitable[dict[str, Any]]]


class JobQuestions:
    """The use cases of code that sends work to targets.

    A kernel speaks for its user: it may do with jobs what the user may do in the panel.
    """

    def __init__(self, jobs: JobService, targets: TargetService, compute: Compute) -> None:
        self._jobs = jobs
        self._targets = targets
        self._compute = compute
        self.maps = JobMaps(jobs, targets, compute)
        self._codes: dict[JobId, tuple[str, bool]] = {}
        """Of jobs that are being packed: their code, and whether they go without a question."""
        self._answers: dict[str, Answer] = {
            "job_begin": self._begin,
            "job_submit": self._submit,
            "map_begin": self._begin_map,
            "map_send": self._send_map,
            "map_cancel": self._cancel_map,
            "job_wait": self._wait,
            "job_status": self._status,
            "job_log": self._log,
            "job_cancel": self._cancel,
            "jobs_cancel": self._cancel_all,
            "job_result": self._result,
            "jobs": self._list,
            "targets": self._all_targets,
            "target_register": self._register,
        }

    def knows(self, what: str) -> bool:
        """Return whether this is a question about jobs or targets."""
        return what in self._answers

    async def answer(
        self, kernel: WatchedKernel, what: str, arguments: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the answer to a question; raises what the services raise, and ``BadInput``."""
        return await self._answers[what](kernel, arguments)

    async def _begin(self, kernel: WatchedKernel, given: dict[str, Any]) -> dict[str, Any]:
        """Write a job down, and say what its kernel shall pack."""
        new = _new_job(kernel, given)
        sent = Sent(
            user=self._jobs.user_of(kernel.id),
            shown_by=_of(given, "shown_by", ShownBy, ShownBy.nobody),
            name=_of(given, "name", str, "")[:NAME_MAX_CHARS],
            group_id=_of(given, "group_id", str | None, None),
            is_in_cell=True,
        )
        job = await self._jobs.take(new, sent)
        request = await self._jobs.prepare(job, new.code)
        self._codes[job.id] = (new.code, new.is_confirmed)
        while len(self._codes) > MAP_ITEMS_MAX:
            del self._codes[next(iter(self._codes))]
        return {"job_id": job.id, "request": request}

    async def _submit(self, kernel: WatchedKernel, given: dict[str, Any]) -> dict[str, Any]:
        """Take what the kernel has packed, and hand the job over."""
        job = await self._own(kernel, given)
        _, is_confirmed = self._codes.pop(job.id, ("", False))
        packed = _of(given, "packed", dict[str, Any])
        return _plain(await self._jobs.packed(job.id, packed, is_confirmed=is_confirmed))

    async def _begin_map(self, kernel: WatchedKernel, given: dict[str, Any]) -> dict[str, Any]:
        """Say what the kernel shall pack for all items of a map."""
        user = self._jobs.user_of(kernel.id)
        sent = Sent(user, ShownBy.nobody, is_in_cell=True)
        group_id, request = await self.maps.begin(_new_job(kernel, given), sent)
        return {"group_id": group_id, "request": request}

    async def _send_map(self, kernel: WatchedKernel, given: dict[str, Any]) -> dict[str, Any]:
        """Take items that the kernel has packed, and hand their jobs over."""
        items = [
            MapItem(
                _of(each, "number", int),
                _of(each, "name", str)[:NAME_MAX_CHARS],
                _of(each, "packed", dict[str, Any]),
            )
            for each in _of(given, "items", list[dict[str, Any]])
        ]
        shared = _of(given, "shared", dict[str, Any] | None, None)
        taken = await self.maps.send(kernel.id, _of(given, "group_id", str), items, shared)
        return {"items": [_plain(each) for each in taken.jobs], "folders": taken.folders}

    async def _cancel_map(self, kernel: WatchedKernel, given: dict[str, Any]) -> dict[str, Any]:
        await self.maps.cancel(_of(given, "group_id", str))
        return {}

    async def _wait(self, kernel: WatchedKernel, given: dict[str, Any]) -> dict[str, Any]:
        """Answer when one of these jobs has ended, or after a while; of many tell the ended."""
        ids = self._ids(given)
        board = self._jobs.board
        timeout_s = _seconds(given, "timeout_s")
        await board.end_of_any(ids, timeout_s)
        if len(ids) == 1:
            return {"items": [_plain(await self._jobs.job(ids[0]))]}
        if len(ids) >= GATHERED_FROM and timeout_s and any(map(board.is_at_work, ids)):
            await asyncio.sleep(GATHER_S)
        ended = [await board.latest(each) for each in ids if not board.is_at_work(each)]
        return {"items": [_plain(each) for each in await self._jobs.shown_all(ended)]}

    async def _status(self, kernel: WatchedKernel, given: dict[str, Any]) -> dict[str, Any]:
        return _plain(await self._jobs.job(_job_id(given)))

    async def _log(self, kernel: WatchedKernel, given: dict[str, Any]) -> dict[str, Any]:
        """Answer as soon as there is something, or it is complete, or after a while."""
        job_id, after = _job_id(given), _of(given, "after", int, 0)
        loop = asyncio.get_running_loop()
        until_s = loop.time() + _seconds(given, "wait_s")
        while True:
            page = await self._jobs.log(job_id, after)
            rest_s = until_s - loop.time()
            if page.items or page.is_complete or rest_s <= 0:
                return _plain(page)
            if page.next_seq == after:
                await self._jobs.board.growth(job_id, rest_s)
            after = page.next_seq

    async def _cancel(self, kernel: WatchedKernel, given: dict[str, Any]) -> dict[str, Any]:
        return _plain(await self._jobs.cancel(_job_id(given)))

    async def _cancel_all(self, kernel: WatchedKernel, given: dict[str, Any]) -> dict[str, Any]:
        """Ask for the end of many jobs, and say how they stand then."""
        ids = self._ids(given)
        await self._jobs.cancel_all(ids)
        records = [await self._jobs.board.settled(each) for each in ids]
        return {"items": [_plain(each) for each in await self._jobs.shown_all(records)]}

    async def _result(self, kernel: WatchedKernel, given: dict[str, Any]) -> dict[str, Any]:
        """Say where the results lie; the kernel loads them itself."""
        job = await self._jobs.board.latest(_job_id(given))
        if not job.state.is_final:
            raise Conflict("The job has not ended yet.")
        folder = await asyncio.to_thread(self._compute.job_folder, job.id)
        names = [each.name for each in job.returned]
        return {"folder": str(folder), "cloudpickle": None, "names": names, "job_id": job.id}

    async def _list(self, kernel: WatchedKernel, given: dict[str, Any]) -> dict[str, Any]:
        limit = min(max(1, _of(given, "limit", int, 50)), JOBS_MAX)
        group_id = _of(given, "group_id", str | None, None)
        page = await self._jobs.jobs(JobQuery(group_id=group_id, limit=limit))
        return {"items": [_plain(each) for each in page.items]}

    async def _all_targets(self, kernel: WatchedKernel, given: dict[str, Any]) -> dict[str, Any]:
        return _plain(await self._targets.targets())

    async def _register(self, kernel: WatchedKernel, given: dict[str, Any]) -> dict[str, Any]:
        """Keep a cluster that was made in code as a target; the same address is the same one."""
        address = _of(given, "address", str)
        given_options: dict[str, Any] = _of(given, "options", dict[str, Any] | None, None) or {}
        options = {**given_options, "address": address}
        known = await self._targets.records()
        name = _of(given, "name", str | None, None)
        if name is None:
            same = [each.name for each in known if each.options.get("address") == address]
            name = same[0] if same else _free_name(address, {each.name for each in known})
        engine = _of(given, "engine", str, "dask")
        record = TargetRecord(name, engine, options, registered_by=kernel.id)
        return _plain(await self._targets.register(record, is_new=False))

    def _ids(self, given: dict[str, Any]) -> list[JobId]:
        ids = [JobId(each) for each in _of(given, "job_ids", list[str])]
        if len(ids) > IDS_MAX:
            raise BadInput(f"Ask about at most {IDS_MAX} jobs at once.")
        return ids

    async def _own(self, kernel: WatchedKernel, given: dict[str, Any]) -> JobRecord:
        """Return a job that this kernel has begun; another one has nothing to pack for it."""
        job = await self._jobs.board.latest(_job_id(given))
        if job.kernel_id != kernel.id:
            raise NotPermitted("Another kernel has begun this job.")
        return job


def _new_job(kernel: WatchedKernel, given: dict[str, Any]) -> NewJob:
    """Return what a kernel asks for; raises ``BadInput``."""
    new = NewJob(
        target=_of(given, "target", str),
        code=_of(given, "code", str),
        kernel_id=kernel.id,
        cell_id=_of(given, "cell_id", str | None, None),
        resources=_of(given, "resources", JobResources | None, None),
        returns=_of(given, "returns", list[str] | None, None),
        mode=_of(given, "mode", KernelMode, KernelMode.fresh),
        is_confirmed=_of(given, "is_confirmed", bool, False),
    )
    check_bounds(new)
    return new


def _of(given: dict[str, Any], name: str, kind: Any, *default: Any) -> Any:
    """Return an argument of a question; raises ``BadInput`` if it is missing or wrong."""
    if name not in given and default:
        return default[0]
    if given.get(name) is None and default and default[0] is None:
        return None
    try:
        return msgspec.convert(given[name], kind)
    except KeyError:
        raise BadInput(f"{name} is missing.") from None
    except msgspec.ValidationError as error:
        raise BadInput(f"{name} is wrong: {error}") from None


def _job_id(given: dict[str, Any]) -> JobId:
    return JobId(_of(given, "job_id", str))


def _seconds(given: dict[str, Any], name: str) -> float:
    value = _of(given, name, float, 0.0)
    return float(min(max(0.0, value), WAIT_MAX_S))


def _plain(value: Any) -> dict[str, Any]:
    """Return a value as JSON has it."""
    plain: dict[str, Any] = msgspec.to_builtins(value)
    return plain


def _free_name(address: str, taken: set[str]) -> str:
    """Return a name for the cluster at an address."""
    host = re.sub(r"[^A-Za-z0-9.-]+", "-", address.partition("://")[2] or address).strip("-.")
    base = f"dask-{host or 'cluster'}"[:50]
    names = [base, *(f"{base}-{number}" for number in range(2, NAMES_MAX))]
    return next((name for name in names if name not in taken), base)
