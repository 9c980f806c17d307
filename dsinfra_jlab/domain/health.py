"""How the parts of the extension are doing, in the shape of the ``health`` route."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class HealthStatus(str, Enum):
    """The whole in one word."""

    ok = "ok"
    degraded = "degraded"


class ServiceState(str, Enum):
    """How one part is doing."""

    starting = "starting"
    running = "running"
    degraded = "degraded"
    """It works, with something missing that ``detail`` names."""
    failed = "failed"
    stopped = "stopped"


class ProbeState(str, Enum):
    """Whether the probe is in a kernel."""

    loaded = "loaded"
    off = "off"
    failed = "failed"
    unsupported = "unsupported"


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """One part of the extension."""

    state: ServiceState
    detail: str = ""
    """One sentence for a person; empty when all is well."""


@dataclass(frozen=True, slots=True)
class KernelHealth:
    """How well one kernel is seen."""

    probe: ProbeState
    detail: str = ""
    missed_messages: int | None = None
    """Since it is watched; ``None`` if the kernel numbers its messages in no known way."""


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """The store and what waits for it."""

    url: str
    """Where it is, without a password."""
    queue_depth: int = 0
    """Records waiting to be committed."""
    dropped: dict[str, int] = field(default_factory=dict)
    """How many things were given up, by class, since the store was made."""
    is_read_only: bool = False
    detail: str = ""
    """Why it is away, slow or read-only; empty when all is well."""
    notices: list[str] = field(default_factory=list)
    """What is unusual and still works, such as a network file system."""


@dataclass(frozen=True, slots=True)
class Health:
    """Everything the ``health`` route says."""

    version: str
    schema_version: str
    status: HealthStatus
    reasons: list[str]
    """Why it is degraded, one sentence each."""
    store: StoreHealth
    services: dict[str, ServiceHealth]
    kernels: dict[str, KernelHealth]
