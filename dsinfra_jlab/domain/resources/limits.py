"""Every cap and default about readings of the machine: value, unit, reason."""

from __future__ import annotations

SAMPLES_WINDOW_MAX_S = 604_800.0
"""The past that is kept: seven days."""

SAMPLE_MEMORY_S = 21_600.0
"""The past that is held in memory: six hours."""

SAMPLE_HISTORY_STEPS_S = (60, 120, 300, 600, 900)
"""Between points of the past that is stored: a minute, or several in one."""

SAMPLE_HISTORY_POINTS = 720
"""Points of each series in an answer from the store: the pixels that a chart has for them."""

SAMPLE_HISTORY_KERNELS_MAX = 100
"""Kernels in an answer from the store, the newest: in a week there may be very many."""

SAMPLE_HISTORY_ROWS_MAX = 20_000
"""Hours of a machine, a kernel or a GPU that are read at once: 100 kernels that live a week."""

SAMPLE_INTERVAL_S = 1.0
"""Between looks while somebody looks on or something runs."""

SAMPLE_IDLE_INTERVAL_S = 10.0
"""The same otherwise."""

SAMPLE_RING_POINTS = 600
"""Points of each series at that rate: ten minutes."""

SAMPLE_COARSE_STEP_S = 10.0
"""Between points of the past before that."""

SAMPLE_COARSE_POINTS = 2_160
"""Of them: six hours."""

RUN_SAMPLES_MAX = 2_000
"""Points kept of one run; longer runs are thinned so that peaks stay."""

CELL_PEAK_RUNS = 20
"""Runs of a cell whose peaks say what it will take: code and data change over more of them."""

NOTEBOOK_PEAK_SESSIONS = 30
"""Sessions of a notebook whose peaks say in how much memory it fits."""

NOTEBOOK_PEAK_WALK = 2_000
"""Cells of a notebook among which they are looked for."""

CELL_PEAK_WALK = 500
"""Runs of a cell among which they are looked for, so that asking costs the same however many."""

SAMPLE_SERIES_MAX = 600
"""Series whose past is held: 11 kB each, a hundred kernels and eight GPUs."""

SAMPLER_COST_RATIO_MAX = 0.005
"""Part of one CPU that looking may take; above it there is a look half as often."""

SAMPLE_DISCOVERY_INTERVAL_S = 5.0
"""Between searches for new processes of kernels: each reads one file of every process."""

SAMPLE_DISCOVERY_IDLE_INTERVAL_S = 60.0
"""The same while nothing runs: idle kernels start few processes."""

SAMPLE_DISCOVERY_SOON_S = 1.0
"""After a run began such a search is due this soon, and then less and less often."""

SAMPLE_DISK_INTERVAL_S = 5.0
"""Between readings of disks, which cost more than all the rest of the machine."""

SAMPLE_DISK_IDLE_INTERVAL_S = 60.0
"""The same while nobody looks on and nothing runs: as often as a point of the past is stored."""

SAMPLED_RUNS_MAX = 1_000
"""Runs that are looked at at once; the end of an older one was missed."""

MUTED_ALERTS_MAX = 1_000
"""Alerts on the list of those that nobody wants to hear of."""

ALERTS_KEPT_MAX = 1_000
"""Alerts that are over and still told with the run they were about."""

SAMPLE_REST_INTERVAL_S = 10.0
"""For so long a kernel in which nothing runs, and whose processes hardly use the CPU, is taken for
what it was; three times as long while nobody looks on. The system may have taken pages from it."""

SAMPLE_MARK_INTERVAL_S = 15.0
"""Between readings of the highest memory mark of a kernel in which nothing runs."""

SAMPLE_MARK_IDLE_INTERVAL_S = 30.0
"""The same while nobody looks on either. A mark never falls, so an old one only makes the peak of
the next run a bound where it could have been exact."""

EXACT_MEMORY_PROCESSES_MAX = 500
"""Processes of a kernel whose memory is read to the page, the largest first."""

EXACT_MEMORY_S = 2.0
"""After so long no further process is read: 200 GB are, at 9 ms for each."""

EXACT_MEMORY_PATIENCE_S = 5.0
"""For so long whoever asked waits. A process that is busy with its own memory holds up whoever
reads it."""

EXACT_MEMORY_AGAIN_S = 2.0
"""Whoever asks again so soon is given what was read before."""

EXACT_MEMORY_REST = 20
"""And so many times as long as it took: at most a twentieth of one CPU goes into it."""

EXACT_MEMORY_READERS_MAX = 4
"""Kernels that are read at once. A reader that the system holds up cannot be ended."""

# NVIDIA GPUs

GPU_LIST_INTERVAL_S = 2.0
"""Between lists of the processes on a GPU, which cost ten times as much as other readings."""

GPU_SLOW_INTERVAL_S = 4.0
"""Between readings of temperature, energy, use by process and what slows a GPU down: they take
turns, one call a look."""

GPU_POWER_LIMIT_INTERVAL_S = 60.0
"""Between readings of the power limit, which administrators change, nobody else."""

GPU_INSTANCES_INTERVAL_S = 30.0
"""Between looks for instances of divided GPUs, which are made and removed while in use."""

GPU_RETRY_S = 600.0
"""After a driver, device or call was found not to work it is tried again."""

GPU_HANG_S = 5.0
"""A call that takes longer hangs; to begin takes a second or more where no driver stays loaded."""

GPU_REST_AFTER_S = 30.0
"""A GPU that the system may put to sleep is left alone after nothing ran on it for so long."""

GPU_REST_S = 60.0
"""For how long it is left alone, unless somebody looks closely."""

GPU_LATENCIES_KEPT = 64
"""Latest durations of each call of each device, for the table of `doctor`."""

GPU_INSTANCES_MAX = 16
"""Instances of one GPU that are asked for; the hardware has at most seven."""

GPU_DEVICES_MAX = 64
"""GPUs that are read; machines have at most sixteen."""

GPU_OPEN_FILES_MAX = 4_096
"""Open files of a process that are searched for those of GPUs: more take over 10 ms, and of such a
process it is not known."""
