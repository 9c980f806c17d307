"""Gives GPUs to jobs, so that no two get the same one, and reads what they hold on them."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from typing import Any


class NoGpu(Exception):
    """There are not as many GPUs free as were asked for."""


class HeldGpus:
    """GPUs that a job holds, by locks that end with this process."""

    def __init__(self, names: list[str], files: list[int]) -> None:
        self.names = names
        self._files = files

    def release(self) -> None:
        """Give them back."""
        for file in self._files:
            os.close(file)
        self._files = []


def take_gpus(count: int) -> HeldGpus:
    """Take so many GPUs of those that this worker may use.

    The pool is one of the machine, not of a worker: each GPU has a lock file that all workers of
    this user share, and the operating system gives it back when a worker dies.

    Raises
    ------
    NoGpu
        So many are not free.
    """
    held = HeldGpus([], [])
    known = known_gpus()
    try:
        for name in known:
            if len(held.names) == count:
                break
            file = _locked(name)
            if file is not None:
                held.names.append(name)
                held._files.append(file)
    except OSError as problem:
        held.release()
        raise NoGpu(f"The GPUs of this worker cannot be given out: {problem}.") from None
    if len(held.names) < count:
        free = len(held.names)
        held.release()
        raise NoGpu(
            f"The job asks for {count} GPU{'s' if count != 1 else ''}; of the {len(known)} of this"
            f" worker {free} {'is' if free == 1 else 'are'} free."
        )
    return held


def known_gpus() -> list[str]:
    """Return the GPUs that this worker may use, as CUDA_VISIBLE_DEVICES would name them."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is not None:
        return [name.strip() for name in given.split(",") if name.strip() not in ("", "-1")]
    # Not those of the driver: a container sees all of these, and has a device for its own only.
    devices = [name for name in os.listdir("/dev") if name.removeprefix("nvidia").isdigit()]
    return [str(number) for number in range(len(devices))]


def gpu_memory_bytes(pids: Iterable[int]) -> int | None:
    """Return what processes hold on GPUs; ``None`` where nothing tells it."""
    wanted = set(pids)
    try:
        import pynvml

        pynvml.nvmlInit()
        try:
            return _held_by(pynvml, wanted)
        finally:
            pynvml.nvmlShutdown()
    except Exception:  # no driver, no library, or one that is too old
        return None


def _held_by(nvml: Any, pids: set[int]) -> int:
    total = 0
    for number in range(nvml.nvmlDeviceGetCount()):
        device = nvml.nvmlDeviceGetHandleByIndex(number)
        for process in nvml.nvmlDeviceGetComputeRunningProcesses(device):
            if process.pid in pids:
                total += process.usedGpuMemory or 0
    return total


def _locked(name: str) -> int | None:
    folder = os.path.join(tempfile.gettempdir(), f"dsinfra-gpus-{os.getuid()}")
    with suppress(FileExistsError):
        os.mkdir(folder, 0o700)
    if os.stat(folder).st_uid != os.getuid():
        raise OSError(f"{folder} belongs to somebody else")
    plain = "".join(each if each.isalnum() or each == "-" else "_" for each in name)
    file = os.open(os.path.join(folder, plain), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        return None
    return file
