"""Where a page of a list ended, as text that the next request gives back."""

from __future__ import annotations

import base64
import binascii
import json
import math
from dataclasses import dataclass

from ..domain.exceptions import BadInput
from ..domain.limits import PAGE_MAX

__all__ = ["Place", "checked_limit", "decode_cursor", "encode_cursor"]

_MAX_CHARS = 4_000
_INT64 = 2**63


@dataclass(frozen=True, slots=True)
class Place:
    """The last item of a page: the next one begins after it."""

    order: str
    phase: int
    """Which stretch of the list: lists put what has no value to sort by at their end."""
    value: float | int | str | None
    """What the item was sorted by, within its stretch."""
    seq: int


def encode_cursor(place: Place) -> str:
    """Return ``place`` as opaque text for URLs."""
    fields = [place.order, place.phase, place.value, place.seq]
    packed = json.dumps(fields, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode_cursor(text: str, order: str) -> Place:
    """Return the place that ``encode_cursor`` wrote for a list in this order.

    Raises
    ------
    BadInput
        It is no cursor, or one of a list in another order.
    """
    try:
        if len(text) > _MAX_CHARS:
            raise ValueError("too long")
        padded = text + "=" * (-len(text) % 4)
        packed = base64.b64decode(padded, altchars=b"-_", validate=True)
        place = _place(json.loads(packed))
    except (ValueError, RecursionError, binascii.Error):
        raise BadInput(
            "The cursor is not one that this list gave. Leave it out to start at the beginning.",
            {"cursor": text[:200]},
        ) from None
    if place.order != order:
        raise BadInput(
            "The cursor belongs to a list in another order. Leave it out to start at the "
            "beginning, or ask in the same order as before.",
            {"cursor": text, "order": order},
        )
    return place


def _place(fields: object) -> Place:
    """Return the place if every part is what it should be; raises ``ValueError``."""
    if not isinstance(fields, list) or len(fields) != 4:
        raise ValueError("not four fields")
    order, phase, value, seq = fields
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if is_number and not (
        math.isfinite(value) if isinstance(value, float) else -_INT64 < value < _INT64
    ):
        raise ValueError("the value is out of range")
    if not (value is None or is_number or (isinstance(value, str) and _is_storable(value))):
        raise ValueError("the value is of no known type")
    if not isinstance(order, str) or type(phase) is not int or type(seq) is not int:
        raise ValueError("a field is of the wrong type")
    if not 0 <= phase < 10 or not -_INT64 < seq < _INT64:
        raise ValueError("a field is out of range")
    return Place(order, phase, value, seq)


def _is_storable(value: str) -> bool:
    try:
        return b"\0" not in value.encode()
    except UnicodeEncodeError:
        return False


def checked_limit(limit: int) -> int:
    """Return ``limit`` if a page can have so many items.

    Raises
    ------
    BadInput
        It cannot.
    """
    if 1 <= limit <= PAGE_MAX:
        return limit
    raise BadInput(f"limit must be between 1 and {PAGE_MAX}, not {limit}.")
