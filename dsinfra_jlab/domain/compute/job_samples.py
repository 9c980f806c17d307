"""The resources of a job over its time, as its runner read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors.occurrences import MemoryPoint, ResourceState
from ..resources.samples import RunSamples
from ..runs.records import PeakMemory

KEPT_MAX = 7_200
"""Readings kept at most: two hours at one a second; then every other one is given up."""

TRAIL_S = 60.0
"""How much of the end is kept with an error."""


@dataclass(frozen=True, slots=True)
class Took:
    """What a job took."""

    samples: RunSamples
    peak_rss: PeakMemory | None


class JobSamples:
    """Gathers ``sample`` events of a job, in bounded space."""

    def __init__(self) -> None:
        self._rows: list[tuple[float, float | None, float | None, float | None]] = []
        self._limit: int | None = None
        self._peak: int | None = None

    def add(self, event: dict[str, Any]) -> None:
        """Take one reading; what is no number in it was not read."""
        at = _number(event.get("at"))
        if at is None:
            return
        rss = _number(event.get("rss_bytes"))
        row = (at, _number(event.get("cpu_s")), rss, _number(event.get("gpu_memory_bytes")))
        self._rows.append(row)
        limit = _number(event.get("limit_bytes"))
        self._limit = int(limit) if limit else self._limit
        if rss is not None:
            self._peak = max(self._peak or 0, int(rss))
        if len(self._rows) > KEPT_MAX:
            del self._rows[1::2]

    def result(self) -> Took | None:
        """Return the series, ``None`` if nothing was read."""
        if not self._rows:
            return None
        start = self._rows[0][0]
        samples = RunSamples(
            at_s=[at - start for at, _, _, _ in self._rows],
            cpu_ratio=self._cpu_ratios(),
            rss_bytes=[rss for _, _, rss, _ in self._rows],
            gpu_memory_bytes=[gpu for _, _, _, gpu in self._rows],
            memory_limit_bytes=self._limit,
            is_complete=True,
        )
        peak = PeakMemory(self._peak, "at_least") if self._peak is not None else None
        return Took(samples, peak)

    def state(self, is_out_of_memory: bool) -> ResourceState | None:
        """Return how memory stood at the end, for the record of an error."""
        if not self._rows:
            return None
        last = self._rows[-1]
        trail = [
            MemoryPoint(last[0] - at, int(rss))
            for at, _, rss, _ in self._rows
            if rss is not None and last[0] - at <= TRAIL_S
        ]
        rss = last[2]
        return ResourceState(
            rss_bytes=int(rss) if rss is not None else None,
            memory_limit_bytes=self._limit,
            memory_limit_source="the job's memory limit" if self._limit else "",
            oom_kills=1 if is_out_of_memory else None,
            trail=trail,
        )

    def _cpu_ratios(self) -> list[float | None]:
        ratios: list[float | None] = [None]
        for before, after in zip(self._rows, self._rows[1:], strict=False):
            elapsed = after[0] - before[0]
            if before[1] is None or after[1] is None or elapsed <= 0:
                ratios.append(None)
            else:
                ratios.append(max(0.0, after[1] - before[1]) / elapsed)
        return ratios


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and value >= 0 else None
