"""Reading what runs took of the machine."""

from __future__ import annotations

from itertools import islice

from sqlalchemy import Connection, select

from ..domain.ids import CellId, RunId
from ..domain.resources.limits import CELL_PEAK_RUNS, CELL_PEAK_WALK
from ..domain.resources.samples import RunSamples
from ..domain.runs.records import RunStatus
from .experiments import documents_at
from .models import run
from .runs import not_found
from .sample_models import run_samples
from .sample_series import unpack_samples
from .trials import is_of_document, of_cell
from .upserts import stored_key

__all__ = ["peaks_of_cell", "samples_of"]


def samples_of(connection: Connection, run_id: RunId) -> RunSamples:
    """Return the series of a run, empty ones if nobody looked; raises ``NotFound``."""
    columns = run_samples.c
    statement = (
        select(run.c.deleted_at, columns.about, columns.body)
        .join_from(run, run_samples, run.c.seq == columns.run_seq, isouter=True)
        .where(run.c.id == run_id)
    )
    row = connection.execute(statement).first()
    if row is None or row.deleted_at is not None:
        raise not_found(run_id)
    return unpack_samples(row.about, row.body)


def peaks_of_cell(
    connection: Connection, cell_id: CellId, notebook_path: str | None
) -> list[tuple[int | None, int | None]]:
    """Return the peaks of the newest runs of a cell that were ok, resident and GPU memory.

    Only runs of which a peak is known, and of a cell that was run very often only the newest
    are looked at.
    """
    peaks = (run.c.peak_rss_bytes, run.c.gpu_peak_bytes)
    newest = of_cell(stored_key(cell_id), run.c.status, *peaks).limit(CELL_PEAK_WALK)
    if notebook_path is not None:
        seqs = documents_at(connection, notebook_path)
        if not seqs:
            return []
        newest = newest.where(is_of_document(seqs))
    # Read until there are enough, and not by a condition: nearly all runs meet it.
    good = (
        (rss, gpu)
        for status, rss, gpu in connection.execute(newest)
        if status is RunStatus.ok and (rss, gpu) != (None, None)
    )
    return list(islice(good, CELL_PEAK_RUNS))
