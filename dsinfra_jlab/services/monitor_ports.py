"""What the monitor needs of the sensors, and what others need of the monitor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ..domain.errors.occurrences import ResourceState
from ..domain.ids import KernelId, RunId
from ..domain.resources.kernel_memory import KernelMemory
from ..domain.resources.samples import (
    GpuHolding,
    GpuReading,
    KernelState,
    RunningCell,
    RunSamples,
    SampleQuery,
    SampleWindow,
    Snapshot,
)
from ..domain.runs.records import PeakMemory
from ..sensors.processes import TreeReading

__all__ = [
    "GpuHolding",
    "GpuReading",
    "GpuSensor",
    "KernelFacts",
    "ResourceMonitor",
    "RunResources",
]


class GpuSensor(Protocol):
    """Reads GPUs in a thread of its own: a sick driver holds up nobody else."""

    def start(self) -> None:
        """Begin; returns at once."""

    def stop(self) -> None:
        """End, without waiting for a driver that hangs."""

    def latest(self) -> Sequence[GpuReading]:
        """Return what was read last, each with its age; never blocks."""

    def absent(self) -> str:
        """Return why there are no GPUs to read, empty if there are; in words for the user."""

    def look_closely(self, is_close: bool) -> None:
        """Read each second, or each ten."""

    def pause(self, is_paused: bool) -> None:
        """Leave the driver alone while nobody needs to know of GPUs, or go on at once."""

    def tick_p95_s(self) -> float | None:
        """Return the CPU time of one look, all but the dearest; ``None`` before the first."""


@dataclass(frozen=True, slots=True)
class RunResources:
    """What a run took."""

    samples: RunSamples
    peak_rss: PeakMemory | None
    peak_gpu_memory: PeakMemory | None
    energy_j: float | None


@dataclass(frozen=True, slots=True)
class KernelFacts:
    """What the server knows of a kernel besides its processes; null is what it does not know."""

    kernel_name: str
    notebook_path: str | None
    """Contents path below the server's root, or an absolute path outside of it."""
    name: str
    """What a person calls it: the notebook's or console's name."""
    state: KernelState = KernelState.unknown
    running: RunningCell | None = None
    started_at: datetime | None = None
    last_activity_at: datetime | None = None


class ResourceMonitor(Protocol):
    """The one sampler of a server."""

    @property
    def folder(self) -> str:
        """Whose file system counts as the disk."""

    def follow(self, kernel_id: KernelId, pid: int | None) -> None:
        """Begin with a kernel's process; ``None`` if it has none on this machine."""

    def leave(self, kernel_id: KernelId) -> None:
        """Forget a kernel."""

    def state(self, kernel_id: KernelId) -> ResourceState | None:
        """Return how the machine stands for a kernel, with its last minute; any thread."""

    def exact_memory(self, kernel_id: KernelId) -> KernelMemory:
        """Return the memory of a kernel to the page; takes long, any thread.

        Raises ``NotFound`` for a kernel that is not followed.
        """

    def trees(self) -> dict[KernelId, TreeReading]:
        """Return the processes of each kernel that is there, as read now; any thread."""

    def run_begun(self, kernel_id: KernelId, run_id: RunId) -> None:
        """A cell begins to run; returns at once, any thread."""

    def run_ended(
        self,
        kernel_id: KernelId,
        run_id: RunId,
        *,
        is_next_waiting: bool = False,
        marks: tuple[int, int] | None = None,
    ) -> RunResources | None:
        """A cell has ended: return what it took, as far as it was looked at; any thread.

        Parameters
        ----------
        is_next_waiting
            Whether another run waited in the kernel, which may have begun by now: then a rise
            of memory may be of that one, and the peak is not called exact.
        marks
            The highest marks of memory that the kernel itself read at the beginning and the end.
        """

    def latest(self) -> Snapshot | None:
        """Return everything as last read; ``None`` before the first look."""

    def window(self, query: SampleQuery) -> SampleWindow:
        """Return series of the past; raises ``BadInput`` for names of series there are none of."""

    def look_on(self, viewer: object, is_looking: bool) -> None:
        """Somebody begins or ceases to look on, which sets the rate."""

    def listen(self, listener: Callable[[Snapshot], None]) -> None:
        """Call ``listener`` after each look, on the sampler's thread."""
