"""Measured rows, and the table made of them."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import statistics
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

_PACKAGES = ("jupyter_server", "ipykernel", "pyzmq", "SQLAlchemy", "tornado")


@dataclass(frozen=True)
class Row:
    """One figure."""

    what: str
    ours: str
    other: str
    """The same without the extension, or by the peer."""
    ratio: str
    """Ours divided by the other, or what else compares the two."""
    budget: str
    is_met: bool | None = None
    """``None`` where the budget cannot be judged."""


def median(values: Sequence[float]) -> float:
    """Return the middle one."""
    return statistics.median(values)


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def versions() -> str:
    """Return what was measured, and on what."""
    packages = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(timezone.utc):%Y-%m-%d}, commit {commit or 'unknown'}, "
        f"Python {platform.python_version()}, {packages}; {os.cpu_count()} cores, "
        f"{platform.system()} {platform.release()}, load {load:.1f} at the end"
    )


def table(rows: Iterable[Row]) -> str:
    """Return the rows as Markdown."""
    marks = {True: "yes", False: "**no**", None: "–"}
    lines = [
        "| what | with the extension | without, or the peer | compared | budget | met |",
        "| --- | --- | --- | --- | --- | --- |",
        *(
            f"| {row.what} | {row.ours} | {row.other} | {row.ratio} | {row.budget} "
            f"| {marks[row.is_met]} |"
            for row in rows
        ),
    ]
    return "\n".join(lines)
