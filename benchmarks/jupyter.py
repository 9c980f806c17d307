"""A real Jupyter server in a process of its own, and a client as JupyterLab is one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

ROOT = Path(__file__).resolve().parent.parent
PROTOCOL = "v1.kernel.websocket.jupyter.org"
START_TIMEOUT_S = 60.0


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    """A server with folders of its own; kept over a restart, removed at the end."""

    has_extension: bool
    extra_env: dict[str, str] = field(default_factory=dict)
    extra_config: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    python: Path = Path(sys.executable)
    """Of another environment, where a peer is measured."""
    peer_extension: str = ""
    """Its server extension."""

    def __post_init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="dsinfra-benchmark-"))
        self.token = secrets.token_hex(16)
        self.process: subprocess.Popen[bytes] | None = None
        extensions = {
            "dsinfra_jlab": self.has_extension,
            "benchmarks.server_probe": True,
            "jupyterlab": False,
            "notebook_shim": False,
            "jupyter_lsp": False,
            **({self.peer_extension: True} if self.peer_extension else {}),
        }
        config = {"ServerApp": {"jpserver_extensions": extensions}, **self.extra_config}
        for name in ("config", "data", "runtime", "files", "ipython"):
            (self.home / name).mkdir()
        (self.home / "config" / "jupyter_server_config.json").write_text(json.dumps(config))

    @property
    def pid(self) -> int:
        """The id of the server's process."""
        assert self.process is not None
        return self.process.pid

    async def start(self) -> None:
        """Start the process and wait until it answers."""
        self.port = free_port()
        self.process = subprocess.Popen(  # noqa: ASYNC220 - it returns at once
            [
                *(str(self.python), "-m", "jupyter_server", "--ServerApp.ip=127.0.0.1"),
                *(f"--ServerApp.port={self.port}", "--ServerApp.port_retries=0"),
                *("--no-browser", f"--ServerApp.root_dir={self.home / 'files'}"),
                *(["--allow-root"] if os.getuid() == 0 else []),
            ],
            env=self._environment(),
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(self.home / "log").open("ab"),
        )
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            with contextlib.suppress(OSError):
                await self.get("api/status")
                return
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.home / "log").read_text()[-3000:])
            await asyncio.sleep(0.05)

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "DSINFRA"))}
        return {
            **kept,
            "PYTHONPATH": str(ROOT),
            "JUPYTER_TOKEN": self.token,
            "JUPYTER_CONFIG_DIR": str(self.home / "config"),
            "JUPYTER_DATA_DIR": str(self.home / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.home / "runtime"),
            "IPYTHONDIR": str(self.home / "ipython"),
            **self.extra_env,
        }

    def kill(self) -> None:
        """Kill the process at once; its kernels notice and end by themselves."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End the process as a user does."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def remove(self) -> None:
        """Stop, and remove every file."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    async def get(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """Return the JSON that a route answers."""
        request = HTTPRequest(
            f"http://127.0.0.1:{self.port}/{path}",
            method=method,
            headers={
                "Authorization": f"token {self.token}",
                "Content-Type": "application/json",
            },
            body=None if method in ("GET", "DELETE") else json.dumps(body or {}),
            request_timeout=60,
        )
        response = await AsyncHTTPClient().fetch(request)
        return json.loads(response.body) if response.body else None

    async def kernel(self, name: str = "python3") -> Kernel:
        """Start a kernel and connect to it."""
        model = await self.get("api/kernels", "POST", {"name": name})
        kernel = Kernel(self, model["id"])
        await kernel.connect()
        await kernel.run("1")
        return kernel


@contextlib.asynccontextmanager
async def running(
    has_extension: bool, config: Mapping[str, Mapping[str, Any]] | None = None, **env: str
) -> AsyncIterator[Server]:
    """Run a server for the length of a block."""
    server = Server(has_extension, env, config or {})
    try:
        await server.start()
        yield server
    finally:
        server.remove()


class Kernel:
    """A kernel behind the server's websocket, spoken to as JupyterLab does."""

    def __init__(self, server: Server, kernel_id: str) -> None:
        self.server = server
        self.id = kernel_id
        self.session = uuid.uuid4().hex
        self.socket: WebSocketClientConnection | None = None

    async def connect(self) -> None:
        """Open the websocket."""
        url = f"ws://127.0.0.1:{self.server.port}/api/kernels/{self.id}/channels"
        request = HTTPRequest(
            f"{url}?session_id={self.session}",
            headers={"Authorization": f"token {self.server.token}"},
        )
        self.socket = await websocket_connect(
            request, subprotocols=[PROTOCOL], max_message_size=2**30
        )

    async def send(self, code: str) -> str:
        """Ask for an execution; return the id of the request."""
        assert self.socket is not None
        header = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": "execute_request",
            "username": "benchmark",
            "session": self.session,
            "date": "2026-01-01T00:00:00.000000Z",
            "version": "5.3",
        }
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        parts = [header, {}, {"cellId": uuid.uuid4().hex}, content]
        raw = serialize_msg_to_ws_v1([json.dumps(part).encode() for part in parts], "shell")
        await self.socket.write_message(raw, binary=True)
        return str(header["msg_id"])

    async def run(self, code: str) -> float:
        """Run code; return the seconds until both the reply and idle were here."""
        assert self.socket is not None
        started = time.perf_counter()
        msg_id = await self.send(code)
        missing = {"reply", "idle"}
        while missing:
            self._acknowledge_at_once()
            raw = await self.socket.read_message()
            if raw is None:
                raise ConnectionError("the server closed the websocket")
            _, (header, parent, _, content, *_) = deserialize_msg_from_ws_v1(raw)
            if msg_id.encode() not in parent:
                continue
            if b'"execute_reply"' in header:
                missing.discard("reply")
            elif b'"status"' in header and b'"idle"' in content:
                missing.discard("idle")
        return time.perf_counter() - started

    def _acknowledge_at_once(self) -> None:
        """Spare the server the wait for delayed acknowledgements.

        It sends several small messages for a cell, and without this the 40 ms that the
        second one waits for the first would be all that is measured.
        """
        option = getattr(socket, "TCP_QUICKACK", None)
        protocol = self.socket.protocol if self.socket is not None else None
        if option is not None and protocol is not None:
            protocol.stream.socket.setsockopt(socket.IPPROTO_TCP, option, 1)  # type: ignore[attr-defined]
