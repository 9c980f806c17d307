"""What happened, as ids and no content: whoever wants more asks the API.

Only readings of the machine come whole: they are asked for each second, and are small.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from .compute.jobs import JobId
from .ids import ErrorGroupId, ExperimentId, RunId
from .resources.samples import Snapshot


@dataclass(frozen=True, slots=True)
class RunsChanged:
    """These runs were committed to the store in a new state."""

    run_ids: frozenset[RunId]
    experiment_ids: frozenset[ExperimentId]


@dataclass(frozen=True, slots=True)
class ErrorsChanged:
    """These groups were committed to the store in a new state, or got another occurrence."""

    group_ids: frozenset[ErrorGroupId]
    run_ids: frozenset[RunId] = frozenset()
    """Runs that have errors which they had not before."""


@dataclass(frozen=True, slots=True)
class HealthChanged:
    """``health`` answers differently now."""


@dataclass(frozen=True, slots=True)
class Looked:
    """The machine was looked at."""

    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class AlertsChanged:
    """These alerts were raised, have changed or are over."""

    alert_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class JobsChanged:
    """These jobs were committed to the store in a new state, or have put out more."""

    job_ids: frozenset[JobId]


@dataclass(frozen=True, slots=True)
class TargetsChanged:
    """These targets were added, changed or removed, or stand otherwise than before."""

    names: frozenset[str]


Event = (
    RunsChanged
    | ErrorsChanged
    | HealthChanged
    | Looked
    | AlertsChanged
    | JobsChanged
    | TargetsChanged
)
EventListener = Callable[[Event], None]
"""Called on whichever thread the event arose in; must return at once."""


class Topic(str, Enum):
    """What a client of the events websocket may ask to be told of."""

    run = "run"
    error = "error"
    health = "health"
    samples = "samples"
    alert = "alert"
    job = "job"
    target = "target"


@dataclass(frozen=True, slots=True)
class WatchRequest:
    """What a client of the events websocket sends: what it wants to hear of from now on."""

    type: Literal["watch"]
    topics: list[Topic] = field(default_factory=list)
    """Replaces the topics asked for before."""
    visible: bool = True
    """Whether anybody looks. While not, nothing is sent; then, what changed meanwhile."""


@dataclass(frozen=True, slots=True)
class RunEvent:
    """Some runs have changed; their content is for the API to give."""

    run_ids: list[RunId]
    experiment_ids: list[ExperimentId]
    is_complete: bool
    """False if more has changed than is listed: fetch again whatever is shown."""
    seq: int
    """Rises with each event of this server's life."""
    type: Literal["run"] = "run"


@dataclass(frozen=True, slots=True)
class ErrorEvent:
    """Some groups of errors have changed."""

    group_ids: list[ErrorGroupId]
    run_ids: list[RunId]
    """Runs that have errors which they had not before."""
    is_complete: bool
    """False if more has changed than is listed: fetch again whatever is shown."""
    seq: int
    """Rises with each event of this server's life."""
    type: Literal["error"] = "error"


@dataclass(frozen=True, slots=True)
class HealthEvent:
    """``health`` answers differently now."""

    seq: int
    """Rises with each event of this server's life."""
    type: Literal["health"] = "health"


@dataclass(frozen=True, slots=True)
class SamplesEvent:
    """The machine as last read; what was read in between is never sent."""

    snapshot: Snapshot
    seq: int
    """Rises with each event of this server's life."""
    type: Literal["samples"] = "samples"


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """Some alerts were raised, have changed or are over."""

    alert_ids: list[str]
    is_complete: bool
    """False if more has changed than is listed: fetch again whatever is shown."""
    seq: int
    """Rises with each event of this server's life."""
    type: Literal["alert"] = "alert"


@dataclass(frozen=True, slots=True)
class JobEvent:
    """Some jobs have changed, or have put out more."""

    job_ids: list[JobId]
    is_complete: bool
    """False if more has changed than is listed: fetch again whatever is shown."""
    seq: int
    """Rises with each event of this server's life."""
    type: Literal["job"] = "job"


@dataclass(frozen=True, slots=True)
class TargetEvent:
    """Some targets were added, changed or removed, or stand otherwise than before."""

    names: list[str]
    is_complete: bool
    """False if more has changed than is listed: fetch again whatever is shown."""
    seq: int
    """Rises with each event of this server's life."""
    type: Literal["target"] = "target"
