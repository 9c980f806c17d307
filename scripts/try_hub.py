"""Try the extension in a real JupyterHub: two users, their servers, the proxy, the idle culler.

    pip install jupyterhub jupyterhub-idle-culler
    npm install configurable-http-proxy
    PATH=$PWD/node_modules/.bin:$PATH python scripts/try_hub.py

Runs in the environment that has the extension, on loopback, in a temporary folder, without root.
The Hub has the configuration that docs/operator.md shows, with what a trial needs on top. Takes
about a minute and a half; each line of the output is something that was tried.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse
from tornado.websocket import WebSocketClientConnection, websocket_connect

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.server.kernels import KernelClient

ROOT = Path(__file__).resolve().parent.parent

PATIENCE_S = 120.0
"""How long anything may take: a start of a server is seconds on a machine with nothing to do."""

IDLE_S = 25
"""How long a server may be idle here; in the guide it is hours."""

EXAMPLE = re.compile(r"```python\n(import sys\n\nc = get_config\(\).*?)```", re.S)

FOR_THE_TRIAL = """
import json, os
given = json.loads(os.environ["TRY_HUB"])
hub, proxy, front = given["ports"]
c.JupyterHub.bind_url = f"http://127.0.0.1:{front}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{hub}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{proxy}"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = given["folder"] + "/{username}"
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.args += ["--allow-root"]
c.Spawner.environment = {"JUPYTER_PLATFORM_DIRS": "1", "JUPYTERHUB_ACTIVITY_INTERVAL": "3"}
c.Spawner.start_timeout = c.Spawner.http_timeout = 120
for service in c.JupyterHub.services:
    if service["name"] == "idle-culler":
        service["command"][-1:] = [f"--timeout={given['idle_s']}", "--cull-every=3"]
    if service["name"] == "prometheus":
        service["api_token"] = given["scraper"]
c.JupyterHub.services += [{"name": "trial", "api_token": given["token"]}]
scopes = ["admin:users", "admin:servers", "tokens", "access:servers"]
c.JupyterHub.load_roles += [
    {"name": "trial", "services": ["trial"], "scopes": scopes},
    {"name": "guest", "users": ["bob"], "scopes": ["access:servers!user=ann"]},
]
"""


class Hub:
    """A Hub in a process of its own, and who may ask it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.token, self.scraper = secrets.token_hex(16), secrets.token_hex(16)
        self._ports = [_free_port() for _ in range(3)]
        self.url = f"http://127.0.0.1:{self._ports[2]}"
        self.log = folder / "hub.log"
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start the Hub with the guide's configuration, and wait until it answers."""
        found = EXAMPLE.search((ROOT / "docs/operator.md").read_text(encoding="utf-8"))
        assert found, "docs/operator.md has no jupyterhub_config.py"
        (self.folder / "jupyterhub_config.py").write_text(found[1] + FOR_THE_TRIAL)
        given = {
            "ports": self._ports,
            "folder": str(self.folder),
            "token": self.token,
            "scraper": self.scraper,
            "idle_s": IDLE_S,
        }
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - it outlives this call
                [sys.executable, "-m", "jupyterhub"],
                cwd=self.folder,
                env={**os.environ, "TRY_HUB": json.dumps(given)},
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        await until(lambda: self.hub("GET", ""))

    def stop(self) -> None:
        """Stop the Hub, and with it its proxy and all servers."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(60)

    async def hub(self, verb: str, path: str, body: Any = None) -> Any:
        """Return what the Hub's own API answers; nothing is False, so that one can wait for it."""
        reply = await self.fetch(self.token, f"/hub/api/{path}", verb, body)
        return json.loads(reply.body) if reply.body else True

    async def fetch(
        self, token: str, path: str, method: str = "GET", body: Any = None
    ) -> HTTPResponse:
        """Send a request through the proxy."""
        request = HTTPRequest(
            self.url + path,
            method,
            headers={"Authorization": f"token {token}", "Content-Type": "application/json"},
            body=json.dumps(body) if body is not None else None,
            allow_nonstandard_methods=True,
            request_timeout=60,
        )
        return await AsyncHTTPClient().fetch(request)

    async def begin(self, user: str) -> str:
        """Make a user with a server that runs, and return a token of that user."""
        with contextlib.suppress(HTTPClientError):  # there is one already
            await self.hub("POST", f"users/{user}")
        with contextlib.suppress(HTTPClientError):  # it is slow to start: waited for below
            await self.hub("POST", f"users/{user}/server")
        await until(lambda: self.is_ready(user))
        token: str = (await self.hub("POST", f"users/{user}/tokens", {}))["token"]
        return token

    async def is_ready(self, user: str) -> bool:
        """Return whether the server of a user runs."""
        return bool((await self.hub("GET", f"users/{user}"))["servers"].get("", {}).get("ready"))


class Visitor:
    """Somebody with a token, at the server of a user."""

    def __init__(self, hub: Hub, token: str, owner: str) -> None:
        self._hub, self._token, self._owner = hub, token, owner

    async def fetch(self, *parts: str, method: str = "GET", body: str | None = None) -> Any:
        """Send a request to the server."""
        value = json.loads(body) if body else None
        path = f"/user/{self._owner}/{'/'.join(parts)}"
        return await self._hub.fetch(self._token, path, method, value)

    async def get(self, path: str) -> Any:
        """Return what a route of the extension answers."""
        return json.loads((await self.fetch("dsinfra", "api", path)).body)

    async def ws_fetch(
        self,
        *parts: str,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> WebSocketClientConnection:
        """Open a websocket to the server."""
        base = self._hub.url.replace("http", "ws", 1)
        url = f"{base}/user/{self._owner}/{'/'.join(parts)}?{urlencode(params or {})}"
        given = {**(headers or {}), "Authorization": f"token {self._token}"}
        return await websocket_connect(HTTPRequest(url, headers=given))

    async def watch(self) -> WebSocketClientConnection:
        """Look on, as an open page does."""
        line = await self.ws_fetch("dsinfra", "api", "events")
        wanted = {"type": "watch", "topics": ["run", "samples"], "visible": True}
        await line.write_message(json.dumps(wanted))
        return line

    async def last_activity(self) -> str:
        """Return when the server was active last, in its own word."""
        status = json.loads((await self.fetch("api", "status")).body)
        return str(status["last_activity"])


async def try_all(hub: Hub) -> None:
    """Try one thing after the other; raises ``AssertionError`` at the first that is wrong."""
    ann_token, bob_token = await asyncio.gather(hub.begin("ann"), hub.begin("bob"))
    ann, guest = Visitor(hub, ann_token, "ann"), Visitor(hub, bob_token, "ann")
    stranger, scraper = Visitor(hub, ann_token, "bob"), Visitor(hub, hub.scraper, "ann")
    await until(lambda: _is_well(ann))
    say("two users have servers; the extension works below /user/ann/")
    await _try_users(ann, guest)
    assert await _status(lambda: stranger.get("runs")) == 403
    say("who may not use a server is refused")
    metrics = (await scraper.fetch("metrics")).body.decode()
    assert "dsinfra_host_cpus" in metrics
    say("Prometheus reads metrics with the token of a service")
    await _try_looking_on(ann)
    await hub.hub("DELETE", "users/ann/server")
    await until(lambda: _is_stopped(ann))
    say("the Hub has stopped a server, and says so (424)")
    again = Visitor(hub, await hub.begin("ann"), "ann")
    await until(lambda: _is_well(again))
    sessions = (await again.get("runs?kind=session"))["items"]
    assert sessions and all(each["status"] != "running" for each in sessions), sessions
    say("it was started again; what it had recorded is there, and has ended")
    line = await again.watch()
    await until(lambda: _is_gone(hub, "ann"))
    say("the culler has ended an idle server, though somebody looked on")
    line.close()


async def _try_users(ann: Visitor, guest: Visitor) -> None:
    client = await KernelClient.start(ann.fetch, ann.ws_fetch, path="a.ipynb", name="a.ipynb")
    await client.run("import os; print(os.environ['JUPYTERHUB_API_TOKEN'])")
    other = KernelClient(guest.fetch, guest.ws_fetch, client.kernel_id)
    await other.connect()
    await other.run("x = 1")
    await until(lambda: _has_runs(ann, 2))
    runs = (await ann.get("runs?kind=cell"))["items"]
    assert [run["user"] for run in runs] == ["bob", "ann"], runs
    say("each run has the name of the Hub's user who asked for it")
    printed = json.dumps(await ann.get(f"runs/{runs[1]['id']}/outputs"))
    assert "redacted" in printed, printed
    say("the server's token was printed, and is not stored")
    await client.close()
    await other.close()


async def _try_looking_on(ann: Visitor) -> None:
    before = await ann.last_activity()
    await asyncio.sleep(3)  # the cells have just ended
    for _ in range(10):
        earlier, before = before, await ann.last_activity()
        if earlier == before:
            break
        await asyncio.sleep(3)
    line, seen = await ann.watch(), 0
    while seen < 3:
        seen += b'"snapshot"' in str(await line.read_message()).encode()
    await ann.get("runs")
    assert await ann.last_activity() == before
    say("events come through the proxy, and to look on is no activity")
    line.close()


async def _is_well(visitor: Visitor) -> bool:
    return bool((await visitor.get("health"))["status"] == "ok")


async def _has_runs(visitor: Visitor, count: int) -> bool:
    items = (await visitor.get("runs?kind=cell"))["items"]
    return len(items) == count and all(each["status"] == "ok" for each in items)


async def _is_stopped(visitor: Visitor) -> bool:
    return await _status(lambda: visitor.get("health")) == 424


async def _is_gone(hub: Hub, user: str) -> bool:
    return not (await hub.hub("GET", f"users/{user}"))["servers"]


async def _status(ask: Callable[[], Awaitable[Any]]) -> int:
    try:
        await ask()
    except HTTPClientError as error:
        return error.code
    return 200


async def until(is_so: Callable[[], Awaitable[Any]]) -> None:
    """Wait until something is so; what cannot be asked yet is not."""
    end = time.monotonic() + PATIENCE_S
    while True:
        last: Exception | None = None
        try:
            if await is_so():
                return
        except (OSError, HTTPClientError) as error:
            last = error
        assert time.monotonic() < end, f"waited in vain: {last}"
        await asyncio.sleep(0.5)


def say(what: str) -> None:
    """Tell what was tried."""
    print(f"ok  {what}", flush=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def missing() -> list[str]:
    """Return the parts that are not there."""
    modules = ("jupyterhub", "jupyterhub_idle_culler")
    found = [name for name in modules if importlib.util.find_spec(name) is None]
    return found + [name for name in ("configurable-http-proxy",) if shutil.which(name) is None]


def main() -> int:
    """Try all, and return 0 if all of it went well."""
    parts = missing()
    if parts:
        print(f"Not tried: {', '.join(parts)} not found; the head of this file says how to get it.")
        return 2
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        hub = Hub(Path(name))

        async def run() -> None:
            await hub.start()
            await try_all(hub)

        try:
            asyncio.run(run())
        except Exception:
            print(hub.log.read_text(errors="replace")[-20_000:])
            raise
        finally:
            hub.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
