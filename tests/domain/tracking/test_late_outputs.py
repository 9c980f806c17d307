"""Output of runs that ended long ago is not kept, and counted."""

from __future__ import annotations

import pytest

from dsinfra_jlab.domain import limits
from tests.domain.tracking.test_probe_book import Kernel


def print_late(kernel: Kernel, cell: str) -> None:
    kernel.publish("stream", {"name": "stdout", "text": "late"}, cell)


def test_output_that_a_thread_prints_soon_is_kept_and_not_counted() -> None:
    kernel = Kernel()
    kernel.ask("c1")
    kernel.end("c1")
    print_late(kernel, "c1")
    kernel.wait(30)
    assert [item["text"] for item in kernel.outputs[kernel.cells[0].id].items] == ["late"]
    assert kernel.tracker.late_outputs == 0


def test_output_of_a_run_beyond_the_window_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "AMEND_WINDOW_RUNS", 2)
    kernel = Kernel()
    for cell in ("c1", "c2", "c3"):
        kernel.ask(cell)
        kernel.end(cell)
    print_late(kernel, "c1")
    assert kernel.tracker.late_outputs == 1


def test_output_of_a_run_whose_outputs_made_room_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "ENDED_OUTPUTS_MAX_BYTES", 100)
    kernel = Kernel()
    for cell in ("c1", "c2"):
        kernel.ask(cell)
        kernel.publish("stream", {"name": "stdout", "text": "x" * 90}, cell)
        kernel.end(cell)
    print_late(kernel, "c1")
    print_late(kernel, "c2")
    assert kernel.tracker.late_outputs == 1
