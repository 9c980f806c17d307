"""What all handlers share: a body in, a value out, and one shape for all that goes wrong."""

from __future__ import annotations

import re
from collections.abc import Awaitable
from dataclasses import dataclass
from http.client import responses
from types import TracebackType
from typing import Any, TypeVar

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from ..domain import limits
from ..domain.errors import (
    BadInput,
    Conflict,
    DsinfraError,
    ErrorCode,
    ErrorDetail,
    ErrorReply,
    Impossible,
    NotFound,
    NotPermitted,
    TooLarge,
    Unavailable,
)
from ..services.event_hub import EventHub
from ..services.health import HealthService
from ..services.runs import RunService
from ..services.settings import SettingsService
from . import wire

Value = TypeVar("Value")

_STATUS: dict[type[DsinfraError], int] = {
    BadInput: 400,
    NotPermitted: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    Impossible: 422,
    Unavailable: 503,
}
"""The one table from kinds of error to HTTP; any other is a 500."""

_CODES = {
    400: ErrorCode.bad_input,
    403: ErrorCode.forbidden,
    404: ErrorCode.not_found,
    405: ErrorCode.method_not_allowed,
    413: ErrorCode.too_large,
}
"""The word for errors that Tornado or Jupyter Server raise before a handler of ours runs."""

_OF_JUPYTER = frozenset({"token", "no_track_activity", "_xsrf"})
"""Query parameters that any URL of the server may carry."""


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases that handlers may call."""

    runs: RunService
    settings: SettingsService
    health: HealthService
    events: EventHub


@web.stream_request_body
class BaseHandler(APIHandler):
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
        if self.current_user is None and self.request.method != "OPTIONS":
            raise web.HTTPError(403)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Keep a stretch of the body, as long as all of it is within the limit."""
        self._body_length += len(chunk)
        if self._body_length <= limits.BODY_MAX_BYTES:
            self._body += chunk
        else:
            self._body.clear()
        return None

    def check_origin(self, origin_to_satisfy_tornado: str = "") -> bool:
        """Let in our own origin; raises ``NotPermitted`` that says how to allow another."""
        if super().check_origin(origin_to_satisfy_tornado):
            return True
        raise NotPermitted(
            "Requests of pages from another origin are refused. "
            "To allow one, name it in ServerApp.allow_origin."
        )

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

    def done(self) -> None:
        """End the request with nothing to send."""
        self.set_status(204)
        self.finish()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Send what went wrong in the one shape that all errors have."""
        error = kwargs.get("exc_info", (None, None))[1]
        if isinstance(error, DsinfraError):
            status_code = next((s for k, s in _STATUS.items() if isinstance(error, k)), 500)
            detail = ErrorDetail(error.code, error.message, error.details)
        else:
            detail = self._of_jupyter(status_code, error)
        self.set_status(status_code)
        if status_code == 405:
            self.set_header("Allow", ", ".join(self.allowed_verbs()))
        self.finish(wire.encode(ErrorReply(detail)))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log a fault of ours with its traceback, and a refusal in one line without."""
        if isinstance(value, DsinfraError):
            self.log.debug("dsinfra: %s: %s", value.code.value, ascii(value.message))
        else:
            super().log_exception(typ, value, tb)

    @classmethod
    def allowed_verbs(cls) -> list[str]:
        """Return the verbs that this path answers to."""
        missing = web.RequestHandler._unimplemented_method
        return [
            verb
            for verb in cls.SUPPORTED_METHODS
            if getattr(cls, verb.lower(), missing) is not missing
        ]

    def _of_jupyter(self, status: int, error: BaseException | None) -> ErrorDetail:
        """Return a refusal of the framework in our words; of a fault of ours, say nothing."""
        said = getattr(error, "log_message", None) or ""
        if status == 403:
            return ErrorDetail(ErrorCode.forbidden, self._forbidden(said))
        if status == 405:
            verbs = ", ".join(self.allowed_verbs())
            message = f"{self.request.method} is not answered here; use one of {verbs}."
            return ErrorDetail(ErrorCode.method_not_allowed, message)
        if status in _CODES:
            return ErrorDetail(_CODES[status], said or f"{responses[status]}.")
        message = "Something failed on our side. Try again; the server's log has more."
        return ErrorDetail(ErrorCode.failed, message)

    def _forbidden(self, said: str) -> str:
        if getattr(self, "current_user", None) is None:
            return "Log in first: the request carries no valid token and no valid cookie."
        if "xsrf" in said.lower():
            return "Send the value of the _xsrf cookie in the X-XSRFToken header too."
        return said or "You may not do this; ask whoever runs this server."


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
    return re.sub("\0", "", text)
