"""Speaks Jupyter's messaging protocol over Unix sockets.

Its own few lines instead of jupyter_client: what a kernel publishes is passed on as it came (dates
stay text), the kernel may be of any version, and 200,000 messages cost little.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import uuid
from datetime import datetime, timezone
from typing import Any, NamedTuple

DELIMITER = b"<IDS|MSG>"
OWN_PREFIX = "dsinfra-"
"""Begins the ids of requests of ours, which are no part of the job."""

JsonObject = dict[str, Any]


class Message(NamedTuple):
    """A message as a kernel sent it."""

    header: JsonObject
    parent_header: JsonObject
    metadata: JsonObject
    content: JsonObject
    buffers: list[bytes]
    size_bytes: int

    @property
    def type(self) -> str:
        """What kind of message it is."""
        return str(self.header.get("msg_type", ""))

    @property
    def parent_id(self) -> str:
        """The id of the request it belongs to; empty if it belongs to none."""
        return str(self.parent_header.get("msg_id", ""))

    @property
    def is_own(self) -> bool:
        """Whether it belongs to a request that the runner made for itself."""
        return self.parent_id.startswith(OWN_PREFIX)


def new_id() -> str:
    """Return an id for a request of ours."""
    return OWN_PREFIX + uuid.uuid4().hex


class Wire:
    """Makes and reads the frames of messages."""

    def __init__(self) -> None:
        self.key = os.urandom(24).hex()
        self._session = uuid.uuid4().hex

    def header(self, type_: str, message_id: str, user: str | None = None) -> JsonObject:
        """Return the header of a new message."""
        return {
            "msg_id": message_id,
            "msg_type": type_,
            "session": self._session,
            "username": user or "",
            "date": datetime.now(timezone.utc).isoformat().replace("+00:00", "Z"),
            "version": "5.3",
        }

    def frames(self, header: JsonObject, metadata: JsonObject, content: JsonObject) -> list[bytes]:
        """Return the signed frames of a message."""
        parts = [json.dumps(part).encode() for part in (header, {}, metadata, content)]
        signature = hmac.new(self.key.encode(), digestmod=hashlib.sha256)
        for part in parts:
            signature.update(part)
        return [DELIMITER, signature.hexdigest().encode(), *parts]


def read_message(frames: list[Any]) -> Message:
    """Return the message in some frames.

    Its signature is not looked at: who can reach the socket, in a folder of ours, is the kernel.

    Raises
    ------
    ValueError
        It is no message.
    """
    start = next(i for i, frame in enumerate(frames) if frame.bytes == DELIMITER) + 2
    header, parent, metadata, content = (_read(frame.bytes) for frame in frames[start : start + 4])
    return Message(
        header,
        parent,
        metadata,
        content,
        [frame.bytes for frame in frames[start + 4 :]],
        sum(len(frame) for frame in frames[start + 2 :]),
    )


def _read(text: bytes) -> JsonObject:
    value = json.loads(text.decode("utf-8", "replace"), parse_constant=_no_number)
    if not isinstance(value, dict):
        raise ValueError("no JSON object")
    return _clean(value) if b"\\ud" in text or b"\\uD" in text else value


def _no_number(_: str) -> None:
    """NaN and the infinities are no JSON, and what reads it later would stop at them."""


def _clean(value: Any) -> Any:
    """Replace halves of surrogate pairs, which no encoding can carry on."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_clean(each) for each in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(each) for key, each in value.items()}
    return value
