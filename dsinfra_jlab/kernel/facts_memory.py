"""Facts on memory: which names hold most of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from . import limits
from .facts_code import is_a, is_array, is_frame, is_series, is_tensor, own_dict, type_name
from .facts_look import Fact, Look
from .kinds import Kinds

_SIZED = Kinds((bytes, bytearray, str, list, tuple, dict, set))
_LEAST_BYTES = 1_000_000


def biggest_names(look: Look) -> Iterator[Fact]:
    """Which names of the notebook hold most memory, of the device if that is what ran out."""
    on_device = look.says("CUDA", "HIP", "MPS") and look.is_a("OutOfMemoryError", "RuntimeError")
    found: dict[int, Fact] = {}
    for name, value in list(look.user_ns.items()):
        if type(name) is not str or name.startswith("_") or name in ("In", "Out"):
            continue
        if id(value) in found or not look.has_time:
            continue
        size = held_bytes(value, on_device)
        if size is not None and size >= _LEAST_BYTES:
            found[id(value)] = {"name": name, "type": type_name(value), "bytes": size}
    ranked = sorted(found.values(), key=lambda each: -each["bytes"])
    yield {
        "topic": "memory",
        "on_device": on_device,
        "names": ranked[: limits.FACT_BIGGEST_MAX],
    }


def held_bytes(value: Any, on_device: bool = False) -> int | None:
    """Return about how much memory a value holds, ``None`` if that is not known.

    Of lists and the like only their own size is told. Nothing of a device is touched.
    """
    if is_tensor(value):
        is_there = str(value.device.type) != "cpu"
        return int(value.numel() * value.element_size()) if is_there is on_device else None
    if on_device:
        return _module_bytes(value)
    if is_array(value):
        return int(value.nbytes)
    if is_frame(value):
        return int(value.memory_usage(index=True, deep=False).sum())
    if is_series(value):
        return int(value.memory_usage(index=True, deep=False))
    if is_a(value, "polars", "DataFrame") or is_a(value, "polars", "Series"):
        return int(value.estimated_size())
    if is_a(value, "pyarrow", "Table"):
        return int(value.nbytes)
    return sys.getsizeof(value) if type(value) in _SIZED else None


def _module_bytes(value: Any) -> int | None:
    """Return what the parameters of a network hold on a device."""
    total, waiting, seen = 0, [value], 0
    while waiting and seen < limits.FACT_CANDIDATES_MAX:
        held = own_dict(waiting.pop())
        parameters, modules = held.get("_parameters"), held.get("_modules")
        if type(parameters) is not dict or type(modules) is not dict:
            continue
        seen += 1
        for each in parameters.values():
            if is_tensor(each):
                total += held_bytes(each, True) or 0
        waiting += [each for each in modules.values() if each is not None]
    return total or None
