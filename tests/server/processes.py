"""A Jupyter server in a process of its own, which can be killed and started again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.websocket import WebSocketClientConnection, websocket_connect

from tests.server.kernels import KernelClient

TOKEN = "a-token-for-tests"
START_DEADLINE_S = 60.0


class ServerProcess:
    """One Jupyter server with the extension, its folders below ``home``."""

    def __init__(self, home: Path, base_url: str = "/", *options: str) -> None:
        self.home = home
        self.root = home / "root"
        self.root.mkdir(parents=True, exist_ok=True)
        self._options = options
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}{base_url}"
        self._base_url = base_url
        self._process: subprocess.Popen[bytes] | None = None
        self._clients: list[KernelClient] = []
        self.log = home / "server.log"

    async def start(self) -> None:
        """Start the server and wait until its store is open."""
        folders = {
            f"JUPYTER_{name}_DIR": str(self.home / name.lower())
            for name in ("DATA", "CONFIG", "RUNTIME")
        }
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - it outlives this call
                [
                    sys.executable,
                    "-m",
                    "jupyter_server",
                    "--ServerApp.jpserver_extensions={'dsinfra_jlab': True}",
                    f"--ServerApp.port={self.port}",
                    "--ServerApp.port_retries=0",
                    f"--ServerApp.base_url={self._base_url}",
                    f"--ServerApp.root_dir={self.root}",
                    f"--IdentityProvider.token={TOKEN}",
                    "--ServerApp.allow_root=True",
                    "--ServerApp.open_browser=False",
                    *self._options,
                ],
                env={**os.environ, **folders, "JUPYTER_PLATFORM_DIRS": "1"},
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                # A test run in the background ignores Ctrl-C, and its children would inherit it.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )
        end = time.monotonic() + START_DEADLINE_S
        while True:
            try:
                await self.get("experiments")  # needs the store, which opens by itself
                return
            except Exception:
                if time.monotonic() > end or self._process.poll() is not None:
                    raise AssertionError(self.log.read_text()) from None
                await asyncio.sleep(0.1)

    def kill(self) -> None:
        """Kill the server as the power would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def interrupt(self) -> None:
        """Press Ctrl-C once: the server asks whether it shall stop."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask the server to stop, and return its exit code; 0 if it never ran."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(number)
        return self._process.wait(30)

    async def fetch(self, *parts: str, **options: Any) -> HTTPResponse:
        """Send a request to the server, with its token."""
        request = HTTPRequest(
            self.url + "/".join(parts),
            headers={"Authorization": f"token {TOKEN}", "Content-Type": "application/json"},
            request_timeout=60,
            **options,
        )
        return await AsyncHTTPClient(force_instance=True).fetch(request)

    async def ws_fetch(
        self, *parts: str, params: dict[str, str], headers: dict[str, str]
    ) -> WebSocketClientConnection:
        """Open a websocket to the server, with its token."""
        url = f"ws{self.url.removeprefix('http')}{'/'.join(parts)}?{urlencode(params)}"
        headers = {**headers, "Authorization": f"token {TOKEN}"}
        return await websocket_connect(HTTPRequest(url, headers=headers))

    async def get(self, path: str) -> Any:
        """Return what a route of ours answers."""
        return json.loads((await self.fetch("dsinfra", "api", path)).body)

    async def kernel(self, **session: Any) -> KernelClient:
        """Start a kernel and connect to it."""
        client = await KernelClient.start(self.fetch, self.ws_fetch, **session)
        self._clients.append(client)
        return client

    async def hang_up(self) -> None:
        """Close the connections of all clients."""
        while self._clients:
            await self._clients.pop().close()

    async def runs(self, count: int, kind: str = "cell") -> list[dict[str, Any]]:
        """Return the runs of a kind, oldest first, once there are ``count`` that have ended."""
        end = time.monotonic() + START_DEADLINE_S
        while True:
            items: list[dict[str, Any]] = (await self.get(f"runs?kind={kind}&limit=500"))["items"]
            is_final = all(item["status"] not in ("queued", "running") for item in items)
            if len(items) >= count and is_final:
                return items[::-1]
            assert time.monotonic() < end, items
            await asyncio.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
