"""The monitors that are measured beside each other, and how a page of each watches its server."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

from ..jupyter import Server
from .environments import Tracker

POLL_S = 5.0
"""How often jupyter-resource-usage's page asks by default."""

CHART_MS = 100
"""How often jupyterlab-nvdashboard's page wants a message by default."""

OnBytes = Callable[[bytes], None]
"""Takes the content of each answer or message."""


class Watcher:
    """A page that looks on; what it receives is counted, without the headers of HTTP."""

    def __init__(self, server: Server, kernel_id: str) -> None:
        self.server = server
        self.kernel_id = kernel_id
        self.received = 0
        self.on_bytes: OnBytes = lambda content: None
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Begin to look on."""
        self._task = asyncio.create_task(self.watch())

    async def end(self) -> None:
        """Look on no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def watch(self) -> None:
        """Receive until cancelled."""
        await asyncio.Event().wait()

    def memory_of(self, content: bytes) -> float | None:
        """Return the bytes of memory that a message shows, of the kernel if it can tell."""
        return None

    def take(self, content: bytes) -> None:
        """Count what came."""
        self.received += len(content)
        self.on_bytes(content)

    async def listen(self, path: str, first: Mapping[str, Any]) -> None:
        """Receive from a websocket."""
        url = f"ws://127.0.0.1:{self.server.port}/{path}"
        headers = {"Authorization": f"token {self.server.token}"}
        socket = await websocket_connect(HTTPRequest(url, headers=headers))
        try:
            await socket.write_message(json.dumps(first))
            while (message := await socket.read_message()) is not None:
                self.take(message.encode() if isinstance(message, str) else message)
        finally:
            socket.close()


class DsinfraWatcher(Watcher):
    """The Resources section, open."""

    async def watch(self) -> None:
        watch = {"type": "watch", "topics": ["samples", "alert"], "visible": True}
        await self.listen("dsinfra/api/events", watch)

    def memory_of(self, content: bytes) -> float | None:
        for kernel in json.loads(content).get("snapshot", {}).get("kernels", ()):
            if kernel["kernel_id"] == self.kernel_id:
                return kernel["rss_bytes"]
        return None


class UsageWatcher(Watcher):
    """The status bar, and the panel of one kernel: the one it shows at a time."""

    async def watch(self) -> None:
        paths = ("api/metrics/v1", f"api/metrics/v1/kernel_usage/get_usage/{self.kernel_id}")
        await asyncio.gather(*map(self._poll, paths))

    async def _poll(self, path: str) -> None:
        request = HTTPRequest(
            f"http://127.0.0.1:{self.server.port}/{path}",
            headers={"Authorization": f"token {self.server.token}"},
            request_timeout=60,
        )
        while True:
            self.take((await AsyncHTTPClient().fetch(request)).body)
            await asyncio.sleep(POLL_S)

    def memory_of(self, content: bytes) -> float | None:
        return json.loads(content).get("content", {}).get("kernel_memory")


class ChartWatcher(Watcher):
    """The one chart that there is without a GPU: the machine's."""

    async def watch(self) -> None:
        first = {"updateFrequency": CHART_MS, "isPaused": False}
        await self.listen("nvdashboard/cpu_resource", first)

    def memory_of(self, content: bytes) -> float | None:
        return json.loads(content).get("memory_usage")


@dataclass(frozen=True)
class Monitor:
    """One that is measured."""

    name: str
    watcher: type[Watcher] = Watcher
    tracker: Tracker | None = None
    """Where it is installed from; ``None`` if it is part of this environment."""
    extension: str = ""
    labextension: str = ""
    config: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


_USAGE = Tracker(
    "jupyter-resource-usage", "", "jupyter-resource-usage", ("jupyter_server", "ipykernel")
)
_CHARTS = Tracker(
    "jupyterlab-nvdashboard", "", "jupyterlab-nvdashboard", ("jupyter_server", "ipykernel")
)
PLAIN = Monitor("no extension")
OURS = Monitor("dsinfra", DsinfraWatcher)
PEERS = (
    Monitor(
        "resource-usage",
        UsageWatcher,
        _USAGE,
        "jupyter_resource_usage",
        "@jupyter-server/resource-usage",
    ),
    Monitor(
        "resource-usage with CPU",
        UsageWatcher,
        _USAGE,
        "jupyter_resource_usage",
        "@jupyter-server/resource-usage",
        {"ResourceUseDisplay": {"track_cpu_percent": True}},
    ),
    Monitor(
        "nvdashboard",
        ChartWatcher,
        _CHARTS,
        "jupyterlab_nvdashboard",
        "jupyterlab-nvdashboard",
    ),
)
