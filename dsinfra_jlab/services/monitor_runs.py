"""What is read of a kernel while one of its runs goes on."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..domain.resources import limits
from ..domain.resources.run_trail import RunTrail
from ..domain.runs.peaks import PeakReadings, peak_of
from ..domain.runs.records import PeakMemory
from ..sensors.processes import ProcessSensor, TreeReading, has_reaped
from .monitor_kernels import FollowedKernel, Mark
from .monitor_ports import RunResources

HEARD_LATE_S = 0.5
"""So late at most is a run heard to begin: messages gather for a tenth of that."""

SMALL_BYTES, SMALL_RATIO = 5_000_000, 0.01
"""Other processes of no more than that, or that part of the main one, change no peak: the shell
that started a kernel."""

GAP_INTERVALS = 3.0
"""Without a look for so many intervals a run was not looked at all the time."""

ENERGY_LOOKS_LEAST = 3
"""Of shorter runs the energy is not told: the counter's steps are too coarse."""


@dataclass(slots=True)
class RunLog:
    """One run from its beginning to its end; used under the monitor's lock."""

    kernel: FollowedKernel
    begun_s: float
    begun: TreeReading | None
    mark_idle: int | None
    mark_begun: Mark | None
    memory_limit_bytes: int | None
    mark_during: int | None = None
    trail: RunTrail = field(default_factory=RunTrail)
    looked_s: float = 0.0
    is_complete: bool = True
    is_alone: bool = True
    """Whether the main process was all there was of the kernel."""
    energy_j: float | None = None
    energy_looks: int = 0
    is_energy_shared: bool = False

    @classmethod
    def begin(
        cls,
        kernel: FollowedKernel,
        now_s: float,
        processes: ProcessSensor,
        memory_limit_bytes: int | None,
    ) -> RunLog:
        """Return a run that has just been heard to begin."""
        kernel.read(now_s, processes)
        kernel.count_cpu_from(now_s)
        reading = kernel.reading
        idle = (
            kernel.mark_before(now_s - HEARD_LATE_S, reading.main.key)
            if reading is not None
            else None
        )
        mark = kernel.mark(now_s, processes)
        log = cls(kernel, now_s, reading, idle, mark, memory_limit_bytes, looked_s=now_s)
        log._add(now_s)
        return log

    def look(self, now_s: float, interval_s: float, processes: ProcessSensor) -> None:
        """Take what was read of the kernel."""
        self._note_gap(now_s, interval_s)
        mark = self.kernel.mark(now_s, processes)
        if mark is not None and self.mark_begun is not None and mark.key == self.mark_begun.key:
            self.mark_during = mark.bytes
        self._add(now_s)

    def take_energy(self, joules: float | None, is_shared: bool) -> None:
        """Take the energy of the GPUs that the kernel alone is on since the last look."""
        self.is_energy_shared = self.is_energy_shared or is_shared
        if joules is not None:
            self.energy_j = (self.energy_j or 0.0) + joules
            self.energy_looks += 1

    def end(
        self,
        now_s: float,
        interval_s: float,
        processes: ProcessSensor,
        is_next_waiting: bool,
        marks: tuple[int, int] | None,
    ) -> RunResources:
        """Return what it took."""
        self.kernel.read(now_s, processes)
        self._note_gap(now_s, interval_s)
        self._add(now_s)
        mark = self.kernel.mark(now_s, processes)
        energy = self.energy_j if self.energy_looks >= ENERGY_LOOKS_LEAST else None
        gpu_max = self.trail.gpu_memory_max
        return RunResources(
            samples=self.trail.samples(self.memory_limit_bytes, self.is_complete),
            peak_rss=peak_of(self._peak_readings(mark, is_next_waiting, marks)),
            peak_gpu_memory=PeakMemory(int(gpu_max), "at_least") if gpu_max else None,
            energy_j=energy if not self.is_energy_shared else None,
        )

    def _peak_readings(
        self, mark: Mark | None, is_next_waiting: bool, marks: tuple[int, int] | None
    ) -> PeakReadings:
        begun, seen = self.mark_begun, self.trail.rss_max
        now = self.kernel.reading
        if begun is None or (mark is not None and mark.key != begun.key):
            mark = None
        if self.begun is not None and now is not None and has_reaped(self.begun, now):
            self.is_alone = False
        seen_max = int(seen) if seen is not None else None
        if marks is not None:
            # Read by the kernel itself at the very beginning and end: nothing comes between.
            return PeakReadings(None, marks[0], None, marks[1], seen_max, self.is_alone)
        return PeakReadings(
            mark_idle=self.mark_idle,
            mark_begun=begun.bytes if begun is not None else None,
            mark_during=self.mark_during,
            mark_ended=mark.bytes if mark is not None else None,
            seen_max=seen_max,
            is_one_process=self.is_alone,
            is_next_waiting=is_next_waiting,
        )

    def _add(self, now_s: float) -> None:
        kernel, reading = self.kernel, self.kernel.reading
        if reading is None:
            self.is_complete = False
            return
        others = reading.rss_bytes - reading.main.rss_bytes
        if others > max(SMALL_BYTES, reading.main.rss_bytes * SMALL_RATIO):
            self.is_alone = False
        # Not the most that it can be, where that is all there is: who knows what the rest is?
        gpu = kernel.gpu_held.bytes if kernel.gpu_held is not None else None
        # What was used before it began is not its own.
        cpu = kernel.cpu_ratio if kernel.cpu_read_s > self.begun_s else None
        self.trail.add((now_s - self.begun_s, cpu, reading.rss_bytes, gpu))
        self.looked_s = now_s

    def _note_gap(self, now_s: float, interval_s: float) -> None:
        longest_s = GAP_INTERVALS * max(interval_s, limits.SAMPLE_INTERVAL_S)
        if now_s - self.looked_s > longest_s:
            self.is_complete = False
