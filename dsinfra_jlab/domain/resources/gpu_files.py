"""Which kernels have which GPUs open, where the driver does not name their processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..ids import KernelId


@dataclass(frozen=True, slots=True)
class OpenGpus:
    """The files of GPUs, by the numbers in their names, and the kernels that have them open."""

    there: frozenset[int] = frozenset()
    """Of the files that there are."""
    opened: Mapping[KernelId, Mapping[int, int] | None] = field(default_factory=dict)
    """By kernel and number, how many of its processes have the file open; ``None`` for a kernel
    whose processes cannot be read."""

    def openers(self, minor: int | None) -> dict[KernelId, int] | None:
        """Return how many processes of which kernels have a GPU open.

        ``None`` if it cannot be told: the GPU has no file here, or a kernel cannot be read.
        """
        if minor is None or minor not in self.there:
            return None
        found: dict[KernelId, int] = {}
        for kernel_id, numbers in self.opened.items():
            if numbers is None:
                return None
            if numbers.get(minor):
                found[kernel_id] = numbers[minor]
        return found
