"""Interrupts kernels by Jupyter's own kernel manager."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from jupyter_server.utils import ensure_async
from tornado.ioloop import IOLoop

from ..domain.ids import KernelId


class KernelInterrupter:
    """Interrupts kernels for those that do not run on the event loop."""

    def __init__(self, serverapp: Any, log: logging.Logger) -> None:
        self._serverapp = serverapp
        self._log = log
        self._tasks: set[asyncio.Future[None]] = set()

    def interrupt(self, kernel_id: KernelId) -> None:
        """Have a kernel interrupted; may be called on any thread and returns at once."""
        loop: IOLoop | None = getattr(self._serverapp, "io_loop", None)
        if loop is not None:
            loop.add_callback(self._begin, kernel_id)

    def _begin(self, kernel_id: KernelId) -> None:
        task = asyncio.ensure_future(self._interrupt(kernel_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _interrupt(self, kernel_id: KernelId) -> None:
        try:
            await ensure_async(self._serverapp.kernel_manager.interrupt_kernel(kernel_id))
        except Exception:  # a kernel that has ended meanwhile, or a gateway that is away
            self._log.exception("dsinfra: kernel %s could not be interrupted", kernel_id)
