"""What NVIDIA's driver answers, made into values; what cannot be true is ``None``."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Any

from ..domain.resources.samples import GpuHolding, GpuSlowdown

_SENTINELS = frozenset(
    {
        2**32 - 1,  # unsigned -1
        2**64 - 1,
        2**31 - 1,
        2**63 - 1,
        *range(2**31 - 16, 2**31 - 1),  # DCGM's blank values of 32 and 64 bits
        *range(2**63 - 16, 2**63 - 1),
    }
)
_TEMPERATURES_C = (-60.0, 200.0)
_THRESHOLD_LEAST_C = 30.0
_POWER_W_MAX = 100_000.0
"""No single device takes so much; spikes above a device's own limit are real and stay."""
_MEMORY_BYTES_MAX = 2**50
_OLDEST_US = 5_000_000
"""Samples of processes that are older than the newest by more say nothing of now."""
_FIELD_VALUES = {0: "dVal", 1: "uiVal", 2: "ulVal", 3: "ullVal", 4: "sllVal", 5: "siVal"}
"""By type, the member of the union that holds it."""
_HARDWARE = 0x8
_SLOWDOWNS = (
    (0x40, GpuSlowdown.overheated),
    (0x80, GpuSlowdown.power_brake),
    (0x20, GpuSlowdown.hot),
    (0x4, GpuSlowdown.power_cap),
    (0x10, GpuSlowdown.sync_boost),
)
"""By bit, the worst first. An idle GPU and clocks that somebody set are no slowdowns."""


def number(value: Any) -> float | int | None:
    """Return a number, ``None`` for what drivers put where they have none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 <= value < inf or value in _SENTINELS:
        return None
    return value


def ratio_of_percent(value: Any) -> float | None:
    """Return a part of 1 for a percentage."""
    percent = number(value)
    return percent / 100.0 if percent is not None and percent <= 100 else None


def temperature_c(value: Any) -> float | None:
    """Return a temperature."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    least, most = _TEMPERATURES_C
    return float(value) if least <= value <= most else None


def threshold_c(value: Any) -> float | None:
    """Return a temperature at which a device does something; 0 stands for none."""
    found = temperature_c(value)
    return found if found is not None and found >= _THRESHOLD_LEAST_C else None


def watts(value: Any) -> float | None:
    """Return power for milliwatts."""
    found = number(value)
    return found / 1000.0 if found is not None and found / 1000.0 <= _POWER_W_MAX else None


def joules(value: Any) -> float | None:
    """Return energy for millijoules."""
    found = number(value)
    return found / 1000.0 if found is not None else None


def memory(info: Any) -> tuple[int | None, int | None]:
    """Return the used and all the memory of a device; both ``None`` if it counts none."""
    total, used = number(getattr(info, "total", None)), number(getattr(info, "used", None))
    if total is None or not 1 <= total <= _MEMORY_BYTES_MAX:
        return None, None
    return (int(used) if used is not None and used <= total else None), int(total)


def text(value: Any) -> str:
    """Return a name; older bindings give bytes."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else ""


def holdings(
    lists: Iterable[Iterable[Any]],
    total_bytes: int | None,
    utils: dict[int, float | None] | None,
) -> tuple[GpuHolding, ...]:
    """Return who holds memory, each process once.

    A process that computes and draws is in two lists with the same memory. Number 0 stands for
    processes that the driver does not name: of another container, or of another account.
    """
    named: dict[int, int | None] = {}
    nameless: list[int | None] = []
    for found in lists:
        for entry in found:
            held = _held(getattr(entry, "usedGpuMemory", None), total_bytes)
            pid = number(getattr(entry, "pid", None))
            if not pid or pid > 2**31 - 1:
                nameless.append(held)
            else:
                named[int(pid)] = max(
                    (v for v in (named.get(int(pid)), held) if v is not None), default=None
                )
    found_named = [GpuHolding(pid, held, _util(pid, held, utils)) for pid, held in named.items()]
    return (*found_named, *(GpuHolding(0, held) for held in nameless))


def newest_util(samples: Iterable[Any]) -> tuple[dict[int, float | None], int]:
    """Return by process its newest utilisation, and the driver's time of the newest sample."""
    known = [sample for sample in samples if number(getattr(sample, "timeStamp", None))]
    newest_us = max((int(sample.timeStamp) for sample in known), default=0)
    utils: dict[int, float | None] = {}
    for sample in sorted(known, key=lambda sample: int(sample.timeStamp)):
        if sample.timeStamp >= newest_us - _OLDEST_US and number(sample.pid):
            utils[int(sample.pid)] = ratio_of_percent(sample.smUtil)
    return utils, newest_us


def field_value(entry: Any) -> float | int | None:
    """Return one of the driver's numbered values, of which each may fail by itself."""
    if getattr(entry, "nvmlReturn", None) != 0:
        return None
    member = _FIELD_VALUES.get(entry.valueType)
    return number(getattr(entry.value, member, None)) if member else None


def slowdowns(value: Any) -> list[GpuSlowdown] | None:
    """Return what slows a device down, by the driver's bits; ``None`` for no number."""
    bits = number(value)
    if not isinstance(bits, int):
        return None
    found = [why for bit, why in _SLOWDOWNS if bits & bit]
    # Set together with the two reasons of the hardware that have a bit of their own.
    is_told = GpuSlowdown.overheated in found or GpuSlowdown.power_brake in found
    return [GpuSlowdown.hardware, *found] if bits & _HARDWARE and not is_told else found


def _held(value: Any, total_bytes: int | None) -> int | None:
    found = number(value)
    if found is None or found > (total_bytes or _MEMORY_BYTES_MAX):
        return None
    return int(found)


def _util(pid: int, held: int | None, utils: dict[int, float | None] | None) -> float | None:
    """Return a process's utilisation: that there is no sample of it means that it did nothing.

    Only where the driver told of it otherwise; whose memory is unknown may run unseen.
    """
    if utils is None:
        return None
    return utils.get(pid, 0.0 if held is not None else None)
