"""What happened, as ids and no content: whoever wants more asks the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .ids import ExperimentId, RunId


@dataclass(frozen=True, slots=True)
class RunsChanged:
    """These runs were committed to the store in a new state."""

    run_ids: frozenset[RunId]
    experiment_ids: frozenset[ExperimentId]


@dataclass(frozen=True, slots=True)
class HealthChanged:
    """``health`` answers differently now."""


Event = RunsChanged | HealthChanged
EventListener = Callable[[Event], None]
"""Called on whichever thread the event arose in; must return at once."""
