"""Calls to NVIDIA's driver: which of them work on which device, how long they take."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ..domain.resources import limits
from .nvidia_words import (
    FUNCTION_NOT_FOUND,
    IS_OLD_FORM,
    LIBRARY_NOT_FOUND,
    NOT_SUPPORTED,
    THEN,
    UNKNOWN,
    Then,
)

_FAILURES_IN_A_ROW = 3
"""After so many a call that might have worked the next time is dropped too."""


class DriverAnswer(Exception):
    """The driver answered with one of its codes instead of a value."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Refused(DriverAnswer):
    """A call has no value now, or is known to have none."""


class DeviceLost(DriverAnswer):
    """The device is gone; the others may be there."""


class SessionLost(DriverAnswer):
    """The library has to be begun anew."""


@dataclass(frozen=True, slots=True)
class Call:
    """One function of the binding with its arguments after the device."""

    function: str
    arguments: tuple[Any, ...] = ()
    form: str = ""
    """Tells forms of the same function apart."""

    @property
    def name(self) -> str:
        """How it is known."""
        return f"{self.function} {self.form}".strip()


@dataclass(frozen=True, slots=True)
class CallRow:
    """How one call to one device went so far."""

    device: str
    """``GPU 0``, ``GPU 0 instance 1``, or ``driver``: no names that identify a machine."""
    call: str
    count: int
    failure_count: int
    last_error: str
    """The class the binding raised last, empty if it works."""
    is_dropped: bool
    """Whether it is left out for a while."""
    p50_s: float | None
    p95_s: float | None
    max_s: float | None


@dataclass(slots=True)
class _Entry:
    count: int = 0
    failures: int = 0
    failures_in_row: int = 0
    error: str = ""
    code: int = 0
    retry_at_s: float | None = None
    max_s: float = 0.0
    took_s: deque[float] = field(default_factory=lambda: deque(maxlen=limits.GPU_LATENCIES_KEPT))


class CallBook:
    """Makes the calls, and knows for each device which of them to leave out.

    A dropped call is tried again every ten minutes: drivers are updated, rights are given.
    """

    def __init__(self, nvml: Any = None, now_s: Callable[[], float] = time.monotonic) -> None:
        self.nvml = nvml
        """The binding, once it is loaded."""
        self._now_s = now_s
        self._entries: dict[tuple[str, str], _Entry] = {}
        self.made = 0
        """Calls made so far."""
        self.waiting_since_s: float | None = None
        """When the call that is going on was begun."""

    def ask(self, device: str, call: Call, *handle: Any, fine: Iterable[int] = ()) -> Any:
        """Return the driver's answer.

        Raises ``Refused`` if there is none, ``DeviceLost`` or ``SessionLost`` if there will be
        no other either. Codes in ``fine`` are raised too, but the call is not dropped for them.
        """
        entry = self._entries.get((device, call.name))
        if entry is None:
            entry = self._entries[(device, call.name)] = _Entry()
        if entry.retry_at_s is not None:
            if self._now_s() < entry.retry_at_s:
                raise Refused(entry.code)
            # One failure more drops it again.
            entry.retry_at_s, entry.failures_in_row = None, _FAILURES_IN_A_ROW - 1
        self.made += 1
        entry.count += 1
        begun_s = time.perf_counter()
        self.waiting_since_s = self._now_s()
        try:
            answer = getattr(self.nvml, call.function)(*handle, *call.arguments)
        except Exception as error:
            self._note_failure(entry, error, frozenset(fine))
        finally:
            self.waiting_since_s = None
            took_s = time.perf_counter() - begun_s
            entry.took_s.append(took_s)
            entry.max_s = max(entry.max_s, took_s)
        entry.failures_in_row, entry.error = 0, ""
        return answer

    def ask_forms(self, device: str, calls: Iterable[Call], *handle: Any) -> Any:
        """Return the answer to the first of some forms of a call that the driver knows.

        A form that it does not know is dropped, so going down to older ones happens once.
        """
        refusal = Refused(NOT_SUPPORTED)
        for call in calls:
            try:
                return self.ask(device, call, *handle)
            except Refused as refused:
                if refused.code not in IS_OLD_FORM:
                    raise
                refusal = refused
        raise refusal

    def drop(self, device: str, call: Call, code: int) -> None:
        """Leave out a call for a while whose answer says that it means nothing."""
        entry = self._entries[(device, call.name)]
        entry.code, entry.retry_at_s = code, self._now_s() + limits.GPU_RETRY_S

    def forget(self, device: str) -> None:
        """Forget a device that is not there any more."""
        for key in [key for key in self._entries if key[0] == device]:
            del self._entries[key]

    def try_again(self, device: str | None = None) -> None:
        """Forget what was dropped, of one device or of all."""
        for (of, _), entry in self._entries.items():
            if device is None or of == device:
                entry.retry_at_s, entry.failures_in_row = None, 0

    def rows(self, label: Callable[[str], str]) -> list[CallRow]:
        """Return how all calls went; any thread."""
        return [
            _row(label(device), name, entry)
            for (device, name), entry in tuple(self._entries.items())
        ]

    def _note_failure(self, entry: _Entry, error: Exception, fine: frozenset[int]) -> None:
        code = code_of(error)
        entry.error = type(error).__name__
        entry.code = code
        if code in fine:
            entry.failures_in_row = 0
            raise Refused(code) from None
        entry.failures += 1
        then = THEN.get(code, Then.pass_over)
        if then is Then.reopen:
            raise SessionLost(code) from None
        if then is Then.lose_device:
            raise DeviceLost(code) from None
        entry.failures_in_row += 1
        if then is Then.drop or entry.failures_in_row >= _FAILURES_IN_A_ROW:
            entry.retry_at_s = self._now_s() + limits.GPU_RETRY_S
        raise Refused(code) from None


def code_of(error: Exception) -> int:
    """Return the driver's number of what a call raised."""
    code = getattr(error, "value", None)
    if isinstance(code, int):
        return code
    # An older binding has not all functions, and none has a library that is not there.
    if isinstance(error, AttributeError):
        return FUNCTION_NOT_FOUND
    return LIBRARY_NOT_FOUND if isinstance(error, OSError) else UNKNOWN


def _row(device: str, name: str, entry: _Entry) -> CallRow:
    took_s = sorted(tuple(entry.took_s))
    return CallRow(
        device=device,
        call=name,
        count=entry.count,
        failure_count=entry.failures,
        last_error=entry.error,
        is_dropped=entry.retry_at_s is not None,
        p50_s=took_s[len(took_s) // 2] if took_s else None,
        p95_s=took_s[min(len(took_s) - 1, len(took_s) * 95 // 100)] if took_s else None,
        max_s=entry.max_s if took_s else None,
    )
