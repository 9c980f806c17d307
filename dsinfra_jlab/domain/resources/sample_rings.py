"""The past of many series in a fixed room: each second of the last minutes, thinned before that.

Thinned stretches keep the most of each, so that a short peak is still there after six hours.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan, nan

from ..exceptions import BadInput
from . import limits
from .samples import SampleQuery, SampleWindow


@dataclass(slots=True)
class _Tier:
    """Points of all series at one step; the oldest are overwritten."""

    size: int
    count: int = 0
    """Points that were ever begun."""
    at_s: array[float] = field(init=False)
    seq: array[int] = field(init=False)
    series: dict[str, array[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.at_s = array("d", [0.0]) * self.size
        self.seq = array("q", [0]) * self.size

    def begin(self, at_s: float) -> None:
        """Go on to the next point, which holds nothing yet."""
        place = self.count % self.size
        self.count += 1
        self.at_s[place] = at_s
        for values in self.series.values():
            values[place] = nan

    def put(self, seq: int, readings: Mapping[str, float]) -> None:
        """Add to the present point; the most of each series stays."""
        place = (self.count - 1) % self.size
        self.seq[place] = seq
        for name, value in readings.items():
            values = self.series.get(name)
            if values is None:
                values = self.series[name] = array("f", [nan]) * self.size
            # Nothing compares with NaN, so the first value of a point always stays.
            if not value <= values[place]:
                values[place] = value

    def places(self, since_s: float, since_seq: int) -> list[int]:
        """Return where the points after a moment and a look are, oldest first."""
        first = max(0, self.count - self.size)
        places = [number % self.size for number in range(first, self.count)]
        return [p for p in places if self.at_s[p] > since_s and self.seq[p] > since_seq]


class SampleRings:
    """Holds what was read; about 11 kB for each series.

    Not for several threads at once: whoever owns it takes care of that.
    """

    def __init__(
        self,
        fine_points: int = limits.SAMPLE_RING_POINTS,
        coarse_points: int = limits.SAMPLE_COARSE_POINTS,
        series_max: int = limits.SAMPLE_SERIES_MAX,
    ) -> None:
        self._fine = _Tier(fine_points)
        self._coarse = _Tier(coarse_points)
        self._series_max = series_max
        self._last_s: dict[str, float] = {}
        """When each series last had a value."""
        self._seq = 0
        self._now_s = 0.0
        self.dropped = 0
        """Values that no room was left for."""

    @property
    def names(self) -> list[str]:
        """The series there are, in the order they came."""
        return list(self._last_s)

    def add(self, at_s: float, seq: int, values: Mapping[str, float | None]) -> None:
        """Take the values of one look; series that are not among them have a gap."""
        # NaN is the only value that is not what it is.
        known = {name: v for name, v in values.items() if v is not None and v == v}
        if not known.keys() <= self._last_s.keys():
            self._make_room(at_s, known)
        self._last_s.update(dict.fromkeys(known, at_s))
        begun = self._coarse.at_s[(self._coarse.count - 1) % self._coarse.size]
        step = limits.SAMPLE_COARSE_STEP_S
        # A clock that was set back begins a new point too: time goes on as the looks do.
        if not self._coarse.count or at_s // step != begun // step:
            self._coarse.begin(at_s // step * step)
            self._forget_ended(at_s)
        self._fine.begin(at_s)
        self._fine.put(seq, known)
        self._coarse.put(seq, known)
        self._seq, self._now_s = seq, at_s

    def window(self, query: SampleQuery) -> SampleWindow:
        """Return a stretch of the past.

        Raises
        ------
        BadInput
            If a name is asked for that no series has.
        """
        wanted = [name.strip() for name in query.keys.split(",") if name.strip()]
        unknown = [name for name in wanted if name not in self._last_s]
        if unknown:
            raise BadInput(f"There is no series called {unknown[0]!r}.")
        is_fine = query.window_s <= limits.SAMPLE_RING_POINTS * limits.SAMPLE_INTERVAL_S
        tier = self._fine if is_fine else self._coarse
        places = tier.places(self._now_s - query.window_s, query.since)
        return SampleWindow(
            seq=self._seq,
            step_s=limits.SAMPLE_INTERVAL_S if is_fine else limits.SAMPLE_COARSE_STEP_S,
            at_s=[tier.at_s[place] for place in places],
            series={
                name: _points(tier.series[name], places)
                for name in wanted or self.names
                if name in tier.series
            },
        )

    def _forget_ended(self, at_s: float) -> None:
        """Let go of series that ended long ago."""
        oldest_s = at_s - self._coarse.size * limits.SAMPLE_COARSE_STEP_S
        for name in [name for name, last_s in self._last_s.items() if last_s < oldest_s]:
            self._forget(name)

    def _make_room(self, at_s: float, known: dict[str, float]) -> None:
        """Let go of series that ended; refuse new ones when there are too many."""
        self._forget_ended(at_s)
        new = [name for name in known if name not in self._last_s]
        too_many = len(self._last_s) + len(new) - self._series_max
        if too_many > 0:
            ended = [name for name in self._last_s if name not in known]
            for name in sorted(ended, key=self._last_s.__getitem__)[:too_many]:
                self._forget(name)
            room = max(0, self._series_max - len(self._last_s))
            for name in new[room:]:
                del known[name]
                self.dropped += 1

    def _forget(self, name: str) -> None:
        del self._last_s[name]
        self._fine.series.pop(name, None)
        self._coarse.series.pop(name, None)


def _points(values: array[float], places: Sequence[int]) -> list[float | None]:
    return [None if isnan(value) else value for value in map(values.__getitem__, places)]
