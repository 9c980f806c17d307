"""What a run took of the machine, as it is stored: series as numbers, the rest as JSON.

Series are little-endian doubles, one series behind the other, by zlib. What was not seen is
written as NaN, so a reading that is itself no number is read back as not seen.
"""

from __future__ import annotations

import dataclasses
import math
import struct
import zlib
from collections.abc import Sequence
from typing import Any, get_type_hints

import msgspec

from ..domain.resources.samples import RunSamples

__all__ = ["about", "pack_series", "unpack_samples"]

_LEVEL = 1
"""Of zlib: ten minutes at one look a second take some 8 kB; higher levels gain little."""

_SERIES = ("at_s", "cpu_ratio", "rss_bytes", "gpu_memory_bytes")
"""In the order of their bytes: new ones go to the end."""

_OTHERS = {name: kind for name, kind in get_type_hints(RunSamples).items() if name not in _SERIES}
"""What is no series, with its type."""


def about(samples: RunSamples) -> dict[str, Any]:
    """Return everything but the series, as JSON."""
    content: dict[str, Any] = msgspec.to_builtins(
        {name: getattr(samples, name) for name in _OTHERS}
    )
    return content


def pack_series(samples: RunSamples) -> bytes:
    """Return the series, all as long as ``at_s``."""
    count = len(samples.at_s)
    columns = (_column(getattr(samples, name), count) for name in _SERIES)
    packed = b"".join(struct.pack(f"<{count}d", *column) for column in columns)
    return zlib.compress(struct.pack("<I", count) + packed, _LEVEL)


def _column(values: Sequence[float | None], count: int) -> list[float]:
    numbers = [math.nan if value is None else float(value) for value in values[:count]]
    return numbers + [math.nan] * (count - len(numbers))


def unpack_samples(content: dict[str, Any] | None, body: bytes | None) -> RunSamples:
    """Return what was stored, nothing for nothing; what a newer version added is passed by."""
    at_s, *others = _unpack_series(body) if body else ((),) * len(_SERIES)
    cpu_ratio, rss_bytes, gpu_memory_bytes = (
        [None if math.isnan(value) else value for value in column] for column in others
    )
    samples = RunSamples(
        at_s=list(at_s),
        cpu_ratio=cpu_ratio,
        rss_bytes=rss_bytes,
        gpu_memory_bytes=gpu_memory_bytes,
        memory_limit_bytes=None,
        is_complete=False,
    )
    return dataclasses.replace(samples, **_known(content or {}))


def _unpack_series(body: bytes) -> list[tuple[float, ...]]:
    raw = zlib.decompress(body)
    (count,) = struct.unpack_from("<I", raw)
    return [
        struct.unpack_from(f"<{count}d", raw, 4 + 8 * count * place)
        for place in range(len(_SERIES))
    ]


def _known(content: dict[str, Any]) -> dict[str, Any]:
    """Return those fields that this version understands."""
    found: dict[str, Any] = {}
    for name in _OTHERS.keys() & content.keys():
        try:
            found[name] = msgspec.convert(content[name], _OTHERS[name])
        except msgspec.ValidationError:
            # Such as a kind of alert that only a newer version knows.
            continue
    return found
