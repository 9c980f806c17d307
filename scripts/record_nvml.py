"""Record what this machine's NVIDIA driver answers, for tests on machines without a GPU.

    python scripts/record_nvml.py cassette.json --machine "what it is" --looks 30

Every call that the sensor makes is written down with its answer or error and its duration.
Then each call of which we know or suspect what it costs is timed, those we do not make too.
Identifiers of devices and numbers of processes are replaced, so that a cassette says nothing
about whose machine it was. ``--fake`` records the driver of the tests, to try all this without.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pynvml

sys.path.insert(0, str(Path(__file__).parent.parent))

from dsinfra_jlab.sensors.nvidia import NvidiaSensor
from dsinfra_jlab.sensors.nvidia_sleep import PciSleep
from tests.sensors.fake_nvml import FakeDevice, FakeNvml
from tests.sensors.nvml_cassette import Recorder

TIMED: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("nvmlDeviceGetUtilizationRates", ()),
    ("nvmlDeviceGetMemoryInfo", ()),
    ("nvmlDeviceGetMemoryInfo", (pynvml.nvmlMemory_v2,)),
    ("nvmlDeviceGetPowerUsage", ()),
    ("nvmlDeviceGetTemperature", (pynvml.NVML_TEMPERATURE_GPU,)),
    ("nvmlDeviceGetTotalEnergyConsumption", ()),
    ("nvmlDeviceGetFieldValues", ([pynvml.NVML_FI_DEV_TOTAL_ENERGY_CONSUMPTION],)),
    ("nvmlDeviceGetEnforcedPowerLimit", ()),
    ("nvmlDeviceGetComputeRunningProcesses_v3", ()),
    ("nvmlDeviceGetGraphicsRunningProcesses_v3", ()),
    ("nvmlDeviceGetProcessUtilization", (0,)),
    ("nvmlDeviceGetMigMode", ()),
    ("nvmlDeviceGetPcieThroughput", (pynvml.NVML_PCIE_UTIL_TX_BYTES,)),
    ("nvmlDeviceGetSamples", (pynvml.NVML_TOTAL_POWER_SAMPLES, 0)),
    ("nvmlDeviceGetSamples", (pynvml.NVML_GPU_UTILIZATION_SAMPLES, 0)),
)


def timed(nvml: Any, times: int) -> Iterator[str]:
    """Time each call on each device, and yield a line for each."""
    begun_s = time.perf_counter()
    nvml.nvmlInit()
    yield f"nvmlInit {(time.perf_counter() - begun_s) * 1e3:.1f} ms"
    for index in range(nvml.nvmlDeviceGetCount()):
        handle = nvml.nvmlDeviceGetHandleByIndex(index)
        for name, arguments in TIMED:
            took_us, said = [], ""
            for _ in range(times):
                begun_s = time.perf_counter()
                try:
                    getattr(nvml, name)(handle, *arguments)
                except (pynvml.NVMLError, AttributeError) as error:
                    said = type(error).__name__
                took_us.append((time.perf_counter() - begun_s) * 1e6)
            took_us.sort()
            p50, p99 = took_us[times // 2], took_us[min(times - 1, times * 99 // 100)]
            title = f"GPU {index} {name}{arguments}"
            yield f"{title:70}{p50:10.0f} µs{p99:10.0f} µs{took_us[-1]:10.0f} µs  {said}"
    nvml.nvmlShutdown()


def main(words: Sequence[str] | None = None) -> None:
    """Look some times and write the cassette."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cassette", type=Path)
    parser.add_argument("--machine", required=True, help="what kind of machine this is")
    parser.add_argument("--looks", type=int, default=30)
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between looks")
    parser.add_argument("--times", type=int, default=200, help="how often each call is timed")
    parser.add_argument("--fake", action="store_true", help="record the driver of the tests")
    arguments = parser.parse_args(words)

    nvml: Any = FakeNvml(FakeDevice()) if arguments.fake else pynvml
    recorder = Recorder(nvml)
    sleep = PciSleep("/nowhere") if arguments.fake else None
    sensor = NvidiaSensor(lambda: recorder, sleep=sleep)
    sensor.look_closely(True)
    for _ in range(arguments.looks):
        sensor.look()
        time.sleep(arguments.pause)
    cassette = recorder.cassette(arguments.machine, is_real=not arguments.fake)
    arguments.cassette.write_text(json.dumps(cassette, indent=1) + "\n", encoding="utf-8")
    print(sensor.absent() or f"{len(sensor.latest())} GPUs")
    for row in sensor.call_table():
        p50, p95 = ((each or 0) * 1e6 for each in (row.p50_s, row.p95_s))
        print(f"{row.device:24}{row.call:44}{row.count:6}{p50:10.0f} µs{p95:10.0f} µs", end="")
        print(f"  {row.last_error}")
    if not sensor.absent():
        sensor.stop()
        print("\n".join(timed(nvml, max(1, arguments.times))))


if __name__ == "__main__":
    main()
