"""What users change of a run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from ..domain.ids import ExperimentId, RunId
from ..domain.runs.records import Run, RunPatch
from ..domain.storable import storable_text
from .models import experiment, run, run_tag, run_tag_by_hand
from .records import Written
from .runs import not_found, run_of
from .trash import bring_back, put_away, row_of
from .upserts import stored_key, upsert
from .words import indexed_words, write_words

__all__ = ["delete_run", "patch_run"]


def patch_run(
    connection: Connection, run_id: RunId, patch: RunPatch, now: datetime, written: Written
) -> Run:
    """Change a run and return it; raises ``NotFound``."""
    row = row_of(connection, run_id)
    if row is None or (row.deleted_at is not None and patch.is_deleted is not False):
        raise not_found(run_id)
    seq = row.seq
    values: dict[str, Any] = {}
    if patch.name is not None:
        values["name"] = storable_text(patch.name)
    if patch.note is not None:
        values["note"] = storable_text(patch.note)
    if patch.is_starred is not None:
        values["is_starred"] = patch.is_starred
    if values:
        connection.execute(update(run).where(run.c.seq == seq).values(values))
    if "name" in values or "note" in values:
        _index_again(connection, seq)
    if patch.tags is not None:
        _replace_tags(connection, seq, patch.tags)
    changed = [row]
    if patch.is_deleted is False and row.deleted_at is not None:
        changed = bring_back(connection, row, written)
    elif patch.is_deleted:
        changed = put_away(connection, row, now, written)
    _tell(connection, changed, written)
    return run_of(connection, run_id, in_trash=bool(patch.is_deleted))


def delete_run(connection: Connection, run_id: RunId, now: datetime, written: Written) -> None:
    """Put a run and everything below it into the trash; raises ``NotFound``."""
    row = row_of(connection, run_id)
    if row is None or row.deleted_at is not None:
        raise not_found(run_id)
    _tell(connection, put_away(connection, row, now, written), written)


def _index_again(connection: Connection, seq: int) -> None:
    columns = run.c
    searched = (columns.code, columns.error_name, columns.error_message, columns.name, columns.note)
    texts = connection.execute(select(*searched).where(columns.seq == seq)).one()
    write_words(connection, {seq: indexed_words(*texts)})


def _replace_tags(connection: Connection, seq: int, tags: dict[str, str]) -> None:
    """Set tags by hand; from then on code does not change those that are new, other or gone."""
    table = run_tag
    kept = {stored_key(key): storable_text(value) for key, value in tags.items()}
    own = select(table.c.key, table.c.value).where(table.c.run_seq == seq)
    before = {row.key: row.value for row in connection.execute(own)}
    changed = {key for key in {*before, *kept} if before.get(key) != kept.get(key)}
    connection.execute(table.delete().where(table.c.run_seq == seq))
    rows = [{"run_seq": seq, "key": key, "value": value} for key, value in kept.items()]
    if rows:
        connection.execute(table.insert(), rows)
    by_hand = [{"run_seq": seq, "key": key} for key in sorted(changed)]
    upsert(connection, run_tag_by_hand, by_hand, is_kept=True)


def _tell(connection: Connection, rows: list[Any], written: Written) -> None:
    """Note which runs and experiments changed; the parents' counts changed, too."""
    written.run_ids.update(row.id for row in rows)
    written.run_ids.update(row.parent_id for row in rows if row.parent_id is not None)
    seqs = {row.experiment_seq for row in rows}
    ids = connection.execute(select(experiment.c.id).where(experiment.c.seq.in_(seqs)))
    written.experiment_ids.update(ExperimentId(found) for found in ids.scalars())
