"""Errors as envelopes of Sentry, which other trackers take as well.

An envelope holds one event at most, so each error is one: three lines, of the envelope, of its
item and of the event. A file of several is sent three lines at a time.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from ..occurrences import (
    ErrorKind,
    ErrorRecord,
    Frame,
    FrameKind,
    LinkedException,
    Relation,
    Severity,
)
from .jsonl import as_json, json_line
from .text import title

_LEVELS = {
    Severity.info: "info",
    Severity.warning: "warning",
    Severity.error: "error",
    Severity.critical: "fatal",
}
_TAG_MAX_CHARS = 200
"""Sentry drops longer tags."""
_HANDLED = frozenset((ErrorKind.warning, ErrorKind.log))
_SOURCES = {Relation.cause: "__cause__", Relation.context: "__context__"}


def export_sentry(
    records: Sequence[ErrorRecord], *, release: str = "", environment: str = ""
) -> bytes:
    """Return errors as envelopes, one after the other."""
    return b"".join(envelope(record, release, environment) for record in records)


def envelope(record: ErrorRecord, release: str = "", environment: str = "") -> bytes:
    """Return one error as an envelope."""
    event_id = _event_id(record)
    event = _event(record, event_id)
    if release:
        event["release"] = release
    if environment:
        event["environment"] = environment
    body = json_line(event).encode()
    head = json_line({"event_id": event_id})  # "sent_at" is for who sends it
    item = json_line({"type": "event", "length": len(body), "content_type": "application/json"})
    return b"\n".join((head.encode(), item.encode(), body, b""))


def _event_id(record: ErrorRecord) -> str:
    """Return the same 32 digits for the same error, whatever its id looks like."""
    try:
        return uuid.UUID(record.id).hex
    except ValueError:
        return uuid.uuid5(uuid.NAMESPACE_OID, ascii(record.id)).hex


def _event(record: ErrorRecord, event_id: str) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "timestamp": as_json(record.at),
        "platform": "python",
        "level": _LEVELS[record.severity],
        "logger": "dsinfra_jlab",
        "transaction": record.notebook_path or "",
        "fingerprint": [record.fingerprints.issue],
        "exception": {"values": _values(record)},
        "tags": _tags(record),
        "contexts": _contexts(record),
        "extra": {
            "diagnosis": record.diagnosis,
            "advice": [as_json(advice) for advice in record.advice],
            "notes": list(record.notes),
        },
    }


def _values(record: ErrorRecord) -> list[dict[str, Any]]:
    """Return the exceptions, the oldest first: the one that came through is the last."""
    values = [_value(record.ename, record.evalue, record.frames, _root(record))]
    places: dict[tuple[int | None, Relation], int] = {}
    for number, link in enumerate(record.chain):
        place = places[link.parent, link.relation] = (
            places.get((link.parent, link.relation), -1) + 1
        )
        mechanism: dict[str, Any] = {
            "type": "chained",
            "handled": record.kind in _HANDLED,
            "exception_id": number + 1,
            "parent_id": link.parent + 1 if link.parent is not None else 0,
            "source": _SOURCES.get(link.relation, f"exceptions[{place}]"),
        }
        if _is_group(record.chain, number):
            mechanism["is_exception_group"] = True
        values.append(_value(link.ename, link.evalue, link.frames, mechanism))
    return values[::-1]


def _root(record: ErrorRecord) -> dict[str, Any]:
    mechanism: dict[str, Any] = {
        "type": record.kind.value,
        "handled": record.kind in _HANDLED,
        "exception_id": 0,
    }
    if _is_group(record.chain, None):
        mechanism["is_exception_group"] = True
    return mechanism


def _is_group(chain: Sequence[LinkedException], number: int | None) -> bool:
    return any(link.parent == number and link.relation is Relation.group for link in chain)


def _value(
    ename: str, evalue: str, frames: Sequence[Frame], mechanism: dict[str, Any]
) -> dict[str, Any]:
    value: dict[str, Any] = {"type": ename or "Error", "value": evalue, "mechanism": mechanism}
    if frames:
        value["stacktrace"] = {"frames": [_frame(frame) for frame in frames]}
    return value


def _frame(frame: Frame) -> dict[str, Any]:
    found: dict[str, Any] = {
        "filename": frame.file,
        "abs_path": frame.file,
        "function": frame.function or "?",
        "module": frame.module or None,
        "lineno": frame.line,
        "colno": frame.column + 1 if frame.column is not None else None,
        "context_line": frame.source or None,
        "in_app": frame.kind is not FrameKind.library,
        "vars": {each.name: f"{each.type}: {each.summary}" for each in frame.variables} or None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _tags(record: ErrorRecord) -> dict[str, str]:
    tags = {
        "category": record.category.value,
        "nature": record.nature.value if record.nature else "",
        "kind": record.kind.value,
        "notebook": record.notebook_path or "",
        "collector": record.collector,
        "carrier": record.carrier,
        **{flag.value: "true" for flag in record.flags},
    }
    return {
        key: value
        for key, value in tags.items()
        if value and len(value) <= _TAG_MAX_CHARS and "\n" not in value
    }


def _contexts(record: ErrorRecord) -> dict[str, Any]:
    notebook = {
        "type": "notebook",
        "path": record.notebook_path,
        "cell_id": record.cell_id,
        "execution_count": record.execution_count,
        "line": record.line,
    }
    error = {
        "type": "dsinfra",
        "title": title(record),
        "error_id": record.id,
        "group_id": record.group_id,
        "run_id": record.run_id,
        "kernel_id": record.kernel_id,
        "environment_id": record.environment_id,
        "count": record.count,
        "family": record.fingerprints.family,
    }
    contexts: dict[str, Any] = {"notebook": notebook, "dsinfra": error}
    if record.resources is not None:
        contexts["memory"] = {"type": "memory", **as_json(record.resources)}
    return contexts
