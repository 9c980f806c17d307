"""An item of a map in a turn with others: what is told of it, as of a job that runs by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from .ending import Outcome, of_reply, words_of
from .forwarding import Emit, Forwarder, said
from .wire import JsonObject, Message

RAN_BEFORE = "The worker that ran it has died. It was not run again."


@dataclass(eq=False)
class Item:
    """One job among others of its group."""

    job_id: str
    message_id: str
    folder: str
    emit: Emit
    has_begun: bool = False
    has_ended: bool = False
    is_taken_back: bool = False
    output: Forwarder | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Turned:
    """What the items of one turn have in common."""

    kernel: dict[str, Any]
    """The event ``kernel``, without the moment."""
    content: JsonObject
    """Of the request that each of them is."""
    metadata: JsonObject
    user: str | None
    session: str
    outputs_max_bytes: int
    limit_bytes: int | None
    """Of their memory."""
    starting: Callable[[float], dict[str, Any]]
    """Makes the event ``starting`` of a moment."""


class Telling:
    """Tells of the items of a turn; the kernel itself publishes only what their code does."""

    def __init__(self, turned: Turned) -> None:
        self._turned = turned

    def begin(self, item: Item, at: float, count: Any) -> None:
        """Say that an item has begun, at a moment of the kernel's clock."""
        turned = self._turned
        item.has_begun = True
        item.output = Forwarder(item.emit, turned.outputs_max_bytes)
        item.emit(turned.starting(at))
        item.emit({**said("kernel", **turned.kernel), "at": at})
        header = self._header("execute_request", item.message_id, at)
        request = {"header": header, "metadata": turned.metadata, "content": turned.content}
        item.emit({**said("request", **request), "at": at})
        self._say(item, at, "iopub", "status", {"execution_state": "busy"})
        code = {"code": turned.content["code"], "execution_count": count}
        self._say(item, at, "iopub", "execute_input", code)

    def pass_on(self, item: Item, message: Message) -> bool:
        """Pass on what an item published; return whether it goes on."""
        assert item.output is not None
        return item.output.message("iopub", message)

    def outcome(self, item: Item, told: dict[str, Any]) -> Outcome:
        """Say how an item has ended by itself, and return its outcome."""
        at = float(told.get("ended_at") or time.time())
        assert item.output is not None
        item.output.flush()
        if told.get("ran_before"):
            return Outcome("lost", RAN_BEFORE)
        took = told.get("take_in") or {"ok": True}
        reply = told.get("reply")
        if not took.get("ok"):
            detail = f"The variables could not be unpacked: {words_of(took)}"
            return Outcome("error", detail)
        outcome = of_reply(reply or {})
        if reply is not None:
            self._say(item, at, "shell", "execute_reply", reply, {"status": reply.get("status")})
        self._say(item, at, "iopub", "status", {"execution_state": "idle"})
        if not told.get("ran_before"):
            item.output.event({**self._sample(told), "at": at})
        if told.get("send_back") is not None:
            packed = outcome.returned(told["send_back"])
            if packed is not None:
                item.output.event(packed)
        return outcome

    def end(self, item: Item) -> None:
        """Pass on all that is held of an item."""
        item.has_ended = True
        if item.output is not None:
            item.output.end()

    def _sample(self, told: dict[str, Any]) -> dict[str, Any]:
        """Return what the kernel says of itself; more is not looked at, an item is short."""
        return said(
            "sample",
            cpu_s=told.get("cpu_s"),
            rss_bytes=told.get("rss_bytes"),
            gpu_memory_bytes=None,
            processes=None,
            limit_bytes=self._turned.limit_bytes,
            is_near_limit=False,
        )

    def _say(
        self,
        item: Item,
        at: float,
        channel: str,
        type_: str,
        content: JsonObject,
        metadata: JsonObject | None = None,
    ) -> None:
        assert item.output is not None
        header = self._header(type_, f"{item.message_id}-{type_}", at)
        parent = self._header("execute_request", item.message_id, at)
        event = said(
            "message",
            channel=channel,
            header=header,
            parent_header=parent,
            metadata=metadata or {},
            content=content,
            buffers=[],
        )
        item.output.event({**event, "at": at})

    def _header(self, type_: str, message_id: str, at: float) -> JsonObject:
        date = datetime.fromtimestamp(at, timezone.utc).isoformat().replace("+00:00", "Z")
        return {
            "msg_id": message_id,
            "msg_type": type_,
            "session": self._turned.session,
            "username": self._turned.user or "",
            "date": date,
            "version": "5.3",
        }
