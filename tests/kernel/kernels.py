"""Drives a real kernel, into which the probe is put as the server does it."""

from __future__ import annotations

import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from dsinfra_jlab.domain.tracking.probe_reading import read_events
from dsinfra_jlab.kernel.bundle import Injection, injection_request, read_reply

ANSWER_S = 60.0

Answering = Callable[[dict[str, Any]], "tuple[Any, str | None] | None"]
"""Takes an event and returns an answer and an error, or nothing at all."""


@dataclass
class Execution:
    """What came back of a cell."""

    id: str
    reply: dict[str, Any]
    messages: list[dict[str, Any]]
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What it printed."""
        found = [m["content"]["text"] for m in self.messages if m["msg_type"] == "stream"]
        return "".join(found)

    @property
    def result(self) -> str:
        """The value of its last expression, as text."""
        (found,) = [m for m in self.messages if m["msg_type"] == "execute_result"]
        return str(found["content"]["data"]["text/plain"])

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["kind"] == kind]

    @property
    def cell(self) -> dict[str, Any]:
        """The event at its end."""
        (found,) = self.of_kind("cell")
        return found

    def points(self, key: str, block: int | None = None) -> list[tuple[float, float]]:
        """Steps and values of a metric."""
        found = []
        for event in self.of_kind("points"):
            if event["key"] == key and event["block"] == block:
                found += [
                    (step, value) for step, _, value in struct.iter_unpack("<ddd", event["body"])
                ]
        return found

    def values(self, key: str, block: int | None = None) -> list[float]:
        return [value for _, value in self.points(key, block)]


class Kernel:
    """A kernel, and the only client it has."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager = manager
        self.client = client
        self.answering: Answering = lambda event: None
        self.strays: list[dict[str, Any]] = []
        """Events that belong to no cell that was waited for."""
        self.malformed = 0

    def inject(self) -> Injection:
        return read_reply(self.injection_reply()["content"])

    def injection_reply(self) -> dict[str, Any]:
        message = self.client.session.msg("execute_request", injection_request())
        self.client.shell_channel.send(message)
        return self._reply_to(message["header"]["msg_id"])

    def run(self, code: str, **options: Any) -> Execution:
        """Run a cell to its end; its error is not raised."""
        return self.finish(self.client.execute(code, **options))

    def ok(self, code: str, **options: Any) -> Execution:
        """Run a cell that must not fail."""
        done = self.run(code, **options)
        assert done.reply["content"]["status"] == "ok", done.reply["content"]
        return done

    def finish(self, request: str) -> Execution:
        done = Execution(request, {}, [])
        deadline = time.monotonic() + ANSWER_S
        while time.monotonic() < deadline:
            message = self.client.get_iopub_msg(timeout=ANSWER_S)
            is_own = message["parent_header"].get("msg_id") == request
            self._note(message, done if is_own else None)
            if is_own and _is_idle(message):
                done.reply = self._reply_to(request)
                return done
        raise AssertionError("the cell did not end")

    def settle(self, done: Execution, seconds: float = 0.4) -> Execution:
        """Take what still comes after a cell has ended."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                message = self.client.get_iopub_msg(timeout=left)
            except Empty:
                break
            is_own = message["parent_header"].get("msg_id") == done.id
            self._note(message, done if is_own else None)
        return done

    def wait_for(self, done: Execution, is_there: Callable[[Execution], bool]) -> Execution:
        """Take what comes until something is there."""
        deadline = time.monotonic() + ANSWER_S
        while not is_there(done):
            assert time.monotonic() < deadline, "it never came"
            self.settle(done, 0.2)
        return done

    def _note(self, message: dict[str, Any], done: Execution | None) -> None:
        if done is not None:
            done.messages.append(message)
        if message["msg_type"] != "dsinfra_event":
            return
        buffers = [bytes(each) for each in message["buffers"]]
        self.malformed += read_events(message["content"], buffers)[1]
        for event in message["content"]["events"]:
            if "buffer" in event:
                event = {**event, "body": buffers[event["buffer"]]}
            event["sender"] = message["header"]["msg_id"]
            (done.events if done is not None else self.strays).append(event)
            self._answer(event)

    def _answer(self, event: dict[str, Any]) -> None:
        answer = self.answering(event)
        if answer is None:
            return
        content = {
            "v": 1,
            "question": event.get("question") or event.get("artifact"),
            "answer": answer[0],
            "error": answer[1],
        }
        self.client.control_channel.send(self.client.session.msg("dsinfra_answer", content))

    def _reply_to(self, request: str) -> dict[str, Any]:
        while True:
            reply: dict[str, Any] = self.client.get_shell_msg(timeout=ANSWER_S)
            if reply["parent_header"].get("msg_id") == request:
                return reply


def _is_idle(message: dict[str, Any]) -> bool:
    return bool(message["msg_type"] == "status" and message["content"]["execution_state"] == "idle")


@contextmanager
def started(python: str = sys.executable, *, with_probe: bool = True) -> Iterator[Kernel]:
    """Start a kernel of some interpreter, in a folder of its own."""
    argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    manager = KernelManager()
    manager._kernel_spec = KernelSpec(argv=argv, display_name="test", language="python")
    with tempfile.TemporaryDirectory() as folder:
        manager.start_kernel(cwd=folder)
        client = manager.blocking_client()
        try:
            client.start_channels()
            client.wait_for_ready(timeout=ANSWER_S)
            kernel = Kernel(manager, client)
            if with_probe:
                loaded = kernel.inject()
                assert loaded.state == "loaded", loaded
            yield kernel
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
            manager.cleanup_resources()
            manager.context.destroy()
