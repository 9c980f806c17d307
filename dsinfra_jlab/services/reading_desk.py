"""Reads files that belong to kernels in a thread of its own, one at a time.

Walking site-packages, asking git and parsing notebooks take milliseconds: too long for the event
loop, and for the thread that must not fall behind IOPub.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from ..domain.ids import KernelId
from .watched_kernel import WatchedKernel

Found = TypeVar("Found")


class ReadingDesk(Generic[Found]):
    """Takes requests to read something and answers them later, or never if that fails.

    Parameters
    ----------
    what
        What is read, for the log.
    read
        Reads it; takes the kernel and its language's version.
    """

    def __init__(
        self,
        what: str,
        read: Callable[[WatchedKernel, str | None], Found],
        log: logging.Logger,
    ) -> None:
        self._what = what
        self._read = read
        self._log = log
        self._answer: Callable[[KernelId, Found], None] | None = None
        self._waiting: set[KernelId] = set()
        self._threads = ThreadPoolExecutor(1, thread_name_prefix=f"dsinfra-{what}")

    def answer_to(self, answer: Callable[[KernelId, Found], None]) -> None:
        """Say who gets the answers, on the reading thread."""
        self._answer = answer

    def ask(self, kernel: WatchedKernel, language_version: str | None = None) -> None:
        """Have it read for a kernel, unless that is under way."""
        if kernel.id in self._waiting:
            return
        self._waiting.add(kernel.id)
        try:
            self._threads.submit(self._serve, kernel, language_version)
        except RuntimeError:  # the desk is closed
            self._waiting.discard(kernel.id)

    async def start(self) -> None:
        """Do nothing: the thread begins with the first request."""

    async def stop(self) -> None:
        """Drop what waits; let what is being read end by itself."""
        await asyncio.to_thread(self._threads.shutdown, wait=False, cancel_futures=True)

    def _serve(self, kernel: WatchedKernel, language_version: str | None) -> None:
        try:
            found = self._read(kernel, language_version)
            if self._answer is not None:
                self._answer(kernel.id, found)
        except Exception:
            self._log.warning("dsinfra: the %s of a kernel was not read", self._what, exc_info=True)
        finally:
            self._waiting.discard(kernel.id)
