"""Tells Jupyter what is activity, by which it, and a Hub, end idle kernels and servers.

What a person does is, and so is a job at work that would end with the server. What we say to
kernels by ourselves is not, nor is looking on (``base.BaseHandler.update_api_activity``).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable
from typing import Any

from ..domain import limits
from ..domain.clock import Clock
from ..domain.compute.jobs import JobRecord
from ..domain.ids import KernelId
from ..domain.tracking.message_reading import PROBE_MESSAGE_TYPE
from ..kernel.questions import ANSWER_TYPE

SETTING = "dsinfra_last_activity"
"""Jupyter counts each setting that ends so among the moments of activity of its server."""


class ActivityNotes:
    """Notes activity where Jupyter looks for it; a part of the server.

    Parameters
    ----------
    jobs
        Gives the jobs that something is being done for.
    is_counting_jobs
        Whether those keep the server, and the kernels that wait for them, from being idle.
    """

    def __init__(
        self,
        serverapp: Any,
        jobs: Callable[[], Iterable[JobRecord]],
        clock: Clock,
        log: logging.Logger,
        *,
        is_counting_jobs: bool,
    ) -> None:
        self._serverapp = serverapp
        self._jobs = jobs
        self._clock = clock
        self._log = log
        self._is_counting_jobs = is_counting_jobs
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Have what passes between us and kernels left out, and jobs counted."""
        self._leave_out_own_messages()
        if self._is_counting_jobs:
            self._task = asyncio.create_task(self._note_for_ever(), name="dsinfra activity")

    async def stop(self) -> None:
        """Note nothing any more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def note_jobs(self) -> None:
        """Note that the server, and kernels whose jobs are at work, are not idle now."""
        jobs = list(self._jobs())
        if not jobs:
            return
        now = self._clock.now()
        self._serverapp.web_app.settings[SETTING] = now
        for kernel_id in {job.kernel_id for job in jobs if job.kernel_id is not None}:
            self._note_kernel(kernel_id, now)

    def _note_kernel(self, kernel_id: KernelId, now: Any) -> None:
        """Note it of a kernel, unless that has ended: what comes back is for it alone."""
        with contextlib.suppress(Exception):  # KeyError or HTTPError 404, by kind of manager
            kernel = self._serverapp.kernel_manager.get_kernel(kernel_id)
            kernel.last_activity = max(kernel.last_activity, now)

    def _leave_out_own_messages(self) -> None:
        """Have Jupyter pass over messages of ours when it tells what a kernel does.

        Else an answer on the control channel, which a kernel reports to have begun and ended with,
        would make a kernel seem idle that is in the middle of a cell.
        """
        kernels = self._serverapp.kernel_manager
        passed_over = list(getattr(kernels, "untracked_message_types", ()))
        own = [each for each in (ANSWER_TYPE, PROBE_MESSAGE_TYPE) if each not in passed_over]
        with contextlib.suppress(Exception):  # a manager of another make
            kernels.untracked_message_types = [*passed_over, *own]

    async def _note_for_ever(self) -> None:
        while True:
            try:
                self.note_jobs()
            except Exception:
                self._log.debug("dsinfra: activity could not be noted", exc_info=True)
            await asyncio.sleep(limits.ACTIVITY_INTERVAL_S)
