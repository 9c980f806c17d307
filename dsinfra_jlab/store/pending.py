"""What waits to be written: a queue in which newer records replace older ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from ..domain.changes import (
    Change,
    ErrorFound,
    MoveDocument,
    SaveArtifact,
    SaveCapture,
    SaveData,
    SaveError,
    SaveMinute,
    SaveOutputs,
    SavePoints,
    SaveRun,
    SaveSamples,
    SaveTags,
    SaveValues,
)
from ..domain.errors.occurrences import ErrorRecord
from ..domain.limits import METRIC_WAIT_POINTS
from ..domain.runs.metrics import POINT_BYTES
from ..domain.runs.records import RunOutputs

__all__ = ["Entry", "Key", "Pending", "size_of"]

_RECORD_BYTES = 1_500
"""What a record weighs in memory besides its code and error message."""

_SAMPLED_ITEMS = 500
"""Items of a longer list that are weighed."""

_SAMPLE_BYTES = 130
"""What one point of four series weighs in memory."""

_SUBJECT_BYTES = 600
"""What one thing of a minute weighs in memory."""

_SERIES = ("at_s", "cpu_ratio", "rss_bytes", "gpu_memory_bytes")
"""Of the samples of a run."""

_OF_ONE_RUN = (SaveOutputs, SaveValues, SaveTags, SaveCapture, SaveData, SaveSamples)
"""Of these a run has one at a time."""

Key = tuple[Any, ...]


@dataclasses.dataclass(slots=True)
class Entry:
    """A change that waits."""

    change: Change
    number: int
    """Which of all changes it was when it began to wait."""
    size: int


class Pending:
    """A queue of changes; not safe for threads, its owner holds a lock.

    A record of a run takes the place of an older one that still waits, so the queue grows
    with the number of runs and not with that of messages. A move of a document is a fence:
    what comes later does not overtake it.
    """

    def __init__(self) -> None:
        self._entries: dict[Key, Entry] = {}
        self._fence = 0
        self._added = 0
        self._bytes = 0
        self._has_samples = False
        """Whether there may be samples to give up."""
        self._has_bodies = False
        """Whether there may be outputs to give up."""
        self._has_points = False
        """Whether there may be points to give up."""

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def bytes(self) -> int:
        """What waits weighs about so much."""
        return self._bytes

    @property
    def added(self) -> int:
        """How many changes were ever added."""
        return self._added

    @property
    def oldest(self) -> int | None:
        """The number of the change that waits longest, ``None`` if none waits."""
        first = next(iter(self._entries.values()), None)
        return None if first is None else first.number

    def add(self, change: Change) -> bool:
        """Let a change wait; return whether it is one to be written at all."""
        if isinstance(change, ErrorFound):
            # What was seen becomes an error that can be stored by the recorder, not here.
            return False
        self._added += 1
        if isinstance(change, MoveDocument):
            self._fence += 1
        key = self._key(change)
        waiting = self._entries.get(key)
        if waiting is not None and not _fit_together(waiting.change, change):
            key, waiting = ("", self._added), None
        if waiting is None:
            self._put(key, Entry(change, self._added, size_of(change)))
            return True
        merged = _merged(waiting.change, change)
        if merged is not waiting.change:
            self._put(key, Entry(merged, waiting.number, size_of(merged)))
        return True

    def _key(self, change: Change) -> Key:
        if isinstance(change, SaveRun):
            return ("run", change.record.id, self._fence)
        if isinstance(change, SavePoints):
            # Not more than some thousand in one: what waits is copied with each that is added.
            part = change.number // METRIC_WAIT_POINTS
            return ("points", change.run_id, change.key, part, self._fence)
        if isinstance(change, _OF_ONE_RUN):
            return (type(change).__name__, change.run_id, self._fence)
        if isinstance(change, SaveArtifact):
            return ("artifact", change.artifact.id, self._fence)
        if isinstance(change, SaveError):
            return ("error", change.record.id, self._fence)
        return ("", self._added)

    def _put(self, key: Key, entry: Entry) -> None:
        """Put an entry in the place of the one under the same key, else at the end."""
        replaced = self._entries.get(key)
        if replaced is not None:
            self._bytes -= replaced.size
        self._entries[key] = entry
        self._bytes += entry.size
        if isinstance(entry.change, SaveOutputs) and entry.change.outputs.items:
            self._has_bodies = True
        elif isinstance(entry.change, SavePoints) and len(entry.change.body) > POINT_BYTES:
            self._has_points = True
        elif _is_samples(entry.change):
            self._has_samples = True

    def take(self, count: int, size: int) -> list[tuple[Key, Entry]]:
        """Remove and return what waits longest, at most so many changes and bytes."""
        taken: list[tuple[Key, Entry]] = []
        for key in list(self._first_keys(count)):
            entry = self._entries[key]
            if taken and size < entry.size:
                break
            size -= entry.size
            del self._entries[key]
            self._bytes -= entry.size
            taken.append((key, entry))
        return taken

    def _first_keys(self, count: int) -> Iterable[Key]:
        for place, key in enumerate(self._entries):
            if place >= count:
                return
            yield key

    def give_back(self, taken: Iterable[tuple[Key, Entry]]) -> None:
        """Put back, at the front, what could not be written; newer records of it win."""
        later, self._entries = self._entries, {}
        self._bytes = 0
        for key, entry in taken:
            self._put(key, entry)
        for key, entry in later.items():
            older = self._entries.get(key)
            if older is not None and not _fit_together(older.change, entry.change):
                self._put(("", entry.number), entry)
                continue
            if older is not None:
                merged = _merged(older.change, entry.change)
                entry = Entry(merged, older.number, size_of(merged))
            self._put(key, entry)

    def shed_samples(self, limit: int) -> int:
        """Give up samples, the oldest first, until what waits weighs no more.

        Of runs the peaks stay, and so does what is no series. Returns how many runs lost theirs,
        and how many minutes of the machine went.
        """
        if self._bytes <= limit or not self._has_samples:
            return 0
        count = 0
        self._has_samples = False
        for key, entry in list(self._entries.items()):
            if self._bytes <= limit:
                self._has_samples = True
                break
            change = entry.change
            if not _is_samples(change):
                continue
            count += 1
            if isinstance(change, SaveMinute):
                del self._entries[key]
                self._bytes -= entry.size
            elif isinstance(change, SaveSamples):
                nothing: dict[str, Any] = {name: [] for name in _SERIES}
                rest = dataclasses.replace(change.samples, **nothing, is_complete=False)
                emptied = dataclasses.replace(change, samples=rest)
                self._put(key, Entry(emptied, entry.number, size_of(emptied)))
        return count

    def shed(self, limit: int) -> int:
        """Give up bodies of outputs, the oldest first, until what waits weighs no more.

        Starts, ends, errors and code are never given up. Returns how many were.
        """
        if self._bytes <= limit or not self._has_bodies:
            return 0
        count = 0
        self._has_bodies = False
        for key, entry in list(self._entries.items()):
            if self._bytes <= limit:
                self._has_bodies = True
                break
            change = entry.change
            if isinstance(change, SaveOutputs) and change.outputs.items:
                emptied = SaveOutputs(change.run_id, RunOutputs([], truncated=True))
                self._put(key, Entry(emptied, entry.number, size_of(emptied)))
                count += 1
        return count

    def shed_points(self, limit: int) -> int:
        """Give up points of metrics in the same way; the last of each stretch stays.

        Returns how many were.
        """
        if self._bytes <= limit or not self._has_points:
            return 0
        count = 0
        self._has_points = False
        for key, entry in list(self._entries.items()):
            if self._bytes <= limit:
                self._has_points = True
                break
            change = entry.change
            if isinstance(change, SavePoints) and len(change.body) > POINT_BYTES:
                given_up = len(change.body) // POINT_BYTES - 1
                last = SavePoints(
                    change.run_id,
                    change.key,
                    change.number + given_up,
                    change.body[given_up * POINT_BYTES :],
                )
                self._put(key, Entry(last, entry.number, size_of(last)))
                count += given_up
        return count


def _is_samples(change: Change) -> bool:
    """Whether it has samples to give up."""
    if isinstance(change, SaveSamples):
        return bool(change.samples.at_s)
    return isinstance(change, SaveMinute)


def _fit_together(older: Change, newer: Change) -> bool:
    """Whether one change can have the effect of both; points only if there is no hole."""
    if isinstance(older, SavePoints) and isinstance(newer, SavePoints):
        end = older.number + len(older.body) // POINT_BYTES
        return older.number <= newer.number <= end
    return True


def _merged(older: Change, newer: Change) -> Change:
    """Return the one change that has the effect of both."""
    if isinstance(older, SaveRun) and isinstance(newer, SaveRun):
        is_late = older.record.status.is_final and not newer.record.status.is_final
        return older if is_late else newer
    if isinstance(older, SaveValues) and isinstance(newer, SaveValues):
        return SaveValues(
            newer.run_id,
            {**older.params, **newer.params},
            {**older.metrics, **newer.metrics},
        )
    if isinstance(older, SavePoints) and isinstance(newer, SavePoints):
        known = older.number + len(older.body) // POINT_BYTES - newer.number
        return dataclasses.replace(older, body=older.body + newer.body[known * POINT_BYTES :])
    if isinstance(older, SaveTags) and isinstance(newer, SaveTags):
        return SaveTags(newer.run_id, {**older.tags, **newer.tags})
    if isinstance(older, SaveData) and isinstance(newer, SaveData):
        items = {(item.kind, item.name, item.mode): item for item in (*older.items, *newer.items)}
        return SaveData(newer.run_id, tuple(items.values()), newer.coverage)
    return newer


def size_of(change: Change) -> int:
    """Return about how many bytes of memory a change holds."""
    if isinstance(change, SaveRun):
        record = change.record
        return _RECORD_BYTES + len(record.code) + len(record.error_message or "")
    if isinstance(change, SaveOutputs):
        return 200 + _size_of_json(change.outputs.items)
    if isinstance(change, SaveValues):
        return 200 + _size_of_json(change.params) + 100 * len(change.metrics)
    if isinstance(change, SavePoints):
        return 200 + len(change.body)
    if isinstance(change, SaveTags):
        return 200 + _size_of_json(change.tags)
    if isinstance(change, SaveCapture):
        names = change.capture
        count = len(names.reads) + len(names.writes) + len(names.touches) + 2 * len(names.sources)
        return _RECORD_BYTES + 100 * count
    if isinstance(change, SaveData):
        return 200 + 500 * len(change.items)
    if isinstance(change, SaveSamples):
        samples = change.samples
        others = len(samples.gpus) + len(samples.alerts)
        return 400 + _SAMPLE_BYTES * len(samples.at_s) + 500 * others
    if isinstance(change, SaveMinute):
        return 200 + _SUBJECT_BYTES * len(change.minute.subjects)
    if isinstance(change, SaveError):
        return _RECORD_BYTES + _size_of_error(change.record)
    return _RECORD_BYTES


def _size_of_error(record: ErrorRecord) -> int:
    frames = [*record.frames, *(frame for each in record.chain for frame in each.frames)]
    text = len(record.evalue) + sum(len(each.evalue) for each in record.chain)
    return text + sum(500 + len(each.source) + 300 * len(each.variables) for each in frames)


def _size_of_json(value: Any) -> int:
    if isinstance(value, (str, bytes)):
        return 50 + len(value)
    if isinstance(value, Mapping):
        return 100 + sum(50 + len(str(key)) + _size_of_json(item) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        # Of a flood of outputs some stand for all: the queue is locked meanwhile.
        step = max(1, len(value) // _SAMPLED_ITEMS)
        return 100 + step * sum(map(_size_of_json, value[::step]))
    return 30
