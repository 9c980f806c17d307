"""What users change of groups of errors."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from ..domain.errors.group_states import after_patch
from ..domain.errors.groups import ErrorGroup, ErrorGroupPatch, GroupState
from ..domain.ids import ErrorGroupId
from ..domain.storable import storable_text
from .base import to_microseconds
from .error_cells import close_cells, open_cells
from .error_groups import lock_groups, write_groups
from .error_queries import group_not_found, group_of
from .search_sql import seq_floor
from .written import Written

__all__ = ["patch_group"]


def patch_group(
    connection: Connection,
    group_id: ErrorGroupId,
    patch: ErrorGroupPatch,
    user: str | None,
    now: datetime,
    written: Written,
) -> ErrorGroup:
    """Change a group and return it; raises ``NotFound``, ``BadInput``."""
    drafts = list(lock_groups(connection, [group_id]).values())
    if not drafts or not drafts[0].values["is_shown"]:
        raise group_not_found(group_id)
    (draft,) = drafts
    values = draft.values
    draft.standing = after_patch(
        draft.standing, patch, None if user is None else storable_text(user), now
    )
    if patch.state is GroupState.resolved:
        close_cells(connection, draft.seq)
    elif patch.state is GroupState.ongoing:
        open_cells(connection, draft.seq, seq_floor(to_microseconds(now)))
    if patch.severity is not None:
        values.update(severity=patch.severity, severity_is_users=True)
    for name in ("note", "runbook", "assignee"):
        text = getattr(patch, name)
        if text is not None:
            values[name] = storable_text(text)
    write_groups(connection, [draft], written)
    return group_of(connection, group_id, now)
