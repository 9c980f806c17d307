"""The items of a ``map`` as jobs: many are taken at once, and what all need is sent once."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..domain.compute import limits
from ..domain.compute.job_spec import JobSpec
from ..domain.compute.job_story import names_of
from ..domain.compute.jobs import Job, JobId, JobRecord, NewJob, Preflight, map_folder
from ..domain.exceptions import BadInput, Conflict, NotFound
from ..domain.ids import KernelId
from . import job_files
from .compute_ports import Compute
from .job_asking import Sent, check
from .job_sending import items_of
from .jobs import JobService
from .targets import TargetService

__all__ = ["JobMaps", "MapItem", "TakenItems"]

Packed = dict[str, Any]
"""What a kernel says of what it has packed."""


@dataclass(frozen=True, slots=True)
class MapItem:
    """An item that a kernel has packed."""

    number: int
    """Names the folder of its parcel among the items of the map."""
    name: str
    packed: Packed


@dataclass(frozen=True, slots=True)
class TakenItems:
    """The jobs of some items, and where what they bring back will lie."""

    jobs: list[Job]
    folders: list[str]


@dataclass(slots=True)
class _OpenMap:
    """A map whose items are being sent."""

    new: NewJob
    sent: Sent
    folder: Path
    shared: Packed


class JobMaps:
    """Takes the items of maps that kernels are sending."""

    def __init__(self, jobs: JobService, targets: TargetService, compute: Compute) -> None:
        self._jobs = jobs
        self._targets = targets
        self._compute = compute
        self._open: dict[str, _OpenMap] = {}

    async def begin(self, new: NewJob, sent: Sent) -> tuple[str, dict[str, Any]]:
        """Have the target of a map ready; return the map's id, and what its kernel shall pack.

        Raises
        ------
        BadInput, NotFound
            It asks for what cannot be.
        Unavailable
            Its target cannot be started or reached, or the disk is full.
        """
        check(new)
        await self._targets.record(new.target)
        group_id = uuid.uuid4().hex
        sent = replace(sent, group_id=group_id)
        place = map_folder(group_id)
        folder = await asyncio.to_thread(self._compute.job_folder, place)
        try:
            draft = replace(self._jobs.drafted(new, sent), id=place)
            request = await self._jobs.sender.prepare(draft, new.code)
        except BaseException:
            self._compute.forget(place)
            raise
        self._open[group_id] = _OpenMap(new, sent, folder, {})
        while len(self._open) > limits.MAPS_SENT_MAX:
            del self._open[next(iter(self._open))]
        return group_id, request

    async def send(
        self, kernel_id: KernelId, group_id: str, items: Sequence[MapItem], shared: Packed | None
    ) -> TakenItems:
        """Write jobs for some items down with one commit, and hand them over.

        An item that could not be packed ends with the reason.

        Raises
        ------
        NotFound
            This kernel sends no such map.
        Conflict
            The map was cancelled.
        Unavailable
            The store is away, or the disk is full: no item is taken.
        """
        found = self._open.get(group_id)
        if found is None or found.new.kernel_id != kernel_id:
            raise NotFound("There is no such map any more. Call map again.")
        if len(items) > limits.MAP_BATCH_MAX:
            raise BadInput(f"Send at most {limits.MAP_BATCH_MAX} items at once.")
        self._refuse_closed(group_id)
        if shared is not None:
            found.shared = shared
        packed = [_together(found.shared, item.packed) for item in items]
        jobs = [self._drafted(found, *each) for each in zip(items, packed, strict=True)]
        shared_in, python = map_folder(group_id), packed[0]["python"] if packed else None
        specs = self._jobs.sender.specs(jobs, found.new.code, shared_in, python)
        folders = await asyncio.to_thread(self._place, found.folder, items, specs)
        try:
            await self._jobs.take_all(jobs)
        except BaseException:
            for job in jobs:
                self._compute.forget(job.id)
            raise
        fine = []
        for job, spec, said in zip(jobs, specs, packed, strict=True):
            if self._jobs.sender.may_go(job.id, said):
                fine.append(spec)
        self._jobs.sender.go_on_together(found.new.target, fine)
        if self._jobs.is_closed(group_id):
            await self.cancel(group_id)
        return TakenItems(await self._jobs.shown_all(jobs), [str(each) for each in folders])

    async def cancel(self, group_id: str) -> None:
        """Take no more items of a map, and ask for the end of those that were taken."""
        self._jobs.close_group(group_id)
        self._open.pop(group_id, None)
        mine = [each.id for each in self._jobs.board.records() if each.group_id == group_id]
        await self._jobs.cancel_all(mine)
        await self._jobs.forget_shared(group_id)

    # Inside

    def _refuse_closed(self, group_id: str) -> None:
        if self._jobs.is_closed(group_id):
            raise Conflict("The map was cancelled; none of its items is sent any more.")

    def _drafted(self, found: _OpenMap, item: MapItem, packed: Packed) -> JobRecord:
        """Return the job of an item as it stands when it is packed."""
        job = self._jobs.drafted(found.new, replace(found.sent, name=item.name))
        size = packed["bytes"]
        return replace(
            job,
            preflight=Preflight(items_of(packed["items"]), size),
            sent=names_of(packed["names"]),
            sent_bytes=size,
        )

    def _place(
        self, folder: Path, items: Sequence[MapItem], specs: Sequence[JobSpec]
    ) -> list[Path]:
        """Give each job its folder with what was packed for it; return the folders."""
        folders = []
        for item, spec in zip(items, specs, strict=True):
            own = self._compute.job_folder(JobId(spec.job_id))
            job_files.take_item(folder, item.number, own)
            job_files.write_spec(own, spec)
            folders.append(own)
        return folders


def _together(shared: Packed, item: Packed) -> Packed:
    """Return what is said of an item with what is said of the part that all share."""
    sizes = [each.get("bytes") for each in (shared, item)]
    return {
        **{name: [*_list(shared, name), *_list(item, name)] for name in ("items", "names")},
        "ok": shared.get("ok") is True and item.get("ok") is True,
        "error": shared.get("error") or item.get("error"),
        "bytes": sum(size for size in sizes if type(size) is int),
        "python": shared.get("python"),
    }


def _list(said: Packed, name: str) -> list[Any]:
    found = said.get(name)
    return found if isinstance(found, list) else []
