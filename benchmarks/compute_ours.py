"""Remote cells as a notebook sends them: through a real server, seen as a page sees them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from .jupyter import Kernel, Server, running
from .peers import compute_codes as codes

FINAL = ("ok", "error", "cancelled", "lost")
JOB_LIMIT_S = 180.0
MAP_LIMIT_S = 3_600.0
CANCEL_LIMIT_S = 20.0
"""More than a grace and a kill take."""

FRESH_JOBS_MAX = 30
"""Small jobs with a kernel each: an interpreter is started for every one."""

SPARE_S = 3.0
"""A user thinks between two cells; meanwhile a kernel is made ready, and the page may be told of a
burst of changes again."""

Answer = Callable[[str, Any], None]
"""Takes a figure by its name."""


class Desk:
    """A notebook on a server, and a page that is told of its jobs by the websocket."""

    def __init__(self, server: Server, kernel: Kernel) -> None:
        self.server = server
        self.kernel = kernel
        self._news = asyncio.Condition()
        self._socket: WebSocketClientConnection | None = None
        self._listener: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to listen."""
        url = f"ws://127.0.0.1:{self.server.port}/dsinfra/api/events"
        headers = {"Authorization": f"token {self.server.token}"}
        self._socket = await websocket_connect(HTTPRequest(url, headers=headers))
        watch = {"type": "watch", "topics": ["job"], "visible": True}
        await self._socket.write_message(json.dumps(watch))
        self._listener = asyncio.create_task(self._listen())

    async def close(self) -> None:
        """Listen no more."""
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.wait([self._listener])
        if self._socket is not None:
            self._socket.close()

    async def send(self, code: str, **wanted: Any) -> str:
        """Send a cell; return the id of its job."""
        body = {"target": "local", "code": code, "kernel_id": self.kernel.id, **wanted}
        try:
            job = await self.server.get("dsinfra/api/jobs", "POST", {"is_confirmed": True, **body})
        except HTTPClientError as error:
            said = error.response.body if error.response is not None else b""
            raise RuntimeError(f"the job was refused: {said!r}") from error
        return str(job["id"])

    async def job(self, job_id: str) -> Any:
        """Return a job as it stands."""
        return await self.server.get(f"dsinfra/api/jobs/{job_id}")

    async def until(self, job_id: str, is_so: Callable[[Any], bool]) -> Any:
        """Look at a job whenever the page is told to, until something is so of it."""
        deadline = time.monotonic() + JOB_LIMIT_S
        async with self._news:
            while not is_so(job := await self.job(job_id)):
                if job["state"] in FINAL[1:] or time.monotonic() > deadline:
                    raise RuntimeError(f"the job is {job['state']}: {job['detail']}")
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._news.wait(), 10)
        return job

    async def done(self, code: str, **wanted: Any) -> float:
        """Run a cell elsewhere; return the seconds until the page knows that it has ended."""
        began = time.perf_counter()
        job_id = await self.send(code, **wanted)
        await self.until(job_id, lambda job: job["state"] == "ok")
        return time.perf_counter() - began

    async def value(self, expression: str) -> Any:
        """Return what an expression is in the notebook's kernel, run as its next cell."""
        path = self.server.home / "value.json"
        path.unlink(missing_ok=True)
        write = f"pathlib.Path({str(path)!r}).write_text(json.dumps({expression}))"
        await self.kernel.run(f"import json, pathlib\n{write}")
        if not path.exists():
            raise RuntimeError(f"the kernel does not know {expression}")
        return json.loads(path.read_text())

    async def text_after(self, job_id: str, after: int) -> tuple[str, int]:
        """Return what a job has printed behind a place of its log, and the place after it."""
        page = await self.server.get(f"dsinfra/api/jobs/{job_id}/log?after={after}")
        streams = (each["content"]["text"] for each in page["items"] if each["type"] == "stream")
        return "".join(streams), page["next_seq"]

    async def told(self) -> None:
        """Wait until the page is told of any job."""
        async with self._news:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._news.wait(), 10)

    async def _listen(self) -> None:
        assert self._socket is not None
        while await self._socket.read_message() is not None:
            async with self._news:
                self._news.notify_all()


@contextlib.asynccontextmanager
async def desk() -> AsyncIterator[Desk]:
    """Keep a notebook on a server for the length of a block; its target ends with it."""
    async with running(True) as server:
        desk = Desk(server, await server.kernel())
        await desk.open()
        try:
            yield desk
        finally:
            with contextlib.suppress(Exception):
                await server.get("dsinfra/api/targets/local/stop", "POST")
            await desk.close()


async def measure(answer: Answer, sizes: dict[str, int]) -> None:
    """Measure everything once."""
    async with desk() as notebook:
        answer("cold_s", await notebook.done(codes.TRIVIAL))
        parts: dict[str, Any] = {
            "warm": lambda: _warm(notebook, answer, sizes["calls"]),
            "array": lambda: _array(notebook, answer, sizes["array_bytes"]),
            "print": lambda: _prints(notebook, answer, sizes["prints"]),
            "map": lambda: _map(notebook, answer, sizes["jobs"]),
        }
        for case in codes.CANCELLED if sizes["cancels"] else ():
            parts[f"cancel_{case}"] = lambda case=case: _cancel(notebook, answer, case)
        for name, part in parts.items():
            try:
                await part()
            except (RuntimeError, OSError, KeyError) as error:
                answer(f"{name}_failed", f"{type(error).__name__}: {error}"[:300])


async def _warm(notebook: Desk, answer: Answer, count: int) -> None:
    """Time trivial cells: as the page sees them, and from submission to end by the records."""
    for mode in ("fresh", "session"):
        await notebook.done(codes.TRIVIAL, mode=mode)
        seen, inner = [], []
        for _ in range(count):
            await asyncio.sleep(SPARE_S)
            began = time.perf_counter()
            job_id = await notebook.send(codes.TRIVIAL, mode=mode)
            job = await notebook.until(job_id, lambda job: job["state"] == "ok")
            seen.append(time.perf_counter() - began)
            inner.append(_seconds(job["submitted_at"], job["ended_at"]))
        answer(f"warm_{mode}_s", seen)
        answer(f"warm_{mode}_inner_s", inner)
    code = (
        "import dsinfra_jlab as dsinfra, time\n_taken = []\n"
        f"for _ in range({count + 1}):\n    _began = time.perf_counter()\n"
        "    dsinfra.submit('1 + 1', session=True).result()\n"
        "    _taken.append(time.perf_counter() - _began)\n"
    )
    await notebook.kernel.run(code)
    answer("warm_call_s", (await notebook.value("_taken"))[1:])


async def _array(notebook: Desk, answer: Answer, size: int) -> None:
    """Send an array with a cell, and take another one back into the notebook."""
    make = f"import numpy, hashlib\na = numpy.random.default_rng(0).random({size // 8})"
    await notebook.kernel.run(make)
    await asyncio.sleep(SPARE_S)
    began = time.perf_counter()
    job_id = await notebook.send(codes.CHANGED, returns=["b"])
    await notebook.until(job_id, lambda job: job["result_state"] == "landed")
    answer("array_s", time.perf_counter() - began)
    digests = await notebook.value("[hashlib.blake2b(each).hexdigest() for each in (a * 2.0, b)]")
    answer("array_is_equal", digests[0] == digests[1])
    await notebook.kernel.run("del a, b")


async def _prints(notebook: Desk, answer: Answer, count: int) -> None:
    """Time the way of a print to the page."""
    job_id, after = await notebook.send(codes.printing(count), returns=[]), 0
    latencies: list[float] = []
    while True:
        text, after = await notebook.text_after(job_id, after)
        now = time.time_ns()
        latencies += [(now - each) / 1e9 for each in codes.stamps(text)]
        if len(latencies) >= count or (await notebook.job(job_id))["state"] in FINAL:
            break
        await notebook.told()
    answer("print_page_s", latencies)


async def _map(notebook: Desk, answer: Answer, count: int) -> None:
    """Time many small jobs: in a kernel for each worker, and a few in one of their own each."""
    define = (
        "import dsinfra_jlab as dsinfra, collections, pathlib, time, uuid\n"
        "def small(number):\n    return number * number\n"
    )
    await notebook.kernel.run(define)
    few = min(count, FRESH_JOBS_MAX)
    for name, call, items in (
        ("map", f"dsinfra.map(small, range({count}))", count),
        ("map_fresh", f"dsinfra.map(small, range({few}), fresh=True)", few),
    ):
        timed = f"_found = {call}.results()\n_s = time.perf_counter() - _began"
        code = f"_began = time.perf_counter()\n{timed}"
        await asyncio.wait_for(notebook.kernel.run(code), MAP_LIMIT_S)
        seconds, found = await notebook.value("[_s, _found]")
        answer(f"{name}_s", seconds)
        answer(f"{name}_lost", items - len(found))
        answer(f"{name}_wrong", sum(value != n * n for n, value in enumerate(found)))


async def _cancel(notebook: Desk, answer: Answer, case: str) -> None:
    """Time a cancel until nothing of the code runs, and until the page says so."""
    with tempfile.TemporaryDirectory(prefix="dsinfra-benchmark-") as folder:
        job_id = await notebook.send(codes.cancelled(case, Path(folder)), returns=[])
        begun = lambda: codes.pid_of(Path(folder)) is not None  # noqa: E731
        if await asyncio.to_thread(codes.seconds_until, begun, 60.0) is None:
            raise RuntimeError("it did not begin")
        await asyncio.sleep(0.3)
        began = time.monotonic()
        await notebook.server.get(f"dsinfra/api/jobs/{job_id}/cancel", "POST")
        over = lambda: codes.is_over(Path(folder))  # noqa: E731
        over_s = await asyncio.to_thread(codes.seconds_until, over, CANCEL_LIMIT_S)
        answer(f"cancel_{case}", "runs on" if over_s is None else time.monotonic() - began)
        pid = codes.pid_of(Path(folder))
        await notebook.until(job_id, lambda job: job["state"] == "cancelled")
        answer(f"cancel_{case}_said_s", time.monotonic() - began)
        answer(f"cancel_{case}_left", int(pid is not None and psutil.pid_exists(pid)))


def _seconds(begin: str, end: str) -> float:
    from datetime import datetime

    first, last = (datetime.fromisoformat(each.replace("Z", "+00:00")) for each in (begin, end))
    return (last - first).total_seconds()
