"""Looks at the machine, the kernels and the GPUs: one thread for all of a server.

Nothing is asked of kernels, so a busy one is seen as well as an idle one. The rate follows the
need: each second while somebody looks on or something runs, each ten seconds otherwise, and
never without kernels and without anybody looking on.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from ..domain.clock import Clock
from ..domain.errors.occurrences import ResourceState
from ..domain.exceptions import NotFound
from ..domain.health import ServiceHealth, ServiceState
from ..domain.ids import KernelId, RunId
from ..domain.resources import limits
from ..domain.resources.gpu_energy import EnergyMeter
from ..domain.resources.kernel_memory import KernelMemory
from ..domain.resources.sample_rings import SampleRings
from ..domain.resources.sample_series import series_of
from ..domain.resources.sampler_cost import CostBook
from ..domain.resources.samples import (
    GpuReading,
    GpuSample,
    HostSample,
    SampleQuery,
    SampleWindow,
    Snapshot,
)
from ..sensors.cgroup import ControlGroups
from ..sensors.gpu_files import GpuFiles
from ..sensors.host import HostSensor
from ..sensors.oom_score import raise_oom_score
from ..sensors.processes import ProcessSensor, TreeReading, process_sensor
from .monitor_gpus import GpuShares
from .monitor_kernels import FollowedKernel
from .monitor_memory import read_exactly
from .monitor_ports import GpuSensor, KernelFacts, RunResources
from .monitor_runs import RunLog

_NO_GPU_SENSOR = "GPUs are not looked at."
_UNKNOWN = KernelFacts(kernel_name="", notebook_path=None, name="")
_LOOKS_APART_S = 0.25
"""Between two looks at least, however often somebody wakes the sampler."""

_STOP_S = 2.0
"""Longest wait for the thread at the end: it may be in the middle of a look."""


class Monitor:
    """The one sampler of a server.

    Parameters
    ----------
    is_busy
        Whether something runs in a kernel; asked from the sampler's thread.
    facts
        What else is known of a kernel, ``None`` if nothing is; asked from the sampler's thread.
    folder
        Whose file system counts as the disk.
    oom_score
        Kernels are given at least this score, so that they die of a lack of memory and not the
        server; 0 leaves them alone.
    """

    def __init__(
        self,
        clock: Clock,
        is_busy: Callable[[KernelId], bool],
        log: logging.Logger,
        *,
        facts: Callable[[KernelId], KernelFacts | None] = lambda kernel_id: None,
        gpus: GpuSensor | None = None,
        folder: str = ".",
        host: HostSensor | None = None,
        processes: ProcessSensor | None = None,
        oom_score: int = 0,
        gpu_files: GpuFiles | None = None,
    ) -> None:
        self._clock = clock
        self._is_busy = is_busy
        self._log = log
        self._facts = facts
        self.folder = folder
        self._gpus = gpus
        self._host = host or HostSensor(folder)
        self._processes = processes or process_sensor()
        self._oom_score = oom_score
        self._gpu_shares = GpuShares(self._processes, gpu_files or GpuFiles())
        self._control = ControlGroups()
        self._kernels: dict[KernelId, FollowedKernel] = {}
        self._runs: OrderedDict[RunId, RunLog] = OrderedDict()
        self._viewers: set[object] = set()
        self._listeners: list[Callable[[Snapshot], None]] = []
        self._take_lag: Callable[[], float | None] = lambda: None
        self._lock = threading.Lock()
        self._rings = SampleRings()
        self._rings_lock = threading.Lock()
        self._cost = CostBook()
        self._energy = EnergyMeter()
        self._snapshot: Snapshot | None = None
        self._seq = 0
        self._discovered_s: float | None = None
        self._discovery_pace_s = limits.SAMPLE_DISCOVERY_INTERVAL_S
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._failure = ""

    # Kernels

    def follow(self, kernel_id: KernelId, pid: int | None) -> None:
        """Begin with a kernel's process; ``None`` if it has none on this machine."""
        with self._lock:
            known = self._kernels.get(kernel_id)
            if known is not None and known.pid == pid and not known.absent:
                return
            self._drop(kernel_id)
            self._kernels[kernel_id] = FollowedKernel.begin(
                kernel_id, pid, self._clock.monotonic_s(), self._processes, self._control
            )
        if self._oom_score and pid is not None:
            raise_oom_score(pid, self._oom_score)
        self._wake.set()

    def leave(self, kernel_id: KernelId) -> None:
        """Forget a kernel."""
        with self._lock:
            self._drop(kernel_id)

    def state(self, kernel_id: KernelId) -> ResourceState | None:
        """Return how the machine stands for a kernel, with its last minute; any thread."""
        with self._lock:
            kernel = self._kernels.get(kernel_id)
            if kernel is None:
                return None
            return kernel.state(self._clock.monotonic_s(), self._control)

    def exact_memory(self, kernel_id: KernelId) -> KernelMemory:
        """Return the memory of a kernel to the page; takes long, any thread.

        Raises ``NotFound`` for a kernel that is not followed.
        """
        with self._lock:
            kernel = self._kernels.get(kernel_id)
            if kernel is None:
                raise NotFound("There is no such kernel.", {"kernel_id": kernel_id})
            reading, absent = kernel.reading, kernel.absent
        # Not under the lock: nobody shall wait for it.
        return read_exactly(kernel_id, reading, absent, self._processes, self._clock)

    def trees(self) -> dict[KernelId, TreeReading]:
        """Return the processes of each kernel that is there, as read now; any thread."""
        with self._lock:
            read = {k.id: self._processes.read(k.pid) for k in self._kernels.values() if k.pid}
        return {kernel_id: tree for kernel_id, tree in read.items() if tree is not None}

    def _drop(self, kernel_id: KernelId) -> None:
        kernel = self._kernels.pop(kernel_id, None)
        if kernel is not None and kernel.pid is not None:
            self._processes.leave(kernel.pid)

    # Runs

    def run_begun(self, kernel_id: KernelId, run_id: RunId) -> None:
        """A cell begins to run; returns at once, any thread."""
        with self._lock:
            kernel = self._kernels.get(kernel_id)
            if kernel is None or kernel.pid is None:
                return
            limit = self._control.memory(kernel.groups) if kernel.groups is not None else None
            self._runs[run_id] = RunLog.begin(
                kernel,
                self._clock.monotonic_s(),
                self._processes,
                limit.limit_bytes if limit is not None else None,
            )
            while len(self._runs) > limits.SAMPLED_RUNS_MAX:  # an end that never came
                self._runs.popitem(last=False)
            self._discovery_pace_s = limits.SAMPLE_DISCOVERY_SOON_S
        self._wake.set()

    def run_ended(
        self,
        kernel_id: KernelId,
        run_id: RunId,
        *,
        is_next_waiting: bool = False,
        marks: tuple[int, int] | None = None,
    ) -> RunResources | None:
        """A cell has ended: return what it took, as far as it was looked at; any thread."""
        with self._lock:
            run = self._runs.pop(run_id, None)
            if run is None:
                return None
            return run.end(
                self._clock.monotonic_s(),
                limits.SAMPLE_INTERVAL_S * self._cost.factor,
                self._processes,
                is_next_waiting,
                marks,
            )

    # Whoever looks on

    def latest(self) -> Snapshot | None:
        """Return everything as last read; ``None`` before the first look."""
        return self._snapshot

    def window(self, query: SampleQuery) -> SampleWindow:
        """Return series of the past; raises ``BadInput`` for names of series there are none of."""
        with self._rings_lock:
            return self._rings.window(query)

    def look_on(self, viewer: object, is_looking: bool) -> None:
        """Somebody begins or ceases to look on, which sets the rate."""
        with self._lock:
            if not is_looking:
                self._viewers.discard(viewer)
                return
            self._viewers.add(viewer)
        self._wake.set()

    def listen(self, listener: Callable[[Snapshot], None]) -> None:
        """Call ``listener`` after each look, on the sampler's thread."""
        self._listeners.append(listener)

    def ask_for_lag(self, take_lag: Callable[[], float | None]) -> None:
        """Ask at each look how long the event loop let the last one wait."""
        self._take_lag = take_lag

    # A part of the server

    async def start(self) -> None:
        """Begin to look."""
        if self._gpus is not None:
            self._gpus.start()
        self._stopping.clear()
        self._thread = threading.Thread(target=self._look_for_ever, name="dsinfra-monitor")
        self._thread.daemon = True
        self._thread.start()

    async def stop(self) -> None:
        """Look no more."""
        self._stopping.set()
        self._wake.set()
        if self._gpus is not None:
            self._gpus.stop()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, _STOP_S)
            if not self._thread.is_alive():
                self._processes.close()
                self._host.close()

    def health(self) -> ServiceHealth:
        """Return whether the machine is being looked at."""
        if self._thread is None or not self._thread.is_alive():
            return ServiceHealth(ServiceState.stopped, "Nothing looks at the machine.")
        if self._failure:
            return ServiceHealth(ServiceState.degraded, f"The last look failed: {self._failure}.")
        return ServiceHealth(ServiceState.running)

    # The sampler's thread

    def _look_for_ever(self) -> None:
        looked_s = self._clock.monotonic_s() - _LOOKS_APART_S
        while not self._stopping.is_set():
            interval_s = self._interval_s()
            if interval_s is None:
                self._wake.wait()
            else:
                self._wake.wait(max(0.0, looked_s + interval_s - self._clock.monotonic_s()))
            if self._stopping.is_set():
                return
            rest_s = looked_s + _LOOKS_APART_S - self._clock.monotonic_s()
            if rest_s > 0:
                time.sleep(rest_s)
            self._wake.clear()
            looked_s = self._clock.monotonic_s()
            try:
                self.look()
                self._failure = ""
            except Exception as error:  # the next look may do better
                self._failure = type(error).__name__
                self._log.debug("dsinfra: the machine was not read", exc_info=True)

    def _interval_s(self) -> float | None:
        """Return the time between looks, ``None`` if nobody needs any."""
        with self._lock:
            kernels, is_close = list(self._kernels), bool(self._viewers or self._runs)
        is_needed = bool(kernels) or is_close
        is_close = is_close or any(map(self._is_busy, kernels))
        if self._gpus is not None:
            self._gpus.look_closely(is_close)
            self._gpus.pause(not is_needed)
        if not is_needed:
            return None
        interval_s = limits.SAMPLE_INTERVAL_S if is_close else limits.SAMPLE_IDLE_INTERVAL_S
        return min(interval_s * self._cost.factor, limits.SAMPLE_IDLE_INTERVAL_S)

    def look(self) -> Snapshot:
        """Look once, at everything."""
        begun_cpu_s = time.thread_time()
        now_s, now = self._clock.monotonic_s(), self._clock.now()
        interval_s = self._interval_s() or limits.SAMPLE_IDLE_INTERVAL_S
        self._look_at_gpu_files(self._discover(now_s, interval_s))
        host, absent = self._read_host(now_s, interval_s)
        readings = list(self._gpus.latest()) if self._gpus is not None else []
        why_no_gpu = self._gpus.absent() if self._gpus is not None else _NO_GPU_SENSOR
        if why_no_gpu:
            absent["nvidia"] = why_no_gpu
        gpus = self._read_kernels(interval_s, readings)
        with self._lock:
            followed = list(self._kernels.values())
        kernels = [kernel.sample(self._known_of(kernel.id)) for kernel in followed]
        paths = {kernel.kernel_id: kernel.notebook_path for kernel in kernels}
        self._seq += 1
        self._cost.add_lag(now_s, self._take_lag())
        snapshot = Snapshot(
            seq=self._seq,
            at=now,
            interval_s=interval_s,
            host=host,
            kernels=kernels,
            gpus=[_with_paths(gpu, paths) for gpu in gpus],
            absent=absent,
            cost=self._cost.cost(self._gpus.tick_p95_s() if self._gpus is not None else None),
        )
        with self._rings_lock:
            self._rings.add(now.timestamp(), self._seq, series_of(host, kernels, gpus))
        self._snapshot = snapshot
        for listener in self._listeners:
            self._tell(listener, snapshot)
        self._cost.add(now_s, time.thread_time() - begun_cpu_s)
        return snapshot

    def _discover(self, now_s: float, interval_s: float) -> bool:
        """Search for new processes if that is due: soon after a run began, then less often.

        Returns whether it was.
        """
        is_idle = _is_idle(interval_s)
        pace_s = limits.SAMPLE_DISCOVERY_IDLE_INTERVAL_S if is_idle else self._discovery_pace_s
        # Looks come a little early or late: half an interval does not make one wait a whole one.
        slack_s = limits.SAMPLE_INTERVAL_S / 2
        if self._discovered_s is not None and now_s - self._discovered_s < pace_s - slack_s:
            return False
        self._discovered_s = now_s
        longest_s = limits.SAMPLE_DISCOVERY_INTERVAL_S
        self._discovery_pace_s = min(longest_s, self._discovery_pace_s * 2)
        with self._lock:
            is_wanted = any(kernel.pid is not None for kernel in self._kernels.values())
        if is_wanted:
            scan = self._processes.scan()  # takes milliseconds, for which nobody shall wait
            with self._lock:
                self._processes.adopt(scan)
        return is_wanted

    def _look_at_gpu_files(self, is_searching: bool) -> None:
        """Read which kernels have which GPUs open, if that is due."""
        with self._lock:
            kernels = list(self._kernels.values())
            if not self._gpu_shares.is_due(kernels, is_searching):
                return
            processes = self._gpu_shares.processes_of(kernels)
        self._gpu_shares.look_at_files(processes)  # not under the lock either

    def _read_host(
        self, now_s: float, interval_s: float
    ) -> tuple[HostSample | None, dict[str, str]]:
        try:
            return self._host.read(now_s, is_close=not _is_idle(interval_s)), {}
        except Exception as error:  # kernels and GPUs are seen all the same
            self._log.debug("dsinfra: the host was not read", exc_info=True)
            return None, {"host": f"This machine could not be read ({type(error).__name__})."}

    def _read_kernels(self, interval_s: float, readings: list[GpuReading]) -> list[GpuSample]:
        """Read every kernel and its part of the GPUs, and add that to the runs that go on."""
        with self._lock:
            # Taken here: a run may have begun since the look did.
            now_s = self._clock.monotonic_s()
            is_running = {run.kernel.id for run in self._runs.values()}
            at_rest_s = limits.SAMPLE_REST_INTERVAL_S * (3 if _is_idle(interval_s) else 1)
            for kernel in self._kernels.values():
                patience_s = 0.0 if kernel.id in is_running else at_rest_s
                kernel.read(now_s, self._processes, patience_s)
                kernel.remember(now_s)
            gpus = self._gpu_shares.share(list(self._kernels.values()), readings)
            self._mark_idle(now_s, interval_s)
            spent = self._energy.since(gpus)
            for run in self._runs.values():
                run.look(now_s, interval_s, self._processes)
                run.take_energy(*spent.get(run.kernel.id, (None, False)))
            return gpus

    def _mark_idle(self, now_s: float, interval_s: float) -> None:
        """Read the highest marks of kernels without a run now and then: the next run's begin."""
        is_running = {run.kernel.id for run in self._runs.values()}
        is_idle = _is_idle(interval_s)
        pace_s = limits.SAMPLE_MARK_IDLE_INTERVAL_S if is_idle else limits.SAMPLE_MARK_INTERVAL_S
        for kernel in self._kernels.values():
            if kernel.id not in is_running and kernel.is_mark_due(now_s, pace_s):
                kernel.mark(now_s, self._processes)

    def _known_of(self, kernel_id: KernelId) -> KernelFacts:
        try:
            return self._facts(kernel_id) or _UNKNOWN
        except Exception:
            self._log.debug("dsinfra: nothing is known of %s", kernel_id, exc_info=True)
            return _UNKNOWN

    def _tell(self, listener: Callable[[Snapshot], None], snapshot: Snapshot) -> None:
        try:
            listener(snapshot)
        except Exception:  # others want to hear of it too
            self._log.debug("dsinfra: a listener of samples failed", exc_info=True)


def _is_idle(interval_s: float) -> bool:
    return interval_s >= limits.SAMPLE_IDLE_INTERVAL_S


def _with_paths(gpu: GpuSample, paths: dict[KernelId, str | None]) -> GpuSample:
    owners = [
        replace(owner, notebook_path=paths.get(owner.kernel_id)) if owner.kernel_id else owner
        for owner in gpu.owners
    ]
    return replace(gpu, owners=owners)
