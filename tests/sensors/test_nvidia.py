"""NVIDIA GPUs by a fake driver: each way in which real ones misbehave."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pynvml
import pytest

from dsinfra_jlab.domain.resources import limits
from dsinfra_jlab.domain.resources.samples import GpuHolding, GpuReading, GpuSample, GpuSlowdown
from dsinfra_jlab.sensors import nvidia_words as words
from dsinfra_jlab.sensors.nvidia import NvidiaSensor
from dsinfra_jlab.sensors.nvidia_sleep import PciSleep
from dsinfra_jlab.services.monitor import EnergyMeter
from dsinfra_jlab.services.monitor_ports import GpuSensor

from .fake_nvml import ANY, GIB, FakeDevice, FakeNvml, process, use


def has_driver() -> bool:
    try:
        ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return False
    return True


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
        slowdown_c=92.0,
        slowed_by=[],
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


@pytest.mark.skipif(has_driver(), reason="this machine has NVIDIA's software")
def test_1_the_real_binding_without_a_driver() -> None:
    sensor = NvidiaSensor(lambda: pynvml, sleep=PciSleep("/nowhere"))
    sensor.look()
    assert sensor.absent() == "No NVIDIA driver was found on this machine."


def test_1_a_library_that_begins_and_then_fails_is_ended_again() -> None:
    device = FakeDevice()
    bench = Bench(device)
    bench.nvml.handle_codes = {0: pynvml.NVML_ERROR_UNINITIALIZED}
    bench.look(100)
    assert bench.sensor.absent() == words.SENSOR_ELSE
    assert bench.nvml.calls["driver", "nvmlInit"] == 1
    assert bench.nvml.calls["driver", "nvmlShutdown"] == 1


@pytest.mark.skipif(has_driver(), reason="this machine has NVIDIA's software")
def test_1_machines_without_a_driver_are_spared_the_binding() -> None:
    program = (
        "import sys\n"
        "from dsinfra_jlab.sensors.nvidia import NvidiaSensor\n"
        "sensor = NvidiaSensor()\n"
        "sensor.look()\n"
        "print('pynvml' in sys.modules, bool(sensor.latest()), sensor.absent())\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    ).stdout.split(None, 2)
    assert said == ["False", "False", "No NVIDIA driver was found on this machine.\n"]


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
        ("nvmlDeviceGetTemperatureThreshold", "slowdown_c"),
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
    bench.look(1200)
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


def test_4_memory_is_counted_as_the_driver_can() -> None:
    new = FakeDevice(uuid="GPU-new")
    old = FakeDevice(uuid="GPU-old", fails_once={"nvmlDeviceGetMemoryInfo": [13]})
    bench = Bench(new, old)
    bench.look(10)
    assert bench.sample(0).memory_used_bytes == 10 * GIB
    assert bench.sample(1).memory_used_bytes == 11 * GIB, "the old form counts what is reserved"
    assert bench.nvml.calls["GPU-old", "nvmlDeviceGetMemoryInfo"] == 11


def test_5_a_lost_device_is_left_alone_and_the_others_go_on() -> None:
    lost, live = FakeDevice(uuid="GPU-a"), FakeDevice(uuid="GPU-b")
    bench = Bench(lost, live)
    bench.look(3)
    lost.fails = {ANY: pynvml.NVML_ERROR_GPU_IS_LOST}
    bench.nvml.handle_codes = {0: pynvml.NVML_ERROR_GPU_IS_LOST}
    bench.nvml.forget_calls()
    bench.look(100)
    assert bench.sample(0).uuid == "GPU-a"
    assert bench.sample(0).name == "NVIDIA A100-SXM4-80GB"
    assert bench.sample(0).memory_used_bytes is None
    assert "lost this GPU" in bench.sample(0).absent["device"]
    assert bench.sensor.latest()[0].holdings is None
    assert bench.sample(1).util_ratio == 0.4
    assert bench.sample(1).age_s == 0
    assert bench.nvml.count_of(lost) == 1
    lost.fails = {}
    bench.look(600)
    assert "lost" in bench.sample(0).absent["device"], "its handle was not given"
    bench.nvml.handle_codes = {}
    bench.look(600)
    assert bench.sample(0).util_ratio == 0.4


def test_5_a_device_that_is_lost_from_the_start_is_shown_without_a_name() -> None:
    bench = Bench(FakeDevice(uuid="GPU-a"), FakeDevice(uuid="GPU-b"))
    bench.nvml.handle_codes = {0: pynvml.NVML_ERROR_RESET_REQUIRED}
    first, second = bench.look()
    assert (first.sample.uuid, first.sample.index) == ("index:0", 0)
    assert "has to be reset" in first.sample.absent["device"]
    assert second.sample.uuid == "GPU-b"
    bench.nvml.handle_codes = {}
    assert {each.sample.uuid for each in bench.look(601)} == {"GPU-a", "GPU-b"}


def test_5_a_timeout_costs_one_reading_and_three_of_them_ten_minutes() -> None:
    device = FakeDevice(fails_once={"nvmlDeviceGetPowerUsage": [pynvml.NVML_ERROR_TIMEOUT]})
    bench = Bench(device)
    bench.look()
    assert bench.sample().power_w is None
    assert bench.sample().absent == {"power_w": words.CALL_ELSE}
    bench.look()
    assert bench.sample().power_w == 250
    device.fails = {"nvmlDeviceGetPowerUsage": pynvml.NVML_ERROR_TIMEOUT}
    bench.nvml.forget_calls()
    bench.look(300)
    assert bench.nvml.calls[device.uuid, "nvmlDeviceGetPowerUsage"] == 3


def test_5_the_library_that_others_ended_is_begun_anew_within_the_same_look() -> None:
    bench = Bench(FakeDevice())
    bench.look(3)
    bench.nvml.shut_down_by_others()
    bench.look()
    assert bench.sample().util_ratio == 0.4
    assert bench.sample().age_s == 0
    assert bench.nvml.calls["driver", "nvmlInit"] == 2


def test_5_a_driver_that_is_unloaded_takes_its_numbers_with_it() -> None:
    device = FakeDevice()
    bench = Bench(device)
    bench.look(3)
    device.fails = {ANY: pynvml.NVML_ERROR_DRIVER_NOT_LOADED}
    bench.nvml.init_codes = [pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH]
    (reading,) = bench.look(30)
    assert "restart the machine" in bench.sensor.absent()
    assert reading.sample.uuid == device.uuid
    assert reading.sample.util_ratio is None
    assert "restart the machine" in reading.sample.absent["device"]
    assert bench.nvml.calls["driver", "nvmlInit"] == 2


def test_5_a_library_that_is_never_open_is_not_begun_for_ever() -> None:
    device = FakeDevice()
    bench = Bench(device)
    bench.look()
    device.fails = {ANY: pynvml.NVML_ERROR_UNINITIALIZED}
    bench.look(300)
    assert bench.nvml.calls["driver", "nvmlInit"] == 2
    assert bench.sensor.absent() == words.SENSOR_ELSE


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_5_a_fork_gets_a_thread_and_a_library_of_its_own() -> None:
    nvml = FakeNvml(FakeDevice())
    sensor = NvidiaSensor(lambda: nvml, sleep=PciSleep("/nowhere"))
    sensor.start()
    try:
        wait_for(lambda: bool(sensor.latest()))
        child = os.fork()
        if child == 0:
            nvml.shut_down_by_others()
            sensor.latest()
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline and not sensor.latest():
                time.sleep(0.01)
            found = sensor.latest()
            is_read = bool(found) and found[0].sample.util_ratio == 0.4
            os._exit(0 if is_read and nvml.calls["driver", "nvmlInit"] == 2 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        sensor.stop()


def test_6_a_call_that_hangs_leaves_the_last_readings_with_their_age(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "GPU_HANG_S", 0.3)
    monkeypatch.setattr(limits, "SAMPLE_INTERVAL_S", 0.05)
    first, second = FakeDevice(uuid="GPU-a"), FakeDevice(uuid="GPU-b")
    nvml = FakeNvml(first, second)
    sensor = NvidiaSensor(lambda: nvml, sleep=PciSleep("/nowhere"))
    sensor.look_closely(True)
    sensor.start()
    try:
        wait_for(lambda: len(sensor.latest()) == 2)
        assert sensor.absent() == ""
        nvml.hangs_in = "nvmlDeviceGetPowerUsage"
        assert nvml.hung.wait(10)
        wait_for(lambda: sensor.absent() == words.HANGS)
        begun_s = time.monotonic()
        ages = [reading.sample.age_s for reading in sensor.latest()]
        assert time.monotonic() - begun_s < 0.1
        time.sleep(0.2)
        later = sensor.latest()
        assert [reading.sample.util_ratio for reading in later] == [0.4, 0.4]
        for before, reading in zip(ages, later, strict=True):
            assert reading.sample.age_s >= before + 0.19
        nvml.hangs_in = ""
        nvml.release.set()
        wait_for(lambda: sensor.absent() == "" and sensor.latest()[1].sample.age_s < 0.2)
    finally:
        nvml.release.set()
        sensor.stop()


def test_6_to_stop_does_not_wait_for_a_driver_that_hangs() -> None:
    nvml = FakeNvml(FakeDevice())
    nvml.hangs_in = "nvmlInit"
    sensor = NvidiaSensor(lambda: nvml, sleep=PciSleep("/nowhere"))
    begun_s = time.monotonic()
    sensor.start()
    assert nvml.hung.wait(10)
    sensor.stop()
    assert time.monotonic() - begun_s < 5
    assert sensor.latest() == ()
    # A new start is not disturbed by the thread that comes back from the old one.
    nvml.hangs_in = ""
    sensor.start()
    wait_for(lambda: bool(sensor.latest()))
    nvml.release.set()
    sensor.stop()


def test_7_lists_of_processes_are_taken_as_far_as_they_make_sense() -> None:
    device = FakeDevice(
        compute=[
            process(11, 3 * GIB),
            process(12, None),
            process(0, GIB),
            process(4294967295, 2 * GIB),
            process(13, 2**63),
            process(14, 90 * GIB),
        ],
        graphics=[process(11, 3 * GIB), process(12, GIB)],
    )
    bench = Bench(device)
    (reading,) = bench.look()
    assert reading.holdings is not None
    found = [(holding.pid, holding.memory_bytes) for holding in reading.holdings]
    assert found == [
        (11, 3 * GIB),
        (12, GIB),
        (13, None),
        (14, None),
        (0, GIB),
        (0, 2 * GIB),
    ]


def test_7_no_processes_and_no_knowledge_are_two_things() -> None:
    bench = Bench(FakeDevice())
    assert bench.look()[0].holdings == ()
    barred = FakeDevice(
        fails={
            "nvmlDeviceGetComputeRunningProcesses_v3": pynvml.NVML_ERROR_NO_PERMISSION,
            "nvmlDeviceGetGraphicsRunningProcesses_v3": pynvml.NVML_ERROR_NOT_SUPPORTED,
        }
    )
    bench = Bench(barred)
    (reading,) = bench.look()
    assert reading.holdings is None
    assert "may not read" in reading.sample.absent["owners"]
    half = FakeDevice(
        compute=[process(7)],
        fails={"nvmlDeviceGetGraphicsRunningProcesses_v3": pynvml.NVML_ERROR_NOT_SUPPORTED},
    )
    assert [each.pid for each in Bench(half).look()[0].holdings or ()] == [7]


def test_7_a_list_that_grows_between_its_two_calls_is_read_the_next_time() -> None:
    name = "nvmlDeviceGetComputeRunningProcesses_v3"
    device = FakeDevice(
        compute=[process(7)], fails_once={name: [pynvml.NVML_ERROR_INSUFFICIENT_SIZE]}
    )
    bench = Bench(device)
    bench.look(3)
    assert [each.pid for each in bench.sensor.latest()[0].holdings or ()] == [7]


@pytest.mark.parametrize(
    ("uses", "expected"),
    [
        ([use(7, 2_000_000, 30), use(7, 3_000_000, 50), use(8, 2_500_000, 20)], [0.5, 0.2]),
        ([use(7, 3_000_000, 50), use(7, 2_000_000, 30)], [0.5, 0.0]),
        ([use(7, 60_000_000, 10), use(8, 2_000_000, 90)], [0.1, 0.0]),
        ([use(7, 3_000_000, 4294967295)], [None, 0.0]),
        ([], [0.0, 0.0]),
        (pynvml.NVML_SUCCESS, [0.0, 0.0]),
        (pynvml.NVML_ERROR_NOT_SUPPORTED, [None, None]),
        (pynvml.NVML_ERROR_INSUFFICIENT_SIZE, [None, None]),
    ],
)
def test_8_the_use_by_process(uses: list[object] | int, expected: list[float | None]) -> None:
    bench = Bench(FakeDevice(compute=[process(7), process(8)], uses=uses))
    (reading,) = bench.look()
    assert [holding.util_ratio for holding in reading.holdings or ()] == expected


def test_8_samples_are_asked_for_from_where_the_last_ended() -> None:
    device = FakeDevice(compute=[process(7)], uses=[use(7, 5_000_000, 60)])
    bench = Bench(device)
    bench.look()
    bench.look(10)
    holdings = bench.sensor.latest()[0].holdings or ()
    assert [each.util_ratio for each in holdings] == [0.0], "it did nothing since"
    assert not [row for row in bench.sensor.call_table() if row.is_dropped]


def test_9_what_the_binding_raises_cannot_be_hashed_and_need_not() -> None:
    raised = pynvml.NVMLError(pynvml.NVML_ERROR_TIMEOUT)
    with pytest.raises(TypeError):
        hash(raised)
    with pytest.raises(AttributeError):
        _ = raised == "anything else"
    device = FakeDevice(fails={ANY: pynvml.NVML_ERROR_TIMEOUT})
    bench = Bench(device)
    (reading,) = bench.look(5)
    assert reading.sample.util_ratio is None


def test_10_a_divided_device_is_shown_with_its_instances() -> None:
    whole = FakeDevice(uuid="GPU-a", compute=[process(7)])
    one = whole.make_instance(0, compute=[process(7, GIB)])
    whole.instances.append(None)
    two = whole.make_instance(2, used=2 * GIB)
    bench = Bench(whole)
    parent, first, second = bench.look()
    assert parent.sample.util_ratio is None
    assert parent.sample.power_w == 250
    assert parent.holdings == ()
    assert parent.sample.absent["owners"] == words.WITH_INSTANCES
    assert (first.sample.uuid, first.sample.index) == (one.uuid, 0)
    assert (second.sample.uuid, second.sample.index) == (two.uuid, 2)
    assert first.sample.parent_uuid == second.sample.parent_uuid == "GPU-a"
    assert first.sample.memory_used_bytes == GIB
    assert first.sample.memory_total_bytes == 10 * GIB
    assert first.sample.power_w is None
    assert first.sample.absent["power_w"] == words.ONLY_WHOLE
    assert [each.pid for each in first.holdings or ()] == [7]
    assert bench.nvml.calls[one.uuid, "nvmlDeviceGetPowerUsage"] == 0


def test_10_instances_come_and_go_while_others_are_read() -> None:
    whole = FakeDevice(uuid="GPU-a")
    one, two = whole.make_instance(0), whole.make_instance(1)
    bench = Bench(whole)
    bench.look(5)
    # Removed: its handle means nothing any more.
    whole.instances[0] = None
    one.fails[ANY] = pynvml.NVML_ERROR_INVALID_ARGUMENT
    bench.look(2)
    assert [each.sample.uuid for each in bench.sensor.latest()] == ["GPU-a", two.uuid]
    three = FakeDevice(uuid="MIG-new", total=10 * GIB, mig_index=0)
    whole.instances[0] = three
    bench.look(31)
    assert {each.sample.uuid for each in bench.sensor.latest()} == {"GPU-a", "MIG-new", two.uuid}
    # Undivided again: the whole device reports its use and its processes itself.
    whole.instances.clear()
    whole.is_mig = False
    whole.compute = [process(9)]
    del whole.fails["nvmlDeviceGetUtilizationRates"]
    bench.look(31)
    (reading,) = bench.sensor.latest()
    assert reading.sample.util_ratio == 0.4
    assert [each.pid for each in reading.holdings or ()] == [9]
    assert reading.sample.absent == {}
    assert not [row for row in bench.sensor.call_table() if row.device == "GPU no longer there"]


def test_10_calls_of_divided_devices_stay_few() -> None:
    whole = FakeDevice(uuid="GPU-a")
    parts = [whole.make_instance(number) for number in range(7)]
    bench = Bench(whole)
    bench.look()
    bench.nvml.forget_calls()
    bench.look(60)
    # One reading a second, two lists each two seconds; twice its handle, uuid and name.
    for part in parts:
        assert bench.nvml.count_of(part) <= 60 + 2 * 30 + 2 * 3
    assert bench.nvml.calls["GPU-a", "nvmlDeviceGetMigMode"] == 2


def test_11_devices_keep_their_keys_in_whatever_order_and_form_they_come() -> None:
    one = FakeDevice(uuid="GPU-a", name=b"Tesla \xff")
    two = FakeDevice(uuid="GPU-b")
    hidden = FakeDevice(uuid="GPU-c")
    bench = Bench(two, hidden, one)
    bench.nvml.handle_codes = {1: pynvml.NVML_ERROR_NO_PERMISSION}
    found = {each.sample.uuid: each.sample for each in bench.look()}
    assert set(found) == {"GPU-a", "GPU-b"}
    assert found["GPU-a"].index == 2
    assert found["GPU-a"].name == "Tesla \ufffd"
    assert bench.sensor.absent() == ""


def test_11_a_server_that_was_given_none_of_the_devices_is_told_so() -> None:
    bench = Bench(FakeDevice())
    bench.nvml.handle_codes = {0: pynvml.NVML_ERROR_NO_PERMISSION}
    assert bench.look() == ()
    assert "may not ask" in bench.sensor.absent()


@pytest.mark.parametrize(
    "answers", [{"total": 0, "used": 0}, {"fails": {"nvmlDeviceGetMemoryInfo": 3}}]
)
def test_12_a_gpu_that_shares_the_machines_memory(answers: dict[str, object]) -> None:
    device = FakeDevice(name="NVIDIA GB10", compute=[process(7, 5 * GIB)], **answers)  # type: ignore[arg-type]
    bench = Bench(device)
    (reading,) = bench.look()
    assert reading.sample.memory_used_bytes is None
    assert reading.sample.memory_total_bytes is None
    assert reading.sample.absent["memory_total_bytes"] == words.UNIFIED
    assert reading.holdings == (GpuHolding(7, 5 * GIB, 0.0),)


@pytest.mark.parametrize("value", [2**32 - 1, 2**31 - 1, 2**31 - 16])
def test_13_what_stands_for_no_value_is_never_a_value(value: int) -> None:
    device = FakeDevice(
        power_mw=value,
        power_limit_mw=value,
        temperature=value,
        util=value,
        energy_mj=2**64 - 1,
        used=9223372036854775794,
        total=9223372036854775794,
    )
    bench = Bench(device)
    bench.look()
    sample = bench.sample()
    for name in (
        "util_ratio",
        "memory_used_bytes",
        "memory_total_bytes",
        "temperature_c",
        "power_w",
        "power_limit_w",
        "energy_j",
    ):
        assert getattr(sample, name) is None, name
        assert sample.absent[name] == words.NONSENSE, name


@pytest.mark.parametrize(
    ("fields", "energy_j"),
    [
        ({83: (0, pynvml.NVML_VALUE_TYPE_UNSIGNED_LONG_LONG, 5_000)}, 5.0),
        ({83: (0, pynvml.NVML_VALUE_TYPE_UNSIGNED_LONG_LONG, 9223372036854775794)}, None),
        ({83: (pynvml.NVML_ERROR_UNKNOWN, 3, 5_000)}, None),
        ({83: (0, 99, 5_000)}, None),
        ({}, None),
    ],
)
def test_13_fields_have_codes_and_types_of_their_own(
    fields: dict[int, tuple[int, int, int]], energy_j: float | None
) -> None:
    device = FakeDevice(
        fields=fields,
        fails={"nvmlDeviceGetTotalEnergyConsumption": pynvml.NVML_ERROR_NOT_SUPPORTED},
    )
    bench = Bench(device)
    bench.look(30)
    assert bench.sample().energy_j == energy_j
    if not fields:
        assert bench.nvml.calls[device.uuid, "nvmlDeviceGetFieldValues"] == 1


def test_13_a_slowdown_temperature_of_nothing_warns_nobody() -> None:
    bench = Bench(FakeDevice(slowdown=0))
    bench.look()
    assert bench.sample().slowdown_c is None
    assert bench.sample().absent == {"slowdown_c": words.NONSENSE}


def test_14_a_counter_of_energy_that_begins_anew_costs_nobody_anything() -> None:
    device = FakeDevice(energy_mj=5_000_000)
    bench = Bench(device)
    meter = EnergyMeter()
    counted = []
    for energy_mj in (5_000_000, 5_002_000, 10, 3_010):
        device.energy_mj = energy_mj
        bench.look(4)
        counted.append(bench.sample().energy_j)
        assert meter.since([bench.sample()]) == {}
    assert counted == [5000.0, 5002.0, 0.01, 3.01]


def test_15_power_above_its_limit_and_use_without_power_are_shown_as_they_are() -> None:
    device = FakeDevice(power_mw=520_000, power_limit_mw=400_000, util=100)
    bench = Bench(device)
    bench.look()
    assert bench.sample().power_w == 520
    assert bench.sample().util_ratio == 1
    device.power_mw = 40_000
    bench.look()
    assert (bench.sample().power_w, bench.sample().util_ratio) == (40, 1)


def test_17_how_long_calls_take_is_in_the_table() -> None:
    device = FakeDevice(fails={"nvmlDeviceGetPowerUsage": pynvml.NVML_ERROR_NOT_SUPPORTED})
    bench = Bench(device)
    bench.nvml.latency_s = {"nvmlInit": 0.03, "nvmlDeviceGetComputeRunningProcesses_v3": 0.01}
    bench.look(4)
    rows = {(row.device, row.call): row for row in bench.sensor.call_table()}
    assert (rows["driver", "nvmlInit"].max_s or 0) >= 0.03
    lists = rows["GPU 0", "nvmlDeviceGetComputeRunningProcesses_v3"]
    assert lists.count == 2
    assert 0.01 <= (lists.p50_s or 0) < 0.2
    power = rows["GPU 0", "nvmlDeviceGetPowerUsage"]
    assert power.last_error == "NVMLError_NotSupported"
    assert power.is_dropped
    assert not [row for row in rows.values() if device.uuid in repr(row)]
    assert (bench.sensor.tick_p95_s() or 1) < 0.1


def test_17_the_table_is_read_while_the_sensor_goes_on() -> None:
    nvml = FakeNvml(*(FakeDevice(uuid=f"GPU-{n}", bus=n) for n in range(8)))
    sensor = NvidiaSensor(lambda: nvml, sleep=PciSleep("/nowhere"))
    sensor.start()
    try:
        wait_for(lambda: len(sensor.latest()) == 8 and len(sensor.call_table()) > 50)
    finally:
        sensor.stop()


# How often


def test_the_rate_is_set_by_who_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SAMPLE_INTERVAL_S", 0.05)
    monkeypatch.setattr(limits, "SAMPLE_IDLE_INTERVAL_S", 0.6)
    device = FakeDevice()
    nvml = FakeNvml(device)
    sensor = NvidiaSensor(lambda: nvml, sleep=PciSleep("/nowhere"))

    def looks() -> int:
        return nvml.calls[device.uuid, "nvmlDeviceGetPowerUsage"]

    sensor.start()
    try:
        wait_for(lambda: looks() == 1)
        time.sleep(0.3)
        assert looks() == 1
        sensor.look_closely(True)
        time.sleep(1.1)
        assert 4 <= looks() <= 8, "each 0.2 s is the most"
    finally:
        sensor.stop()
    wait_for(lambda: nvml.calls["driver", "nvmlShutdown"] == 1)


# GPUs that sleep


class Pci:
    """Files of PCI devices as Linux has them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, bus: int, status: str, control: str = "auto", vendor: str = "0x10de") -> None:
        place = self.folder / f"0000:{bus:02x}:00.0"
        (place / "power").mkdir(parents=True, exist_ok=True)
        (place / "vendor").write_text(vendor + "\n")
        (place / "class").write_text("0x030200\n")
        (place / "power" / "runtime_status").write_text(status + "\n")
        (place / "power" / "control").write_text(control + "\n")


def test_a_sleeping_gpu_is_not_woken_even_to_begin(tmp_path: Path) -> None:
    pci = Pci(tmp_path)
    pci.add(1, "suspended")
    pci.add(2, "active", vendor="0x8086")
    bench = Bench(FakeDevice(bus=1), pci=str(tmp_path))
    assert bench.look(100) == ()
    assert bench.sensor.absent() == words.ALL_ASLEEP
    assert not bench.nvml.calls
    pci.add(1, "active")
    assert bench.look()[0].sample.util_ratio == 0.4
    assert bench.sensor.absent() == ""
    pci.add(1, "suspended")
    (reading,) = bench.look()
    assert reading.sample.util_ratio is None
    assert reading.sample.absent == {"device": words.ASLEEP}
    assert bench.nvml.calls["driver", "nvmlShutdown"] == 1


def test_one_of_two_gpus_sleeps_on(tmp_path: Path) -> None:
    pci = Pci(tmp_path)
    pci.add(1, "active", control="on")
    pci.add(2, "active")
    small, big = FakeDevice(uuid="GPU-a", bus=1), FakeDevice(uuid="GPU-b", bus=2)
    bench = Bench(small, big, pci=str(tmp_path))
    bench.look()
    pci.add(2, "suspended")
    bench.nvml.forget_calls()
    bench.look(100)
    assert bench.nvml.count_of(big) == 0
    assert bench.sample(1).absent == {"device": words.ASLEEP}
    assert bench.sample(0).util_ratio == 0.4


def test_a_gpu_on_which_nothing_runs_is_left_alone_to_fall_asleep(tmp_path: Path) -> None:
    pci = Pci(tmp_path)
    pci.add(1, "active")
    device = FakeDevice(bus=1, util=0)
    bench = Bench(device, pci=str(tmp_path))
    bench.look(100)
    assert bench.sensor.absent() == "", "somebody looks"
    bench.sensor.look_closely(False)
    bench.look(5, step_s=10)
    assert bench.sensor.absent() == words.RESTS
    bench.nvml.forget_calls()
    bench.look(4, step_s=10)
    assert not bench.nvml.calls
    bench.look(6, step_s=10)
    assert bench.nvml.calls["driver", "nvmlInit"] == 1, "a look a minute"
    bench.sensor.look_closely(True)
    assert bench.look()[0].sample.util_ratio == 0
    bench.sensor.look_closely(False)
    device.compute = [process(7)]
    bench.look(20, step_s=10)
    assert bench.sensor.absent() == "", "a process holds memory of it"


def test_what_is_ours_to_get_wrong_costs_readings_only() -> None:
    class Broken(FakeNvml):
        def nvmlDeviceGetCount(self) -> int:
            return "many"  # type: ignore[return-value]

    sensor = NvidiaSensor(lambda: Broken(FakeDevice()), sleep=PciSleep("/nowhere"))
    sensor.look()
    assert sensor.absent() == words.NO_GPU
    device = FakeDevice()
    device.compute = [object()]
    bench = Bench(device)
    (reading,) = bench.look()
    assert reading.holdings == (GpuHolding(0, None),)


def wait_for(condition: Callable[[], bool], for_s: float = 10.0) -> None:
    deadline = time.monotonic() + for_s
    while not condition():
        assert time.monotonic() < deadline, threading.enumerate()
        time.sleep(0.01)


# What it costs where there is nothing to read


def test_a_driver_that_is_not_there_is_not_asked_for_until_it_is_tried_again() -> None:
    bench = Bench(FakeDevice())
    bench.nvml.init_codes = [pynvml.NVML_ERROR_DRIVER_NOT_LOADED]
    bench.look()
    looks = bench.sensor._looks
    assert looks.is_close and looks.is_waiting()
    assert looks.pace_s() == limits.GPU_RETRY_S, "the thread woke each second to find it so"
    bench.now_s += limits.GPU_RETRY_S
    assert not looks.is_waiting()
    assert looks.pace_s() == limits.SAMPLE_INTERVAL_S


def test_its_thread_sleeps_while_nobody_needs_gpus_and_is_there_when_somebody_does() -> None:
    nvml = FakeNvml(FakeDevice())
    sensor = NvidiaSensor(lambda: nvml, sleep=PciSleep("/nowhere"))
    sensor.look_closely(True)
    sensor.start()
    _wait_for(lambda: bool(sensor.latest()))
    sensor.pause(True)
    _wait_for(lambda: nvml.calls["driver", "nvmlShutdown"] == 1)
    _wait_for(lambda: sensor.latest() == ())
    assert sensor.absent() == words.NOT_YET, "old readings would be told as a driver that hangs"
    nvml.forget_calls()
    time.sleep(2 * limits.SAMPLE_INTERVAL_S)
    assert not nvml.calls, "no kernels, and nobody looks on: the driver is left alone"
    sensor.pause(False)
    _wait_for(lambda: bool(sensor.latest()) and sensor.absent() == "")
    assert nvml.calls["driver", "nvmlInit"] == 1
    sensor.stop()


def _wait_for(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


# What slows it down


@pytest.mark.parametrize(
    ("bits", "why"),
    [
        (0x0, []),
        (0x1 | 0x2 | 0x100, []),  # idle, and clocks that somebody set
        (0x4, [GpuSlowdown.power_cap]),
        (0x8 | 0x40, [GpuSlowdown.overheated]),
        (0x8 | 0x80, [GpuSlowdown.power_brake]),
        (0x8, [GpuSlowdown.hardware]),
        (0x4 | 0x20, [GpuSlowdown.hot, GpuSlowdown.power_cap]),
        (0x10, [GpuSlowdown.sync_boost]),
        (0xFFFFFFFFFFFFFFFF, None),
        (-1, None),
    ],
)
def test_what_slows_a_gpu_down_is_read(bits: int, why: list[GpuSlowdown] | None) -> None:
    bench = Bench(FakeDevice(slowed_by=bits))
    bench.look(10)
    assert bench.sample().slowed_by == why
    assert ("slowed_by" in bench.sample().absent) == (why is None)


def test_an_older_driver_is_asked_for_what_slows_it_down_by_the_older_name() -> None:
    device = FakeDevice(slowed_by=0x20)
    bench = Bench(device)
    bench.nvml.missing.add("nvmlDeviceGetCurrentClocksEventReasons")
    bench.look(60)
    assert bench.sample().slowed_by == [GpuSlowdown.hot]
    assert bench.nvml.calls[device.uuid, "nvmlDeviceGetCurrentClocksEventReasons"] == 1
    bench.nvml.missing.add("nvmlDeviceGetCurrentClocksThrottleReasons")
    bench.look(10)
    assert bench.sample().slowed_by is None
    assert bench.sample().absent["slowed_by"] == "This driver does not report it."


def test_what_slows_down_an_instance_is_told_by_the_whole_gpu_only() -> None:
    device = FakeDevice(slowed_by=0x20)
    device.make_instance(0)
    bench = Bench(device)
    bench.look()
    whole, part = (reading.sample for reading in bench.sensor.latest())
    assert whole.slowed_by == [GpuSlowdown.hot]
    assert part.slowed_by is None and part.absent["slowed_by"] == words.ONLY_WHOLE
