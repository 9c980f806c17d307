"""One kernel as the monitor follows it: its processes, its memory's past, its limit."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from ..domain.errors import limits
from ..domain.errors.occurrences import MemoryPoint, ResourceState
from ..domain.ids import KernelId
from ..domain.resources.gpu_owners import Held
from ..domain.resources.samples import KernelSample
from ..sensors.cgroup import ControlGroups, Groups
from ..sensors.processes import ProcessKey, ProcessSensor, TreeReading, cpu_since
from .monitor_ports import KernelFacts

ELSEWHERE = "Its process does not run on this machine."
ENDED = "Its process has ended."
UNREADABLE = "This system does not let the server read its process."

CPU_INTERVAL_LEAST_S = 0.05
"""Over a shorter time the use of CPU is mostly chance."""

_MARKS_KEPT = 8
"""Highest marks of the past that are remembered: those of the last seconds and one before."""


_MARK_REST_S = 0.01
"""CPU in which a process hardly takes memory. A mark never falls, so an old one only makes the
peak of the next run a bound where it could have been exact."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The highest mark of a kernel's main process at one moment."""

    at_s: float
    key: ProcessKey
    bytes: int
    cpu_s: float
    """What the process had used by then."""


@dataclass(slots=True)
class FollowedKernel:
    """What is known of one kernel's processes; used under the monitor's lock."""

    id: KernelId
    pid: int | None
    groups: Groups | None = None
    oom_kills: int | None = None
    """Of its control group when it began."""
    reading: TreeReading | None = None
    """As last read; ``None`` when there is none now."""
    cpu_ratio: float | None = None
    cpu_read_s: float = 0.0
    """When that was told."""
    gpu_held: Held | None = None
    """Its memory of GPUs; ``None`` if there are no GPUs."""
    peak_rss_bytes: int | None = None
    absent: str = ""
    trail: deque[tuple[float, int]] = field(
        default_factory=lambda: deque(maxlen=limits.MEMORY_TRAIL_POINTS)
    )
    """Monotonic seconds and resident bytes."""
    marks: deque[Mark] = field(default_factory=lambda: deque(maxlen=_MARKS_KEPT))
    _cpu_base: tuple[TreeReading, float] | None = None
    """The reading that the use of CPU is counted from, and when it was taken."""
    _shown: tuple[tuple[object, ...], KernelSample] | None = None
    """What a snapshot showed last, after what it was made of."""

    @classmethod
    def begin(
        cls,
        kernel_id: KernelId,
        pid: int | None,
        now_s: float,
        processes: ProcessSensor,
        control: ControlGroups,
    ) -> FollowedKernel:
        """Return a kernel of which the first readings have been taken."""
        kernel = cls(kernel_id, pid)
        if pid is None:
            kernel.absent = ELSEWHERE
            return kernel
        processes.follow(pid)
        kernel.groups = control.of(pid)
        limit = control.memory(kernel.groups)
        kernel.oom_kills = limit.oom_kills if limit is not None else None
        kernel.read(now_s, processes)
        kernel.mark(now_s, processes)
        return kernel

    def read(self, now_s: float, processes: ProcessSensor, patience_s: float = 0.0) -> None:
        """Read its processes as they are now; those at rest, if they were not read for so long."""
        if self.pid is None:
            return
        earlier, self.reading = self.reading, processes.read(self.pid, patience_s)
        if self.reading is None:
            self.cpu_ratio = self._cpu_base = None
            # Once read it stays readable: what is still seen of it waits to be buried.
            is_gone = self.peak_rss_bytes is not None or not processes.is_seen(self.pid)
            self.absent = ENDED if is_gone else UNREADABLE
            return
        before, at_s = self._cpu_base or (None, now_s)
        is_at_rest = self.reading is earlier and self.reading is before
        if not is_at_rest:
            self.absent = ""
            self.peak_rss_bytes = max(self.peak_rss_bytes or 0, self.reading.rss_bytes)
        if before is not None and now_s - at_s < CPU_INTERVAL_LEAST_S:
            return
        used_s = 0.0 if is_at_rest else cpu_since(before, self.reading, now_s - at_s)
        self.cpu_ratio = used_s / (now_s - at_s) if used_s is not None else None
        self.cpu_read_s = now_s
        self._cpu_base = self.reading, now_s

    def count_cpu_from(self, now_s: float) -> None:
        """Count the use of CPU from now on, so that what comes is not mixed with what was."""
        if self.reading is not None:
            self._cpu_base = self.reading, now_s

    def remember(self, now_s: float) -> None:
        """Add what was read last to its past."""
        if self.reading is not None:
            self.trail.append((now_s, self.reading.rss_bytes))

    def is_mark_due(self, now_s: float, pace_s: float) -> bool:
        """Return whether the highest mark may be another one than ``pace_s`` seconds ago."""
        if not self.marks or self.reading is None:
            return True
        last, main = self.marks[-1], self.reading.main
        is_at_rest = main.key == last.key and main.cpu_s - last.cpu_s < _MARK_REST_S
        return now_s - last.at_s >= pace_s and not is_at_rest

    def mark(self, now_s: float, processes: ProcessSensor) -> Mark | None:
        """Read the highest mark of its main process; ``None`` if nobody counts it."""
        if self.reading is None:
            return None
        main = self.reading.main
        found = processes.high_mark(main.key)
        if found is None:
            return None
        mark = Mark(now_s, main.key, found, main.cpu_s)
        self.marks.append(mark)
        self.peak_rss_bytes = max(self.peak_rss_bytes or 0, found)
        return mark

    def mark_before(self, moment_s: float, key: ProcessKey) -> int | None:
        """Return the last mark of a process that was read before a moment."""
        known = [m.bytes for m in self.marks if m.key == key and m.at_s <= moment_s]
        return known[-1] if known else None

    def state(self, now_s: float, control: ControlGroups) -> ResourceState | None:
        """Return how the machine stands for it, with its last minute."""
        if self.pid is None or self.groups is None:
            return None
        # The groups were found while it lived: they count its kills when it is gone.
        limit = control.memory(self.groups)
        kills = limit.oom_kills if limit is not None else None
        is_counted = kills is not None and self.oom_kills is not None
        return ResourceState(
            rss_bytes=self.trail[-1][1] if self.trail else None,
            memory_used_bytes=limit.used_bytes if limit is not None else None,
            memory_limit_bytes=limit.limit_bytes if limit is not None else None,
            memory_limit_source=limit.source if limit is not None else "",
            oom_kills=max(0, (kills or 0) - (self.oom_kills or 0)) if is_counted else None,
            trail=[
                MemoryPoint(round(now_s - at_s, 1), rss)
                for at_s, rss in self.trail
                if now_s - at_s <= limits.MEMORY_TRAIL_S
            ],
        )

    def sample(self, facts: KernelFacts) -> KernelSample:
        """Return it as a snapshot shows it; the same one again as long as nothing changes."""
        made_of = (
            facts,
            self.reading,
            self.cpu_ratio,
            self.gpu_held,
            self.peak_rss_bytes,
            self.absent,
        )
        if self._shown is None or self._shown[0] != made_of:
            self._shown = made_of, self._sample(facts)
        return self._shown[1]

    def _sample(self, facts: KernelFacts) -> KernelSample:
        reading = self.reading
        gpu = (self.gpu_held if reading is not None else None) or Held(None)
        return KernelSample(
            kernel_id=self.id,
            kernel_name=facts.kernel_name,
            notebook_path=facts.notebook_path,
            name=facts.name,
            state=facts.state,
            running=facts.running,
            started_at=facts.started_at,
            last_activity_at=facts.last_activity_at,
            cpu_ratio=self.cpu_ratio,
            rss_bytes=reading.rss_bytes if reading is not None else None,
            peak_rss_bytes=self.peak_rss_bytes,
            process_count=len(reading.processes) if reading is not None else None,
            gpu_memory_bytes=gpu.bytes,
            absent=self.absent,
            gpu_memory_at_most_bytes=gpu.at_most,
            gpu_memory_absent=gpu.absent,
        )
