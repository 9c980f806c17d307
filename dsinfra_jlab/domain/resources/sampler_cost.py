"""What looking costs, and how much more seldom to look when it costs too much."""

from __future__ import annotations

from collections import deque

from .. import limits
from .samples import SamplerCost

_SPAN_S = 60.0
_LOOKS_LEAST = 5
"""Fewer looks say nothing: the first ones search for everything."""


class CostBook:
    """Keeps the CPU seconds of each look of the last minute."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, float]] = deque(maxlen=256)
        self.factor = 1.0
        """By how much the time between looks is longer than it should be."""

    def add(self, at_s: float, cpu_s: float) -> None:
        """Take the cost of one look."""
        self._looks.append((at_s, cpu_s))
        while self._looks and at_s - self._looks[0][0] > _SPAN_S:
            self._looks.popleft()
        ratio = self._ratio()
        if ratio is None or len(self._looks) < _LOOKS_LEAST:
            return
        if ratio > limits.SAMPLER_COST_RATIO_MAX:
            self.factor = min(self.factor * 2, limits.SAMPLE_IDLE_INTERVAL_S)
            self._looks.clear()  # the new pace is judged by itself
        elif ratio < limits.SAMPLER_COST_RATIO_MAX / 4 and self.factor > 1:
            self.factor /= 2
            self._looks.clear()

    def cost(self, gpu_p95_s: float | None = None) -> SamplerCost:
        """Return the figures."""
        costs = sorted(cpu_s for _, cpu_s in self._looks)
        return SamplerCost(_part(costs, 0.5), _part(costs, 0.95), gpu_p95_s, self._ratio())

    def _ratio(self) -> float | None:
        if len(self._looks) < 2:
            return None
        seconds = self._looks[-1][0] - self._looks[0][0]
        # The first look's cost was before the span that the looks make.
        return sum(cpu_s for _, cpu_s in list(self._looks)[1:]) / seconds if seconds > 0 else None


def _part(ordered: list[float], part: float) -> float | None:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else None
