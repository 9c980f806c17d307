"""Digests of memory, of files and of names: hashes over hashes of stretches.

By stretches, so that several threads work on one array; ``hashlib`` lets go of the interpreter.
A parcel says which method its digests are made with: its writer takes what is quickest there.
"""

from __future__ import annotations

import functools
import hashlib
import os
import pickle
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

from . import parcel_limits as limits
from .parcel_memory import address_of
from .parcel_pickle import Met, pickler

Step = Callable[[int, int], Any]
"""What else is done with a stretch, from where to where, by the thread that hashes it."""


METHODS: dict[str, Callable[[], Any]] = {
    "blake2b": functools.partial(hashlib.blake2b, digest_size=16),
    "sha256": hashlib.sha256,
}
"""By the name that a parcel gives. Where the processor has instructions for SHA the second one is
twice as quick as the first, and elsewhere half as quick."""

FOR_SMALL = "blake2b"
"""What is small is hashed with this everywhere."""


@functools.lru_cache(maxsize=1)
def quickest() -> str:
    """Return the name of the method that is quickest here; it stays the same in a process."""
    sample = bytes(limits.PROBE_BYTES)
    taken = {}
    for name, made in METHODS.items():
        turns = []
        for _ in range(limits.PROBE_TURNS):
            began = time.perf_counter()
            made().update(sample)
            turns.append(time.perf_counter() - began)
        taken[name] = min(turns)
    return min(taken, key=lambda name: taken[name])


def new_hash(method: str = FOR_SMALL) -> Any:
    """Return what digests are made with."""
    return METHODS[method]()


def stretches(size: int) -> Iterator[tuple[int, int]]:
    """Yield the bounds of the stretches that memory of a size is hashed by."""
    for start in range(0, size, limits.CHUNK_BYTES):
        yield start, min(start + limits.CHUNK_BYTES, size)


class Workers:
    """Threads for memory; to be closed, so that none outlives its work.

    ``method`` is what they hash with: to compare digests, that of those that are there.
    """

    def __init__(self, method: str | None = None) -> None:
        self.method = method or quickest()
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
        each = iter(self._each(self._stretch, tasks))
        return [self._combined(next(each) for _ in stretches(memory.nbytes)) for memory in memories]

    def do(self, sizes: Sequence[int], steps: Sequence[Step]) -> None:
        """Take each step over its size, and hash nothing."""
        tasks = [
            (None, start, end, step, None)
            for size, step in zip(sizes, steps)
            for start, end in stretches(size)
        ]
        for _ in self._each(self._stretch, tasks):
            pass

    def _each(self, act: Callable[[Any], bytes], tasks: list[Any]) -> Iterable[bytes]:
        if sum(end - start for _, start, end, _, _ in tasks) <= limits.ANONYMOUS_MIN_BYTES:
            return map(act, tasks)
        return self._threads().map(act, tasks)

    def _threads(self) -> ThreadPoolExecutor:
        if self._pool is None:
            count = min(limits.THREADS_MAX, _processors())
            self._pool = ThreadPoolExecutor(count, thread_name_prefix="dsinfra-parcel")
        return self._pool

    def _stretch(self, task: Any) -> bytes:
        memory, first, last, before, after = task
        made = new_hash(self.method)
        for start in range(first, last, limits.PIECE_BYTES):
            end = min(start + limits.PIECE_BYTES, last)
            if self._is_stopped:
                return b""
            if before is not None:
                before(start, end)
            if memory is not None:
                made.update(memory[start:end])
            if after is not None:
                after(start, end)
        return bytes(made.digest())

    def _combined(self, digests: Iterable[bytes]) -> str:
        """Return the digest of several stretches as text."""
        made = new_hash(self.method)
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

    def __init__(self, max_bytes: int, method: str = FOR_SMALL) -> None:
        self._left = max_bytes
        self.hash = new_hash(method)

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
        file = HashingFile(self._max_bytes, self._workers.method)
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
