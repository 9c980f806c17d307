"""The contents of artifacts: files named by their hash, each content once."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..domain.exceptions import Unavailable
from ..domain.limits import ARTIFACT_RESERVE_BYTES

__all__ = ["ArtifactFiles"]

_DIGEST = re.compile(r"sha256:(?P<hash>[0-9a-f]{64})")
_UPLOADS = "incoming"
"""Folder of what is not whole yet."""


class ArtifactFiles:
    """Where contents are kept. Several servers may share the folder.

    Parameters
    ----------
    folder
        Made at first use, for its owner alone.
    reserve_bytes
        An artifact is refused when it would leave less room than this on the disk.
    """

    def __init__(self, folder: Path, reserve_bytes: int = ARTIFACT_RESERVE_BYTES) -> None:
        self.folder = folder
        self._reserve_bytes = reserve_bytes
        self._open: dict[str, BinaryIO] = {}

    def begin(self, upload: str) -> None:
        """Begin a file that has no digest yet; raises ``OSError``."""
        self.discard(upload)
        path = self._upload_path(upload)
        self._make_folder(path.parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._open[upload] = os.fdopen(descriptor, "wb", buffering=0)

    def append(self, upload: str, body: bytes) -> None:
        """Add to a file.

        Raises
        ------
        Unavailable
            The disk is nearly full.
        OSError
            It cannot be written.
        """
        if shutil.disk_usage(self.folder).free - len(body) < self._reserve_bytes:
            raise Unavailable("the server's disk is nearly full")
        file, rest = self._open[upload], memoryview(body)
        while rest:
            rest = rest[file.write(rest) :]

    def finish(self, upload: str, digest: str) -> Path:
        """Keep a file under its digest, and return where.

        A file that has that content already gives way to the new one: so it counts as new
        when orphans are swept, and is whole even if it was not.

        Raises
        ------
        OSError
            It cannot be kept; nothing is left of it.
        """
        path = self.path(digest)
        try:
            with self._open.pop(upload) as file:
                os.fsync(file.fileno())
            self._make_folder(path.parent)
            os.replace(self._upload_path(upload), path)
        except OSError:
            self.discard(upload)
            raise
        _sync_folder(path.parent)
        return path

    def open(self, digest: str) -> BinaryIO:
        """Return the content with this digest, open; raises ``FileNotFoundError``."""
        return self.path(digest).open("rb")

    def discard(self, upload: str) -> None:
        """Give up a file that is not whole."""
        file = self._open.pop(upload, None)
        if file is not None:
            file.close()
        with contextlib.suppress(OSError):
            self._upload_path(upload).unlink()

    def path(self, digest: str) -> Path:
        """Return where the content with this digest is, or would be.

        Raises
        ------
        ValueError
            It is no digest of ours; such a path could lead anywhere.
        """
        match = _DIGEST.fullmatch(digest)
        if match is None:
            raise ValueError(f"not a digest: {digest[:100]!r}")
        return self.folder / match["hash"][:2] / match["hash"]

    def sweep(self, keep: set[str], older_than_s: float) -> int:
        """Delete contents that no run has, and uploads left behind; return how many.

        Only those older than ``older_than_s`` seconds: a new one may not be in the store yet.
        """
        count = 0
        own = {self._upload_path(upload) for upload in list(self._open)}
        for path in self._old_files(time.time() - older_than_s):
            if path not in own and f"sha256:{path.name}" not in keep:
                with contextlib.suppress(OSError):
                    path.unlink()
                    count += 1
        return count

    def _old_files(self, before: float) -> Iterator[Path]:
        for folder in self.folder.glob("*"):
            for path in folder.glob("*"):
                with contextlib.suppress(OSError):
                    if path.stat().st_mtime < before:
                        yield path

    def _make_folder(self, folder: Path) -> None:
        self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # One by one: the mode is not that of parents which are made along the way.
        for each in (self.folder, folder):
            each.mkdir(mode=0o700, exist_ok=True)

    def _upload_path(self, upload: str) -> Path:
        return self.folder / _UPLOADS / f"{upload}.{os.getpid()}"


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder outlast a power cut; not every system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
