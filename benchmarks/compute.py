"""Remote cells side by side with the engines by themselves: wait, data, prints, cancel, many."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import compute_agent, compute_ours, compute_report
from .compute_report import OURS, Results
from .jupyter import ROOT
from .peers.environments import NotInstalled, Tracker, environment_of
from .report import Row

DRIVER = Path(__file__).parent / "peers" / "compute_driver.py"
LIMIT_S = 900.0
ALONE = ("-n", "-p", "-f", "--kill-child", "--mount-proc")
"""Networks and processes of its own: nothing is reached, and nothing is left behind."""

WITH_LOOPBACK = ("sh", "-c", 'ip link set lo up && exec "$@"', "sh")


@dataclass(frozen=True)
class Peer:
    """An engine that is spoken to without us."""

    tracker: Tracker
    stays_on_loopback: bool = True
    """It listens on no other address; if it would, it only runs where there is no other."""


PEERS = (
    # In our own environment: the same Dask that ours uses.
    Peer(Tracker("Dask by itself", "compute_dask")),
    Peer(Tracker("ipyparallel", "compute_ipyparallel", "ipyparallel", ("numpy",))),
    Peer(Tracker("Ray", "compute_ray", "ray", ("numpy",)), stays_on_loopback=False),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sizes."""
    group = parser.add_argument_group("compute")
    group.add_argument("--compute-passes", type=int, default=1, help="engines by turns")
    group.add_argument("--array-mb", type=int, default=50, help="sent there and back")
    group.add_argument("--prints", type=int, default=50)
    group.add_argument("--jobs", type=int, default=50, help="small ones")
    group.add_argument("--trivial-cells", type=int, default=10, help="of each kind")
    group.add_argument("--no-cancels", action="store_true", help="leave out what is slow")
    group.add_argument("--engines", default="dask,ipyparallel,ray", help="peers, or none")


async def compute(arguments: argparse.Namespace) -> list[Row]:
    """Measure every engine by turns."""
    sizes = {
        "array_bytes": arguments.array_mb * 1_000_000,
        "prints": arguments.prints,
        "jobs": arguments.jobs,
        "calls": arguments.trivial_cells,
        "cancels": int(not arguments.no_cancels),
    }
    results = Results(sizes, arguments.compute_passes)
    peers = [peer for peer in PEERS if peer.tracker.adapter[8:] in arguments.engines.split(",")]
    for number in range(arguments.compute_passes):
        _say(f"pass {number + 1}: ours")
        results.loads.append(os.getloadavg()[0])
        try:
            await compute_ours.measure(results.taker(OURS), sizes)
            await compute_agent.measure(results.taker(OURS), arguments.prints)
            await compute_agent.measure_starts(results.taker(OURS))
        except (RuntimeError, OSError) as error:
            results.taker(OURS)("pass_failed", str(error)[:300])
        for peer in peers:
            _say(f"pass {number + 1}: {peer.tracker.name}")
            try:
                _measure(peer, arguments.peers_folder.absolute(), results, sizes)
            except NotInstalled as error:
                results.absent[peer.tracker.name] = str(error)
    text = compute_report.text(results)
    print(text, flush=True)
    if arguments.write:
        compute_report.write(ROOT / "docs" / "benchmarks.md", text)
    return compute_report.rows(results)


def _measure(peer: Peer, folder: Path, results: Results, sizes: dict[str, int]) -> None:
    """Measure one engine in a process and a folder of its own.

    Raises
    ------
    NotInstalled
        It does not install, or would not stay on this machine.
    """
    name = peer.tracker.name
    environment = environment_of(peer.tracker, folder)
    results.versions[name] = (
        environment.version if peer.tracker.package else importlib.metadata.version("distributed")
    )
    alone = _alone()
    if not alone and not peer.stays_on_loopback:
        raise NotInstalled(
            "it listens on every address, and no network of its own can be made here"
        )
    home = Path(tempfile.mkdtemp(prefix="dsinfra-benchmark-"))
    answers = home / "answers"
    (home / "work").mkdir()
    command = [
        *(*alone, str(environment.python), str(DRIVER), peer.tracker.adapter),
        *(str(home / "work"), json.dumps(sizes), str(answers)),
    ]
    try:
        _run(command, home)
        for line in answers.read_text().splitlines() if answers.exists() else ():
            answer = json.loads(line)
            results.taker(name)(answer["name"], answer["value"])
        if "done" not in results.figures[name]:
            results.taker(name)("pass_failed", _last_line(home / "log"))
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _run(command: Sequence[str], home: Path) -> None:
    """Run the driver, and end all of it if it does not end by itself."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DSINFRA", "JUPYTER", "RAY"))}
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env={**kept, "HOME": str(home), "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _alone() -> tuple[str, ...]:
    """Return what a command has to begin with to run alone; empty if this cannot be done here."""
    for more in ((), ("-r",)):
        command = ("unshare", *more, *ALONE, *WITH_LOOPBACK)
        try:
            done = subprocess.run([*command, "true"], capture_output=True, timeout=20)
        except (OSError, subprocess.TimeoutExpired):
            return ()
        if done.returncode == 0:
            return command
    return ()


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
    return f"the process ended early: {lines[-1][:200]}"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
