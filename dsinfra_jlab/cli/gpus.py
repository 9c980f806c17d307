"""The GPUs, read once and not by a server."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ..domain.resources import limits
from ..domain.resources.samples import GpuReading
from ..sensors.nvidia import NvidiaSensor
from ..sensors.nvidia_calls import CallRow

__all__ = ["calls_of_gpus", "settled_gpus"]

_SETTLED_S = limits.GPU_HANG_S + 1.0
"""A driver that has not answered by then hangs, and the sensor says so."""


def settled_gpus() -> tuple[Sequence[GpuReading], str]:
    """Return the GPUs as read once, and why there are none."""
    readings, absent, _ = _look()
    return readings, absent


def calls_of_gpus() -> tuple[str, list[CallRow]]:
    """Return why there are no GPUs, and how each call of the driver went."""
    _, absent, rows = _look()
    return absent, rows


def _look() -> tuple[Sequence[GpuReading], str, list[CallRow]]:
    """Look in the sensor's own thread: a driver that hangs does not hold up the command."""
    sensor = NvidiaSensor()
    sensor.start()
    end = time.monotonic() + _SETTLED_S
    # Devices are shown one by one as they are read: the cost is known when all of them were.
    while sensor.tick_p95_s() is None and time.monotonic() < end:
        time.sleep(0.02)
    found = sensor.latest(), sensor.absent(), sensor.call_table()
    sensor.stop()
    return found
