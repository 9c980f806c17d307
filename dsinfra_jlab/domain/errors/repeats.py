"""How often runs of one kernel process have failed in the same way."""

from __future__ import annotations

from collections import OrderedDict

from ..ids import ErrorGroupId, KernelId, RunId
from .limits import REPEATS_GROUPS_MAX, REPEATS_LEAST
from .sightings import Sighting

_Place = tuple[KernelId, int, ErrorGroupId]


class Repeats:
    """Counts the runs that failed with a group, for each kernel process.

    A run that is seen again counts once, as it did; counting ends where it makes no difference.
    """

    def __init__(self, groups_max: int = REPEATS_GROUPS_MAX) -> None:
        self._groups_max = groups_max
        self._runs: OrderedDict[_Place, dict[RunId, int]] = OrderedDict()

    def count(self, sighting: Sighting, group_id: ErrorGroupId) -> int:
        """Return which failing run this is; from ``REPEATS_LEAST`` on always that."""
        place = (sighting.kernel_id, sighting.process, group_id)
        runs = self._runs.setdefault(place, {})
        self._runs.move_to_end(place)
        while len(self._runs) > self._groups_max:
            self._runs.popitem(last=False)
        if sighting.run_id in runs:
            return runs[sighting.run_id]
        number = len(runs) + 1
        if number < REPEATS_LEAST:
            runs[sighting.run_id] = number
        return number
