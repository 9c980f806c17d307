"""Turns values of the user's into numbers and texts without ever running the user's code.

Everything is decided by the identity of the type. ``isinstance`` asks an object for its
``__class__``, ``==``, ``repr`` and ``float`` call its methods; any of them may sleep, raise or
print. What no rule here knows is not touched.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import math
import pathlib
import sys
import types
import uuid
from typing import Any

from . import limits
from .kinds import Kinds

_NUMPY_NAMES = (
    ["float16", "float32", "float64", "longdouble", "bool_", "longlong", "ulonglong"]
    + [f"int{bits}" for bits in (8, 16, 32, 64)]
    + [f"uint{bits}" for bits in (8, 16, 32, 64)]
)
_TENSORS = (
    ("torch", "Tensor"),
    ("torch.nn.parameter", "Parameter"),
    ("jaxlib._jax", "ArrayImpl"),
    ("jaxlib.xla_extension", "ArrayImpl"),
    ("tensorflow.python.framework.ops", "EagerTensor"),
)
_PATHS = Kinds(
    (pathlib.PosixPath, pathlib.WindowsPath, pathlib.PurePosixPath, pathlib.PureWindowsPath)
)
_FUNCTIONS = Kinds((types.FunctionType, types.BuiltinFunctionType))
_DATES = Kinds((datetime.date, datetime.datetime, datetime.time))
_CONTAINERS = Kinds((list, tuple, set, frozenset, dict))
_PLAIN = Kinds((bool, int, float, str, type(None)))
_NUMBERS = Kinds((int, float, bool))

_numpy_types = Kinds(())


class NotScalar(TypeError):
    """The value is no number (or no parameter) that can be kept."""


def numpy_types() -> Kinds:
    """Return the scalar types of numpy, none as long as nobody has loaded it."""
    global _numpy_types, _with_numpy
    if not _numpy_types:
        numpy = sys.modules.get("numpy")
        if numpy is None or not hasattr(numpy, "float64"):
            return _numpy_types
        _numpy_types = Kinds(getattr(numpy, name) for name in _NUMPY_NAMES if hasattr(numpy, name))
        plain, numeric = _without_numpy
        truths = {id(getattr(numpy, "bool_", None))}
        _with_numpy = (plain | _numpy_types.ids, numeric | (_numpy_types.ids - truths))
    return _numpy_types


def plain_ids() -> frozenset[int]:
    """Return the ids of types whose values can be a parameter by themselves.

    Ids, because many values are asked about at each cell; see ``Kinds`` for why not the types.
    """
    return _ids()[0]


def numeric_ids() -> frozenset[int]:
    """Return the ids of types whose values can be a metric by themselves."""
    return _ids()[1]


def _ids() -> tuple[frozenset[int], frozenset[int]]:
    return _with_numpy if numpy_types() else _without_numpy


_without_numpy = (_PLAIN.ids, Kinds((int, float)).ids)
_with_numpy = _without_numpy


def to_float(value: Any) -> float:
    """Return a number as a float; integers beyond its range become infinite.

    Raises
    ------
    NotScalar
        If it is none, or none that can be read without running code of the user.
    """
    kind = type(value)
    if issubclass(kind, float):
        return float.__float__(value)
    if issubclass(kind, int):
        return _int_to_float(int.__int__(value))
    if kind in numpy_types():
        return float(value)
    if kind is decimal.Decimal or kind is fractions.Fraction:
        return _exact_to_float(value)
    return _tensor_to_float(value, kind)


def _int_to_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _exact_to_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    except ValueError as problem:  # a signalling NaN
        raise NotScalar("no number") from problem


def _tensor_to_float(value: Any, kind: type) -> float:
    """Return the only element of an array or tensor.

    One on a GPU is waited for: whoever logs it wants its value.
    """
    numpy = sys.modules.get("numpy")
    if numpy is not None and kind is getattr(numpy, "ndarray", None):
        if value.size != 1 or value.dtype.kind not in "biuf":
            raise NotScalar("an array with more than one number")
        return float(value.item())
    for module, name in _TENSORS:
        if module in sys.modules and kind is getattr(sys.modules[module], name, None):
            return _only_element(value)
    raise NotScalar(f"{name_of(kind)} is no number")


def _only_element(tensor: Any) -> float:
    size = 1
    for length in tensor.shape:
        size *= int(length)
    if size != 1:
        raise NotScalar("a tensor with more than one number")
    item = tensor.item() if hasattr(tensor, "item") else tensor.numpy().item()
    if type(item) not in _NUMBERS:
        raise NotScalar("no real number")
    return _int_to_float(item) if type(item) is int else float(item)


def to_step(value: Any) -> float:
    """Return a step as a float.

    Raises
    ------
    NotScalar
        If it is no finite number.
    """
    step = to_float(value)
    if not math.isfinite(step):
        raise NotScalar("a step must be a finite number")
    return step


def to_plain(value: Any) -> Any:
    """Return a scalar as JSON has it.

    Raises
    ------
    NotScalar
        If it is none, or an integer too long to write out.
    """
    kind = type(value)
    if kind is bool or value is None:
        return value
    if kind is str:
        return value[: limits.TEXT_MAX_CHARS]
    if kind is float:
        return float_for_json(value)
    if kind is int:
        return _int_for_json(value)
    if kind in numpy_types():
        item = value.item()
        return to_plain(item) if type(item) in _PLAIN else float_for_json(float(value))
    raise NotScalar(f"{name_of(kind)} is no scalar")


def float_for_json(value: float) -> float | str:
    """Return a float; JSON has no word for three of them, so these are text."""
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _int_for_json(value: int) -> int | str:
    """Return an integer; readers of JSON disagree about those beyond 64 bits."""
    bits = value.bit_length()
    if bits < 64:
        return value
    if bits > limits.INT_MAX_BITS:
        raise NotScalar("an integer too long to write out")
    return str(value)


def to_param(value: Any) -> Any:
    """Return what is kept of a value that was logged as a parameter; never raises.

    Lists and dicts of scalars are written out, classes and functions by name. Of other objects
    only the type is said.
    """
    try:
        return to_plain(value)
    except NotScalar:
        pass
    kind = type(value)
    if kind in _CONTAINERS:
        return _written(value, limits.CONTAINER_MAX_ITEMS, 3)[: limits.TEXT_MAX_CHARS]
    return _named(value, kind)[: limits.TEXT_MAX_CHARS]


def _named(value: Any, kind: type) -> str:
    if kind in _PATHS or kind is uuid.UUID or kind is decimal.Decimal:
        return str(value)
    if kind in _DATES and getattr(value, "tzinfo", None) in (None, datetime.timezone.utc):
        return str(value.isoformat())
    if kind in _FUNCTIONS or kind is type:
        return f"{value.__module__}.{value.__qualname__}"
    if issubclass(kind, (float, int)) or kind is fractions.Fraction:
        return repr(to_float(value))
    if issubclass(kind, str):
        return str.__str__(value)
    return f"<{name_of(kind)}>"


def _written(value: Any, room: int, depth: int) -> str:
    """Return a container as Python writes it, item by item."""
    kind = type(value)
    if kind is str:
        return repr(value[: limits.TEXT_MAX_CHARS])
    if kind not in _CONTAINERS:
        kept = to_param(value)
        return kept if type(kept) is str else repr(kept)
    if depth == 0:
        return "…"
    items = []
    for number, item in enumerate(list(value.items() if kind is dict else value)):
        if number == room:
            items.append("…")
            break
        if kind is dict:
            first, second = (_written(each, room // 4 + 1, depth - 1) for each in item)
            items.append(f"{first}: {second}")
        else:
            items.append(_written(item, room // 4 + 1, depth - 1))
    opening, closing = "[]" if kind is list else "()" if kind is tuple else "{}"
    end = "," if kind is tuple and len(items) == 1 else ""
    return f"{opening}{', '.join(items)}{end}{closing}"


def name_of(kind: type) -> str:
    """Return the name of a type, past a metaclass that has other ideas."""
    name = type.__dict__["__name__"].__get__(kind)
    return str(name)


def text_of(error: BaseException) -> str:
    """Return the message of an exception, unless code of the user would have to make it."""
    kind = type(error)
    for base in type.__dict__["__mro__"].__get__(kind):
        if "__str__" in type.__dict__["__dict__"].__get__(base):
            return _message(error, base)
    return ""


def _message(error: BaseException, base: type) -> str:
    args = BaseException.__dict__["args"].__get__(error)
    known = base.__module__ in ("builtins", "json.decoder", "subprocess", "zipfile")
    if known and all(type(each) in _PLAIN or each is None for each in args):
        return str(error)
    return ", ".join(each for each in args if type(each) is str)
