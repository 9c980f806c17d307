"""Turns what the probe says into what is kept of its runs.

Like the tracker it is pure: events in, changes out. Everything here is the kernel's claim, so
each kind of thing has a limit, and what is beyond it is counted with the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from .. import limits
from ..changes import Change, SaveCapture, SaveData, SavePoints, SaveRun, SaveTags, SaveValues
from ..ids import KernelId, MessageId, RunId, block_run_id
from ..lineage.data_flow import DataFlow, NotebookCells, Reading, Writer
from ..runs.capture import DataMode, RunCapture
from ..runs.metrics import POINT_BYTES
from ..runs.records import RunKind, RunRecord, RunStatus
from .probe_events import (
    BlockBegun,
    BlockEnded,
    CellSeen,
    DataTouched,
    Dropped,
    ExperimentNamed,
    Params,
    Points,
    ProbeEvent,
    Tags,
)
from .tracked_run import Moment, TrackedRun
from .verdict import EndCause, KernelEnd, Verdict, describe_end

_FOR_FORKS = (Points, Params, Tags, BlockBegun, BlockEnded, Dropped)
"""What a process forked by the kernel may say of the run it was forked in."""

_CREDIBLE_S = 60.0
"""How far the kernel's own time of a block may be from ours; beyond, its clock is wrong."""

_ENDS_OF_BLOCKS = {
    EndCause.died: RunStatus.kernel_died,
    EndCause.out_of_sight: RunStatus.lost,
}


class ProbeBook:
    """What the probe of one kernel has said, process after process."""

    def __init__(self, kernel_id: KernelId) -> None:
        self._kernel_id = kernel_id
        self._open_blocks: dict[RunId, tuple[TrackedRun, int]] = {}
        self.flow = DataFlow()
        self._unjudged: list[tuple[TrackedRun, Reading]] = []
        self.experiment: str | None = None
        """What the user named the experiment of what runs from now on."""

    def process_ended(self, end: KernelEnd, at: Moment) -> list[Change]:
        """End what the kernel's process left open."""
        status = _ENDS_OF_BLOCKS.get(end.cause, RunStatus.interrupted)
        verdict = Verdict(status, describe_end(end))
        changes: list[Change] = []
        for run, block in list(self._open_blocks.values()):
            changes.append(self._close_block(run, block, verdict, at.now, None))
        self.flow.restart()
        self._unjudged.clear()
        self.experiment = None
        return changes

    def notebook_read(self, notebook: NotebookCells | None) -> list[Change]:
        """Judge by the notebook as it is saved now; the cells just seen may have been quicker."""
        self.flow.notebook = notebook
        changes: list[Change] = []
        for run, reading in self._unjudged:
            flags = self.flow.flags(reading)
            if flags != run.record.flags:
                run.record = replace(run.record, flags=flags)
                changes.append(SaveRun(run.record))
        self._unjudged.clear()
        return changes

    def said(
        self, run: TrackedRun, events: list[ProbeEvent], at: Moment, *, is_own: bool
    ) -> list[Change]:
        """Apply events to the run they belong to; those that are not about a run are passed by.

        Parameters
        ----------
        is_own
            Whether the kernel's own process sent them, and not one that it forked.
        """
        changes: list[Change] = []
        for event in events:
            if is_own or isinstance(event, _FOR_FORKS):
                changes += self._apply(run, event, at)
        return changes

    def run_id(self, run: TrackedRun, block: int | None) -> RunId:
        """Return the run that something logged in a block, or in none, belongs to."""
        if block is None:
            return run.record.id
        return block_run_id(self._kernel_id, MessageId(run.message_id), block)

    def _apply(self, run: TrackedRun, event: ProbeEvent, at: Moment) -> list[Change]:
        if isinstance(event, Points):
            return self._points(run, event, at)
        if isinstance(event, Params):
            return self._params(run, event.block, event.params, at)
        if isinstance(event, Tags):
            return self._tags(run, event, at)
        if isinstance(event, CellSeen):
            return self._cell(run, event)
        if isinstance(event, BlockBegun):
            return self._begin_block(run, event, at)
        if isinstance(event, BlockEnded):
            return self._end_block(run, event, at)
        if isinstance(event, DataTouched):
            return self._data(run, event)
        if isinstance(event, Dropped):
            return self._drop(run, event.counts)
        if isinstance(event, ExperimentNamed):
            return self._name_experiment(run, event.name)
        return []

    # Values

    def _points(self, run: TrackedRun, event: Points, at: Moment) -> list[Change]:
        notes = run.probe
        series = (event.block, event.key)
        if series not in notes.counts and len(notes.counts) >= limits.RUN_KEYS_MAX:
            return self._drop(run, {"metrics": 1})
        before, count = notes.counts.get(series, 0), len(event.body) // POINT_BYTES
        room = min(limits.SERIES_MAX_POINTS - before, limits.RUN_MAX_POINTS - notes.points)
        kept = max(0, min(count, room))
        body = event.body[: kept * POINT_BYTES]
        if kept < count and before < 2 * limits.SERIES_MAX_POINTS:
            # Where a series is cut it goes on thinly: its last value stays the true one.
            body += event.body[-POINT_BYTES:]
        added = len(body) // POINT_BYTES
        notes.counts[series] = before + added
        notes.points += added
        changes = self._known_block(run, event.block, at)
        changes.append(SavePoints(self.run_id(run, event.block), event.key, before, body))
        if added < count:
            changes += self._drop(run, {"points": count - added})
        return changes

    def _params(
        self, run: TrackedRun, block: int | None, params: Mapping[str, Any], at: Moment
    ) -> list[Change]:
        kept = self._within_limit(run, block, "params", params, limits.RUN_KEYS_MAX)
        changes = self._known_block(run, block, at)
        if kept:
            changes.append(SaveValues(self.run_id(run, block), params=kept))
        if len(kept) < len(params):
            changes += self._drop(run, {"params": len(params) - len(kept)})
        return changes

    def _tags(self, run: TrackedRun, event: Tags, at: Moment) -> list[Change]:
        kept = self._within_limit(run, event.block, "tags", event.tags, limits.TAGS_MAX)
        changes = self._known_block(run, event.block, at)
        if kept:
            changes.append(SaveTags(self.run_id(run, event.block), kept))
        if len(kept) < len(event.tags):
            changes += self._drop(run, {"tags": len(event.tags) - len(kept)})
        return changes

    def _within_limit(
        self, run: TrackedRun, block: int | None, what: str, given: Mapping[str, Any], limit: int
    ) -> dict[str, Any]:
        """Return the entries that are not one too many."""
        keys = run.probe.keys
        prefix = f"{what}:"
        count = sum(1 for at, key in keys if at == block and key.startswith(prefix))
        kept: dict[str, Any] = {}
        for key, value in given.items():
            known = (block, prefix + key)
            if known not in keys:
                if count >= limit:
                    continue
                keys.add(known)
                count += 1
            kept[key] = value
        return kept

    # Cells

    def _cell(self, run: TrackedRun, event: CellSeen) -> list[Change]:
        notes, record = run.probe, run.record
        writer = Writer(record.id, record.cell_id, run.code_sha256, record.queued_at)
        sources = self.flow.sources(event.reads)
        reading = self.flow.reading(writer, event.reads)
        flags = self.flow.flags(reading)
        self._unjudged.append((run, reading))
        self.flow.wrote({*event.writes, *event.touches}, writer)
        run.seen_end = event
        run.record = replace(
            record,
            cpu_s=event.cpu_s,
            peak_gpu_memory=event.gpu_peak,
            rss_marks=event.rss_marks,
            flags=flags,
        )
        notes.dropped.update(event.dropped)
        notes.capture = RunCapture(
            reads=list(event.reads),
            writes=list(event.writes),
            touches=list(event.touches),
            sources={name: source.run_id for name, source in sources.items()},
            dropped=dict(notes.dropped),
            analysis=event.analysis,
        )
        logged = {key for block, key in notes.counts if block is None}
        metrics = {key: value for key, value in event.metrics.items() if key not in logged}
        written = {key.removeprefix("params:") for block, key in notes.keys if block is None}
        params = {key: value for key, value in event.params.items() if key not in written}
        changes: list[Change] = [SaveRun(run.record), SaveCapture(record.id, notes.capture)]
        if params or metrics:
            changes.append(SaveValues(record.id, params, metrics))
        return changes

    def _data(self, run: TrackedRun, event: DataTouched) -> list[Change]:
        notes = run.probe
        room = max(0, 2 * limits.DATA_ITEMS_MAX - notes.data_items)
        items = event.items[:room]  # each comes twice: at once, and with its digest
        notes.data_items += len(items)
        read = (item for item in items if item.mode is not DataMode.write and item.digest)
        notes.digests.update({item.name: item.digest or "" for item in read})
        changes: list[Change] = [SaveData(run.record.id, items, event.coverage)]
        if len(items) < len(event.items):
            changes += self._drop(run, {"data": len(event.items) - len(items)})
        return changes

    def _drop(self, run: TrackedRun, counts: Mapping[str, int]) -> list[Change]:
        """Count what was left out, where the user will look for it."""
        notes = run.probe
        notes.dropped.update(counts)
        capture = notes.capture or RunCapture(analysis="unseen")
        notes.capture = replace(capture, dropped=dict(notes.dropped))
        return [SaveCapture(run.record.id, notes.capture)]

    def _name_experiment(self, run: TrackedRun, name: str | None) -> list[Change]:
        self.experiment = name
        changes: list[Change] = []
        for block, record in run.probe.blocks.items():
            run.probe.blocks[block] = replace(record, experiment=name)
            changes.append(SaveRun(run.probe.blocks[block]))
        run.record = replace(run.record, experiment=name)
        return [SaveRun(run.record), *changes]

    # Blocks

    def _known_block(self, run: TrackedRun, block: int | None, at: Moment) -> list[Change]:
        """Make the run of a block whose beginning was not seen."""
        if block is None or block in run.probe.blocks:
            return []
        return self._begin_block(run, BlockBegun(block, None, "", at.now.timestamp(), {}), at)

    def _begin_block(self, run: TrackedRun, event: BlockBegun, at: Moment) -> list[Change]:
        blocks = run.probe.blocks
        if event.block in blocks or len(blocks) >= limits.BLOCKS_MAX:
            return [] if event.block in blocks else self._drop(run, {"blocks": 1})
        parent = blocks.get(event.parent) if event.parent is not None else None
        begun_at = max(_credible(event.at_s, at.now), run.record.queued_at)
        record = RunRecord(
            id=self.run_id(run, event.block),
            kind=RunKind.block,
            kernel_id=run.record.kernel_id,
            kernel_name=run.record.kernel_name,
            language=run.record.language,
            document=run.record.document,
            server_id=run.record.server_id,
            status=RunStatus.running,
            queued_at=begun_at,
            started_at=begun_at,
            parent_id=(parent or run.record).id,
            cell_id=run.record.cell_id,
            environment_id=run.record.environment_id,
            user=run.record.user,
            name=event.name,
            experiment=run.record.experiment,
        )
        blocks[event.block] = record
        self._open_blocks[record.id] = (run, event.block)
        return [SaveRun(record), *self._params(run, event.block, event.params, at)]

    def _end_block(self, run: TrackedRun, event: BlockEnded, at: Moment) -> list[Change]:
        record = run.probe.blocks.get(event.block)
        if record is None or record.status.is_final:
            return []
        first = event.evalue.strip().partition("\n")[0]
        reason = (f"{event.ename}: {first}" if first else event.ename) or None
        verdict = Verdict(event.status, reason, event.ename or None, event.evalue or None)
        ended_at = _credible(event.at_s, at.now)
        return [self._close_block(run, event.block, verdict, ended_at, event.duration_s)]

    def _close_block(
        self,
        run: TrackedRun,
        block: int,
        verdict: Verdict,
        ended_at: datetime,
        duration_s: float | None,
    ) -> Change:
        record = run.probe.blocks[block]
        ended_at = max(ended_at, record.queued_at)
        if duration_s is None or duration_s < 0:
            duration_s = (ended_at - record.queued_at).total_seconds()
        run.probe.blocks[block] = closed = replace(
            record,
            status=verdict.status,
            status_reason=verdict.reason,
            error_name=verdict.error_name,
            error_message=verdict.error_message,
            ended_at=ended_at,
            duration_s=duration_s,
        )
        self._open_blocks.pop(record.id, None)
        return SaveRun(closed)


def _credible(claimed_s: float, now: datetime) -> datetime:
    """Return the kernel's own time where it agrees with ours, else ours."""
    claimed = datetime.fromtimestamp(claimed_s, timezone.utc)
    return claimed if abs(now - claimed) < timedelta(seconds=_CREDIBLE_S) else now
