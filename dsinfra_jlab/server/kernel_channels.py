"""Our own requests to one kernel: what puts the probe in, and answers to its questions.

Requests go over the shell channel, in order with those of the user; answers over control, so
that they arrive while a cell runs. The session of these messages has a name of its own, by
which clients are spared whatever the kernel says in return (``websocket``).
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import zmq
from jupyter_client.session import Session

from ..domain.ids import OWN_SESSION_PREFIX
from ..domain.tracking.messages import Signature

RECONNECT_MS = 10
"""A restarted kernel listens on the same ports again; its first messages should not be missed."""

REQUESTS_RECONNECT_MS = 100
"""Requests wait, and are better late than before anybody hears what comes of them.

Each try takes a port of the system's choice for a moment. Where that may be the very port that the
kernel is about to open, a try can connect to itself, and the kernel fails to start; so no more of
them than Jupyter makes itself.
"""

Channel = Literal["shell", "control"]


@dataclass(frozen=True, slots=True)
class KernelEndpoint:
    """Where a kernel listens and publishes, and how its messages are signed and encrypted."""

    url: str
    """Of IOPub."""
    signature: Signature
    shell_url: str = ""
    control_url: str = ""
    curve_publickey: bytes | None = None
    curve_secretkey: bytes | None = None


def own_session(signature: Signature) -> Session:
    """Return a session that signs as the kernel expects and is known to be ours."""
    return Session(
        key=signature.key,
        signature_scheme=f"hmac-{signature.digest}",
        session=f"{OWN_SESSION_PREFIX}{uuid.uuid4().hex}",
        username="dsinfra",
        check_pid=False,
    )


def secure(socket: zmq.Socket[bytes], endpoint: KernelEndpoint) -> None:
    """Encrypt a socket if the kernel's are."""
    if endpoint.curve_publickey is not None and endpoint.curve_secretkey is not None:
        socket.curve_secretkey = endpoint.curve_secretkey
        socket.curve_publickey = endpoint.curve_publickey
        socket.curve_serverkey = endpoint.curve_publickey


class KernelChannels:
    """The sockets on which we send to one kernel; for one thread only."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], endpoint: KernelEndpoint) -> None:
        self._session = own_session(endpoint.signature)
        self._context = context
        self._endpoint = endpoint
        self._waker: zmq.Socket[bytes] | None = None
        self.sockets: dict[Channel, zmq.Socket[bytes]] = {}
        urls: tuple[tuple[Channel, str], ...] = (
            ("shell", endpoint.shell_url),
            ("control", endpoint.control_url),
        )
        for channel, url in urls:
            if url:
                self.sockets[channel] = _connected(context, endpoint, url)

    def send(self, channel: Channel, message_type: str, content: Mapping[str, Any]) -> None:
        """Send a message; it waits in the socket while the kernel does not listen yet."""
        socket = self.sockets.get(channel)
        if socket is not None:
            with contextlib.suppress(zmq.ZMQError):  # a kernel that never listens fills it up
                self._session.send(socket, message_type, content=dict(content))

    def wake(self) -> None:
        """Have a kernel that has just answered us look for requests that it did not notice.

        An ipykernel from 7.0 until 7.4 that sends a reply is not told of a request that arrives
        at this very moment: a cell would wait until something else happens on the channel. So
        something does, of which the kernel's code sees nothing: another client connects.
        """
        if self._waker is not None:
            self._waker.close()
            self._waker = None
        if self._endpoint.shell_url:
            self._waker = _connected(self._context, self._endpoint, self._endpoint.shell_url, -1)

    def request(self, message_id: str, content: Mapping[str, Any]) -> None:
        """Send a request of this id to run something; it waits like any other message."""
        socket = self.sockets.get("shell")
        if socket is not None:
            kind = "execute_request"
            header = {**self._session.msg_header(kind), "msg_id": message_id}
            with contextlib.suppress(zmq.ZMQError):
                self._session.send(socket, kind, content=dict(content), header=header)

    def close(self) -> None:
        """Close the sockets; what was not sent yet is dropped."""
        for socket in self.sockets.values():
            socket.close()
        self.sockets.clear()
        if self._waker is not None:
            self._waker.close()
            self._waker = None


def _connected(
    context: zmq.Context[zmq.Socket[bytes]],
    endpoint: KernelEndpoint,
    url: str,
    reconnect_ms: int = REQUESTS_RECONNECT_MS,
) -> zmq.Socket[bytes]:
    """Return a socket that connects, and after ``reconnect_ms`` again; never if that is -1."""
    socket: zmq.Socket[bytes] = context.socket(zmq.DEALER)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.SNDTIMEO, 0)
    socket.setsockopt(zmq.RECONNECT_IVL, reconnect_ms)
    secure(socket, endpoint)
    socket.connect(url)
    return socket
