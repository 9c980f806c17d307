"""The part that many parcels have in common: written once, and gone on with in each of them.

The pickles of such a parcel follow those of the shared one in one stream with one memory: an
object, or the memory of an array, that both lead to is written once and is one thing where it
arrives, as if everything had been in one parcel.
"""

from __future__ import annotations

import bisect
import pickle
from typing import Any

from .parcel_memory import Part, Regions, address_of, regions_of


class Shared:
    """A parcel that was written, and what it takes to go on after it."""

    def __init__(
        self, folder: str, digest: str, pickler: Any, regions: Regions, size_bytes: int
    ) -> None:
        self.folder = folder
        """The name of its folder, beside those of the jobs."""
        self.digest = digest
        """Of its manifest, which has those of all the rest."""
        self.size_bytes = size_bytes
        self._pickler = pickler
        self._memory = regions.memory
        """Kept: while it lives, nothing else lies at its place."""
        spans = [(address_of(each), each.nbytes, n) for n, each in enumerate(self._memory)]
        self._spans = sorted(
            (start, start + size, number) for start, size, number in spans if start is not None
        )

    def begin(self, pickler: Any) -> None:
        """Have a pickler go on where the shared part has ended."""
        pickler.memo = self._pickler.memo
        pickler.globals_ref = dict(self._pickler.globals_ref)

    def said(self) -> dict[str, Any]:
        """Return what a parcel says of the part that stands before it."""
        return {"folder": self.folder, "digest": self.digest, "regions": len(self._memory)}

    def regions_of(self, buffers: list[pickle.PickleBuffer]) -> Regions:
        """Return the memory of buffers that is not in the shared part.

        Regions are numbered behind those of the shared part, to which the parts may lead as well.
        """
        there = [self._part_of(each) for each in buffers]
        rest = regions_of([each for each, part in zip(buffers, there) if part is None])
        own = iter(rest.parts)
        first = len(self._memory)
        parts = [part if part is not None else _moved(next(own), first) for part in there]
        return Regions(rest.memory, parts)

    def _part_of(self, buffer: pickle.PickleBuffer) -> Part | None:
        """Return where in the shared part the memory of a buffer lies, if it does."""
        raw = buffer.raw()
        start = address_of(raw)
        if start is None:
            return None
        place = bisect.bisect_right(self._spans, (start, float("inf"), 0)) - 1
        if place < 0:
            return None
        first, end, number = self._spans[place]
        return Part(number, start - first, raw.nbytes) if start + raw.nbytes <= end else None


def _moved(part: Part, by: int) -> Part:
    return part._replace(region=part.region + by)
