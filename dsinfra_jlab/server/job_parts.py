"""Wires targets and jobs: agents below, kernels and records beside them."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

from ..domain.changes import MoveDocument
from ..domain.clock import Clock
from ..domain.compute.jobs import JobId
from ..domain.compute.targets import NewTarget, TargetRecord
from ..domain.events import EventListener
from ..domain.exceptions import BadInput
from ..domain.ids import ServerId
from ..domain.redaction.redactor import Redactor
from ..domain.tracking.probe_events import Landed
from ..kernel.bundle import remote_prelude
from ..kernel.options import Options
from ..services.absent_compute import AbsentCompute
from ..services.compute_ports import Compute
from ..services.contents_paths import ContentsPaths
from ..services.job_asking import JobSurroundings
from ..services.job_groups import JobGroups
from ..services.job_keeping import JobKeeping
from ..services.job_questions import JobQuestions
from ..services.job_recording import JobRuns
from ..services.jobs import JobService
from ..services.kernel_questions import KernelQuestions
from ..services.ports import RecordStore
from ..services.recording import Policy
from ..services.targets import TargetService, check_name
from . import wire
from .kernel_parts import KernelParts
from .kernel_requests import KernelRequests


@dataclass(frozen=True, slots=True)
class Around:
    """What targets and jobs need of the rest of the server."""

    kernels: KernelParts
    questions: KernelQuestions
    store: RecordStore
    policy: Policy
    paths: ContentsPaths
    redactor: Redactor
    publish: EventListener
    configured: Sequence[TargetRecord]
    folder: Path
    """For agents and jobs; only its owner may look into it."""
    home: str
    server_id: ServerId
    clock: Clock
    log: logging.Logger


class JobParts:
    """Targets and jobs, as handlers and questions of kernels use them."""

    def __init__(self, given: Around) -> None:
        kernels, log = given.kernels, given.log
        self.home = given.home
        compute = make_compute(given.folder, log)
        self.targets = TargetService(
            given.store, compute, given.home, given.configured, given.publish, log
        )
        self.requests = KernelRequests(
            kernels.recorder,
            kernels.observer,
            open_connections,
            kernels.options,
            log,
            is_injecting=kernels.is_injecting,
        )
        kernels.answers_job = self.requests.replied
        recorder = JobRuns(
            kernels.recorder,
            kernels.artifacts,
            given.server_id,
            lambda: given.policy.current.outputs_max_bytes,
            log,
        )
        self.jobs = JobService(
            JobSurroundings(
                store=given.store,
                compute=compute,
                targets=self.targets,
                kernels=self.requests,
                recorder=recorder,
                post=kernels.observer.call,
                redact=given.redactor.redact,
                redact_value=given.redactor.redact_value,
                probe=partial(_probe, kernels.options),
                policy=given.policy,
                paths=given.paths,
                publish=given.publish,
                home=given.home,
                server_id=given.server_id,
                clock=given.clock,
                log=log,
            )
        )
        self.groups = JobGroups(self.jobs, self.targets, given.store, given.paths, given.clock)
        self.part = JobKeeping(
            self.jobs, self.targets, compute, given.store, given.home, given.clock, log
        )
        given.questions.jobs = JobQuestions(self.jobs, self.targets, compute)
        kernels.on_landed(self._landed)
        kernels.on_move(self._moved)

    async def _landed(self, event: Landed) -> None:
        failed = [{"name": each.name, "text": each.text} for each in event.failed]
        answer = {"landed": event.landed, "conflicts": event.conflicts, "failed": failed}
        await self.jobs.landing.told(JobId(event.job_id), answer)

    async def _moved(self, move: MoveDocument) -> None:
        self.jobs.document_moved(move)


def make_compute(folder: Path, log: logging.Logger) -> Compute:
    """Return compute by agents, or what says why there is none."""
    try:
        from ..compute.agents import Agents

        return Agents(folder)
    except Exception as error:
        log.error("dsinfra: cells cannot be sent anywhere", exc_info=error)
        reason = f"Cells cannot be sent from this server ({type(error).__name__}); see its log."
        return AbsentCompute(reason)


def open_connections() -> list[Any]:
    """Return the connections of clients to kernels that are open now."""
    return list(getattr(ZMQChannelsWebsocketConnection, "_open_sockets", ()))


def home_of(key: bytes) -> str:
    """Return the id of an installation, from its secret key."""
    return hashlib.blake2b(key, digest_size=12, person=b"dsinfra home").hexdigest()


def decode_targets(given: Sequence[Mapping[str, Any]]) -> list[TargetRecord]:
    """Return targets as configured; raises ``BadInput`` that says which one is wrong."""
    found: dict[str, TargetRecord] = {}
    for number, each in enumerate(given, start=1):
        try:
            new = wire.decode_fields(each, NewTarget)
            check_name(new.name)
        except BadInput as error:
            raise BadInput(f"Target {number}: {error.message}", error.details) from error
        if new.name in found:
            raise BadInput(f"Target {number}: there are two of the name {new.name!r}.")
        found[new.name] = TargetRecord(
            new.name, new.engine, dict(new.options), new.price_per_hour, new.currency
        )
    return list(found.values())


def _probe(options: Callable[[], Options]) -> dict[str, Any]:
    return remote_prelude(options())
