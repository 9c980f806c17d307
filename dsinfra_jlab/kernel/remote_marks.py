"""What stood under the names that a job may bring back, when it was sent."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from . import parcel_limits as limits
from .parcel_digest import NameDigests, Workers

ABSENT = "absent"


class Mark(NamedTuple):
    """What tells later whether a name still stands for the same; nothing is kept alive."""

    id: int
    reference: Any
    """Weak, ``None`` where the object has none."""
    digest: str
    """Empty if it is not known."""


class SentDigests(NamedTuple):
    """The digests with which names were sent."""

    by_name: Mapping[str, str]
    method: str | None
    """What they are made with."""


class Marks:
    """The marks of the jobs that this process has sent, the newest ones."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, dict[str, Mark | None]] = OrderedDict()

    def set(
        self,
        job_id: str,
        names: Iterable[str],
        namespace: Mapping[str, Any],
        digests: Mapping[str, str],
    ) -> None:
        """Take note of what stands under some names; ``digests`` are those that are known."""
        self._jobs[job_id] = _marks(names, namespace, digests)
        while len(self._jobs) > limits.JOBS_KEPT:
            self._jobs.popitem(last=False)

    def renew(self, job_id: str, names: Iterable[str], namespace: Mapping[str, Any]) -> None:
        """Take note of names that the job itself has bound here: they are no change of others."""
        marks = self._jobs.setdefault(job_id, {})
        marks.update(_marks(names, namespace, {}))

    def knows(self, job_id: str) -> bool:
        """Return whether this process has sent a job."""
        return job_id in self._jobs

    def changed(
        self,
        job_id: str,
        names: Iterable[str],
        namespace: Mapping[str, Any],
        sent: SentDigests,
    ) -> list[str]:
        """Return the names that stand for something else now; gone ones do not count.

        ``sent`` is for a process that did not send them.
        """
        marks = self._jobs.get(job_id)
        with Workers() as workers, Workers(sent.method) as others:
            digests = NameDigests(namespace, workers)
            as_sent = NameDigests(namespace, others)
            found = []
            for name in names:
                if name not in namespace:
                    continue
                value = namespace[name]
                if marks is None or name not in marks:
                    digest = sent.by_name.get(name)
                    is_same = bool(digest) and as_sent.of(value) == digest
                else:
                    mark = marks[name]
                    is_same = mark is not None and _is_same(mark, value, digests)
                if not is_same:
                    found.append(name)
        return found


def _marks(
    names: Iterable[str], namespace: Mapping[str, Any], digests: Mapping[str, str]
) -> dict[str, Mark | None]:
    with Workers() as workers:
        small = NameDigests(
            namespace,
            workers,
            max_bytes=limits.MARK_MAX_BYTES,
            max_memory_bytes=limits.MARK_MAX_MEMORY_BYTES,
        )
        return {
            name: _mark(namespace[name], digests.get(name), small) if name in namespace else None
            for name in names
        }


def _mark(value: Any, digest: str | None, digests: NameDigests) -> Mark:
    try:
        reference = weakref.ref(value)
    except TypeError:
        reference = None
    return Mark(id(value), reference, digests.of(value) if digest is None else digest)


def _is_same(mark: Mark, value: Any, digests: NameDigests) -> bool:
    is_same = mark.id == id(value) if mark.reference is None else mark.reference() is value
    return is_same and (not mark.digest or digests.of(value) == mark.digest)
