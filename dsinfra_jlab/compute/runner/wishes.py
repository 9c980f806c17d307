"""What other threads want of a job: its end, or a message to its kernel."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from typing import Any

INTERRUPT = "INT"
KILL = "KILL"


class Wishes:
    """Takes wishes from any thread and wakes the one that runs the job."""

    def __init__(self, grace_s: float) -> None:
        self.grace_s = grace_s
        self.kill_at: float | None = None
        """When the job is killed if the interrupt has not ended it, in unix seconds."""
        self._asked: set[str] = set()
        self._told: list[tuple[str, dict[str, Any]]] = []
        self._lock = threading.Lock()
        self.wake, self._wake_end = os.pipe()
        os.set_blocking(self.wake, False)
        os.set_blocking(self._wake_end, False)

    def ask(self, signal: str) -> float | None:
        """Ask for the job's end; returns when it will be killed, ``None`` if at once."""
        with self._lock:
            self._asked.add(signal)
            if signal == INTERRUPT and self.kill_at is None:
                self.kill_at = time.time() + self.grace_s
        self._wake()
        return self.kill_at if signal == INTERRUPT else None

    def forget(self) -> None:
        """Forget what was asked: the one that it was about has ended."""
        with self._lock:
            self._asked.clear()
            self.kill_at = None

    def tell(self, message_type: str, content: dict[str, Any]) -> None:
        """Have a message sent to the job's kernel."""
        with self._lock:
            self._told.append((message_type, content))
        self._wake()

    @property
    def has_end(self) -> bool:
        """Whether the job shall end."""
        return bool(self._asked)

    @property
    def has_kill(self) -> bool:
        """Whether it shall be killed by now."""
        is_due = self.kill_at is not None and time.time() >= self.kill_at
        return is_due or KILL in self._asked

    def told(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the messages for the kernel, each once."""
        with suppress(BlockingIOError):
            os.read(self.wake, 4096)
        with self._lock:
            told, self._told = self._told, []
        return told

    def close(self) -> None:
        """Let go of the pipe; nobody may ask any more."""
        os.close(self.wake)
        os.close(self._wake_end)

    def _wake(self) -> None:
        with suppress(BlockingIOError):  # full: it is awake
            os.write(self._wake_end, b"x")
