"""Ours in a plain script, spoken to as the peers are."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from typing import Any

os.environ["JUPYTER_DATA_DIR"] = os.path.join(os.getcwd(), "jupyter")
os.environ.pop("DSINFRA_STORE_URL", None)

from run_values import TAGS, metrics, params, value

import dsinfra_jlab as dsinfra

_opened: list[Any] = []


def start(folder: str) -> Callable[[int], None]:
    _wait_until_stored()
    log = dsinfra.log_metric
    return lambda step: log("loss", value(step), step)


def _wait_until_stored() -> None:
    """Begin the run and wait until the store has it, as the peers do."""
    dsinfra.set_tag("stage", "begun")
    dsinfra.runs(limit=1)


def close() -> None:
    from dsinfra_jlab.script import sink

    sink().close()


def write_run(number: int) -> None:
    with dsinfra.run(f"run-{number}", **params(number)) as run:
        dsinfra.log_metrics(metrics(number))
        for key, word in TAGS.items():
            run.set_tag(key, word)
    if number == 0:
        _wait_until_stored()


def flush_runs() -> None:
    close()


def _store() -> Any:
    """Return the store, opened once, as a server has it."""
    if not _opened:
        from pathlib import Path

        from dsinfra_jlab.domain.clock import SystemClock
        from dsinfra_jlab.store import SqlStore, default_url

        url = default_url(Path(os.environ["JUPYTER_DATA_DIR"]) / "dsinfra")
        store = SqlStore(url, SystemClock())
        store.open()
        while not store.schema_version:
            time.sleep(0.01)
        _opened.append(store)
    return _opened[0]


def _search(kind: str, count: int, order: str) -> list[Any]:
    from dsinfra_jlab.domain.runs.records import RunKind, RunQuery

    query = RunQuery(kind=RunKind(kind), limit=count, order=order)
    return list(asyncio.run(_store().runs(query)).items)


def newest(count: int) -> list[Any]:
    return _search("block", count, "-queued_at")


def top(count: int) -> list[Any]:
    return _search("block", count, "-metric.acc")


def stored(folder: str) -> int:
    (run,) = _search("session", 1, "-queued_at")
    found = asyncio.run(_store().metrics(run.id, "loss", 10))
    return sum(series.point_count for series in found.items)
