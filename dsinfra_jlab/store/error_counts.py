"""Counts of errors, kept with every write instead of counted with every look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Table, and_, bindparam, case, delete, update
from sqlalchemy.dialects import postgresql, sqlite

from ..domain.errors.occurrences import Category
from .error_models import (
    error_bucket,
    error_cell,
    error_environment,
    error_notebook,
    error_trend,
)

__all__ = ["DAY_S", "HOUR_S", "ErrorCounts", "Spot", "bucket_start"]

HOUR_S = 3_600
DAY_S = 86_400

Key = tuple[Any, ...]


class Spot(NamedTuple):
    """What an occurrence is counted by."""

    group_seq: int
    run_seq: int
    at: datetime
    category: Category
    document_seq: int
    cell_id: str
    environment_id: str | None

    @classmethod
    def of(cls, values: Any) -> Spot:
        """Return it for a row of the table, given as a mapping."""
        return cls(*(values[name] for name in cls._fields))


def bucket_start(at: datetime, bucket_s: int) -> int:
    """Return when the hour or day of a moment began, in seconds since 1970."""
    return int(at.timestamp() // bucket_s) * bucket_s


class ErrorCounts:
    """How much each count goes up or down in one transaction."""

    def __init__(self) -> None:
        self._buckets: defaultdict[Key, int] = defaultdict(int)
        self._trends: defaultdict[Key, int] = defaultdict(int)
        self._notebooks: defaultdict[Key, int] = defaultdict(int)
        self._cells: defaultdict[Key, int] = defaultdict(int)
        self._environments: defaultdict[Key, int] = defaultdict(int)
        self._first_at: dict[Key, datetime] = {}
        self._last_at: dict[Key, datetime] = {}
        self._since: dict[Key, int] = {}

    def add(self, spot: Spot) -> None:
        """Count an occurrence whose run is not in the trash."""
        self._shift(spot, 1)
        notebook = (spot.group_seq, spot.document_seq)
        cell = (spot.group_seq, spot.document_seq, spot.cell_id)
        environment = (spot.group_seq, spot.environment_id)
        for key in (notebook, environment):
            self._last_at[key] = max(spot.at, self._last_at.get(key, spot.at))
            self._first_at[key] = min(spot.at, self._first_at.get(key, spot.at))
        self._since[cell] = max(spot.run_seq, self._since.get(cell, spot.run_seq))

    def take(self, spot: Spot) -> None:
        """Count an occurrence no more."""
        self._shift(spot, -1)

    def _shift(self, spot: Spot, sign: int) -> None:
        for bucket_s in (HOUR_S, DAY_S):
            start_s = bucket_start(spot.at, bucket_s)
            self._buckets[spot.group_seq, bucket_s, start_s] += sign
            self._trends[bucket_s, start_s, spot.category] += sign
        self._notebooks[spot.group_seq, spot.document_seq] += sign
        self._cells[spot.group_seq, spot.document_seq, spot.cell_id] += sign
        if spot.environment_id is not None:
            self._environments[spot.group_seq, spot.environment_id] += sign

    def write(self, connection: Connection) -> None:
        """Add what was counted to the rows; the groups of all of them are locked by now."""
        first, last = self._first_at, self._last_at
        _write(connection, error_bucket, self._buckets, {})
        _write(
            connection,
            error_notebook,
            self._notebooks,
            {key: {"last_at": last[key]} for key in self._notebooks if key in last},
        )
        # A cell that is counted for the first time fails; what is known better is written after.
        _write(
            connection,
            error_cell,
            self._cells,
            {key: {"since_seq": seq, "is_failing": True} for key, seq in self._since.items()},
        )
        _write(
            connection,
            error_environment,
            self._environments,
            {
                key: {"first_at": first[key], "last_at": last[key]}
                for key in self._environments
                if key in last
            },
        )
        # Last, since these rows are shared by all groups.
        _write(connection, error_trend, self._trends, {})


def _write(
    connection: Connection,
    table: Table,
    deltas: Mapping[Key, int],
    others: Mapping[Key, Mapping[str, Any]],
) -> None:
    names = [column.name for column in table.primary_key]
    more: list[dict[str, Any]] = []
    less: list[dict[str, Any]] = []
    for key in sorted(deltas):
        row = dict(zip(names, key, strict=True))
        if deltas[key] > 0:
            more.append({**row, "count": deltas[key], **others.get(key, {})})
        elif deltas[key] < 0:
            less.append({**{f"at_{name}": row[name] for name in names}, "less": -deltas[key]})
    if more:
        _add(connection, table, names, more)
    if less:
        here = and_(*(table.c[name] == bindparam(f"at_{name}") for name in names))
        total = table.c["count"]
        connection.execute(
            update(table).where(here).values({"count": total - bindparam("less")}), less
        )
        for row in less:
            del row["less"]
        connection.execute(delete(table).where(here, total <= 0), less)


def _add(
    connection: Connection, table: Table, names: Sequence[str], rows: list[dict[str, Any]]
) -> None:
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = make(table)
    new = statement.excluded
    values: dict[str, Any] = {"count": table.c["count"] + new["count"]}
    if "last_at" in rows[0]:
        values["last_at"] = _later(table.c.last_at, new["last_at"])
    if "first_at" in rows[0]:
        values["first_at"] = case(
            (new["first_at"] < table.c.first_at, new["first_at"]), else_=table.c.first_at
        )
    connection.execute(
        statement.on_conflict_do_update(index_elements=list(names), set_=values), rows
    )


def _later(old: Column[Any], new: Any) -> Any:
    return case((new > old, new), else_=old)
