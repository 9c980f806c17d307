"""A client of kernels behind a real server, as JupyterLab is one: REST and a websocket."""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)

from dsinfra_jlab.domain.runs.records import RunKind, RunQuery, RunSummary
from dsinfra_jlab.server.app import DsinfraApp

V1 = "v1.kernel.websocket.jupyter.org"
ANSWER_S = 3.0
DEADLINE_S = 60.0

Fetch = Callable[..., Awaitable[Any]]


class KernelClient:
    """One kernel, and one connection to it."""

    def __init__(self, fetch: Fetch, ws_fetch: Fetch, kernel_id: str) -> None:
        self._fetch = fetch
        self._ws_fetch = ws_fetch
        self.kernel_id = kernel_id
        self.session = uuid.uuid4().hex
        self._ws: Any = None
        self._is_v1 = True

    @classmethod
    async def start(
        cls, fetch: Fetch, ws_fetch: Fetch, kernel_name: str = "python3", **session: Any
    ) -> KernelClient:
        """Start a kernel, for a document if ``path`` is given, and connect to it."""
        if session:
            body = {"type": "notebook", "name": "", **session, "kernel": {"name": kernel_name}}
            response = await fetch("api", "sessions", method="POST", body=json.dumps(body))
            kernel_id = json.loads(response.body)["kernel"]["id"]
        else:
            body = {"name": kernel_name}
            response = await fetch("api", "kernels", method="POST", body=json.dumps(body))
            kernel_id = json.loads(response.body)["id"]
        client = cls(fetch, ws_fetch, kernel_id)
        await client.connect()
        return client

    async def connect(self, *, is_v1: bool = True) -> None:
        """Open a websocket and wait until the kernel answers."""
        headers = {"Sec-WebSocket-Protocol": V1} if is_v1 else {}
        self._is_v1 = is_v1
        self._ws = await self._ws_fetch(
            "api",
            "kernels",
            self.kernel_id,
            "channels",
            params={"session_id": self.session},
            headers=headers,
        )
        message_id = await self.send("kernel_info_request", {})
        await self.reply_to(message_id)

    async def close(self) -> None:
        """Close the websocket; the kernel runs on."""
        self._ws.close()
        while await self._ws.read_message() is not None:
            pass
        await asyncio.sleep(0.2)

    async def send(
        self,
        message_type: str,
        content: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        channel: str = "shell",
        **header: Any,
    ) -> str:
        """Send a message and return its id."""
        message = {
            "header": {
                "msg_id": uuid.uuid4().hex,
                "msg_type": message_type,
                "session": self.session,
                "username": "whoever",
                "version": "5.3",
                "date": "2026-01-01T00:00:00Z",
                **header,
            },
            "parent_header": {},
            "metadata": metadata or {},
            "content": content,
        }
        if self._is_v1:
            raw = serialize_msg_to_ws_v1(message, channel, lambda part: json.dumps(part).encode())
            await self._ws.write_message(raw, binary=True)
        else:
            await self._ws.write_message(json.dumps({**message, "channel": channel, "buffers": []}))
        return str(message["header"]["msg_id"])

    async def execute(self, code: str, cell_id: str | None = None, **header: Any) -> str:
        """Send a cell and return the id of its request."""
        content = {"code": code, "silent": False, "store_history": True, "stop_on_error": True}
        metadata = {"cellId": cell_id} if cell_id else {}
        return await self.send("execute_request", content, metadata, **header)

    async def read(self) -> dict[str, Any]:
        """Return the next message of any channel."""
        raw = await asyncio.wait_for(self._ws.read_message(), DEADLINE_S)
        assert raw is not None, "the connection was closed"
        if not self._is_v1:
            message: dict[str, Any] = json.loads(raw)
            return message
        channel, parts = deserialize_msg_from_ws_v1(raw)
        header, parent, _, content = (
            json.loads(part.decode("utf-8", "replace")) for part in parts[:4]
        )
        return {"channel": channel, "header": header, "parent_header": parent, "content": content}

    async def reply_to(self, message_id: str) -> dict[str, Any]:
        """Return the content of the reply to a request."""
        while True:
            message = await self.read()
            is_answer = message["parent_header"].get("msg_id") == message_id
            if is_answer and message["header"]["msg_type"].endswith("_reply"):
                content: dict[str, Any] = message["content"]
                return content

    async def wait_for_output(self, text: str) -> None:
        """Wait until the kernel has printed something."""
        while text not in (await self.read())["content"].get("text", ""):
            pass

    async def wait_for_status(self, state: str) -> None:
        """Wait until the kernel says that it is busy, idle or starting."""
        while (await self.read())["content"].get("execution_state") != state:
            pass

    async def wait_until_answered(self) -> None:
        """Wait for a new process behind the connection: what it is sent too early is lost."""
        while True:
            request = await self.send("kernel_info_request", {}, {})
            try:
                await asyncio.wait_for(self.reply_to(request), ANSWER_S)
            except asyncio.TimeoutError:
                continue
            return

    async def run(self, code: str, cell_id: str | None = None) -> dict[str, Any]:
        """Run a cell to its end and return the content of the reply."""
        return await self.reply_to(await self.execute(code, cell_id))

    async def act(self, what: str) -> None:
        """Interrupt or restart over REST."""
        await self._fetch("api", "kernels", self.kernel_id, what, method="POST", body="{}")

    async def shut_down(self) -> None:
        """Shut the kernel down over REST."""
        await self._fetch("api", "kernels", self.kernel_id, method="DELETE")


def install_bash(data_folder: Path) -> None:
    """Let the server find a kernel that is not of Python."""
    argv = [sys.executable, "-m", "bash_kernel", "-f", "{connection_file}"]
    _install(data_folder, "bash", {"argv": argv, "display_name": "Bash", "language": "bash"})


def install_python(data_folder: Path, name: str, interpreter: str) -> None:
    """Let the server find the kernel of another environment."""
    argv = [interpreter, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    own_modules_only = {"PYTHONPATH": ""}  # that of the tests leads to another Python
    spec = {"argv": argv, "display_name": name, "language": "python", "env": own_modules_only}
    _install(data_folder, name, spec)


def install_with_variables(
    data_folder: Path, name: str, variables: dict[str, str], python: str = sys.executable
) -> None:
    """Let the server find a kernel of a Python whose kernelspec sets variables."""
    argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": name, "language": "python", "env": variables}
    _install(data_folder, name, spec)


def _install(data_folder: Path, name: str, spec: dict[str, Any]) -> None:
    folder = data_folder / "kernels" / name
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(spec))


async def runs_of(
    app: DsinfraApp, kind: RunKind = RunKind.cell, *, count: int = 1, are_final: bool = True
) -> list[RunSummary]:
    """Return the runs of a kind, oldest first, once there are ``count`` and all have ended."""
    end = time.monotonic() + DEADLINE_S
    while True:
        page = await app.store.runs(RunQuery(kind=kind, limit=500))
        runs = page.items[::-1]
        is_done = len(runs) >= count and (not are_final or all(run.status.is_final for run in runs))
        if is_done:
            return runs
        assert time.monotonic() < end, [(run.code_line, run.status.value) for run in runs]
        await asyncio.sleep(0.05)
