"""Reads the memory of a kernel to the page when somebody asks, and never by itself.

The system may hold up whoever reads for as long as the process is busy with its own memory. So it
is done in threads that nobody has to wait for, not more often than it is worth, and never twice at
once for a kernel.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..domain import limits
from ..domain.exceptions import Unavailable
from ..domain.ids import KernelId
from ..domain.resources.kernel_memory import KernelMemory

ReadMemory = Callable[[KernelId], KernelMemory]
"""Blocks; may raise ``NotFound``."""

_HELD_UP = "The system does not let this kernel's memory be read at the moment; ask again."
_MANY = "The memory of other kernels is being read; ask again in a moment."


@dataclass(slots=True)
class _Read:
    memory: KernelMemory
    good_until_s: float


class ExactMemory:
    """Answers what the memory of a kernel is made of; for the event loop."""

    def __init__(self) -> None:
        self._asked: dict[KernelId, asyncio.Future[KernelMemory]] = {}
        self._read: dict[KernelId, _Read] = {}

    async def of(self, kernel_id: KernelId, read: ReadMemory) -> KernelMemory:
        """Return the memory of a kernel as read now, or a moment ago.

        Raises
        ------
        NotFound
            There is no such kernel.
        Unavailable
            It could not be read in time.
        """
        self._forget_old()
        before = self._read.get(kernel_id)
        if before is not None:
            return before.memory
        asked = self._asked.get(kernel_id)
        if asked is None:
            if len(self._asked) >= limits.EXACT_MEMORY_READERS_MAX:
                raise Unavailable(_MANY)
            asked = self._begin(kernel_id, read)
        done, _ = await asyncio.wait({asked}, timeout=limits.EXACT_MEMORY_PATIENCE_S)
        if not done:
            raise Unavailable(_HELD_UP)
        return asked.result()

    def _begin(self, kernel_id: KernelId, read: ReadMemory) -> asyncio.Future[KernelMemory]:
        loop = asyncio.get_running_loop()
        asked: asyncio.Future[KernelMemory] = loop.create_future()
        self._asked[kernel_id] = asked

        def tell(memory: KernelMemory | None, error: Exception | None) -> None:
            self._asked.pop(kernel_id, None)
            if memory is not None:
                rest_s = max(limits.EXACT_MEMORY_AGAIN_S, limits.EXACT_MEMORY_REST * memory.took_s)
                self._read[kernel_id] = _Read(memory, time.monotonic() + rest_s)
                asked.set_result(memory)
            elif error is not None:
                asked.set_exception(error)
                asked.exception()  # whoever asked may have gone

        def work() -> None:
            memory, failure = None, None
            try:
                memory = read(kernel_id)
            except Exception as error:  # told to whoever asked
                failure = error
            try:
                loop.call_soon_threadsafe(tell, memory, failure)
            except RuntimeError:  # the server has ended meanwhile
                return

        threading.Thread(target=work, name="dsinfra-memory", daemon=True).start()
        return asked

    def _forget_old(self) -> None:
        now_s = time.monotonic()
        self._read = {id: read for id, read in self._read.items() if read.good_until_s > now_s}
