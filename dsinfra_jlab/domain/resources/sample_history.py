"""The past that outlives a server: a point a minute, of which the store keeps seven days."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from ..exceptions import BadInput
from ..ids import KernelId
from . import limits
from .sample_series import READINGS
from .samples import SampleWindow, Snapshot

MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class SubjectMinute:
    """What one thing took in a minute."""

    subject: str
    """``host``, ``kernel.<id>`` or ``gpu.<uuid>``."""
    label: str
    """What a person calls a kernel; empty if it is not to be told."""
    values: tuple[float | None, ...]
    """The most of each of its readings, in the order of ``READINGS``."""


@dataclass(frozen=True, slots=True)
class Minute:
    """What was read of a machine in one minute."""

    start_s: int
    """Unix seconds, a multiple of 60."""
    subjects: tuple[SubjectMinute, ...]


class MinuteBook:
    """Gathers looks into minutes; not for several threads at once.

    Looks are laid by and gone through when their minute is over: all at once that takes a small
    part of what it would take look by look.
    """

    def __init__(self) -> None:
        self._start_s: int | None = None
        self._looks: list[Snapshot] = []

    def add(self, snapshot: Snapshot) -> Minute | None:
        """Take in one look; return the minute before if this look begins another one."""
        start_s = int(snapshot.at.timestamp()) // MINUTE_S * MINUTE_S
        done = self.take_out() if start_s != self._start_s else None
        self._start_s = start_s
        self._looks.append(snapshot)
        return done

    def take_out(self) -> Minute | None:
        """Return the present minute and begin anew, ``None`` if nothing was read in it."""
        start_s, self._start_s = self._start_s, None
        looks, self._looks = self._looks, []
        values: dict[str, tuple[float | None, ...]] = {}
        labels: dict[str, str] = {}
        seen: dict[str, object] = {}
        for snapshot in looks:
            for subject, label, kind, sample in _subjects(snapshot):
                if seen.get(subject) is sample:
                    continue  # of a kernel at rest each look has the same
                row, seen[subject] = _values(kind, sample), sample
                values[subject] = most_of(values[subject], row) if subject in values else row
                labels[subject] = label
        if start_s is None or not values:
            return None
        return Minute(
            start_s,
            tuple(SubjectMinute(subject, labels[subject], row) for subject, row in values.items()),
        )


def _subjects(snapshot: Snapshot) -> Iterable[tuple[str, str, str, object]]:
    """Yield the subject, label, kind and sample of each thing."""
    if snapshot.host is not None:
        yield "host", "", "host", snapshot.host
    for kernel in snapshot.kernels:
        yield f"kernel.{kernel.kernel_id}", kernel.name, "kernel", kernel
    for gpu in snapshot.gpus:
        yield f"gpu.{gpu.uuid}", "", "gpu", gpu


def _values(kind: str, sample: Any) -> tuple[float | None, ...]:
    found = (getattr(sample, name) for name in READINGS[kind])
    return tuple(
        float(value) if value is not None and math.isfinite(value) else None for value in found
    )


def most_of(
    left: tuple[float | None, ...], right: tuple[float | None, ...]
) -> tuple[float | None, ...]:
    """Return the most of each of two rows; what is known of one alone is that.

    >>> most_of((1.0, None, None), (2.0, 3.0, None))
    (2.0, 3.0, None)
    """
    return tuple(
        b if a is None else a if b is None else max(a, b) for a, b in zip(left, right, strict=True)
    )


def step_of(window_s: float) -> int:
    """Return the seconds between points for a window, so that a chart has use for each.

    >>> [step_of(hours * 3600) for hours in (1, 6, 24, 168)]
    [60, 60, 120, 900]
    """
    for step_s in limits.SAMPLE_HISTORY_STEPS_S:
        if window_s / step_s <= limits.SAMPLE_HISTORY_POINTS:
            return step_s
    return limits.SAMPLE_HISTORY_STEPS_S[-1]


def joined(stored: SampleWindow, recent: SampleWindow, since_s: float, step_s: int) -> SampleWindow:
    """Return what is stored and what is held in memory as one, the most of each step."""
    series: dict[str, dict[int, float]] = {}
    for window in (stored, recent):
        starts = [int(at_s // step_s) * step_s for at_s in window.at_s]
        for name, values in window.series.items():
            points = series.setdefault(name, {})
            for start_s, value in zip(starts, values, strict=True):
                if value is not None and start_s > since_s:
                    points[start_s] = max(value, points.get(start_s, value))
    at = sorted({start_s for points in series.values() for start_s in points})
    return SampleWindow(
        seq=recent.seq,
        step_s=float(step_s),
        at_s=[float(start_s) for start_s in at],
        series={name: [points.get(start_s) for start_s in at] for name, points in series.items()},
        kernel_names=stored.kernel_names,
    )


def with_keys(window: SampleWindow, keys: str) -> SampleWindow:
    """Return a window with those series only that are asked for, all of them if none is.

    Raises
    ------
    BadInput
        If a name is asked for that no series has.
    """
    wanted = [name.strip() for name in keys.split(",") if name.strip()]
    for name in wanted:
        if name not in window.series:
            raise BadInput(f"There is no series called {name!r}.")
    return replace(window, series={name: window.series[name] for name in wanted or window.series})


def kernel_of(subject: str) -> KernelId | None:
    """Return the id of the kernel that a subject is, ``None`` if it is none."""
    kind, _, rest = subject.partition(".")
    return KernelId(rest) if kind == "kernel" else None
