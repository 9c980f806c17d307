"""Floods of output: what a stalled default SUB socket loses, and what we lose."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.blocking.client import BlockingKernelClient

from dsinfra_jlab.domain.changes import Change
from dsinfra_jlab.domain.clock import SystemClock
from dsinfra_jlab.domain.ids import KernelId, random_server_id
from dsinfra_jlab.domain.redaction.redactor import Redactor
from dsinfra_jlab.domain.runs.records import Document, DocumentKind
from dsinfra_jlab.domain.settings import Settings
from dsinfra_jlab.domain.tracking.messages import Signature
from dsinfra_jlab.services.recording import Recorder, WatchedKernel

from .jupyter import Server, running
from .report import Row, median

DISPLAYS = 20_000
LINES = 200_000
STALL_S = 8.0

DISPLAY_CELL = f"""
from IPython.display import display
for i in range({DISPLAYS}):
    display(i)
"""
LINE_CELL = f"""
for i in range({LINES}):
    print("line", i, flush=True)
"""


def _client(server: Server, kernel_id: str) -> BlockingKernelClient:
    client = BlockingKernelClient()
    client.load_connection_file(str(server.home / "runtime" / f"kernel-{kernel_id}.json"))
    return client


def _execute(client: BlockingKernelClient, code: str) -> None:
    """Run code over a connection that bypasses the server, and wait for the reply."""
    msg_id = client.execute(code, reply=False)
    while client.get_shell_msg(timeout=300)["parent_header"].get("msg_id") != msg_id:
        pass


def _drain(sub: zmq.Socket[bytes], quiet_s: float = 3.0) -> list[list[bytes]]:
    """Return what waits in a socket and still comes."""
    messages = []
    while sub.poll(int(quiet_s * 1_000)):
        messages.append(sub.recv_multipart())
    return messages


def _count(messages: list[list[bytes]], kind: bytes) -> int:
    """Return how many displays, or how many printed lines, are in the messages."""
    parts = [frames[frames.index(b"<IDS|MSG>") + 2 :] for frames in messages]
    contents = [json.loads(part[3]) for part in parts if b'"' + kind + b'"' in part[0]]
    if kind == b"stream":
        return sum(content["text"].count("\n") for content in contents)
    return len(contents)


async def _recorded(server: Server, first_line: str) -> dict[str, Any]:
    """Return the run whose code begins so, once it has ended."""
    for _ in range(600):
        page = await server.get("dsinfra/api/runs?kind=cell&limit=20")
        for run in page["items"]:
            if run["code_line"].startswith(first_line) and run["ended_at"]:
                await asyncio.sleep(1)
                found: dict[str, Any] = await server.get(f"dsinfra/api/runs/{run['id']}")
                found["outputs"] = await server.get(f"dsinfra/api/runs/{run['id']}/outputs")
                return found
        await asyncio.sleep(0.5)
    raise RuntimeError(f"no ended run begins with {first_line!r}")


async def lost_messages() -> list[Row]:
    """Let a cell flood while the server's event loop and a default SUB socket both stand still."""
    rows = []
    async with running(True) as server:
        kernel = await server.kernel()
        await asyncio.sleep(1)
        for cell, first_line, expected, kind in (
            (DISPLAY_CELL, "from IPython.display", DISPLAYS, b"display_data"),
            (LINE_CELL, "for i in range", LINES, b"stream"),
        ):
            default = await asyncio.to_thread(_flood, server, kernel.id, cell, kind)
            run = await _recorded(server, first_line)
            ours = _found(run["outputs"]["items"], kind)
            what = "displays" if kind == b"display_data" else "flushed lines"
            rows.append(
                Row(
                    f"{expected:,} {what} in a cell, event loop stalled for {STALL_S:.0f} s: lost",
                    f"{expected - ours:,} (status {run['status']}, "
                    f"missed messages {run['missed_messages']})",
                    f"default SUB socket, not read meanwhile: {expected - default:,}",
                    "–",
                    "0",
                    ours == expected and run["status"] == "ok",
                )
            )
    return rows


def _flood(server: Server, kernel_id: str, cell: str, kind: bytes) -> int:
    """Run the cell; return how much of it a default SUB socket got that nobody read."""
    client = _client(server, kernel_id)
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    sub = context.socket(zmq.SUB)
    sub.setsockopt(zmq.SUBSCRIBE, b"")
    client.shell_channel.start()
    info = client.get_connection_info()
    sub.connect(f"tcp://{info['ip']}:{info['iopub_port']}")
    time.sleep(0.5)
    stalled = _stall(server)
    try:
        _execute(client, cell)
        return _count(_drain(sub), kind)
    finally:
        stalled.close()
        client.stop_channels()
        context.destroy(linger=0)


def _stall(server: Server) -> Any:
    """Make the server's event loop stand still; does not wait for the end of it."""
    import socket

    line = socket.create_connection(("127.0.0.1", server.port))
    line.sendall(
        f"GET /benchmark/stall?seconds={STALL_S} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Authorization: token {server.token}\r\n\r\n".encode()
    )
    return line


def _found(items: list[dict[str, Any]], kind: bytes) -> int:
    if kind == b"display_data":
        return sum(item["output_type"] == "display_data" for item in items)
    text = "".join(item["text"] for item in items if item["output_type"] == "stream")
    return text.count("\n")


class _Nowhere:
    """A store that takes everything and keeps nothing: only the observer is measured."""

    def record(self, changes: Iterable[Change]) -> None:
        for _ in changes:
            pass


class _Everything:
    """Record every document, with the settings as they come."""

    current = Settings()

    def is_recorded(self, stored_path: str) -> bool:
        return True


async def cost_per_message() -> list[Row]:
    """Feed what a real kernel sent to the recorder, and divide."""
    async with running(False) as server:
        kernel = await server.kernel()
        captured = await asyncio.to_thread(_capture, server, kernel.id, DISPLAY_CELL)
        info = _client(server, kernel.id).get_connection_info()
    key = info["key"] if isinstance(info["key"], bytes) else info["key"].encode()
    costs = [_feed(captured, Signature(key)) for _ in range(3)]
    cost = median(costs)
    parse = median([_only_read(captured) for _ in range(3)])
    return [
        Row(
            f"observer, for each of {len(captured):,} messages",
            f"{cost:.1f} µs",
            f"jupyter_client's own reading: {parse:.1f} µs",
            f"{cost / parse:.2f} ×",
            "≤ 25 µs",
            cost <= 25,
        )
    ]


def _capture(server: Server, kernel_id: str, cell: str) -> list[list[bytes]]:
    client = _client(server, kernel_id)
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    sub = context.socket(zmq.SUB)
    sub.setsockopt(zmq.RCVHWM, 0)
    sub.setsockopt(zmq.SUBSCRIBE, b"")
    info = client.get_connection_info()
    sub.connect(f"tcp://{info['ip']}:{info['iopub_port']}")
    client.shell_channel.start()
    time.sleep(0.5)
    _execute(client, cell)
    messages = _drain(sub)
    client.stop_channels()
    context.destroy(linger=0)
    return messages


def _feed(messages: list[list[bytes]], signature: Signature) -> float:
    """Return microseconds of this thread for each message."""
    recorder = Recorder(
        _Nowhere(),  # type: ignore[arg-type]
        _Everything(),
        server_id=random_server_id(),
        clock=SystemClock(),
        log=logging.getLogger(__name__),
        redactor=Redactor(),
    )
    kernel_id = KernelId("benchmark")
    document = Document(DocumentKind.kernel, "python3", "python3")
    folder = str(Path.cwd())
    recorder.attach(WatchedKernel(kernel_id, "python3", document, "python", ("python3",), folder))
    started = time.thread_time()
    for frames in messages:
        recorder.published(kernel_id, frames, signature, recorder.moment())
    recorder.tick(recorder.moment())
    taken = time.thread_time() - started
    if recorder.failures or recorder.malformed:
        raise RuntimeError(f"failures {recorder.failures}, malformed {recorder.malformed}")
    return taken / len(messages) * 1e6


def _only_read(messages: list[list[bytes]]) -> float:
    """Return what jupyter_client needs to decode the same messages, signatures unchecked."""
    from jupyter_client.session import Session

    session = Session(key=b"")
    started = time.thread_time()
    for frames in messages:
        _, parts = session.feed_identities(frames, copy=True)
        session.deserialize(parts)
    return (time.thread_time() - started) / len(messages) * 1e6
