"""How tests knock at the doors of the API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from tornado.httpclient import HTTPRequest, HTTPResponse
from tornado.websocket import WebSocketClientConnection, websocket_connect

from dsinfra_jlab.domain import limits
from dsinfra_jlab.server.routes import BASE
from tests.postgres import postgres_server, postgres_url

__all__ = ["Caller", "Line", "error_of", "postgres_server", "postgres_url"]


@dataclass
class Line:
    """An open websocket and what came over it."""

    socket: WebSocketClientConnection
    inbox: asyncio.Queue[str | bytes | None]

    async def send(self, message: Any) -> None:
        """Send a message, anything but text and bytes as JSON, and let it arrive."""
        if not isinstance(message, str | bytes):
            message = json.dumps(message)
        await self.socket.write_message(message, binary=isinstance(message, bytes))
        await asyncio.sleep(0.05)

    async def next_event(self) -> dict[str, Any]:
        """Return the next event, which must come."""
        text = await asyncio.wait_for(self.inbox.get(), 5)
        assert text is not None, "the server closed the websocket"
        event: dict[str, Any] = json.loads(text)
        return event

    async def hears_nothing(self) -> bool:
        """Return whether nothing comes for as long as an event may be held back."""
        await asyncio.sleep(2 * limits.EVENT_INTERVAL_S)
        return self.inbox.empty()

    def close(self) -> None:
        """Hang up."""
        self.socket.close()


@dataclass
class Caller:
    """Somebody who sends requests to the running server."""

    client: Any
    base_url: str
    headers: dict[str, str] = field(default_factory=dict)

    def url(self, path: str, query: dict[str, Any] | str | None = None, scheme: str = "") -> str:
        text = query if isinstance(query, str) else urlencode(query or {})
        whole = self.client.get_url(f"{self.base_url}{BASE}/{quote(path)}".rstrip("/"))
        return whole.replace("http", scheme or "http", 1) + (f"?{text}" if text else "")

    async def ask(
        self,
        verb: str,
        path: str,
        body: Any = None,
        *,
        query: dict[str, Any] | str | None = None,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> HTTPResponse:
        """Send a request; an answer that is an error is returned like any other."""
        given = {**self.headers, **(headers or {})}
        if body is not None and not isinstance(body, str | bytes):
            body = json.dumps(body)
        if body is not None:
            given.setdefault("Content-Type", "application/json")
        path_only = self.url(path, query).split("/", 3)[3]
        return await self.client.fetch(
            f"/{path_only}",
            method=verb,
            body=body,
            headers=given,
            raise_error=False,
            follow_redirects=False,
            allow_nonstandard_methods=True,
            **options,
        )

    async def get(self, path: str, query: dict[str, Any] | str | None = None) -> Any:
        """Return the JSON of a GET that must succeed."""
        response = await self.ask("GET", path, query=query)
        assert response.code == 200, response.body
        return json.loads(response.body)

    async def connect(
        self, headers: dict[str, str] | None = None, query: str | None = None
    ) -> Line:
        """Open the events websocket."""
        url = self.url("events", query, scheme="ws")
        request = HTTPRequest(url, headers={**self.headers, **(headers or {})})
        inbox: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        socket = await websocket_connect(request, on_message_callback=inbox.put_nowait)
        return Line(socket, inbox)

    def as_(self, **headers: str) -> Caller:
        """Return somebody else, with only these headers."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Caller(self.client, self.base_url, named)


@pytest.fixture
def stranger(dsinfra, http_server_client, jp_base_url) -> Caller:
    """Somebody without any credentials."""
    return Caller(http_server_client, jp_base_url)


@pytest.fixture
def api(stranger, jp_auth_header) -> Caller:
    """Somebody with the server's token."""
    return stranger.as_(**jp_auth_header)


@pytest.fixture
def log_in(stranger, jp_serverapp) -> Callable[[], Awaitable[Caller]]:
    """Return somebody whose browser holds the login cookie and the _xsrf cookie."""

    async def cookies() -> Caller:
        token = jp_serverapp.identity_provider.token
        response = await stranger.ask("GET", "health", query={"token": token})
        given = [line.split(";")[0] for line in response.headers.get_list("Set-Cookie")]
        page = await stranger.client.fetch(f"{stranger.base_url}login", raise_error=False)
        given += [line.split(";")[0] for line in page.headers.get_list("Set-Cookie")]
        return stranger.as_(Cookie="; ".join(given))

    return cookies


def error_of(response: HTTPResponse, status: int, code: str) -> dict[str, Any]:
    """Return the error of a response, which must have the one shape and leak nothing."""
    assert response.code == status, (response.code, response.body)
    assert response.headers["Content-Type"] == "application/json"
    whole = json.loads(response.body)
    assert set(whole) == {"error"}
    error: dict[str, Any] = whole["error"]
    assert set(error) == {"code", "message", "details"}
    assert error["code"] == code, error
    assert isinstance(error["details"], dict)
    message = error["message"]
    assert message and message[-1] in ".!" and len(message) < 1_000, message
    assert "Traceback" not in message and 'File "' not in message
    return error
