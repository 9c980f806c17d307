"""Whatever a driver answers, in whatever order: what is not known has a reason and no number."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pynvml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dsinfra_jlab.domain.resources.samples import GpuReading
from dsinfra_jlab.sensors import nvidia_values as values
from dsinfra_jlab.sensors.nvidia import NvidiaSensor
from dsinfra_jlab.sensors.nvidia_sleep import PciSleep

from .fake_nvml import ANY, FakeDevice, FakeNvml, process

READINGS = (
    "util_ratio",
    "memory_used_bytes",
    "memory_total_bytes",
    "temperature_c",
    "power_w",
    "power_limit_w",
    "energy_j",
    "slowdown_c",
)
FUNCTIONS = (
    ANY,
    "nvmlDeviceGetUUID",
    "nvmlDeviceGetName",
    "nvmlDeviceGetPciInfo",
    "nvmlDeviceGetMinorNumber",
    "nvmlDeviceGetUtilizationRates",
    "nvmlDeviceGetMemoryInfo",
    "nvmlDeviceGetPowerUsage",
    "nvmlDeviceGetEnforcedPowerLimit",
    "nvmlDeviceGetTemperature",
    "nvmlDeviceGetTotalEnergyConsumption",
    "nvmlDeviceGetTemperatureThreshold",
    "nvmlDeviceGetFieldValues",
    "nvmlDeviceGetMigMode",
    "nvmlDeviceGetMaxMigDeviceCount",
    "nvmlDeviceGetMigDeviceHandleByIndex",
    "nvmlDeviceGetProcessUtilization",
    "nvmlDeviceGetComputeRunningProcesses_v3",
    "nvmlDeviceGetComputeRunningProcesses_v2",
    "nvmlDeviceGetComputeRunningProcesses",
    "nvmlDeviceGetGraphicsRunningProcesses_v3",
)
CODES = [*range(1, 31), 999]
codes = st.sampled_from(CODES)
failures = st.dictionaries(st.sampled_from(FUNCTIONS), codes, max_size=4)
nonsense = st.one_of(
    st.floats(), st.text(max_size=3), st.binary(max_size=3), st.none(), st.booleans(), st.just([])
)
"""What no driver should answer, and a binding of another version may."""
numbers = st.one_of(
    st.integers(-(2**70), 2**70),
    st.integers(-1, 2**64 - 1),
    st.sampled_from([0, 2**32 - 1, 2**63 - 14, 2**64 - 1]),
    nonsense,
)
pids = st.one_of(st.integers(0, 2**32 - 1), nonsense)


@st.composite
def devices(draw: st.DrawFn) -> FakeDevice:
    return FakeDevice(
        util=draw(numbers),
        total=draw(st.integers(0, 2**64 - 1)),
        used=draw(st.integers(0, 2**64 - 1)),
        power_mw=draw(numbers),
        power_limit_mw=draw(numbers),
        temperature=draw(numbers),
        energy_mj=draw(numbers),
        compute=draw(st.lists(st.builds(process, pids, st.one_of(numbers, st.none())), max_size=3)),
        graphics=draw(st.lists(st.builds(process, pids, numbers), max_size=3)),
        uses=draw(
            st.one_of(
                codes,
                st.lists(
                    st.builds(
                        SimpleNamespace,
                        pid=pids,
                        timeStamp=numbers,
                        smUtil=numbers,
                    ),
                    max_size=3,
                ),
            )
        ),
        is_mig=draw(st.booleans()),
        fails=draw(failures),
    )


events = st.lists(
    st.tuples(
        st.sampled_from([0.5, 1.0, 10.0, 31.0, 601.0]),
        st.integers(0, 2),
        failures,
        st.one_of(st.none(), codes),
        st.one_of(st.none(), codes),
        st.booleans(),
    ),
    max_size=12,
)


def well_formed(reading: GpuReading) -> bool:
    of = reading.sample
    if "device" in of.absent:
        return reading.holdings is None and all(getattr(of, name) is None for name in READINGS)
    for name in READINGS:
        value = getattr(of, name)
        if (value is None) == (name not in of.absent):
            return False
        if value is not None and not (type(value) in (int, float) and math.isfinite(value)):
            return False
        if value is not None and not name.endswith("_c") and value < 0:
            return False
    if of.util_ratio is not None and of.util_ratio > 1:
        return False
    if of.memory_used_bytes is not None and of.memory_used_bytes > (of.memory_total_bytes or 0):
        return False
    if reading.holdings is None:
        return "owners" in of.absent
    named = [holding.pid for holding in reading.holdings if holding.pid]
    return len(named) == len(set(named)) and all(
        (each.memory_bytes is None or each.memory_bytes >= 0)
        and (each.util_ratio is None or 0 <= each.util_ratio <= 1)
        for each in reading.holdings
    )


@settings(deadline=None)
@given(st.lists(devices(), min_size=1, max_size=3), events)
def test_whatever_happens_readings_are_right_or_missing_with_a_reason(
    found: list[FakeDevice], happening: list[Any]
) -> None:
    for number, device in enumerate(found):
        device.uuid = f"GPU-{number}"
        if device.is_mig:
            device.make_instance(0)
    nvml = FakeNvml(*found)
    now_s = 0.0
    sensor = NvidiaSensor(lambda: nvml, sleep=PciSleep("/nowhere"), now_s=lambda: now_s)
    for step_s, number, fails, init, handle, is_shut in happening:
        now_s += step_s
        sensor.look()
        assert "(" not in sensor.absent(), "a mistake of ours"
        readings = sensor.latest()
        assert readings or sensor.absent()
        for reading in readings:
            assert well_formed(reading), reading
            assert reading.sample.age_s >= 0
        keys = [reading.sample.uuid for reading in readings]
        assert len(keys) == len(set(keys))
        # What happens until the next look.
        if number < len(found):
            found[number].fails = fails
            nvml.handle_codes = {} if handle is None else {number: handle}
        nvml.init_codes = [] if init is None else [init]
        if is_shut:
            nvml.shut_down_by_others()
    assert all(row.max_s is not None for row in sensor.call_table())


@given(numbers, numbers)
@example(0.5, 0)
@example(float("inf"), float("nan"))
def test_a_number_that_cannot_be_true_is_none(first: Any, second: Any) -> None:
    read = (
        values.number,
        values.ratio_of_percent,
        values.temperature_c,
        values.threshold_c,
        values.watts,
        values.joules,
    )
    used, total = values.memory(SimpleNamespace(total=first, used=second))
    for value in (*(each(first) for each in read), total, used):
        assert value is None or (type(value) in (int, float) and math.isfinite(value))
    assert used is None or (total is not None and 0 <= used <= total)
    assert total is None or total > 0
    entry = SimpleNamespace(pid=first, usedGpuMemory=second)
    for holding in values.holdings([[entry, entry]], None, None):
        assert holding.pid >= 0
        assert holding.memory_bytes is None or holding.memory_bytes >= 0
    values.slowdowns(first)
    values.field_value(
        SimpleNamespace(nvmlReturn=0, valueType=3, value=SimpleNamespace(ullVal=first))
    )


def test_the_codes_are_those_of_the_binding() -> None:
    known = {getattr(pynvml, name) for name in dir(pynvml) if name.startswith("NVML_ERROR_")}
    assert known <= set(CODES)
