"""What an agent needs to know to run a job: ``job.json`` in the job's folder."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import limits


@dataclass(frozen=True, slots=True)
class JobSpec:
    """One job for a target, in the words of JSON.

    Beside it in the folder are the parcel in ``sent/`` (absent if the code needs nothing) and
    ``probe.json``, the content of the request that loads the probe into the job's kernel.
    """

    job_id: str
    message_id: str
    """Id that the ``execute_request`` has to have: the run's id follows from it."""
    code: str
    cell_id: str | None = None
    user: str | None = None
    argv: tuple[str, ...] | None = None
    """Command of the kernel for targets on this machine, from the notebook's kernelspec, with
    ``{connection_file}``; null takes the worker's own Python."""
    cwd: str | None = None
    """Folder of the notebook; used where the worker has the same folder, else a private one."""
    python: str | None = None
    """Version of the sender's Python, as in ``3.11.7``."""
    returns: tuple[str, ...] | None = None
    """Names to bring back; null brings back what the code binds."""
    mode: str = "fresh"
    session_key: str | None = None
    """Tells the kernels of a target apart that jobs share; null in a fresh kernel."""
    shared: str | None = None
    """Name of the folder, beside the job's own, with what the items of a map share."""
    cpus: int | None = None
    memory_bytes: int | None = None
    gpus: int | None = None
    environment: dict[str, str] = field(default_factory=dict)
    """Variables for the kernel, beside those that the runner sets."""
    kernel_variables: dict[str, str] = field(default_factory=dict)
    """Those of the notebook's kernelspec; they go with ``argv``."""
    returned_max_bytes: int = limits.RETURNED_MAX_BYTES
    cancel_grace_s: float = limits.CANCEL_GRACE_S
    outputs_max_bytes: int = limits.JOB_EVENTS_MAX_BYTES
