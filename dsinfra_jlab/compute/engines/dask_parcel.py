"""Files of a job on their way through Dask, for workers that do not see them."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...domain.compute.job_events import PROBE_FILE, RETURNED_FOLDER, SENT_FOLDER


def digest(blob: Any) -> str:
    """Return what a file is checked with at both ends; ``dask_far`` has the same."""
    return hashlib.blake2b(blob, digest_size=16).hexdigest()


def files_to_send(folder: Path, *, has_probe: bool = True) -> dict[str, bytes]:
    """Return the files that the job needs there, by their names in its folder.

    Without ``has_probe`` that one comes another way.

    Raises
    ------
    OSError
        One cannot be read.
    """
    names = [PROBE_FILE] if has_probe and (folder / PROBE_FILE).exists() else []
    sent = folder / SENT_FOLDER
    if sent.is_dir():
        names += sorted(f"{SENT_FOLDER}/{path.name}" for path in sent.iterdir() if path.is_file())
    return {name: (folder / name).read_bytes() for name in names}


def bytes_to_send(folder: Path) -> int:
    """Return how much ``files_to_send`` will hold."""
    sent = folder / SENT_FOLDER
    files = list(sent.iterdir()) if sent.is_dir() else []
    return sum(path.stat().st_size for path in files if path.is_file())


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the digest of each file."""
    return {name: digest(blob) for name, blob in files.items()}


def take_back(folder: Path, names: Mapping[str, str], blobs: Sequence[Any]) -> None:
    """Write what came back into ``returned/``: all of it, or nothing.

    Raises
    ------
    ValueError
        A file was damaged on its way, or is named as none of ours is.
    OSError
        They cannot be written.
    """
    if not names:
        return
    part = folder / f"{RETURNED_FOLDER}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    try:
        for (name, expected), blob in zip(names.items(), blobs, strict=True):
            if digest(blob) != expected:
                raise ValueError(f"{name} was damaged on its way back.")
            if os.path.basename(name) != name or name.startswith("."):
                raise ValueError(f"A worker sent a file named {name!r}.")
            (part / name).write_bytes(blob)
        shutil.rmtree(folder / RETURNED_FOLDER, ignore_errors=True)
        part.rename(folder / RETURNED_FOLDER)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
