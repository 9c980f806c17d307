"""The event log of a job: one writer, any number of readers, whole lines only."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from ..domain.compute.job_events import JobEvent

PENDING_MAX_BYTES = 8_000_000
"""What waits in memory while the disk is full; what comes beyond it is counted and left out."""

_DISPENSABLE = frozenset(("message", "sample"))
"""Kinds that are left out when the disk is full; without the others a job cannot be told."""


class EventLog:
    """Appends numbered events to a file. It holds no open file: there may be thousands.

    Raises
    ------
    OSError
        The file is there and cannot be read, or is a link.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._left_out = 0
        self._must_sync = False
        self.seq = 0
        self.has_ended = False
        self.end: JobEvent | None = None
        """The last event, with its number and time, if it was taken here."""
        self.failure: OSError | None = None
        """Why what waits could not be written when that was tried last."""
        self._size = self._mend()

    @property
    def written_seq(self) -> int:
        """Number of the newest event that readers can see."""
        return self.seq - len(self._pending)

    @property
    def is_behind(self) -> bool:
        """Whether something waits to be written."""
        return bool(self._pending) or self._left_out > 0

    def append(self, event: JobEvent) -> None:
        """Take an event; ``flush`` writes it. What comes after the end is ignored."""
        if self.has_ended:
            return
        if self._pending_bytes > PENDING_MAX_BYTES and event["kind"] in _DISPENSABLE:
            self._left_out += len(json.dumps(event))
            return
        if self._pending_bytes <= PENDING_MAX_BYTES or event["kind"] == "ended":
            self._say_left_out()
        self._add(event)
        self.has_ended = self._must_sync = event["kind"] == "ended"

    def flush(self) -> bool:
        """Write what waits and return whether all of it is in the file; never half a line."""
        if not self._pending:
            self._say_left_out()
        self.failure = None
        if not self._pending:
            return True
        data = b"".join(self._pending)
        try:
            self._write(data)
        except OSError as failure:
            self.failure = failure
            return self._flush_some()
        self._size += len(data)
        self._pending.clear()
        self._pending_bytes = 0
        return True

    def _flush_some(self) -> bool:
        """Write as many whole lines as fit."""
        while self._pending:
            try:
                self._write(self._pending[0])
            except OSError as failure:
                self.failure = failure
                return False
            line = self._pending.pop(0)
            self._size += len(line)
            self._pending_bytes -= len(line)
        self.failure = None
        return True

    def _add(self, event: JobEvent) -> None:
        self.seq += 1
        line = {"seq": self.seq, "at": time.time()} | event | {"seq": self.seq}
        if event["kind"] == "ended":
            self.end = line
        # ASCII: text with half a surrogate pair cannot be written as UTF-8.
        data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        self._pending.append(data)
        self._pending_bytes += len(data)

    def _say_left_out(self) -> None:
        if self._left_out and not self.has_ended:
            left_out, self._left_out = self._left_out, 0
            self._add({"kind": "dropped", "bytes": left_out})

    def _write(self, data: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(self.path, flags, 0o600)
        try:
            done = 0
            while done < len(data):
                done += os.pwrite(file, data[done:], self._size + done)
            if self._must_sync:
                os.fsync(file)
        except OSError:
            os.ftruncate(file, self._size)
            raise
        finally:
            os.close(file)

    def _mend(self) -> int:
        """Return where to go on in a log that another agent has begun; a torn line is cut off."""
        size = 0
        if self.path.exists():
            for event, end in _lines(self.path, 0):
                self.seq, size = event["seq"], end
                self.has_ended = event.get("kind") == "ended"
        return size


class LogReader:
    """Reads logs onward; it remembers where it was in each, so that tailing costs the new part."""

    def __init__(self) -> None:
        self._places: dict[Path, tuple[int, int]] = {}

    def events(self, path: Path, after: int) -> Iterator[JobEvent]:
        """Yield the events of a log with numbers above ``after``; none if there is no log."""
        seq, place = self._places.get(path, (0, 0))
        if seq > after:
            place = 0
        for event, end in _lines(path, place):
            if event["seq"] > after:
                self._places[path] = (event["seq"], end)
                yield event

    def forget(self, path: Path) -> None:
        """Let go of a log."""
        self._places.pop(path, None)


def _lines(path: Path, place: int) -> Iterator[tuple[JobEvent, int]]:
    """Yield whole lines from a place on, each with the place behind it."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        file.seek(place)
        for line in file:
            try:
                event = json.loads(line) if line.endswith(b"\n") else None
            except ValueError:
                event = None
            if not isinstance(event, dict) or not isinstance(event.get("seq"), int):
                return
            place += len(line)
            yield event, place
