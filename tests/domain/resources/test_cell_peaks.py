"""A cell is warned of only where it is known that it may not fit."""

from __future__ import annotations

import pytest

from dsinfra_jlab.domain.resources.cell_peaks import cell_peak, free_gpu_memory, size_text

from ..snapshots import GB, gpu, host, kernel, snapshot


def test_a_cell_that_took_more_than_is_free_is_warned_of() -> None:
    now = snapshot(0, host(7.0))
    peak = cell_peak("c1", [(11_200_000_000, None), (8 * GB, None)], now, None)
    assert peak.warning == "This cell has taken up to 11.2 GB of memory; 9.0 GB are free."
    assert (peak.last_rss_bytes, peak.max_rss_bytes, peak.run_count) == (
        11_200_000_000, 11_200_000_000, 2,
    )  # fmt: skip


def test_what_the_kernel_holds_already_it_need_not_take_again() -> None:
    now, its_kernel = snapshot(0, host(12.0)), kernel(rss_bytes=8 * GB)
    assert cell_peak("c1", [(11 * GB, None)], now, its_kernel).warning == ""
    warning = cell_peak("c1", [(13 * GB, None)], now, its_kernel).warning
    assert warning.endswith("4.0 GB are free, besides 8.0 GB that the kernel holds.")


@pytest.mark.parametrize(
    ("peaks", "of", "its_kernel"),
    [
        ([], host(15.9), None),
        ([(None, None)], host(15.9), None),
        ([(20 * GB, None)], None, None),
        ([(20 * GB, None)], host(None), None),
        ([(20 * GB, None)], host(4.0, None), None),
        ([(20 * GB, None)], host(15.0), kernel(rss_bytes=None)),
    ],
    ids=["never ran", "not measured", "no host", "use unknown", "no limit", "kernel not read"],
)
def test_nothing_is_said_where_something_is_not_known(peaks, of, its_kernel) -> None:
    assert cell_peak("c1", peaks, snapshot(0, of), its_kernel).warning == ""
    assert cell_peak("c1", peaks, None, its_kernel).warning == ""


def test_gpu_memory_is_that_of_the_emptiest_gpu_and_of_parts_not_of_what_was_divided() -> None:
    divided = gpu(0.0, 80.0, uuid="g1")
    parts = [gpu(2.0, 10.0, uuid="i1", parent_uuid="g1"), gpu(9.0, 10.0, uuid="g2")]
    now = snapshot(0, host(), (), (divided, *parts, gpu(None, 80.0, uuid="g3")))
    assert free_gpu_memory(now) == 8 * GB
    warning = cell_peak("c1", [(GB, 9 * GB)], now, None).warning
    assert warning == "This cell has taken up to 9.0 GB of GPU memory; 8.0 GB are free."


def test_one_run_in_twenty_does_not_set_what_is_usual() -> None:
    peaks = [(99 * GB, None), *[(GB, None)] * 19]
    peak = cell_peak("c1", peaks, None, None)
    assert (peak.p95_rss_bytes, peak.max_rss_bytes) == (GB, 99 * GB)


def test_sizes_are_said_in_the_unit_that_fits() -> None:
    assert [size_text(size) for size in (0, 999_400_000, 999_600_000, 80 * GB)] == [
        "0 MB", "999 MB", "1.0 GB", "80.0 GB",
    ]  # fmt: skip
