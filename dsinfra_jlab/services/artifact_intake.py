"""Takes artifacts from kernels, part by part, in a thread of its own.

Writing files takes milliseconds to seconds: too long for the thread that must not fall behind
IOPub. A kernel waits for word every few parts, so what is queued here is bounded by it; one
that does not wait is cut off.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..domain import limits
from ..domain.changes import SaveArtifact
from ..domain.clock import Clock
from ..domain.exceptions import DsinfraError
from ..domain.ids import KernelId, RunId, artifact_id
from ..domain.runs.artifacts import Artifact
from ..domain.tracking.probe_events import ArtifactPart
from .ports import RecordStore

Answer = Callable[[KernelId, str, dict[str, Any] | None, str | None], None]
"""Takes the kernel, its question, and the answer or the reason why there is none."""


class ArtifactFiles(Protocol):
    """Where contents are kept, each once, under its digest."""

    def begin(self, upload: str) -> None:
        """Begin a file that has no digest yet."""

    def append(self, upload: str, body: bytes) -> None:
        """Add to it; raises ``OSError`` or a ``DsinfraError`` with a reason."""

    def finish(self, upload: str, digest: str) -> object:
        """Keep it under its digest, ``sha256:…``."""

    def discard(self, upload: str) -> None:
        """Give it up."""


@dataclass(slots=True)
class _Upload:
    """An artifact on its way."""

    key: str
    run_id: RunId
    first: ArtifactPart
    parts: int = 0
    size_bytes: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)


class ArtifactIntake:
    """A part of the server; ``take`` and ``acknowledge`` may be called from any thread."""

    def __init__(
        self, files: ArtifactFiles, store: RecordStore, clock: Clock, log: logging.Logger
    ) -> None:
        self._files = files
        self._store = store
        self._clock = clock
        self._log = log
        self._answer: Answer = lambda *_: None
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._queued_bytes = 0
        self._lock = threading.Lock()
        self._uploads: dict[tuple[KernelId, str], _Upload] = {}
        self._counts: dict[RunId, int] = {}
        self._thread = threading.Thread(target=self._run, name="dsinfra-artifacts", daemon=True)

    def answer_to(self, answer: Answer) -> None:
        """Say who takes the answers to kernels."""
        self._answer = answer

    async def start(self) -> None:
        """Begin to write what comes."""
        self._thread.start()

    async def stop(self) -> None:
        """Write what is queued, and give up what is not whole."""
        await asyncio.to_thread(self.stop_now)

    def stop_now(self) -> None:
        """Do the same where no event loop runs any more."""
        self._work.put(None)
        if self._thread.is_alive():
            self._thread.join(limits.STOP_DEADLINE_S)

    def take(self, kernel_id: KernelId, run_id: RunId, part: ArtifactPart) -> None:
        """Have a part written; returns at once."""
        size = len(part.body)
        with self._lock:
            is_flood = self._queued_bytes + size > limits.ARTIFACT_QUEUE_MAX_BYTES
            self._queued_bytes += 0 if is_flood else size
        if is_flood:
            self._work.put(lambda: self._refuse(kernel_id, part, "its parts came too fast"))
        else:
            self._work.put(lambda: self._write(kernel_id, run_id, part))

    def acknowledge(self, kernel_id: KernelId, question: str, upload: str) -> None:
        """Answer when every part taken before is written."""
        self._work.put(lambda: self._acknowledge(kernel_id, question, upload))

    # On the thread

    def _run(self) -> None:
        while (act := self._work.get()) is not None:
            try:
                act()
            except Exception:
                self._log.exception("dsinfra: an artifact could not be kept")
        for upload in self._uploads.values():
            self._files.discard(upload.key)

    def _acknowledge(self, kernel_id: KernelId, question: str, upload: str) -> None:
        found = self._uploads.get((kernel_id, upload))
        if found is None:
            self._answer(kernel_id, question, None, "There is no such upload.")
        else:
            self._answer(kernel_id, question, {"size_bytes": found.size_bytes}, None)

    def _write(self, kernel_id: KernelId, run_id: RunId, part: ArtifactPart) -> None:
        with self._lock:
            self._queued_bytes -= len(part.body)
        try:
            upload = self._upload_of(kernel_id, run_id, part)
        except OSError as error:
            self._refuse(kernel_id, part, _cannot("write", error))
            return
        if upload is None:
            return
        reason = self._refusal(upload, part)
        if reason is None:
            reason = self._append(upload, part)
        if reason is not None:
            self._refuse(kernel_id, part, reason)
        elif part.is_last:
            self._finish(kernel_id, upload, part)

    def _upload_of(self, kernel_id: KernelId, run_id: RunId, part: ArtifactPart) -> _Upload | None:
        """Return the upload that a part belongs to, ``None`` if it was given up."""
        known = self._uploads.get((kernel_id, part.upload))
        if known is None and part.number == 0:
            key = hashlib.sha256(f"{kernel_id}:{part.upload}".encode()).hexdigest()
            known = self._uploads[kernel_id, part.upload] = _Upload(key, run_id, part)
            self._files.begin(key)
        return known

    def _refusal(self, upload: _Upload, part: ArtifactPart) -> str | None:
        """Return why a part cannot be taken, ``None`` if it can."""
        if part.number != upload.parts:
            return f"part {upload.parts} of it was lost on the way"
        if len(part.body) > limits.ARTIFACT_PART_MAX_BYTES:
            return "one of its parts is too long"
        if upload.size_bytes + len(part.body) > limits.ARTIFACT_MAX_BYTES:
            return f"it is larger than {limits.ARTIFACT_MAX_BYTES / 1e9:g} GB"
        if self._counts.get(upload.run_id, 0) >= limits.ARTIFACTS_MAX:
            return f"its run has {limits.ARTIFACTS_MAX} artifacts already"
        return None

    def _append(self, upload: _Upload, part: ArtifactPart) -> str | None:
        try:
            self._files.append(upload.key, part.body)
        except DsinfraError as error:
            return error.message
        except OSError as error:
            return _cannot("write", error)
        upload.digest.update(part.body)
        upload.parts += 1
        upload.size_bytes += len(part.body)
        return None

    def _finish(self, kernel_id: KernelId, upload: _Upload, part: ArtifactPart) -> None:
        digest = f"sha256:{upload.digest.hexdigest()}"
        if part.digest and part.digest != digest:
            self._refuse(kernel_id, part, "it was damaged on the way")
            return
        try:
            self._files.finish(upload.key, digest)
        except OSError as error:
            self._refuse(kernel_id, part, _cannot("keep", error))
            return
        del self._uploads[kernel_id, part.upload]
        self._count(upload.run_id)
        artifact = Artifact(
            id=artifact_id(upload.run_id, upload.first.name),
            run_id=upload.run_id,
            name=upload.first.name,
            media_type=upload.first.media_type,
            size_bytes=upload.size_bytes,
            digest=digest,
            created_at=self._clock.now(),
        )
        self._store.record([SaveArtifact(artifact)])
        answer = {"digest": digest, "size_bytes": upload.size_bytes}
        self._answer(kernel_id, part.upload, answer, None)

    def _count(self, run_id: RunId) -> None:
        self._counts[run_id] = self._counts.pop(run_id, 0) + 1
        if len(self._counts) > limits.AMEND_WINDOW_RUNS:
            del self._counts[next(iter(self._counts))]

    def _refuse(self, kernel_id: KernelId, part: ArtifactPart, reason: str) -> None:
        upload = self._uploads.pop((kernel_id, part.upload), None)
        if upload is not None:
            self._files.discard(upload.key)
        message = f"The artifact {part.name!r} was not kept: {reason}."
        self._answer(kernel_id, part.upload, None, message)


def _cannot(act: str, error: OSError) -> str:
    return f"the server cannot {act} it: {error.strerror or type(error).__name__}"
