"""A Dask cluster that somebody else has started, which has nothing of ours."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SITE = Path(sysconfig.get_paths()["purelib"])


@contextmanager
def cluster(folder: Path, *arguments: str, site: Path = SITE) -> Iterator[str]:
    """Run a scheduler and a worker on loopback and give the address.

    ``-S`` leaves out what this project's own installation adds to the path: the processes can
    import Dask and ipykernel, and not us. ``arguments`` (for TLS) go to all of them, ``site`` is
    where their packages are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "scheduler.json"
    scheduler = ("--port", "0", "--scheduler-file", str(file), *arguments)
    worker = ("--scheduler-file", str(file), "--nthreads", "1", "--local-directory", str(folder))
    processes = [
        _start(folder, site, "dask_scheduler", *scheduler),
        _start(folder, site, "dask_worker", *worker, *arguments),
    ]
    try:
        yield _address(file)
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _start(folder: Path, site: Path, module: str, *arguments: str) -> subprocess.Popen[bytes]:
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [
                *(sys.executable, "-S", "-m", f"distributed.cli.{module}"),
                *("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0", *arguments),
            ],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(site)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _address(file: Path) -> str:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            return str(json.loads(file.read_text())["address"])
        except (OSError, ValueError):
            time.sleep(0.05)
    raise AssertionError((file.parent / "log").read_text())
