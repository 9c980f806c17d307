"""Memory of arrays: where it lies, which parts of it are the same, and room for it to arrive."""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import pickle
from typing import Any, NamedTuple

from . import parcel_limits as limits


class _View(ctypes.Structure):
    """The interpreter's ``Py_buffer``."""

    _fields_ = (
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.py_object),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p),
        ("shape", ctypes.c_void_p),
        ("strides", ctypes.c_void_p),
        ("suboffsets", ctypes.c_void_p),
        ("internal", ctypes.c_void_p),
    )


def address_of(memory: Any) -> int | None:
    """Return where contiguous memory begins, ``None`` if that cannot be told."""
    view = _View()
    try:
        ctypes.pythonapi.PyObject_GetBuffer(ctypes.py_object(memory), ctypes.byref(view), 0)
    except (AttributeError, BufferError, TypeError):
        return None
    try:
        return int(view.buf or 0) or None
    finally:
        ctypes.pythonapi.PyBuffer_Release(ctypes.byref(view))


class Part(NamedTuple):
    """A buffer as a stretch of a region."""

    region: int
    start: int
    size: int


class Regions(NamedTuple):
    """Stretches of memory that hold all buffers, each byte once."""

    memory: list[memoryview]
    parts: list[Part]


def regions_of(buffers: list[pickle.PickleBuffer]) -> Regions:
    """Return the memory of some buffers; what overlaps here overlaps where it arrives.

    Only buffers of which one holds the other are put together: that is how views are made.
    """
    views = [each.raw() for each in buffers]
    order = sorted(range(len(views)), key=lambda place: -views[place].nbytes)
    memory: list[memoryview] = []
    parts: list[Part | None] = [None] * len(views)
    spans: list[tuple[int, int, int]] = []
    starts = [address_of(view) for view in views]
    by_start = sorted(
        (start, -views[place].nbytes, place)
        for place, start in enumerate(starts)
        if start is not None
    )
    last: tuple[int, int, int] | None = None
    for start, size, place in by_start:
        if last is not None and start >= last[0] and start - size <= last[1]:
            parts[place] = Part(last[2], start - last[0], -size)
            continue
        last = (start, start - size, len(memory))
        spans.append(last)
        memory.append(views[place])
        parts[place] = Part(last[2], 0, -size)
    for place in order:
        if parts[place] is None:
            parts[place] = Part(len(memory), 0, views[place].nbytes)
            memory.append(views[place])
    return Regions(memory, [part for part in parts if part is not None])


def place_after(offset: int, size: int) -> int:
    """Return where in the file a region of a size begins that follows ``offset``."""
    step = limits.REGION_ALIGN_BYTES if size >= limits.REGION_ALIGN_BYTES else None
    step = step or limits.SMALL_ALIGN_BYTES
    return -(-offset // step) * step


def room_for(size: int) -> Any:
    """Return writable memory of the process's own.

    Raises
    ------
    MemoryError
        There is not so much.
    """
    if size < limits.ANONYMOUS_MIN_BYTES or not hasattr(mmap, "MAP_PRIVATE"):
        return bytearray(size)
    try:
        room = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except OSError as failure:
        raise MemoryError(f"no room for {size:,} bytes") from failure
    if size >= limits.HUGE_MIN_BYTES and hasattr(mmap, "MADV_HUGEPAGE"):
        # As numpy does with its own: it is given out 512 pages at once, not each at its touch.
        with contextlib.suppress(OSError):  # a system without them
            room.madvise(mmap.MADV_HUGEPAGE)
    return room
