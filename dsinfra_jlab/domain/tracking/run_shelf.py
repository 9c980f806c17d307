"""The runs of one kernel that are still of interest, by the id of their request."""

from __future__ import annotations

from collections import OrderedDict

from .. import limits
from .tracked_run import TrackedRun


class RunShelf:
    """Open runs, those that ended lately, and requests that are no runs."""

    def __init__(self) -> None:
        self.open: dict[str, TrackedRun] = {}
        """What is queued or running, in the order it was asked for."""
        self.ended: OrderedDict[str, TrackedRun] = OrderedDict()
        """What late messages can still correct, the oldest first."""
        self._ignored: OrderedDict[str, None] = OrderedDict()

    def find(self, message_id: str) -> TrackedRun | None:
        """Return the run of a request, ``None`` if there is none or it is forgotten."""
        return self.open.get(message_id) or self.ended.get(message_id)

    def add(self, run: TrackedRun) -> None:
        """Put a new run on the shelf."""
        self.open[run.message_id] = run

    def end(self, run: TrackedRun) -> TrackedRun | None:
        """Count a run among those that ended; return one that is forgotten for it."""
        del self.open[run.message_id]
        self.ended[run.message_id] = run
        if len(self.ended) <= limits.AMEND_WINDOW_RUNS:
            return None
        return self.ended.popitem(last=False)[1]

    def reopen(self, run: TrackedRun) -> None:
        """Take back the end of a run."""
        del self.ended[run.message_id]
        self.open[run.message_id] = run

    def ignore(self, message_id: str) -> None:
        """Remember that a request is no run."""
        self._ignored[message_id] = None
        if len(self._ignored) > limits.AMEND_WINDOW_RUNS:
            self._ignored.popitem(last=False)

    def is_ignored(self, message_id: str) -> bool:
        """Return whether a request is known to be no run."""
        return message_id in self._ignored
