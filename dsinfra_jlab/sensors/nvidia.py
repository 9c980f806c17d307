"""NVIDIA's GPUs, read in a thread of their own: a driver that hangs holds up nobody else."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..domain import limits
from ..domain.samples import GpuReading
from .nvidia_calls import CallBook, CallRow, DriverAnswer, SessionLost
from .nvidia_session import NvmlSession
from .nvidia_sleep import PciSleep
from .nvidia_words import (
    ALL_ASLEEP,
    ASLEEP,
    HANGS,
    NO_BINDING,
    NO_GPU,
    NO_PERMISSION,
    NOT_YET,
    RESTS,
    SENSOR_ELSE,
    about_sensor,
)

_LOG = logging.getLogger(__name__)
_COSTS_KEPT = 60
_REST_LEAST_S = 0.2
"""Between looks, however long they take."""


class NvidiaSensor:
    """Reads all NVIDIA GPUs each second, or each ten when nobody looks closely.

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
        self._is_close = False
        self._thread: threading.Thread | None = None
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._pid = os.getpid()
        self._book = CallBook(None, self._now_s)
        self._session = NvmlSession(self._book, self._sleep)
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._absent = NOT_YET
        self._is_open = False
        self._retry_at_s: float | None = None
        self._idle_since_s: float | None = None
        self._costs_s: deque[float] = deque(maxlen=_COSTS_KEPT)

    # What others see

    def start(self) -> None:
        """Begin; returns at once."""
        if self._thread is not None and self._pid == os.getpid():
            return
        self._begin_anew()
        self._thread = threading.Thread(
            target=self._look_for_ever,
            args=(self._wake, self._stopping),
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
        is_sooner = is_close and not self._is_close
        self._is_close = is_close
        if is_sooner:
            self._wake.set()

    def latest(self) -> tuple[GpuReading, ...]:
        """Return what was read last, each with its age; never blocks."""
        if self._thread is not None and self._pid != os.getpid():
            self.start()  # a fork has no threads, and the library is not open in it
        now_s = self._now_s()
        return tuple(
            replace(reading, sample=replace(reading.sample, age_s=max(0.0, now_s - at_s)))
            for at_s, reading in tuple(self._session.readings.values())
        )

    def absent(self) -> str:
        """Return why there are no GPUs to read, empty if there are; in words for the user."""
        since_s = self._book.waiting_since_s
        if since_s is not None and self._now_s() - since_s > limits.GPU_HANG_S:
            return HANGS
        return self._absent

    def call_table(self) -> list[CallRow]:
        """Return how the driver's calls went, without what identifies a machine; any thread."""
        return self._book.rows(self._session.label)

    def tick_p95_s(self) -> float | None:
        """Return the CPU time of one look; ``None`` before the first."""
        costs = sorted(tuple(self._costs_s))
        return costs[min(len(costs) - 1, len(costs) * 95 // 100)] if costs else None

    # The sensor's thread

    def look(self) -> None:
        """Look once; what fails becomes the reason that ``absent`` gives."""
        now_s = self._now_s()
        begun_s = time.thread_time()
        try:
            if self._is_waiting(now_s) or not (self._is_open or self._open(now_s)):
                return
            try:
                self._session.look(now_s)
            except SessionLost:
                # After a fork, or when somebody in this process ended the library for all.
                self._close()
                if not self._open(now_s):
                    return
                self._session.look(now_s)
            self._rest_if_idle(now_s)
        except DriverAnswer as answer:
            self._fail(about_sensor(answer.code), now_s)
        except Exception as error:  # a mistake of ours costs readings and nothing else
            _LOG.debug("dsinfra: NVIDIA GPUs were not read", exc_info=True)
            self._fail(f"{SENSOR_ELSE} ({type(error).__name__})", now_s)
        finally:
            self._costs_s.append(time.thread_time() - begun_s)

    def _look_for_ever(self, wake: threading.Event, stopping: threading.Event) -> None:
        while not stopping.is_set():
            begun_s = self._now_s()
            self.look()
            rest_s = self._interval_s() - (self._now_s() - begun_s)
            wake.wait(max(_REST_LEAST_S, rest_s))
            wake.clear()
        self._close()

    def _interval_s(self) -> float:
        return limits.SAMPLE_INTERVAL_S if self._is_close else limits.SAMPLE_IDLE_INTERVAL_S

    def _is_waiting(self, now_s: float) -> bool:
        """Return whether it is too early to try again, or whether the GPUs are left asleep."""
        if self._retry_at_s is not None and now_s < self._retry_at_s:
            is_resting = self._absent == RESTS
            if not (is_resting and self._is_close):
                return True
        self._retry_at_s = None
        if not self._sleep.all_asleep():
            return False
        self._close()
        self._absent = ALL_ASLEEP
        self._session.blank(ASLEEP, now_s)
        return True

    def _open(self, now_s: float) -> bool:
        """Begin with the library and return whether there are devices to read."""
        if self._book.nvml is None:
            try:
                self._book.nvml = self._load()
            except ImportError:
                self._fail(NO_BINDING, now_s)
                return False
        count = self._session.open(now_s)
        self._is_open = True
        if not count:
            self._close()
            is_barred = self._session.refusal == NO_PERMISSION
            self._fail(about_sensor(NO_PERMISSION) if is_barred else NO_GPU, now_s)
            return False
        self._absent = ""
        return True

    def _close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._session.close()

    def _fail(self, why: str, now_s: float) -> None:
        """Say why there is nothing, and leave the driver alone for a while."""
        if why != self._absent:
            _LOG.debug("dsinfra: %s", why)
        self._close()
        self._absent = why
        self._retry_at_s = now_s + limits.GPU_RETRY_S
        self._session.blank(why, now_s)

    def _rest_if_idle(self, now_s: float) -> None:
        """Let go of GPUs that would fall asleep if nobody read them."""
        if self._is_close or not self._session.is_idle():
            self._idle_since_s = None
            return
        if self._idle_since_s is None:
            self._idle_since_s = now_s
        if now_s - self._idle_since_s >= limits.GPU_REST_AFTER_S:
            self._close()
            self._absent = RESTS
            self._session.blank(RESTS, now_s)
            self._retry_at_s = now_s + limits.GPU_REST_S


def _binding() -> Any:
    # 8,000 lines, which servers without a GPU need not read at their start.
    import pynvml

    return pynvml
