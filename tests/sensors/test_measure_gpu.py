"""The one command for a machine with a GPU: tried on a CUDA of ours and the fake driver."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from scripts import measure_gpu

from .fake_cuda import FakeGpuMachine
from .test_nvidia_cassette import most_held

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("cc") is None, reason="no C compiler for Linux"
)
QUICK = ["--fake", "--idle=0", "--work=0", "--rounds=1", "--steps=5", "--times=2"]


def test_it_measures_records_and_judges_all_at_once(tmp_path: Path) -> None:
    assert measure_gpu.main([str(tmp_path), "--machine", "A fake: no GPU", *QUICK]) == 0
    report = (tmp_path / "report.md").read_text("utf-8")
    assert "# Measured on A fake: no GPU" in report
    assert "| memory of kernel a, which took 1,280 MiB in 2 | 1,880 MiB" in report
    assert "| use while only a works | a 9" in report
    assert "NO" not in report
    assert "GPU 0 nvmlDeviceGetUtilizationRates()" in report
    facts = json.loads((tmp_path / "facts.json").read_text("utf-8"))
    assert facts["machine"] == "A fake: no GPU"
    assert set(facts["step_ms"]) == {"alone", "watched"}

    cassette = json.loads((tmp_path / "a-fake-no-gpu.json").read_text("utf-8"))
    assert cassette["is_real"] is False
    most = most_held(cassette)
    whose = [(holder["who"], holder["bytes"]) for holder in cassette["holders"]]
    assert [who for who, _ in whose] == ["a", "a", "b", "stranger"]
    for holder in cassette["holders"]:
        assert most[holder["pid"]] >= holder["bytes"]


def test_it_says_so_where_memory_cannot_be_told_by_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drivers outside of a container count processes in a way of their own."""
    look = FakeGpuMachine._look

    def elsewhere(self: FakeGpuMachine) -> None:
        look(self)
        for entry in self._device.compute:
            entry.pid += 500_000_000

    monkeypatch.setattr(FakeGpuMachine, "_look", elsewhere)
    monkeypatch.setattr(measure_gpu, "PATIENCE_S", 3.0)
    assert measure_gpu.main([str(tmp_path), "--machine", "fake", *QUICK]) == 1
    report = (tmp_path / "report.md").read_text("utf-8")
    assert "| memory of kernel a, which took 1,280 MiB in 2 | not told, never" in report
    cassette = json.loads((tmp_path / "fake.json").read_text("utf-8"))
    assert {holder["pid"] for holder in cassette["holders"]} == {None}
