"""A few threads that answer questions, and hold up nobody's exit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

__all__ = ["Readers"]

T = TypeVar("T")


class Readers:
    """Threads that run what they are given, in order.

    Not a ``ThreadPoolExecutor``: Python waits for its threads at exit, and one that reads
    from a file system that hangs would keep the server from ending.
    """

    def __init__(self, count: int, name: str) -> None:
        self._work: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{number}", daemon=True)
            for number in range(count)
        ]
        self._is_started = False

    def start(self) -> None:
        """Start the threads."""
        self._is_started = True
        for thread in self._threads:
            thread.start()

    def submit(self, function: Callable[[], T]) -> Future[T]:
        """Return what ``function`` will have returned."""
        future: Future[T] = Future()
        self._work.put((future, function))
        return future

    def stop(self) -> None:
        """Let the threads end when they are done with what they were given."""
        for _ in self._threads:
            self._work.put(None)

    def join(self, timeout_s: float) -> None:
        """Wait for the threads to end, in all at most so long."""
        for thread in self._threads:
            if self._is_started:
                thread.join(timeout_s / len(self._threads))

    def _run(self) -> None:
        while (item := self._work.get()) is not None:
            future, function = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(function())
            except BaseException as error:
                future.set_exception(error)
            # Not to hold the last answer until the next question.
            del item, future, function
