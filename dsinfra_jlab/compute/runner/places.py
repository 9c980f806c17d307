"""Where the parcels of a job lie on the worker."""

from __future__ import annotations

import functools
import json
import os
import shutil
from typing import Any

SENT = "sent"
RETURNED = "returned"
PARCEL = "parcel.json"
PROBE = "probe.json"


class Place:
    """The folders of one job: the job's own where they are seen here, else private ones."""

    def __init__(self, source: dict[str, Any], private: str) -> None:
        """Put in place what came along.

        Raises
        ------
        OSError
            There is no room for it.
        """
        self._is_seen = "folder" in source
        self._shared = ""
        """Where what many jobs have in common was put, if it came along."""
        self.folder = str(source["folder"]) if self._is_seen else os.path.join(private, "job")
        """What the functions of the probe are told: they look for ``sent`` in it themselves."""
        if not self._is_seen:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            for name, content in source.get("files", {}).items():
                _write(self.folder, str(name), content)
            if source.get("shared"):
                self._shared = _put_beside(source["shared"], private)

    @property
    def has_parcel(self) -> bool:
        """Whether names came along; the code may need none."""
        return os.path.exists(os.path.join(self.folder, SENT, PARCEL))

    def probe(self) -> dict[str, Any] | None:
        """Return the content of the request that loads the probe, if it came along."""
        for folder in filter(None, (self.folder, self._shared)):
            try:
                with open(os.path.join(folder, PROBE), "rb") as file:
                    return _probe_in(file.read())
            except FileNotFoundError:
                continue
        return None

    def returned_files(self) -> dict[str, bytes] | None:
        """Return what has to be carried back; ``None`` where it lies in its place already."""
        if self._is_seen:
            return None
        returned = os.path.join(self.folder, RETURNED)
        found = {}
        for name in sorted(os.listdir(returned)) if os.path.isdir(returned) else []:
            with open(os.path.join(returned, name), "rb") as file:
                found[name] = file.read()
        return found


def _put_beside(shared: dict[str, Any], private: str) -> str:
    """Put down what many jobs have in common, where the parcels of the jobs look for it.

    A kernel that they share has it once.
    """
    name = str(shared["name"])
    if os.path.basename(name) != name or not name.strip("."):
        raise OSError(f"{name} is no name of a folder")
    folder = os.path.join(private, name)
    if not os.path.isdir(folder):
        part = f"{folder}.part"
        shutil.rmtree(part, ignore_errors=True)
        os.makedirs(part, mode=0o700)
        for each, content in shared["files"].items():
            _write(part, str(each), content)
        os.rename(part, folder)
    return folder


def _write(folder: str, name: str, content: Any) -> None:
    path = os.path.normpath(os.path.join(folder, name))
    if not path.startswith(folder + os.sep):
        raise OSError(f"{name} lies outside the job's folder")
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)


@functools.lru_cache(maxsize=2)
def _probe_in(text: bytes) -> dict[str, Any] | None:
    """Return the request in a file; it is the same for every job, and long. Not to be changed."""
    found = json.loads(text)
    return found if isinstance(found, dict) else None


def working_folder(wanted: str | None, private: str) -> str:
    """Return the notebook's folder where the worker has it too, else a private one."""
    if wanted and os.path.isdir(wanted) and os.access(wanted, os.R_OK | os.X_OK):
        return wanted
    folder = os.path.join(private, "work")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return folder
