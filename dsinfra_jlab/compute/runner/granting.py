"""Which items of a turn may begin: said to the kernel one by one, and taken back at any moment."""

from __future__ import annotations

import json
import os
import struct
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

_GRANT = struct.Struct("<i")
"""As in the kernel: the number of an item that may begin, negative if there are no more."""


class Grants:
    """A pipe by which a kernel is told what it may begin, and a file in which it says what it has.

    Who reads a number has the item, so of the kernel and who takes back just one gets it. What is
    in the file is there even if the kernel dies in the next moment.
    """

    def __init__(self, folder: str) -> None:
        """Make both in a private folder; raises ``OSError``."""
        self.path = os.path.join(folder, "grants")
        self.record = os.path.join(folder, "record")
        self.clear()
        os.mkfifo(self.path, 0o600)
        # For both: nobody waits for the other end, and what is taken back is read here.
        self._pipe = os.open(self.path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        self._file = os.open(self.record, flags, 0o600)
        self._lock = threading.Lock()
        self._taken: set[int] = set()
        """Given and not taken back: they begin, have begun or have ended."""
        self._size = 0
        self._rest = b""
        self._is_ended = False
        self.begun: dict[int, dict[str, Any]] = {}
        """What the file says of those that have begun, and of those that have ended, so far."""
        self.ended: dict[int, dict[str, Any]] = {}

    def give(self, numbers: Iterable[int]) -> None:
        """Let items begin, in this order."""
        with self._lock:
            self._give(numbers)

    def end(self) -> None:
        """Say that no more come."""
        with self._lock:
            if not self._is_ended:
                self._is_ended = True
                os.write(self._pipe, _GRANT.pack(-1))

    def take_back(self, wanted: Iterable[int] | None = None) -> list[int]:
        """Return those of some items, or all, that have not begun, and let them not begin."""
        with self._lock:
            there = self._drain()
            chosen = set(there if wanted is None else wanted)
            self._give([each for each in there if each not in chosen])
            if self._is_ended:
                os.write(self._pipe, _GRANT.pack(-1))
            return [each for each in there if each in chosen]

    def at_work(self) -> int | None:
        """Return the item that the kernel has begun last, ``None`` if it has ended."""
        self.read()
        newest = next(reversed(self.begun), None)
        return None if newest in self.ended else newest

    def is_last(self, number: int) -> bool:
        """Return whether an item is at work, and no other one can begin behind it."""
        self.read()
        with self._lock:
            return [each for each in self._taken if each not in self.ended] == [number]

    def read(self) -> None:
        """Read on in the file."""
        while data := os.pread(self._file, 1 << 16, self._size):
            self._size += len(data)
            *lines, self._rest = (self._rest + data).split(b"\n")
            for line in lines:
                said = json.loads(line)
                (self.ended if said.get("has_ended") else self.begun)[said["n"]] = said

    def clear(self) -> None:
        """Remove what an earlier turn has left."""
        for path in (self.path, self.record):
            with suppress(FileNotFoundError):
                os.unlink(path)

    def close(self) -> None:
        """Let go of both."""
        os.close(self._pipe)
        os.close(self._file)
        self.clear()

    def _give(self, numbers: Iterable[int]) -> None:
        given = list(numbers)
        if given:
            os.write(self._pipe, b"".join(map(_GRANT.pack, given)))
            self._taken.update(given)

    def _drain(self) -> list[int]:
        found = b""
        with suppress(BlockingIOError):
            while data := os.read(self._pipe, 1 << 12):
                found += data
        numbers = [each for (each,) in _GRANT.iter_unpack(found) if each >= 0]
        self._taken.difference_update(numbers)
        return numbers
