"""Errors to write."""

from __future__ import annotations

import dataclasses
from typing import Any

from dsinfra_jlab.domain.errors.occurrences import (
    Advice,
    Category,
    CauseFlag,
    ErrorKind,
    ErrorRecord,
    Fingerprints,
    Frame,
    FrameKind,
    LinkedException,
    MemoryPoint,
    Nature,
    Operation,
    Relation,
    ResourceState,
    Severity,
    Variable,
)
from dsinfra_jlab.domain.ids import CellId, ErrorGroupId, KernelId, RunId, error_id
from dsinfra_jlab.domain.runs.records import RunRecord, RunStatus
from tests.store.samples import NOTEBOOK, at, record

CELL = CellId("cell-1")


def ok(name: str, seconds: float, /, **changes: Any) -> RunRecord:
    """Return a run of the cell that ended well."""
    return record(name, seconds, **{"cell_id": CELL, **changes})


def failed(name: str, seconds: float, /, **changes: Any) -> RunRecord:
    """Return a run of the cell that did not."""
    return ok(name, seconds, **{"status": RunStatus.error, "error_name": "KeyError", **changes})


def seen(run: str, seconds: float, /, group: str = "g", number: int = 0, **changes: Any) -> Any:
    """Return an error of the cell, with changes."""
    kind = changes.get("kind", ErrorKind.exception)
    sample = ErrorRecord(
        id=error_id(RunId(run), kind.value, number),
        group_id=ErrorGroupId(group),
        run_id=RunId(run),
        kernel_id=KernelId("kernel-1"),
        kind=kind,
        ename="KeyError",
        evalue="'price'",
        template="'price'",
        category=Category.lookup,
        nature=Nature.data,
        severity=Severity.error,
        flags=[],
        at=at(seconds),
        notebook_path=NOTEBOOK.path,
        cell_id=CELL,
        execution_count=3,
        line=1,
        column=0,
        frames=[],
        chain=[],
        notes=[],
        advice=[],
        fingerprints=Fingerprints("strict", group, "family", 1),
        environment_id=None,
        collector="probe",
    )
    return dataclasses.replace(sample, **changes)


def whole(run: str, seconds: float) -> ErrorRecord:
    """Return an error that has everything."""
    frame = Frame(
        kind=FrameKind.cell,
        file="",
        function="<module>",
        line=3,
        column=0,
        end_line=3,
        end_column=11,
        source="df['price']",
        cell_id=CELL,
        run_id=RunId(run),
        variables=[Variable("df", "pandas.DataFrame", "1,000 rows, 4 columns")],
    )
    behind = LinkedException(Relation.cause, "OSError", "no", [frame], None, ["a note"])
    result: ErrorRecord = seen(
        run,
        seconds,
        frames=[frame, dataclasses.replace(frame, kind=FrameKind.library, repeated=7)],
        chain=[behind],
        notes=["look at the columns"],
        advice=[Advice("Use 'Price'.", "The frame has a column 'Price'.", "insert_code:x")],
        flags=[CauseFlag.stale_definition],
        diagnosis="Use 'Price'.",
        carrier="ExceptionGroup",
        evalue_chars=20_000,
        frames_omitted=4,
        operations=[Operation(RunId("before"), CELL, 2, ["df"], "df = load()")],
        resources=ResourceState(1, 2, 3, "machine", 0, [MemoryPoint(1.5, 10)]),
        memory_held_bytes=99,
        count=3,
        dropped={"frames": 4},
    )
    return result
