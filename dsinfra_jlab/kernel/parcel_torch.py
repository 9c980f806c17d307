"""Memory of torch's tensors: beside the pickle like that of arrays, and shared where it is."""

from __future__ import annotations

import importlib
import pickle
import sys
from typing import Any

_TYPED, _UNTYPED = "TypedStorage", "UntypedStorage"


def reduce_storage(thing: Any) -> Any:
    """Return how the memory of tensors is written; ``NotImplemented`` for anything else.

    torch makes a new object for the memory of each tensor that is pickled, and copies it.
    """
    kind = type(thing)
    if kind.__module__ != "torch.storage":
        return NotImplemented
    if kind.__name__ == _TYPED:
        return make_typed, (thing._untyped_storage, thing.dtype)
    if kind.__name__ != _UNTYPED or thing.device.type != "cpu":
        return NotImplemented
    torch = sys.modules["torch"]
    if not thing.nbytes():
        return make_untyped, (b"",)
    try:
        array = torch.empty(0, dtype=torch.uint8).set_(thing).numpy()
    except RuntimeError:  # torch without numpy
        return NotImplemented
    return make_untyped, (pickle.PickleBuffer(array),)


def make_untyped(memory: Any) -> Any:
    """Return memory as torch holds it."""
    torch: Any = importlib.import_module("torch")
    if not memoryview(memory).nbytes:
        return torch.UntypedStorage(0)
    return torch.frombuffer(memory, dtype=torch.uint8).untyped_storage()


def make_typed(untyped: Any, dtype: Any) -> Any:
    """Return memory that knows what it is made of, as tensors are made from it."""
    torch: Any = importlib.import_module("torch")
    return torch.storage.TypedStorage(wrap_storage=untyped, dtype=dtype, _internal=True)
