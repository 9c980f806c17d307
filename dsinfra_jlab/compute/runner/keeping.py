"""Keeps kernels between jobs: spares that are ready, and those of sessions."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from typing import Any

from . import limits
from .far_kernel import FarKernel, StartStopped
from .gpus import HeldGpus
from .launching import LaunchFailed

Argv = tuple[str, ...]
_LOOK_S = 0.1
"""How often a job that waits for a kernel looks whether it was cancelled."""


class Session:
    """A kernel that keeps its names between the jobs of one notebook, or of one group."""

    def __init__(self, key: str, argv: Argv, idle_max_s: float, *, is_group: bool = False) -> None:
        self.key = key
        self.is_group = is_group
        self.argv = argv
        self.idle_max_s = idle_max_s
        """It ends when nobody has used it for so long."""
        self.turn = threading.Lock()
        """Held by the job that uses it."""
        self.kernel: FarKernel | None = None
        self.gpus: HeldGpus | None = None
        """Its kernel holds memory on them as long as it lives."""
        self.used_at = time.monotonic()

    def end(self) -> None:
        """End its kernel; its turn is held."""
        kernel, self.kernel = self.kernel, None
        if kernel is not None:
            kernel.end()
        if self.gpus is not None:
            self.gpus.release()
            self.gpus = None


class Keeper:
    """The kernels of this process that no job uses just now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._spares: dict[Argv, list[Future[FarKernel]]] = {}
        self._sessions: dict[str, Session] = {}
        self._is_closed = False
        self._has_thread = False

    def take_spare(self, argv: Argv, should_stop: Callable[[], bool]) -> FarKernel | None:
        """Return a kernel that is ready, or will be at once; ``None`` if there is none."""
        while True:
            with self._lock:
                waiting = self._spares.get(argv)
                if not waiting:
                    return None
                spare = waiting.pop(0)
            kernel = _result(spare, should_stop)
            if kernel is not None and kernel.is_alive:
                return kernel
            if kernel is not None:
                kernel.end()

    def fill(self, argv: Argv, count: int, probe: dict[str, Any] | None) -> None:
        """Start spares in the background until there are ``count``, with the probe in them."""
        with self._lock:
            if self._is_closed:
                return
            spares = self._spares.setdefault(argv, [])
            missing = count - len(spares)
            new: list[Future[FarKernel]] = [Future() for _ in range(missing)]
            spares += new
        for future in new:
            threading.Thread(
                target=_start_spare, args=(argv, future, probe), name="dsinfra-spare", daemon=True
            ).start()

    def session(self, key: str, argv: Argv) -> Session:
        """Return the session of a key; another command makes another session of it."""
        with self._lock:
            session = self._sessions.get(key)
            if session is None or session.argv != argv:
                session = self._sessions[key] = Session(key, argv, limits.SESSION_IDLE_S)
            self._start_thread()
            return session

    def free_session(self, key: str, argv: Argv) -> Session:
        """Return a session of a group that no job uses, with its turn taken."""
        with self._lock:
            self._start_thread()
            for number in itertools.count():
                place = f"group {key} {number}"
                session = self._sessions.get(place)
                if session is None:
                    session = self._sessions[place] = Session(
                        place, argv, limits.GROUP_IDLE_S, is_group=True
                    )
                    self._changed.notify_all()  # who ends idle ones has to look sooner
                if session.argv == argv and session.turn.acquire(blocking=False):
                    return session
        raise AssertionError("there is no end of numbers")

    def end_sessions(self, key: str | None) -> int:
        """End one session that no job uses, or all such; return how many."""
        with self._lock:
            chosen = [each for each in self._sessions.values() if key in (None, each.key)]
        return sum(self._end_if_free(each) for each in chosen)

    def spares(self) -> int:
        """Return how many spares are ready or start."""
        with self._lock:
            return sum(map(len, self._spares.values()))

    def session_states(self) -> list[dict[str, Any]]:
        """Return the sessions with a kernel, and how long each was idle."""
        now = time.monotonic()
        with self._lock:
            found = [(each, each.kernel) for each in self._sessions.values()]
        return [
            {
                "key": session.key,
                "is_group": session.is_group,
                "pid": kernel.pid,
                "idle_s": None if session.turn.locked() else now - session.used_at,
            }
            for session, kernel in found
            if kernel is not None
        ]

    def close(self) -> None:
        """End every kernel that is kept, and keep none from now on."""
        with self._lock:
            self._is_closed = True
            spares = [spare for each in self._spares.values() for spare in each]
            self._spares.clear()
            self._changed.notify_all()
        for spare in spares:
            kernel = _result(spare, lambda: False)
            if kernel is not None:
                kernel.end()
        self.end_sessions(None)

    def _end_if_free(self, session: Session) -> bool:
        if not session.turn.acquire(blocking=False):
            return False
        try:
            had_kernel = session.kernel is not None
            session.end()
            with self._lock:
                if self._sessions.get(session.key) is session:
                    del self._sessions[session.key]
            return had_kernel
        finally:
            session.turn.release()

    def _start_thread(self) -> None:
        if not self._has_thread:
            self._has_thread = True
            threading.Thread(target=self._end_idle, name="dsinfra-sessions", daemon=True).start()

    def _end_idle(self) -> None:
        while True:
            with self._lock:
                if self._is_closed:
                    return
                kept = [each.idle_max_s for each in self._sessions.values()]
                self._changed.wait(min(kept, default=limits.SESSION_IDLE_S) / 60)
                now = time.monotonic()
                idle = [
                    each for each in self._sessions.values() if now - each.used_at > each.idle_max_s
                ]
            for each in idle:
                self._end_if_free(each)


def new_kernel(argv: Argv, extra: dict[str, str], should_stop: Callable[[], bool]) -> FarKernel:
    """Start a kernel and wait until it is ready; raises as ``FarKernel`` does."""
    kernel = FarKernel(list(argv), extra)
    kernel.make_ready(should_stop)
    return kernel


def _start_spare(argv: Argv, future: Future[FarKernel], probe: dict[str, Any] | None) -> None:
    try:
        kernel = new_kernel(argv, {}, lambda: False)
        if probe:
            kernel.load_probe(probe)
    except BaseException as problem:  # whoever takes it starts one and hears the reason
        future.set_exception(problem)
    else:
        future.set_result(kernel)


def _result(spare: Future[FarKernel], should_stop: Callable[[], bool]) -> FarKernel | None:
    while True:
        if should_stop():
            spare.add_done_callback(_end_unwanted)
            raise StartStopped
        try:
            return spare.result(_LOOK_S)
        except NotYet:
            continue
        except (LaunchFailed, ImportError, OSError):
            return None


def _end_unwanted(spare: Future[FarKernel]) -> None:
    if spare.exception() is None:
        spare.result().end()
