"""Groups of jobs: the items of one ``map``, told of together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, NewType

from ..bounds import Between
from ..ids import KernelId, RunId
from .jobs import JobRecord, JobState, KernelMode

JobGroupId = NewType("JobGroupId", str)

ITEM_ORDER: tuple[JobState, ...] = (
    JobState.error,
    JobState.lost,
    JobState.running,
    JobState.starting,
    JobState.queued,
    JobState.cancelled,
    JobState.ok,
)
"""In which order the items of a group are told of: first what somebody may have to look at."""


class JobGroupState(str, Enum):
    """Whether something of a group is still to come."""

    open = "open"
    ended = "ended"


@dataclass(frozen=True, slots=True)
class JobCounts:
    """How many items of a group stand in which state."""

    queued: int = 0
    starting: int = 0
    running: int = 0
    ok: int = 0
    error: int = 0
    cancelled: int = 0
    lost: int = 0

    @classmethod
    def of(cls, counted: Mapping[JobState, int]) -> JobCounts:
        """Return the counts that a mapping holds.

        >>> JobCounts.of({JobState.ok: 3}).ok
        3
        """
        return cls(**{state.value: count for state, count in counted.items()})

    def count(self, state: JobState) -> int:
        """Return how many are in a state."""
        return int(getattr(self, state.value))

    @property
    def open(self) -> int:
        """How many have not ended."""
        return sum(self.count(each) for each in JobState if not each.is_final)

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self.count(each) for each in JobState)


@dataclass(frozen=True, slots=True)
class JobGroupRecord:
    """What the store knows of a group; items that were sent again are left out."""

    id: JobGroupId
    first: JobRecord
    """The item that was sent first."""
    counts: JobCounts
    started_at: datetime | None
    """When the first of its items began."""
    ended_at: datetime | None
    """When the last one ended that has ended."""
    worked: timedelta
    """How long those took that have ended, all together."""
    running: int = 0
    """How many have begun and not ended."""
    mean_start: datetime | None = None
    """When these began, on average; null if there are none."""

    def worked_by(self, now: datetime) -> timedelta:
        """Return how long its items have run by now, all together."""
        if self.mean_start is None:
            return self.worked
        return self.worked + max(timedelta(), now - self.mean_start) * self.running


@dataclass(frozen=True, slots=True)
class JobGroup:
    """A group of jobs as the API shows it."""

    id: JobGroupId
    name: str
    """The function or expression that is called for each item."""
    code_line: str
    target: str
    kernel_id: KernelId | None
    notebook_path: str | None
    parent_run_id: RunId | None
    """The run of the cell that sent it, or of the session."""
    mode: KernelMode
    user: str | None
    counts: JobCounts
    """An item that was sent again counts once, as it stands now."""
    submitted_at: datetime
    """When the first item was sent."""
    started_at: datetime | None
    """When the first of its items began."""
    ended_at: datetime | None
    """When the last one ended; null while some are open."""
    duration_s: float | None
    """From the first start to the end, or to now."""
    worked_s: float
    """How long its items have run, all together."""
    cost: float | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class JobGroupQuery:
    """Which groups to list, newest first."""

    state: JobGroupState | None = None
    limit: Annotated[int, Between(1, 200)] = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class GroupItemsQuery:
    """Which stretch of the items of a group."""

    limit: Annotated[int, Between(1, 500)] = 100
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class GroupRetry:
    """What came of sending the failed items of a group again."""

    group: JobGroup
    sent: int
    refused: int
    """How many could not be sent."""
    reason: str
    """Why the first of these could not; empty if all could."""
    left: int
    """How many wait to be asked for: no more than some are sent for one request."""


def group_name(item_name: str) -> str:
    """Return what a group is called, by the name of one of its items.

    >>> group_name("train(lr=0.1)"), group_name("train")
    ('train', 'train')
    """
    return item_name.partition("(")[0].strip()
