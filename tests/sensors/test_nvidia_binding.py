"""The real binding with a library of ours below it: structures, versions and codes are right."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "nvml_stub.c"
PROGRAM = """
from dsinfra_jlab.domain.resources.samples import GpuHolding
from dsinfra_jlab.sensors.nvidia import NvidiaSensor
from dsinfra_jlab.sensors.nvidia_sleep import PciSleep

now_s = 0.0
sensor = NvidiaSensor(sleep=PciSleep("/nowhere"), now_s=lambda: now_s)
sensor.look_closely(True)
for now_s in range(8):
    sensor.look()
    if now_s == 0:
        (first,) = sensor.latest()
assert sensor.absent() == "", sensor.absent()
of = first.sample
assert (of.uuid, of.name, of.absent) == ("GPU-x", "Stub", {}), of
assert [each.value for each in of.slowed_by] == ["power_cap"], of
assert (of.util_ratio, of.temperature_c, of.slowdown_c) == (0.37, 61.0, 92.0), of
assert (of.power_w, of.power_limit_w, of.energy_j) == (123.456, 300.0, 777.0), of
assert (of.memory_used_bytes, of.memory_total_bytes) == (10 << 30, 80 << 30), of
assert first.minor == 3
assert first.holdings == (
    GpuHolding(4242, 5 << 30, 0.55), GpuHolding(4243, None, None), GpuHolding(0, 1 << 30)
), first.holdings
(last,) = sensor.latest()
assert last.holdings[0].util_ratio == 0.0, "there was no sample since"
rows = {row.call: row for row in sensor.call_table()}
assert rows["nvmlDeviceGetComputeRunningProcesses_v3"].count == 1
assert rows["nvmlDeviceGetTotalEnergyConsumption"].last_error == "NVMLError_FunctionNotFound"
assert rows["nvmlDeviceGetProcessUtilization"].failure_count == 0, "code 0 is none"
print("right")
"""


@pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("cc") is None, reason="no C compiler for Linux"
)
def test_the_real_binding_on_a_library_of_ours(tmp_path: Path) -> None:
    library = tmp_path / "libnvidia-ml.so.1"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, SOURCE], check=True, timeout=60)
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "LD_LIBRARY_PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert said.stdout == "right\n", said.stderr
