"""What users have written of a group of errors, as Markdown before its occurrences."""

from __future__ import annotations

from collections.abc import Iterator

from ..groups import ErrorGroup
from .markdown import escaped


def group_document(group: ErrorGroup) -> str:
    """Return title, standing, note and runbook of a group, ended by a newline.

    Note and runbook are Markdown of the users' own and stay as they are.
    """
    return "\n".join(_lines(group)) + "\n"


def _lines(group: ErrorGroup) -> Iterator[str]:
    yield f"# {escaped(group.title)}"
    yield ""
    times = "once" if group.count == 1 else f"{group.count:,} times"
    standing = escaped(group.state_reason or group.state.value)
    dates = f"first {group.first_at:%Y-%m-%d}, last {group.last_at:%Y-%m-%d}"
    yield f"Seen {times}, {dates}; {standing}."
    if group.assignee:
        yield f"{escaped(group.assignee)} looks after it."
    for heading, text in (("Note", group.note), ("Runbook", group.runbook)):
        if text.strip():
            yield from ("", f"## {heading}", "", text.strip())
