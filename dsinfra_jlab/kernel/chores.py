"""Does what takes long beside the user's cells: reading files for digests, listing packages."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any, Callable

Chore = Callable[[], None]


class Chores:
    """A thread that is started by the first chore and sleeps when there is none."""

    def __init__(self, on_failure: Callable[[str, BaseException], None]) -> None:
        self._on_failure = on_failure
        self._is_stopped = False
        self._waiting: deque[tuple[str, Chore]] = deque()
        self._renew()

    def _renew(self) -> None:
        self._wake = threading.Event()
        self._thread: Any = None

    def add(self, name: str, chore: Chore) -> None:
        """Have something done soon; ``name`` is what it is called if it fails."""
        self._waiting.append((name, chore))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="dsinfra-chores", daemon=True)
            self._thread.pydev_do_not_trace = True
            self._thread.is_pydev_daemon_thread = True
            self._thread.start()
        self._wake.set()

    @property
    def goes_on(self) -> bool:
        """Whether there is still time; a long chore asks now and then."""
        return not self._is_stopped

    def stop(self) -> None:
        """Begin nothing more."""
        self._is_stopped = True
        self._wake.set()

    def after_fork(self) -> None:
        """Leave the chores to the parent process."""
        self._waiting.clear()
        self._renew()

    def _run(self) -> None:
        wake = self._wake
        while not self._is_stopped:
            wake.wait()
            wake.clear()
            while self._waiting and not self._is_stopped:
                name, chore = self._waiting.popleft()
                try:
                    chore()
                except Exception as failure:
                    self._on_failure(name, failure)
