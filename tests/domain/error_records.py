"""Records of errors for tests of what is made of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
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
    Nature,
    Relation,
    ResourceState,
    Severity,
    Variable,
)
from dsinfra_jlab.domain.ids import CellId, EnvironmentId, ErrorGroupId, ErrorId, KernelId, RunId

FRAMES = [
    Frame(
        kind=FrameKind.cell,
        file="In[7]",
        function="<module>",
        module="__main__",
        line=3,
        column=4,
        end_line=3,
        end_column=21,
        source="total = prices['cost'].sum()",
        variables=[Variable("prices", "pandas.DataFrame", "3 rows, 2 columns | 1 null")],
    ),
    Frame(
        kind=FrameKind.library,
        file="/venv/lib/python3.11/site-packages/pandas/core/frame.py",
        function="__getitem__",
        module="pandas.core.frame",
        line=4330,
        source="indexer = self.columns.get_loc(key)",
    ),
    Frame(
        kind=FrameKind.library,
        file="/venv/lib/python3.11/site-packages/pandas/core/indexes/base.py",
        function="get_loc",
        module="pandas.core.indexes.base",
        line=3823,
        source="raise KeyError(key) from err",
        repeated=2,
    ),
]

RECORD = ErrorRecord(
    id=ErrorId("3f0c9f0e-8a52-5d5b-9a5e-0f7d0a4b9c11"),
    group_id=ErrorGroupId("group"),
    run_id=RunId("run"),
    kernel_id=KernelId("kernel"),
    kind=ErrorKind.exception,
    ename="KeyError",
    evalue="'cost'",
    template="'cost'",
    category=Category.lookup,
    nature=Nature.data,
    severity=Severity.error,
    flags=[CauseFlag.stale_definition],
    at=datetime(2026, 11, 23, 2, 15, 53, 123456, tzinfo=timezone.utc),
    notebook_path="sales.ipynb",
    cell_id=CellId("cell"),
    execution_count=7,
    line=3,
    column=4,
    frames=FRAMES,
    chain=[LinkedException(Relation.cause, "KeyError", "'cost'", FRAMES[2:])],
    notes=["while reading *sales.csv*"],
    advice=[Advice("Did you mean `costs`?", "columns of prices: costs, item")],
    fingerprints=Fingerprints("aa", "bb", "cc", 1),
    environment_id=EnvironmentId("environment"),
    collector="probe",
    diagnosis="prices has no column 'cost'; the nearest is 'costs'.",
    resources=ResourceState(rss_bytes=100),
)


def record(**changes: Any) -> ErrorRecord:
    """Return the record with changes."""
    return replace(RECORD, **changes)


GROUP = record(
    ename="ExceptionGroup",
    evalue="both (2 sub-exceptions)",
    chain=[
        LinkedException(Relation.group, "ValueError", "one", FRAMES[:1]),
        LinkedException(Relation.context, "OSError", "first", [], parent=0),
        LinkedException(Relation.group, "KeyError", "'two'", []),
        LinkedException(Relation.cause, "ZeroDivisionError", "division by zero", []),
    ],
)
"""A group of two, the first of which was raised while another error was handled."""
