"""What all handlers share: who may come in, a body in, a value out."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from ..domain import limits
from ..domain.exceptions import BadInput, NotFound, TooLarge
from ..services.alerting import AlertService
from ..services.artifacts import ArtifactReader
from ..services.details import RunDetails
from ..services.errors import ErrorService
from ..services.event_hub import EventHub
from ..services.health import HealthService
from ..services.job_groups import JobGroups
from ..services.jobs import JobService
from ..services.lineage import LineageService
from ..services.resources import ResourceService
from ..services.runs import RunService
from ..services.settings import SettingsService
from ..services.targets import TargetService
from ..services.trials import TrialService
from . import wire
from .refusals import OneErrorShape

Value = TypeVar("Value")

FLUSH_BYTES = 100_000
"""Parts of a reply gather until there is so much to send: about a millisecond's work."""

_OF_JUPYTER = frozenset({"token", "no_track_activity", "_xsrf"})
"""Query parameters that any URL of the server may carry."""


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases that handlers may call."""

    runs: RunService
    details: RunDetails
    artifacts: ArtifactReader
    trials: TrialService
    lineage: LineageService
    errors: ErrorService
    resources: ResourceService
    alerts: AlertService
    targets: TargetService
    jobs: JobService
    job_groups: JobGroups
    settings: SettingsService
    health: HealthService
    events: EventHub


@web.stream_request_body
class BaseHandler(OneErrorShape, APIHandler):
    """A handler of ours.

    The body is streamed so that it can be refused by its size while it is read, whether
    or not its length was announced. What is over the limit is read and thrown away: an
    answer sent before the end of the body would be lost with the broken connection.
    """

    def initialize(self, services: Services) -> None:
        """Take the services; Tornado calls this for every request."""
        self.services = services
        self._body = bytearray()
        self._body_length = 0

    async def prepare(self) -> None:  # type: ignore[override]
        """Let in only those who are logged in, whatever the verb or the path."""
        await super().prepare()
        self.refuse_strangers()

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Keep a stretch of the body, as long as all of it is within the limit."""
        self._body_length += len(chunk)
        if self._body_length <= limits.BODY_MAX_BYTES:
            self._body += chunk
        else:
            self._body.clear()
        return None

    def update_api_activity(self) -> None:
        """Count what a person changes as activity, and not what a panel asks for by itself.

        Else an open panel would keep an idle server from being culled.
        """
        if self.request.method not in ("GET", "HEAD", "OPTIONS"):
            # A parameter of the query that is not UTF-8 has been refused by now.
            with contextlib.suppress(web.HTTPError):
                super().update_api_activity()

    def body_as(self, kind: type[Value]) -> Value:
        """Return the body as this dataclass.

        Raises
        ------
        BadInput
            It is not JSON, or not of this shape.
        TooLarge
            It is over ``BODY_MAX_BYTES``.
        """
        if self._body_length > limits.BODY_MAX_BYTES:
            most = limits.BODY_MAX_BYTES
            message = f"The body has more than {most} bytes; send less."
            raise TooLarge(message, {"max_bytes": most})
        content_type = self.request.headers.get("Content-Type", "").partition(";")[0].strip()
        if content_type.lower() != "application/json":
            raise BadInput("Send the body as JSON, with Content-Type: application/json.")
        return wire.decode_body(bytes(self._body), kind)

    def query_as(self, kind: type[Value]) -> Value:
        """Return the query parameters as this dataclass; raises ``BadInput``."""
        given: dict[str, list[str]] = {}
        for name, values in self.request.query_arguments.items():
            # JupyterLab makes a URL unique by appending the time as a bare parameter.
            if name not in _OF_JUPYTER and not (name.isdigit() and values == [b""]):
                given[name] = [_text(value, name) for value in values]
        return wire.decode_query(given, kind)

    def no_query(self) -> None:
        """Refuse query parameters where there are none to give; raises ``BadInput``."""
        self.query_as(_NoParameters)

    def reply(self, value: Any) -> None:
        """Send a value as JSON and end the request."""
        self.finish(wire.encode(value))

    def created(self, value: Any) -> None:
        """Send a thing that was made, and end the request."""
        self.set_status(201)
        self.reply(value)

    async def reply_in_parts(self, parts: Iterable[bytes]) -> None:
        """Send JSON as it is made, so that the loop has a turn after each part."""
        self.set_header("Content-Type", "application/json")
        waiting = 0
        for part in parts:
            self.write(part)
            waiting += len(part)
            if waiting >= FLUSH_BYTES:
                await self.flush()
                waiting = 0
        self.finish()

    def done(self) -> None:
        """End the request with nothing to send."""
        self.set_status(204)
        self.finish()


class UnknownPathHandler(BaseHandler):
    """Everything below our base that no route has."""

    async def _refuse(self, *_path: str) -> None:
        raise NotFound("There is no such path; openapi.json lists those there are.")

    @web.authenticated
    @authorized("read", "dsinfra:api")
    async def get(self, *_path: str) -> None:
        """Say that there is nothing here; so do the other verbs."""
        await self._refuse()

    head = post = put = patch = delete = get


@dataclass(frozen=True, slots=True)
class _NoParameters:
    """What a route without query parameters takes."""


def _text(value: bytes, name: str) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        message = f"{ascii(name)[:100]} is not UTF-8; encode it as such."
        raise BadInput(message, {"field": ascii(name)[:100]}) from error
    return text.replace("\0", "")
