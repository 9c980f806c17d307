"""MLflow with its default local store, a SQLite file."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import mlflow
from mlflow import MlflowClient
from run_values import EXPERIMENT, TAGS, metrics, params, value


def _use(folder: str) -> None:
    mlflow.set_tracking_uri(f"sqlite:///{os.path.join(folder, 'mlflow.db')}")
    mlflow.set_experiment(EXPERIMENT)


def start(folder: str) -> Callable[[int], None]:
    _use(folder)
    mlflow.start_run()
    log = mlflow.log_metric
    return lambda step: log("loss", value(step), step=step)


def close() -> None:
    mlflow.end_run()


def write_run(number: int) -> None:
    if number == 0:
        _use(os.getcwd())
    with mlflow.start_run():
        mlflow.log_params(params(number))
        mlflow.log_metrics(metrics(number))
        mlflow.set_tags(TAGS)


def flush_runs() -> None:
    """Every call has stored already."""


def newest(count: int) -> list[Any]:
    return _search(count, "attributes.start_time DESC")


def top(count: int) -> list[Any]:
    return _search(count, "metrics.acc DESC")


def _search(count: int, order: str) -> list[Any]:
    client = MlflowClient()
    experiment = client.get_experiment_by_name(EXPERIMENT)
    found = client.search_runs([experiment.experiment_id], order_by=[order], max_results=count)
    return list(found)


def stored(folder: str) -> int:
    _use(folder)
    client = MlflowClient()
    (run,) = _search(1, "attributes.start_time DESC")
    return len(client.get_metric_history(run.info.run_id, "loss"))
