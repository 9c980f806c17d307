"""Reads messages of kernels: frames and JSON into typed values, once."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from .. import limits
from .cut_json import CutStream, cut_stream
from .messages import (
    DELIMITER,
    ClearOutput,
    Display,
    Envelope,
    ErrorOutput,
    ExecuteInput,
    ExecuteReply,
    ExecuteRequest,
    Frame,
    KernelInfoReply,
    MalformedMessage,
    Message,
    Other,
    Oversized,
    ProbeMessage,
    Sender,
    Signature,
    Status,
    Stream,
)
from .probe_reading import read_events

PROBE_MESSAGE_TYPE = "dsinfra_event"
"""What the probe calls its messages; other clients of the kernel ignore them."""

_KNOWN_NUMBERING = re.compile(r"(?P<session>.+)_(?P<pid>\d{1,10})_(?P<number>\d{1,18})")


def decode_zmq(frames: Sequence[Frame], signature: Signature) -> Message:
    """Return the message in the frames of a ZMQ channel.

    Raises
    ------
    MalformedMessage
        Frames are missing, the signature is wrong, or the JSON is not what it should be.
    """
    parts = frames[_position_of_delimiter(frames) + 1 :]
    if len(parts) < 5:
        raise MalformedMessage(f"{len(parts)} of 5 frames")
    signature.verify(parts[1:5], parts[0])
    return decode_parts(parts[1:])


def decode_parts(parts: Sequence[Frame]) -> Message:
    """Return the message in its header, parent header, metadata, content and buffer frames.

    Raises
    ------
    MalformedMessage
        Frames are missing or the JSON is not what it should be.
    """
    if len(parts) < 4:
        raise MalformedMessage(f"{len(parts)} of 4 frames")
    header_frame, parent_frame, metadata_frame, content_frame = parts[:4]
    for frame in (header_frame, parent_frame, metadata_frame):
        if len(frame) > limits.FRAME_MAX_BYTES:
            raise MalformedMessage("oversized header")
    header = _json_object(bytes(header_frame))
    parent_id, parent_type = _parent(bytes(parent_frame))
    envelope = _envelope(header, parent_id, parent_type)
    if len(content_frame) > limits.FRAME_MAX_BYTES:
        return _oversized(envelope, content_frame)
    if envelope.type == PROBE_MESSAGE_TYPE:
        return _probe_message(envelope, _json_object(bytes(content_frame)), parts[4:])
    reader = _READERS.get(envelope.type)
    if reader is None:
        return Other(envelope)
    metadata = _json_object(bytes(metadata_frame)) if envelope.type == "execute_request" else {}
    return reader(envelope, _json_object(bytes(content_frame)), metadata)


def decode_dict(message: dict[str, Any]) -> Message:
    """Return the message in a websocket message of the older, JSON-only protocol.

    Raises
    ------
    MalformedMessage
        The dictionary is not a message.
    """
    header, parent = message.get("header"), message.get("parent_header") or {}
    content, metadata = message.get("content") or {}, message.get("metadata") or {}
    if not all(isinstance(part, dict) for part in (header, parent, content, metadata)):
        raise MalformedMessage("parts are not objects")
    assert isinstance(header, dict)
    envelope = _envelope(header, _text(parent, "msg_id"), _text(parent, "msg_type"))
    if envelope.type == PROBE_MESSAGE_TYPE:
        return _probe_message(envelope, content, message.get("buffers") or [])
    reader = _READERS.get(envelope.type)
    return Other(envelope) if reader is None else reader(envelope, content, metadata)


def sender_of(message_id: str) -> Sender | None:
    """Return who made a message by its id, ``None`` if the id tells nothing.

    >>> sender_of("4f1c-a2_311_17")
    Sender(session='4f1c-a2', pid=311, number=17)
    """
    match = _KNOWN_NUMBERING.fullmatch(message_id)
    if match is None:
        return None
    return Sender(match["session"], int(match["pid"]), int(match["number"]))


def _position_of_delimiter(frames: Sequence[Frame]) -> int:
    for position, frame in enumerate(frames):
        if len(frame) == len(DELIMITER) and bytes(frame) == DELIMITER:
            return position
    raise MalformedMessage("no delimiter")


def _json_object(raw: bytes) -> dict[str, Any]:
    try:
        value = _load_json(raw)
    except (ValueError, RecursionError) as error:
        raise MalformedMessage(f"not JSON: {type(error).__name__}") from None
    if not isinstance(value, dict):
        raise MalformedMessage("not a JSON object")
    return value


def _load_json(raw: bytes) -> Any:
    try:
        text = raw.decode()
    except UnicodeDecodeError:  # ipykernel sends text with lone surrogates as such bytes
        text = raw.decode("utf-8", "replace")
    return json.loads(text)


@lru_cache(maxsize=256)
def _parent(raw: bytes) -> tuple[str, str]:
    """Return id and type in a parent header. All messages of a cell share its bytes."""
    parent = _json_object(raw)
    return _text(parent, "msg_id"), _text(parent, "msg_type")


def _envelope(header: dict[str, Any], parent_id: str, parent_type: str) -> Envelope:
    message_id, message_type = header.get("msg_id"), header.get("msg_type")
    if not isinstance(message_id, str) or not isinstance(message_type, str) or not message_id:
        raise MalformedMessage("header without id or type")
    sender = sender_of(message_id)
    return Envelope(message_id, message_type, parent_id, parent_type, sender, _text(header, "date"))


def _text(content: dict[str, Any], key: str, default: str = "") -> str:
    value = content.get(key, default)
    return value if isinstance(value, str) else default


def _count(content: dict[str, Any]) -> int | None:
    value = content.get("execution_count")
    return value if type(value) is int and 0 <= value < 2**31 else None


def _mapping(content: dict[str, Any], key: str) -> dict[str, Any]:
    value = content.get(key)
    return value if isinstance(value, dict) else {}


def _status(envelope: Envelope, content: dict[str, Any], _: dict[str, Any]) -> Message:
    return Status(envelope, _text(content, "execution_state"))


def _execute_input(envelope: Envelope, content: dict[str, Any], _: dict[str, Any]) -> Message:
    return ExecuteInput(envelope, _text(content, "code"), _count(content))


def _stream(envelope: Envelope, content: dict[str, Any], _: dict[str, Any]) -> Message:
    name = "stderr" if content.get("name") == "stderr" else "stdout"
    return Stream(envelope, name, _text(content, "text"))


def _display(envelope: Envelope, content: dict[str, Any], _: dict[str, Any]) -> Message:
    display_id = _mapping(content, "transient").get("display_id")
    return Display(
        envelope,
        data=_mapping(content, "data"),
        metadata=_mapping(content, "metadata"),
        display_id=display_id if isinstance(display_id, str) else None,
        execution_count=_count(content),
    )


def _clear_output(envelope: Envelope, content: dict[str, Any], _: dict[str, Any]) -> Message:
    return ClearOutput(envelope, wait=bool(content.get("wait")))


def _error(envelope: Envelope, content: dict[str, Any], _: dict[str, Any]) -> Message:
    lines = content.get("traceback")
    traceback = [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []
    return ErrorOutput(envelope, _text(content, "ename"), _text(content, "evalue"), traceback)


def _execute_request(
    envelope: Envelope, content: dict[str, Any], metadata: dict[str, Any]
) -> Message:
    cell_id = metadata.get("cellId", metadata.get("cell_id"))
    return ExecuteRequest(
        envelope,
        code=_text(content, "code"),
        is_silent=bool(content.get("silent")),
        is_stored_in_history=bool(content.get("store_history", True)),
        cell_id=cell_id if isinstance(cell_id, str) and cell_id else None,
        is_error_expected=content.get("stop_on_error") is False,
    )


def _execute_reply(envelope: Envelope, content: dict[str, Any], _: dict[str, Any]) -> Message:
    return ExecuteReply(
        envelope,
        status=_text(content, "status"),
        execution_count=_count(content),
        ename=_text(content, "ename"),
        evalue=_text(content, "evalue"),
        expressions=_mapping(content, "user_expressions"),
    )


def _kernel_info_reply(envelope: Envelope, content: dict[str, Any], _: dict[str, Any]) -> Message:
    language = _mapping(content, "language_info")
    return KernelInfoReply(envelope, _text(language, "name"), _text(language, "version"))


_READERS = {
    "status": _status,
    "execute_input": _execute_input,
    "stream": _stream,
    "display_data": _display,
    "execute_result": _display,
    "update_display_data": _display,
    "clear_output": _clear_output,
    "error": _error,
    "execute_request": _execute_request,
    "execute_reply": _execute_reply,
    "kernel_info_reply": _kernel_info_reply,
}
"""One reader for each message type that recording looks into."""


def _probe_message(
    envelope: Envelope, content: dict[str, Any], buffers: Sequence[Frame]
) -> ProbeMessage:
    if sum(len(buffer) for buffer in buffers) > limits.PROBE_BUFFERS_MAX_BYTES:
        return ProbeMessage(envelope, [], 1)
    events, malformed = read_events(content, buffers)
    return ProbeMessage(envelope, events, malformed)


def _oversized(envelope: Envelope, content: Frame) -> Oversized:
    raw = memoryview(content)
    cut = cut_stream(raw) if envelope.type == "stream" else CutStream("", "", "")
    return Oversized(
        envelope,
        size_bytes=len(raw),
        sha256=hashlib.sha256(raw).hexdigest(),
        stream_name=cut.name,
        head=cut.head,
        tail=cut.tail,
    )
