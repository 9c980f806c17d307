"""Reads the memory of a kernel to the page when somebody asks, and never by itself."""

from __future__ import annotations

from ..domain.ids import KernelId
from ..domain.resources import limits
from ..domain.resources.kernel_memory import KernelMemory
from .slow_answers import Bounds, SlowAnswers

_HELD_UP = "The system does not let this kernel's memory be read at the moment; ask again."
_MANY = "The memory of other kernels is being read; ask again in a moment."


class ExactMemory(SlowAnswers[KernelId, KernelMemory]):
    """Answers what the memory of a kernel is made of, not more often than that is worth."""

    def __init__(self) -> None:
        super().__init__("dsinfra-memory", _bounds, _rest_s)


def _bounds() -> Bounds:
    return Bounds(limits.EXACT_MEMORY_PATIENCE_S, limits.EXACT_MEMORY_READERS_MAX, _HELD_UP, _MANY)


def _rest_s(memory: KernelMemory) -> float:
    return max(limits.EXACT_MEMORY_AGAIN_S, limits.EXACT_MEMORY_REST * memory.took_s)
