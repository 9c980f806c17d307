"""The one shape of everything that is not a success, whoever raised it."""

from __future__ import annotations

from http.client import responses
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tornado import web

from ..domain.exceptions import (
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
from . import wire

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
"""The word for errors that Tornado or Jupyter Server raise themselves."""

_NOT_LOGGED_IN = (
    "Log in first: the request carries no valid token and no valid cookie. "
    "In a browser, reload the page."
)
_NO_XSRF = "Send the value of the _xsrf cookie in the X-XSRFToken header too."
_FOREIGN_HOST = (
    "The server does not answer under this host name; "
    "ServerApp.local_hostnames or ServerApp.allow_remote_access can change that."
)
_FOREIGN_ORIGIN = (
    "Requests of pages from another origin are refused. "
    "To allow one, name it in ServerApp.allow_origin."
)
_OUR_FAULT = "Something failed on our side. Try again; the server's log has more."


if TYPE_CHECKING:
    from jupyter_server.base.handlers import JupyterHandler

    _Handler = JupyterHandler
else:
    # Were it a JupyterHandler, websockets would prepare in the wrong order.
    _Handler = object


class OneErrorShape(_Handler):
    """Sends every error as ``ErrorReply``; comes first among the bases of a handler."""

    def refuse_strangers(self) -> None:
        """Refuse whoever is not logged in, whatever the verb or the path."""
        if self.current_user is None and self.request.method != "OPTIONS":
            raise NotPermitted(_NOT_LOGGED_IN)

    def check_origin(self, origin_to_satisfy_tornado: str = "") -> bool:
        """Let in our own origin; raises ``NotPermitted`` that says how to allow another."""
        if super().check_origin(origin_to_satisfy_tornado or None):  # type: ignore[arg-type]
            return True
        raise NotPermitted(_FOREIGN_ORIGIN)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Send what went wrong; of a fault of ours, nothing that only the log may have."""
        error = kwargs.get("exc_info", (None, None))[1]
        if isinstance(error, DsinfraError):
            status_code = next((s for kind, s in _STATUS.items() if isinstance(error, kind)), 500)
            detail = ErrorDetail(error.code, error.message, error.details)
        else:
            detail = self._of_the_framework(status_code, error)
        self.set_status(status_code)
        if status_code == 405:
            self.set_header("Allow", ", ".join(self.allowed_verbs()))
        self.set_header("Content-Type", "application/json")
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

    def _of_the_framework(self, status: int, error: BaseException | None) -> ErrorDetail:
        """Return in our words what Tornado or Jupyter Server refused."""
        said = getattr(error, "log_message", None) or ""
        if status == 403:
            return ErrorDetail(ErrorCode.forbidden, self._forbidden(said))
        if status == 405:
            verbs = ", ".join(self.allowed_verbs())
            message = f"{self.request.method} is not answered here; use one of {verbs}."
            return ErrorDetail(ErrorCode.method_not_allowed, message)
        if status in _CODES:
            what = (said or responses[status]).rstrip(".")
            return ErrorDetail(_CODES[status], f"{what}. Correct the request and send it again.")
        return ErrorDetail(ErrorCode.failed, _OUR_FAULT)

    def _forbidden(self, said: str) -> str:
        if not self.check_host():
            return _FOREIGN_HOST
        if getattr(self, "_jupyter_current_user", None) is None:
            return _NOT_LOGGED_IN
        if "xsrf" in said.lower():
            return _NO_XSRF
        return said or "You may not do this; ask whoever runs this server."
