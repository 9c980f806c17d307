"""Sees to what a script says that is about no run: contents of artifacts, and questions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..domain.clock import Clock
from ..domain.exceptions import DsinfraError
from ..domain.ids import KernelId, RunId
from ..domain.runs.records import Document
from ..domain.tracking.probe_events import ArtifactPart, ProbeEvent, Question
from ..services.artifact_intake import ArtifactIntake
from ..services.contents_paths import ContentsPaths
from ..services.kernel_questions import KernelQuestions
from ..services.runs import RunService
from ..services.settings import SettingsService
from ..services.watched_kernel import WatchedKernel
from ..store import SqlStore
from ..store.artifact_files import ArtifactFiles
from .sinks import Answer

_log = logging.getLogger(__name__)


class ScriptDesk:
    """Does for a script what the server does for a kernel; used by the recording thread."""

    def __init__(
        self,
        store: SqlStore,
        settings: SettingsService,
        clock: Clock,
        artifacts_folder: Path,
        answer: Answer,
    ) -> None:
        self._store = store
        self._answer = answer
        self._questions = KernelQuestions(RunService(store, ContentsPaths(None)), store, settings)
        self._artifacts = ArtifactIntake(ArtifactFiles(artifacts_folder), store, clock, _log)
        self._artifacts.answer_to(lambda _kernel, *given: answer(*given))
        self._has_artifacts = False

    def see_to(
        self,
        kernel_id: KernelId,
        document: Document,
        event: ProbeEvent,
        run_id: Callable[[int | None], RunId],
    ) -> None:
        """See to an event; those that are about a run are passed by."""
        if isinstance(event, ArtifactPart):
            self._begin_artifacts()
            self._artifacts.take(kernel_id, run_id(event.block), event)
        elif isinstance(event, Question) and event.what == "received":
            self._begin_artifacts()
            upload = str(event.arguments.get("artifact", ""))
            self._artifacts.acknowledge(kernel_id, event.id, upload)
        elif isinstance(event, Question):
            asker = WatchedKernel(kernel_id, "python", document, "python", (), "")
            self._answer(event.id, *asyncio.run(self._answered(asker, event)))

    def close(self) -> None:
        """Write the contents that wait."""
        if self._has_artifacts:
            self._artifacts.stop_now()

    def _begin_artifacts(self) -> None:
        if not self._has_artifacts:
            self._has_artifacts = True
            asyncio.run(self._artifacts.start())

    async def _answered(self, asker: WatchedKernel, question: Question) -> tuple[Any, str | None]:
        """Return the answer, or ``None`` and why there is none."""
        try:
            await self._store.flush()  # what the script logged before it asked is part of it
            return await self._questions.answer(asker, question), None
        except DsinfraError as error:
            return None, error.message
        except Exception as error:
            return None, f"The store failed: {type(error).__name__}."
