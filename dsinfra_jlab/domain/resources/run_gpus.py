"""What runs hold of the GPUs, summed up from one look to the next."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from ..ids import KernelId, RunId
from .limits import SAMPLED_RUNS_MAX
from .samples import GpuSample, RunGpu, Snapshot

__all__ = ["RunGpuBook"]

GAP_MAX_S = 30.0
"""What happened in a longer pause between two looks is not known."""


@dataclass(slots=True)
class _Mean:
    """The mean over time of what was seen."""

    total: float = 0.0
    seconds: float = 0.0

    def add(self, value: float | None, seconds: float) -> None:
        if value is not None:
            self.total += value * seconds
            self.seconds += seconds

    @property
    def value(self) -> float | None:
        return self.total / self.seconds if self.seconds else None


@dataclass(slots=True)
class _Held:
    name: str
    memory: _Mean
    util: _Mean
    held_s: float = 0.0
    is_shared: bool = False


class RunGpuBook:
    """Follows the runs that go on, by the GPUs that their kernels hold memory of."""

    def __init__(self) -> None:
        self._runs: OrderedDict[RunId, dict[str, _Held]] = OrderedDict()
        self._looked_s: float | None = None

    def look(self, snapshot: Snapshot) -> None:
        """Take in one look: what it shows is taken to hold since the one before."""
        at_s, before_s = snapshot.at.timestamp(), self._looked_s
        self._looked_s = at_s
        seconds = at_s - before_s if before_s is not None else 0.0
        if not 0 < seconds <= GAP_MAX_S:
            return
        for kernel in snapshot.kernels:
            if kernel.running is not None:
                self._take(kernel.running.run_id, kernel.kernel_id, snapshot.gpus, seconds)

    def take_out(self, run_id: RunId) -> list[RunGpu]:
        """Return what a run held, and forget it."""
        return [
            RunGpu(uuid, held.name, held.held_s, held.memory.value, held.util.value, held.is_shared)
            for uuid, held in self._runs.pop(run_id, {}).items()
        ]

    def _take(
        self, run_id: RunId, kernel_id: KernelId, gpus: list[GpuSample], seconds: float
    ) -> None:
        for gpu in gpus:
            own = [owner for owner in gpu.owners if owner.kernel_id == kernel_id]
            if not own:
                continue
            held = self._runs.setdefault(run_id, {}).setdefault(
                gpu.uuid, _Held(gpu.name, _Mean(), _Mean())
            )
            memory = own[0].memory_bytes
            total = gpu.memory_total_bytes
            held.held_s += seconds
            held.memory.add(memory / total if memory is not None and total else None, seconds)
            held.util.add(gpu.util_ratio, seconds)
            held.is_shared = held.is_shared or len(own) < len(gpu.owners)
        while len(self._runs) > SAMPLED_RUNS_MAX:  # an end that never came
            self._runs.popitem(last=False)
