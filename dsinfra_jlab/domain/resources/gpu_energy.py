"""What GPUs have spent, by the kernel that alone was on them."""

from __future__ import annotations

from ..ids import KernelId
from .gpu_owners import sole_owner
from .samples import GpuSample


class EnergyMeter:
    """Tells what the GPUs of each kernel have spent since the last look."""

    def __init__(self) -> None:
        self._before: dict[str, tuple[float, KernelId | None]] = {}
        """By GPU the counter's reading, and the kernel that alone was on it."""

    def since(self, gpus: list[GpuSample]) -> dict[KernelId, tuple[float | None, bool]]:
        """Return for each kernel on a GPU the joules, and whether others were on it too.

        A counter that fell was reset with its driver: it is a new beginning.
        """
        spent: dict[KernelId, tuple[float | None, bool]] = {}
        for gpu in gpus:
            alone = sole_owner(gpu)
            before = self._before.pop(gpu.uuid, None)
            if gpu.energy_j is not None:
                self._before[gpu.uuid] = gpu.energy_j, alone
            joules = None
            if before is not None and gpu.energy_j is not None and before[1] == alone:
                joules = gpu.energy_j - before[0] if gpu.energy_j >= before[0] else None
            for owner in gpu.owners:
                if owner.kernel_id is None:
                    continue
                sum_j, is_shared = spent.get(owner.kernel_id, (None, False))
                if owner.kernel_id != alone:
                    is_shared = True
                elif joules is not None:
                    sum_j = (sum_j or 0.0) + joules
                spent[owner.kernel_id] = sum_j, is_shared
        return spent
