"""Writes a parcel: names as one stream of pickles, their memory, and what there is to know.

Everything is written into a folder of another name, which gets its own name at the end: whoever
finds a parcel finds a whole one.
"""

from __future__ import annotations

import os
import pickle
import shutil
import sys
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from .parcel_digest import NameDigests, Workers, new_hash
from .parcel_manifest import digest_at_end, text_of_manifest
from .parcel_memory import Regions, address_of, place_after, regions_of
from .parcel_pages import Region
from .parcel_pickle import Met, pickler
from .parcel_seal import seal
from .parcel_shared import Shared
from .scalars import name_of

VERSION = 2
PARCEL, PAYLOAD, BUFFERS, MODULES = "parcel.json", "payload.pkl", "buffers.bin", "modules.zip"


class Unpicklable(Exception):
    """A name cannot be written."""

    def __init__(self, name: str, reason: BaseException) -> None:
        super().__init__(name)
        self.name = name
        self.reason = reason


class TooLarge(Exception):
    """The parcel is larger than it may be."""

    def __init__(self, name: str, size_bytes: int) -> None:
        super().__init__(name)
        self.name = name
        self.size_bytes = size_bytes
        """Of all up to and with the name."""


class _PayloadFile:
    """Takes what the pickler writes: into the file, and into its digest."""

    def __init__(self, path: str, spare: Callable[[int], None], method: str) -> None:
        self._file = open(path, "wb")  # noqa: SIM115, closed by whoever made it
        self._spare = spare
        self.hash = new_hash(method)
        self.size = 0
        self.seal: Any = None
        self.has_failed = False
        """Then an error comes from the disk, not from the object that is being pickled."""

    def write(self, data: Any) -> int:
        size = memoryview(data).nbytes
        self.size += size
        self._spare(0)
        self.hash.update(data)
        try:
            self._file.write(data)
        except OSError:
            self.has_failed = True
            raise
        return size

    def finish(self) -> None:
        """Write what is left, and have it known whether it stays as it is."""
        self._file.flush()
        self.seal = seal(self._file.fileno())
        self._file.close()

    def close(self) -> None:
        self._file.close()


class Written(NamedTuple):
    """A name in a parcel."""

    name: str
    type: str
    size_bytes: int
    digest: str


class ParcelWriter:
    """A parcel on its way into a folder. To be used with ``with``: left early, nothing stays."""

    def __init__(
        self,
        folder: str,
        namespace: Mapping[str, Any],
        max_bytes: int,
        followed: frozenset[int] = frozenset(),
        there: Iterable[Region] = (),
        after: Shared | None = None,
    ) -> None:
        """Begin one.

        ``there`` is memory that is as it was in the parcel ``sent`` beside this one: it is not
        written again. ``after`` is a part that many parcels share, and that this one goes on from.
        """
        self._folder = folder
        self._after = after
        self._there = {(each.address, each.size): each for each in there}
        self._namespace = namespace
        self._max_bytes = max_bytes
        self._place = f"{folder}.{uuid.uuid4().hex[:12]}"
        self._buffers: list[pickle.PickleBuffer] = []
        self._buffer_bytes = 0
        self._ends: list[int] = []
        """How many buffers there were after each name."""
        self._now = ""
        self.met = Met()
        self.names: list[Written] = []
        self.workers = Workers()
        self._regions = Regions([], [])
        self._digest = ""
        os.makedirs(self._place, mode=0o700)
        try:
            self._payload = _PayloadFile(
                os.path.join(self._place, PAYLOAD), self._spare, self.workers.method
            )
            self._pickler = pickler(self._payload, namespace, self.met, self._take, followed)
            if after is not None:
                after.begin(self._pickler)
        except BaseException:
            shutil.rmtree(self._place, ignore_errors=True)
            raise

    def __enter__(self) -> ParcelWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.workers.__exit__()
        self._payload.close()
        self._buffers.clear()
        del self._pickler
        shutil.rmtree(self._place, ignore_errors=True)

    @property
    def size_bytes(self) -> int:
        """Of everything that was added so far."""
        return self._payload.size + self._buffer_bytes

    def path(self, name: str) -> str:
        """Return where another file of the parcel is to be written."""
        return os.path.join(self._place, name)

    def add(self, name: str, value: Any) -> None:
        """Write a name; after a failure nothing else can be added.

        Raises
        ------
        Unpicklable, TooLarge
            It cannot be written.
        OSError
            The folder cannot be written to.
        """
        before = self.size_bytes
        self._now = name
        try:
            self._pickler.dump(value)
        except TooLarge:
            raise
        except Exception as failure:  # what it may be is up to the object
            if self._payload.has_failed:
                raise
            raise Unpicklable(name, failure) from None
        size = self.size_bytes - before
        self._ends.append(len(self._buffers))
        self.names.append(Written(name, name_of(type(value)), size, ""))

    def finish(self, more: Mapping[str, Any], *, digests_names: bool = False) -> None:
        """Write the memory and ``parcel.json``, to which ``more`` is added, and name the parcel.

        ``digests_names`` finds out the digest of each name, to tell later whether it has changed.

        Raises
        ------
        OSError
            The folder cannot be written to.
        """
        self._payload.finish()
        self._regions = regions = (
            self._after.regions_of(self._buffers) if self._after else regions_of(self._buffers)
        )
        placed, memory_seal = self._write_memory(regions)
        if digests_names:
            self._digest_names(regions, placed)
        content = {
            "v": VERSION,
            "python": "{}.{}.{}".format(*sys.version_info[:3]),
            "names": [{**each._asdict(), "note": ""} for each in self.names],
            "digests": self.workers.method,
            "payload": {
                "bytes": self._payload.size,
                "digest": self._payload.hash.hexdigest(),
                "seal": self._payload.seal,
            },
            "regions": placed,
            "seal": memory_seal,
            "buffers": [list(part) for part in regions.parts],
            "ends": self._ends,
            "bytes": self.size_bytes,
            "sources": self.met.sources.texts,
            **({"shared": self._after.said()} if self._after is not None else {}),
            **more,
        }
        text = text_of_manifest(content)
        with open(self.path(PARCEL), "w", encoding="utf-8") as file:
            file.write(text)
        self._digest = digest_at_end(text)
        self._put_in_place()

    def shared(self, name: str) -> Shared:
        """Return what others go on from; this one is finished, and lies in a folder of a name."""
        return Shared(name, self._digest, self._pickler, self._regions, self.size_bytes)

    def _put_in_place(self) -> None:
        old = f"{self._place}.old"
        try:
            os.rename(self._folder, old)
        except FileNotFoundError:
            old = ""
        os.rename(self._place, self._folder)
        if old:
            shutil.rmtree(old, ignore_errors=True)

    def _take(self, buffer: pickle.PickleBuffer) -> bool:
        """Return whether the memory of a buffer goes into the pickle."""
        try:
            size = buffer.raw().nbytes
        except BufferError:  # not in one piece
            return True
        if not size:
            return True
        self._buffer_bytes += size
        self._buffers.append(buffer)
        self._spare(0)
        return False

    def _spare(self, more: int) -> None:
        if self.size_bytes + more > self._max_bytes:
            raise TooLarge(self._now, self.size_bytes + more)

    def _digest_names(self, regions: Regions, placed: list[dict[str, Any]]) -> None:
        known = {
            (address_of(memory) or 0, memory.nbytes): each["digest"]
            for memory, each in zip(regions.memory, placed)
        }
        digests = NameDigests(self._namespace, self.workers, known)
        self.names = [
            each._replace(digest=digests.of(self._namespace[each.name])) for each in self.names
        ]

    def _write_memory(self, regions: Regions) -> tuple[list[dict[str, Any]], Any]:
        placed, written = self._placed(regions)
        offset = end_of(placed[-1]) if placed else 0
        descriptor = os.open(self.path(BUFFERS), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.ftruncate(descriptor, offset)

            def writing(memory: memoryview, at: int) -> Any:
                def write(start: int, end: int) -> None:
                    while start < end:
                        start += os.pwrite(descriptor, memory[start:end], at + start)

                return None, write

            steps = [writing(memory, each["offset"]) for memory, each in written]
            digests = self.workers.digests([memory for memory, _ in written], steps)
            memory_seal = seal(descriptor)
        finally:
            os.close(descriptor)
        for (_, each), digest in zip(written, digests):
            each["digest"] = digest
        return placed, memory_seal

    def _placed(
        self, regions: Regions
    ) -> tuple[list[dict[str, Any]], list[tuple[memoryview, dict[str, Any]]]]:
        """Return what is said of each region, and those that are to be written."""
        placed: list[dict[str, Any]] = []
        written: list[tuple[memoryview, dict[str, Any]]] = []
        offset = 0
        for memory in regions.memory:
            known = self._there.get((address_of(memory) or 0, memory.nbytes))
            if known is not None:
                told = {"sent": known.number, "digest": known.digest}
                placed.append({"offset": offset, "bytes": memory.nbytes, **told})
                continue
            offset = place_after(offset, memory.nbytes)
            placed.append({"offset": offset, "bytes": memory.nbytes})
            written.append((memory, placed[-1]))
            offset += memory.nbytes
        return placed, written


def end_of(region: Mapping[str, Any]) -> int:
    """Return where in the file a region ends; one that lies in another file takes no place."""
    return int(region["offset"] + (0 if "sent" in region else region["bytes"]))
