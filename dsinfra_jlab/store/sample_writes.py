"""Writing what runs took of the machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from ..domain.changes import SaveSamples
from ..domain.resources.samples import RunSamples
from ..domain.storable import storable_text, to_storable
from .models import run
from .peaks import PEAK_COLUMNS, peak_values
from .sample_models import run_samples
from .sample_series import about, pack_series
from .upserts import upsert
from .written import Written

__all__ = ["save_samples"]

_COLUMNS = (*PEAK_COLUMNS, "energy_j")
_UPDATE = (
    update(run)
    .where(run.c.seq == bindparam("at"))
    .values({name: bindparam(f"new_{name}", type_=run.c[name].type) for name in _COLUMNS})
)


def save_samples(connection: Connection, changes: Sequence[SaveSamples], written: Written) -> None:
    """Write peaks, energy and samples of runs."""
    if not changes:
        return
    old_by_id = _old_rows(connection, changes)
    values: dict[int, dict[str, Any]] = {}
    series: dict[int, dict[str, Any]] = {}
    for change in changes:
        old = old_by_id.get(storable_text(change.run_id))
        if old is None:
            written.drop("samples_of_unknown_run")
            continue
        # Of two changes of one run in a batch the second goes on from the first.
        old.update(_run_values(old, change))
        values[old["seq"]] = {f"new_{name}": old[name] for name in _COLUMNS}
        if _says_anything(change.samples):
            series[old["seq"]] = {
                "run_seq": old["seq"],
                "about": about(change.samples),
                "body": pack_series(change.samples),
            }
        written.run_ids.add(change.run_id)
    if values:
        connection.execute(_UPDATE, [{"at": seq, **columns} for seq, columns in values.items()])
    upsert(connection, run_samples, list(series.values()))


def _old_rows(connection: Connection, changes: Sequence[SaveSamples]) -> dict[str, dict[str, Any]]:
    """Return what is stored of these runs, locked until the end of the transaction."""
    ids = {storable_text(change.run_id) for change in changes}
    statement = select(run.c.id, run.c.seq, *(run.c[name] for name in _COLUMNS))
    statement = statement.where(run.c.id.in_(ids)).order_by(run.c.seq).with_for_update()
    return {row.id: dict(row._mapping) for row in connection.execute(statement)}


def _run_values(old: dict[str, Any], change: SaveSamples) -> dict[str, Any]:
    energy = to_storable(change.energy_j)
    is_number = isinstance(energy, (int, float)) and energy >= 0
    return {
        **peak_values(old, change.peak_rss, change.peak_gpu_memory),
        "energy_j": float(energy) if is_number else old["energy_j"],
    }


def _says_anything(samples: RunSamples) -> bool:
    """Whether it is worth a row: most cells are over before anybody looks."""
    return bool(samples.at_s or samples.gpus or samples.alerts)
