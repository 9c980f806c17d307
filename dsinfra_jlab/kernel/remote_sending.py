"""Sends work of this kernel: asks for a job, packs for it, hands it over, takes what comes back."""

from __future__ import annotations

import json
import os
from typing import Any, Callable

from .active import find_recorder
from .job_failed import JobFailed
from .loading import current_shell, loaded_probe
from .parcel_pickle import Names
from .parcel_reading import Damaged, Unreadable, open_parcel, read_parcel
from .recorder import Recorder
from .remote_jobs import NO_SERVER, Job, ask
from .remote_marks import Marks
from .remote_packing import Packing
from .remote_side import answer_to


class WithNames:
    """A shell with names of its own besides the notebook's."""

    def __init__(self, shell: Any, given: dict[str, Any]) -> None:
        self.user_ns = Names(shell.user_ns, given)
        self.user_ns_hidden = shell.user_ns_hidden
        self.transform_cell = shell.transform_cell


class Sender:
    """Sends work of this kernel: asks the server for a job, packs for it, and hands it over.

    Raises
    ------
    RuntimeError
        If this is no kernel that the probe is in.
    """

    def __init__(self) -> None:
        self.recorder: Recorder = find_recorder()
        self.shell = current_shell()
        probe = loaded_probe(self.shell) if self.shell is not None else None
        if probe is None:
            raise RuntimeError(NO_SERVER)
        self._probe = probe

    def send(self, code: str, given: dict[str, Any] | None = None, **wanted: Any) -> dict[str, Any]:
        """Return a new job, as the server describes it.

        Parameters
        ----------
        given
            Names besides those of the notebook.
        wanted
            The arguments of the question ``job_begin``.

        Raises
        ------
        ValueError
            If the server refuses; the message says why.
        JobFailed
            If something that is needed cannot be sent.
        """
        begun = ask(self.recorder, "job_begin", code=code, **wanted)
        if given is None:
            packed = json.loads(self._probe.remote.pack(json.dumps(begun["request"])))
        else:
            packed = self._pack(begun["request"], given)
        # A target that has to be started first is not waited for: the job is queued meanwhile.
        job: dict[str, Any] = ask(
            self.recorder, "job_submit", job_id=begun["job_id"], packed=packed
        )
        if job["state"] == "error":
            raise JobFailed(str(job.get("detail")))
        return job

    def _pack(self, request: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        """Pack with names besides those of the notebook; no name of it is marked as sent."""
        packing = Packing(WithNames(self.shell, given), Marks())
        found: dict[str, Any] = json.loads(answer_to(packing.pack, json.dumps(request)))
        return found

    def fetch(self, where: dict[str, Any], unchanged: frozenset[str]) -> dict[str, Any]:
        """Return what came back of a job, by name; what is ``unchanged`` as it was sent.

        Raises
        ------
        JobFailed
            If it cannot be read any more.
        """
        try:
            found = self._read(where["folder"], "returned")
            if unchanged:
                sent = self._read(where["folder"], "sent")
                found.update((name, sent[name]) for name in unchanged & set(sent))
        except Damaged as failure:
            raise JobFailed(f"the results cannot be used: {failure}") from None
        except Unreadable as failure:
            raise JobFailed(f"{failure.name} cannot be made here") from failure.reason
        return found

    def _read(self, folder: str, which: str) -> dict[str, Any]:
        """Return the names of a parcel, but those of inputs that were changed in place."""
        parcel = open_parcel(os.path.join(folder, which))
        changed = set(parcel.content.get("changed") or ())
        arrived = read_parcel(
            parcel,
            self.shell.user_ns,
            is_mapped=False,
            renews_classes=False,
            count=sum(each["name"] not in changed for each in parcel.names),
        )
        return {name: value for name, value in arrived.values.items() if name not in changed}

    def land(self, where: dict[str, Any]) -> list[str]:
        """Take what came back of a job into the notebook; return the names that were changed here.

        Raises
        ------
        JobFailed
            If it cannot be taken; nothing of it is there then.
        """
        answer = json.loads(self._probe.remote.land(json.dumps(where)))
        if not answer["ok"]:
            raise JobFailed(str(answer.get("error")))
        return list(answer["conflicts"])

    def job(self, seen: dict[str, Any], pick: Callable[[dict[str, Any]], Any]) -> Job:
        """Return a job whose result is what ``pick`` takes out of the names it brings back."""
        return Job(self.recorder, lambda *where: pick(self.fetch(*where)), seen)
