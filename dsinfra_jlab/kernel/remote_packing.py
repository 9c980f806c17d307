"""Packs what a cell needs, in the kernel of its notebook."""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Iterable, Mapping
from typing import Any

from . import parcel_limits as limits
from . import remote_items as items
from .needs import Needs, find_needs, sendable
from .parcel_modules import LocalModules
from .parcel_packages import differences
from .parcel_reading import own_python, python_of
from .parcel_search import failure_of, find_culprit, text_of
from .parcel_settings import settings_of
from .parcel_writing import MODULES, ParcelWriter, TooLarge, Unpicklable
from .remote_marks import Marks

WITHOUT_END = 1 << 62


class Packing:
    """Answers requests to pack."""

    def __init__(self, shell: Any, marks: Marks) -> None:
        self._shell = shell
        self._marks = marks

    def pack(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return what was found and, if nothing stands against it, what was packed."""
        code = transformed(self._shell, request["code"])
        needs = find_needs(code, self._shell.user_ns, hidden(self._shell))
        return self._packed(needs, request)

    def _packed(self, needs: Needs, request: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "ok": False,
            "python": "{}.{}.{}".format(*sys.version_info[:3]),
            "binds": sorted(needs.binds),
            "needs": sorted(needs.names),
            "names": [],
            "bytes": 0,
        }
        found = self._warnings(needs, request)
        if not any(each["is_blocking"] for each in found):
            try:
                found += self._write(needs, request, answer)
            except Unpicklable as failure:
                found += unpicklable(needs.names, failure, self._shell.user_ns)
            except TooLarge as failure:
                most = int(request["max_bytes"])
                found.append(items.too_large(failure.name, failure.size_bytes, most))
        answer["items"] = found
        answer["ok"] = not any(each["is_blocking"] for each in found)
        return answer

    def _warnings(self, needs: Needs, request: dict[str, Any]) -> list[items.Item]:
        found = []
        there = request.get("target_python")
        if there and python_of(there) != own_python():
            found.append(items.other_python(own_python(), python_of(there)))
        if needs.signs:
            found.append(items.dynamic(needs.signs))
        if needs.results:
            found.append(items.results(sorted(needs.results)))
        found += [items.missing_name(name) for name in sorted(needs.missing)]
        return found

    def _write(
        self, needs: Needs, request: dict[str, Any], answer: dict[str, Any]
    ) -> list[items.Item]:
        namespace = self._shell.user_ns
        folder = request["folder"]
        if not os.path.isdir(folder):
            raise FileNotFoundError(2, "it is not there", folder)
        most = request.get("max_bytes") or WITHOUT_END
        with ParcelWriter(os.path.join(folder, "sent"), namespace, most, needs.followed) as writer:
            imports = add_names(writer, needs, namespace, hidden(self._shell))
            used = writer.met.modules | needs.modules | {each["module"] for each in imports}
            imports += submodules(needs, namespace)
            local = LocalModules(request.get("notebook_folder") or os.getcwd())
            local.add(used)
            sent_modules = local.write(writer.path(MODULES))
            more = {
                "imports": imports,
                "modules": sent_modules,
                "job_id": request["job_id"],
                "settings": settings_of(used),
            }
            self._finish(writer, more)
            names, size = writer.names, writer.size_bytes
        answer["names"] = [{**each._asdict(), "note": ""} for each in names]
        answer["bytes"] = size
        modules = [each["name"] for each in imports if each["name"] is not None]
        answer["needs"] = sorted([*modules, *(each.name for each in names)])
        self._mark(needs, request, {each.name: each.digest for each in names})
        found = about_packages(used - local.names, request)
        if local.left_out:
            found.append(items.left_out(local.left_out))
        if size >= (request.get("ask_bytes") or WITHOUT_END):
            found.append(items.large(names, size))
        return found

    def _mark(self, needs: Needs, request: dict[str, Any], digests: Mapping[str, str]) -> None:
        returns = request.get("returns")
        names = set(needs.binds if returns is None else returns) | set(digests)
        self._marks.set(str(request["job_id"]), names, self._shell.user_ns, digests)

    def _finish(self, writer: ParcelWriter, more: dict[str, Any]) -> None:
        writer.finish(more, digests_names=True)


def about_packages(used: Iterable[str], request: dict[str, Any]) -> list[items.Item]:
    """Return what is to be said of the packages of some modules."""
    there = request.get("target_packages")
    if there is None:
        return []
    return [items.package(each) for each in differences(used, there)]


def unpicklable(
    names: frozenset[str], first: Unpicklable, namespace: Mapping[str, Any]
) -> list[items.Item]:
    """Say of each name that fails which part of it does."""
    failing = {first.name: text_of(first.reason)}
    for name in sorted(names - {first.name}):
        if len(failing) >= limits.UNPICKLABLE_MAX:
            break
        reason = failure_of(namespace[name], namespace)
        if reason is not None:
            failing[name] = reason
    return [
        items.unpicklable(name, find_culprit(name, namespace[name], namespace, reason))
        for name, reason in failing.items()
    ]


def hidden(shell: Any) -> Mapping[str, Any]:
    """Return what IPython itself has put into the namespace."""
    found = getattr(shell, "user_ns_hidden", None)
    return found if isinstance(found, Mapping) else {}


def transformed(shell: Any, code: str) -> str:
    """Return code as IPython runs it; code that is none as it is."""
    try:
        return str(shell.transform_cell(code))
    except Exception:  # the transformers are open to the user's
        return code


def add_names(
    writer: ParcelWriter,
    needs: Needs,
    namespace: Mapping[str, Any],
    own: Mapping[str, Any],
    known: frozenset[str] = frozenset(),
) -> list[dict[str, Any]]:
    """Write the names that are needed, and those that turn out to be; return the imports.

    ``known`` are there already.
    """
    imports: list[dict[str, Any]] = []
    waiting = sorted(needs.names)
    seen = known | set(waiting)
    while waiting:
        for name in waiting:
            value = namespace[name]
            module = module_name(value)
            if module is not None:
                imports.append({"name": name, "module": module, "attribute": None})
            else:
                writer.add(name, value)
        read = set(writer.met.reads)
        for name in writer.met.reads & set(needs.bodies):
            read |= needs.bodies[name]
        waiting = sorted(sendable(read, namespace, own) - seen)
        seen |= set(waiting)
    return imports


def module_name(value: Any) -> str | None:
    """Return the name under which a module can be imported, ``None`` for anything else."""
    if not issubclass(type(value), types.ModuleType):
        return None
    name = getattr(value, "__name__", None)
    return name if type(name) is str and sys.modules.get(name) is value else None


def submodules(needs: Needs, namespace: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the parts of packages that the cell uses without importing them."""
    found: dict[str, None] = {}
    for path in sorted(needs.paths):
        first, *rest = path.split(".")
        module = module_name(namespace.get(first))
        for part in rest if module is not None else ():
            module = f"{module}.{part}"
            if module not in sys.modules:
                break
            found[module] = None
    return [{"name": None, "module": module, "attribute": None} for module in found]
