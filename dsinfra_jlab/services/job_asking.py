"""What is asked when a job is sent, and what jobs need of the rest of the server."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..domain.bounds import check_bounds
from ..domain.clock import Clock
from ..domain.compute.jobs import (
    JobId,
    JobRecord,
    JobResources,
    JobState,
    NewJob,
    ShownBy,
    job_run_id,
)
from ..domain.events import EventListener
from ..domain.exceptions import BadInput, NotFound
from ..domain.ids import CellId, KernelId, ServerId
from .compute_ports import Compute
from .contents_paths import ContentsPaths
from .job_following import Post, Redact
from .job_ports import JobRecorder, NotebookKernels
from .job_sending import Probe
from .ports import RecordStore
from .recording import Policy
from .targets import TargetService

__all__ = ["JobSurroundings", "Sent", "again", "check", "draft"]


@dataclass(frozen=True, slots=True)
class Sent:
    """How a job is sent, beside what ``NewJob`` says."""

    user: str | None = None
    shown_by: ShownBy = ShownBy.browser
    name: str = ""
    group_id: str | None = None
    is_in_cell: bool = False
    """Code that runs now has sent it."""
    retry_of: JobId | None = None


@dataclass(frozen=True, slots=True)
class JobSurroundings:
    """What jobs need of the rest of the server."""

    store: RecordStore
    compute: Compute
    targets: TargetService
    kernels: NotebookKernels
    recorder: JobRecorder
    post: Post
    redact: Redact
    redact_value: Callable[[Any], Any]
    """The same for a JSON value, in which pictures stay as they are."""
    probe: Probe
    policy: Policy
    paths: ContentsPaths
    publish: EventListener
    home: str
    server_id: ServerId
    clock: Clock
    log: logging.Logger


def draft(given: JobSurroundings, new: NewJob, sent: Sent) -> JobRecord:
    """Return a job that nobody knows yet; raises ``NotFound``."""
    kernel_id = KernelId(new.kernel_id) if new.kernel_id is not None else None
    kernel = given.kernels.kernel(kernel_id) if kernel_id is not None else None
    if kernel_id is not None and kernel is None and sent.retry_of is None:
        raise NotFound(f"There is no kernel {kernel_id[:60]!r}. Start the notebook's kernel first.")
    path = given.paths.to_stored(new.notebook_path) if new.notebook_path else None
    if path is None and kernel is not None:
        path = kernel.document.notebook_path
    job_id = JobId(str(uuid.uuid4()))
    parent = None
    if kernel_id is not None and kernel is not None:
        parent = given.kernels.parent_run(kernel_id, is_in_cell=sent.is_in_cell)
    return JobRecord(
        id=job_id,
        run_id=job_run_id(job_id),
        target=new.target,
        state=JobState.queued,
        code=_storable_code(given, new.code, path),
        submitted_at=given.clock.now(),
        home=given.home,
        server_id=given.server_id,
        kernel_id=kernel_id,
        kernel_name=kernel.name if kernel is not None else "",
        document=kernel.document if kernel is not None else None,
        notebook_path=path,
        cell_id=CellId(new.cell_id) if new.cell_id is not None else None,
        resources=new.resources or JobResources(),
        returns=tuple(new.returns) if new.returns is not None else None,
        mode=new.mode,
        shown_by=sent.shown_by,
        user=sent.user,
        parent_run_id=parent,
        retry_of=sent.retry_of,
        group_id=sent.group_id,
        name=given.redact(sent.name),
    )


def _storable_code(given: JobSurroundings, code: str, path: str | None) -> str:
    is_kept = given.policy.current.is_recording_code and given.policy.is_recorded(path or "")
    return given.redact(code) if is_kept else ""


def again(old: JobRecord, code: str) -> NewJob:
    """Return what sends a job that has ended once more."""
    return NewJob(
        target=old.target,
        code=code,
        kernel_id=old.kernel_id,
        notebook_path=old.notebook_path,
        cell_id=old.cell_id,
        resources=old.resources,
        returns=list(old.returns) if old.returns is not None else None,
        mode=old.mode,
        is_confirmed=True,
    )


def check(new: NewJob) -> None:
    """Refuse what can never be sent; raises ``BadInput``."""
    if not new.code.strip():
        raise BadInput("There is no code to send.", {"field": "code"})
    if new.resources is not None:
        check_bounds(new.resources)
    for name in new.returns or ():
        if not name.isidentifier():
            raise BadInput(f"{name[:50]!r} is no name that could come back.", {"field": "returns"})
