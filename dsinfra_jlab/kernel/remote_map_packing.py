"""Packs what a map sends: once what all items need, then each item by itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from . import remote_items as items
from .needs import Needs, find_needs
from .parcel_modules import LocalModules
from .parcel_pickle import Names
from .parcel_shared import Shared
from .parcel_writing import MODULES, ParcelWriter, TooLarge, Unpicklable
from .remote_marks import Marks
from .remote_packing import (
    WITHOUT_END,
    Packing,
    about_packages,
    add_names,
    hidden,
    transformed,
    unpicklable,
)


class MapPacking(Packing):
    """Answers requests to pack for one map.

    ``item`` is the name under which the code finds its item.
    """

    def __init__(self, shell: Any, item: str) -> None:
        super().__init__(shell, Marks())
        self._item = item
        self._shared: Shared
        self._folder = ""
        self._known: frozenset[str] = frozenset()
        """The names that the shared part brings."""
        self._used: frozenset[str] = frozenset()
        """The modules that it uses."""
        self._followed: frozenset[int] = frozenset()

    def pack(self, request: dict[str, Any]) -> dict[str, Any]:
        """Write what all items need into ``sent`` of the folder of the map."""
        code = transformed(self._shell, request["code"])
        needs = find_needs(code, self._shell.user_ns, hidden(self._shell))
        self._followed = needs.followed
        self._folder = os.path.basename(request["folder"])
        return self._packed(
            needs._replace(names=needs.names - {self._item}, missing=needs.missing - {self._item}),
            request,
        )

    def pack_item(self, request: dict[str, Any], value: Any) -> dict[str, Any]:
        """Write one item as a parcel into ``folder``, which is made."""
        namespace = Names(self._shell.user_ns, {self._item: value})
        most = request.get("max_bytes") or WITHOUT_END
        before = self._shared.size_bytes
        answer: dict[str, Any] = {"names": [], "bytes": 0}
        try:
            with ParcelWriter(
                request["folder"], namespace, most - before, self._followed, after=self._shared
            ) as writer:
                found = self._write_item(writer, namespace, request)
                answer["names"] = [{**each._asdict(), "note": ""} for each in writer.names]
                answer["bytes"] = writer.size_bytes
        except Unpicklable as failure:
            found = unpicklable(frozenset([self._item]), failure, namespace)
        except TooLarge as failure:
            found = [items.too_large(failure.name, before + failure.size_bytes, most)]
        answer["items"] = found
        answer["ok"] = not any(each["is_blocking"] for each in found)
        return answer

    def _write_item(
        self, writer: ParcelWriter, namespace: Mapping[str, Any], request: dict[str, Any]
    ) -> list[items.Item]:
        needs = Needs(names=frozenset([self._item]))
        imports = add_names(writer, needs, namespace, hidden(self._shell), self._known)
        more = (writer.met.modules | {each["module"] for each in imports}) - self._used
        modules, found = None, []
        if more:
            local = LocalModules(request.get("notebook_folder") or os.getcwd())
            local.add(more)
            found = about_packages(more - local.names, request)
            if local.names:  # with all others: those that come last are the ones that count
                local.add(self._used)
                modules = local.write(writer.path(MODULES))
        writer.finish({"imports": imports, "modules": modules})
        return found

    def _finish(self, writer: ParcelWriter, more: dict[str, Any]) -> None:
        writer.finish(more)
        self._shared = writer.shared(self._folder)
        imports = more["imports"]
        written = {each.name for each in writer.names}
        self._known = frozenset(written | {each["name"] for each in imports if each["name"]})
        self._used = frozenset(writer.met.modules | {each["module"] for each in imports})

    def _mark(self, needs: Needs, request: dict[str, Any], digests: Mapping[str, str]) -> None:
        """Mark nothing: what items give changes no name here."""
