"""Uses a GPU as it is told, by CUDA's own library and nothing else: for measurements.

Each line of the input is a command, and each is answered by a line of JSON:

    hold BYTES              take so much more memory
    free                    give all of it back
    work SECONDS            keep the GPU busy
    spike BYTES SECONDS     take so much for so long
    train STEPS             do so many equal steps, and say how long each took
    child BYTES             have a process of its own take so much, until the end
"""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
import time
from collections.abc import Callable

STEP_BYTES = 256 * 2**20
"""What one step writes: about 0.1 ms of a large GPU."""

WRITES_PER_STEP = 20


class CudaFailed(Exception):
    """A call of CUDA's library did not succeed."""


class Gpu:
    """The first GPU that CUDA shows to this process."""

    def __init__(self, library: str = "libcuda.so.1") -> None:
        self._cuda = ctypes.CDLL(library)
        self._blocks: list[ctypes.c_uint64] = []
        self._scratch: ctypes.c_uint64 | None = None
        device, context = ctypes.c_int(), ctypes.c_void_p()
        self._call("cuInit", ctypes.c_uint(0))
        self._call("cuDeviceGet", ctypes.byref(device), ctypes.c_int(0))
        self._call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
        self._call("cuCtxSetCurrent", context)

    def take(self, size: int) -> ctypes.c_uint64:
        """Return a block of memory that has been written to."""
        block = ctypes.c_uint64()
        self._call("cuMemAlloc_v2", ctypes.byref(block), ctypes.c_size_t(size))
        self._write(block, size)
        self._call("cuCtxSynchronize")
        return block

    def give_back(self, block: ctypes.c_uint64) -> None:
        """Give a block back."""
        self._call("cuMemFree_v2", block)

    def hold(self, size: int) -> None:
        """Take a block and keep it."""
        self._blocks.append(self.take(size))

    def free(self) -> None:
        """Give back all blocks that are kept."""
        while self._blocks:
            self.give_back(self._blocks.pop())

    def step(self) -> float:
        """Do a step and return how many seconds it took."""
        if self._scratch is None:
            self._scratch = self.take(STEP_BYTES)
        begun_s = time.perf_counter()
        for _ in range(WRITES_PER_STEP):
            self._write(self._scratch, STEP_BYTES)
        self._call("cuCtxSynchronize")
        return time.perf_counter() - begun_s

    def _write(self, block: ctypes.c_uint64, size: int) -> None:
        self._call("cuMemsetD8_v2", block, ctypes.c_ubyte(1), ctypes.c_size_t(size))

    def _call(self, name: str, *arguments: object) -> None:
        code = getattr(self._cuda, name)(*arguments)
        if code:
            raise CudaFailed(f"{name}: {code}")


def main() -> None:
    """Do what is said until nothing more is."""
    gpu = Gpu()
    children: list[subprocess.Popen[str]] = []

    def work(seconds: float) -> int:
        end_s, steps = time.monotonic() + seconds, 0
        while time.monotonic() < end_s:
            gpu.step()
            steps += 1
        return steps

    def spike(size: float, seconds: float) -> None:
        block = gpu.take(int(size))
        time.sleep(seconds)
        gpu.give_back(block)

    def child(size: float) -> int:
        started = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        children.append(started)
        assert started.stdin is not None and started.stdout is not None
        started.stdout.readline()
        print(f"hold {int(size)}", file=started.stdin, flush=True)
        started.stdout.readline()
        return started.pid

    commands: dict[str, Callable[..., object]] = {
        "hold": lambda size: gpu.hold(int(size)),
        "free": gpu.free,
        "work": work,
        "spike": spike,
        "train": lambda steps: [gpu.step() for _ in range(int(steps))],
        "child": child,
    }
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        name, *figures = line.split()
        try:
            answer: object = {"answer": commands[name](*map(float, figures))}
        except CudaFailed as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)
    for started in children:
        assert started.stdin is not None
        started.stdin.close()
        started.wait()


if __name__ == "__main__":
    main()
