"""Errors in the formats of other tools. Nothing is sent anywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..domain.errors.export.group import group_document
from ..domain.errors.export.jsonl import export_jsonl
from ..domain.errors.export.markdown import export_markdown
from ..domain.errors.export.otlp import export_otlp
from ..domain.errors.export.sentry import export_sentry
from ..domain.errors.groups import ErrorGroup, ExportFormat
from ..domain.errors.occurrences import ErrorRecord

__all__ = ["Export", "exported"]


@dataclass(frozen=True, slots=True)
class Export:
    """A file of errors."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Format:
    export: Callable[[Sequence[ErrorRecord]], str | bytes]
    ending: str
    media_type: str


_FORMATS = {
    ExportFormat.otlp: _Format(export_otlp, ".otlp.json", "application/json"),
    ExportFormat.sentry: _Format(export_sentry, ".envelope", "application/x-sentry-envelope"),
    ExportFormat.jsonl: _Format(export_jsonl, ".jsonl", "application/x-ndjson"),
    ExportFormat.markdown: _Format(export_markdown, ".md", "text/markdown; charset=utf-8"),
}


def exported(
    wanted: ExportFormat, records: Sequence[ErrorRecord], group: ErrorGroup | None = None
) -> Export:
    """Return errors as a file of that format, named for it.

    If they are those of one ``group``, Markdown begins with what users have written of it.
    """
    known = _FORMATS[wanted]
    content = known.export(records)
    if group is not None and wanted is ExportFormat.markdown:
        content = f"{group_document(group)}\n{content!s}"
    if isinstance(content, str):
        # Paths that are not UTF-8 hold lone surrogates, which no file of text can.
        content = content.encode("utf-8", "replace")
    return Export(f"errors{known.ending}", known.media_type, content)
