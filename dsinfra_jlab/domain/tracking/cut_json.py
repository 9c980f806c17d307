"""Reads head and tail of the text in a JSON message that is too large to decode whole."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from .. import limits

_STREAM_NAME = re.compile(rb'"name":\s*"(stdout|stderr)"')
_STREAM_TEXT = re.compile(rb'"text":\s*"')
_CUT_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*(?P<cut>\\(?:u[0-9a-fA-F]{0,3})?)\Z")
"""An escape that begins before the end of a stretch of JSON text and goes on behind it."""

_LOOK_BACK_BYTES = 64
"""How far before a cut an escape is looked for; only a longer run of backslashes can fool it."""


@dataclass(frozen=True, slots=True)
class CutStream:
    """What is kept of an oversized stream message."""

    name: str
    """``stdout`` or ``stderr``."""
    head: str
    tail: str


def cut_stream(raw: memoryview) -> CutStream:
    """Return name, head and tail of the text in the content of a stream message."""
    start = bytes(raw[: limits.OVERSIZED_HEAD_BYTES])
    end = bytes(raw[-limits.OVERSIZED_HEAD_BYTES :])
    before = bytes(raw[-limits.OVERSIZED_HEAD_BYTES - _LOOK_BACK_BYTES :][:_LOOK_BACK_BYTES])
    found_name = _STREAM_NAME.search(start) or _STREAM_NAME.search(end)
    found_text = _STREAM_TEXT.search(start)
    return CutStream(
        name=found_name[1].decode() if found_name else "stdout",
        head=_json_text(start[found_text.end() :]) if found_text else "",
        tail=_json_text(end[_rest_of_escape(before, end) : end.rfind(b'"')]),
    )


def _rest_of_escape(before: bytes, after: bytes) -> int:
    """Return how many bytes of ``after`` belong to an escape that began before it."""
    found = _CUT_ESCAPE.search(before)
    if found is None:
        return 0
    begun = len(found["cut"])
    is_long = begun > 1 or after[:1] == b"u"
    return (6 if is_long else 2) - begun


def _json_text(raw: bytes) -> str:
    """Return what a stretch cut from a JSON string says, up to the last whole character."""
    found = _CUT_ESCAPE.search(raw)
    raw = raw[: found.start("cut")] if found else raw
    text = raw.decode("utf-8", "ignore")
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text
