"""NVIDIA GPUs by a fake driver: each way in which real ones misbehave."""

from __future__ import annotations

import pynvml
import pytest

from dsinfra_jlab.domain.samples import GpuHolding, GpuReading, GpuSample
from dsinfra_jlab.sensors import nvidia_words as words
from dsinfra_jlab.sensors.nvidia import NvidiaSensor
from dsinfra_jlab.sensors.nvidia_sleep import PciSleep
from dsinfra_jlab.services.monitor_ports import GpuSensor

from .fake_nvml import GIB, FakeDevice, FakeNvml, process


class Bench:
    """A sensor on a fake driver, with a clock that is moved by hand."""

    def __init__(self, *devices: FakeDevice, pci: str = "/nowhere") -> None:
        self.nvml = FakeNvml(*devices)
        self.now_s = 1000.0
        self.sensor = NvidiaSensor(lambda: self.nvml, sleep=PciSleep(pci), now_s=lambda: self.now_s)
        self.sensor.look_closely(True)

    def look(self, times: int = 1, step_s: float = 1.0) -> tuple[GpuReading, ...]:
        for _ in range(times):
            self.now_s += step_s
            self.sensor.look()
        return self.sensor.latest()

    def sample(self, number: int = 0) -> GpuSample:
        return self.sensor.latest()[number].sample


def test_it_is_the_sensor_that_the_monitor_asks_for() -> None:
    sensor: GpuSensor = NvidiaSensor(lambda: FakeNvml())
    assert sensor.latest() == ()
    assert sensor.absent() == words.NOT_YET


def test_a_healthy_device_is_read_whole_at_the_first_look() -> None:
    bench = Bench(FakeDevice(compute=[process(7, 2 * GIB)]))
    (reading,) = bench.look()
    assert reading.sample == GpuSample(
        uuid="GPU-00000000-0000-0000-0000-000000000000",
        index=0,
        name="NVIDIA A100-SXM4-80GB",
        parent_uuid=None,
        util_ratio=0.4,
        memory_used_bytes=10 * GIB,
        memory_total_bytes=80 * GIB,
        temperature_c=55.0,
        power_w=250.0,
        power_limit_w=400.0,
        energy_j=1000.0,
        owners=[],
        absent={},
        age_s=0.0,
    )
    assert reading.holdings == (GpuHolding(7, 2 * GIB, 0.0),)
    assert bench.sensor.absent() == ""


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (pynvml.NVML_ERROR_LIBRARY_NOT_FOUND, "No NVIDIA driver was found on this machine."),
        (pynvml.NVML_ERROR_DRIVER_NOT_LOADED, "no NVIDIA GPU can be reached"),
        (
            pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH,
            "The driver was updated while it was loaded; restart the machine.",
        ),
        (pynvml.NVML_ERROR_NO_PERMISSION, "may not ask the NVIDIA driver"),
        (pynvml.NVML_ERROR_UNKNOWN, "start the container again"),
        (pynvml.NVML_ERROR_INSUFFICIENT_RESOURCES, "could not be asked"),
    ],
)
def test_1_why_the_driver_does_not_begin_is_said_and_tried_again_slowly(
    code: int, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    bench = Bench(FakeDevice())
    bench.nvml.init_codes = [code]
    assert bench.look(300) == ()
    assert sentence in bench.sensor.absent()
    assert bench.nvml.calls["driver", "nvmlInit"] == 1
    bench.look(600)
    assert bench.nvml.calls["driver", "nvmlInit"] == 2
    assert len(caplog.records) == 1
    bench.nvml.init_codes = []
    assert len(bench.look(700)) == 1
    assert bench.sensor.absent() == ""


def test_1_without_the_binding_it_is_said_too() -> None:
    def missing() -> object:
        raise ImportError("pynvml")

    sensor = NvidiaSensor(missing, sleep=PciSleep("/nowhere"))
    sensor.look()
    assert sensor.absent() == words.NO_BINDING


def test_1_the_real_binding_without_a_driver() -> None:
    sensor = NvidiaSensor(sleep=PciSleep("/nowhere"))
    sensor.look()
    if sensor.latest():
        pytest.skip("this machine has an NVIDIA GPU")
    assert sensor.absent() == "No NVIDIA driver was found on this machine."


def test_2_a_driver_without_devices_is_no_error() -> None:
    bench = Bench()
    assert bench.look() == ()
    assert bench.sensor.absent() == words.NO_GPU
    assert bench.nvml.calls["driver", "nvmlShutdown"] == 1


@pytest.mark.parametrize(
    ("function", "name"),
    [
        ("nvmlDeviceGetUtilizationRates", "util_ratio"),
        ("nvmlDeviceGetPowerUsage", "power_w"),
        ("nvmlDeviceGetEnforcedPowerLimit", "power_limit_w"),
        ("nvmlDeviceGetTemperature", "temperature_c"),
        ("nvmlDeviceGetTotalEnergyConsumption", "energy_j"),
    ],
)
def test_3_what_a_device_does_not_support_is_unknown_and_not_asked_again(
    function: str, name: str
) -> None:
    device = FakeDevice(fails={function: pynvml.NVML_ERROR_NOT_SUPPORTED})
    bench = Bench(device)
    bench.look(500)
    assert getattr(bench.sample(), name) is None
    assert bench.sample().absent == {name: "This GPU does not report it."}
    assert bench.nvml.calls[device.uuid, function] == 1
    device.fails.clear()
    bench.look(200)
    assert getattr(bench.sample(), name) is not None
    assert bench.sample().absent == {}


def test_4_an_old_driver_is_asked_in_the_old_forms_after_one_try() -> None:
    device = FakeDevice(compute=[process(7)], graphics=[])
    device.fails = {"nvmlDeviceGetComputeRunningProcesses_v3": 25}
    bench = Bench(device)
    bench.nvml.missing = {
        "nvmlDeviceGetGraphicsRunningProcesses_v3",
        "nvmlDeviceGetGraphicsRunningProcesses_v2",
    }
    bench.look(100)
    (reading,) = bench.sensor.latest()
    assert [holding.pid for holding in reading.holdings or ()] == [7]
    count = {name: made for (_, name), made in bench.nvml.calls.items() if "Running" in name}
    assert count["nvmlDeviceGetComputeRunningProcesses_v3"] == 1
    assert count["nvmlDeviceGetComputeRunningProcesses_v2"] == 50
    assert count["nvmlDeviceGetGraphicsRunningProcesses_v3"] == 1
    assert count["nvmlDeviceGetGraphicsRunningProcesses_v2"] == 1
    assert count["nvmlDeviceGetGraphicsRunningProcesses"] == 50


def test_budget_of_calls() -> None:
    devices = [FakeDevice(uuid=f"GPU-{n}", bus=n, compute=[process(n)]) for n in range(1, 5)]
    bench = Bench(*devices)
    bench.look()
    for second in range(600):
        bench.nvml.forget_calls()
        bench.look()
        for device in devices:
            lists = sum(
                made
                for (uuid, name), made in bench.nvml.calls.items()
                if uuid == device.uuid and "RunningProcesses" in name
            )
            assert bench.nvml.count_of(device) - lists <= 4, second
            assert lists in (0, 2)
