"""Aim with its local repository, RocksDB."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from aim import Repo, Run
from aim.sdk.index_manager import RepoIndexManager
from run_values import EXPERIMENT, TAGS, metrics, params, value

_current: list[Any] = []


def _new(folder: str) -> Any:
    return Run(
        repo=folder,
        experiment=EXPERIMENT,
        system_tracking_interval=None,
        log_system_params=False,
        capture_terminal_logs=False,
    )


def start(folder: str) -> Callable[[int], None]:
    Repo.from_path(folder, init=True)
    run = _new(folder)
    _current.append(run)
    track = run.track
    return lambda step: track(value(step), name="loss", step=step)


def close() -> None:
    _current.pop().close()


def write_run(number: int) -> None:
    folder = os.getcwd()
    if number == 0:
        Repo.from_path(folder, init=True)
    run = _new(folder)
    run["hparams"] = params(number)
    for key, number_ in metrics(number).items():
        run.track(number_, name=key)
    for key, word in TAGS.items():
        run.add_tag(f"{key}:{word}")
    run.close()


def flush_runs() -> None:
    """``close`` has stored already."""


def index() -> None:
    """Make runs visible to queries, which is what its server does in the background."""
    repo = Repo.from_path(os.getcwd())
    manager = RepoIndexManager.get_index_manager(repo)
    for name in repo.list_all_runs():
        manager.index(name)


def _all() -> list[dict[str, Any]]:
    found = []
    for run in Repo.from_path(os.getcwd()).iter_runs():
        last = {metric.name: metric.values.last_value() for metric in run.metrics()}
        found.append({"at": run.creation_time, "params": run["hparams"], "last": last})
    return found


def newest(count: int) -> list[Any]:
    return sorted(_all(), key=lambda run: -run["at"])[:count]


def top(count: int) -> list[Any]:
    return sorted(_all(), key=lambda run: -run["last"]["acc"])[:count]


def stored(folder: str) -> int:
    index()
    (run,) = list(Repo.from_path(folder).iter_runs())
    return sum(len(metric.values.sparse_list()[0]) for metric in run.metrics())
