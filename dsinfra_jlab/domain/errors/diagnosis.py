"""Makes of an error that was seen the record that is kept of it; pure.

Whatever saw it (the probe, the text that a kernel published, the end of a process) gives
exceptions with frames; classification, fingerprint and advice look at those alone, so that an
error is the same one however it was seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from .. import limits
from ..ids import ErrorGroupId, error_group_id
from . import limits as error_limits
from .advice.advising import advise, diagnosis_of
from .carriers import unwrap
from .classification.classifying import Classification, classify
from .classification.severities import reasons_of, weighed
from .deaths import death_of, is_under_pressure
from .fingerprint import death_key, fingerprints
from .message_template import template_of
from .occurrences import (
    Advice,
    Category,
    CauseFlag,
    ErrorKind,
    ErrorRecord,
    Frame,
    FrameKind,
    LinkedException,
    Relation,
    SeverityReason,
)
from .own_classes import with_bases
from .rules import ErrorRule
from .ruling import apply_rules
from .sightings import CellRun, SeenException, Sighting
from .statements import statement_at, statement_of
from .tracebacks.forms_code import in_code, with_magic
from .tracebacks.reading import read_traceback

_EXECUTION = re.compile(r"In\[(\d+)\]")
"""What a traceback calls the code of a cell: by its execution count."""

_OWN_FILE = "In[ ]"
"""The same for the failing cell, where it has none."""

_CREDIBLE = timedelta(minutes=1)
"""How far the kernel's own time of an error may be from ours."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A record, and what a rule of the user's says of its group."""

    record: ErrorRecord
    is_ignored: bool = False


CountRepeats = Callable[[Sighting, ErrorGroupId], int]
"""How many runs of the kernel process of a sighting have failed with a group, it included."""


def diagnose(
    sighting: Sighting,
    rules: Sequence[ErrorRule] = (),
    repeats: CountRepeats = lambda sighting, group_id: 1,
) -> Diagnosis:
    """Return what is kept of an error."""
    kind = _kind(sighting)
    exceptions = tuple(_located(each, sighting) for each in _placed(sighting))
    found = classify(
        exceptions,
        kind,
        returncode=sighting.returncode,
        language=sighting.language,
        printed=sighting.printed,
    )
    if kind is ErrorKind.kernel_death:
        category = death_of(sighting.returncode, sighting.resources).category
        found = replace(found, category=category)
    rule = apply_rules(rules, exceptions, found.inner)
    if rule is not None:
        found = replace(
            found,
            category=rule.category or found.category,
            nature=found.nature,
            severity=rule.severity or found.severity,
        )
    record = _record(sighting, kind, exceptions, found, rule.group if rule is not None else "")
    reasons = [SeverityReason.rule]
    if rule is None or rule.severity is None:
        ending = record.group_id if kind is ErrorKind.exception else None
        reasons = reasons_of(sighting, kind, repeats(sighting, ending) if ending else 0)
    severity = weighed(found.severity, reasons)
    record = replace(record, severity=severity, severity_reasons=reasons)
    return Diagnosis(record, rule is not None and rule.is_ignored)


def _kind(sighting: Sighting) -> ErrorKind:
    if sighting.death is not None:
        return ErrorKind.kernel_death
    return sighting.seen.kind if sighting.seen is not None else ErrorKind.exception


def _exceptions(sighting: Sighting) -> tuple[SeenException, ...]:
    """Return the exceptions of the error, at least one."""
    if sighting.seen is not None:
        return sighting.seen.exceptions
    if sighting.text is not None:
        text = sighting.text
        read = read_traceback(text.ename, text.evalue, text.traceback, language=sighting.language)
        return read or (SeenException(text.ename, "", (), text.evalue, len(text.evalue)),)
    ename = death_of(sighting.returncode, sighting.resources).ename
    said = sighting.death or ""
    return (SeenException(ename, "", (), said, len(said)),)


def _placed(sighting: Sighting) -> tuple[SeenException, ...]:
    """Return the exceptions, with frames read from text called by the cell they are of."""
    exceptions = _exceptions(sighting)
    ends_cell = _kind(sighting) is ErrorKind.exception
    if _collector(sighting) == "probe":
        count = sighting.execution_count
        return with_magic(exceptions, sighting.code, count) if ends_cell else exceptions
    codes = (each.code for each in reversed([*sighting.cells.values()]))
    return in_code(
        with_bases(exceptions, [sighting.code, *codes]),
        code=sighting.code,
        execution_count=sighting.execution_count,
        cells=_Codes(sighting.cells),
        ends_cell=ends_cell,
    )


def _collector(sighting: Sighting) -> str:
    return sighting.seen.collector if sighting.seen is not None else "server"


class _Codes(Mapping[int, str]):
    """The code of cells by execution count, each looked at when it is asked for."""

    def __init__(self, cells: Mapping[int, CellRun]) -> None:
        self._cells = cells

    def __getitem__(self, count: int) -> str:
        return self._cells[count].code

    def __iter__(self) -> Iterator[int]:
        return iter(self._cells)

    def __len__(self) -> int:
        return len(self._cells)


def _located(exception: SeenException, sighting: Sighting) -> SeenException:
    """Return an exception whose frames of cells say of which run they are, and what they ran."""
    frames = tuple(_frame_of_cell(frame, sighting) for frame in exception.frames)
    return replace(exception, frames=frames)


def _frame_of_cell(frame: Frame, sighting: Sighting) -> Frame:
    if frame.kind is not FrameKind.cell:
        return frame
    match = _EXECUTION.fullmatch(frame.file)
    is_own = frame.run_id == sighting.run_id or frame.file == _OWN_FILE
    cell = sighting.cells.get(int(match[1])) if match else None
    if cell is not None:
        frame = replace(frame, run_id=cell.run_id, cell_id=cell.cell_id)
        code = cell.code
    elif is_own:
        frame = replace(frame, run_id=sighting.run_id)
        frame = replace(frame, cell_id=sighting.cell_id)
        code = sighting.code
    else:
        return frame
    return frame if _collector(sighting) == "probe" else _with_whole_statement(frame, code)


def _with_whole_statement(frame: Frame, code: str) -> Frame:
    """Return a frame with its statement, where a text showed but one line of it."""
    statement = statement_at(code, frame.line) if frame.line is not None else None
    if statement is None:
        return frame
    shown = statement_of(frame.source)
    if shown is not None and shown.text == statement.text:
        return frame
    return replace(frame, source=statement.text[: error_limits.FRAME_SOURCE_MAX_CHARS])


def _record(
    sighting: Sighting,
    kind: ErrorKind,
    exceptions: tuple[SeenException, ...],
    found: Classification,
    group: str,
) -> ErrorRecord:
    first, inner = exceptions[0], exceptions[found.inner]
    itself = unwrap(exceptions)
    template = template_of(itself.evalue, ename=itself.ename, category=found.category)
    prints = fingerprints(
        exceptions,
        found.inner,
        template,
        kind=kind,
        notebook_path=sighting.notebook_path,
        cell_id=sighting.cell_id,
        code=sighting.code,
        death=_death_key(sighting),
        group_rule=group,
    )
    advice = advise(sighting, exceptions, found.inner, found.category)[: error_limits.ADVICE_MAX]
    line, column = _place(exceptions, found.inner, sighting)
    return ErrorRecord(
        id=sighting.error_id,
        group_id=error_group_id(prints.issue),
        run_id=sighting.run_id,
        kernel_id=sighting.kernel_id,
        kind=kind,
        ename=inner.ename,
        evalue=inner.evalue[: limits.ERROR_MESSAGE_MAX_CHARS],
        template=template[: limits.ERROR_MESSAGE_MAX_CHARS],
        category=found.category,
        nature=found.nature,
        severity=found.severity,
        flags=_flags(sighting),
        at=_at(sighting),
        notebook_path=sighting.notebook_path,
        cell_id=sighting.cell_id,
        execution_count=sighting.execution_count,
        line=line,
        column=column,
        frames=list(first.frames or inner.frames),
        chain=_chain(exceptions),
        notes=list(first.notes),
        advice=advice,
        fingerprints=prints,
        environment_id=sighting.environment_id,
        collector=_collector(sighting),
        diagnosis=_diagnosis(advice, exceptions, found, sighting),
        carrier=first.ename if found.inner else "",
        evalue_chars=inner.evalue_chars if inner.evalue_chars > len(inner.evalue) else None,
        frames_omitted=first.frames_omitted,
        operations=list(sighting.operations),
        resources=sighting.resources,
        memory_held_bytes=sighting.seen.memory_held_bytes if sighting.seen else None,
        count=sighting.seen.count if sighting.seen else 1,
        dropped=dict(sighting.seen.dropped) if sighting.seen else {},
    )


def _death_key(sighting: Sighting) -> str | None:
    if sighting.death is None:
        return None
    category = death_of(sighting.returncode, sighting.resources).category
    return death_key(sighting.returncode, is_out_of_memory=category is Category.memory)


def _diagnosis(
    advice: Sequence[Advice],
    exceptions: Sequence[SeenException],
    found: Classification,
    sighting: Sighting,
) -> str:
    return diagnosis_of(advice, exceptions, found.inner, found.category, death=sighting.death)


def _chain(exceptions: Sequence[SeenException]) -> list[LinkedException]:
    """Return all exceptions but the first, each with its place among them."""
    return [
        LinkedException(
            relation=each.relation or Relation.context,
            ename=each.ename,
            evalue=each.evalue[: limits.ERROR_MESSAGE_MAX_CHARS],
            frames=list(each.frames),
            parent=each.parent - 1 if each.parent else None,
            notes=list(each.notes),
        )
        for each in exceptions[1:]
    ]


def _place(
    exceptions: Sequence[SeenException], inner: int, sighting: Sighting
) -> tuple[int | None, int | None]:
    """Return line and column of the failing cell at which the error left the user's code.

    A frame of the cell itself comes first; one of a group or carrier may have the only one.
    """
    is_magic = sighting.code.lstrip().startswith("%%")
    for exception in (exceptions[0], exceptions[inner], *exceptions):
        places = [
            (frame.line, frame.column)
            for frame in exception.frames
            if frame.kind is FrameKind.cell and frame.run_id in (None, sighting.run_id)
        ]
        known = [place for place in places if place[0] is not None]
        # A cell magic runs the rest of its cell: where that failed says more than the magic.
        if is_magic and len(known) > 1 and known[0][0] == 1:
            return known[1]
        if known:
            return known[0]
    return None, None


def _flags(sighting: Sighting) -> list[CauseFlag]:
    flags = list(sighting.flags)
    if is_under_pressure(sighting.resources):
        flags.append(CauseFlag.pressure)
    return flags


def _at(sighting: Sighting) -> datetime:
    """Return when it happened: by the kernel's clock where that agrees with ours."""
    claimed_s = sighting.seen.at_s if sighting.seen is not None else None
    if claimed_s is None:
        return sighting.at
    claimed = datetime.fromtimestamp(claimed_s, timezone.utc)
    return claimed if abs(claimed - sighting.at) < _CREDIBLE else sighting.at
