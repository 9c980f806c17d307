"""Trackio with its local store, a SQLite file for each project."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ["TRACKIO_DIR"] = os.path.join(os.getcwd(), "trackio")

import trackio
from run_values import EXPERIMENT, TAGS, metrics, params, value
from trackio.sqlite_storage import SQLiteStorage


def _start(name: str, config: dict[str, Any]) -> None:
    trackio.init(
        EXPERIMENT, name=name, config=config, embed=False, auto_log_gpu=False, auto_log_cpu=False
    )


def start(folder: str) -> Callable[[int], None]:
    _start("points", {})
    log = trackio.log
    return lambda step: log({"loss": value(step)}, step=step)


def close() -> None:
    trackio.finish()


def write_run(number: int) -> None:
    # It has no tags of runs; they go into the configuration.
    _start(f"run-{number}", {**params(number), **TAGS})
    trackio.log(metrics(number))
    trackio.finish()


def flush_runs() -> None:
    """``finish`` has stored already."""


def _with_values(count: int | None) -> list[dict[str, Any]]:
    """Return runs with what they hold; there is no call that lists them so."""
    found = []
    for run in list(trackio.Api().runs(EXPERIMENT))[-count if count else None :]:
        logs = SQLiteStorage.get_logs(EXPERIMENT, run.name, run_id=run.id)
        found.append({"name": run.name, "config": run.config, "last": logs[-1] if logs else {}})
    return found


def newest(count: int) -> list[Any]:
    return _with_values(count)


def top(count: int) -> list[Any]:
    return sorted(_with_values(None), key=lambda run: -run["last"]["acc"])[:count]


def stored(folder: str) -> int:
    return int(SQLiteStorage.get_log_count(EXPERIMENT, "points"))
