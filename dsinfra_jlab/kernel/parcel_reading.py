"""Reads a parcel, and believes nothing of it before its digests were seen to be right.

A large file is not hashed again where it can be seen that it is the very one that was hashed as
it was written, and that nobody has written to it since.
"""

from __future__ import annotations

import json
import mmap
import os
import pickle
import sys
from collections.abc import Iterable
from typing import Any, NamedTuple

from . import parcel_limits as limits
from . import parcel_rebuild
from .parcel_cloud import cloud
from .parcel_digest import METHODS, Workers, new_hash
from .parcel_manifest import Changed, check_manifest
from .parcel_memory import Part, address_of, room_for
from .parcel_pages import Mapped, Region
from .parcel_seal import is_sealed
from .parcel_staying import may_stay, stay
from .parcel_writing import BUFFERS, PARCEL, PAYLOAD, VERSION, end_of


class Damaged(Exception):
    """A parcel is not what was sent."""


class Refusal(Exception):
    """It cannot be done here; the message says why, for a person."""


class Unreadable(Exception):
    """A parcel is right, but what is in it cannot be made here."""

    def __init__(self, name: str, reason: BaseException) -> None:
        super().__init__(name)
        self.name = name
        self.reason = reason


class Parcel(NamedTuple):
    """What ``parcel.json`` says."""

    folder: str
    content: dict[str, Any]

    @property
    def method(self) -> str:
        """What its digests are made with."""
        return str(self.content["digests"])

    @property
    def names(self) -> list[dict[str, Any]]:
        """Of each name: ``name``, ``type``, ``size_bytes``, ``digest``, ``note``."""
        found: list[dict[str, Any]] = self.content["names"]
        return found


class Arrived(NamedTuple):
    """What a parcel held."""

    values: dict[str, Any]
    mapped: Mapped


def open_parcel(folder: str) -> Parcel:
    """Return what a parcel says of itself.

    Raises
    ------
    Damaged
        There is none, or it makes no sense.
    """
    path = os.path.join(folder, PARCEL)
    try:
        if os.path.getsize(path) > limits.PARCEL_JSON_MAX_BYTES:
            raise Damaged("its list of names is too long")
        with open(path, "rb") as file:
            text = file.read()
        content = json.loads(text)
        if content["v"] != VERSION or content["digests"] not in METHODS:
            raise Damaged("it is of another version of dsinfra")
        check_manifest(text)
        _check(content)
    except OSError as failure:
        raise Damaged(f"it cannot be read: {failure.strerror or failure}") from None
    except Changed as failure:
        raise Damaged(str(failure)) from None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Damaged("it makes no sense") from None
    return Parcel(folder, content)


def _check(content: dict[str, Any]) -> None:
    for each in content["names"]:
        if type(each["name"]) is not str:
            raise ValueError
    end = 0
    for each in content["regions"]:
        offset, size = each["offset"], each["bytes"]
        if type(offset) is not int or type(size) is not int or offset < end or size < 0:
            raise ValueError
        end = end_of(each)
    shared = content["shared"]["regions"] if "shared" in content else 0
    if type(shared) is not int or shared < 0:
        raise ValueError
    for region, start, size in content["buffers"]:
        if region < 0 or start < 0 or size < 0:
            raise ValueError
        if region >= shared and start + size > content["regions"][region - shared]["bytes"]:
            raise ValueError
    if len(content["ends"]) != len(content["names"]):
        raise ValueError


def read_parcel(
    parcel: Parcel,
    namespace: dict[str, Any],
    *,
    is_mapped: bool,
    renews_classes: bool,
    count: int | None = None,
) -> Arrived:
    """Return the first ``count`` names of a parcel; the namespace is left as it is.

    ``is_mapped`` takes memory from the file as it is touched; what is written to it stays in
    this process. Otherwise the file may lose its name: what is small is copied, and what is large
    where it may not stay.

    Raises
    ------
    Damaged, Unreadable
        Nothing of it can be used.
    """
    try:
        path = os.path.join(parcel.folder, PAYLOAD)
        with open(path, "rb") as payload, Workers(parcel.method) as workers:
            check_payload(payload, parcel.content["payload"], parcel.method)
            names = parcel.names[:count]
            end = parcel.content["ends"][len(names) - 1] if names else 0
            parts = [Part(*each) for each in parcel.content["buffers"][:end]]
            needed = sorted({part.region for part in parts})
            if is_mapped:
                memory, mapped = map_regions(parcel, needed, workers)
            else:
                memory, mapped = _copied_from_both(parcel, needed, workers), Mapped([], 0, 0)
            by_region = dict(zip(needed, memory))
            buffers = (by_region[p.region][p.start : p.start + p.size] for p in parts)
            with parcel_rebuild.receiving(namespace, renews_classes=renews_classes):
                values = load_names(unpickler(payload, buffers), names)
            return Arrived(values, mapped)
    except OSError as failure:
        raise Damaged(f"it cannot be read: {failure.strerror or failure}") from None


def check_payload(payload: Any, said: dict[str, Any], method: str) -> None:
    """Raise ``Damaged`` if a file is not what its parcel says of it."""
    if is_sealed(payload.fileno(), said.get("seal")):
        return
    made = new_hash(method)
    size = 0
    while data := payload.read(limits.CHUNK_BYTES):
        made.update(data)
        size += len(data)
    if size != said["bytes"] or made.hexdigest() != said["digest"]:
        raise Damaged("its content was changed or cut off on the way")
    payload.seek(0)


def map_regions(
    parcel: Parcel, numbers: list[int], workers: Workers
) -> tuple[list[memoryview], Mapped]:
    """Return the memory of some regions as it lies in the file."""
    said = [parcel.content["regions"][number] for number in numbers]
    if not said:
        return [], Mapped([], 0, 0)
    with _buffers(parcel) as file:
        about = os.fstat(file.fileno())
        is_known = is_sealed(file.fileno(), parcel.content.get("seal"))
        whole = memoryview(mmap.mmap(file.fileno(), about.st_size, access=mmap.ACCESS_COPY))
    memory = [whole[each["offset"] : each["offset"] + each["bytes"]] for each in said]
    if not is_known:
        _compare(workers.digests(memory), said)
    regions = [
        Region(address_of(each) or 0, each.nbytes, told["digest"], number)
        for each, told, number in zip(memory, said, numbers)
    ]
    return memory, Mapped(regions, about.st_dev, about.st_ino)


def _copied_from_both(parcel: Parcel, numbers: list[int], workers: Workers) -> list[memoryview]:
    """Return copies of some regions, also of those that lie in the parcel beside this one."""
    regions = parcel.content["regions"]
    found = dict.fromkeys(numbers, memoryview(b""))
    own = [number for number in numbers if "sent" not in regions[number]]
    found.update(zip(own, _copied(parcel, own, workers)))
    others = [number for number in numbers if "sent" in regions[number]]
    if others:
        sent = open_parcel(os.path.join(os.path.dirname(parcel.folder), "sent"))
        places = [regions[number]["sent"] for number in others]
        if max(places) >= len(sent.content["regions"]):
            raise Damaged("what was sent is not there any more")
        _compare(
            [sent.content["regions"][place]["digest"] for place in places],
            [regions[number] for number in others],
        )
        with Workers(sent.method) as far:
            found.update(zip(others, _copied(sent, places, far)))
    return list(found.values())


def _copied(parcel: Parcel, numbers: list[int], workers: Workers) -> list[memoryview]:
    said = [parcel.content["regions"][number] for number in numbers]
    if not said:
        return []
    with _buffers(parcel) as file:
        is_known = is_sealed(file.fileno(), parcel.content.get("seal"))
        staying = _staying(file.fileno(), said) if is_known else [None] * len(said)
        memory = [
            memoryview(room_for(each["bytes"]) if there is None else there)
            for each, there in zip(said, staying)
        ]
        steps = [_reading(file.fileno(), each, to["offset"]) for each, to in zip(memory, said)]
        if is_known:
            copied = [number for number, there in enumerate(staying) if there is None]
            workers.do([said[each]["bytes"] for each in copied], [steps[each] for each in copied])
        else:
            _compare(workers.digests(memory, [(step, None) for step in steps]), said)
    return memory


def _staying(descriptor: int, said: list[dict[str, Any]]) -> list[Any]:
    """Return the memory of those regions that need no copy, and ``None`` for the others."""
    if not may_stay(descriptor):
        return [None] * len(said)
    return [stay(descriptor, each["offset"], each["bytes"]) for each in said]


def _buffers(parcel: Parcel) -> Any:
    file = open(os.path.join(parcel.folder, BUFFERS), "rb", buffering=0)  # noqa: SIM115
    if os.fstat(file.fileno()).st_size != end_of(parcel.content["regions"][-1]):
        file.close()
        raise Damaged("its content was cut off on the way")
    return file


def _compare(found: list[str], said: list[dict[str, Any]]) -> None:
    if found != [each["digest"] for each in said]:
        raise Damaged("its content was changed on the way")


def _reading(descriptor: int, memory: memoryview, offset: int) -> Any:
    def read(start: int, end: int) -> None:
        while start < end:
            if hasattr(os, "preadv"):
                count = os.preadv(descriptor, [memory[start:end]], offset + start)
            else:
                part = os.pread(descriptor, end - start, offset + start)
                count = len(part)
                memory[start : start + count] = part
            if not count:
                raise Damaged("its content was cut off on the way")
            start += count

    return read


def unpickler(payload: Any, buffers: Iterable[memoryview]) -> pickle.Unpickler:
    """Return what reads the pickles of a parcel."""
    cloud()
    return pickle.Unpickler(payload, buffers=buffers)  # noqa: S301, the user's own


def load_names(reader: pickle.Unpickler, names: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the values of names; raises ``Unreadable``."""
    values: dict[str, Any] = {}
    for each in names:
        try:
            values[each["name"]] = reader.load()
        except Exception as failure:  # what it may be is up to the object
            raise Unreadable(each["name"], failure) from None
    return values


def python_of(version: str) -> str:
    """Return the part of a version that pickles and byte code depend on."""
    return ".".join(version.split(".")[:2])


def own_python() -> str:
    """Return the same of this process."""
    return "{}.{}".format(*sys.version_info[:2])
