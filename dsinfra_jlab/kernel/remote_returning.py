"""The job's kernel: takes in what was sent, and sends back what the cell has left."""

from __future__ import annotations

import atexit
import importlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from typing import Any

from . import remote_items as items
from .needs import find_needs, sendable
from .parcel_digest import NameDigests, Workers
from .parcel_joined import SharedParts
from .parcel_modules import ArrivedModules
from .parcel_pages import Mapped, Region, untouched
from .parcel_reading import (
    Damaged,
    Parcel,
    Refusal,
    open_parcel,
    own_python,
    python_of,
    read_parcel,
)
from .parcel_search import find_culprit, text_of
from .parcel_settings import take_settings
from .parcel_sources import take_sources
from .parcel_writing import MODULES, PARCEL, ParcelWriter, TooLarge, Unpicklable, Written
from .remote_packing import hidden, module_name, transformed
from .scalars import name_of

_WITHOUT_END = 1 << 62
_LEFT_OUT = "left out: "
"""Begins the note of a name that does not come back."""


class Returning:
    """Answers requests of the runner."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._modules = ArrivedModules()
        self._shared = SharedParts()
        self._sent: dict[str, str] = {}
        """Digest of each name that was sent, as it was when it had arrived."""
        self._method: str | None = None
        """What they are made with."""
        self._before: frozenset[str] = frozenset()
        self._at_first: frozenset[str] | None = None
        """The names that were there before any job."""
        self._mapped = Mapped([], 0, 0)
        self._mapped_from = ""
        """The parcel that lies there."""

    def take_in(self, request: dict[str, Any]) -> dict[str, Any]:
        """Put what was sent into the namespace."""
        folder = parcel_folder(request["folder"], "sent")
        namespace = self._shell.user_ns
        self._sent, self._mapped = {}, Mapped([], 0, 0)
        if self._at_first is None:
            self._at_first = frozenset(namespace)
        elif request.get("is_clean"):
            for name in [each for each in namespace if each not in self._at_first]:
                if not name.startswith("_"):  # IPython's own, such as what the last cells gave
                    del namespace[name]
        if folder is None:
            self._before = frozenset(namespace)
            return {"ok": True, "names": [], "bytes": 0}
        parcel = open_parcel(folder)
        there = str(parcel.content["python"])
        if python_of(there) != own_python():
            raise Refusal(
                f"The variables were packed by Python {python_of(there)}, and this is Python "
                f"{own_python()}."
            )
        if "shared" in parcel.content:
            self._take_item(parcel)
        else:
            self._take_whole(parcel)
        self._before = frozenset(namespace)
        return {"ok": True, "names": parcel.names, "bytes": parcel.content["bytes"]}

    def _take_whole(self, parcel: Parcel) -> None:
        """Take a parcel that has all, and note how it has arrived."""
        namespace = self._shell.user_ns
        self._take_modules(parcel)
        imported = _import(parcel.content.get("imports") or [])
        arrived = read_parcel(parcel, namespace, is_mapped=True, renews_classes=True)
        take_sources(parcel.content.get("sources"))
        take_settings(parcel.content.get("settings"))
        namespace.update(imported)
        namespace.update(arrived.values)
        self._mapped, self._mapped_from = arrived.mapped, parcel.folder
        known = {(each.address, each.size): each.digest for each in arrived.mapped.regions}
        self._method = parcel.method
        with Workers(self._method) as workers:
            digests = NameDigests(namespace, workers, known)
            self._sent = {name: digests.of(value) for name, value in arrived.values.items()}

    def _take_item(self, parcel: Parcel) -> None:
        """Take an item of a map after what all its items need.

        What it changes of that is of no use to anybody: only its result goes back.
        """
        namespace = self._shell.user_ns
        shared = self._shared.open(parcel)
        # An item that needs more modules than the others has theirs with it.
        self._take_modules(parcel if parcel.content.get("modules") else shared)
        imported: dict[str, Any] = {}
        for each in (shared, parcel):
            imported.update(_import(each.content.get("imports") or []))
        values = self._shared.read(shared, parcel, namespace)
        for each in (shared, parcel):
            take_sources(each.content.get("sources"))
        take_settings(shared.content.get("settings"))
        namespace.update(imported)
        namespace.update(values)

    def _take_modules(self, parcel: Parcel) -> None:
        said = parcel.content.get("modules")
        if not said or self._modules.are(said):
            return
        # A job's kernel may be killed without exit handlers: its own folder goes in any case.
        private = os.environ.get("DSINFRA_PRIVATE_FOLDER")
        place = tempfile.mkdtemp(prefix="dsinfra-modules-", dir=private)
        atexit.register(shutil.rmtree, place, ignore_errors=True)
        try:
            self._modules.take(os.path.join(parcel.folder, MODULES), said, place)
        except ValueError as failure:
            raise Damaged(str(failure)) from None

    def send_back(self, request: dict[str, Any]) -> dict[str, Any]:
        """Write what the cell has bound, and what it has changed of what was sent."""
        namespace = self._shell.user_ns
        wanted = self._wanted(request)
        imports = [
            {"name": name, "module": module_name(namespace[name]), "attribute": None}
            for name in wanted
            if module_name(namespace[name]) is not None
        ]
        notes: dict[str, str] = {}
        kept = untouched(self._mapped)
        names, changed = self._compared(wanted, notes, kept)
        is_beside = self._mapped_from == os.path.join(request["folder"], "sent")
        writing = _Writing(namespace, request, notes, kept if is_beside else [])
        written = writing.write([*names, *changed], changed, imports)
        by_name = {each.name: each for each in written}
        told = [_told(by_name.get(name), name, namespace, notes) for name in wanted]
        told += [_missing(name) for name in request.get("returns") or () if name not in namespace]
        return {
            "ok": True,
            "names": told,
            "changed": [
                _told(by_name.get(name), name, namespace, notes, "changed in place")
                for name in changed
            ],
            "bytes": writing.size_bytes,
            "items": writing.items,
        }

    def _wanted(self, request: dict[str, Any]) -> list[str]:
        namespace = self._shell.user_ns
        own = hidden(self._shell)
        returns = request.get("returns")
        if returns is not None:
            return [name for name in returns if name in namespace]
        code = transformed(self._shell, request.get("code") or "")
        needs = find_needs(code, namespace, own)
        binds = set(needs.binds)
        if needs.signs:
            new = set(namespace) - self._before
            binds |= {name for name in new if not name.startswith("_")}
        return sorted(sendable(binds, namespace, own))

    def _compared(
        self, wanted: list[str], notes: dict[str, str], kept: list[Region]
    ) -> tuple[list[str], list[str]]:
        """Return the names to send back, and those that were sent and are changed in place.

        ``kept`` is memory that nobody has written to.
        """
        namespace = self._shell.user_ns
        known = {(each.address, each.size): each.digest for each in kept}
        with Workers(self._method) as workers:
            digests = NameDigests(namespace, workers, known)
            now = {
                name: digests.of(namespace[name])
                for name, before in self._sent.items()
                if before and name in namespace
            }
        same = {name for name, digest in now.items() if digest == self._sent[name]}
        for name in wanted:
            if name in same:
                notes[name] = "unchanged"
        names = [
            name for name in wanted if name not in same and module_name(namespace[name]) is None
        ]
        changed = [name for name in now if name not in same and name not in wanted]
        return names, changed


def parcel_folder(folder: str, inner: str) -> str | None:
    """Return where a parcel is: in a folder of this name, or in the one that is given."""
    for place in (os.path.join(folder, inner), folder):
        if os.path.exists(os.path.join(place, PARCEL)):
            return place
    return None


def _import(imports: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in imports:
        try:
            module = importlib.import_module(each["module"])
        except ImportError as failure:
            if each["name"] is None:  # a part of a package; the cell says itself what it misses
                continue
            raise Refusal(f"{each['module']} cannot be imported here: {text_of(failure)}") from None
        if each["name"] is not None:
            found[each["name"]] = module
    return found


class _Writing:
    """Writes what can be written, and notes what cannot."""

    def __init__(
        self,
        namespace: Mapping[str, Any],
        request: dict[str, Any],
        notes: dict[str, str],
        there: list[Region],
    ) -> None:
        self._namespace = namespace
        self._there = there
        self._folder = os.path.join(request["folder"], "returned")
        self._max_bytes = request.get("max_bytes") or _WITHOUT_END
        self._notes = notes
        self.items: list[items.Item] = []
        self.size_bytes = 0

    def write(
        self, names: list[str], changed: list[str], imports: list[dict[str, Any]]
    ) -> list[Written]:
        """Return what was written of some names; the others are noted."""
        names = list(names)
        while True:
            try:
                with ParcelWriter(
                    self._folder, self._namespace, self._max_bytes, there=self._there
                ) as writer:
                    for name in names:
                        writer.add(name, self._namespace[name])
                    more = {"changed": changed, "imports": imports, "modules": None}
                    writer.finish(more)
                    self.size_bytes = writer.size_bytes
                    return writer.names
            except Unpicklable as failure:
                self._leave_out_failing(names, failure)
            except TooLarge as failure:
                names.remove(failure.name)
                self._notes[failure.name] = f"{_LEFT_OUT}larger than the limit"

    def _leave_out_failing(self, names: list[str], first: Unpicklable) -> None:
        reason = text_of(first.reason)
        culprit = find_culprit(first.name, self._namespace[first.name], self._namespace, reason)
        self.items.append({**items.unpicklable(first.name, culprit), "is_blocking": False})
        self._notes[first.name] = f"{_LEFT_OUT}{culprit.path} ({culprit.type}) cannot be sent"
        names.remove(first.name)


def _missing(name: str) -> dict[str, Any]:
    """Return what is told of a name that was asked for and that the code has not bound."""
    note = f"{_LEFT_OUT}the code has not bound it"
    return {"name": name, "type": "", "size_bytes": 0, "digest": "", "note": note}


def _told(
    written: Written | None,
    name: str,
    namespace: Mapping[str, Any],
    notes: Mapping[str, str],
    note: str = "",
) -> dict[str, Any]:
    if written is None:
        kind = name_of(type(namespace[name]))
        return {
            "name": name,
            "type": kind,
            "size_bytes": 0,
            "digest": "",
            "note": notes.get(name, note),
        }
    return {**written._asdict(), "note": notes.get(name, note)}
