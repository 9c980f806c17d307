"""The exceptions the project raises on purpose.

::

    DsinfraError            something was asked that cannot be given
    ├── BadInput            the question itself is wrong            (HTTP 400)
    ├── NotPermitted        the caller may not do this              (HTTP 403)
    ├── NotFound            no such thing, or no longer             (HTTP 404)
    ├── Conflict            it clashes with the present state       (HTTP 409)
    ├── TooLarge            more than a limit allows                (HTTP 413)
    ├── Impossible          understood, but cannot be done          (HTTP 422)
    └── Unavailable         a part we depend on is away for now     (HTTP 503)

They know nothing of HTTP: the one table from kind to status is in ``server/base.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

__all__ = [
    "BadInput",
    "Conflict",
    "DsinfraError",
    "ErrorCode",
    "ErrorDetail",
    "ErrorReply",
    "Impossible",
    "NotFound",
    "NotPermitted",
    "TooLarge",
    "Unavailable",
]


class ErrorCode(str, Enum):
    """The words for what can go wrong on the wire."""

    bad_input = "bad_input"
    forbidden = "forbidden"
    not_found = "not_found"
    method_not_allowed = "method_not_allowed"
    conflict = "conflict"
    too_large = "too_large"
    impossible = "impossible"
    unavailable = "unavailable"
    failed = "failed"
    """A fault of ours; the server's log has more."""


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """What went wrong with a request."""

    code: ErrorCode
    message: str
    """For a person: what is wrong and what to do."""
    details: dict[str, Any] = field(default_factory=dict)
    """For a program, such as the place of a syntax error."""


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """The body of every reply that is not a success."""

    error: ErrorDetail


class DsinfraError(Exception):
    """Something was asked that cannot be given.

    Parameters
    ----------
    message
        One or two sentences for a person: what is wrong and what to do.
    details
        JSON-safe facts for a program, such as the place of a syntax error.
    """

    code: ErrorCode = ErrorCode.failed
    """The word for this kind of error on the wire."""

    def __init__(self, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, Any] = dict(details or {})


class BadInput(DsinfraError):
    """The question itself is wrong: it can never be answered as it stands."""

    code = ErrorCode.bad_input


class NotPermitted(DsinfraError):
    """The caller is known and may not do this."""

    code = ErrorCode.forbidden


class NotFound(DsinfraError):
    """No such thing was ever recorded, or it has been deleted."""

    code = ErrorCode.not_found


class Conflict(DsinfraError):
    """It clashes with how things stand now."""

    code = ErrorCode.conflict


class TooLarge(DsinfraError):
    """It is more than a limit allows."""

    code = ErrorCode.too_large


class Impossible(DsinfraError):
    """The question is right, but what it asks cannot be done."""

    code = ErrorCode.impossible


class Unavailable(DsinfraError):
    """A part we depend on is away for now; asking again later may help."""

    code = ErrorCode.unavailable
