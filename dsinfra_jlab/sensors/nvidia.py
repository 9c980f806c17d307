"""NVIDIA's GPUs, read in a thread of their own: a driver that hangs holds up nobody else."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..domain.resources import limits
from ..domain.resources.samples import GpuReading
from .nvidia_calls import CallRow, Refused
from .nvidia_looks import NvidiaLooks
from .nvidia_sleep import PciSleep
from .nvidia_words import HANGS, LIBRARY_NOT_FOUND

_REST_LEAST_S = 0.2
"""Between looks, however long they take."""


class NvidiaSensor:
    """Reads all NVIDIA GPUs each second, each ten when nobody looks closely, or not at all.

    The driver's library is first touched in the sensor's thread. What does not work is left out
    and tried again every ten minutes; what was read last stays, with its age.

    Parameters
    ----------
    load
        Gives the binding, by default the module ``pynvml``; raises ``ImportError`` without it.
    """

    def __init__(
        self,
        load: Callable[[], Any] | None = None,
        *,
        sleep: PciSleep | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load or _binding
        self._sleep = sleep or PciSleep()
        self._now_s = now_s
        self._thread: threading.Thread | None = None
        self._begin_anew(is_close=False)

    def start(self) -> None:
        """Begin; returns at once."""
        if self._thread is not None and self._pid == os.getpid():
            return
        is_paused = self._looks.is_paused
        self._begin_anew(self._looks.is_close)
        self._looks.is_paused = is_paused
        self._thread = threading.Thread(
            target=self._look_for_ever,
            args=(self._looks, self._wake, self._stopping),
            name="dsinfra-nvidia",
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """End, without waiting for a driver that hangs."""
        self._thread = None
        self._stopping.set()
        self._wake.set()

    def look_closely(self, is_close: bool) -> None:
        """Read each second, or each ten."""
        is_sooner = is_close and not self._looks.is_close
        self._looks.is_close = is_close
        if is_sooner and not self._looks.is_waiting():
            self._wake.set()

    def pause(self, is_paused: bool) -> None:
        """Leave the driver alone, or go on at once."""
        is_sooner = self._looks.is_paused and not is_paused
        self._looks.is_paused = is_paused
        if is_sooner:
            self._wake.set()

    def look(self) -> None:
        """Look once, on this thread: for who wants a table of calls and no thread."""
        self._looks.look()

    def latest(self) -> tuple[GpuReading, ...]:
        """Return what was read last, each with its age; never blocks."""
        if self._thread is not None and self._pid != os.getpid():
            self.start()  # a fork has no threads, and the library is not open in it
        now_s = self._now_s()
        return tuple(
            replace(reading, sample=replace(reading.sample, age_s=max(0.0, now_s - at_s)))
            for at_s, reading in tuple(self._looks.session.readings.values())
        )

    def absent(self) -> str:
        """Return why there are no GPUs to read, empty if there are; in words for the user."""
        since_s = self._looks.book.waiting_since_s
        if since_s is not None and self._now_s() - since_s > limits.GPU_HANG_S:
            return HANGS
        return self._looks.absent

    def call_table(self) -> list[CallRow]:
        """Return how the driver's calls went, without what identifies a machine; any thread."""
        return self._looks.book.rows(self._looks.session.label)

    def tick_p95_s(self) -> float | None:
        """Return the CPU time of one look; ``None`` before the first."""
        costs = sorted(tuple(self._looks.costs_s))
        return costs[min(len(costs) - 1, len(costs) * 95 // 100)] if costs else None

    def _begin_anew(self, is_close: bool) -> None:
        """Forget everything: what a thread that hangs comes back to is no longer looked at."""
        self._pid = os.getpid()
        self._looks = NvidiaLooks(self._load, self._sleep, self._now_s)
        self._looks.is_close = is_close
        self._wake, self._stopping = threading.Event(), threading.Event()

    def _look_for_ever(
        self, looks: NvidiaLooks, wake: threading.Event, stopping: threading.Event
    ) -> None:
        while not stopping.is_set():
            begun_s = time.monotonic()
            looks.look()
            rest_s = looks.pace_s() - (time.monotonic() - begun_s)
            wake.wait(max(_REST_LEAST_S, rest_s))
            wake.clear()
            if looks.is_paused:
                looks.leave()
            while looks.is_paused and not stopping.is_set():
                wake.wait()
                wake.clear()
        looks.close()


def _binding() -> Any:
    """Return the binding; raises ``Refused`` without a driver's library for it."""
    if sys.platform == "linux":
        try:
            ctypes.CDLL("libnvidia-ml.so.1")
        except OSError:
            raise Refused(LIBRARY_NOT_FOUND) from None
    # 8,000 lines and 2 MB, which servers on machines without a GPU are spared.
    import pynvml

    return pynvml
