"""How a target of Dask stands, from what its scheduler, its workers and its queue say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...domain.compute.job_spec import JobSpec
from ...domain.compute.jobs import JobId
from ...domain.compute.targets import Capacity, TargetStatus, Worker
from .dask_queue import Machine, Need


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a scheduler and its workers."""

    scheduler: Mapping[str, Any]
    """What the scheduler says of itself."""
    about: Mapping[str, Mapping[str, Any]]
    """What each worker says of itself, by its address."""
    packages: Mapping[str, str]
    has_dashboard: bool
    machine: Machine | None
    """Of our own workers; ``None`` elsewhere."""
    part_bytes: int
    sees_files: bool


def status_of(
    seen: Seen,
    busy: Mapping[str, JobId],
    waiting: list[JobId],
    taken: Mapping[JobId, Need],
    tls: Mapping[str, str] | None,
) -> TargetStatus:
    """Return how a target stands; ``busy`` are addresses of workers with their jobs."""
    workers = [_worker(seen, address, busy.get(address)) for address in seen.about]
    workers.sort(key=lambda each: (len(each.name), each.name))
    address = str(seen.scheduler.get("address") or "")
    return TargetStatus(
        capacity=_capacity(seen, workers, len(waiting), len(busy), taken),
        workers=workers,
        dashboard_url=dashboard_url(seen.scheduler) if seen.has_dashboard else None,
        address=address or None,
        client_code=client_code(address, tls),
        python=next((each["python"] for each in seen.about.values() if "python" in each), None),
        packages=dict(seen.packages),
        queue=[str(job_id) for job_id in waiting],
        sees_files=seen.sees_files,
    )


def dashboard_url(scheduler: Mapping[str, Any]) -> str | None:
    """Return the address of Dask's own page, ``None`` if it has none."""
    port = (scheduler.get("services") or {}).get("dashboard")
    host = str(scheduler.get("address") or "").partition("://")[2].rpartition(":")[0]
    return f"http://{host}:{port}/status" if port and host else None


def client_code(address: str, tls: Mapping[str, str] | None) -> str:
    """Return Python that connects to a scheduler from a notebook."""
    if tls is None:
        return f"from dask.distributed import Client\n\nclient = Client({address!r})\n"
    return (
        "from dask.distributed import Client\n"
        "from distributed.security import Security\n\n"
        "security = Security(\n"
        f"    tls_ca_file={tls.get('tls_ca_file') or None!r},\n"
        f"    tls_client_cert={tls.get('tls_cert') or None!r},\n"
        f"    tls_client_key={tls.get('tls_key') or None!r},\n"
        "    require_encryption=True,\n"
        ")\n"
        f"client = Client({address!r}, security=security)\n"
    )


def resources_for(spec: JobSpec, workers: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Return what Dask shall count for a job, by the names that its workers use.

    Workers that name no such resource are not asked for it, except for GPUs: a job that needs
    one is not to land where there is none.
    """
    asked = {"cpu": spec.cpus, "memory": spec.memory_bytes, "gpu": spec.gpus}
    named = {name.lower().rstrip("s"): name for each in workers for name in _resources(each)}
    if spec.gpus:
        named.setdefault("gpu", "GPU")
    return {named[what]: float(n) for what, n in asked.items() if n and what in named}


def _resources(worker: Mapping[str, Any]) -> Mapping[str, float]:
    found: Mapping[str, float] = worker.get("resources") or {}
    return found


def _worker(seen: Seen, address: str, job_id: JobId | None) -> Worker:
    said = (seen.scheduler.get("workers") or {}).get(address, {})
    about = seen.about[address]
    is_ours = seen.machine is not None
    gpus = (n for name, n in _resources(said).items() if name.lower().rstrip("s") == "gpu")
    return Worker(
        name=str(about["name"]),
        host=str(about.get("host") or said.get("host") or ""),
        cpus=int(said.get("nthreads") or 1),
        memory_bytes=(seen.part_bytes or None) if is_ours else (said.get("memory_limit") or None),
        gpus=int(next(gpus, 0)),
        busy_job_id=job_id,
        python=about.get("python"),
    )


def _capacity(
    seen: Seen, workers: list[Worker], queued: int, running: int, taken: Mapping[JobId, Need]
) -> Capacity:
    free = [each for each in workers if each.busy_job_id is None]
    kept = [
        session
        for each in seen.about.values()
        for session in (each.get("runner") or {}).get("sessions", ())
    ]
    counts: dict[str, Any] = {
        "workers": len(workers),
        "free_workers": len(free),
        "queued_jobs": queued,
        "running_jobs": running,
        "session_kernels": sum(not each.get("is_group") for each in kept),
        "group_kernels": sum(bool(each.get("is_group")) for each in kept),
    }
    machine = seen.machine
    if machine is None:
        return Capacity(
            cpus=sum(each.cpus for each in workers),
            memory_bytes=_total(each.memory_bytes for each in workers),
            gpus=sum(each.gpus for each in workers),
            free_cpus=sum(each.cpus for each in free),
            free_memory_bytes=_total(each.memory_bytes for each in free),
            free_gpus=sum(each.gpus for each in free),
            **counts,
        )
    memory = machine.memory_bytes
    held = sum(need.memory_bytes for need in taken.values())
    return Capacity(
        cpus=machine.cpus,
        memory_bytes=memory,
        gpus=machine.gpus,
        free_cpus=max(machine.cpus - sum(need.cpus for need in taken.values()), 0),
        free_memory_bytes=None if memory is None else max(memory - held, 0),
        free_gpus=max(machine.gpus - sum(need.gpus for need in taken.values()), 0),
        **counts,
    )


def _total(amounts: Iterable[int | None]) -> int | None:
    """Return a sum, ``None`` if one is not known."""
    known = list(amounts)
    return None if None in known else sum(each for each in known if each is not None)
