"""Errors as a terminal shows them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from ..domain.errors.groups import ErrorGroup
from .table import Column, plain, table

__all__ = ["as_json", "group_text", "groups_table"]

ID_CHARS = 8
"""Digits of an id that a table shows: enough to tell some ten thousand groups apart."""

_COLUMNS = (
    Column("ID"),
    Column("STATE"),
    Column("SEVERITY"),
    Column("CATEGORY"),
    Column("COUNT", is_right=True),
    Column("LAST SEEN"),
    Column("NOTEBOOK", min_width=12, is_path=True),
    Column("ERROR", min_width=20),
)


def groups_table(groups: Sequence[ErrorGroup], width: int | None) -> str:
    """Return groups as a table of at most this width."""
    rows = [
        (
            group.id[:ID_CHARS],
            group.state.value,
            group.severity.value,
            group.category.value,
            f"{group.count:,}",
            _moment(group.last_at),
            _notebooks(group),
            group.title,
        )
        for group in groups
    ]
    return table(_COLUMNS, rows, width)


def group_text(group: ErrorGroup) -> str:
    """Return a group as lines of what is known of it."""
    state = group.state.value
    facts = [
        ("group", group.id),
        ("state", f"{state}: {group.state_reason}" if group.state_reason else state),
        ("severity", group.severity.value),
        ("category", group.category.value),
        ("happened", _how_often(group)),
        ("notebooks", _notebooks(group)),
        ("assignee", group.assignee),
        ("diagnosis", group.diagnosis),
        ("note", group.note),
    ]
    lines = [f"{name + ':':<11}{plain(text)}" for name, text in facts if text]
    if group.runbook:
        lines += ["", "Runbook", "", group.runbook]
    return "\n".join([plain(group.title), "", *lines]) + "\n"


def as_json(value: Any) -> str:
    """Return a value as JSON that does nothing to a terminal; moments have a ``Z``."""
    return json.dumps(msgspec.to_builtins(value), indent=2)


def _notebooks(group: ErrorGroup) -> str:
    if not group.notebooks:
        return ""
    more = group.notebook_count - 1
    return group.notebooks[0] + (f" +{more}" if more > 0 else "")


def _moment(at: datetime) -> str:
    """Return a moment in the time zone of this machine, in which people mean theirs."""
    return f"{at.astimezone():%Y-%m-%d %H:%M}"


def _how_often(group: ErrorGroup) -> str:
    times = "once" if group.count == 1 else f"{group.count:,} times"
    first, last = _moment(group.first_at), _moment(group.last_at)
    return f"{times}, {last}" if first == last else f"{times}, {first} to {last}"
