"""ipyparallel as ``%%px`` uses it: a view of one engine, execute, push and pull."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipyparallel

from benchmarks.peers.compute_codes import WORKERS


class Engine:
    """Code goes by ``DirectView.execute``, variables by ``push`` and ``pull``."""

    package = "ipyparallel"
    stream_prefix = ""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.cancels: dict[str, Callable[[Any], None]] = {
            "AsyncResult.abort": lambda result: result.abort(),
            "Client.send_signal(SIGINT)": lambda _: self.client.send_signal(
                signal.SIGINT, targets=[0], block=True
            ),
        }

    def start(self) -> None:
        """Start the processes, and connect."""
        self._cluster = ipyparallel.Cluster(
            n=WORKERS, controller_ip="127.0.0.1", log_level=logging.ERROR
        )
        self.client = self._cluster.start_and_connect_sync()
        self._view = self.client[0]

    def run(self, code: str, given: dict[str, Any], returns: list[str]) -> dict[str, Any]:
        """Run code there."""
        if given:
            self._view.push(given, block=True)
        self._view.execute(code, silent=False, block=True)
        return {name: self._view.pull(name, block=True) for name in returns}

    def begin(self, code: str) -> Any:
        """Begin to run code there."""
        return self._view.execute(code, silent=False, block=False)

    def stream(self, code: str) -> None:
        """Run code there that prints, as ``%%px --stream`` does."""
        result = self._view.execute(code, silent=False, block=False)
        with result.stream_output():
            result.wait()

    def map(self, function: Callable[[int], int], items: range) -> list[int]:
        """Return what a function gives for each item."""
        return list(self.client.load_balanced_view().map_sync(function, items))

    def stop(self) -> None:
        """End it, whatever it does."""
        self.client.close()
        self._cluster.stop_cluster_sync()
