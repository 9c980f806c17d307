"""Who is next: the places of jobs that their targets have and have not begun."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from ..domain.compute.jobs import JobId, JobRecord, JobState


def queue_places(
    records: Iterable[JobRecord], was_handed_over: Callable[[JobId], bool]
) -> dict[JobId, int]:
    """Return how many jobs stand before each one that waits for a place on its target.

    Targets take jobs in the order in which they got them. Jobs of other servers are not known
    here, so a place is that among the jobs of this one.
    """
    places: dict[JobId, int] = {}
    before: Counter[str] = Counter()
    for job in sorted(records, key=lambda each: each.submitted_at):
        if job.state is JobState.queued and was_handed_over(job.id):
            places[job.id] = before[job.target]
            before[job.target] += 1
    return places
