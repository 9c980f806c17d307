"""Our own channels to a kernel, against sockets that play the kernel."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
import zmq
from jupyter_client.session import Session

from dsinfra_jlab.domain.tracking.messages import Signature
from dsinfra_jlab.server.kernel_channels import KernelChannels, KernelEndpoint
from tests.ports import ReservedPorts

IP = "127.0.0.1"
SIGNATURE = Signature(b"key", "sha256")


@pytest.fixture
def context() -> Iterator[zmq.Context[zmq.Socket[bytes]]]:
    made: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    yield made
    made.destroy(linger=0)


@pytest.fixture
def port() -> Iterator[int]:
    """A port on which nobody listens."""
    ports = ReservedPorts.instance()
    found = ports.find_available_port(IP)
    yield found
    ports.return_port(found)


def test_what_is_sent_before_a_kernel_listens_arrives_in_order(
    context: zmq.Context[zmq.Socket[bytes]], port: int
) -> None:
    url = f"tcp://{IP}:{port}"
    channels = KernelChannels(context, KernelEndpoint("", SIGNATURE, shell_url=url))
    for number in range(3):
        content = {"number": number, "code": "x" * 200_000}
        channels.send("shell", "execute_request", content)
    time.sleep(0.3)
    session = Session(key=SIGNATURE.key)
    with context.socket(zmq.ROUTER) as kernel:
        kernel.bind(url)
        for number in range(3):
            assert kernel.poll(10_000), "the request got lost"
            message: Any = session.recv(kernel)[1]
            assert message["content"]["number"] == number
    channels.close()


def test_a_port_that_nobody_answers_on_is_not_tried_all_the_time(
    context: zmq.Context[zmq.Socket[bytes]],
) -> None:
    """Where the system gives a try the kernel's own port, it connects to itself and keeps it."""
    with socket.create_server((IP, 0)) as hangs_up:
        url = f"tcp://{IP}:{hangs_up.getsockname()[1]}"
        endpoint = KernelEndpoint("", SIGNATURE, shell_url=url)
        channels = KernelChannels(context, endpoint)
        hangs_up.settimeout(1.0)
        tries, end = 0, time.monotonic() + 1.0
        while time.monotonic() < end:
            try:
                hangs_up.accept()[0].close()
            except TimeoutError:
                break
            tries += 1
        channels.close()
    assert 1 <= tries <= 15
