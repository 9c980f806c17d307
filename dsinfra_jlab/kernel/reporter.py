"""Gathers what is logged and sends it in batches, from one thread that sleeps otherwise."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from typing import Any, Callable

from . import limits
from .recordings import Recording, Series
from .sinks import Sink

_Waiting = tuple[dict[str, Any], dict[str, Any], list[bytes], int]
"""Parent header, event, buffers and number of points."""


class Reporter:
    """Holds events for up to ``FLUSH_INTERVAL_S`` and hands them to a sink in their order."""

    def __init__(self, sink: Sink, on_failure: Callable[[str, BaseException], None]) -> None:
        self._sink = sink
        self._on_failure = on_failure
        self._waiting_series: list[Series] = []
        self._outgoing: list[_Waiting] = []
        self._is_stopped = False
        self._is_child = False
        self._child_flushes = 0
        self._flushed_at = 0.0
        self._renew_locks()

    def _renew_locks(self) -> None:
        self._lock = threading.RLock()
        self._wake = threading.Event()
        self._thread: Any = None

    def points_wait(self, series: Series) -> None:
        """Take note of a series that got its first point since it was sent.

        A series is never marked in a forked process, so that each point there comes by here.
        """
        if self._is_child:
            if series not in self._waiting_series:
                self._waiting_series.append(series)
        else:
            series.is_waiting = True
            self._waiting_series.append(series)
        self._rouse()

    def emit(self, recording: Recording, event: dict[str, Any], *buffers: bytes) -> None:
        """Queue an event behind all that was logged before it."""
        self._queue(recording, event, buffers)
        self._rouse()

    def send_last(self, recording: Recording, *events: dict[str, Any]) -> None:
        """Send all that waits and events, when the kernel is about to say something anyway."""
        with self._lock:
            self._collect()
            self._outgoing += [(recording.header, event, [], 0) for event in events]
            self._send_all(can_wait=True)

    def _queue(self, recording: Recording, event: dict[str, Any], buffers: Sequence[bytes]) -> None:
        with self._lock:
            self._collect()
            self._outgoing.append((recording.header, event, list(buffers), 0))

    def gather(self) -> None:
        """Queue the points that wait, so that what is left out of them is counted."""
        with self._lock:
            self._collect()

    def flush(self) -> None:
        """Send everything that waits."""
        with self._lock:
            self._child_flushes += self._is_child
            self._flushed_at = time.monotonic()
            self._collect()
            self._send_all()

    def _send_all(self, can_wait: bool = False) -> None:
        """Send what is queued; see ``Sink.emit`` for ``can_wait``."""
        while self._outgoing:
            count = self._next_batch()
            self._send(self._outgoing[:count], can_wait)
            del self._outgoing[:count]

    def stop(self) -> None:
        """Send what waits and end the thread."""
        self._is_stopped = True
        self._wake.set()
        self.flush()

    def after_fork(self) -> None:
        """Begin anew in a forked process: what waits is the parent's to send."""
        self._is_child = True
        for series in self._waiting_series:
            series.points.clear()
            series.is_waiting = False
        self._waiting_series.clear()
        self._outgoing.clear()
        self._child_flushes = 0
        self._renew_locks()

    def _rouse(self) -> None:
        if self._is_child:
            self._flush_child()
            return
        if self._thread is None:
            self._start()
        if not self._wake.is_set():
            self._wake.set()

    def _flush_child(self) -> None:
        """Send at once in a forked process, which has no flusher; later calls gather."""
        if not self._child_flushes:
            self._flush_when_child_ends()
        is_due = time.monotonic() - self._flushed_at > limits.FLUSH_INTERVAL_S
        if is_due or self._child_flushes < limits.CHILD_FLUSHES_AT_ONCE:
            self.flush()

    def _flush_when_child_ends(self) -> None:
        """Have what gathers sent at the end of a child of multiprocessing, which skips atexit."""
        module = sys.modules.get("multiprocessing.util")
        if module is not None:
            module.Finalize(None, self.flush, exitpriority=0)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None and not self._is_stopped:
                thread = threading.Thread(target=self._run, name="dsinfra", daemon=True)
                thread.pydev_do_not_trace = True  # type: ignore[attr-defined]
                thread.is_pydev_daemon_thread = True  # type: ignore[attr-defined]
                self._thread = thread
                thread.start()

    def _run(self) -> None:
        wake = self._wake
        while not self._is_stopped:
            wake.wait()
            try:
                time.sleep(limits.FLUSH_INTERVAL_S)
                wake.clear()
                self.flush()
            except Exception as failure:
                self._on_failure("flusher", failure)

    def _collect(self) -> None:
        """Turn points that wait into events.

        A series is unmarked before it is emptied, so that a point in between marks it again.
        """
        count = len(self._waiting_series)
        if not count:
            return
        waiting = self._waiting_series[:count]
        del self._waiting_series[:count]
        for series in waiting:
            series.is_waiting = False
            points = series.take()
            recording = series.recording
            for start in range(0, len(points), limits.MESSAGE_MAX_POINTS):
                part = points[start : start + limits.MESSAGE_MAX_POINTS]
                event = {"kind": "points", "key": series.key, "block": recording.block}
                self._outgoing.append((recording.header, event, [b"".join(part)], len(part)))
            if recording.cell.dropped and not recording.cell.is_open:
                counts = recording.cell.take_dropped()
                left_out = {"kind": "dropped", "counts": counts}
                self._outgoing.append((recording.header, left_out, [], 0))

    def _next_batch(self) -> int:
        """Return how many of the waiting events go into one message."""
        header = self._outgoing[0][0]
        points = size = 0
        for number, (parent, _, buffers, count) in enumerate(self._outgoing):
            points += count
            size += sum(map(len, buffers))
            is_full = points > limits.MESSAGE_MAX_POINTS or size > limits.MESSAGE_MAX_BYTES
            if number and (parent is not header or is_full or number == limits.MESSAGE_MAX_EVENTS):
                return number
        return len(self._outgoing)

    def _send(self, batch: list[_Waiting], can_wait: bool) -> None:
        events: list[dict[str, Any]] = []
        buffers: list[bytes] = []
        for _, event, own, _ in batch:
            if own:
                event = {**event, "buffer": len(buffers)}
                buffers += own
            events.append(event)
        self._sink.emit(events, buffers, batch[0][0], can_wait)
