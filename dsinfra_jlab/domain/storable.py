"""The one gate in front of every insert: values that every database can hold.

What kernels send is text, numbers and JSON of any shape. Four things in it break
databases: NUL (PostgreSQL refuses it, SQLite's ``length`` stops at it), lone surrogates
(no encoder takes them), integers beyond 64 bits and numbers that JSON has no word for.
Everything else passes unchanged, and what is replaced stays visible.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .limits import STORABLE_MAX_DEPTH

__all__ = ["storable_text", "to_storable"]

_REPLACEMENT = "\ufffd"
_INT_MAX = 2**63 - 1


def storable_text(text: str) -> str:
    """Return ``text`` with U+FFFD in the place of each NUL and each lone surrogate."""
    if "\0" in text:
        text = text.replace("\0", _REPLACEMENT)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(_REPLACEMENT if "\ud800" <= char <= "\udfff" else char for char in text)
    return text


def to_storable(value: Any, depth: int = STORABLE_MAX_DEPTH) -> Any:
    """Return ``value`` as JSON that any database can hold and give back unchanged.

    Integers beyond 64 bits, NaN and the infinities become text; what is nested deeper
    than ``depth`` and what is no JSON at all becomes its description in one line. The
    result is never altered by a second pass.
    """
    if isinstance(value, str):
        return storable_text(str(value))
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if -_INT_MAX - 1 <= value <= _INT_MAX else _text_of_int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else _text_of_float(value)
    if isinstance(value, Mapping):
        if depth <= 0:
            return f"<{len(value)} entries, nested too deep to be kept>"
        return {_key(key): to_storable(item, depth - 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        if depth <= 0:
            return f"<{len(value)} items, nested too deep to be kept>"
        return [to_storable(item, depth - 1) for item in value]
    return f"<{type(value).__name__}>"


def _text_of_int(value: int) -> str:
    """Return a huge integer as text; in hexadecimal where decimal digits would cost too much."""
    return str(value) if value.bit_length() < 4_000 else hex(value)


def _text_of_float(value: float) -> str:
    """Return the word for a float that is no number."""
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _key(key: object) -> str:
    return storable_text(key) if isinstance(key, str) else storable_text(str(to_storable(key)))
