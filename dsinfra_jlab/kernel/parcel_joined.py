"""Reads a parcel that goes on from a shared one: both as one stream, each item from the start.

Nothing of what an earlier item got is handed on: the shared part is unpickled anew, and its memory
is mapped anew, so what one item changes in place the next one does not see. What is kept is only
that its files were found to be right.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from . import parcel_rebuild
from .parcel_digest import Workers
from .parcel_memory import Part
from .parcel_reading import (
    Damaged,
    Parcel,
    check_payload,
    load_names,
    map_regions,
    open_parcel,
    unpickler,
)
from .parcel_seal import is_sealed, seal
from .parcel_writing import BUFFERS, PAYLOAD

_OF_MAP = "map-"
"""The folder of a shared part is called so, beside those of the jobs."""


class SharedParts:
    """The shared part that parcels of this process go on from, as far as it was looked at."""

    def __init__(self) -> None:
        self._digest = ""
        self._seals: dict[str, Any] = {}

    def open(self, parcel: Parcel) -> Parcel:
        """Return the shared part of a parcel.

        Raises
        ------
        Damaged
            It is not there, or is another one.
        """
        said = parcel.content["shared"]
        name = str(said["folder"])
        if not name.startswith(_OF_MAP) or os.path.basename(name) != name:
            raise Damaged("it makes no sense")
        beside = os.path.dirname(os.path.dirname(parcel.folder))
        shared = open_parcel(os.path.join(beside, name, "sent"))
        if shared.content["digest"] != said["digest"]:
            raise Damaged("what all items need is not what was sent with them")
        if self._digest != said["digest"]:
            self._digest, self._seals = said["digest"], {}
        return shared

    def read(self, shared: Parcel, parcel: Parcel, namespace: dict[str, Any]) -> dict[str, Any]:
        """Return the names of a parcel and of its shared part; the namespace is left as it is.

        Raises
        ------
        Damaged, Unreadable
            Nothing of it can be used.
        """
        new_seals: dict[str, Any] = {}
        parcel_rebuild.forget_classes()
        try:
            with ExitStack() as stack:
                files = [self._payload(stack, each, new_seals) for each in (shared, parcel)]
                buffers = self._buffers(stack, shared, parcel, new_seals)
                stack.enter_context(parcel_rebuild.receiving(namespace, renews_classes=True))
                both = _OneAfterOther(*files)
                reader = unpickler(both, buffers)
                values = load_names(reader, shared.names)
                both.go_on()
                values.update(load_names(reader, parcel.names))
        except OSError as failure:
            raise Damaged(f"it cannot be read: {failure.strerror or failure}") from None
        self._seals.update(new_seals)
        return values

    def _payload(self, stack: ExitStack, parcel: Parcel, new: dict[str, Any]) -> Any:
        file = stack.enter_context(open(os.path.join(parcel.folder, PAYLOAD), "rb"))  # noqa: SIM115
        said = parcel.content["payload"].get("seal")
        known = self._known(parcel, PAYLOAD, file.fileno(), said, new)
        check_payload(file, {**parcel.content["payload"], "seal": known}, parcel.method)
        return file

    def _buffers(
        self, stack: ExitStack, shared: Parcel, parcel: Parcel, new: dict[str, Any]
    ) -> Iterator[memoryview]:
        """Return the memory of all buffers in their order."""
        parts = [Part(*each) for each in (*shared.content["buffers"], *parcel.content["buffers"])]
        first = len(shared.content["regions"])
        needed = sorted({part.region for part in parts})
        of_shared = [number for number in needed if number < first]
        own = [number - first for number in needed if number >= first]
        memory: list[memoryview] = []
        for each, numbers in ((shared, of_shared), (parcel, own)):
            if numbers:
                workers = stack.enter_context(Workers(each.method))
                memory += map_regions(self._resealed(each, new), numbers, workers)[0]
        by_region = dict(zip(needed, memory))
        return (by_region[p.region][p.start : p.start + p.size] for p in parts)

    def _resealed(self, parcel: Parcel, new: dict[str, Any]) -> Parcel:
        said = parcel.content.get("seal")
        with open(os.path.join(parcel.folder, BUFFERS), "rb") as file:
            known = self._known(parcel, BUFFERS, file.fileno(), said, new)
        return parcel._replace(content={**parcel.content, "seal": known})

    def _known(
        self, parcel: Parcel, name: str, descriptor: int, said: Any, new: dict[str, Any]
    ) -> Any:
        """Return what tells that a file was looked at before, or may be taken as it is.

        A file that came another way than by this disk bears no seal of its writer that fits: it
        is hashed once, and sealed here; ``new`` holds such seals until all is known to be right.
        """
        if parcel.content["digest"] != self._digest or is_sealed(descriptor, said):
            return said
        if name not in self._seals:
            new[name] = seal(descriptor)
        return self._seals.get(name)


class _OneAfterOther:
    """Two files for one unpickler, whose memory of what it has read goes on.

    It has no ``peek``: the unpickler then reads no further than a pickle goes.
    """

    def __init__(self, first: Any, then: Any) -> None:
        self._then = then
        self._take(first)

    def go_on(self) -> None:
        """Read the other one from now on."""
        self._take(self._then)

    def read(self, size: int) -> bytes:
        return bytes(self._file.read(size))

    def readline(self) -> bytes:
        return bytes(self._file.readline())

    def readinto(self, room: Any) -> int:
        return int(self._file.readinto(room))

    def _take(self, file: Any) -> None:
        self._file = file
