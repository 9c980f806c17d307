"""How fast what jobs need gets to their targets, by those that went there before."""

from __future__ import annotations

from collections import deque
from typing import Any

from ..domain.compute.job_events import JobEvent
from ..domain.compute.jobs import JobId, JobRecord
from ..domain.compute.limits import TARGETS_MAX, TRANSFER_MEASURED_BYTES, TRANSFERS_KEPT
from ..domain.limits import MOMENT_MAX_S


class Transfers:
    """What was measured since the server began; for the event loop only.

    A transfer is what stands between a job that is packed and its first line of code and grows
    with what it takes along: the way of its files through the engine, where they go that way, and
    the time that the job's kernel takes to make the variables of them. Each is measured by one
    clock, the agent's or the worker's.
    """

    def __init__(self) -> None:
        self._seen: dict[str, deque[tuple[int, float]]] = {}
        self._sent_s: dict[JobId, float] = {}
        self._kernel_at: dict[JobId, float] = {}

    def saw(self, job: JobRecord, event: JobEvent) -> None:
        """Take an event of a job."""
        kind = event.get("kind")
        if kind == "sent":
            self._sent_s[job.id] = _seconds(event.get("seconds")) or 0.0
        elif kind == "kernel":
            at = _seconds(event.get("at"))
            if at is not None:
                self._kernel_at[job.id] = at
        elif kind == "request":
            begun, ready = self._kernel_at.get(job.id), _seconds(event.get("at"))
            if begun is not None and ready is not None and ready >= begun:
                seconds = ready - begun + self._sent_s.get(job.id, 0.0)
                self._note(job.target, job.sent_bytes or 0, seconds)
            self.forget(job.id)

    def forget(self, job_id: JobId) -> None:
        """Forget a job that goes on no more."""
        self._sent_s.pop(job_id, None)
        self._kernel_at.pop(job_id, None)

    def expected_s(self, target: str, size_bytes: int) -> float | None:
        """Return how long so much should take to a target; ``None`` if nothing was measured."""
        seen = self._seen.get(target)
        if not seen:
            return None
        return size_bytes * sum(took for _, took in seen) / sum(size for size, _ in seen)

    def _note(self, target: str, size_bytes: int, seconds: float) -> None:
        if size_bytes < TRANSFER_MEASURED_BYTES:
            return
        # Moved to the end: what goes if there are too many is the target not used for longest.
        seen = self._seen.pop(target, None) or deque(maxlen=TRANSFERS_KEPT)
        seen.append((size_bytes, seconds))
        self._seen[target] = seen
        while len(self._seen) > TARGETS_MAX:
            del self._seen[next(iter(self._seen))]


def _seconds(value: Any) -> float | None:
    """Return a time or duration of an event, ``None`` if it is none."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < MOMENT_MAX_S else None
