"""``jupyter dsinfra doctor``: whether every part is installed and works, and why not."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence

from ..sensors.nvidia_calls import CallRow
from .checks import Check, CheckState, installed, sensors, servers, store
from .error_texts import as_json
from .gpus import calls_of_gpus
from .table import Column, table
from .terminal import columns

__all__ = ["doctor"]

_CHECKS = (Column("CHECK"), Column("STATE"), Column("FINDING"))
_CALLS = (
    Column("DEVICE"),
    Column("CALL"),
    Column("CALLS", is_right=True),
    Column("FAILED", is_right=True),
    Column("P50", is_right=True),
    Column("P95", is_right=True),
    Column("LAST ERROR"),
)


def doctor(asked: argparse.Namespace, store_url: str) -> int:
    """Show every check, and return 1 if something is broken."""
    absent, calls = calls_of_gpus()
    checks = list(_all(store_url, absent))
    if asked.format == "json":
        print(as_json({"checks": checks, "gpu_calls": calls}))
    else:
        rows = [(check.name, check.state.value, check.finding) for check in checks]
        # What is wrong must be readable to its end, so findings are not cut.
        sys.stdout.write(table(_CHECKS, rows, None))
        if calls:
            sys.stdout.write("\n" + table(_CALLS, _rows(calls), columns()))
    return 1 if any(check.state is CheckState.broken for check in checks) else 0


def _all(store_url: str, why_no_gpu: str) -> Iterator[Check]:
    yield from installed()
    yield store(store_url)
    yield from sensors(why_no_gpu)
    yield from servers()


def _rows(calls: Sequence[CallRow]) -> list[tuple[str, ...]]:
    return [
        (
            row.device,
            row.call,
            str(row.count),
            str(row.failure_count),
            _milliseconds(row.p50_s),
            _milliseconds(row.p95_s),
            f"{row.last_error} (left out)" if row.is_dropped else row.last_error,
        )
        for row in calls
    ]


def _milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1_000:.2f} ms"
