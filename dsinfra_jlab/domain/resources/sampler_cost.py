"""What looking costs, and how much more seldom to look when it costs too much."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from . import limits
from .samples import SamplerCost

_SPAN_S = 60.0
_LOOKS_LEAST = 5
"""Fewer looks say nothing: the first ones search for everything."""

_TOLD_S = 5.0
"""Figures are made up so seldom: to sort them each second is a part of what they tell."""


class CostBook:
    """Keeps what each look of the last minute cost, and how long the event loop let it wait."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, float]] = deque(maxlen=256)
        self._lags: deque[tuple[float, float]] = deque(maxlen=256)
        self._told = SamplerCost(None, None, None, None)
        self._told_at_s = float("-inf")
        self.factor = 1.0
        """By how much the time between looks is longer than it should be."""

    def add(self, at_s: float, cpu_s: float) -> None:
        """Take the cost of one look."""
        self._looks.append((at_s, cpu_s))
        _forget(self._looks, at_s)
        ratio = self._ratio()
        if ratio is None or len(self._looks) < _LOOKS_LEAST:
            return
        if ratio > limits.SAMPLER_COST_RATIO_MAX:
            self.factor = min(self.factor * 2, limits.SAMPLE_IDLE_INTERVAL_S)
            self._looks.clear()  # the new pace is judged by itself
        elif ratio < limits.SAMPLER_COST_RATIO_MAX / 4 and self.factor > 1:
            self.factor /= 2
            self._looks.clear()

    def add_lag(self, at_s: float, lag_s: float | None) -> None:
        """Take how long a look waited for the event loop; ``None`` if none was sent."""
        _forget(self._lags, at_s)
        if lag_s is not None:
            self._lags.append((at_s, lag_s))

    def cost(self, gpu_p95_s: float | None = None) -> SamplerCost:
        """Return the figures as they were a few looks ago at most."""
        at_s = self._looks[-1][0] if self._looks else 0.0
        if len(self._looks) < _LOOKS_LEAST or at_s - self._told_at_s >= _TOLD_S:
            self._told, self._told_at_s = self._figures(), at_s
        return replace(self._told, gpu_p95_s=gpu_p95_s)

    def _figures(self) -> SamplerCost:
        costs = sorted(cpu_s for _, cpu_s in self._looks)
        lags = sorted(lag_s for _, lag_s in self._lags)
        return SamplerCost(
            tick_p50_s=_part(costs, 0.5),
            tick_p95_s=_part(costs, 0.95),
            gpu_p95_s=None,
            cpu_ratio=self._ratio(),
            loop_lag_p50_s=_part(lags, 0.5),
            loop_lag_p95_s=_part(lags, 0.95),
        )

    def _ratio(self) -> float | None:
        if len(self._looks) < 2:
            return None
        seconds = self._looks[-1][0] - self._looks[0][0]
        # The first look's cost was before the span that the looks make.
        spent_s = sum(cpu_s for _, cpu_s in self._looks) - self._looks[0][1]
        return max(0.0, spent_s) / seconds if seconds > 0 else None


def _forget(figures: deque[tuple[float, float]], at_s: float) -> None:
    while figures and at_s - figures[0][0] > _SPAN_S:
        figures.popleft()


def _part(ordered: list[float], part: float) -> float | None:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else None
