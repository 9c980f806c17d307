"""Digests of memory, of files and of names: blake2b over blake2b of stretches.

By stretches, so that several threads work on one array; ``hashlib`` lets go of the interpreter.
"""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

from . import parcel_limits as limits
from .parcel_memory import address_of
from .parcel_pickle import Met, pickler

Step = Callable[[int, int], Any]
"""What else is done with a stretch, from where to where, by the thread that hashes it."""


def new_hash() -> Any:
    """Return what digests are made with."""
    return hashlib.blake2b(digest_size=16)


def stretches(size: int) -> Iterator[tuple[int, int]]:
    """Yield the bounds of the stretches that memory of a size is hashed by."""
    for start in range(0, size, limits.CHUNK_BYTES):
        yield start, min(start + limits.CHUNK_BYTES, size)


class Workers:
    """Threads for memory; to be closed, so that none outlives its work."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._is_stopped = False

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_stopped = True
        if self._pool is not None:
            self._pool.shutdown(wait=True)

    def digests(
        self,
        memories: list[memoryview],
        steps: Sequence[tuple[Step | None, Step | None]] | None = None,
    ) -> list[str]:
        """Return the digest of each memory; see ``Step`` for what is done before and after."""
        tasks = []
        for place, memory in enumerate(memories):
            before, after = steps[place] if steps is not None else (None, None)
            for start, end in stretches(memory.nbytes):
                tasks.append((memory, start, end, before, after))
        if sum(end - start for _, start, end, _, _ in tasks) <= limits.ANONYMOUS_MIN_BYTES:
            found: Iterable[bytes] = map(self._stretch, tasks)
        else:
            found = self._threads().map(self._stretch, tasks)
        each = iter(found)
        return [combined(next(each) for _ in stretches(memory.nbytes)) for memory in memories]

    def _threads(self) -> ThreadPoolExecutor:
        if self._pool is None:
            count = min(limits.THREADS_MAX, _processors())
            self._pool = ThreadPoolExecutor(count, thread_name_prefix="dsinfra-parcel")
        return self._pool

    def _stretch(self, task: Any) -> bytes:
        memory, start, end, before, after = task
        if self._is_stopped:
            return b""
        if before is not None:
            before(start, end)
        made = new_hash()
        made.update(memory[start:end])
        if after is not None:
            after(start, end)
        return bytes(made.digest())


def combined(digests: Iterable[bytes]) -> str:
    """Return the digest of several stretches as text."""
    made = new_hash()
    for each in digests:
        made.update(each)
    return str(made.hexdigest())


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        return os.cpu_count() or 1


class TooLong(Exception):
    """A pickle is longer than it may be."""


class HashingFile:
    """Takes what a pickler writes, and keeps its digest alone."""

    def __init__(self, max_bytes: int) -> None:
        self._left = max_bytes
        self.hash = new_hash()

    def write(self, data: Any) -> int:
        """Take a stretch; raises ``TooLong``."""
        size = memoryview(data).nbytes
        self._left -= size
        if self._left < 0:
            raise TooLong
        self.hash.update(data)
        return size


class NameDigests:
    """Digests of objects, each by itself, whatever else there is.

    ``known`` are digests of memory that does not have to be read again, by place and size.
    """

    def __init__(
        self,
        namespace: Mapping[str, Any],
        workers: Workers,
        known: Mapping[tuple[int, int], str] | None = None,
        max_bytes: int = limits.DIGEST_MAX_BYTES,
        max_memory_bytes: int | None = None,
    ) -> None:
        self._namespace = namespace
        self._workers = workers
        self._known = dict(known or {})
        self._max_bytes = max_bytes
        self._max_memory_bytes = max_memory_bytes

    def of(self, value: Any) -> str:
        """Return the digest of an object, empty if it is too long or cannot be pickled."""
        buffers: list[pickle.PickleBuffer] = []
        file = HashingFile(self._max_bytes)
        try:
            pickler(file, self._namespace, Met(), buffers.append).dump(value)
            views = [each.raw() for each in buffers]
            most = self._max_memory_bytes
            if most is not None and sum(view.nbytes for view in views) > most:
                return ""
            for digest in self._of_memory(views):
                file.hash.update(digest.encode())
        except Exception:  # what it may be is up to the object
            return ""
        return str(file.hash.hexdigest())

    def _of_memory(self, views: list[memoryview]) -> list[str]:
        places = [(address_of(view) or 0, view.nbytes) for view in views]
        unknown = [n for n, place in enumerate(places) if not place[0] or place not in self._known]
        made = dict(zip(unknown, self._workers.digests([views[n] for n in unknown])))
        for n, digest in made.items():
            if places[n][0]:
                self._known[places[n]] = digest
        return [made[n] if n in made else self._known[places[n]] for n in range(len(views))]
