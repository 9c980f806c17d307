"""Looks up what lies behind an alert when somebody asks: busy processes, new files."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timezone

from ..domain import limits
from ..domain.ids import KernelId
from ..domain.resources.alert_details import AlertDetails, NewFile, ProcessUse
from ..domain.resources.samples import Alert, AlertKind
from ..sensors.new_files import FoundFile, NewFiles
from ..sensors.process_facts import own_name, workplace
from ..sensors.processes import TreeReading
from .monitor_kernels import ENDED
from .monitor_ports import ResourceMonitor
from .slow_answers import Bounds, SlowAnswers

Trees = Callable[[], Mapping[KernelId, TreeReading]]
"""Reads the processes of each kernel that is there; any thread."""

_NOTHING = "There is nothing more to tell of an alert of this kind."
_NOT_OURS = "Its processes are of another account."
_ELSEWHERE = "No kernel works in a folder on this disk."
_HELD_UP = "The search has not come to an end; ask again in a moment."
_MANY = "Other searches are going on; ask again in a moment."


class AlertDetailsDesk:
    """Answers what lies behind an alert; for the event loop."""

    def __init__(self) -> None:
        self._answers: SlowAnswers[str, AlertDetails] = SlowAnswers(
            "dsinfra-alert", _bounds, lambda answer: limits.ALERT_DETAILS_AGAIN_S
        )

    async def of(self, alert: Alert, monitor: ResourceMonitor) -> AlertDetails:
        """Return what lies behind an alert; raises ``Unavailable`` if that takes too long."""

        def look_up(alert_id: str) -> AlertDetails:
            found = AlertDetails(alert_id, datetime.now(timezone.utc))
            if alert.kind is AlertKind.process_leak and alert.kernel_id is not None:
                return _with_processes(found, alert.kernel_id, monitor.trees)
            if alert.kind is AlertKind.disk_filling:
                return _with_files(found, monitor.folder, monitor.trees())
            return replace(found, absent=_NOTHING)

        return await self._answers.of(alert.id, look_up)


def _bounds() -> Bounds:
    return Bounds(
        limits.ALERT_DETAILS_PATIENCE_S, limits.ALERT_DETAILS_AT_ONCE_MAX, _HELD_UP, _MANY
    )


def _with_processes(found: AlertDetails, kernel_id: KernelId, trees: Trees) -> AlertDetails:
    """Add what each process of a kernel uses, by two readings a moment apart."""
    before, begun_s = trees().get(kernel_id), time.perf_counter()
    time.sleep(limits.ALERT_CPU_S)
    now, passed_s = trees().get(kernel_id), time.perf_counter() - begun_s
    if before is None or now is None:
        return replace(found, absent=ENDED)
    used_s = {process.key: process.cpu_s for process in before.processes}
    processes: list[ProcessUse] = []
    for process in now.processes:
        name = own_name(process.key.pid)
        if name is not None:
            then_s = used_s.get(process.key)
            ratio = None if then_s is None else max(0.0, process.cpu_s - then_s) / passed_s
            processes.append(ProcessUse(process.key.pid, name, ratio, process.rss_bytes))
    processes.sort(key=lambda each: -(each.cpu_ratio or 0.0))
    listed = processes[: limits.ALERT_PROCESSES_MAX]
    return replace(
        found,
        processes=listed,
        is_complete=len(listed) == len(now.processes),
        absent="" if listed else _NOT_OURS,
    )


def _with_files(
    found: AlertDetails, folder: str, trees: Mapping[KernelId, TreeReading]
) -> AlertDetails:
    """Add the biggest files written since the kernels began, where they work."""
    try:
        device = os.stat(folder).st_dev
    except OSError:
        return replace(found, absent=_ELSEWHERE)
    places: dict[KernelId, tuple[str, float]] = {}
    for kernel_id, tree in trees.items():
        place = workplace(tree.main.key.pid)
        if place is not None and _is_on(place[0], device):
            places[kernel_id] = place
    if not places:
        return replace(found, absent=_ELSEWHERE)
    since: dict[str, float] = {}
    for where, began_s in places.values():
        since[where] = min(began_s, since.get(where, began_s))
    search = NewFiles(device)
    files = [_new_file(each, places) for each in search.biggest(since)]
    return replace(found, files=files, is_complete=search.is_complete)


def _is_on(folder: str, device: int) -> bool:
    try:
        return os.stat(folder).st_dev == device
    except OSError:
        return False


def _new_file(found: FoundFile, places: Mapping[KernelId, tuple[str, float]]) -> NewFile:
    near = {
        kernel_id: folder
        for kernel_id, (folder, began_s) in places.items()
        if _is_below(found.path, folder) and began_s <= found.modified_s
    }
    # The folder of the nearest kernel is what a person would look for it in.
    folder = max(near.values(), key=len, default=os.path.dirname(found.path))
    return NewFile(
        folder,
        os.path.relpath(found.path, folder),
        found.bytes,
        datetime.fromtimestamp(found.modified_s, timezone.utc),
        sorted(near),
    )


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip(os.sep) + os.sep)
