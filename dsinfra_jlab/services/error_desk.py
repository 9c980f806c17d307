"""Makes records of the errors that were seen, without what may not be stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ..domain.changes import SaveError
from ..domain.errors.diagnosis import diagnose
from ..domain.errors.occurrences import (
    ErrorKind,
    ErrorRecord,
    Frame,
    Operation,
    ResourceState,
    Variable,
)
from ..domain.errors.repeats import Repeats
from ..domain.errors.sightings import CellRun, ErrorSeen, ErrorText, SeenException, Sighting
from ..domain.ids import KernelId
from ..domain.redaction.redactor import Redactor, without_known
from ..domain.settings import Settings

LookAtResources = Callable[[KernelId], ResourceState | None]
"""How the machine stands for a kernel now, from memory; ``None`` if nobody looks."""


class ErrorDesk:
    """Takes secrets out of what was seen of an error, and has it judged.

    They go before it is judged: what is grouped, advised and stored is one and the same text.
    """

    def __init__(self, redactor: Redactor, look: LookAtResources | None = None) -> None:
        self._redactor = redactor
        self._code = lru_cache(maxsize=64)(redactor.redact)
        self._look = look or (lambda kernel_id: None)
        self._repeats = Repeats()

    def saved(self, sighting: Sighting, settings: Settings) -> SaveError | None:
        """Return what is to be stored of an error, ``None`` if the user wants none of it."""
        if sighting.seen is not None and not _is_wanted(sighting.seen, settings):
            return None
        if sighting.resources is None:
            sighting = replace(sighting, resources=self._look(sighting.kernel_id))
        cleared = _Clearing(self._redactor, self._code, sighting.code).sighting(sighting)
        found = diagnose(cleared, settings.error_rules, self._repeats.count)
        record = found.record
        if not settings.is_recording_errors:
            record = _outline(record)
        elif not settings.is_recording_code:
            record = _without_code(record)
        return SaveError(record, found.is_ignored)


class _Clearing:
    """Takes the secrets out of one sighting: those that show, and those that its code names."""

    def __init__(self, redactor: Redactor, code: Callable[[str], str], own_code: str) -> None:
        self._redactor = redactor
        self._code = code
        self._known = redactor.secrets_in(own_code)

    def _text(self, text: str) -> str:
        return without_known(self._redactor.redact(text), self._known)

    def _value(self, value: Any) -> Any:
        """Return a JSON value without secrets."""
        return self._without_known(self._redactor.redact_value(value))

    def _without_known(self, value: Any) -> Any:
        if isinstance(value, str):
            return without_known(value, self._known)
        if isinstance(value, dict):
            return {key: self._without_known(each) for key, each in value.items()}
        return [self._without_known(each) for each in value] if isinstance(value, list) else value

    def sighting(self, sighting: Sighting) -> Sighting:
        """Return a sighting without secrets."""
        return replace(
            sighting,
            code=self._code(sighting.code),
            seen=self._cleared_seen(sighting.seen),
            text=self._cleared_text(sighting.text),
            printed=self._text(sighting.printed),
            operations=tuple(self._cleared_operation(each) for each in sighting.operations),
            cells=_Cleared(sighting.cells, self._code),
        )

    def _cleared_seen(self, seen: ErrorSeen | None) -> ErrorSeen | None:
        if seen is None:
            return None
        return replace(
            seen,
            exceptions=tuple(self._cleared_exception(each) for each in seen.exceptions),
            facts=tuple(self._value(dict(fact)) for fact in seen.facts),
        )

    def _cleared_exception(self, exception: SeenException) -> SeenException:
        return replace(
            exception,
            evalue=self._text(exception.evalue),
            notes=tuple(map(self._text, exception.notes)),
            frames=tuple(self._cleared_frame(frame) for frame in exception.frames),
        )

    def _cleared_frame(self, frame: Frame) -> Frame:
        return replace(
            frame,
            source=self._text(frame.source),
            variables=[self._cleared_variable(each) for each in frame.variables],
        )

    def _cleared_variable(self, variable: Variable) -> Variable:
        """A value is hidden for what it looks like, and for the name it goes by."""
        cleared = self._value({variable.name: variable.summary})
        return replace(variable, summary=next(iter(cleared.values())))

    def _cleared_text(self, text: ErrorText | None) -> ErrorText | None:
        if text is None:
            return None
        return ErrorText(text.ename, self._text(text.evalue), self._text(text.traceback))

    def _cleared_operation(self, operation: Operation) -> Operation:
        return replace(operation, code_line=self._text(operation.code_line))


class _Cleared(Mapping[int, CellRun]):
    """Runs of cells whose code is cleared when somebody asks for one: few are asked for."""

    def __init__(self, cells: Mapping[int, CellRun], clear: Callable[[str], str]) -> None:
        self._cells = cells
        self._clear = clear

    def __getitem__(self, count: int) -> CellRun:
        cell = self._cells[count]
        return replace(cell, code=self._clear(cell.code))

    def __iter__(self) -> Any:
        return iter(self._cells)

    def __len__(self) -> int:
        return len(self._cells)


def _is_wanted(seen: ErrorSeen, settings: Settings) -> bool:
    return seen.kind is not ErrorKind.warning or settings.is_recording_warnings


def _outline(record: ErrorRecord) -> ErrorRecord:
    """Return an error with class, message and place, and nothing that was looked up for it."""
    chain = [replace(each, frames=[]) for each in record.chain]
    return replace(record, frames=[], chain=chain, operations=[], notes=[], memory_held_bytes=None)


def _without_code(record: ErrorRecord) -> ErrorRecord:
    def blank(frames: list[Frame]) -> list[Frame]:
        return [replace(frame, source="") for frame in frames]

    chain = [replace(each, frames=blank(each.frames)) for each in record.chain]
    operations = [replace(each, code_line="") for each in record.operations]
    return replace(record, frames=blank(record.frames), chain=chain, operations=operations)
