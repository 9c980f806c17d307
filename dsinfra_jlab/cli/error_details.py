"""One error whole, as a terminal shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from ..domain.errors.occurrences import ErrorRecord, Frame, FrameKind, Relation
from .table import Column, plain, table

__all__ = ["error_text"]

_RELATIONS = {
    Relation.cause: "Caused by",
    Relation.context: "While handling",
    Relation.group: "Together with",
}


def error_text(record: ErrorRecord) -> str:
    """Return an error as lines; calls within libraries are only counted."""
    parts = [
        [_head(record), "", *_message(record.ename, record.evalue)],
        _section(
            "What may help", [f"- {plain(a.text)} ({plain(a.evidence)})" for a in record.advice]
        ),
        _section("Where it happened", _calls(record.frames)),
        _section("Data", _data(record.frames)),
    ]
    for link in record.chain:
        lines = [*_message(link.ename, link.evalue), *_calls(link.frames)]
        parts.append(_section(_RELATIONS[link.relation], lines))
    parts += [
        _section("Notes", [plain(note) for note in record.notes]),
        _section(
            "What ran before", [_ran(op.execution_count, op.code_line) for op in record.operations]
        ),
        ["", f"run {record.run_id}, error {record.id}"],
    ]
    return "\n".join(line for part in parts for line in part) + "\n"


def _head(record: ErrorRecord) -> str:
    count = record.execution_count
    place = [
        record.notebook_path or "",
        "" if count is None else f"cell [{count}]",
        "" if record.line is None else f"line {record.line}",
        f"{record.at.astimezone():%Y-%m-%d %H:%M:%S}",
    ]
    return plain(", ".join(part for part in place if part))


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return ["", title, *(f"  {line}" for line in lines)] if lines else []


def _message(ename: str, evalue: str) -> list[str]:
    return [plain(line) for line in f"{ename}: {evalue}".splitlines()]


def _calls(frames: Iterable[Frame]) -> list[str]:
    """Return a line for each call and one for its code; those in libraries as a number."""
    lines: list[str] = []
    for is_library, run in groupby(frames, lambda frame: frame.kind is FrameKind.library):
        calls = list(run)
        if is_library:
            count = "1 call" if len(calls) == 1 else f"{len(calls)} calls"
            lines.append(f"… {count} in {_modules(calls)}")
            continue
        for frame in calls:
            lines.append(_place(frame))
            lines += [f"    {plain(line)}" for line in frame.source.strip().splitlines()]
    return lines


def _place(frame: Frame) -> str:
    # The file of a cell is one that IPython made up.
    is_cell = frame.kind is FrameKind.cell
    line = "" if frame.line is None else f" line {frame.line}" if is_cell else f":{frame.line}"
    file = "cell" if is_cell else frame.file
    within = f" in {frame.function}" if frame.function else ""
    again = f" (and {frame.repeated:,} times again)" if frame.repeated else ""
    return plain(f"{file}{line}{within}{again}")


def _modules(frames: Iterable[Frame]) -> str:
    names = dict.fromkeys(frame.module.partition(".")[0] for frame in frames if frame.module)
    return plain(", ".join(names)) or "libraries"


def _data(frames: Iterable[Frame]) -> list[str]:
    """Return what the variables were, the innermost of a name alone."""
    found = {each.name: each for frame in frames for each in frame.variables}
    rows = [(each.name, each.type, each.summary) for each in found.values()]
    columns = (Column("NAME"), Column("TYPE"), Column("WHAT IT HELD"))
    return table(columns, rows, None).splitlines() if rows else []


def _ran(execution_count: int | None, code_line: str) -> str:
    return f"[{' ' if execution_count is None else execution_count}] {plain(code_line)}"
