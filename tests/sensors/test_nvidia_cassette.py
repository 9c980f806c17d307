"""What a driver answered on another machine, heard again.

No cassette of a real GPU could be recorded so far: the one that is kept was made of the fake
driver, says so, and holds the format. Record one by ``scripts/record_nvml.py``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pynvml
import pytest

from dsinfra_jlab.domain.resources.samples import GpuReading
from dsinfra_jlab.sensors.nvidia import NvidiaSensor
from dsinfra_jlab.sensors.nvidia_sleep import PciSleep
from scripts.record_nvml import main as record

from .fake_nvml import GIB, FakeDevice, FakeNvml, process, use
from .nvml_cassette import FORMAT, Player, Recorder

FOLDER = Path(__file__).parent / "cassettes"
SECRET_PID = 48_151_623
SECRET_UUID = "GPU-8ba1c7f2-4d5e-6f70-8192-a3b4c5d6e7f8"


def fake_machine() -> FakeNvml:
    """Return a machine with a divided GPU, an old one and one that gets lost."""
    whole = FakeDevice(uuid=SECRET_UUID, bus=1, compute=[process(SECRET_PID)])
    whole.make_instance(0, compute=[process(SECRET_PID, GIB)])
    whole.instances.append(None)
    whole.make_instance(2)
    old = FakeDevice(
        uuid="GPU-old",
        bus=2,
        name=b"Tesla K80",
        compute=[process(SECRET_PID, None), process(0), process(4294967295)],
        uses=[use(SECRET_PID, 1_700_000_000_000_000, 30)],
        fails={
            "nvmlDeviceGetTotalEnergyConsumption": pynvml.NVML_ERROR_NOT_SUPPORTED,
            "nvmlDeviceGetComputeRunningProcesses_v3": pynvml.NVML_ERROR_FUNCTION_NOT_FOUND,
        },
        fields={83: (0, pynvml.NVML_VALUE_TYPE_UNSIGNED_LONG_LONG, 5_000)},
    )
    lost = FakeDevice(uuid="GPU-lost", bus=3, fails_once={"nvmlDeviceGetPowerUsage": [10, 15]})
    return FakeNvml(whole, old, lost)


def heard(nvml: Any, looks: int = 8) -> list[tuple[GpuReading, ...]]:
    """Return what the sensor makes of a driver, look by look."""
    now_s = 1000.0
    sensor = NvidiaSensor(lambda: nvml, sleep=PciSleep("/nowhere"), now_s=lambda: now_s)
    found = []
    for _ in range(looks):
        now_s += 1
        sensor.look()
        found.append(sensor.latest())
    return found


def most_held(cassette: dict[str, Any]) -> dict[int, int]:
    """Return the most that each process held, by what the sensor makes of a cassette."""
    player = Player(cassette)
    most: dict[int, int] = {}
    for readings in heard(player, cassette["looks"]):
        for holding in (held for reading in readings for held in reading.holdings or ()):
            most[holding.pid] = max(most.get(holding.pid, 0), holding.memory_bytes or 0)
    assert most and player.missing == []
    return most


def recorded() -> tuple[dict[str, Any], list[tuple[GpuReading, ...]]]:
    recorder = Recorder(fake_machine(), now_s=lambda: 0.0)
    looks = heard(recorder)
    cassette = recorder.cassette("made of the fake driver: no machine at all", is_real=False)
    return json.loads(json.dumps(cassette)), looks


def test_what_is_replayed_is_what_was_heard() -> None:
    cassette, looks = recorded()
    player = Player(cassette)
    replayed = heard(player)
    assert player.missing == []
    assert len(replayed[-1]) == 5
    for before, after in zip(looks, replayed, strict=True):
        assert [plain(reading) for reading in after] == [plain(reading) for reading in before]


def plain(reading: GpuReading) -> tuple[object, ...]:
    of, held = reading.sample, reading.holdings
    return (
        of.index,
        of.name,
        of.util_ratio,
        of.memory_used_bytes,
        of.power_w,
        of.energy_j,
        of.absent,
        held and [(bool(each.pid), each.memory_bytes, each.util_ratio) for each in held],
    )


def test_a_cassette_does_not_say_whose_machine_it_was() -> None:
    cassette, _ = recorded()
    written = json.dumps(cassette)
    assert SECRET_UUID[4:] not in written
    assert str(SECRET_PID) not in written
    assert "1700000000" not in written


def test_a_cassette_of_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="format 1"):
        Player({"format": FORMAT + 1, "calls": []})


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_every_cassette_is_understood(path: Path) -> None:
    cassette = json.loads(path.read_text("utf-8"))
    assert cassette["machine"]
    assert isinstance(cassette["is_real"], bool)
    player = Player(cassette)
    readings = heard(player)[-1]
    assert readings
    assert player.missing == []
    for reading in readings:
        of = reading.sample
        is_told = of.memory_total_bytes is not None or {"device", "memory_total_bytes"} & {
            *of.absent
        }
        assert is_told, of
        assert of.util_ratio is None or 0 <= of.util_ratio <= 1
    held = [holder for holder in cassette.get("holders", ()) if holder["pid"] is not None]
    most = most_held(cassette) if held else {}
    for holder in held:
        assert most[holder["pid"]] >= holder["bytes"], holder


def test_the_kept_cassette_of_the_fake_is_the_one_that_is_made_now() -> None:
    cassette, _ = recorded()
    assert json.loads((FOLDER / "fake.json").read_text("utf-8")) == cassette


def test_one_command_records_a_cassette(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cassette.json"
    record([str(path), "--machine", "a fake", "--looks=3", "--pause=0", "--times=2", "--fake"])
    cassette = json.loads(path.read_text())
    assert (cassette["machine"], cassette["is_real"]) == ("a fake", False)
    looks = heard(Player(cassette), 3)
    assert [reading.sample.util_ratio for reading in looks[-1]] == [0.4]
    said = capsys.readouterr().out
    assert said.startswith("1 GPUs\n")
    assert "nvmlInit" in said and "GPU 0 nvmlDeviceGetUtilizationRates()" in said
