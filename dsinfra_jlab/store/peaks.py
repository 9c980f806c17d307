"""The most memory a run held, as two columns of its row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.runs.records import PeakMemory, better_peak
from ..domain.storable import storable_text, to_storable

__all__ = ["PEAK_COLUMNS", "peak_in", "peak_values"]

PEAK_COLUMNS = ("peak_rss_bytes", "peak_rss_kind", "gpu_peak_bytes", "gpu_peak_kind")
"""What a row has of peaks."""


def peak_in(row: Mapping[Any, Any], name: str) -> PeakMemory | None:
    """Return the peak that a row has under ``peak_rss`` or ``gpu_peak``."""
    size, kind = row[f"{name}_bytes"], row[f"{name}_kind"]
    return None if size is None or kind is None else PeakMemory(size, kind)


def peak_values(
    old: Mapping[Any, Any] | None, peak_rss: PeakMemory | None, gpu_peak: PeakMemory | None
) -> dict[str, Any]:
    """Return the columns for new peaks, given the row as it is.

    Records of a run and its samples come in any order and neither knows of the other, so
    neither takes away what the other has said.
    """
    values: dict[str, Any] = {}
    for name, new in (("peak_rss", _storable(peak_rss)), ("gpu_peak", _storable(gpu_peak))):
        best = better_peak(None if old is None else peak_in(old, name), new)
        values[f"{name}_bytes"] = None if best is None else best.bytes
        values[f"{name}_kind"] = None if best is None else best.kind
    return values


def _storable(peak: PeakMemory | None) -> PeakMemory | None:
    """Return a peak that has room in the columns, else ``None``."""
    size = to_storable(None if peak is None else peak.bytes)
    if peak is None or not isinstance(size, int) or size < 0:
        return None
    return PeakMemory(size, storable_text(peak.kind))
