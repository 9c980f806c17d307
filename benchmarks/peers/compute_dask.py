"""Dask by itself: a scheduler and workers as those of our target ``local``."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from distributed import Client, Future

from benchmarks.peers.compute_codes import WORKERS, execute

START_S = 60.0


class Engine:
    """Code goes by ``Client.submit``, arrays by ``Client.scatter``."""

    package = "distributed"
    stream_prefix = "from distributed import print\n"
    """The print that Dask sends to the client."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self.cancels: dict[str, Callable[[Future], None]] = {
            "Future.cancel": lambda future: future.cancel(),
        }

    def start(self) -> None:
        """Start the processes, and connect."""
        file = self._folder / f"scheduler-{time.time_ns()}.json"
        self._child(
            *("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"),
            *("--scheduler-file", str(file), "--dashboard-address", "127.0.0.1:0"),
        )
        for _ in range(WORKERS):
            self._child(
                *("distributed.cli.dask_worker", "--scheduler-file", str(file)),
                *("--host", "127.0.0.1", "--nthreads", "1", "--no-nanny"),
                *("--dashboard-address", "127.0.0.1:0", "--memory-limit", "0"),
                *("--local-directory", str(self._folder)),
            )
        deadline = time.monotonic() + START_S
        while True:
            try:
                address = json.loads(file.read_bytes())["address"]
                break
            except (OSError, ValueError):
                if time.monotonic() > deadline:
                    raise RuntimeError("the scheduler did not start") from None
                time.sleep(0.02)
        self.client = Client(address)

    def run(self, code: str, given: dict[str, Any], returns: list[str]) -> dict[str, Any]:
        """Run code there."""
        there = {name: self.client.scatter(value, hash=False) for name, value in given.items()}
        return self.client.submit(execute, code, there, returns, pure=False).result()

    def begin(self, code: str) -> Future:
        """Begin to run code there."""
        return self.client.submit(execute, code, {}, [], pure=False)

    def stream(self, code: str) -> None:
        """Run code there that prints."""
        self.run(code, {}, [])

    def map(self, function: Callable[[int], int], items: range) -> list[int]:
        """Return what a function gives for each item."""
        return self.client.gather(self.client.map(function, items, pure=False))

    def stop(self) -> None:
        """End it, whatever it does."""
        self.client.close(timeout=1)
        for process in reversed(self._processes):
            process.kill()
            process.wait()
        self._processes.clear()

    def _child(self, *arguments: str) -> None:
        self._processes.append(
            subprocess.Popen(
                [sys.executable, "-m", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
