"""Writing what has a key: parameters, last values of metrics, tags."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from ..domain.changes import SaveTags, SaveValues
from ..domain.limits import STORED_KEY_MAX_CHARS
from ..domain.storable import storable_text, to_storable
from .models import run_metric, run_param, run_tag, run_tag_by_hand
from .records import Written
from .upserts import seqs_of, stored_key, upsert

__all__ = ["metric_columns", "save_tags", "save_values"]


def save_values(connection: Connection, changes: Sequence[SaveValues], written: Written) -> None:
    """Write parameters and last values of metrics; a metric that was logged stays as it is."""
    seqs = seqs_of(connection, [change.run_id for change in changes])
    params: dict[tuple[int, str], dict[str, Any]] = {}
    metrics: dict[tuple[int, str], dict[str, Any]] = {}
    for change in changes:
        seq = seqs.get(change.run_id)
        if seq is None:
            written.drop("values_of_unknown_run", len(change.params) + len(change.metrics))
            continue
        for name, value in change.params.items():
            key = stored_key(name)
            params[seq, key] = {"run_seq": seq, "key": key, **_param_columns(value)}
        for name, number in change.metrics.items():
            key = stored_key(name)
            metrics[seq, key] = {"run_seq": seq, "key": key, **metric_columns(number)}
        written.run_ids.add(change.run_id)
    upsert(connection, run_param, list(params.values()))
    seen_only = run_metric.c.point_count.is_(None)
    upsert(connection, run_metric, list(metrics.values()), seen_only)


def _param_columns(value: Any) -> dict[str, Any]:
    """Return the columns of a parameter: as number, as word, and as it is."""
    stored = to_storable(value)
    is_number = isinstance(stored, (int, float)) and not isinstance(stored, bool)
    word = stored if isinstance(stored, str) else json.dumps(stored, ensure_ascii=False)
    return {
        "number": float(stored) if is_number else None,
        "word": word[:STORED_KEY_MAX_CHARS],
        "value": stored,
    }


def metric_columns(number: float) -> dict[str, Any]:
    """Return the columns of a metric's last value: as number, else as a word."""
    try:
        value = float(number)
    except (TypeError, ValueError, OverflowError):
        value = math.nan
    if math.isfinite(value):
        return {"number": value, "word": None}
    return {"number": None, "word": to_storable(value)}


def save_tags(connection: Connection, changes: Sequence[SaveTags], written: Written) -> None:
    """Write tags that were set from code, all but those that a user set or removed by hand."""
    if not changes:
        return
    seqs = seqs_of(connection, [change.run_id for change in changes], is_locking=True)
    table = run_tag_by_hand
    by_hand = {
        (row.run_seq, row.key)
        for row in connection.execute(
            select(table.c.run_seq, table.c.key).where(table.c.run_seq.in_(seqs.values()))
        )
    }
    rows: dict[tuple[int, str], dict[str, Any]] = {}
    for change in changes:
        seq = seqs.get(change.run_id)
        if seq is None:
            written.drop("tags_of_unknown_run", len(change.tags))
            continue
        for name, value in change.tags.items():
            key = stored_key(name)
            if (seq, key) not in by_hand:
                rows[seq, key] = {"run_seq": seq, "key": key, "value": storable_text(value)}
        written.run_ids.add(change.run_id)
    upsert(connection, run_tag, list(rows.values()))
