"""What is asked when a job is sent, and what jobs need of the rest of the server."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..domain.bounds import check_bounds
from ..domain.clock import Clock
from ..domain.errors import BadInput
from ..domain.events import EventListener
from ..domain.ids import ServerId
from ..domain.jobs import JobId, JobRecord, NewJob, ShownBy
from .compute_ports import Compute
from .contents_paths import ContentsPaths
from .job_following import Post, Redact
from .job_ports import JobRecorder, NotebookKernels
from .job_sending import Probe
from .ports import RecordStore
from .recording import Policy
from .targets import TargetService

__all__ = ["JobSurroundings", "Sent", "again", "check"]


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
