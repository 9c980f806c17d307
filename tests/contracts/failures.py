"""Runs that fail, and how their groups stand then."""

from __future__ import annotations

from typing import Any

from dsinfra_jlab.domain.changes import (
    Change,
    SaveError,
    SaveRun,
)
from dsinfra_jlab.domain.errors.groups import ErrorGroup, ErrorQuery, GroupState
from dsinfra_jlab.domain.ids import ErrorGroupId
from dsinfra_jlab.store import SqlStore
from tests.store.error_samples import failed, seen

G = ErrorGroupId("g")
DAY = 86_400


async def write(store: SqlStore, *changes: Change) -> None:
    store.record(changes)
    await store.flush()


def fails(name: str, seconds: float, **changes: Any) -> list[Change]:
    """Return what is recorded of a run that fails."""
    names = [name for name in ("document", "status") if name in changes]
    of_run: dict[str, Any] = {name: changes.pop(name) for name in names}
    if "cell_id" in changes:
        of_run["cell_id"] = changes["cell_id"]
    return [
        SaveRun(failed(name, seconds, **of_run)),
        SaveError(seen(name, seconds + 0.5, **changes)),
    ]


async def group(store: SqlStore, group_id: str = "g") -> ErrorGroup:
    return await store.error_group(ErrorGroupId(group_id))


async def state(store: SqlStore, group_id: str = "g") -> GroupState:
    return (await group(store, group_id)).state


async def listed(store: SqlStore, **query: Any) -> list[str]:
    return [one.id for one in (await store.error_groups(ErrorQuery(**query))).items]
