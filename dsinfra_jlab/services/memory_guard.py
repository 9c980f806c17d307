"""Interrupts a cell before memory is full, where a user wants that."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

from ..domain.ids import KernelId, RunId
from ..domain.resources.alert_rules import kernel_to_blame
from ..domain.resources.samples import Snapshot

INTERRUPT_RATIO = 0.97
"""From this part of the limit on: what is left takes a kernel seconds to fill."""

LEAST_SHARE = 0.1
"""A kernel that holds less of the limit is not what fills it."""

REMEMBERED_RUNS = 1_000
"""Runs that were interrupted once are not interrupted again."""


class MemoryGuard:
    """Interrupts the cell of the kernel that holds the most memory, each run once.

    Parameters
    ----------
    is_on
        Whether a user wants it.
    interrupt
        Interrupts a kernel; called on the sampler's thread, returns at once.
    """

    def __init__(
        self,
        is_on: Callable[[], bool],
        interrupt: Callable[[KernelId], None],
        log: logging.Logger,
    ) -> None:
        self._is_on = is_on
        self._interrupt = interrupt
        self._log = log
        self._interrupted: deque[RunId] = deque(maxlen=REMEMBERED_RUNS)

    def take(self, snapshot: Snapshot) -> None:
        """Take in one look at the machine."""
        host = snapshot.host
        if host is None or host.memory_used_bytes is None or not host.memory_limit_bytes:
            return
        if host.memory_used_bytes < INTERRUPT_RATIO * host.memory_limit_bytes or not self._is_on():
            return
        kernel = kernel_to_blame(snapshot)
        if kernel is None or kernel.running is None or kernel.running.run_id in self._interrupted:
            return
        if (kernel.rss_bytes or 0) < LEAST_SHARE * host.memory_limit_bytes:
            return
        self._interrupted.append(kernel.running.run_id)
        self._log.warning(
            "dsinfra: kernel %s was interrupted: %.0f %% of memory were in use",
            kernel.kernel_id,
            100 * host.memory_used_bytes / host.memory_limit_bytes,
        )
        self._interrupt(kernel.kernel_id)
