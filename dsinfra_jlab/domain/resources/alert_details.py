"""What lies behind an alert: the processes that are busy, the files that fill the disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ..ids import KernelId
from .samples import AlertKind

__all__ = ["DETAILED_KINDS", "AlertDetails", "NewFile", "ProcessUse"]

DETAILED_KINDS = (AlertKind.process_leak, AlertKind.disk_filling)
"""Kinds of alerts that there is more to tell of."""


@dataclass(frozen=True, slots=True)
class ProcessUse:
    """One process of a kernel, of the account that this server runs under."""

    pid: int
    name: str
    """As the system calls it; what it was started with is not told: that may hold secrets."""
    cpu_ratio: float | None
    """1 is one CPU in full use; null for one that has just begun."""
    rss_bytes: int


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that was written since a kernel began, in the folder that the kernel works in."""

    folder: str
    path: str
    """Below the folder."""
    bytes: int
    """Room that it takes on the disk."""
    modified_at: datetime
    kernel_ids: list[KernelId]
    """The kernels that work in the folder or above it and were there when it was written: one of
    them may have written it, or anybody else."""


@dataclass(frozen=True, slots=True)
class AlertDetails:
    """What lies behind an alert, looked up for this answer."""

    alert_id: str
    at: datetime
    processes: list[ProcessUse] = field(default_factory=list)
    """Of the kernel that a leak of processes is about, the busiest first."""
    files: list[NewFile] = field(default_factory=list)
    """The biggest ones, where the disk fills up."""
    is_complete: bool = True
    """False if there was more than could be looked at."""
    absent: str = ""
    """Why there is nothing to tell, in words for the user."""
