"""Ray with its defaults, in a network namespace where it finds nothing but loopback."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_DEDUP_LOGS"] = "0"

import numpy as np
import ray

from benchmarks.peers.compute_codes import WORKERS, execute


class Engine:
    """Code goes as a task, arrays by the object store."""

    package = "ray"
    stream_prefix = ""

    def __init__(self, folder: Path) -> None:
        self.cancels: dict[str, Callable[[Any], None]] = {
            "cancel": lambda reference: ray.cancel(reference),
            "cancel(force=True)": lambda reference: ray.cancel(reference, force=True),
        }

    def start(self) -> None:
        """Start the processes, and connect."""
        # A socket of it has a long name, and may have 107 characters in all.
        self._folder = tempfile.mkdtemp(prefix="ray-")
        ray.init(num_cpus=WORKERS, include_dashboard=False, _temp_dir=self._folder)
        self._execute = ray.remote(execute)

    def run(self, code: str, given: dict[str, Any], returns: list[str]) -> dict[str, Any]:
        """Run code there; what comes back may be written to, as in a notebook."""
        found = ray.get(self._execute.remote(code, ray.put(given), returns))
        return {
            name: value.copy() if isinstance(value, np.ndarray) else value
            for name, value in found.items()
        }

    def begin(self, code: str) -> Any:
        """Begin to run code there."""
        return self._execute.remote(code, {}, [])

    def stream(self, code: str) -> None:
        """Run code there that prints."""
        self.run(code, {}, [])

    def map(self, function: Callable[[int], int], items: range) -> list[int]:
        """Return what a function gives for each item."""
        there = ray.remote(function)
        return ray.get([there.remote(item) for item in items])

    def stop(self) -> None:
        """End it, whatever it does."""
        ray.shutdown()
        shutil.rmtree(self._folder, ignore_errors=True)
