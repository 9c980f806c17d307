"""Errors and the runs they happened in, for tests of services, server and command line."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta, timezone
from typing import Any

from dsinfra_jlab.domain.changes import SaveError, SaveRun
from dsinfra_jlab.domain.errors.occurrences import (
    Advice,
    Category,
    ErrorKind,
    ErrorRecord,
    Fingerprints,
    Frame,
    FrameKind,
    LinkedException,
    Nature,
    Relation,
    Severity,
)
from dsinfra_jlab.domain.ids import (
    CellId,
    EnvironmentId,
    KernelId,
    RunId,
    ServerId,
    error_group_id,
    error_id,
)
from dsinfra_jlab.domain.runs.records import Document, DocumentKind, RunKind, RunRecord, RunStatus

NOW = datetime.now(timezone.utc).replace(microsecond=0)


def run(
    run_id: str,
    notebook: str,
    *,
    at: datetime = NOW,
    status: RunStatus = RunStatus.error,
    cell: str = "c-1",
    code: str = "df['total']",
    environment: str | None = None,
) -> SaveRun:
    """Return a run of a cell."""
    name = notebook.rpartition("/")[2]
    return SaveRun(
        RunRecord(
            id=RunId(run_id),
            kind=RunKind.cell,
            kernel_id=KernelId("k-1"),
            kernel_name="python3",
            document=Document(DocumentKind.notebook, notebook, name),
            server_id=ServerId("s-1"),
            status=status,
            queued_at=at,
            started_at=at,
            ended_at=at + timedelta(seconds=1),
            cell_id=CellId(cell),
            code=code,
            code_sha256=hashlib.sha256(code.encode()).hexdigest(),
            environment_id=None if environment is None else EnvironmentId(environment),
        )
    )


def error(run_id: str, notebook: str, cause: str = "total", **fields: Any) -> SaveError:
    """Return an error of a run; those of one ``cause`` are one group."""
    frames = [
        Frame(FrameKind.cell, notebook, "<module>", line=1, source="df['total']"),
        Frame(FrameKind.user, notebook.rpartition("/")[0] + "/own.py", "total", "own", line=7),
        Frame(FrameKind.library, "/opt/lib/pandas/frame.py", "get", "pandas.core.frame", line=9),
    ]
    issue = hashlib.sha256(cause.encode()).hexdigest()
    values: dict[str, Any] = {
        "id": error_id(RunId(run_id), "exception", fields.pop("number", 0)),
        "group_id": error_group_id(issue),
        "run_id": RunId(run_id),
        "kernel_id": KernelId("k-1"),
        "kind": ErrorKind.exception,
        "ename": "KeyError",
        "evalue": repr(cause),
        "template": repr(cause),
        "category": Category.lookup,
        "nature": Nature.data,
        "severity": Severity.error,
        "flags": [],
        "at": NOW,
        "notebook_path": notebook,
        "cell_id": CellId("c-1"),
        "execution_count": 3,
        "line": 1,
        "column": 0,
        "frames": frames,
        "chain": [LinkedException(Relation.context, "IndexError", "0", frames)],
        "notes": [],
        "advice": [Advice("Did you mean 'totals'?", "The columns of df")],
        "fingerprints": Fingerprints(issue, issue, "f-pandas", 1),
        "environment_id": None,
        "collector": "probe",
        "diagnosis": "There is no column 'total'; did you mean 'totals'?",
        **fields,
    }
    return SaveError(ErrorRecord(**values))
