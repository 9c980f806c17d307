"""Errors as log records of OpenTelemetry, in the JSON form of its protocol.

The attributes ``exception.*`` and ``code.*`` are those of its semantic conventions; what these
have no word for is called ``dsinfra.*``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from ..occurrences import ErrorRecord, FrameKind, Severity
from .jsonl import json_line
from .text import stacktrace, title

_SCHEMA_URL = "https://opentelemetry.io/schemas/1.34.0"
"""The first of the versions of the conventions in which ``code.file.path`` is stable and that
we follow."""
_SCOPE = "dsinfra_jlab"
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_SEVERITIES = {
    Severity.info: (9, "INFO"),
    Severity.warning: (13, "WARN"),
    Severity.error: (17, "ERROR"),
    Severity.critical: (21, "FATAL"),
}


def export_otlp(
    records: Sequence[ErrorRecord], *, service_name: str = "jupyter", service_version: str = ""
) -> str:
    """Return errors as the body of a request to ``/v1/logs``."""
    resource: dict[str, Any] = {"service.name": service_name}
    if service_version:
        resource["service.version"] = service_version
    scope = {"scope": {"name": _SCOPE}, "schemaUrl": _SCHEMA_URL}
    logs = {
        "resource": {"attributes": _attributes(resource)},
        "scopeLogs": [{**scope, "logRecords": [_log_record(record) for record in records]}],
    }
    return json_line({"resourceLogs": [logs] if records else []})


def _log_record(record: ErrorRecord) -> dict[str, Any]:
    number, text = _SEVERITIES[record.severity]
    moment = str((record.at - _EPOCH) // timedelta(microseconds=1) * 1_000)
    return {
        "timeUnixNano": moment,
        "observedTimeUnixNano": moment,
        "severityNumber": number,
        "severityText": text,
        "body": {"stringValue": _text(title(record))},
        "attributes": _attributes(_facts(record)),
    }


def _facts(record: ErrorRecord) -> dict[str, Any]:
    return {
        "exception.type": record.ename,
        "exception.message": record.evalue,
        "exception.stacktrace": stacktrace(record),
        **_place(record),
        "dsinfra.error.id": record.id,
        "dsinfra.error.group_id": record.group_id,
        "dsinfra.error.kind": record.kind.value,
        "dsinfra.error.category": record.category.value,
        "dsinfra.error.nature": record.nature.value if record.nature else None,
        "dsinfra.error.flags": [flag.value for flag in record.flags],
        "dsinfra.error.severity_reasons": [reason.value for reason in record.severity_reasons],
        "dsinfra.error.count": record.count,
        "dsinfra.error.carrier": record.carrier or None,
        "dsinfra.error.diagnosis": record.diagnosis or None,
        "dsinfra.error.advice": [advice.text for advice in record.advice],
        "dsinfra.error.notes": list(record.notes),
        "dsinfra.error.collector": record.collector,
        "dsinfra.fingerprint.strict": record.fingerprints.strict,
        "dsinfra.fingerprint.issue": record.fingerprints.issue,
        "dsinfra.fingerprint.family": record.fingerprints.family,
        "dsinfra.fingerprint.version": record.fingerprints.version,
        "dsinfra.run.id": record.run_id,
        "dsinfra.kernel.id": record.kernel_id,
        "dsinfra.environment.id": record.environment_id,
        "dsinfra.notebook.path": record.notebook_path,
        "dsinfra.cell.id": record.cell_id,
        "dsinfra.cell.execution_count": record.execution_count,
        "dsinfra.cell.line": record.line,
    }


def _place(record: ErrorRecord) -> dict[str, Any]:
    """Return where the user's code was, innermost, as the conventions call it."""
    own = [frame for frame in record.frames if frame.kind is not FrameKind.library]
    if not own:
        return {}
    frame = own[-1]
    path = record.notebook_path if frame.kind is FrameKind.cell else None
    return {
        "code.file.path": path or frame.file,
        "code.function.name": f"{frame.module}.{frame.function}"
        if frame.module
        else frame.function,
        "code.line.number": frame.line,
        "code.column.number": frame.column + 1 if frame.column is not None else None,
    }


def _attributes(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return key and value pairs; what is not known or empty is left out."""
    return [
        {"key": key, "value": _value(value)}
        for key, value in facts.items()
        if value is not None and value != "" and value != []
    ]


def _value(value: str | int | list[str]) -> dict[str, Any]:
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(item) for item in value]}}
    return {"stringValue": _text(str(value))}


def _text(text: str) -> str:
    """Strings of the protocol are UTF-8, which has no lone surrogates."""
    return text.encode("utf-8", "replace").decode()
