"""Which outputs of one kernel are still to be stored, and which a later message may change."""

from __future__ import annotations

from collections import OrderedDict, deque

from .. import limits
from ..changes import Change
from .messages import OUTPUT_MESSAGES, Display, Message
from .tracked_run import Moment, TrackedRun


class OutputBook:
    """The outputs of all runs of one kernel, those of ended runs as long as there is room.

    An ended run may still print, from a thread, and any cell may update the display of another.
    """

    def __init__(self) -> None:
        self._dirty: dict[str, TrackedRun] = {}
        self._displays: OrderedDict[str, dict[str, TrackedRun]] = OrderedDict()
        self._kept: deque[tuple[TrackedRun, int]] = deque()
        self._kept_bytes = 0
        self.late = 0
        """Messages with outputs of runs whose own outputs are not kept in memory any more."""

    def due_times_s(self) -> list[float]:
        """Return when changed outputs are to be stored, by the monotonic clock."""
        return [run.flush_at_s for run in self._dirty.values()]

    def due(self, at: Moment | None) -> list[Change]:
        """Hand out changed outputs whose time has come; all of them if no time is given."""
        changes: list[Change] = []
        for run in list(self._dirty.values()):
            if at is None or at.monotonic_s >= run.flush_at_s:
                changes += self.of(run, at)
        return changes

    def of(self, run: TrackedRun, at: Moment | None) -> list[Change]:
        """Hand out the outputs of a run if they have changed."""
        if self._dirty.pop(run.message_id, None) is None:
            return []
        return list(run.take_outputs(at))

    def collect(self, run: TrackedRun, message: Message, *, is_own: bool) -> None:
        """Add what a message prints or shows to its run."""
        if run.outputs is None and isinstance(message, OUTPUT_MESSAGES):
            self.late += 1
        elif run.collect(message, is_own=is_own):
            self._dirty[run.message_id] = run
        if isinstance(message, Display) and message.display_id is not None:
            self._displays.setdefault(message.display_id, {})[run.message_id] = run
            if len(self._displays) > limits.DISPLAY_IDS_MAX:
                self._displays.popitem(last=False)

    def update_display(self, message: Message) -> None:
        """Update a display wherever it stands."""
        if not isinstance(message, Display) or message.display_id is None:
            return
        display_id = message.display_id
        for run in self._displays.get(display_id, {}).values():
            outputs = run.outputs
            if outputs and outputs.update_display(display_id, message.data, message.metadata):
                self._dirty[run.message_id] = run

    def keep(self, run: TrackedRun) -> None:
        """Keep the outputs of a run that ended; the oldest ones make room for them."""
        size = run.outputs.size_bytes if run.outputs else 0
        self._kept.append((run, size))
        self._kept_bytes += size
        while self._kept_bytes > limits.ENDED_OUTPUTS_MAX_BYTES and len(self._kept) > 1:
            oldest = self._let_go()
            oldest.outputs = None
            self._dirty.pop(oldest.message_id, None)
        if len(self._kept) > limits.AMEND_WINDOW_RUNS:
            self._let_go()

    def forget(self, run: TrackedRun) -> None:
        """Store nothing more of a run."""
        self._dirty.pop(run.message_id, None)

    def _let_go(self) -> TrackedRun:
        run, size = self._kept.popleft()
        self._kept_bytes -= size
        return run
