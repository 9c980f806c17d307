"""A server extension that tells how late the event loop is, and can stall it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import threading
import time
from collections import Counter, defaultdict
from typing import Any

from jupyter_server.base.handlers import APIHandler
from tornado import web

TICK_S = 0.005
_RUN = asyncio.events.Handle._run


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "benchmarks.server_probe"}]


def _load_jupyter_server_extension(serverapp: Any) -> None:
    """Add the routes."""
    base = serverapp.web_app.settings["base_url"]
    lags: list[float] = []
    given = {"lags": lags}
    routes = [
        (f"{base}benchmark/lag", LagHandler, given),
        (f"{base}benchmark/stall", StallHandler),
        (f"{base}benchmark/threads", ThreadsHandler),
    ]
    serverapp.web_app.add_handlers(".*$", routes)


class LagHandler(APIHandler):
    """``GET`` begins to measure; ``DELETE`` ends and answers the delays in seconds.

    A delay is real time, which other work on the machine adds to. ``turns`` is the CPU time of
    each turn of the loop, which it does not: so long at least does a turn hold up the next.
    """

    tasks: set[asyncio.Task[None]] = set()  # noqa: RUF012 - one for the process is wanted

    turns: list[float] = []  # noqa: RUF012

    def initialize(self, lags: list[float]) -> None:
        self.lags = lags

    @web.authenticated
    async def get(self) -> None:
        self.lags.clear()
        self.turns.clear()
        asyncio.events.Handle._run = self._timed  # type: ignore[method-assign]
        self.tasks.add(asyncio.create_task(self._measure()))
        self.finish("{}")

    @web.authenticated
    async def delete(self) -> None:
        for task in self.tasks:
            task.cancel()
        self.tasks.clear()
        asyncio.events.Handle._run = _RUN  # type: ignore[method-assign]
        found = {"lags": self.lags, "turns": self.turns, "rss_bytes": rss_bytes(os.getpid())}
        self.finish(json.dumps(found))

    @staticmethod
    def _timed(handle: asyncio.Handle) -> None:
        begun_s = time.thread_time()
        try:
            _RUN(handle)
        finally:
            LagHandler.turns.append(time.thread_time() - begun_s)

    async def _measure(self) -> None:
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(TICK_S)
            self.lags.append(time.perf_counter() - asked - TICK_S)


class StallHandler(APIHandler):
    """``GET ?seconds=N`` blocks the event loop, as a careless extension does."""

    @web.authenticated
    def get(self) -> None:
        time.sleep(float(self.get_argument("seconds")))
        self.finish("{}")


class ThreadsHandler(APIHandler):
    """``GET`` answers CPU seconds and wake-ups by thread: the system does not know their names."""

    @web.authenticated
    def get(self) -> None:
        used: defaultdict[str, float] = defaultdict(float)
        woken: Counter[str] = Counter()
        for thread in threading.enumerate():
            clock = (~(thread.native_id or 0) << 3) | 6  # CPUCLOCK_SCHED of one thread
            with contextlib.suppress(OSError):
                used[thread.name] += time.clock_gettime(clock)
                woken[thread.name] += _rests(thread.native_id or 0)
        self.finish(json.dumps({"threads": used, "wakeups": woken}))


def _rests(thread_id: int) -> int:
    """Return how often a thread has gone to rest, and so has been woken."""
    with open(f"/proc/self/task/{thread_id}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("voluntary_ctxt"))


def rss_bytes(pid: int) -> int:
    """Return the memory of a process that is its own: what would be free without it."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        fields = dict(line.split()[:2] for line in file if line[0] in "RPS" and ":" in line)
    return (int(fields["Private_Clean:"]) + int(fields["Private_Dirty:"])) * 1024
