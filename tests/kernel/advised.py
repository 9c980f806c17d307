"""Runs failing cells in a real interpreter and gives the advice that comes of each."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import dsinfra_jlab
from dsinfra_jlab.domain.errors.advice.advising import advise
from dsinfra_jlab.domain.errors.occurrences import Advice, Category, ErrorKind, Frame, FrameKind
from dsinfra_jlab.domain.errors.sightings import ErrorSeen, SeenException, Sighting
from dsinfra_jlab.domain.ids import CellId, ErrorId, KernelId, RunId

_RUNNER = Path(__file__).with_name("facts_runner.py")


def run_all(python: str, cells: Sequence[tuple[str, bool]]) -> list[dict[str, Any] | None]:
    """Return what was seen of each failing cell; ``None`` of one that did not fail."""
    folder = str(Path(dsinfra_jlab.__file__).parent)
    done = subprocess.run(
        [python, str(_RUNNER), folder],
        input=json.dumps(list(cells)),
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(cells), done.stderr[-2_000:]
    return found


def sighting_of(code: str, seen: dict[str, Any], **changes: Any) -> Sighting:
    """Return a sighting as the probe gives it."""
    is_cell = seen["innermost"] == seen["cell"]
    frames = [Frame(FrameKind.cell, "", "<module>", line=seen["cell_line"])]
    if not is_cell:
        top = seen["innermost_module"].partition(".")[0]
        kind = FrameKind.library
        frames.append(Frame(kind, seen["innermost"], seen["function"], module=top))
    error = SeenException(
        ename=seen["ename"],
        module=seen["module"],
        bases=tuple(seen["bases"]),
        evalue=seen["evalue"],
        evalue_chars=len(seen["evalue"]),
        frames=tuple(frames),
    )
    sighting = Sighting(
        error_id=ErrorId("error"),
        run_id=RunId("run"),
        kernel_id=KernelId("kernel"),
        language="python",
        at=datetime(2026, 1, 1, tzinfo=timezone.utc),
        notebook_path=None,
        cell_id=CellId("cell"),
        execution_count=1,
        code=code,
        environment_id=None,
        elapsed_s=0.1,
        seen=ErrorSeen(ErrorKind.exception, (error,), facts=tuple(seen["facts"])),
        text=None,
    )
    return replace(sighting, **changes)


def advice_on(sighting: Sighting) -> list[Advice]:
    """Return the advice that a sighting gives."""
    assert sighting.seen is not None
    return advise(sighting, sighting.seen.exceptions, 0, Category.unknown)
