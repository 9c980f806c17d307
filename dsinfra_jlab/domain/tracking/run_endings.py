"""Ends runs: by the evidence there is, and once more when later evidence says how."""

from __future__ import annotations

from dataclasses import replace

from .. import limits
from ..changes import Change, SaveRun
from ..runs.records import RunStatus
from .error_book import ErrorBook
from .numbering import MessageNumbers
from .output_book import OutputBook
from .run_shelf import RunShelf
from .tracked_run import Moment, TrackedRun
from .verdict import EndCause, KernelEnd, describe_end, judge


class RunEndings:
    """What is known of how the runs of one kernel ended, which explains those after them.

    Parameters
    ----------
    runs, outputs, numbers, errors
        The books of the same kernel that an end is told to.
    """

    def __init__(
        self, runs: RunShelf, outputs: OutputBook, numbers: MessageNumbers, errors: ErrorBook
    ) -> None:
        self._runs = runs
        self._outputs = outputs
        self._numbers = numbers
        self._errors = errors
        self._blocker: str | None = None
        """What later replies ``aborted`` will be explained by."""
        self._interrupt_asked_s: float | None = None

    def interrupt_asked(self, at: Moment) -> None:
        """The user asked for an interrupt of what runs."""
        self._interrupt_asked_s = at.monotonic_s
        for run in self._runs.open.values():
            run.is_interrupt_asked = run.is_interrupt_asked or run.has_begun

    def process_ended(self, end: KernelEnd, at: Moment) -> list[Change]:
        """The kernel process is gone: what explained its runs explains no later ones."""
        changes = self._explain_interrupts(end, at)
        self._blocker = self._interrupt_asked_s = None
        return changes

    def finish(self, run: TrackedRun, at: Moment, end: KernelEnd | None = None) -> list[Change]:
        """End a run by the evidence there is."""
        forgotten = self._runs.end(run)
        verdict = judge(run.evidence(end, self._blocker))
        run.close(verdict, at, self._numbers.missed(run.message_id))
        self._remember_blocker(run)
        changes: list[Change] = [SaveRun(run.record)]
        changes += self._errors.ended(run, at, end)
        changes += self._outputs.of(run, at)
        self._outputs.keep(run)
        if forgotten is not None:
            self._outputs.forget(forgotten)
        return changes

    def correct(self, run: TrackedRun) -> list[Change]:
        """Evidence came after the run was ended without it."""
        before = run.record
        verdict = judge(run.evidence(None, self._blocker))
        run.correct(verdict, self._numbers.missed(run.message_id))
        self._remember_blocker(run)
        changes: list[Change] = [] if run.record == before else [SaveRun(run.record)]
        return [*changes, *self._errors.corrected(run)]

    def recount(self, parent_id: str) -> list[Change]:
        """Messages of an ended run turned out to be missing."""
        run = self._runs.ended.get(parent_id)
        missed = self._numbers.missed(parent_id)
        if run is None or run.record.missed_messages == missed:
            return []
        run.record = replace(run.record, missed_messages=missed)
        return [SaveRun(run.record)]

    def _remember_blocker(self, run: TrackedRun) -> None:
        status, count = run.record.status, run.record.execution_count
        if status in (RunStatus.error, RunStatus.interrupted):
            what = "failed" if status is RunStatus.error else "was interrupted"
            self._blocker = f"cell [{count}] {what}" if count else f"a cell before {what}"
        elif status is RunStatus.ok:
            self._blocker = None

    def _explain_interrupts(self, end: KernelEnd, at: Moment) -> list[Change]:
        """Jupyter interrupts a kernel before it restarts it: say what the user really did."""
        asked_s = self._interrupt_asked_s
        is_asked = asked_s is not None and at.monotonic_s - asked_s < limits.SAME_ACT_S
        if is_asked or end.cause not in (EndCause.restarted, EndCause.shut_down):
            return []
        changes: list[Change] = []
        for run in self._runs.ended.values():
            if run.record.status is not RunStatus.interrupted or run.closing is None:
                continue
            if at.monotonic_s - run.closing.monotonic_s < limits.SAME_ACT_S:
                run.record = replace(run.record, status_reason=describe_end(end))
                changes.append(SaveRun(run.record))
        return changes
