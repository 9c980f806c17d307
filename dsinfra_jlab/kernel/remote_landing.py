"""Takes what a job has brought back into the notebook, if nothing was changed there meanwhile."""

from __future__ import annotations

import importlib
import os
import sys
from collections import OrderedDict
from typing import Any, Callable

from . import parcel_limits as limits
from .parcel_reading import Damaged, Parcel, Unreadable, open_parcel, read_parcel
from .parcel_search import text_of
from .parcel_sources import take_sources
from .remote_marks import Marks, SentDigests
from .remote_returning import parcel_folder


class Landing:
    """Answers requests to take results."""

    def __init__(self, shell: Any, marks: Marks, tell: Callable[[dict[str, Any]], None]) -> None:
        self._shell = shell
        self._marks = marks
        self._tell = tell
        self._landed: OrderedDict[str, None] = OrderedDict()

    def land(self, request: dict[str, Any]) -> dict[str, Any]:
        """Take names of a job, unless they were changed here and ``overwrite`` is not said."""
        job_id = str(request["job_id"])
        is_asked = bool(request.get("is_asked") or request.get("overwrite"))
        nothing: dict[str, Any] = {"ok": True, "landed": [], "conflicts": [], "failed": []}
        if not is_asked:
            if job_id in self._landed:
                return {**nothing, "is_known": True}
            if not self._marks.knows(self._packed_as(request)):
                return {**nothing, "is_other_process": True}
        self._landed[job_id] = None
        while len(self._landed) > limits.JOBS_KEPT:
            self._landed.popitem(last=False)
        try:
            answer = {**nothing, **self._land(self._packed_as(request), request)}
        except KeyboardInterrupt:
            self._landed.pop(job_id, None)
            raise
        except (Damaged, Unreadable) as failure:
            answer = {**nothing, "ok": False, "failed": [_failed(failure)]}
            answer["error"] = answer["failed"][0]["text"]
        told = {key: answer[key] for key in ("landed", "conflicts", "failed")}
        self._tell({"kind": "landed", "job_id": job_id, **told})
        return answer

    def _packed_as(self, request: dict[str, Any]) -> str:
        """Return the job whose names these are: one that was sent again has those of the first."""
        job_id = str(request["job_id"])
        if self._marks.knows(job_id):
            return job_id
        try:
            sent = open_parcel(os.path.join(request["folder"], "sent"))
        except Damaged:
            return job_id
        return str(sent.content.get("job_id") or job_id)

    def _land(self, job_id: str, request: dict[str, Any]) -> dict[str, Any]:
        namespace = self._shell.user_ns
        folder = parcel_folder(request["folder"], "returned")
        if folder is None:
            raise Damaged("it is not there any more")
        parcel = open_parcel(folder)
        names, imports = _asked_for(parcel, request.get("names"))
        conflicts: list[str] = []
        if not request.get("overwrite"):
            sent = _sent_digests(request["folder"])
            # Who imports the same module here and there has changed nothing.
            own = [each["name"] for each in imports if not _is_here(each, namespace)]
            conflicts = self._marks.changed(job_id, [*names, *own], namespace, sent)
        wanted = [name for name in names if name not in conflicts]
        imported, failed = _imported([each for each in imports if each["name"] not in conflicts])
        values: dict[str, Any] = {}
        if wanted:
            order = [each["name"] for each in parcel.names]
            count = 1 + max(order.index(name) for name in wanted)
            arrived = read_parcel(
                parcel,
                namespace,
                is_mapped=False,
                renews_classes=bool(request.get("overwrite")),
                count=count,
            )
            values = {name: arrived.values[name] for name in wanted}
        take_sources(parcel.content.get("sources"))
        namespace.update(imported)
        namespace.update(values)
        self._marks.renew(job_id, [*imported, *values], namespace)
        return {"landed": sorted({*imported, *values}), "conflicts": conflicts, "failed": failed}


def _asked_for(parcel: Parcel, names: list[str] | None) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the names of a parcel that are to land, and the modules."""
    there = [each["name"] for each in parcel.names]
    imports = [each for each in parcel.content.get("imports") or [] if each["name"]]
    if names is None:
        changed = set(parcel.content.get("changed") or ())
        return [name for name in there if name not in changed], imports
    return (
        [name for name in there if name in names],
        [each for each in imports if each["name"] in names],
    )


def _is_here(each: dict[str, Any], namespace: dict[str, Any]) -> bool:
    module = sys.modules.get(each["module"])
    return module is not None and namespace.get(each["name"]) is module


def _imported(imports: list[dict[str, Any]]) -> tuple[dict[str, Any], list[dict[str, str]]]:
    found: dict[str, Any] = {}
    failed: list[dict[str, str]] = []
    for each in imports:
        try:
            found[each["name"]] = importlib.import_module(each["module"])
        except Exception as failure:  # a module may raise anything
            failed.append({"name": each["name"], "text": text_of(failure)})
    return found, failed


def _failed(failure: Damaged | Unreadable) -> dict[str, str]:
    if isinstance(failure, Unreadable):
        text = f"{failure.name} cannot be made here: {text_of(failure.reason)}"
        return {"name": failure.name, "text": text}
    return {"name": "", "text": f"The results cannot be used: {failure}."}


def _sent_digests(folder: str) -> SentDigests:
    """Return the digests with which names were sent, none if that is not known any more."""
    try:
        parcel = open_parcel(os.path.join(folder, "sent"))
    except Damaged:
        return SentDigests({}, None)
    by_name = {each["name"]: str(each.get("digest") or "") for each in parcel.names}
    return SentDigests(by_name, parcel.method)
