"""Sends the items of a map: what all need once, and the items by the batch, as they come."""

from __future__ import annotations

import functools
import os
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Callable

from . import limits
from .job_failed import JobFailed
from .remote_calls import call_of, name_of, one, shown
from .remote_jobs import RESULT_NAME, Job, Jobs, ask
from .remote_map_packing import MapPacking
from .remote_sending import Sender, WithNames
from .remote_side import guarded


def send_map(function: Callable[[Any], Any], items: Iterable[Any], wanted: dict[str, Any]) -> Jobs:
    """Send a call of a function for each item; return the jobs in the order of the items.

    ``wanted`` are arguments of the question ``map_begin``.

    Raises
    ------
    JobFailed, ValueError, TimeoutError
        Something cannot be sent; what was sent until then is cancelled.
    """
    if len_of(items) > limits.MAP_ITEMS_MAX:
        raise ValueError(_too_many())
    sender = Sender()
    jobs = Jobs(sender.recorder, [])
    sending = _Sending(sender, function, wanted, jobs)
    try:
        for item in items:
            if len(jobs) + sending.waiting >= limits.MAP_ITEMS_MAX:
                raise ValueError(_too_many())
            sending.add(item)
        sending.flush()
    except BaseException:
        sending.give_up()
        raise
    return jobs


def len_of(items: Iterable[Any]) -> int:
    """Return how many items there are, 0 if that is not known before they come."""
    try:
        return len(items)  # type: ignore[arg-type]
    except TypeError:
        return 0


def _too_many() -> str:
    return f"map takes at most {limits.MAP_ITEMS_MAX:,} items"


class _Sending:
    """One map on its way."""

    def __init__(
        self,
        sender: Sender,
        function: Callable[[Any], Any],
        wanted: dict[str, Any],
        jobs: Jobs,
    ) -> None:
        self._sender = sender
        self._jobs = jobs
        self._called = name_of(function)
        self._pick = functools.partial(one, RESULT_NAME)
        shell = sender.shell
        call = call_of(function, shell.user_ns, "{}", "item")
        self._packing = MapPacking(WithNames(shell, call.given), call.names[0])
        self._wanted = {"code": call.code, "returns": [RESULT_NAME], **wanted}
        self._group = ""
        self._request: dict[str, Any] = {}
        self._shared: dict[str, Any] | None = None
        self._batch: list[dict[str, Any]] = []
        self._count = 0
        self._sent_at = time.monotonic()

    @property
    def waiting(self) -> int:
        """How many items are packed and not sent yet."""
        return len(self._batch)

    def add(self, item: Any) -> None:
        """Pack an item, and send what is packed if it is enough."""
        if self._shared is None:
            self._shared = self._begin()
            self._sent_at = time.monotonic()  # a target may have been started meanwhile
        packed = self._packed(item) if self._shared["ok"] else {"ok": False}
        number = self._count
        self._count += 1
        name = f"{self._called}({shown(item)})"
        self._batch.append({"number": number, "name": name, "packed": packed})
        is_late = time.monotonic() - self._sent_at > limits.MAP_BATCH_S
        if is_late or len(self._batch) >= limits.MAP_BATCH_ITEMS or not packed["ok"]:
            self.flush()

    def flush(self) -> None:
        """Send what is packed; raises ``JobFailed`` if something of it could not be packed."""
        if not self._batch:
            return
        batch, self._batch = self._batch, []
        answer = ask(
            self._sender.recorder,
            "map_send",
            group_id=self._group,
            shared=self._shared if not len(self._jobs) else None,
            items=batch,
        )
        for seen, folder in zip(answer["items"], answer["folders"]):
            self._jobs.append(self._job(seen, folder))
            if seen["state"] == "error":
                raise JobFailed(str(seen.get("detail")))
        self._sent_at = time.monotonic()

    def give_up(self) -> None:
        """Cancel what was sent, and remove what was not."""
        if not self._group:
            return
        with suppress(ValueError, TimeoutError):
            ask(self._sender.recorder, "map_cancel", group_id=self._group)
        shutil.rmtree(os.path.join(self._request["folder"], "items"), ignore_errors=True)

    def _begin(self) -> dict[str, Any]:
        """Ask what to pack, and pack what all items need."""
        begun = ask(self._sender.recorder, "map_begin", **self._wanted)
        self._group, self._request = begun["group_id"], begun["request"]
        return guarded(lambda: self._packing.pack(self._request))

    def _packed(self, item: Any) -> dict[str, Any]:
        folder = os.path.join(self._request["folder"], "items", str(self._count))
        request = {**self._request, "folder": folder}
        return guarded(lambda: self._packing.pack_item(request, item))

    def _job(self, seen: dict[str, Any], folder: str) -> Job:
        pick, fetch = self._pick, self._sender.fetch
        return Job(
            self._sender.recorder,
            lambda *where: pick(fetch(*where)),
            seen,
            where={"folder": folder},
        )
