"""What runs inside the processes of Dask: pickled by value, since workers have nothing of ours.

Every function here uses its arguments, the others of this module, and what it imports itself.
What has to last on a worker (the runner, and which jobs are in it) is kept in the module that
``load_runner`` makes there, whose name is an agent's own.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
import threading
import time
from contextlib import suppress
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker

from ..shipping import load_runner

PART_CHARS = 250_000
"""An event of more characters travels in parts: one large message would hold up all others."""


GATHER_S = 0.02
"""What shows nothing waits so long for what comes next: each message on its own costs every process
from here to the page some milliseconds, and a short job has a dozen of them."""

BEGUN_FILE = "begun"
"""Lies in the folder of a job that has begun, where workers see it: it is made once."""

MAY_WAIT = frozenset(("kernel", "request", "sample", "packed"))
"""Kinds of events that show nothing, …"""

MAY_WAIT_MESSAGES = frozenset(("status", "execute_input", "execute_reply", "dsinfra_event"))
"""… and types of messages."""


class RunnerPlugin(WorkerPlugin):  # type: ignore[misc]  # Dask is not typed here
    """Brings the runner to every worker, and ends a job whose task Dask has given up."""

    def __init__(self, packed: tuple[str, bytes], prefix: str) -> None:
        self.packed = packed
        self.prefix = prefix
        """Of the keys of the agent's tasks; the job's id follows."""
        self.name = packed[0]

    def setup(self, worker: Worker) -> None:
        """Load the runner."""
        load_runner(self.packed)

    async def teardown(self, worker: Worker) -> None:
        """End what runs in it."""
        runner = sys.modules.pop(self.packed[0], None)
        if runner is not None:
            await asyncio.get_running_loop().run_in_executor(None, runner.close_runner)

    def transition(self, key: Any, start: str, finish: str, **more: Any) -> None:
        """Kill the job of a task that was cancelled, or whose client has gone.

        Dask lets the thread of such a task run on.
        """
        is_given_up = start in ("executing", "long-running") and finish in ("released", "cancelled")
        if is_given_up and isinstance(key, str) and key.startswith(self.prefix):
            job_id = key[len(self.prefix) :]
            threading.Thread(
                target=refuse_all, args=(self.packed[0], job_id, "KILL"), daemon=True
            ).start()


def jobs_here(package: str) -> dict[str, set[str]]:
    """Return the ids of jobs whose tasks are on this worker, and of those that may not begin.

    ``checked`` are the names of shared files that were found to be right here.
    """
    kept = vars(sys.modules[package])
    nothing: dict[str, set[str]] = {"active": set(), "refused": set(), "checked": set()}
    found: dict[str, set[str]] = kept.setdefault("_on_dask", nothing)
    return found


def run_task(package: str, text: str, *blobs: Any) -> tuple[bytes, ...]:
    """Run a job and return its last event as JSON, then the files that go back.

    ``text`` is JSON: ``spec``, ``folder`` and ``check`` (digest of the job's file there) or
    ``files`` (names and digests of ``blobs``), ``topic`` and ``marker``; the files of ``shared``,
    which many jobs have in common, come behind the job's own.
    """
    order = json.loads(text)
    job_id = order["spec"]["job_id"]
    here = jobs_here(package)
    here["active"].add(job_id)
    emit = Emitter(get_worker(), order["topic"], job_id)
    try:
        answer = _run(package, order, blobs, here, emit)
    except BaseException:
        emit.flush()
        raise
    finally:
        here["active"].discard(job_id)
        here["refused"].discard(job_id)
    files = answer.pop("files", None) or {}
    digests = {name: digest_of(blob) for name, blob in files.items()}
    said = {"ended": answer, "files": digests, "events": 0}
    if files or answer.get("not_here"):
        emit.flush()
        said["events"] = emit.count
    else:
        said["events"] = emit.count + 1
        with suppress(Exception):  # it is the result of the task as well
            emit({"kind": "answer", "said": said})
    return (json.dumps(said).encode(), *files.values())


def _run(
    package: str,
    order: dict[str, Any],
    blobs: tuple[Any, ...],
    here: dict[str, set[str]],
    emit: Emitter,
) -> dict[str, Any]:
    source = _source(order, blobs, here["checked"])
    if source is None:
        return {"not_here": True}
    return run_found(package, order["spec"], source, here, emit, order)


def run_found(
    package: str,
    spec: dict[str, Any],
    source: dict[str, Any],
    here: dict[str, set[str]],
    emit: Any,
    order: dict[str, Any],
) -> dict[str, Any]:
    """Run a job whose files are here, unless it has begun before; return how it ended.

    ``order`` has its ``folder``, or nothing there, and its ``marker``.
    """
    worker = emit.worker
    if _has_begun(worker, order):
        return ended_so("lost", "The worker that ran it has died. It was not run again.")
    if emit.job_id in here["refused"]:
        return ended_so("cancelled", "It was cancelled before it began.")
    emit(
        {
            "kind": "starting",
            "at": time.time(),
            "worker": str(worker.name),
            "host": os.uname().nodename,
            "address": worker.address,
        }
    )
    missing = _missing(spec.get("argv"))
    if missing:
        return ended_so("error", missing)
    answer: dict[str, Any] = sys.modules[package].run_job(spec, source, emit)
    return answer


def _source(
    order: dict[str, Any], blobs: tuple[Any, ...], checked: set[str]
) -> dict[str, Any] | None:
    """Return where the job's files are, ``None`` if they should be here and are not."""
    if order.get("folder"):
        try:
            with open(os.path.join(order["folder"], "job.json"), "rb") as file:
                is_same = digest_of(file.read()) == order["check"]
        except OSError:
            return None
        return {"folder": order["folder"]} if is_same else None
    count = len(order["files"])
    source: dict[str, Any] = {"files": _checked(order["files"], blobs[:count])}
    shared = order.get("shared")
    if shared:
        name = shared["name"]
        files = _checked(shared["files"], blobs[count:], is_known=name in checked)
        checked.add(name)
        source["shared"] = {"name": name, "files": files}
    return source


def _checked(
    digests: dict[str, str], blobs: tuple[Any, ...], is_known: bool = False
) -> dict[str, Any]:
    """Return files by their names; raises ``ValueError`` if one was damaged."""
    files = dict(zip(digests, blobs, strict=True))
    for name, digest in digests.items():
        if not is_known and digest_of(files[name]) != digest:
            raise ValueError(f"{name} was damaged on its way to the worker.")
    return files


class Emitter:
    """Sends the events of a job: in order, those together that may wait, in parts if it is much.

    ``count`` is how many messages were sent; each has its number, and ends with its last part.
    """

    def __init__(self, worker: Worker, topic: str, job_id: str) -> None:
        self.worker = worker
        self.topic = topic
        self.job_id = job_id
        self.count = 0
        self._lock = threading.Lock()
        self._waiting: list[str] = []

    def __call__(self, event: dict[str, Any]) -> None:
        """Send one event, with those before it, or let it wait for a moment."""
        text = json.dumps(event)
        with self._lock:
            self._waiting.append(text)
            if not may_wait(event) or len(text) > PART_CHARS:
                self._send()
            elif len(self._waiting) == 1:
                loop = self.worker.loop.asyncio_loop
                loop.call_soon_threadsafe(loop.call_later, GATHER_S, self.flush)

    def flush(self) -> None:
        """Send what waits."""
        with self._lock:
            self._send()

    def _send(self) -> None:
        if not self._waiting:
            return
        self.count += 1
        text = f"[{','.join(self._waiting)}]"
        self._waiting.clear()
        parts = range(0, len(text), PART_CHARS)
        for part, start in enumerate(parts):
            message = {
                "job": self.job_id,
                "n": self.count,
                "part": part,
                "parts": len(parts),
                "text": text[start : start + PART_CHARS],
            }
            # Also on the loop itself: what was sent before by another thread goes first.
            self.worker.loop.add_callback(self.worker.log_event, self.topic, message)


def may_wait(event: dict[str, Any]) -> bool:
    """Return whether an event shows nothing."""
    if event["kind"] != "message":
        return event["kind"] in MAY_WAIT
    return (event.get("header") or {}).get("msg_type") in MAY_WAIT_MESSAGES


def _has_begun(worker: Worker, order: dict[str, Any]) -> bool:
    """Return whether the job has begun somewhere before, and note that it has begun now.

    A scheduler that is not ours runs a task again when its worker dies.
    """
    if order.get("folder"):
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            os.close(os.open(os.path.join(order["folder"], BEGUN_FILE), flags, 0o600))
        except FileExistsError:
            return True
        except OSError:
            pass  # the disk is full: the scheduler keeps it in mind
        else:
            return False
    return _is_marked(worker, order["marker"])


def _is_marked(worker: Worker, marker: str) -> bool:
    """Return whether a mark is on the scheduler, and leave it there."""

    async def ask() -> bool:
        was_set = await worker.scheduler.event_is_set(name=marker)
        if not was_set:
            await worker.scheduler.event_set(name=marker)
        return bool(was_set)

    loop = worker.loop.asyncio_loop
    return asyncio.run_coroutine_threadsafe(ask(), loop).result(60)


def _missing(argv: Any) -> str:
    """Return what this worker lacks for a kernel of its own Python, in words."""
    import importlib.util

    if argv is None and importlib.util.find_spec("ipykernel") is None:
        return (
            f"The workers of this target have no ipykernel ({sys.executable}). Install it there: "
            "pip install ipykernel"
        )
    return ""


def ended_so(state: str, detail: str) -> dict[str, Any]:
    """Return the last event of a job that the runner never had."""
    return {
        "kind": "ended",
        "at": time.time(),
        "state": state,
        "detail": detail,
        "exit_code": None,
        "signal": None,
        "names": [],
        "changed": [],
        "oom": False,
    }


def digest_of(blob: Any) -> str:
    """Return what tells a file from a damaged one."""
    return hashlib.blake2b(blob, digest_size=16).hexdigest()


def refuse(package: str, job_id: str, signal: str) -> dict[str, Any]:
    """Signal a job of this worker, and let it not begin if its task only just has."""
    here = jobs_here(package)
    runner = sys.modules[package]
    found: dict[str, Any] = runner.signal_job(job_id, signal)
    if not found["found"] and job_id in here["active"]:
        here["refused"].add(job_id)
        for _ in range(100):
            found = runner.signal_job(job_id, signal)
            if found["found"] or job_id not in here["active"]:
                break
            time.sleep(0.02)
    return found | {"active": job_id in here["active"]}


def refuse_all(package: str, key: str, signal: str) -> None:
    """Signal the job of a task of this worker; of a batch let those not begun not begin."""
    here = jobs_here(package)
    batch = here.get(key)
    if batch is None:
        refuse(package, key, signal)
        return
    here.get("waiting", set()).difference_update(batch)
    sys.modules[package].take_items_back(batch)
    for job_id in batch:
        refuse(package, job_id, signal)


async def signal_on(package: str, job_id: str, signal: str) -> dict[str, Any]:
    """``refuse``, off the worker's event loop."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, refuse, package, job_id, signal)


def describe(package: str | None, path: str, content: str) -> dict[str, Any]:
    """Return what a worker is, and whether it sees a file of the agent."""
    import importlib.util
    import platform

    try:
        with open(path, encoding="utf-8") as file:
            sees = file.read() == content
    except OSError:
        sees = False
    runner = sys.modules.get(package) if package else None
    return {
        "pid": os.getpid(),
        "host": os.uname().nodename,
        "python": platform.python_version(),
        "executable": sys.executable,
        "sees_files": sees,
        "missing": [
            name for name in ("ipykernel", "cloudpickle") if importlib.util.find_spec(name) is None
        ],
        "runner": runner.runner_state() if runner is not None else None,
    }


async def packages() -> dict[str, str]:
    """Return the packages of a worker's Python with their versions."""

    def found() -> dict[str, str]:
        from importlib.metadata import distributions

        return {
            each.metadata["Name"]: each.version for each in distributions() if each.metadata["Name"]
        }

    return await asyncio.get_running_loop().run_in_executor(None, found)


def clear_topic(topic: str, dask_scheduler: Any = None) -> None:
    """Forget the events of a topic: the scheduler would keep the last of them for ever."""
    dask_scheduler._broker.truncate(topic)


def has_dashboard() -> bool:
    """Return whether a scheduler has a page for people, which needs Bokeh."""
    import importlib.util

    return importlib.util.find_spec("bokeh") is not None


def drop_topic(topic: str, dask_scheduler: Any = None) -> None:
    """Forget a topic altogether."""
    dask_scheduler._broker._topics.pop(topic, None)
