"""Gets a kernel and GPUs for a job, and gives them back."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from .far_kernel import FarKernel, StartStopped
from .gpus import HeldGpus, take_gpus
from .keeping import Argv, Keeper, Session, new_kernel
from .launching import JOB_MARK, PRIVATE_FOLDER, LaunchFailed, has_start_only, thread_caps
from .processes import Process, kill_all, tree_below

_TURN_S = 0.1
"""How often a job that waits for its session looks whether it was cancelled."""


class Hold:
    """What one job holds: a kernel of its own or its session's, and GPUs."""

    def __init__(
        self, spec: dict[str, Any], argv: Argv, keeper: Keeper, should_stop: Callable[[], bool]
    ) -> None:
        self._spec = spec
        self._job_id = str(spec["job_id"])
        self._argv = argv
        self._keeper = keeper
        self._should_stop = should_stop
        self.kernel: FarKernel | None = None
        self.session: Session | None = None
        self.variables: dict[str, str] = {}
        """Environment variables that the kernel has to have."""
        self.is_leaving = False
        """Whether the kernel of a group ends by itself: the next job needs another one."""
        self._gpus: HeldGpus | None = None
        self._before: dict[int, Process] = {}
        """What the kernel of a session had started before this job."""

    def take(self) -> tuple[FarKernel, bool]:
        """Return a kernel that is ready, and whether it holds names of earlier jobs.

        Raises
        ------
        LaunchFailed
            It does not start.
        NoGpu
            Not as many are free as the job asks for.
        StartStopped
            The job was cancelled meanwhile.
        """
        self.variables = {
            **thread_caps(self._spec.get("cpus")),
            **(self._spec.get("kernel_variables") or {}),
            **(self._spec.get("environment") or {}),
        }
        session = self._shared()
        if session is not None:
            self.session = session
            self.kernel, is_reused = self._take_session(session)
            self._before = _all_of(self.kernel)
        else:
            self._take_gpus(None)
            self.kernel, is_reused = self._fresh(), False
        self.variables[JOB_MARK] = self._job_id
        self.variables[PRIVATE_FOLDER] = self.kernel.launched.folder
        return self.kernel, is_reused

    def give_back(self, *, is_killed: bool, is_cancelled: bool, known: dict[int, int]) -> bool:
        """End the kernel, or leave it to its session.

        Returns whether no process is left that has to go.
        """
        is_gone = True
        try:
            if self.kernel is None:
                pass
            elif self.session is None:
                is_gone = self.kernel.end(known)
            elif is_killed or self.is_leaving:
                is_gone = self.kernel.end(known)
                self.session.end()
            else:
                is_gone = self._leave(self.kernel, is_cancelled)
        finally:
            if self.session is not None:
                self.session.used_at = time.monotonic()
                self.session.turn.release()
            if self._gpus is not None:
                self._gpus.release()
        return is_gone

    def _shared(self) -> Session | None:
        """Return the session of the job, or a free one of its group, with its turn taken."""
        key, mode = self._spec.get("session_key"), self._spec.get("mode")
        if not key or mode not in ("session", "group"):
            return None
        if mode == "group" and self._spec.get("gpus"):
            return None  # shared, its kernel would hold them until it is known to be the last
        if mode == "group":
            return self._keeper.free_session(str(key), self._argv)
        session = self._keeper.session(str(key), self._argv)
        while not session.turn.acquire(timeout=_TURN_S):
            if self._should_stop():
                raise StartStopped
        return session

    def _take_session(self, session: Session) -> tuple[FarKernel, bool]:
        self._take_gpus(session)
        kernel = session.kernel
        if kernel is not None:
            if kernel.is_alive:
                with suppress(LaunchFailed):
                    kernel.listen_again()
                    return kernel, True
            kernel.end()
            session.kernel = None
        session.kernel = self._fresh()
        return session.kernel, False

    def _fresh(self) -> FarKernel:
        if not has_start_only(self.variables):
            spare = self._keeper.take_spare(self._argv, self._should_stop)
            if spare is not None:
                return spare
        return new_kernel(self._argv, self.variables, self._should_stop)

    def _take_gpus(self, session: Session | None) -> None:
        count = self._spec.get("gpus")
        if count is None:
            return
        held = session.gpus if session is not None else None
        if held is None or len(held.names) != count:
            if held is not None:
                held.release()
            held = take_gpus(count)
        if session is not None:
            session.gpus = held
        else:
            self._gpus = held
        self.variables["CUDA_VISIBLE_DEVICES"] = ",".join(held.names)

    def _leave(self, kernel: FarKernel, is_cancelled: bool) -> bool:
        kernel.mute()
        shutil.rmtree(os.path.join(kernel.launched.folder, "job"), ignore_errors=True)
        # What a cell of a session starts in the background may go on, as in a notebook; what a
        # cancelled one has started may not.
        if not is_cancelled:
            return True
        began = {
            pid: process.started
            for pid, process in _all_of(kernel).items()
            if pid not in self._before
        }
        return kill_all(None, f"{JOB_MARK}={self._job_id}", began)


def _all_of(kernel: FarKernel) -> dict[int, Process]:
    """Return a kernel and what it has started, with its guard; empty if that is gone."""
    return tree_below(kernel.guard_pid) if kernel.guard_pid is not None else {}
