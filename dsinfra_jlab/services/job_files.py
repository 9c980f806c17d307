"""The files of a job that the server writes and reads: its specification, what was sent."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..domain.compute.job_events import JOB_FILE, PARCEL_FILE, PROBE_FILE, SENT_FOLDER
from ..domain.compute.job_spec import JobSpec
from ..domain.exceptions import Unavailable

__all__ = ["copy_parcel", "has_parcel", "read_spec", "take_item", "write_probe", "write_spec"]

ITEMS_FOLDER = "items"
"""Where a kernel puts the parcels of a map's items, by their numbers, until they are taken."""

_TUPLES = ("argv", "returns")
_NAMES = {field.name for field in dataclasses.fields(JobSpec)}


def write_spec(folder: Path, spec: JobSpec) -> None:
    """Write what the agent needs to know; only its owner may read it.

    Raises
    ------
    Unavailable
        The disk is full or not writable.
    """
    _write(folder / JOB_FILE, dataclasses.asdict(spec))


def write_probe(folder: Path, request: Mapping[str, Any]) -> None:
    """Write the content of the request that loads the probe; raises ``Unavailable``."""
    _write(folder / PROBE_FILE, request)


def read_spec(folder: Path) -> JobSpec | None:
    """Return what was written, ``None`` if it is not there or damaged."""
    try:
        given = json.loads((folder / JOB_FILE).read_text("utf-8"))
        fields = {name: value for name, value in given.items() if name in _NAMES}
        for name in _TUPLES:
            if fields.get(name) is not None:
                fields[name] = tuple(fields[name])
        return JobSpec(**fields)
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def has_parcel(folder: Path) -> bool:
    """Return whether what is to be sent lies there whole."""
    return (folder / SENT_FOLDER / PARCEL_FILE).is_file()


def copy_parcel(source: Path, folder: Path) -> None:
    """Give a job the parcel of another one; its files are shared where the disk can.

    Raises
    ------
    Unavailable
        The disk is full or not writable.
    """
    target = folder / SENT_FOLDER
    try:
        shutil.copytree(source / SENT_FOLDER, target, copy_function=_link_or_copy)
    except (OSError, shutil.Error) as error:
        shutil.rmtree(target, ignore_errors=True)
        raise _refusal(target, error) from error


def take_item(shared: Path, number: int, folder: Path) -> None:
    """Give a job the parcel of an item of a map, which lies in the folder that all items share.

    Raises
    ------
    Unavailable
        The disk is full or not writable.
    """
    source = shared / ITEMS_FOLDER / str(number)
    try:
        if source.is_dir():
            source.rename(folder / SENT_FOLDER)
        _link_or_copy(str(shared / PROBE_FILE), str(folder / PROBE_FILE))
    except OSError as error:
        raise _refusal(folder, error) from error


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _write(path: Path, content: Any) -> None:
    """Write JSON under another name and rename it: never half a file."""
    half = path.with_name(f"{path.name}.half")
    try:
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file)
        half.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            half.unlink()
        raise _refusal(path, error) from error


def _refusal(path: Path, error: Exception) -> Unavailable:
    reason = getattr(error, "strerror", None) or str(error)
    return Unavailable(
        f"The job's folder cannot be written ({reason}): {path.parent}. "
        "Make room or permit it, then send the code again."
    )
