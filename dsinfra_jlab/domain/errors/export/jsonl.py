"""Errors as JSON Lines: the records as the REST interface gives them, one a line."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from datetime import datetime, timezone
from enum import Enum
from typing import Any

from ..occurrences import ErrorRecord


def export_jsonl(records: Sequence[ErrorRecord]) -> str:
    """Return errors as JSON Lines, ended by a newline; empty if there are none."""
    return "".join(json_line(as_json(record)) + "\n" for record in records)


def json_line(value: Any) -> str:
    """Return JSON without line breaks, readable where UTF-8 can hold it."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # lone surrogates, of paths that are not UTF-8
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text


def as_json(value: Any) -> Any:
    """Return records, moments and words of ours as JSON has them."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {each.name: as_json(getattr(value, each.name)) for each in fields}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    return value
