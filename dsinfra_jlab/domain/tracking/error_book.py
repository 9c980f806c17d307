"""Finds the errors of one kernel's runs; pure.

An execution has failed if the kernel's reply says so, if it published an error, or if it died
while busy. ``verdict`` judges how the run ended, where the reply outranks what was published; the
error is recorded either way. Each such run gets one record of the error that ended it, made of
whatever saw it: the probe, what the kernel published, what Python printed. Errors that ended no
run, as in threads, are records beside it. Seen again with more evidence, an error has the same
id, so that it is written over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .. import limits
from ..changes import Change, ErrorFound
from ..errors import limits as error_limits
from ..errors.advice.advising import flags_of, missing_names
from ..errors.advice.cell_history import CellHistory, NameStory
from ..errors.occurrences import CauseFlag, ErrorKind, Frame, FrameKind, Operation
from ..errors.sightings import CellRun, ErrorSeen, ErrorText, SeenException, Sighting
from ..errors.tracebacks.stderr import errors_on_stderr, shell_failures
from ..ids import KernelId, MessageId, RunId, cell_run_id, error_id
from ..lineage.data_flow import NotebookCells
from ..lineage.origins import first_line
from ..runs.records import FlagKind, RunRecord, RunStatus
from .printed_errors import PRINTED_TRACEBACK, printed_by_command, text_of
from .probe_error_reading import MESSAGE_PREFIX
from .run_shelf import RunShelf
from .tracked_run import Moment, TrackedRun
from .verdict import EndCause, KernelEnd, describe_end

ASTRAY = 10_000
"""From this number on errors are counted that were printed in no cell's name."""

BESIDE_PROBE = 20_000
"""From this number on errors are counted that were printed where a probe sees all others."""

_CHILD_PROCESS = re.compile(r"^Process [\w.-]{0,100}Process-[\d:]{1,40}:\s*$", re.MULTILINE)
"""How ``multiprocessing`` announces the error of a child."""

_COMMAND = re.compile(r"^[^\n#]*!", re.MULTILINE)
"""A cell that may have a ``!command`` in it."""

_WORD = re.compile(r"[^\W\d]\w*")

_FLAGS = {
    FlagKind.out_of_order: CauseFlag.order,
    FlagKind.edited_cell: CauseFlag.stale_definition,
    FlagKind.deleted_cell: CauseFlag.deleted_cell,
    FlagKind.before_restart: CauseFlag.kernel_restarted,
}


@dataclass(slots=True)
class _Success:
    """What there was when a cell last ran without an error."""

    installed: str
    data: Mapping[str, str]


class ErrorBook:
    """The errors of one kernel, process after process."""

    def __init__(self, kernel_id: KernelId, runs: RunShelf) -> None:
        self._kernel_id = kernel_id
        self._runs = runs
        self._history = CellHistory()
        self._successes: dict[str, _Success] = {}
        self._unexplained: dict[RunId, TrackedRun] = {}
        self.language: str | None = None
        self.installed = ""
        """What is installed around the kernel; empty while it is not known."""
        self.is_unattended = False
        """Whether every client of the kernel has gone."""
        self._process = 0

    # What happens

    def process_ended(self) -> None:
        """The names of the kernel went with its process."""
        self._process += 1
        self._history.restart()
        self._unexplained.clear()

    def notebook_read(self, notebook: NotebookCells | None) -> list[Change]:
        """The notebook was read as it is saved: names that were missing may stand in it."""
        self._history.notebook = notebook
        changes: list[Change] = []
        for run in self._unexplained.values():
            changes += self.corrected(run)
        self._unexplained.clear()
        return changes

    def told(self, run: TrackedRun, seen: ErrorSeen, at: Moment) -> list[Change]:
        """The probe told of an error."""
        seen = _placed(seen, self._run_of_frame)
        if seen.kind is ErrorKind.exception and seen.number == 0:
            run.errors.ending = seen
            is_over = run.errors.is_told or run.record.status is RunStatus.ok
            return self.corrected(run) if is_over else []
        key = (seen.kind, seen.number)
        if (
            key not in run.errors.others
            and len(run.errors.others) >= error_limits.ERRORS_PER_RUN_MAX
        ):
            return []
        run.errors.others[key] = seen
        return [self._found(run, seen, None, at)]

    def ended(self, run: TrackedRun, at: Moment, end: KernelEnd | None) -> list[Change]:
        """A run has ended, or it turned out how: say what went wrong with it."""
        record = run.record
        writes = run.seen_end.writes if run.seen_end is not None else None
        self._history.ran(
            run_id=record.id,
            cell_id=record.cell_id,
            execution_count=record.execution_count,
            code=record.code,
            status=record.status,
            at=record.queued_at,
            names_written=writes,
        )
        changes = self._ending(run, at, end)
        changes += self.printed(run, at, is_end=True)
        if record.status is RunStatus.ok and record.cell_id is not None and not run.errors.is_told:
            data = dict(run.probe.digests)
            self._successes[record.cell_id] = _Success(self.installed, data)
        return changes

    def corrected(self, run: TrackedRun) -> list[Change]:
        """There is more evidence of how a run ended."""
        return self._ending(run, Moment(run.record.ended_at or run.record.queued_at, 0.0), None)

    def printed(self, run: TrackedRun, at: Moment, *, is_end: bool = False) -> list[Change]:
        """Read stderr for errors that ended no run, where no probe sees them."""
        if run.outputs is None or not self._is_python:
            return []
        if run.seen_end is not None:
            return self._printed_beside_probe(run, at, is_end)
        text = run.outputs.printed("stderr", error_limits.TRACEBACK_MAX_CHARS)
        out = ""
        if _COMMAND.search(run.record.code):  # a terminal gives stderr and stdout as one
            out = run.outputs.printed("stdout", error_limits.TRACEBACK_MAX_CHARS)
        length = len(text) + len(out)
        if not length or length == run.errors.printed:
            return []
        run.errors.printed = length
        changes: list[Change] = []
        numbers: dict[ErrorKind, int] = {}
        found = [*errors_on_stderr(text), *shell_failures(out)]
        for seen in found[: error_limits.ERRORS_PER_RUN_MAX]:
            number = numbers[seen.kind] = numbers.get(seen.kind, 0) + 1
            if seen.kind is not ErrorKind.exception:
                changes.append(
                    self._found(run, replace(seen, number=number, collector="server"), None, at)
                )
        return changes

    def _printed_beside_probe(self, run: TrackedRun, at: Moment, is_end: bool) -> list[Change]:
        """Read stderr for what the probe cannot see: child processes, tracebacks just printed.

        A thread's error is always seen by it, and so is what it has named itself. After the end
        of the cell it may be late with that, and only children are looked for.
        """
        assert run.outputs is not None
        text = run.outputs.printed("stderr", error_limits.TRACEBACK_MAX_CHARS)
        if len(text) == run.errors.printed or PRINTED_TRACEBACK not in text:
            return []
        if len(run.errors.others) >= error_limits.ERRORS_PER_RUN_MAX:
            return []
        run.errors.printed = len(text)
        told = [*run.errors.others.values()]
        told += [run.errors.ending] if run.errors.ending is not None else []
        known = {_bare(each.ename) for seen in told for each in seen.exceptions}
        changes: list[Change] = []
        for number, seen in enumerate(errors_on_stderr(text)[: error_limits.ERRORS_PER_RUN_MAX], 1):
            is_child = seen.kind is ErrorKind.thread and _CHILD_PROCESS.search(text) is not None
            is_printed = seen.kind is ErrorKind.log and is_end
            if not known & {_bare(each.ename) for each in seen.exceptions} and (
                is_child or is_printed
            ):
                seen = replace(seen, number=BESIDE_PROBE + number, collector="server")
                changes.append(self._found(run, seen, None, at))
        return changes

    def printed_astray(self, text: str, at: Moment) -> list[Change]:
        """Read what was printed on stderr in no cell's name: tasks that nobody waited for."""
        run = next(reversed(self._runs.open.values()), None) or next(
            reversed(self._runs.ended.values()), None
        )
        if run is None or run.seen_end is not None or not self._is_python:
            return []
        changes: list[Change] = []
        for seen in errors_on_stderr(text[-error_limits.TRACEBACK_MAX_CHARS :]):
            if (
                seen.kind is ErrorKind.exception
                or len(run.errors.astray) >= error_limits.ERRORS_PER_RUN_MAX
            ):
                continue
            run.errors.astray.append(seen.kind)
            number = ASTRAY + len(run.errors.astray)
            seen = replace(seen, number=number, collector="server")
            changes.append(self._found(run, seen, None, at))
        return changes

    def session_died(self, record: RunRecord, at: Moment, end: KernelEnd) -> list[Change]:
        """A kernel died while nothing ran in it."""
        if end.cause is not EndCause.died:
            return []
        death = Sighting(
            error_id=error_id(record.id, "ending", 0),
            run_id=record.id,
            kernel_id=self._kernel_id,
            language=self.language,
            at=at.now,
            notebook_path=record.document.notebook_path,
            cell_id=None,
            execution_count=None,
            code="",
            environment_id=record.environment_id,
            elapsed_s=None,
            seen=None,
            text=None,
            death=describe_end(end),
            returncode=end.returncode,
            resources=end.resources,
        )
        return [ErrorFound(death)]

    # Inside

    @property
    def _is_python(self) -> bool:
        return self.language is None or self.language.lower() == "python"

    def _ending(self, run: TrackedRun, at: Moment, end: KernelEnd | None) -> list[Change]:
        """Return the error that ended a run, if one did."""
        record, errors = run.record, run.errors
        if record.status is RunStatus.kernel_died and end is not None:
            errors.is_told = True
            return [self._found(run, None, None, at, end)]
        has_failed = record.status is RunStatus.error or (
            record.status is RunStatus.interrupted and bool(record.error_name)
        )
        if record.status is RunStatus.ok:
            # ``%run`` and ``%%capture`` show an error, and the kernel replies that all is well.
            has_failed = run.error is not None or errors.ending is not None
        if not has_failed:
            return []
        errors.is_told = True
        text = None if errors.ending is not None else text_of(run)
        return [self._found(run, errors.ending, text, at)]

    def _found(
        self,
        run: TrackedRun,
        seen: ErrorSeen | None,
        text: ErrorText | None,
        at: Moment,
        end: KernelEnd | None = None,
    ) -> ErrorFound:
        record = run.record
        is_ending = seen is None or (seen.kind is ErrorKind.exception and seen.number == 0)
        kind, number = (
            ("ending", 0) if is_ending or seen is None else (seen.kind.value, seen.number)
        )
        stories = self._stories(run, seen, text)
        statements = _statements(seen)
        flags = [
            *self._flags(run, statements),
            *(flag for s in stories.values() for flag in flags_of(s)),
        ]
        return ErrorFound(
            Sighting(
                error_id=error_id(record.id, kind, number),
                run_id=record.id,
                kernel_id=self._kernel_id,
                language=record.language or self.language,
                at=(record.ended_at or at.now) if is_ending else at.now,
                notebook_path=record.document.notebook_path,
                cell_id=record.cell_id,
                execution_count=record.execution_count,
                code=record.code,
                environment_id=record.environment_id,
                elapsed_s=record.duration_s,
                seen=seen,
                text=text,
                death=describe_end(end) if end is not None else None,
                returncode=end.returncode if end is not None else None,
                resources=end.resources if end is not None else None,
                is_expected=run.errors.is_expected and is_ending,
                printed=printed_by_command(run, seen, text),
                is_remote=record.target is not None,
                is_unattended=is_ending and self._was_unattended(run),
                process=self._process,
                flags=tuple(dict.fromkeys(flags)),
                operations=self._operations(run, statements),
                cells=self._cells(run),
                names=stories,
            )
        )

    def _was_unattended(self, run: TrackedRun) -> bool:
        """Return how it was when the run failed: who leaves later has seen it."""
        if run.errors.is_unattended is None:
            run.errors.is_unattended = self.is_unattended
        return run.errors.is_unattended

    def _stories(
        self, run: TrackedRun, seen: ErrorSeen | None, text: ErrorText | None
    ) -> dict[str, NameStory]:
        """Return what the cells of the kernel have to say of names that were missing."""
        exceptions: tuple[SeenException, ...] = ()
        if seen is not None:
            exceptions = seen.exceptions
        elif text is not None:
            exceptions = (SeenException(text.ename, "", (), text.evalue, len(text.evalue)),)
        stories: dict[str, NameStory] = {}
        for name in missing_names(exceptions)[:3]:
            story = self._history.story(name, run.record.cell_id)
            if story is not None:
                stories[name] = story
            if run.errors.is_told and self._history.notebook is None:
                self._unexplained[run.record.id] = run
        return stories

    def _flags(self, run: TrackedRun, statements: str) -> list[CauseFlag]:
        """Return what was odd about the names of the failing statements, and about the rest."""
        used = set(_WORD.findall(statements))
        flags = [_FLAGS[flag.kind] for flag in run.record.flags if flag.name in used]
        before = self._successes.get(run.record.cell_id or "")
        if before is not None:
            if before.installed and self.installed and before.installed != self.installed:
                flags.append(CauseFlag.environment_changed)
            now = run.probe.digests
            if any(now.get(name, digest) != digest for name, digest in before.data.items()):
                flags.append(CauseFlag.data_changed)
        return flags

    def _operations(self, run: TrackedRun, statements: str) -> tuple[Operation, ...]:
        """Return the runs that wrote what the failing statements used, the newest first."""
        if run.probe.capture is None:
            return ()
        used = set(_WORD.findall(statements))
        by_run: dict[RunId, list[str]] = {}
        for name, run_id in run.probe.capture.sources.items():
            if name in used and run_id != run.record.id:
                by_run.setdefault(run_id, []).append(name)
        if not by_run:
            return ()
        found = [
            Operation(
                run_id=each.record.id,
                cell_id=each.record.cell_id,
                execution_count=each.record.execution_count,
                names=sorted(by_run[each.record.id]),
                code_line=first_line(each.record.code)[: limits.CODE_LINE_MAX_CHARS],
            )
            for each in reversed(self._runs.ended.values())
            if each.record.id in by_run
        ]
        return tuple(found[: error_limits.OPERATIONS_MAX])

    def _cells(self, run: TrackedRun) -> dict[int, CellRun]:
        """Return the runs of the same process by the number that tracebacks call them by."""
        return {
            each.record.execution_count: CellRun(
                each.record.id, each.record.cell_id, each.record.code
            )
            for each in [*self._runs.ended.values(), *self._runs.open.values()]
            if each.record.execution_count is not None
            and (each.kernel_session == run.kernel_session or each is run)
        }

    def _run_of_frame(self, frame: Frame) -> Frame:
        """Put the run into a frame that names a request."""
        given = frame.run_id or ""
        if not given.startswith(MESSAGE_PREFIX):
            return replace(frame, run_id=None) if given else frame
        message_id = given.removeprefix(MESSAGE_PREFIX)
        known = self._runs.find(message_id)
        if known is not None:
            return replace(frame, run_id=known.record.id, cell_id=known.record.cell_id)
        if self._runs.is_ignored(message_id) or not message_id:
            return replace(frame, run_id=None)
        return replace(frame, run_id=cell_run_id(self._kernel_id, MessageId(message_id)))


def _bare(ename: str) -> str:
    return ename.rpartition(".")[2]


def _placed(seen: ErrorSeen, place: Any) -> ErrorSeen:
    exceptions = tuple(
        replace(each, frames=tuple(place(frame) for frame in each.frames))
        for each in seen.exceptions
    )
    return replace(seen, exceptions=exceptions)


def _statements(seen: ErrorSeen | None) -> str:
    """Return the statements of the user's own that were running."""
    frames = seen.exceptions[0].frames if seen is not None else ()
    return "\n".join(frame.source for frame in frames if frame.kind is not FrameKind.library)
