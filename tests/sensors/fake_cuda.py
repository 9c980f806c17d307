"""A GPU whose users are real processes: CUDA's library is ours, and the fake driver counts them."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .fake_nvml import FakeDevice, FakeNvml, process, use

SOURCE = Path(__file__).parent / "cuda_stub.c"
WORKS_FOR_S = 1.0
"""A process whose file was written so lately works."""


class FakeGpuMachine:
    """Stands in for the binding: before each call it looks which processes hold how much.

    Parameters
    ----------
    folder
        For the library and the files of the processes. Needs a C compiler.
    """

    def __init__(self, folder: Path) -> None:
        self._holders = folder / "holders"
        self._holders.mkdir()
        self._device = FakeDevice()
        self._nvml = FakeNvml(self._device)
        library = folder / "libcuda.so.1"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, SOURCE], check=True, timeout=60)
        self.environ = {"LD_LIBRARY_PATH": str(folder), "FAKE_GPU_FOLDER": str(self._holders)}
        """What a process needs to use this GPU."""

    def __getattr__(self, function: str) -> Callable[..., Any]:
        self._look()
        answer: Callable[..., Any] = getattr(self._nvml, function)
        return answer

    def _look(self) -> None:
        held: dict[int, int] = {}
        working: list[int] = []
        for path in self._holders.iterdir():
            with contextlib.suppress(OSError, ValueError):  # just written, or just gone
                held[int(path.name)] = int(path.read_text())
                if time.time() - path.stat().st_mtime < WORKS_FOR_S:
                    working.append(int(path.name))
        now_us = int(time.time() * 1e6)
        self._device.compute = [process(pid, size) for pid, size in held.items()]
        self._device.used = sum(held.values())
        self._device.uses = [use(pid, now_us, 90 // len(working)) for pid in working]
        self._device.util = 90 if working else 0
