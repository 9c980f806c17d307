"""Artifacts: what is known of them, and their content."""

from __future__ import annotations

import asyncio
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from ..domain.exceptions import NotFound
from ..domain.ids import ArtifactId, RunId
from ..domain.runs.artifacts import Artifact, RunArtifacts
from .ports import RecordStore

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

PathOfDigest = Callable[[str], Path]
"""Where the content with this digest is kept."""


class OpenArtifact:
    """The content of an artifact, read in a thread stretch by stretch."""

    def __init__(self, artifact: Artifact, file: BinaryIO, size_bytes: int) -> None:
        self.artifact = artifact
        self.size_bytes = size_bytes
        self._file = file

    async def read(self, start: int, count: int) -> bytes:
        """Return at most ``count`` bytes from ``start`` on; fewer at the end."""
        return await asyncio.to_thread(self._read, start, count)

    async def close(self) -> None:
        """Close the file."""
        await asyncio.to_thread(self._file.close)

    def _read(self, start: int, count: int) -> bytes:
        self._file.seek(start)
        return self._file.read(count)


class ArtifactReader:
    """The use cases of artifacts."""

    def __init__(self, store: RecordStore, path_of: PathOfDigest) -> None:
        self._store = store
        self._path_of = path_of

    async def artifacts(self, run_id: RunId) -> RunArtifacts:
        """Return the artifacts of a run; raises ``NotFound``."""
        return await self._store.artifacts(run_id)

    async def open(self, run_id: RunId, artifact_id: ArtifactId) -> OpenArtifact:
        """Return the open content of an artifact, which the caller closes.

        Raises
        ------
        NotFound
            The run has no such artifact, or its content is not on this machine.
        """
        artifact = await self._store.artifact(run_id, artifact_id)
        if _DIGEST.fullmatch(artifact.digest) is None:
            raise NotFound(f"The content of {artifact.name!r} was never kept.")
        try:
            file, size = await asyncio.to_thread(_opened, self._path_of(artifact.digest))
        except OSError:
            raise NotFound(
                f"The content of {artifact.name!r} is not on this machine: "
                "it was kept by another one, or its file has been deleted."
            ) from None
        return OpenArtifact(artifact, file, size)


def _opened(path: Path) -> tuple[BinaryIO, int]:
    """Return an open regular file and its size; raises ``OSError``."""
    file = open(path, "rb", buffering=0)  # noqa: SIM115 - the caller closes it
    found = os.fstat(file.fileno())
    if not stat.S_ISREG(found.st_mode):
        file.close()
        raise OSError("not a regular file")
    return file, found.st_size
