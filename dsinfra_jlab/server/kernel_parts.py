"""Wires the parts between kernels and the store."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..domain.changes import MoveDocument
from ..domain.clock import Clock
from ..domain.exceptions import DsinfraError
from ..domain.ids import KernelId, ServerId
from ..domain.lineage.data_flow import NotebookCells
from ..domain.redaction.redactor import Redactor
from ..domain.runs.records import Environment
from ..domain.tracking.messages import ExecuteReply
from ..domain.tracking.probe_events import VERSION, Question
from ..kernel.options import Options
from ..kernel.questions import ANSWER_TYPE
from ..sensors.environment import read_environment
from ..sensors.nvidia import NvidiaSensor
from ..services.artifact_intake import ArtifactFiles, ArtifactIntake
from ..services.contents_paths import ContentsPaths
from ..services.kernel_questions import KernelQuestions
from ..services.monitor import Monitor
from ..services.ports import RecordStore
from ..services.probes import ProbeDesk
from ..services.reading_desk import ReadingDesk
from ..services.recording import Policy, Recorder
from ..services.run_meter import CompleteSamples
from ..services.saved_cells import SavedCells
from ..services.watched_kernel import WatchedKernel
from .injection import Injector
from .observer import KernelObserver
from .watch import KernelWatch

Teller = Callable[[Any], Coroutine[Any, Any, None]]
"""Takes news on the event loop."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the parts that watch kernels need of the rest."""

    serverapp: Any
    store: RecordStore
    policy: Policy
    paths: ContentsPaths
    clock: Clock
    redactor: Redactor
    server_id: ServerId
    files: ArtifactFiles
    questions: KernelQuestions
    complete_samples: CompleteSamples
    is_injecting: bool
    oom_score: int
    is_resetting_marks: bool
    log: logging.Logger


class KernelParts:
    """Everything from a kernel's messages to the store, and back to the kernel."""

    def __init__(self, given: Surroundings) -> None:
        log = given.log
        self._questions = given.questions
        self.answers_job: Callable[[ExecuteReply], bool] = lambda reply: False
        """Takes replies to requests about jobs; called on the observer's thread."""
        self._on_landed: Teller | None = None
        self._on_move: Teller | None = None
        self.is_injecting = given.is_injecting
        self._is_resetting_marks = given.is_resetting_marks
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.environments: ReadingDesk[Environment] = ReadingDesk(
            "environment", read_kernel_environment, log
        )
        self.notebooks: ReadingDesk[NotebookCells | None] = ReadingDesk(
            "notebook", SavedCells().read, log
        )
        self.artifacts = ArtifactIntake(given.files, given.store, given.clock, log)
        probes = ProbeDesk(
            inject=(lambda kernel_id: self.injector.inject(kernel_id))
            if given.is_injecting
            else None,
            answer=self._ask,
            artifacts=self.artifacts,
            log=log,
            landed=lambda event: self._tell(self._on_landed, event),
        )
        self.monitor = Monitor(
            given.clock,
            lambda kernel_id: self.recorder.is_busy(kernel_id),
            log,
            facts=lambda kernel_id: self.watch.facts(kernel_id),
            gpus=NvidiaSensor(),
            folder=str(getattr(given.serverapp, "root_dir", "") or "."),
            oom_score=given.oom_score,
        )
        self.recorder = recorder = Recorder(
            given.store,
            given.policy,
            server_id=given.server_id,
            clock=given.clock,
            log=log,
            redactor=given.redactor,
            ask_environment=self.environments.ask,
            ask_notebook=self.notebooks.ask,
            probes=probes,
            monitor=self.monitor,
            complete_samples=given.complete_samples,
            answers_job=lambda reply: self.answers_job(reply),
            on_move=self._moved,
        )
        self.observer = observer = KernelObserver(recorder, log)
        self._policy = given.policy
        self.injector = Injector(observer, self.options, log)
        self.environments.answer_to(_on(observer, recorder.environment_known))
        self.notebooks.answer_to(_on(observer, recorder.notebook_read))
        self.artifacts.answer_to(self._answer)
        self.watch = KernelWatch(
            given.serverapp,
            recorder,
            observer,
            given.paths,
            log,
            self.monitor,
            self.injector if given.is_injecting else None,
        )

    # A part of the server: it only holds the loop on which questions are answered

    async def start(self) -> None:
        """Take note of the event loop."""
        self._loop = asyncio.get_running_loop()

    async def stop(self) -> None:
        """Let questions be that are not answered yet."""
        for task in list(self._tasks):
            task.cancel()

    # What the user has set

    def settings_changed(self) -> None:
        """Tell the probe in each kernel what it needs to know of the settings."""
        for kernel_id in self.recorder.kernels_with_probe():
            self.injector.tell_options(kernel_id)

    def options(self) -> Options:
        """Return what the probe needs to know of the settings."""
        settings = self._policy.current
        wants_values = settings.is_recording_errors and settings.is_capturing_values
        return Options(wants_values, settings.is_recording_warnings, self._is_resetting_marks)

    # Jobs

    def on_landed(self, take: Teller) -> None:
        """Have ``take`` called when a kernel has taken results of a job."""
        self._on_landed = take

    def on_move(self, take: Teller) -> None:
        """Have ``take`` called when a file or folder was renamed."""
        self._on_move = take

    def _moved(self, move: MoveDocument) -> None:
        """A file or folder was renamed; called on the observer's thread."""
        self._tell(self._on_move, move)

    def _tell(self, take: Teller | None, news: Any) -> None:
        """Have something told on the event loop."""
        if self._loop is not None and take is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._run, take, news)

    def _run(self, take: Teller, news: Any) -> None:
        task = asyncio.ensure_future(take(news))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Questions of kernels

    def _ask(self, kernel: WatchedKernel, question: Question) -> None:
        """Have a question answered on the event loop; called on the observer's thread."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._begin, kernel, question)

    def _begin(self, kernel: WatchedKernel, question: Question) -> None:
        task = asyncio.ensure_future(self._reply(kernel, question))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _reply(self, kernel: WatchedKernel, question: Question) -> None:
        try:
            answer = await self._questions.answer(kernel, question)
        except DsinfraError as error:
            self._answer(kernel.id, question.id, None, error.message)
        except Exception as error:
            self._answer(
                kernel.id, question.id, None, f"The server failed: {type(error).__name__}."
            )
        else:
            self._answer(kernel.id, question.id, answer, None)

    def _answer(
        self, kernel_id: KernelId, question: str, answer: dict[str, Any] | None, error: str | None
    ) -> None:
        content = {"v": VERSION, "question": question, "answer": answer, "error": error}
        self.observer.send(kernel_id, "control", ANSWER_TYPE, content)


def _on(observer: KernelObserver, take: Callable[..., None]) -> Callable[..., None]:
    """Return a function that has ``take`` called on the observer's thread."""
    return lambda *answer: observer.call(partial(take, *answer))


def read_kernel_environment(kernel: WatchedKernel, language_version: str | None) -> Environment:
    """Return what surrounds a kernel, as far as the server can see it."""
    return read_environment(kernel.argv, kernel.language, language_version, kernel.cwd)
