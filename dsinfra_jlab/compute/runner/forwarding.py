"""Passes on what the kernel of a job publishes: in order, text gathered, within a limit."""

from __future__ import annotations

import base64
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from . import limits
from .asking import EVENT_TYPE
from .widgets import WidgetTexts
from .wire import JsonObject, Message

Emit = Callable[[dict[str, Any]], None]

_SMALL = frozenset(("status", "execute_input", "execute_reply", "error", "clear_output"))
"""They say how the cell fared: never left out."""

_COMMS = frozenset(("comm_open", "comm_msg", "comm_close"))
_DISPLAYS = frozenset(("display_data", "execute_result", "update_display_data"))


def said(kind: str, **fields: Any) -> dict[str, Any]:
    """Return an event of now."""
    return {"kind": kind, "at": time.time(), **fields}


class Forwarder:
    """Passes messages on; everything in the order in which it came."""

    def __init__(self, emit: Emit, max_bytes: int) -> None:
        self._emit = emit
        self._max = max_bytes
        self._passed = 0
        self._text: JsonObject | None = None
        self._parts: list[str] = []
        self._part_bytes = 0
        self._flush_at = 0.0
        self._recent: deque[float] = deque(maxlen=limits.TEXT_AT_ONCE_PER_S)
        self._dropped = 0
        self._told_at = 0.0
        self._widgets = WidgetTexts()

    def event(self, event: dict[str, Any]) -> None:
        """Pass on an event of the runner's own, after what was gathered."""
        self.flush()
        self._emit(event)

    def message(self, channel: str, message: Message) -> bool:
        """Pass on a message, or gather it, or count it as left out; return whether it goes on."""
        type_ = message.type
        if type_ in _COMMS:
            self._widgets.take(message)
        elif type_ in _DISPLAYS:
            message = self._widgets.as_text(message)
        if type_ not in _SMALL:
            # Records of the probe are no output; flooding them has its own end all the same.
            allowed = self._max if type_ != EVENT_TYPE else 2 * self._max
            if self._passed + message.size_bytes > allowed:
                self._drop(message.size_bytes)
                return False
            self._passed += message.size_bytes
        text = message.content.get("text")
        if type_ == "stream" and isinstance(text, str) and not message.buffers:
            self._gather(channel, message, text)
        else:
            self.event(_as_event(channel, message))
        return True

    @property
    def due_at(self) -> float | None:
        """When something that was gathered has to go; ``None`` if there is nothing."""
        text_at = self._flush_at if self._text is not None else None
        due = [each for each in (text_at, self._widgets.due_at) if each is not None]
        return min(due, default=None)

    def pause(self) -> None:
        """Pass on what is due: for the moments when nothing more is there to be read."""
        now = time.monotonic()
        if self._text is not None and now >= self._flush_at:
            self.flush()
        if self._widgets.due_at is not None and now >= self._widgets.due_at:
            self._tell_widgets()

    def flush(self) -> None:
        """Pass on the gathered text."""
        if self._text is None:
            return
        event, self._text = self._text, None
        text = "".join(self._parts)
        self._parts = []
        self._part_bytes = 0
        self._recent.append(time.monotonic())
        # A kernel may publish at once what code wrote in a fifth of a second: 100 MB and more.
        for start in range(0, len(text) or 1, limits.TEXT_EVENT_CHARS):
            piece = text[start : start + limits.TEXT_EVENT_CHARS]
            self._emit({**event, "content": {**event["content"], "text": piece}})

    def end(self) -> None:
        """Pass on everything, and say what was left out."""
        self.flush()
        self._tell_widgets()
        self._tell_dropped()

    def _tell_widgets(self) -> None:
        for message in self._widgets.news():
            self.message("iopub", message)

    def _gather(self, channel: str, message: Message, text: str) -> None:
        held = self._text
        if held is not None and not (
            held["content"].get("name") == message.content.get("name")
            and held["parent_header"] == message.parent_header
            and held["metadata"] == message.metadata
        ):
            self.flush()
        if self._text is None:
            self._text = _as_event(channel, message)
            now = time.monotonic()
            often = len(self._recent) == self._recent.maxlen and now - self._recent[0] < 1.0
            self._flush_at = now + limits.TEXT_BATCH_S if often else now
        self._parts.append(text)
        self._part_bytes += len(text)
        if self._part_bytes >= limits.TEXT_BATCH_BYTES:
            self.flush()

    def _drop(self, count: int) -> None:
        self._dropped += count
        if time.monotonic() - self._told_at >= limits.DROPPED_INTERVAL_S:
            self._tell_dropped()

    def _tell_dropped(self) -> None:
        if self._dropped:
            count, self._dropped = self._dropped, 0
            self._told_at = time.monotonic()
            self.event(said("dropped", bytes=count))


def _as_event(channel: str, message: Message) -> dict[str, Any]:
    return said(
        "message",
        channel=channel,
        header=message.header,
        parent_header=message.parent_header,
        metadata=message.metadata,
        content=message.content,
        buffers=[base64.b64encode(each).decode("ascii") for each in message.buffers],
    )
