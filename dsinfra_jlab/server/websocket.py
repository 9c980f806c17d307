"""Lets the recorder see what clients ask of kernels, and what kernels answer them.

Requests and replies travel on sockets between one client and the kernel; only the server's
own websocket connection sees them. Its class is read from the server's settings at each
connect, so a subclass put there sees every client that connects afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Protocol

from jupyter_server.services.kernels.connection.base import deserialize_binary_message
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

from ..domain.ids import OWN_SESSION_PREFIX
from ..domain.tracking.message_reading import PROBE_MESSAGE_TYPE, decode_dict, decode_parts
from ..domain.tracking.messages import DELIMITER, MalformedMessage, Message

_read_binary: Callable[[bytes], Any] = deserialize_binary_message

_TAPPED_CHANNELS = ("shell", "control", "stdin")


class Tap(Protocol):
    """Who wants to see requests and replies. Nothing here may raise or take long."""

    def client_sent(self, connection: Any, raw: Any, subprotocol: str | None) -> None:
        """A client sent a websocket message; it is not decoded yet."""

    def request_coming(self, connection: Any, raw: Any) -> None:
        """A client's message is about to go to the kernel; something may be sent before it."""

    def kernel_replied(self, connection: Any, frames: Sequence[bytes]) -> None:
        """The kernel sent a message to a client on another channel than IOPub."""

    def own_request_answered(self, connection: Any) -> None:
        """The kernel replied to a request of ours that went over a client's connection."""

    def client_left(self, connection: Any, *, is_buffered: bool) -> None:
        """A client's connection closed; if buffered, replies to it are still seen."""


def tapped(connection_class: type, tap: Tap) -> type | None:
    """Return a subclass whose messages ``tap`` sees too.

    ``None`` if the class is not a connection to kernels by ZMQ: then there is nothing that
    could be tapped, and IOPub alone must do.
    """
    if not issubclass(connection_class, ZMQChannelsWebsocketConnection):
        return None

    class TappedConnection(connection_class):  # type: ignore[misc]
        def handle_incoming_message(self, incoming_msg: Any) -> None:
            tap.client_sent(self, incoming_msg, self.subprotocol)
            tap.request_coming(self, incoming_msg)
            super().handle_incoming_message(incoming_msg)

        def handle_outgoing_message(self, stream: Any, outgoing_msg: list[Any]) -> None:
            channel = stream if isinstance(stream, str) else getattr(stream, "channel", None)
            if channel != "iopub":
                tap.kernel_replied(self, outgoing_msg)
            if is_for_us(outgoing_msg):
                if channel == "shell":
                    tap.own_request_answered(self)
                return
            super().handle_outgoing_message(stream, outgoing_msg)

        def disconnect(self) -> None:
            channels = dict(self.channels)
            super().disconnect()
            tap.client_left(self, is_buffered=_tap_buffered(self, channels, tap))

    TappedConnection.__name__ = f"Tapped{connection_class.__name__}"
    TappedConnection.__qualname__ = TappedConnection.__name__
    TappedConnection.__doc__ = connection_class.__doc__
    return TappedConnection


def is_for_us(frames: Sequence[bytes]) -> bool:
    """Return whether a message of a kernel is meant for us and no client should see it.

    Such are those of the probe, and whatever the kernel says to a request of ours.
    """
    for position, frame in enumerate(frames):
        if frame == DELIMITER:
            header = frames[position + 2 : position + 4]
            return any(part in bytes(each) for part, each in zip(_OUR_MARKS, header, strict=False))
    return False


_OUR_MARKS = (f'"{PROBE_MESSAGE_TYPE}"'.encode(), f'"{OWN_SESSION_PREFIX}'.encode())
"""What our messages have in their header, and answers to our messages in their parent's."""


def decode_client_message(raw: Any, subprotocol: str | None) -> Message:
    """Return the message a client sent over a websocket.

    Raises
    ------
    MalformedMessage
        It is not one.
    """
    if subprotocol == "v1.kernel.websocket.jupyter.org":
        return decode_parts(_split_v1(raw))
    try:
        message = _read_binary(raw) if isinstance(raw, bytes) else json.loads(raw)
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise MalformedMessage(type(error).__name__) from None
    if not isinstance(message, dict):
        raise MalformedMessage("not an object")
    return decode_dict(message)


def decode_reply(frames: Sequence[bytes]) -> Message:
    """Return the message in ZMQ frames whose signature the server's own socket stands for.

    Raises
    ------
    MalformedMessage
        It is not one.
    """
    for position, frame in enumerate(frames):
        if frame == DELIMITER:
            return decode_parts(frames[position + 2 :])
    raise MalformedMessage("no delimiter")


def _split_v1(raw: Any) -> list[bytes]:
    """Return header, parent header, metadata and content of the ``v1`` websocket protocol.

    The message begins with the number of offsets and the offsets themselves, each of
    eight bytes, little-endian; the first part is the name of the channel.
    """
    if not isinstance(raw, bytes) or len(raw) < 8:
        raise MalformedMessage("not a binary message")
    count = int.from_bytes(raw[:8], "little")
    if not 6 <= count <= len(raw) // 8:
        raise MalformedMessage("wrong number of offsets")
    offsets = [int.from_bytes(raw[8 * i : 8 * (i + 1)], "little") for i in range(1, 7)]
    return [raw[start:end] for start, end in pairwise(offsets[1:])]


def _tap_buffered(connection: Any, channels: dict[str, Any], tap: Tap) -> bool:
    """Go on seeing replies while Jupyter buffers them for a client that may come back."""
    kernels = connection.multi_kernel_manager
    buffer = getattr(kernels, "_kernel_buffers", {}).get(connection.kernel_id)
    if not buffer or buffer.get("channels") != channels or not channels:
        return False
    messages = buffer["buffer"]

    def tap_and_buffer(channel: str, frames: list[bytes]) -> None:
        if channel in _TAPPED_CHANNELS:
            tap.kernel_replied(connection, frames)
        if not is_for_us(frames):
            messages.append((channel, frames))

    for channel, stream in channels.items():
        if stream is not None and not stream.closed():
            stream.on_recv(lambda frames, channel=channel: tap_and_buffer(channel, frames))
    return True
