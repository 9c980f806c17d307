"""Reading what the last sessions of a notebook took at most."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Select, select

from ..domain.resources.limits import NOTEBOOK_PEAK_SESSIONS, NOTEBOOK_PEAK_WALK
from ..domain.resources.right_sizing import SessionPeaks, merged_peak
from ..domain.runs.records import RunKind, RunStatus
from .experiments import documents_at
from .models import run
from .peaks import PEAK_COLUMNS, peak_in
from .search_sql import live

__all__ = ["peaks_of_notebook"]


def peaks_of_notebook(connection: Connection, notebook_path: str) -> list[SessionPeaks]:
    """Return the peaks of the last sessions of a notebook, newest first.

    Only the newest cells are looked at, so that asking costs the same however many there are.
    """
    seqs = documents_at(connection, notebook_path)
    if not seqs:
        return []
    # Two walks of an index each, where one condition for both would have none.
    own = _newest().where(run.c.document_seq.in_(seqs))
    plain = _newest().where(run.c.document_seq.is_(None), run.c.experiment_seq.in_(seqs))
    rows = [*connection.execute(own), *connection.execute(plain)]
    rows.sort(key=lambda row: row.seq, reverse=True)
    found: dict[Any, SessionPeaks] = {}
    for row in rows[:NOTEBOOK_PEAK_WALK]:
        session = row.parent_id or row.kernel_id
        known = found.get(session)
        if known is None:
            if len(found) >= NOTEBOOK_PEAK_SESSIONS:
                break
            known = SessionPeaks(None, None, has_died=False)
        found[session] = replace(
            known,
            rss=merged_peak(known.rss, peak_in(row._mapping, "peak_rss")),
            gpu_memory=merged_peak(known.gpu_memory, peak_in(row._mapping, "gpu_peak")),
            has_died=known.has_died or row.status is RunStatus.kernel_died,
        )
    return list(found.values())


def _newest() -> Select[Any]:
    columns = [run.c[name] for name in ("seq", "parent_id", "kernel_id", "status", *PEAK_COLUMNS)]
    return (
        select(*columns)
        # What was sent elsewhere took its memory there.
        .where(live(), run.c.kind == RunKind.cell, run.c.target.is_(None))
        .order_by(run.c.seq.desc())
        .limit(NOTEBOOK_PEAK_WALK)
    )
