"""How many runs a second the store takes in, sustained."""

from __future__ import annotations

import asyncio
import tempfile
import time
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

from dsinfra_jlab.domain.changes import Change, SaveOutputs, SaveRun
from dsinfra_jlab.domain.clock import SystemClock
from dsinfra_jlab.domain.ids import KernelId, MessageId, ServerId, cell_run_id
from dsinfra_jlab.domain.runs.records import (
    Document,
    DocumentKind,
    RunKind,
    RunOutputs,
    RunRecord,
    RunStatus,
)
from dsinfra_jlab.store import SqlStore

from .report import Row

KERNEL = KernelId(str(uuid.uuid4()))
BACKLOG = 4_000
"""Runs that may wait: more than an observer ever has ahead of it."""


def _run(number: int) -> list[Change]:
    """Return what a finished cell with one output leaves behind."""
    at = datetime.now(timezone.utc)
    record = RunRecord(
        id=cell_run_id(KERNEL, MessageId(str(number))),
        kind=RunKind.cell,
        kernel_id=KERNEL,
        kernel_name="python3",
        document=Document(DocumentKind.notebook, "/work/train.ipynb", "train.ipynb"),
        server_id=ServerId("benchmark"),
        status=RunStatus.ok,
        queued_at=at,
        language="python",
        execution_count=number,
        code=f"model.fit(train, epochs={number})\nprint(model.score(test))",
        code_sha256="0" * 64,
        started_at=at,
        ended_at=at + timedelta(milliseconds=20),
        duration_s=0.02,
    )
    output = {"output_type": "stream", "name": "stdout", "text": f"0.{number:08d}\n"}
    return [SaveRun(record), SaveOutputs(record.id, RunOutputs([output]))]


async def recorded_runs(runs: int) -> list[Row]:
    """Record as fast as the store commits, on SQLite with ``synchronous=FULL``."""
    with tempfile.TemporaryDirectory(prefix="dsinfra-benchmark-") as folder:
        store = SqlStore(f"sqlite:///{Path(folder) / 'store.sqlite3'}", SystemClock())
        store.open()
        await _opened(store)
        started = time.perf_counter()
        for number in range(runs):
            store.record(_run(number))
            if number % BACKLOG == BACKLOG - 1:
                await store.flush()
        await store.flush()
        rate = runs / (time.perf_counter() - started)
        await store.close()
    return [
        Row(
            f"recorded runs with an output, of {runs:,}, SQLite FULL",
            f"{rate:,.0f} a second",
            "MLflow 103, exptrack 32, W&B offline 30 a second (measured elsewhere)",
            f"{rate / 103:.0f} × MLflow",
            "≥ 5,000 a second",
            rate >= 5_000,
        )
    ]


async def _opened(store: SqlStore) -> None:
    for _ in range(200):
        if store.schema_version:
            return
        await asyncio.sleep(0.05)
    raise RuntimeError(f"the store does not open: {store.health()}")
