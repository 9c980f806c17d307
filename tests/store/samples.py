"""Records to write, and a store to write them to."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from dsinfra_jlab.domain.clock import Clock, HandClock
from dsinfra_jlab.domain.ids import KernelId, RunId, ServerId
from dsinfra_jlab.domain.runs.records import Document, DocumentKind, RunKind, RunRecord, RunStatus
from dsinfra_jlab.store import SqlStore
from dsinfra_jlab.store.writer import Pace

START = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)
NOTEBOOK = Document(DocumentKind.notebook, "/home/ana/work/train.ipynb", "train.ipynb")
FAST = Pace(commit_interval_s=0.0, retry_min_s=0.02, retry_max_s=0.1, open_s=0.3)


def at(seconds: float) -> datetime:
    """Return the moment so many seconds after the start of the samples."""
    return START + timedelta(seconds=seconds)


def record(name: str, seconds: float = 0.0, /, **changes: Any) -> RunRecord:
    """Return a finished cell run, asked for ``seconds`` after the start, with changes."""
    queued_at = at(seconds)
    sample = RunRecord(
        id=RunId(name),
        kind=RunKind.cell,
        kernel_id=KernelId("kernel-1"),
        kernel_name="python3",
        document=NOTEBOOK,
        server_id=ServerId("server-1"),
        status=RunStatus.ok,
        queued_at=queued_at,
        started_at=queued_at,
        ended_at=queued_at + timedelta(seconds=1),
        duration_s=1.0,
        language="python",
        code=f"print('{name}')",
        code_sha256="0" * 64,
    )
    return dataclasses.replace(sample, **changes)


def notebook(path: str) -> Document:
    """Return the document of a notebook."""
    return Document(DocumentKind.notebook, path, path.rpartition("/")[2])


def sqlite_url(folder: Path) -> str:
    """Return the URL of a database in ``folder``."""
    return f"sqlite:///{folder / 'store.sqlite'}"


def wait_until(condition: Any, timeout_s: float = 20.0) -> None:
    """Wait until ``condition()`` holds."""
    give_up_at = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < give_up_at, "it did not happen in time"
        time.sleep(0.005)


@contextmanager
def opened(url: str, clock: Clock | None = None, **options: Any) -> Iterator[SqlStore]:
    """A store that is open, and closed at the end."""
    store = SqlStore(url, clock or HandClock(at(3_600)), **{"pace": FAST, **options})
    store.open()
    try:
        wait_until(lambda: store.schema_version)
        yield store
    finally:
        store.close_now()
