"""Where events go: out of the kernel as messages, or to whatever serves scripts."""

from __future__ import annotations

import importlib
import json
import os
import sys
from datetime import datetime, timezone
from typing import Any, Callable, Protocol

WIRE_VERSION = 1
"""Of the shape that ``domain.tracking.probe_events`` describes."""

MESSAGE_TYPE = "dsinfra_event"


class Sink(Protocol):
    """Takes events to where they are recorded."""

    def emit(
        self,
        events: list[dict[str, Any]],
        buffers: list[bytes],
        parent: dict[str, Any],
        can_wait: bool = False,
    ) -> None:
        """Take events whose ``buffer`` fields are indices of ``buffers``.

        ``parent`` is the header of the request they belong to, empty outside of a kernel. They
        ``can_wait`` if the kernel is about to send something else.
        """


class KernelSink:
    """Publishes events on IOPub, also from processes that the kernel has forked."""

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel
        self._topic = kernel._topic(MESSAGE_TYPE)
        self._master = os.getpid()
        self._parent: tuple[Any, bytes] = (None, b"{}")
        self._constants = _constants(kernel.session)

    def emit(
        self,
        events: list[dict[str, Any]],
        buffers: list[bytes],
        parent: dict[str, Any],
        can_wait: bool = False,
    ) -> None:
        """Publish one message.

        ``Session.send`` does nothing in a forked process, for the sake of sockets that must not be
        shared. ipykernel's IOPub thread does it right: there it pipes to the parent.
        """
        kernel = self._kernel
        if os.getpid() != self._master and not getattr(kernel.iopub_thread, "_pipe_flag", False):
            return
        content = {"v": WIRE_VERSION, "events": events}
        self._publish(self._framed(parent, content) + buffers, can_wait)

    def _framed(self, parent: dict[str, Any], content: dict[str, Any]) -> list[bytes]:
        """Return a signed message as it goes over the wire.

        ``Session.serialize`` does the same at three times the cost, and gives up at lone
        surrogates.
        """
        session = self._kernel.session
        if getattr(session, "packer", "json") not in ("json", "orjson"):
            message = session.msg(MESSAGE_TYPE, content)
            message["parent_header"] = parent
            return list(session.serialize(message, ident=self._topic))
        if parent is not self._parent[0]:
            self._parent = parent, _packed(parent)
        date = datetime.now(timezone.utc).strftime(_DATE)
        header = f'{{"msg_id":"{session.msg_id}","date":"{date}",{self._constants}}}'.encode()
        parts = [header, self._parent[1], b"{}", _packed(content)]
        return [self._topic, _DELIMITER, session.sign(parts), *parts]

    def _publish(self, frames: list[bytes], can_wait: bool) -> None:
        """Hand a message to the IOPub thread.

        To wake that thread costs a tug-of-war over the interpreter, 100 µs to 1 ms of the cell's
        time. When the cell's end is about to be published it is woken anyway, and sends all that
        it finds, in order.
        """
        thread = self._kernel.iopub_thread
        if can_wait and hasattr(thread, "_really_send") and thread.thread.is_alive():
            thread._events.append(lambda: thread._really_send(frames))
        else:
            thread.send_multipart(frames)


_DELIMITER = b"<IDS|MSG>"
"""Of the messaging protocol, between the topic and the message."""


_DATE = "%Y-%m-%dT%H:%M:%S.%fZ"


def _constants(session: Any) -> str:
    """Return the fields that the headers of all our messages share, as JSON without braces."""
    protocol = sys.modules.get("jupyter_client.session")
    fields = {
        "msg_type": MESSAGE_TYPE,
        "username": session.username,
        "session": session.session,
        "version": getattr(protocol, "protocol_version", "5.3"),
    }
    return _encode(fields)[1:-1]


def _as_text(value: Any) -> str:
    """Return a date of a header as text."""
    return str(value.isoformat()).replace("+00:00", "Z")


_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_as_text
).encode


def _packed(content: dict[str, Any]) -> bytes:
    """Return JSON, with lone surrogates replaced, which nobody can encode."""
    return _encode(content).encode("utf-8", "replace")


class ScriptSink:
    """Hands events to the part of the package that serves scripts, where there is one."""

    def __init__(self) -> None:
        self._target: Any = _script_target()

    def emit(
        self,
        events: list[dict[str, Any]],
        buffers: list[bytes],
        parent: dict[str, Any],
        can_wait: bool = False,
    ) -> None:
        """Pass events on."""
        if self._target is not None:
            self._target.emit(events, buffers)

    def connect(
        self, answer: Callable[[str, Any, str | None], None], flush: Callable[[], None]
    ) -> bool:
        """Say who takes answers, and what to call before the process ends.

        Returns whether anybody answers.
        """
        if self._target is None:
            return False
        self._target.answer_to(answer)
        self._target.before_end(flush)
        return True


def _script_target() -> Any:
    """Return the sink for scripts; it is not there where only the probe was sent."""
    name = __name__.rpartition(".kernel.")[0] + ".script"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name != name:
            raise
        return None
    return module.sink()
