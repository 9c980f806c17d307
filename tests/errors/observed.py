"""A real kernel whose messages pass the real tracker, up to what would be stored of its errors."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from dsinfra_jlab.domain.changes import Change, ErrorFound, SaveError, SaveRun
from dsinfra_jlab.domain.errors.occurrences import ErrorRecord
from dsinfra_jlab.domain.ids import ErrorId, KernelId, RunId, ServerId
from dsinfra_jlab.domain.redaction.redactor import Redactor
from dsinfra_jlab.domain.runs.records import Document, DocumentKind, RunRecord
from dsinfra_jlab.domain.settings import Settings
from dsinfra_jlab.domain.tracking.message_reading import decode_dict
from dsinfra_jlab.domain.tracking.tracker import Client, Moment, RunTracker
from dsinfra_jlab.services.error_desk import ErrorDesk

from ..kernel.kernels import Execution, Kernel

NOTEBOOK = Document(DocumentKind.notebook, "/home/ana/train.ipynb", "train.ipynb")
CLIENT = Client(1, "ana")


def moment() -> Moment:
    return Moment(datetime.now(timezone.utc), time.monotonic())


@dataclass
class Observed:
    """A kernel and what is known of its runs and errors."""

    kernel: Kernel
    settings: Settings = field(default_factory=Settings)
    runs: dict[RunId, RunRecord] = field(default_factory=dict)
    errors: dict[ErrorId, ErrorRecord] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.desk = ErrorDesk(Redactor(b"test"))
        self.tracker = RunTracker(
            kernel_id=KernelId("kernel-1"),
            kernel_name="python3",
            document=NOTEBOOK,
            server_id=ServerId("server-1"),
            language="python",
        )
        self.take(self.tracker.kernel_started(moment()))

    def take(self, changes: Iterable[Change]) -> None:
        for change in changes:
            self.changes.append(change)
            if isinstance(change, SaveRun):
                self.runs[change.record.id] = change.record
            elif isinstance(change, ErrorFound):
                saved = self.desk.saved(change.sighting, self.settings)
                if isinstance(saved, SaveError):
                    self.errors[saved.record.id] = saved.record

    def run(self, code: str, cell_id: str = "cell", settle_s: float = 0.0) -> list[ErrorRecord]:
        """Run a cell, and return the errors that were found by it."""
        known = set(self.errors)
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        client = self.kernel.client
        message = client.session.msg("execute_request", content, metadata={"cellId": cell_id})
        self.take(self.tracker.requested(decode_dict(message), CLIENT, moment()))
        client.shell_channel.send(message)
        done = self.kernel.finish(message["header"]["msg_id"])
        if settle_s:
            self.kernel.settle(done, settle_s)
        self._follow(done)
        return [error for key, error in self.errors.items() if key not in known]

    def _follow(self, done: Execution) -> None:
        idle = [m for m in done.messages if m["msg_type"] == "status"]
        for message in done.messages:
            if message is idle[-1]:
                self.take(self.tracker.replied(decode_dict(done.reply), moment()))
            self.take(self.tracker.published(decode_dict(message), moment()))

    def last_run(self) -> RunRecord:
        """Return the run of the cell asked for last."""
        return list(self.runs.values())[-1]

    def restart(self) -> None:
        """Forget the kernel's names, as a restart does, without the wait for one."""
        self.run("%reset -f", cell_id=str(uuid.uuid4()))


def ending(errors: Iterable[ErrorRecord]) -> ErrorRecord:
    """Return the one error that ended a run."""
    (found,) = [error for error in errors if error.kind.value == "exception"]
    return found


def shown(record: ErrorRecord) -> dict[str, Any]:
    """Return what a person checks first."""
    return {
        "ename": record.ename,
        "category": record.category.value,
        "severity": record.severity.value,
        "line": record.line,
    }
