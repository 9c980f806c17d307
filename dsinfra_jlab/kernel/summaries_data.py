"""Summaries of arrays, tables, tensors and models, of libraries that somebody has loaded.

All is asked of the library's own class, past what a subclass of the user's says. A device is never
touched: of what lies on one only what the host knows is said.
"""

from __future__ import annotations

import sys
from typing import Any, Callable

from . import limits
from .errors_budget import Budget
from .unbound import class_name, instance_names, module_names, module_of


class Look:
    """What a summary may show, and how long it may take."""

    def __init__(self, is_showing_values: bool, budget: Budget) -> None:
        self.is_showing_values = is_showing_values
        self._budget = budget

    @property
    def has_time(self) -> bool:
        """Whether there is time to look at the content."""
        return self._budget.has_time

    def value(self, value: Any) -> str:
        """Return a value as the end of a summary; empty unless the user wants values."""
        if not self.is_showing_values:
            return ""
        return f": {value!r}"[: limits.VALUE_MAX_CHARS]

    def span(self, low: Any, high: Any) -> str:
        """Return a range as the end of a summary; empty unless the user wants values."""
        return f", {low} to {high}" if self.is_showing_values else ""


def is_offered_as(kind: type) -> bool:
    """Return whether a class is what its module has under its name, and not one like it."""
    return module_names(sys.modules.get(module_of(kind))).get(class_name(kind)) is kind


def count_of(number: int, unit: str) -> str:
    """Return a number of things in words."""
    return f"{number:,} {unit}{'' if number == 1 else 's'}"


def _nulls(count: int | None) -> str:
    return f", {count_of(count, 'null')}" if count else ""


def _shape(shape: Any) -> str:
    lengths = [int(each) for each in shape]
    return f"shape ({', '.join(map(str, lengths))}{',' if len(lengths) == 1 else ''})"


# numpy


def _array(value: Any, base: Any, look: Look) -> str:
    shape, dtype = base.shape.__get__(value), base.dtype.__get__(value)
    said = f"{_shape(shape)}, {dtype}"
    if class_name(type(value)) == "memmap" or not look.has_time:
        return said
    plain = base.view(value, base)
    if plain.size > limits.SCAN_MAX_ITEMS or not plain.size:
        return said
    numpy = sys.modules["numpy"]
    kind = dtype.kind
    if kind in "fc":
        nulls = int(numpy.isnan(plain).sum())
        said += f", {count_of(nulls, 'NaN')}" if nulls else ""
        infinite = int(numpy.isinf(plain).sum())
        said += f", {infinite:,} infinite" if infinite else ""
    elif kind in "mM":
        said += _nulls(int(numpy.isnat(plain).sum()))
    elif kind == "O" and plain.size <= limits.SCAN_MAX_OBJECTS:
        said += _nulls(sum(each is None or _is_nan(each) for each in plain.flat))
    if look.is_showing_values and kind in "iuf" and not numpy.isnan(plain).all():
        said += look.span(numpy.nanmin(plain), numpy.nanmax(plain))
    return said


def _is_nan(value: Any) -> bool:
    return type(value) is float and value != value


def _number(value: Any, base: Any, look: Look) -> str:
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if kind == "f" and value != value:
        return "NaN"
    return look.value(value.item() if kind in "biufSU" else str(value)).lstrip(" :")


# pandas


def _frame(value: Any, base: Any, look: Look) -> str:
    rows, columns = (int(each) for each in base.shape.fget(value))
    said = f"{count_of(rows, 'row')}, {count_of(columns, 'column')}"
    names = list(base.columns.__get__(value, base)[: limits.FRAME_VARIABLES_MAX])
    kinds = list(base.dtypes.fget(value)[: limits.FRAME_VARIABLES_MAX])
    nulls = _nulls_of_columns(value, base, rows, kinds, look)
    said += _nulls(sum(nulls.values()))
    words = [
        f"{_column(name)} {kind}{_nulls(nulls.get(number)).replace(',', '')}"
        for number, (name, kind) in enumerate(zip(names, kinds))
    ]
    return f"{said}: {', '.join(words)}" if words else said


def _column(name: Any) -> str:
    if type(name) is str:
        return name[: limits.VALUE_MAX_CHARS]
    if type(name) in (int, float, tuple):
        return str(name)[: limits.VALUE_MAX_CHARS]
    return f"<{class_name(type(name))}>"


def _nulls_of_columns(value: Any, base: Any, rows: int, kinds: Any, look: Look) -> dict[int, int]:
    found: dict[int, int] = {}
    room = limits.SCAN_MAX_ITEMS
    for number, kind in enumerate(kinds):
        is_slow = getattr(kind, "kind", "O") == "O"
        cost = rows * (limits.SCAN_MAX_ITEMS // limits.SCAN_MAX_OBJECTS if is_slow else 1)
        if getattr(kind, "kind", "") in "iub" and type(kind).__module__.startswith("numpy"):
            continue
        if cost > room or not look.has_time:
            continue
        room -= cost
        count = int(base.iloc.fget(value)[:, number].isna().sum())
        if count:
            found[number] = count
    return found


def _series(value: Any, base: Any, look: Look) -> str:
    rows, kind = len(base.index.__get__(value, base)), base.dtype.fget(value)
    said = f"{count_of(rows, 'row')}, {kind}"
    is_slow = getattr(kind, "kind", "O") == "O"
    most = limits.SCAN_MAX_OBJECTS if is_slow else limits.SCAN_MAX_ITEMS
    if rows > most or not look.has_time:
        return said
    said += _nulls(int(base.isna(value).sum()))
    if look.is_showing_values and rows and getattr(kind, "kind", "") in "iufM":
        said += look.span(base.min(value), base.max(value))
    return said


def _index(value: Any, base: Any, look: Look) -> str:
    return f"{count_of(len(value), 'label')}, {value.dtype}"


# polars


def _polars_frame(value: Any, base: Any, look: Look) -> str:
    rows, columns = base.shape.fget(value)
    said = f"{count_of(rows, 'row')}, {count_of(columns, 'column')}"
    nulls = base.nullcount_of(value).row(0) if columns and look.has_time else ()
    said += _nulls(sum(nulls))
    schema = list(base.schema.fget(value).items())[: limits.FRAME_VARIABLES_MAX]
    words = [
        f"{name} {kind}{_nulls(count).replace(',', '')}"
        for (name, kind), count in zip(schema, nulls)
    ]
    return f"{said}: {', '.join(words)}" if words else said


def _polars_series(value: Any, base: Any, look: Look) -> str:
    said = f"{count_of(base.len(value), 'row')}, {base.dtype.fget(value)}"
    return said + _nulls(base.nullcount_of(value))


def _lazy(value: Any, base: Any, look: Look) -> str:
    return "not computed yet"


# torch


def _tensor(value: Any, base: Any, look: Look) -> str:
    torch = sys.modules["torch"]
    with torch._C.DisableTorchFunctionSubclass():
        shape, dtype, device = (
            getattr(base, name).__get__(value) for name in ("shape", "dtype", "device")
        )
        said = f"{_shape(shape)}, {str(dtype).replace('torch.', '')}, {device}"
        if base.requires_grad.__get__(value):
            said += ", requires grad"
        is_plain = class_name(type(value)) in ("Tensor", "Parameter") and str(device) == "cpu"
        is_dense = str(base.layout.__get__(value)) == "torch.strided"
        if not is_plain or not is_dense or not look.has_time or not dtype.is_floating_point:
            return said
        if not 0 < base.numel(value) <= limits.SCAN_MAX_ITEMS:
            return said
        with torch.no_grad():
            flat = base.detach(value)
            bad = int(torch.isnan(flat).sum())
            said += f", {count_of(bad, 'NaN')}" if bad else ""
            if look.is_showing_values and not bad:
                said += look.span(flat.min().item(), flat.max().item())
    return said


def _module(value: Any, base: Any, look: Look) -> str:
    held = instance_names(value)
    parts = [
        f"{name} {class_name(type(part))}"
        for name, part in list((held.get("_modules") or {}).items())[: limits.CONTAINER_MAX_TYPES]
    ]
    mode = "training" if held.get("training") is True else "evaluating"
    sizes = [
        f"{name} {size}"
        for name, size in held.items()
        if type(size) is int and name.endswith(_SIZES)
    ]
    return f"{mode}: {', '.join([*sizes, *parts])}" if sizes or parts else mode


_SIZES = ("_features", "_channels", "_size", "_embeddings", "_dim", "_heads", "_layers")
"""Endings of the names by which layers call their shapes."""


# pyarrow


def _arrow_table(value: Any, base: Any, look: Look) -> str:
    said = f"{count_of(value.num_rows, 'row')}, {count_of(value.num_columns, 'column')}"
    shown = range(min(value.num_columns, limits.FRAME_VARIABLES_MAX))
    nulls = [value.column(n).null_count if look.has_time else 0 for n in shown]
    said += _nulls(sum(nulls))
    words = [
        f"{field.name} {field.type}{_nulls(count).replace(',', '')}"
        for field, count in zip((value.schema.field(n) for n in shown), nulls)
    ]
    return f"{said}: {', '.join(words)}" if words else said


def _arrow_array(value: Any, base: Any, look: Look) -> str:
    return f"{count_of(len(value), 'row')}, {value.type}{_nulls(value.null_count)}"


# scikit-learn


def _estimator(value: Any, base: Any, look: Look) -> str:
    held = instance_names(value)
    fitted = [name for name in held if name.endswith("_") and not name.startswith("__")]
    said = "fitted" if fitted else "not fitted"
    width = held.get("n_features_in_")
    if type(width) is int:
        said += f" on {count_of(width, 'feature')}"
    steps = held.get("steps")
    if type(steps) is list and all(type(step) is tuple and len(step) == 2 for step in steps):
        said += ": " + ", ".join(f"{name} {class_name(type(part))}" for name, part in steps)
    return said


# others


def _shaped(value: Any, base: Any, look: Look) -> str:
    return f"{_shape(value.shape)}, {value.dtype}"


def _picture(value: Any, base: Any, look: Look) -> str:
    held = instance_names(value)
    return f"{held.get('_size')}, {held.get('_mode', held.get('mode'))}"


_Row = Callable[[Any, Any, Look], str]

DATA_ROWS: dict[tuple[str, str], _Row] = {
    ("numpy", "ndarray"): _array,
    ("numpy", "generic"): _number,
    ("pandas", "DataFrame"): _frame,
    ("pandas", "Series"): _series,
    ("pandas", "Index"): _index,
    ("polars", "DataFrame"): _polars_frame,
    ("polars", "Series"): _polars_series,
    ("polars", "LazyFrame"): _lazy,
    ("torch", "Tensor"): _tensor,
    ("torch", "Module"): _module,
    ("pyarrow", "Table"): _arrow_table,
    ("pyarrow", "RecordBatch"): _arrow_table,
    ("pyarrow", "Array"): _arrow_array,
    ("pyarrow", "ChunkedArray"): _arrow_array,
    ("sklearn", "BaseEstimator"): _estimator,
    ("scipy", "_spbase"): _shaped,
    ("scipy", "spmatrix"): _shaped,
    ("xarray", "DataArray"): _shaped,
    ("PIL", "Image"): _picture,
}
"""By top-level package and name of a class."""
