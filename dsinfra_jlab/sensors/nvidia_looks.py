"""Looks at NVIDIA's GPUs: when to begin with the driver, and when to leave it alone."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from ..domain.resources import limits
from .nvidia_calls import CallBook, DriverAnswer, SessionLost
from .nvidia_session import NvmlSession
from .nvidia_sleep import PciSleep
from .nvidia_words import (
    ALL_ASLEEP,
    ASLEEP,
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


class NvidiaLooks:
    """One look after the other, all on one thread; others only read what it found.

    Parameters
    ----------
    load
        Gives the binding; raises ``ImportError`` without it.
    """

    def __init__(
        self, load: Callable[[], Any], sleep: PciSleep, now_s: Callable[[], float]
    ) -> None:
        self._load = load
        self._sleep = sleep
        self._now_s = now_s
        self.book = CallBook(None, now_s)
        self.session = NvmlSession(self.book, sleep)
        self.absent = NOT_YET
        """Why there is nothing to read, empty if there is."""
        self.is_close = False
        """Whether somebody wants to see the GPUs now."""
        self.is_paused = False
        """Whether nobody needs to know of them."""
        self.costs_s: deque[float] = deque(maxlen=_COSTS_KEPT)
        """CPU seconds of the last looks."""
        self._is_open = False
        self._retry_at_s: float | None = None
        self._idle_since_s: float | None = None

    def look(self) -> None:
        """Look once; what fails becomes the reason that ``absent`` gives."""
        now_s = self._now_s()
        begun_s = time.thread_time()
        try:
            if self._stays_shut(now_s) or not (self._is_open or self._open(now_s)):
                return
            try:
                self.session.look(now_s)
            except SessionLost:
                # After a fork, or when somebody in this process ended the library for all.
                self.close()
                if not self._open(now_s):
                    return
                self.session.look(now_s)
            self._rest_if_idle(now_s)
        except DriverAnswer as answer:
            self._fail(about_sensor(answer.code), now_s)
        except Exception as error:  # a mistake of ours costs readings and nothing else
            _LOG.debug("dsinfra: NVIDIA GPUs were not read", exc_info=True)
            self._fail(f"{SENSOR_ELSE} ({type(error).__name__})", now_s)
        finally:
            self.costs_s.append(time.thread_time() - begun_s)

    def pace_s(self) -> float:
        """Return the time between looks: where there is nothing to read, until the next try."""
        retry_at_s = self._retry_at_s
        if retry_at_s is not None and self.is_waiting():
            return retry_at_s - self._now_s()
        return limits.SAMPLE_INTERVAL_S if self.is_close else limits.SAMPLE_IDLE_INTERVAL_S

    def is_waiting(self) -> bool:
        """Return whether it is too early to try again, whoever looks; any thread."""
        retry_at_s = self._retry_at_s
        if retry_at_s is None or self._now_s() >= retry_at_s:
            return False
        return not (self.is_close and self.absent == RESTS)

    def _stays_shut(self, now_s: float) -> bool:
        """Return whether it is too early to try again, or whether the GPUs are left asleep."""
        if self.is_waiting():
            return True
        self._retry_at_s = None
        if not self._sleep.all_asleep():
            return False
        self.close()
        self.absent = ALL_ASLEEP
        self.session.blank(ASLEEP, now_s)
        return True

    def _open(self, now_s: float) -> bool:
        """Begin with the library and return whether there are devices to read."""
        if self.book.nvml is None:
            try:
                self.book.nvml = self._load()
            except ImportError:
                self._fail(NO_BINDING, now_s)
                return False
        count = self.session.open(now_s)
        self._is_open = True
        if not count:
            self.close()
            is_barred = self.session.refusal == NO_PERMISSION
            self._fail(about_sensor(NO_PERMISSION) if is_barred else NO_GPU, now_s)
            return False
        self.absent = ""
        return True

    def close(self) -> None:
        """End with the library, if it is open."""
        if self._is_open:
            self._is_open = False
            self.session.close()

    def leave(self) -> None:
        """Let go of the driver and of what was read: it would look old to who comes next.

        GPUs of laptops stay awake as long as somebody holds them.
        """
        self.close()
        self.session.readings = {}
        if self._retry_at_s is None:
            self.absent = NOT_YET

    def _fail(self, why: str, now_s: float) -> None:
        """Say why there is nothing, and leave the driver alone for a while."""
        if why != self.absent:
            _LOG.debug("dsinfra: %s", why)
        self.close()
        self.absent = why
        self._retry_at_s = now_s + limits.GPU_RETRY_S
        self.session.blank(why, now_s)

    def _rest_if_idle(self, now_s: float) -> None:
        """Let go of GPUs that would fall asleep if nobody read them."""
        if self.is_close or not self.session.is_idle():
            self._idle_since_s = None
            return
        if self._idle_since_s is None:
            self._idle_since_s = now_s
        if now_s - self._idle_since_s >= limits.GPU_REST_AFTER_S:
            self.close()
            self.absent = RESTS
            self.session.blank(RESTS, now_s)
            self._retry_at_s = now_s + limits.GPU_REST_S
