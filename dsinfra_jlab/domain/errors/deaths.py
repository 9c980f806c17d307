"""Says how a kernel's process died, and claims no more than is known."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from .occurrences import Category, ResourceState

PRESSURE_RATIO = 0.9
"""From this part of the limit on, memory is said to be under pressure."""

_CRASHES = frozenset({"SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGTRAP", "SIGSYS"})
"""Signals that a program brings upon itself."""


@dataclass(frozen=True, slots=True)
class Death:
    """How a process died."""

    ename: str
    sentence: str
    category: Category


def death_of(returncode: int | None, resources: ResourceState | None = None) -> Death:
    """Return how a process died, by its exit code and what its memory was.

    It ran out of memory only if it was killed and its control group counted a kill for that.

    >>> death_of(-11).sentence
    'crashed (SIGSEGV)'
    >>> death_of(3).sentence
    'the kernel process exited with code 3'
    """
    if returncode is None:
        return Death("KernelDied", "the kernel died", Category.kernel_crash)
    if returncode >= 0:
        return Death(
            "KernelExited",
            f"the kernel process exited with code {returncode}",
            Category.kernel_crash,
        )
    name = signal_name(-returncode)
    if name in _CRASHES:
        return Death("KernelCrashed", f"crashed ({name})", Category.kernel_crash)
    if name == "SIGKILL" and resources is not None and resources.oom_kills:
        limit = _limit(resources)
        return Death("KernelOutOfMemory", f"killed, out of memory{limit}", Category.memory)
    return Death("KernelKilled", f"killed by {name}{_pressure(resources)}", Category.kernel_crash)


def is_under_pressure(resources: ResourceState | None) -> bool:
    """Return whether memory was nearly used up, as far as anybody looked."""
    return (_ratio(resources) or 0.0) >= PRESSURE_RATIO


def signal_name(number: int) -> str:
    """Return what a signal is called here."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _ratio(resources: ResourceState | None) -> float | None:
    if resources is None or not resources.memory_limit_bytes:
        return None
    used = max(resources.memory_used_bytes or 0, _peak(resources))
    return used / resources.memory_limit_bytes


def _peak(resources: ResourceState) -> int:
    """Return the most the kernel itself held: after its death the machine has room again."""
    return max((point.rss_bytes for point in resources.trail), default=0)


def _pressure(resources: ResourceState | None) -> str:
    ratio = _ratio(resources)
    if ratio is None or ratio < PRESSURE_RATIO:
        return ""
    return f", memory at {min(ratio, 1.0) * 100:.0f} % of the limit"


def _limit(resources: ResourceState) -> str:
    if not resources.memory_limit_bytes:
        return ""
    return f" (limit {resources.memory_limit_bytes / 1e9:.1f} GB)"
