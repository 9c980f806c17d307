"""Targets: the places that cells can be sent to, and the engines behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Any

from ..bounds import Between, MaxChars
from . import limits


class TargetState(str, Enum):
    """How a target stands."""

    stopped = "stopped"
    """Nothing of it runs; the first job starts it."""
    starting = "starting"
    running = "running"
    stopping = "stopping"
    failed = "failed"
    """It could not be started or reached; ``detail`` says why."""


class Capability(str, Enum):
    """What an engine can do; what it cannot is not offered."""

    start = "start"
    """It is started and stopped by us; others are only connected to."""
    scale = "scale"
    resources = "resources"
    """Jobs may ask for cpus, memory and GPUs."""
    session = "session"
    """It can keep a kernel between jobs."""
    dashboard = "dashboard"
    client_code = "client_code"
    """There is code that connects to it from a notebook."""


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """Software that does the work for targets, as the form for a new target needs it."""

    name: str
    label: str
    options_schema: dict[str, Any]
    """JSON Schema of a target's options: an object with titles, descriptions and defaults."""
    capabilities: list[Capability]
    is_available: bool = True
    detail: str = ""
    """Why it is not available, and what to install."""


@dataclass(frozen=True, slots=True)
class Worker:
    """One worker of a target."""

    name: str
    host: str
    cpus: int
    memory_bytes: int | None
    gpus: int = 0
    busy_job_id: str | None = None
    python: str | None = None


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a running target has; ``free_…`` is what no job holds."""

    workers: int
    cpus: int
    memory_bytes: int | None
    gpus: int
    free_workers: int = 0
    free_cpus: int = 0
    free_memory_bytes: int | None = None
    free_gpus: int = 0
    queued_jobs: int = 0
    running_jobs: int = 0
    session_kernels: int = 0
    """Kernels that keep the names of a notebook between its jobs."""
    group_kernels: int = 0
    """Kernels that the items of maps share, at work or kept for a moment for the next item."""


@dataclass(frozen=True, slots=True)
class TargetStatus:
    """What an agent says of its target."""

    capacity: Capacity
    workers: list[Worker] = field(default_factory=list)
    dashboard_url: str | None = None
    address: str | None = None
    """Where the engine listens, for code that connects to it."""
    client_code: str | None = None
    python: str | None = None
    packages: dict[str, str] = field(default_factory=dict)
    queue: list[str] = field(default_factory=list)
    """Ids of the jobs that wait for a place, the next one first."""
    sees_files: bool = False
    """Its workers see the files of this machine: they run the command of the notebook's kernelspec,
    not a Python of their own."""


@dataclass(frozen=True, slots=True)
class TargetRecord:
    """A target as it is kept."""

    name: str
    engine: str
    options: dict[str, Any] = field(default_factory=dict)
    price_per_hour: float | None = None
    """Of one worker; no price, no money shown."""
    currency: str | None = None
    registered_by: str | None = None
    """The kernel whose code registered it."""


@dataclass(frozen=True, slots=True)
class Target:
    """A target as the API shows it."""

    name: str
    engine: str
    options: dict[str, Any]
    state: TargetState
    detail: str
    """Why it failed or what it does now; empty when all is well."""
    capacity: Capacity | None
    """Null while it does not run."""
    workers: list[Worker]
    capabilities: list[Capability]
    is_builtin: bool
    """``local``: it can be configured but not deleted."""
    dashboard_url: str | None
    """Of the engine's own page; below the server's base URL where that is possible."""
    client_code: str | None
    """Python that connects to it from a notebook."""
    python: str | None
    """Version of Python on its workers."""
    price_per_hour: float | None = None
    currency: str | None = None
    registered_by: str | None = None


@dataclass(frozen=True, slots=True)
class Targets:
    """Every target, ``local`` first."""

    items: list[Target]


@dataclass(frozen=True, slots=True)
class Engines:
    """Every engine that is installed, and those that could be."""

    items: list[EngineInfo]


@dataclass(frozen=True, slots=True)
class NewTarget:
    """A target to be added."""

    name: Annotated[str, MaxChars(limits.TARGET_NAME_MAX_CHARS)]
    engine: str
    options: dict[str, Any] = field(default_factory=dict)
    price_per_hour: Annotated[float | None, Between(0, 1_000_000)] = None
    currency: Annotated[str | None, MaxChars(8)] = None


@dataclass(frozen=True, slots=True)
class TargetPatch:
    """What may change of a target; ``None`` leaves a field as it is."""

    options: dict[str, Any] | None = None
    """Replaces all options; they hold from the next start."""
    price_per_hour: Annotated[float | None, Between(0, 1_000_000)] = None
    currency: Annotated[str | None, MaxChars(8)] = None


@dataclass(frozen=True, slots=True)
class TargetScale:
    """How many workers a target shall have."""

    workers: Annotated[int, Between(0, 10_000)]


@dataclass(frozen=True, slots=True)
class TargetTest:
    """What came of trying a target."""

    is_ok: bool
    detail: str
    """What was found, or what is wrong and what to do."""
    round_trip_s: float | None = None
    python: str | None = None
    packages: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    """What its workers need and do not have."""
