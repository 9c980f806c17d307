"""Compute, kernels and a recorder whose every word a test decides."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dsinfra_jlab.domain.clock import Clock, HandClock
from dsinfra_jlab.domain.compute.job_events import JobEvent
from dsinfra_jlab.domain.compute.job_spec import JobSpec
from dsinfra_jlab.domain.compute.jobs import JobId, JobRecord
from dsinfra_jlab.domain.compute.targets import (
    Capability,
    Capacity,
    EngineInfo,
    TargetRecord,
    TargetStatus,
    TargetTest,
)
from dsinfra_jlab.domain.events import Event
from dsinfra_jlab.domain.exceptions import Unavailable
from dsinfra_jlab.domain.ids import KernelId, RunId, ServerId
from dsinfra_jlab.domain.runs.records import Document, DocumentKind
from dsinfra_jlab.domain.settings import Settings
from dsinfra_jlab.services.contents_paths import ContentsPaths
from dsinfra_jlab.services.job_asking import JobSurroundings
from dsinfra_jlab.services.job_ports import JobOrigin, Say
from dsinfra_jlab.services.jobs import JobService
from dsinfra_jlab.services.targets import TargetService
from dsinfra_jlab.services.watched_kernel import WatchedKernel
from dsinfra_jlab.store import SqlStore

HOME = "home-1"
KERNEL = KernelId("kernel-1")
NOTEBOOK = "/home/ana/work/train.ipynb"
STARTED_S = HandClock().now().timestamp()
SCHEMA = {
    "type": "object",
    "properties": {
        "address": {"type": "string"},
        "workers": {"type": ["integer", "null"], "minimum": 1},
        "memory_bytes": {
            "type": ["integer", "null"],
            "format": "bytes",
            "minimum": 100_000_000,
            "maximum": 10**15,
        },
    },
}
RUNNING = TargetStatus(Capacity(1, 1, None, 0), python="3.11.7")


class ScriptedCompute:
    """Agents that do what they are told; logs are kept over a restart of the server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs: dict[str, list[JobEvent]] = {}
        self.submitted: list[JobSpec] = []
        self.cancelled: list[str] = []
        self.known: set[str] = set()
        self.held_back: dict[str, JobEvent] = {}
        self.running: set[str] = {"local"}
        self.start_error: str = ""
        self.submit_error: str = ""
        self.gate = asyncio.Event()
        self.gate.set()
        self.listeners: list[Callable[[JobId], None]] = []

    def engines(self) -> list[EngineInfo]:
        return [
            EngineInfo("dask", "Dask", SCHEMA, [Capability.start]),
            EngineInfo("ray", "Ray", SCHEMA, [], False, "Install ray."),
        ]

    def job_folder(self, job_id: JobId) -> Path:
        folder = self.folder / job_id
        if not folder.exists():
            (folder / "returned").mkdir(mode=0o700, parents=True)
        return folder

    def listen(self, listener: Callable[[JobId], None]) -> None:
        self.listeners.append(listener)

    def listen_targets(self, listener: Callable[[str], None]) -> None: ...

    def capabilities(self, target: TargetRecord) -> list[Capability]:
        return [Capability.start]

    async def start(self, target: TargetRecord) -> TargetStatus:
        await self.gate.wait()
        if self.start_error:
            raise Unavailable(self.start_error)
        self.running.add(target.name)
        return RUNNING

    async def status(self, name: str) -> TargetStatus | None:
        return RUNNING if name in self.running else None

    def last_status(self, name: str) -> TargetStatus | None:
        return None

    async def reattach(self, target: TargetRecord) -> TargetStatus | None:
        return await self.status(target.name)

    async def stop(self, name: str) -> None:
        self.running.discard(name)

    async def scale(self, name: str, workers: int) -> TargetStatus:
        return RUNNING

    async def test(self, target: TargetRecord) -> TargetTest:
        if self.start_error:
            raise Unavailable(self.start_error)
        return TargetTest(True, "It works.")

    async def submit(self, target: TargetRecord, spec: JobSpec) -> None:
        if self.submit_error:
            raise Unavailable(self.submit_error)
        if spec.job_id not in self.known:
            self.known.add(spec.job_id)
            self.submitted.append(spec)

    async def cancel(self, target_name: str, job_id: JobId) -> None:
        self.cancelled.append(job_id)

    def events(self, job_id: JobId, after: int) -> Iterable[JobEvent]:
        return [event for event in self.logs.get(job_id, []) if event["seq"] > after]

    async def is_known(self, target_name: str, job_id: JobId) -> bool:
        return job_id in self.known

    async def unwritten(self, target_name: str, job_id: JobId) -> JobEvent | None:
        return self.held_back.get(job_id)

    def map_folders(self) -> list[tuple[JobId, float]]:
        return []

    def forget(self, job_id: JobId) -> None:
        self.logs.pop(job_id, None)

    async def close(self) -> None: ...

    # What a test says

    def say(self, job_id: str, *events: dict[str, Any]) -> None:
        """Append events to a log, numbered, and tell who listens."""
        log = self.logs.setdefault(job_id, [])
        for event in events:
            log.append({"at": STARTED_S + len(log), **event, "seq": len(log) + 1})
        for listener in self.listeners:
            listener(JobId(job_id))


def message(kind: str, **content: Any) -> dict[str, Any]:
    """Return an event with a message of the far kernel."""
    return {
        "kind": "message",
        "channel": "iopub",
        "header": {"msg_type": kind},
        "parent_header": {},
        "metadata": {},
        "content": content,
        "buffers": [],
    }


REQUEST = {"kind": "request", "header": {}, "metadata": {}, "content": {}}
NAME = {"name": "model", "type": "Model", "size_bytes": 7, "digest": "", "note": ""}


def ended(state: str = "ok", **more: Any) -> dict[str, Any]:
    """Return the last event of a log."""
    base = {"kind": "ended", "state": state, "detail": "", "names": [], "changed": []}
    return {**base, **more}


class ScriptedKernels:
    """One kernel, whose answers a test decides."""

    def __init__(self) -> None:
        document = Document(DocumentKind.notebook, NOTEBOOK, "train.ipynb")
        self.one: WatchedKernel | None = WatchedKernel(
            KERNEL, "python3", document, "python", ("python", "{connection_file}"), "/home/ana/work"
        )
        self.packed: dict[str, Any] = {
            "ok": True,
            "items": [],
            "names": [NAME],
            "bytes": 7,
            "python": "3.11.7",
        }
        self.landed: dict[str, Any] = {"ok": True, "landed": ["model"], "conflicts": []}
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.user_name: str | None = "ana"
        self.gate = asyncio.Event()
        self.gate.set()

    def kernel(self, kernel_id: KernelId) -> WatchedKernel | None:
        return self.one if self.one is not None and kernel_id == self.one.id else None

    def of_notebook(self, stored_path: str) -> WatchedKernel | None:
        is_its = self.one is not None and self.one.document.path == stored_path
        return self.one if is_its else None

    def parent_run(self, kernel_id: KernelId, *, is_in_cell: bool) -> RunId | None:
        return RunId("cell" if is_in_cell else "session")

    def user(self, kernel_id: KernelId) -> str | None:
        return self.user_name

    async def pack(self, kernel_id: KernelId, request: dict[str, Any], say: Say) -> dict[str, Any]:
        self.requests.append(("pack", request))
        if not self.gate.is_set():
            say("Waits for the notebook's kernel, which is busy.")
            await self.gate.wait()
            say("")
        sent = Path(request["folder"]) / "sent"
        sent.mkdir(exist_ok=True)
        (sent / "parcel.json").write_text("{}")
        return self.packed

    async def land(self, kernel_id: KernelId, request: dict[str, Any]) -> dict[str, Any]:
        self.requests.append(("land", request))
        await self.gate.wait()
        return self.landed


@dataclass
class HeardRecorder:
    """Notes what it is told, in order."""

    said: list[tuple[Any, ...]] = field(default_factory=list)

    def job_begun(self, job: JobRecord, origin: JobOrigin) -> None:
        self.said.append(("begun", job.id, origin.document.path))

    def job_moved(self, job_id: JobId, document: Document) -> None:
        self.said.append(("moved", job_id, document.path))

    def job_said(self, job_id: JobId, event: JobEvent) -> None:
        self.said.append(("said", event["seq"], event["kind"]))

    def job_ended(self, job: JobRecord, event: JobEvent) -> None:
        self.said.append(("ended", job.state.value, event["seq"]))


class OpenPolicy:
    """What the user has decided."""

    def __init__(self) -> None:
        self.current = Settings()
        self.excluded: set[str] = set()

    def is_recorded(self, stored_path: str) -> bool:
        return stored_path not in self.excluded


@dataclass
class Bench:
    """Services on the real store, between scripted neighbours."""

    store: SqlStore
    compute: ScriptedCompute
    kernels: ScriptedKernels
    recorder: HeardRecorder
    policy: OpenPolicy
    targets: TargetService
    jobs: JobService
    events: list[Event]
    clock: Clock


def _hidden(text: str) -> str:
    return text.replace("s3cret", "***")


def bench(
    store: SqlStore,
    folder: Path,
    *,
    compute: ScriptedCompute | None = None,
    server_id: str = "server-1",
    configured: Iterable[TargetRecord] = (),
    clock: Clock | None = None,
) -> Bench:
    """Return services; with the ``compute`` of another bench they are a later server."""
    log = logging.getLogger("tests")
    compute = compute or ScriptedCompute(folder)
    kernels, recorder, policy = ScriptedKernels(), HeardRecorder(), OpenPolicy()
    events: list[Event] = []
    clock = clock or HandClock()
    targets = TargetService(store, compute, HOME, list(configured), events.append, log)
    jobs = JobService(
        JobSurroundings(
            store=store,
            compute=compute,
            targets=targets,
            kernels=kernels,
            recorder=recorder,
            post=lambda act: act(),
            redact=_hidden,
            redact_value=lambda value: json.loads(_hidden(json.dumps(value))),
            probe=lambda: {"code": ""},
            policy=policy,
            paths=ContentsPaths("/home/ana/work"),
            publish=events.append,
            home=HOME,
            server_id=ServerId(server_id),
            clock=clock,
            log=log,
        )
    )
    return Bench(store, compute, kernels, recorder, policy, targets, jobs, events, clock)
