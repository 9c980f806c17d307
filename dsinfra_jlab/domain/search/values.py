"""The values of the search language: numbers, durations and moments."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

__all__ = ["Moment", "parse_duration", "parse_moment", "parse_number", "parse_size"]


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of time that was written as one value, such as a day.

    ``<`` and ``>=`` compare with ``start``, and so do ``>`` and ``<=``: ``started>today``
    is everything since midnight. ``=`` means anywhere between ``start`` and ``end``.
    """

    start: datetime
    end: datetime
    """Not part of it any more."""


_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
_AMOUNT = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(us|ms|s|m|min|h|d|w)?", re.ASCII)
_SECONDS = {
    "us": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "min": 60.0,
    "h": 3_600.0,
    "d": 86_400.0,
    "w": 604_800.0,
}


def parse_number(text: str) -> float | None:
    """Return the number that ``text`` is, ``None`` if it is none or not finite."""
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def parse_duration(text: str) -> float | None:
    """Return seconds for ``500ms``, ``10s``, ``2m``, ``1.5h``, or a bare number of seconds."""
    match = _AMOUNT.fullmatch(text.lower())
    return float(match[1]) * _SECONDS[match[2] or "s"] if match else None


_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)(?:([kmgtp]?)(i?)b?)", re.ASCII)
_POWERS = "kmgtp"


def parse_size(text: str) -> float | None:
    """Return bytes for ``2GB``, ``1.5 GiB``, ``500M``, or a bare number of bytes.

    >>> parse_size("2GB"), parse_size("1.5KiB")
    (2000000000.0, 1536.0)
    """
    match = _SIZE.fullmatch(text.lower().replace(" ", ""))
    if match is None or (match[3] and not match[2]):
        return None
    power = _POWERS.index(match[2]) + 1 if match[2] else 0
    return float(match[1]) * (1024.0 if match[3] else 1000.0) ** power


def parse_moment(text: str, now: datetime) -> Moment | None:
    """Return the time that ``text`` names: a date, a date and time, an age, or a day's name.

    Without an offset a time is in the time zone of ``now``. An age such as ``2d`` is the
    stretch from then until ``now``.
    """
    text = text.strip().lower()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if text in ("today", "yesterday"):
        start = midnight - timedelta(days=text == "yesterday")
        return _moment(start, start + timedelta(days=1))
    try:
        age = _AMOUNT.fullmatch(text)
        if age is not None and age[2] is not None:
            return _moment(now - timedelta(seconds=float(age[1]) * _SECONDS[age[2]]), now)
        return _iso_moment(text, now)
    except (ValueError, OverflowError):
        return None


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(
    r"(?P<minute>\d{4}-\d{2}-\d{2}[t ]\d{2}:\d{2})(?P<second>:\d{2})?(?P<part>\.\d{1,6})?"
    r"(?P<offset>z|[+-]\d{2}:\d{2})?",
    re.ASCII,
)


def _iso_moment(text: str, now: datetime) -> Moment | None:
    """Read ISO 8601 by hand, since ``fromisoformat`` of Python 3.10 knows no ``Z``."""
    if _DATE.fullmatch(text):
        day = datetime.fromisoformat(text).replace(tzinfo=now.tzinfo)
        return _moment(day, day + timedelta(days=1))
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    part = (match["part"] or ".0")[1:].ljust(6, "0")
    start = datetime.fromisoformat(f"{match['minute']}{match['second'] or ':00'}.{part}")
    offset = match["offset"]
    if offset is None:
        start = start.replace(tzinfo=now.tzinfo)
    elif offset == "z":
        start = start.replace(tzinfo=timezone.utc)
    else:
        start = datetime.fromisoformat(f"{start.isoformat()}{offset}")
    if match["part"]:
        return _moment(start, start + timedelta(microseconds=1))
    return _moment(start, start + timedelta(seconds=1 if match["second"] else 60))


def _moment(start: datetime, end: datetime) -> Moment:
    return Moment(start.astimezone(timezone.utc), end.astimezone(timezone.utc))
