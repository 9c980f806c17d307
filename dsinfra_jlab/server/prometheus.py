"""What the monitor reads, for Prometheus: with the server's own metrics, at its ``/metrics``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ..domain.resources.samples import GpuSample, HostSample, KernelSample, KernelState, Snapshot

if TYPE_CHECKING:
    from prometheus_client.core import Metric


@dataclass(frozen=True, slots=True)
class _Gauge:
    """One metric, and the field of a sample that it shows."""

    name: str
    text: str
    field: str


_HOST = (
    _Gauge("dsinfra_host_cpu_ratio", "CPU in use, as part of what may be used", "cpu_ratio"),
    _Gauge("dsinfra_host_cpus", "CPUs that may be used", "cpu_count"),
    _Gauge("dsinfra_host_cpu_throttled_ratio", "Part of time slices waited", "throttled_ratio"),
    _Gauge("dsinfra_host_memory_used_bytes", "Memory in use", "memory_used_bytes"),
    _Gauge("dsinfra_host_memory_limit_bytes", "Memory that may be used", "memory_limit_bytes"),
    _Gauge("dsinfra_host_swap_used_bytes", "Swap in use", "swap_used_bytes"),
    _Gauge("dsinfra_host_disk_used_bytes", "Disk of the root folder in use", "disk_used_bytes"),
    _Gauge("dsinfra_host_disk_total_bytes", "Disk of the root folder", "disk_total_bytes"),
)
_KERNEL = (
    _Gauge("dsinfra_kernel_cpu_ratio", "CPUs that a kernel uses", "cpu_ratio"),
    _Gauge("dsinfra_kernel_rss_bytes", "Resident memory of a kernel's processes", "rss_bytes"),
    _Gauge("dsinfra_kernel_gpu_memory_bytes", "GPU memory of a kernel", "gpu_memory_bytes"),
)
_GPU = (
    _Gauge("dsinfra_gpu_util_ratio", "Part of the time in which a GPU worked", "util_ratio"),
    _Gauge("dsinfra_gpu_memory_used_bytes", "Memory of a GPU in use", "memory_used_bytes"),
    _Gauge("dsinfra_gpu_memory_total_bytes", "Memory of a GPU", "memory_total_bytes"),
    _Gauge("dsinfra_gpu_temperature_celsius", "Temperature of a GPU", "temperature_c"),
    _Gauge("dsinfra_gpu_power_watts", "Power that a GPU takes", "power_w"),
)


class ResourceMetrics(Collector):
    """The last look as metrics; made when somebody asks, so that looking costs no more.

    A part of the server, which adds itself to Prometheus's registry while it is started.
    Kernels have their ids as labels. The paths of notebooks are added only if an operator
    wants them: whoever may scrape the server need not be allowed to read them.
    """

    def __init__(self, is_naming_notebooks: bool) -> None:
        self._is_naming_notebooks = is_naming_notebooks
        self._snapshot: Snapshot | None = None

    async def start(self) -> None:
        """Be asked with the server's own metrics."""
        REGISTRY.register(self)

    async def stop(self) -> None:
        """Be asked no more."""
        REGISTRY.unregister(self)

    def take(self, snapshot: Snapshot) -> None:
        """Remember one look at the machine."""
        self._snapshot = snapshot

    def describe(self) -> Iterable[Metric]:
        """Return nothing: what there is to tell is known with the first look."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of the last look; what could not be read is left out."""
        snapshot = self._snapshot
        if snapshot is None:
            return
        if snapshot.host is not None:
            yield from _family(_HOST, (), [((), snapshot.host)])
        names = ("kernel_id", "kernel_name", *(["notebook"] if self._is_naming_notebooks else []))
        kernels = [(self._labels(kernel), kernel) for kernel in snapshot.kernels]
        yield from _family(_KERNEL, names, kernels)
        gpus = [((gpu.uuid, str(gpu.index), gpu.name), gpu) for gpu in snapshot.gpus]
        yield from _family(_GPU, ("uuid", "index", "name"), gpus)
        yield _states(snapshot)

    def _labels(self, kernel: KernelSample) -> tuple[str, ...]:
        notebook = (kernel.notebook_path or "",) if self._is_naming_notebooks else ()
        return (kernel.kernel_id, kernel.kernel_name, *notebook)


def _family(
    gauges: Iterable[_Gauge],
    names: Iterable[str],
    samples: Sequence[tuple[tuple[str, ...], HostSample | KernelSample | GpuSample]],
) -> Iterator[Metric]:
    for gauge in gauges:
        family = GaugeMetricFamily(gauge.name, gauge.text, labels=list(names))
        for labels, sample in samples:
            value = getattr(sample, gauge.field)
            if value is not None:
                family.add_metric(list(labels), float(value))
        yield family


def _states(snapshot: Snapshot) -> Metric:
    family = GaugeMetricFamily("dsinfra_kernels", "Kernels by state", labels=["state"])
    for state in KernelState:
        count = sum(1 for kernel in snapshot.kernels if kernel.state is state)
        family.add_metric([state.value], count)
    return family
