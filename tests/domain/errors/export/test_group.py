"""What users wrote of a group goes with its errors."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

from dsinfra_jlab.domain.errors.export.group import group_document
from dsinfra_jlab.domain.errors.groups import ErrorGroup, ExportFormat, GroupState
from dsinfra_jlab.domain.errors.occurrences import Category, ErrorKind, Nature, Severity
from dsinfra_jlab.domain.ids import ErrorGroupId, ErrorId, RunId
from dsinfra_jlab.services.error_export import exported

DAY = datetime(2026, 11, 1, tzinfo=timezone.utc)
GROUP = ErrorGroup(
    id=ErrorGroupId("g"),
    title="KeyError: 'price_*'",
    ename="KeyError",
    kind=ErrorKind.exception,
    category=Category.lookup,
    nature=Nature.data,
    severity=Severity.error,
    state=GroupState.ongoing,
    state_reason="",
    count=3,
    notebooks=["train.ipynb"],
    notebook_count=1,
    first_at=DAY,
    last_at=DAY,
    trend=[],
    trend_bucket_s=3600.0,
    last_error_id=ErrorId("e"),
    last_run_id=RunId("r"),
    last_cell_id=None,
    diagnosis="",
    family="f",
    note="The supplier **renames** columns.",
    runbook="1. Ask Ana\n2. Run the cell again",
    assignee="ana",
    resolved_at=None,
    resolved_run_id=None,
    ignore_until=None,
    ignore_remaining=None,
)


def test_note_and_runbook_stay_as_their_authors_wrote_them() -> None:
    lines = group_document(GROUP).splitlines()
    assert lines[0] == r"# KeyError: 'price\_\*'"
    assert lines[2:4] == [
        "Seen 3 times, first 2026-11-01, last 2026-11-01; ongoing.",
        "ana looks after it.",
    ]
    assert lines[lines.index("## Note") + 2] == "The supplier **renames** columns."
    assert lines[lines.index("## Runbook") + 2 :] == ["1. Ask Ana", "2. Run the cell again"]


def test_what_was_not_written_has_no_heading() -> None:
    text = group_document(replace(GROUP, note=" ", runbook="", assignee="", count=1))
    assert "#" not in text[1:] and "looks after" not in text and "Seen once" in text


def test_only_markdown_begins_with_it() -> None:
    assert exported(ExportFormat.markdown, [], GROUP).content.startswith(b"# KeyError")
    assert exported(ExportFormat.jsonl, [], GROUP).content == b""
