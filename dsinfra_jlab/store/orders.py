"""In which order a list of runs can be, as stretches that each follow an index.

What has no value to sort by comes last, ascending or descending. SQL could say
``NULLS LAST``, but then neither database follows the index any more: so a list is read in
stretches, those with a value first and the others, newest first, after them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, exists, literal, select, tuple_

from ..domain.exceptions import BadInput
from ..domain.limits import STORED_KEY_MAX_CHARS
from .base import UtcTime, from_microseconds, to_microseconds
from .cursors import Place
from .models import run, run_metric, run_param
from .search_sql import Condition

__all__ = ["RUN_ORDERS", "Stretch", "place_value", "stretches"]

RUN_ORDERS = (
    "queued_at",
    "started_at",
    "ended_at",
    "duration_s",
    "peak_rss",
    "metric.<key>",
    "param.<key>",
)
"""What runs can be sorted by; a leading minus turns it round."""


_COLUMNS = {
    "started_at": run.c.started_at,
    "ended_at": run.c.ended_at,
    "duration_s": run.c.duration_s,
    "peak_rss": run.c.peak_rss_bytes,
}
"""Orders that are those of a column."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the list that is in the order of one index."""

    seq: ColumnElement[int]
    """``run.seq``, or the same number in the table that leads."""
    is_descending: bool
    sort: ColumnElement[Any] | None = None
    """What it is sorted by before ``seq``."""
    where: tuple[Condition, ...] = ()
    source: FromClause | None = None
    """The table that leads, where it is not ``run``."""

    @property
    def is_by_seq(self) -> bool:
        """Whether it is in the order of nothing but ``seq``."""
        return self.sort is None and self.source is None

    def ordering(self) -> list[ColumnElement[Any]]:
        """Return what to sort by."""
        columns = [self.seq] if self.sort is None else [self.sort, self.seq]
        return [column.desc() if self.is_descending else column.asc() for column in columns]

    def after(self, place: Place) -> Condition:
        """Return whether a run comes after that place of this stretch.

        Raises
        ------
        BadInput
            The value in the place is of another type than the column.
        """
        if self.sort is None:
            key, limit = self.seq, literal(place.seq)
            return key < limit if self.is_descending else key > limit
        value = _sort_value(self.sort, place.value)
        keys = tuple_(self.sort, self.seq)
        limits = tuple_(literal(value, self.sort.type), literal(place.seq))
        return keys < limits if self.is_descending else keys > limits


def place_value(value: Any) -> float | int | str | None:
    """Return what a cursor holds for a value that was sorted by."""
    return to_microseconds(value) if hasattr(value, "tzinfo") else value


def _sort_value(column: ColumnElement[Any], value: Any) -> Any:
    """Undo ``place_value``."""
    try:
        if isinstance(column.type, UtcTime):
            return from_microseconds(int(value))
        is_text = column.type.python_type is str
        return str(value) if is_text else float(value)
    except (TypeError, ValueError, OverflowError):
        raise BadInput("The cursor is not one that this list gave. Leave it out.") from None


def stretches(order: str) -> list[Stretch]:
    """Return the parts of a list in this order.

    Raises
    ------
    BadInput
        There is no such order.
    """
    is_descending, name = order.startswith("-"), order.removeprefix("-")
    kind, _, key = name.partition(".")
    if name == "queued_at":
        return [Stretch(run.c.seq, is_descending)]
    if (column := _COLUMNS.get(name)) is not None:
        return [
            Stretch(run.c.seq, is_descending, column, (column.is_not(None),)),
            Stretch(run.c.seq, True, None, (column.is_(None),)),
        ]
    if kind == "metric" and 0 < len(key) <= STORED_KEY_MAX_CHARS:
        return _by_metric(key, is_descending)
    if kind == "param" and 0 < len(key) <= STORED_KEY_MAX_CHARS:
        return _by_param(key, is_descending)
    raise BadInput(
        f"Runs cannot be ordered by {name!r}. Known orders are {', '.join(RUN_ORDERS)}, "
        "each also with a leading minus.",
        {"order": order, "known": list(RUN_ORDERS)},
    )


def _by_metric(key: str, is_descending: bool) -> list[Stretch]:
    table = run_metric
    has_key = table.c.key == key
    number = table.c.number
    other = table.alias()
    found = select(other.c.run_seq).where(
        other.c.run_seq == run.c.seq, other.c.key == key, other.c.number.is_not(None)
    )
    return [
        Stretch(table.c.run_seq, is_descending, number, (has_key, number.is_not(None)), table),
        Stretch(run.c.seq, True, None, (~exists(found.correlate(run)),)),
    ]


def _by_param(key: str, is_descending: bool) -> list[Stretch]:
    """Numbers first, then texts."""
    table = run_param
    has_key = table.c.key == key
    number, word, seq = table.c.number, table.c.word, table.c.run_seq
    other = table.alias()
    found = select(other.c.run_seq).where(other.c.run_seq == run.c.seq, other.c.key == key)
    return [
        Stretch(seq, is_descending, number, (has_key, number.is_not(None)), table),
        Stretch(seq, is_descending, word, (has_key, number.is_(None)), table),
        Stretch(run.c.seq, True, None, (~exists(found.correlate(run)),)),
    ]
