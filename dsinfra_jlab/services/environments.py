"""Reads the environments of kernels in a thread of their own, one at a time.

Walking site-packages and asking git take milliseconds: too long for the event loop, and for
the thread that must not fall behind IOPub.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

from ..domain.ids import EnvironmentId, KernelId
from ..domain.probe_events import EnvironmentSeen
from ..domain.runs import Environment
from .watched_kernel import WatchedKernel

Reader = Callable[[WatchedKernel, str | None], Environment]
"""Reads what surrounds a kernel; takes the kernel and its language's version."""

Answer = Callable[[KernelId, Environment], None]
"""Takes what was read; called on the reading thread."""


def id_of(environment: Environment) -> EnvironmentId:
    """Return the hash of an environment's content: equal environments have equal ids."""
    text = json.dumps(asdict(environment), sort_keys=True, separators=(",", ":"))
    return EnvironmentId(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())


def merged(read: Environment | None, seen: EnvironmentSeen) -> Environment:
    """Return what the server read of an environment, corrected by what the kernel saw of it.

    The kernel knows its own path of modules; only the server looks at git.
    """
    base = read or Environment(None, seen.platform, {}, None, language="python")
    return replace(
        base,
        python=seen.python or base.python,
        platform=seen.platform or base.platform,
        packages=seen.packages or base.packages,
        interpreter=seen.interpreter or base.interpreter,
        language_version=seen.python or base.language_version,
        coverage="kernel",
        loaded=sorted(seen.loaded),
    )


class EnvironmentDesk:
    """Takes requests for environments and answers them later, or never if that fails."""

    def __init__(self, read: Reader, log: logging.Logger) -> None:
        self._read = read
        self._log = log
        self._answer: Answer | None = None
        self._waiting: set[KernelId] = set()
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="dsinfra-environment")

    def answer_to(self, answer: Answer) -> None:
        """Say who gets the answers."""
        self._answer = answer

    def ask(self, kernel: WatchedKernel, language_version: str | None) -> None:
        """Have the environment of a kernel read, unless that is under way."""
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
            environment = self._read(kernel, language_version)
            if self._answer is not None:
                self._answer(kernel.id, environment)
        except Exception:
            self._log.warning("dsinfra: the environment of a kernel was not read", exc_info=True)
        finally:
            self._waiting.discard(kernel.id)
