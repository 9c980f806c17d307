"""Readings of the machine: of the host, of each kernel, of each GPU. Null is never 0."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Annotated

from .. import limits
from ..bounds import Between, MaxChars
from ..ids import CellId, KernelId, RunId
from . import limits as resource_limits


@dataclass(frozen=True, slots=True)
class HostSample:
    """The machine, or the part of it that this server may use."""

    cpu_ratio: float | None
    """CPU in use as part of ``cpu_count``, 0 to 1."""
    cpu_count: float | None
    """CPUs that may be used: those of the machine, the affinity or the tightest quota."""
    cpu_count_source: str
    """What sets it: ``machine``, ``affinity``, or the path of a control group."""
    throttled_ratio: float | None
    """Part of the scheduler's periods in which the control group had to wait, 0 to 1."""
    load_1m: float | None
    memory_used_bytes: int | None
    """Without what can be dropped at once."""
    memory_limit_bytes: int | None
    memory_limit_source: str
    swap_used_bytes: int | None
    swap_total_bytes: int | None
    disk_used_bytes: int | None
    """Of the file system the server's root folder lies on."""
    disk_total_bytes: int | None
    disk_read_bytes_per_s: float | None
    disk_write_bytes_per_s: float | None
    network_in_bytes_per_s: float | None
    network_out_bytes_per_s: float | None


class KernelState(str, Enum):
    """What a kernel does."""

    starting = "starting"
    idle = "idle"
    busy = "busy"
    dead = "dead"
    unknown = "unknown"


@dataclass(frozen=True, slots=True)
class RunningCell:
    """What runs in a kernel now."""

    run_id: RunId
    cell_id: CellId | None
    execution_count: int | None
    started_at: datetime | None


@dataclass(frozen=True, slots=True)
class KernelSample:
    """One kernel with every process below it."""

    kernel_id: KernelId
    kernel_name: str
    notebook_path: str | None
    """Contents path below the server's root, or an absolute path outside of it."""
    name: str
    """What a person calls it: the notebook's or console's name."""
    state: KernelState
    running: RunningCell | None
    started_at: datetime | None
    last_activity_at: datetime | None
    cpu_ratio: float | None
    """1 is one CPU in full use."""
    rss_bytes: int | None
    """Resident memory of the tree; pages that several processes share are counted for each."""
    peak_rss_bytes: int | None
    """The most that was read since the kernel was started."""
    process_count: int | None
    gpu_memory_bytes: int | None
    """On all GPUs; null if it cannot be told whose it is."""
    absent: str = ""
    """Why there are no numbers, in words for the user."""
    gpu_memory_at_most_bytes: int | None = None
    """Where ``gpu_memory_bytes`` is null, the most that it can be; null if that is not known."""
    gpu_memory_absent: str = ""
    """Why ``gpu_memory_bytes`` is null though there are GPUs, in words for the user."""


class GpuSlowdown(str, Enum):
    """Why a GPU runs slower than it could; by the driver, several at once."""

    power_cap = "power_cap"
    """It draws as much as it may: usual under full load."""
    hot = "hot"
    """The driver slows it down so that it does not get too hot."""
    overheated = "overheated"
    """The chip slows itself down to half or less: it is too hot."""
    power_brake = "power_brake"
    """Something outside, such as the power supply, had it slow down."""
    hardware = "hardware"
    """The chip slows itself down and does not say why."""
    sync_boost = "sync_boost"
    """It waits for a slower GPU of its group."""


@dataclass(frozen=True, slots=True)
class GpuOwner:
    """Who holds memory of a GPU."""

    kernel_id: KernelId | None
    """Null for processes that are none of this server's kernels."""
    notebook_path: str | None
    memory_bytes: int | None
    process_count: int
    util_ratio: float | None = None
    """Part of the time in which its processes used the GPU; null if the driver does not say."""
    is_by_file: bool = False
    """The driver does not name its processes: they have the GPU's file open, and that is all that
    is known of them."""
    memory_at_most_bytes: int | None = None
    """Where ``memory_bytes`` is null, the most that it can be; null if that is not known."""


@dataclass(frozen=True, slots=True)
class GpuSample:
    """One GPU, or one instance of a divided one."""

    uuid: str
    index: int
    """As the driver counts; CUDA may count in another order."""
    name: str
    parent_uuid: str | None
    """The GPU that it is an instance of."""
    util_ratio: float | None
    """Part of the time in which anything ran on it, 0 to 1."""
    memory_used_bytes: int | None
    memory_total_bytes: int | None
    temperature_c: float | None
    power_w: float | None
    power_limit_w: float | None
    energy_j: float | None
    """Since the driver was loaded."""
    owners: list[GpuOwner]
    absent: dict[str, str]
    """Why a reading is null, by its name; ``device`` if the whole GPU cannot be read."""
    age_s: float = 0.0
    """How old these readings are: a driver may hang."""
    slowdown_c: float | None = None
    """The temperature from which it slows itself down."""
    slowed_by: list[GpuSlowdown] | None = None
    """Why it runs slower than it could, empty if it does not; null if it does not tell."""


@dataclass(frozen=True, slots=True)
class GpuHolding:
    """Memory of a GPU that one process holds."""

    pid: int
    """As this machine counts processes; 0 if it cannot be told."""
    memory_bytes: int | None
    util_ratio: float | None = None
    """Part of the time in which it used the GPU, 0 to 1."""


@dataclass(frozen=True, slots=True)
class GpuReading:
    """One GPU with the processes on it."""

    sample: GpuSample
    """With no owners: whose processes they are only the monitor knows."""
    holdings: tuple[GpuHolding, ...] | None
    """``None`` if the driver does not tell."""
    minor: int | None = None
    """The number in the name of the GPU's file; ``None`` for instances and if it is not known."""


@dataclass(frozen=True, slots=True)
class SamplerCost:
    """What looking costs."""

    tick_p50_s: float | None
    tick_p95_s: float | None
    """CPU seconds of one look."""
    gpu_p95_s: float | None
    cpu_ratio: float | None
    """Part of one CPU that looking took in the last minute."""
    loop_lag_p50_s: float | None = None
    loop_lag_p95_s: float | None = None
    """How long the server's event loop, busy with other things, let a look wait in the last
    minute; null while nobody is sent any."""


@dataclass(frozen=True, slots=True)
class HourlyExpense:
    """What this machine costs in an hour as it is used now, at the prices that were set."""

    currency: str
    total: float
    kernels: dict[KernelId, float]
    """By kernel, for what it holds of host and GPUs."""
    idle: float
    """For what no kernel of this server holds: ``total`` less those of all kernels."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything as last read."""

    seq: int
    """Rises with each look."""
    at: datetime
    interval_s: float
    """How long until the next look."""
    host: HostSample | None
    kernels: list[KernelSample]
    gpus: list[GpuSample]
    absent: dict[str, str]
    """By sensor (``host``, ``processes``, ``nvidia``) why it reads nothing."""
    cost: SamplerCost
    hourly_expense: HourlyExpense | None = None
    """Null if no price was set."""
    memory_full_in_s: float | None = None
    """When memory reaches its limit if it goes on growing as it does; null if it does not grow, or
    that cannot be told, or it takes more than ten minutes."""


@dataclass(frozen=True, slots=True)
class SampleQuery:
    """Which stretch of the past to give."""

    since: Annotated[int, Between(0, 2**53)] = 0
    """Only looks with a higher number."""
    window_s: Annotated[float, Between(1, resource_limits.SAMPLES_WINDOW_MAX_S)] = 600.0
    """How far back: up to ten minutes each second, beyond it thinned. What is older than this
    server or than six hours comes from the store and is of every server on this machine."""
    keys: Annotated[str, MaxChars(limits.QUERY_MAX_CHARS)] = ""
    """Names of series, separated by commas; all of them if empty."""


@dataclass(frozen=True, slots=True)
class SampleWindow:
    """Series over one stretch of time; all have as many points as ``at_s``."""

    seq: int
    """Of the last look in it."""
    step_s: float
    """Between points."""
    at_s: list[float]
    """Unix seconds."""
    series: dict[str, list[float | None]]
    """By name: ``host.cpu_ratio``, ``kernel.<id>.rss_bytes``, ``gpu.<uuid>.util_ratio``. Of
    thinned stretches the most in each."""
    kernel_names: dict[KernelId, str] = field(default_factory=dict)
    """What kernels were called that are gone, as far as that is stored."""


@dataclass(frozen=True, slots=True)
class RunGpu:
    """What a run held of one GPU."""

    uuid: str
    name: str
    held_s: float
    """For how long its kernel held memory of it."""
    memory_ratio: float | None
    """Part of the GPU's memory, on average over that time."""
    util_ratio: float | None
    """Of the whole GPU, on average over that time."""
    is_shared: bool
    """Whether anybody else held memory of it meanwhile."""


@dataclass(frozen=True, slots=True)
class ExpensePart:
    """What one thing cost."""

    what: str
    """``host``, or the GPU's name."""
    held: float
    """For as long as it was held, whether or not it was used."""
    used: float | None
    """The part of it in which it did something; null if that cannot be told."""
    share_ratio: float
    """Part of the thing that is counted: 1 if nobody shared it."""


@dataclass(frozen=True, slots=True)
class Expense:
    """What a run cost at the prices that were set: not a bill."""

    currency: str
    held: float
    """The sum of the parts."""
    used: float | None
    """The sum of the parts; null if one of them is."""
    parts: list[ExpensePart]
    basis: str
    """``list``, ``invoice`` or ``estimate``: the weakest of the prices that went in."""


@dataclass(frozen=True, slots=True)
class RunSamples:
    """The resources of a kernel while a run was going on."""

    at_s: list[float]
    """Seconds since the run began."""
    cpu_ratio: list[float | None]
    rss_bytes: list[float | None]
    gpu_memory_bytes: list[float | None]
    memory_limit_bytes: int | None
    is_complete: bool
    """False if it was not looked at all the time."""
    cpu_count: float | None = None
    """CPUs that might be used meanwhile."""
    gpus: list[RunGpu] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    """Those that were raised meanwhile about its kernel."""
    expense: Expense | None = None
    """Null if no price was set, or too little was seen."""


@dataclass(frozen=True, slots=True)
class CellPeakQuery:
    """Which cell is meant: copies of a notebook have cells of the same id."""

    notebook_path: Annotated[str, MaxChars(limits.PATH_MAX_CHARS)] = ""


@dataclass(frozen=True, slots=True)
class CellPeak:
    """What a cell took when it ran last, against what is free now: asked before it runs."""

    cell_id: CellId
    run_count: int
    """Runs that the figures are of."""
    last_rss_bytes: int | None
    max_rss_bytes: int | None
    p95_rss_bytes: int | None
    last_gpu_memory_bytes: int | None
    free_memory_bytes: int | None
    free_gpu_memory_bytes: int | None
    warning: str
    """One sentence if it may not fit; else empty."""


class AlertKind(str, Enum):
    """What an alert is about."""

    memory_high = "memory_high"
    memory_critical = "memory_critical"
    gpu_memory_full = "gpu_memory_full"
    idle_gpu = "idle_gpu"
    disk_filling = "disk_filling"
    gpu_hot = "gpu_hot"
    process_leak = "process_leak"
    cpu_throttled = "cpu_throttled"
    stale = "stale"


@dataclass(frozen=True, slots=True)
class Alert:
    """Something about the machine that a user should know now."""

    id: str
    """Of kind and subject: the same trouble has the same id."""
    kind: AlertKind
    subject: str
    """The id of a kernel or GPU, a path, or ``host``."""
    text: str
    """One sentence."""
    since: datetime
    is_critical: bool
    kernel_id: KernelId | None
    run_id: RunId | None
    snoozed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alerts:
    """The alerts that hold now."""

    items: list[Alert]


@dataclass(frozen=True, slots=True)
class AlertPatch:
    """What a user may do about an alert."""

    snooze_s: Annotated[float | None, Between(0, 7 * 86_400)] = None
    """For how long not to hear of it; 0 wakes it."""
    is_muted: bool | None = None
    """Never again for this kind and subject."""


@dataclass(frozen=True, slots=True)
class Price:
    """What an hour of something costs."""

    what: str
    """``host``, or a word of the GPU's name such as ``A100``."""
    per_hour: float
    currency: str
    basis: str = "estimate"
    """``list``, ``invoice`` or ``estimate``."""
    source: str = ""
    valid_from: str = ""
