"""Do all at once that a real GPU is needed for, and write down what was found.

    python scripts/measure_gpu.py FOLDER --machine "what it is"

Two programs stand for kernels and use the first GPU in known amounts, one with a child; a third
is a stranger's. The monitor, as a server runs it, has to say whose memory is whose. Beside it
every call of the driver is recorded with its answer or error and its duration, each call is timed
on an idle and on a busy GPU, and equal steps are timed with and without somebody who looks on.
Nothing is needed but Python, psutil, nvidia-ml-py and a driver. The folder then has a cassette for
``tests/sensors/cassettes``, without identifiers, and a report. ``--fake`` does it all with the
driver of the tests and a CUDA of ours, to try it without a GPU; it needs a C compiler.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pynvml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dsinfra_jlab.domain.clock import SystemClock
from dsinfra_jlab.domain.ids import KernelId, RunId
from dsinfra_jlab.domain.resources.samples import GpuSample, Snapshot
from dsinfra_jlab.sensors.nvidia import NvidiaSensor
from dsinfra_jlab.sensors.nvidia_sleep import PciSleep
from dsinfra_jlab.services.monitor import Monitor
from scripts.record_nvml import timed
from tests.sensors.fake_cuda import FakeGpuMachine
from tests.sensors.nvml_cassette import Recorder

ROOT = Path(__file__).resolve().parent.parent
MIB = 2**20
A_BYTES, CHILD_BYTES, B_BYTES, STRANGER_BYTES = 1024 * MIB, 256 * MIB, 2048 * MIB, 512 * MIB
SPIKE_BYTES, SPIKE_S = 2048 * MIB, 0.2
"""A spike that readings a second apart may miss."""

CONTEXT_MAX_BYTES = 1536 * MIB
"""More than what CUDA takes for itself in each process."""

PATIENCE_S = 60.0
RUN = RunId("run-of-a")
A, B = KernelId("a"), KernelId("b")


class User:
    """A program that uses a GPU as it is told; the leader of a session, as kernels are."""

    def __init__(self, name: str, environ: dict[str, str]) -> None:
        self.name = name
        self.held = 0
        """Bytes that it and its child took, without what CUDA takes for itself."""
        self.parts: dict[int, int] = {}
        """The same by process."""
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "scripts" / "gpu_user.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ,
            start_new_session=True,
        )  # fmt: skip
        self.pid = self._process.pid
        self._answer()

    def ask(self, *words: object) -> Any:
        """Give a command and return the answer."""
        self.begin(*words)
        return self._answer()

    def begin(self, *words: object) -> None:
        """Give a command, whose answer ``end`` returns."""
        assert self._process.stdin is not None
        print(*words, file=self._process.stdin, flush=True)

    def end(self) -> Any:
        """Return the answer to what was begun."""
        return self._answer()

    def hold(self, size: int) -> None:
        """Have it take memory."""
        self.ask("hold", size)
        self.held += size
        self.parts[self.pid] = self.parts.get(self.pid, 0) + size

    def child(self, size: int) -> None:
        """Have a child of it take memory."""
        pid = self.ask("child", size)
        self.held += size
        self.parts[pid] = size

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None and self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"The program that uses the GPU ({self.name}) has ended.")
        said = json.loads(line)
        if "error" in said:
            raise SystemExit(f"{self.name}: {said['error']}")
        return said.get("answer")


@dataclass
class Report:
    """What was asked, what was found, and whether it is as it has to be."""

    rows: list[tuple[str, str, bool | None]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def add(self, what: str, found: str, is_right: bool | None = None) -> None:
        """Add a row; ``None`` is for what is measured and not judged."""
        self.rows.append((what, found, is_right))
        print(f"{_VERDICTS[is_right]:12}{what}: {found}", flush=True)

    def text(self, machine: str) -> str:
        """Return it in Markdown."""
        lines = [f"# Measured on {machine}", "", "| what | found | right |", "| --- | --- | --- |"]
        lines += [f"| {what} | {found} | {_VERDICTS[is_]} |" for what, found, is_ in self.rows]
        return "\n".join(lines) + "\n"


_VERDICTS = {True: "yes", False: "NO", None: "not judged"}


class Watch:
    """A monitor of two kernels that somebody looks at, each second."""

    def __init__(self, sensor: NvidiaSensor) -> None:
        self.monitor = Monitor(
            SystemClock(), lambda kernel_id: True, logging.getLogger("measure"), gpus=sensor
        )
        self.looks = 0
        self.monitor.listen(self._count)
        self.monitor.look_on(self, True)

    def _count(self, snapshot: Snapshot) -> None:
        self.looks += 1

    async def until(self, holds: Callable[[Snapshot], bool]) -> float | None:
        """Wait for a look of which something holds; return the seconds, ``None`` for never."""
        begun_s = time.monotonic()
        while time.monotonic() - begun_s < PATIENCE_S:
            snapshot = self.monitor.latest()
            if snapshot is not None and holds(snapshot):
                return time.monotonic() - begun_s
            await asyncio.sleep(0.1)
        return None

    def memory_of(self, kernel_id: KernelId) -> int | None:
        """Return the GPU memory of a kernel as last read."""
        snapshot = self.monitor.latest()
        for kernel in snapshot.kernels if snapshot is not None else ():
            if kernel.kernel_id == kernel_id:
                return kernel.gpu_memory_bytes
        return None

    def first(self) -> GpuSample | None:
        """Return the first GPU as last read."""
        snapshot = self.monitor.latest()
        return snapshot.gpus[0] if snapshot is not None and snapshot.gpus else None


async def attribution(watch: Watch, report: Report, environ: dict[str, str]) -> list[User]:
    """Have three programs use the GPU, and see whether the monitor says whose memory is whose."""
    began = await watch.until(lambda snapshot: bool(snapshot.gpus))
    report.add("the first GPU is read", _seconds(began), began is not None)
    users = [User(name, environ) for name in ("a", "b", "stranger")]
    a, b, stranger = users
    ours = ((A, a), (B, b))
    watch.monitor.follow(A, a.pid)
    watch.monitor.follow(B, b.pid)
    a.hold(A_BYTES)
    a.child(CHILD_BYTES)
    b.hold(B_BYTES)
    stranger.hold(STRANGER_BYTES)

    def are_told(snapshot: Snapshot) -> bool:
        told = {kernel.kernel_id: kernel.gpu_memory_bytes or 0 for kernel in snapshot.kernels}
        # CUDA's own memory in one process could hide that another one is missing.
        are_all = all(_process_count(snapshot, id_) == len(user.parts) for id_, user in ours)
        return are_all and all(told.get(id_, 0) >= user.held for id_, user in ours)

    took = await watch.until(are_told)
    for kernel_id, user in ours:
        found = watch.memory_of(kernel_id)
        most = user.held + len(user.parts) * CONTEXT_MAX_BYTES
        is_right = took is not None and found is not None and user.held <= found <= most
        what = f"memory of kernel {kernel_id}, which took {_mib(user.held)} in {len(user.parts)}"
        report.add(what, f"{_mib(found)}, {_seconds(took)} after it took it", is_right)
    gpu = watch.first()
    others = [owner for owner in gpu.owners if owner.kernel_id is None] if gpu else []
    others_bytes = sum(owner.memory_bytes or 0 for owner in others)
    is_anonymous = others_bytes >= STRANGER_BYTES and all(not o.notebook_path for o in others)
    report.add(
        f"others, who took {_mib(STRANGER_BYTES)}, have no name", _mib(others_bytes), is_anonymous
    )
    pids = {pid for user in users for pid in user.parts}
    report.facts["files_of_devices"] = {
        user.name: sorted({name for pid in user.parts for name in _device_files(pid)})
        for user in users
    }
    report.add(
        "files of GPUs that the users have open",
        "; ".join(
            f"{who}: {' '.join(names)}" for who, names in report.facts["files_of_devices"].items()
        ),
    )
    report.facts["process_count"] = len(pids)
    return users


async def use(watch: Watch, report: Report, users: list[User], least_s: float) -> None:
    """Have one of two kernels work, and see whose work the monitor says it is."""
    a = users[0]
    watch.monitor.run_begun(A, RUN)
    best: dict[str, float] = {}
    begun_s = time.monotonic()
    while (worked_s := time.monotonic() - begun_s) < PATIENCE_S:
        if worked_s > least_s and best.get("a"):
            break
        await asyncio.to_thread(a.ask, "work", 1)
        gpu = watch.first()
        for owner in gpu.owners if gpu else ():
            if owner.util_ratio is not None:
                name = str(owner.kernel_id or "others")
                best[name] = max(best.get(name, 0.0), owner.util_ratio)
    report.facts["use"] = best
    said = ", ".join(f"{name} {ratio:.0%}" for name, ratio in sorted(best.items()))
    is_right = best.get("a", 0.0) > max(best.get("b", 0.0), best.get("others", 0.0))
    report.add("use while only a works", said or "not told by process", is_right if best else None)
    gpu = watch.first()
    if gpu is not None:
        report.add(
            "the GPU itself",
            f"{gpu.name}, use {gpu.util_ratio}, {gpu.power_w} of {gpu.power_limit_w} W, "
            f"{gpu.temperature_c} °C, slows down from {gpu.slowdown_c} °C, "
            f"slowed by {[each.value for each in gpu.slowed_by or ()]}, not told: {gpu.absent}",
        )


async def spike(watch: Watch, report: Report, users: list[User]) -> None:
    """Take memory for a moment in a run, and see how much of it its peak has."""
    a = users[0]
    floor = watch.memory_of(A) or 0
    a.ask("spike", SPIKE_BYTES, SPIKE_S)
    await asyncio.sleep(2.5)
    took = watch.monitor.run_ended(A, RUN)
    peak = took.peak_gpu_memory if took is not None else None
    seen = peak.bytes - floor if peak is not None else None
    what = f"of a spike of {_mib(SPIKE_BYTES)} for {SPIKE_S:g} s a peak by readings has"
    is_honest = peak is not None and peak.kind == "at_least"
    report.add(what, f"{_mib(seen)} ({peak.kind if peak else 'no peak'})", is_honest)
    energy = took.energy_j if took is not None else None
    # Others are on the GPU, too: whose energy it was cannot be told.
    report.add("energy of a run beside others", f"{energy}", energy is None)


async def gone(watch: Watch, report: Report, users: list[User]) -> None:
    """End a kernel, and see its memory go."""
    users[0].close()
    took = await watch.until(
        lambda snapshot: all(owner.kernel_id != A for gpu in snapshot.gpus for owner in gpu.owners)
    )
    report.add("memory of an ended kernel is gone", _seconds(took), took is not None)


def slowdown(
    report: Report, user: User, make: Callable[[], NvidiaSensor], rounds: int, steps: int
) -> None:
    """Time equal steps by turns, with and without a sensor that reads each second."""
    user.ask("train", steps)
    found: dict[bool, list[float]] = {False: [], True: []}
    for number in range(2 * rounds):
        is_watched = bool(number % 2)
        sensor = make() if is_watched else None
        if sensor is not None:
            sensor.look_closely(True)
            sensor.start()
            time.sleep(2)
        found[is_watched] += user.ask("train", steps)
        if sensor is not None:
            sensor.stop()
    alone, watched = (sorted(found[is_watched]) for is_watched in (False, True))
    p50 = [each[len(each) // 2] * 1e3 for each in (alone, watched)]
    p99 = [each[len(each) * 99 // 100] * 1e3 for each in (alone, watched)]
    report.facts["step_ms"] = {"alone": [p50[0], p99[0]], "watched": [p50[1], p99[1]]}
    report.add(
        "a step alone and read each second, median and 99th percentile",
        f"{p50[0]:.2f} and {p99[0]:.2f} ms, {p50[1]:.2f} and {p99[1]:.2f} ms "
        f"(ratio of the medians {p50[1] / p50[0]:.3f})",
    )


def own_samples(nvml: Any, report: Report) -> None:
    """See how far back the driver's own buffers of readings go."""
    nvml.nvmlInit()
    handle = nvml.nvmlDeviceGetHandleByIndex(0)
    for name in ("NVML_TOTAL_POWER_SAMPLES", "NVML_GPU_UTILIZATION_SAMPLES"):
        try:
            _, samples = nvml.nvmlDeviceGetSamples(handle, getattr(pynvml, name), 0)
            stamps = [sample.timeStamp for sample in samples if sample.timeStamp]
            span_s = (max(stamps) - min(stamps)) / 1e6 if stamps else 0.0
            found = f"{len(stamps)} over {span_s:.1f} s"
        except (pynvml.NVMLError, AttributeError) as error:
            found = f"not told ({type(error).__name__})"
        report.add(f"the driver's own buffer, {name}", found)
    nvml.nvmlShutdown()


@contextlib.contextmanager
def driver(is_fake: bool) -> Iterator[tuple[Any, dict[str, str]]]:
    """Give the binding of the driver, and the environment of what uses the GPU."""
    if not is_fake:
        yield pynvml, dict(os.environ)
        return
    with tempfile.TemporaryDirectory() as folder:
        machine = FakeGpuMachine(Path(folder))
        yield machine, {**os.environ, **machine.environ}


async def measure(
    nvml: Any, environ: dict[str, str], report: Report, arguments: argparse.Namespace
) -> dict[str, Any]:
    """Do all of it, and return the cassette."""
    sleep = PciSleep("/nowhere") if arguments.fake else None
    recorder = Recorder(nvml)
    watch = Watch(NvidiaSensor(lambda: recorder, sleep=sleep))
    users: list[User] = []
    begun_s = time.monotonic()
    await watch.monitor.start()
    try:
        await asyncio.sleep(arguments.idle)
        users = await attribution(watch, report, environ)
        holders = [
            {"who": user.name, "pid": recorder.name_of(pid), "bytes": size}
            for user in users for pid, size in user.parts.items()
        ]  # fmt: skip
        await use(watch, report, users, arguments.work)
        await spike(watch, report, users)
        looks = int(time.monotonic() - begun_s)
        await gone(watch, report, users)
        await watch.monitor.stop()
        report.add("looks in that time", f"{watch.looks} in {looks} s")
        slowdown(
            report, users[1], lambda: NvidiaSensor(lambda: nvml, sleep=sleep),
            arguments.rounds, arguments.steps,
        )  # fmt: skip
        users[1].begin("work", 5)
        report.facts["busy"] = list(timed(nvml, arguments.times))
        users[1].end()
    finally:
        for user in users:
            user.close()
        await watch.monitor.stop()
    report.facts["idle"] = list(timed(nvml, arguments.times))
    own_samples(nvml, report)
    cassette = recorder.cassette(arguments.machine, is_real=not arguments.fake)
    return {**cassette, "looks": looks, "holders": holders}


def main(words: Sequence[str] | None = None) -> int:
    """Measure, write cassette and report; return 1 if something is not as it has to be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--machine", required=True, help="what kind of machine this is")
    parser.add_argument("--idle", type=float, default=5.0, help="seconds before anything runs")
    parser.add_argument("--work", type=float, default=15.0, help="seconds of work at least")
    parser.add_argument("--times", type=int, default=200, help="how often each call is timed")
    parser.add_argument("--rounds", type=int, default=4, help="with and without somebody looking")
    parser.add_argument("--steps", type=int, default=300, help="in each round")
    parser.add_argument("--fake", action="store_true", help="do without a GPU")
    arguments = parser.parse_args(words)
    report = Report()
    with driver(arguments.fake) as (nvml, environ):
        cassette = asyncio.run(measure(nvml, environ, report, arguments))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^a-z0-9]+", "-", arguments.machine.lower()).strip("-")
    texts = {
        f"{name}.json": json.dumps(cassette, separators=(",", ":")) + "\n",
        "facts.json": json.dumps({"machine": arguments.machine, **report.facts}, indent=1) + "\n",
        "report.md": report.text(arguments.machine) + _timings(report),
    }
    for file, text in texts.items():
        (arguments.folder / file).write_text(text, encoding="utf-8")
    return int(any(is_right is False for _, _, is_right in report.rows))


def _timings(report: Report) -> str:
    parts = [(f"## Calls on {word} GPU", report.facts[key]) for word, key in
             (("an idle", "idle"), ("a busy", "busy"))]  # fmt: skip
    return "".join(f"\n{title}\n\n```\n" + "\n".join(lines) + "\n```\n" for title, lines in parts)


def _process_count(snapshot: Snapshot, kernel_id: KernelId) -> int:
    """Return how many processes of a kernel hold memory of the first GPU."""
    owners = snapshot.gpus[0].owners if snapshot.gpus else []
    return sum(owner.process_count for owner in owners if owner.kernel_id == kernel_id)


def _device_files(pid: int) -> Iterator[str]:
    """Yield the files of NVIDIA's devices that a process has open."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                name = os.readlink(entry.path)
                if name.startswith("/dev/nvidia"):
                    yield name


def _mib(size: int | None) -> str:
    return "not told" if size is None else f"{size / MIB:,.0f} MiB"


def _seconds(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.1f} s"


if __name__ == "__main__":
    sys.exit(main())
