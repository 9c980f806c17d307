"""Turns answers of the server into what users work with."""

from __future__ import annotations

from typing import Any

from .questions import NoAnswer, Refused
from .recorder import Recorder


def runs_from_server(recorder: Recorder, q: str, limit: int, scope: str) -> Any:
    """Return the runs that a query finds, as a DataFrame where pandas is installed.

    Raises
    ------
    ValueError
        If the server refuses the query.
    TimeoutError
        If it does not answer.
    """
    try:
        answer = recorder.questions.ask("runs", q=str(q), limit=int(limit), scope=str(scope))
    except NoAnswer:
        raise TimeoutError(
            "no server has answered: runs() asks the Jupyter server that started this kernel, "
            "with the dsinfra_jlab extension in it"
        ) from None
    except Refused as refusal:
        raise ValueError(str(refusal)) from None
    items = answer.get("items", []) if isinstance(answer, dict) else answer or []
    rows = [_flat(item) for item in items]
    try:
        import pandas  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        recorder.say_once("pandas", "dsinfra: pandas is not installed, so runs() returns a list.")
        return rows
    return pandas.DataFrame(rows)


def _flat(run: dict[str, Any]) -> dict[str, Any]:
    """Return a run with a column for each parameter, metric and tag."""
    flat: dict[str, Any] = {}
    nested: list[Any] = []
    for key, value in run.items():
        if key in ("params", "metrics", "tags") and isinstance(value, dict):
            nested.append((key[:-1], value))
        else:
            flat[key] = value
    for prefix, values in nested:
        flat.update({f"{prefix}.{name}": value for name, value in values.items()})
    return flat
