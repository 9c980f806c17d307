"""Tracking side by side with the peers: calls, points, runs, lists, and what a kill costs."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from . import tracking_cells, tracking_kernel, tracking_report
from .jupyter import ROOT
from .peers.environments import (
    OURS,
    PEERS,
    Environment,
    NotInstalled,
    Tracker,
    default_folder,
    environment_of,
)
from .report import Row
from .tracking_report import Results

DRIVER = Path(__file__).parent / "peers" / "driver.py"
TIMEOUT_S = 900.0
SLOW_S = 60.0
"""What takes longer is measured once; what would take longer by the price of a call, not at all."""
KILLED_POINTS = 1_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sizes."""
    group = parser.add_argument_group("tracking")
    group.add_argument("--passes", type=int, default=3, help="medians are over so many")
    group.add_argument("--timed-calls", type=int, default=2_000)
    group.add_argument("--few-points", type=int, default=10_000)
    group.add_argument("--many-points", type=int, default=100_000)
    group.add_argument("--tracked-runs", type=int, default=200)
    group.add_argument("--probed-cells", type=int, default=1_000, help="cells on each side")
    group.add_argument(
        "--peers", default=",".join(peer.package for peer in PEERS), help="packages, or none"
    )
    group.add_argument(
        "--peers-folder", type=Path, default=default_folder(), help="where they are installed"
    )
    group.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")


async def tracking(arguments: argparse.Namespace) -> list[Row]:
    """Measure every tracker by turns, ours in a kernel and in a script."""
    wanted = arguments.peers.split(",")
    trackers = [OURS, *(peer for peer in PEERS if peer.package in wanted)]
    results = Results(arguments)
    installed: dict[Tracker, Environment] = {}
    for tracker in trackers:
        _say(f"{tracker.name}: installing")
        try:
            installed[tracker] = environment_of(tracker, arguments.peers_folder.absolute())
            results.versions[tracker.name] = installed[tracker].version
        except NotInstalled as error:
            results.absent[tracker.name] = str(error)
    for number in range(arguments.passes):
        for tracker, environment in installed.items():
            _say(f"pass {number + 1}: {tracker.name}")
            _measure(tracker, environment, arguments, results)
        _say(f"pass {number + 1}: in a kernel")
        await tracking_kernel.measure(arguments, results)
    _say("cells")
    await tracking_cells.measure(arguments, installed, results)
    text = tracking_report.text(results)
    print(text, flush=True)
    if arguments.write:
        tracking_report.write(ROOT / "docs" / "benchmarks.md", text)
    return tracking_report.rows(results)


def _measure(
    tracker: Tracker, environment: Environment, arguments: argparse.Namespace, results: Results
) -> None:
    """Make one pass over one tracker; what fails is reported and does not end the rest."""
    figures = results.of(tracker.name)
    sizes = {
        "calls": ("calls", arguments.timed_calls),
        "few": ("points", arguments.few_points),
        "many": ("points", arguments.many_points),
        "runs": ("runs", arguments.tracked_runs),
    }
    for name, (what, count) in sizes.items():
        call_s = figures.middle("calls_p50_s") or 0.0
        if name in ("few", "many") and call_s * count > SLOW_S:
            expected = f"{count:,} points would take {call_s * count:.0f} s"
            results.note(tracker.name, f"{expected} at {call_s * 1e3:.1f} ms a call")
        elif max(figures[f"{name}_took_s"], default=0.0) < SLOW_S:
            with _reported(tracker, results, name):
                began = time.monotonic()
                figures.add(name, _run(tracker, environment, what, count))
                figures[f"{name}_took_s"].append(time.monotonic() - began)
    with _reported(tracker, results, "kill"):
        left = _killed(tracker, environment)
        figures.add("kill", {"lost": KILLED_POINTS - left})


@contextlib.contextmanager
def _reported(tracker: Tracker, results: Results, what: str) -> Any:
    try:
        yield
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        _say(f"{tracker.name}: {what}: {error}")
        results.note(tracker.name, f"{what}: {error}")


def _run(tracker: Tracker, environment: Environment, what: str, count: int) -> dict[str, float]:
    """Run one measurement in a process and a folder of its own."""
    with _folder() as folder:
        return _answer(tracker, environment, what, count, folder)


def _killed(tracker: Tracker, environment: Environment) -> int:
    """Kill a process that has logged, and return how many points are left."""
    with _folder() as folder:
        heard, say = os.pipe()
        process = subprocess.Popen(
            _command(tracker, environment, "doomed", KILLED_POINTS, folder),
            env={**_environ(folder), "BENCHMARK_SAY": str(say)},
            pass_fds=(say,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(say)
        try:
            ready, _, _ = select.select([heard], [], [], 120)
            if not ready or not os.read(heard, 1):
                raise RuntimeError("the process ended by itself")
        finally:
            process.kill()
            process.wait()
            os.close(heard)
        return int(_answer(tracker, environment, "survivors", 0, folder)["points"])


def _answer(
    tracker: Tracker, environment: Environment, what: str, count: int, folder: Path
) -> dict[str, float]:
    done = subprocess.run(
        _command(tracker, environment, what, count, folder),
        env=_environ(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise RuntimeError(lines[-1][:300])
    answer: dict[str, float] = json.loads((folder / "answer.json").read_text())
    return answer


def _command(
    tracker: Tracker, environment: Environment, what: str, count: int, folder: Path
) -> list[str]:
    return [
        *(str(environment.python), str(DRIVER), tracker.adapter, what),
        *(str(folder / "work"), str(count), str(folder / "answer.json")),
    ]


def _environ(folder: Path) -> dict[str, str]:
    """Return the environment of a process that shall leave nothing in the user's home."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DSINFRA", "JUPYTER", "MLFLOW", "WANDB", "TRACKIO", "AIM", "XDG"))
    }
    return {**kept, "HOME": str(folder), "PYTHONPATH": str(ROOT), "DO_NOT_TRACK": "1"}


@contextlib.contextmanager
def _folder() -> Any:
    folder = Path(tempfile.mkdtemp(prefix="dsinfra-benchmark-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
