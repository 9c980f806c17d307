"""Errors as Python would print them, for formats that want a stack trace as text."""

from __future__ import annotations

from collections.abc import Sequence

from ..occurrences import ErrorRecord, Frame, Relation

_SENTENCES = {
    Relation.cause: "The above exception was the direct cause of the following exception:",
    Relation.context: "During handling of the above exception, another exception occurred:",
}
TITLE_MAX_CHARS = 200
"""Longest heading made of a message: one line of a list of issues."""


def stacktrace(record: ErrorRecord) -> str:
    """Return the chain of an error, oldest exception first, in the form of Python."""
    return "\n".join(_tree(record, None))


def _tree(record: ErrorRecord, index: int | None) -> list[str]:
    """Return an exception with what led to it above it, and its members below it."""
    link = record if index is None else record.chain[index]
    below = [
        (number, each)
        for number, each in enumerate(record.chain)
        if each.parent == index and number > (-1 if index is None else index)
    ]
    lines: list[str] = []
    for number, each in below:
        if each.relation is not Relation.group:
            lines += [*_tree(record, number), "", _SENTENCES[each.relation], ""]
    lines += _printed(link.ename, link.evalue, link.frames, link.notes)
    members = [number for number, each in below if each.relation is Relation.group]
    for place, number in enumerate(members, 1):
        lines.append(f"  +---------------- {place} ----------------")
        lines += [f"  | {line}" for line in _tree(record, number)]
    return lines


def title(record: ErrorRecord) -> str:
    """Return class and message in one line."""
    first = " ".join(record.evalue.split("\n", 1)[0].split())
    if len(first) > TITLE_MAX_CHARS:
        first = first[: TITLE_MAX_CHARS - 1] + "…"
    return f"{record.ename}: {first}" if first and record.ename else record.ename or first


def _printed(ename: str, evalue: str, frames: Sequence[Frame], notes: Sequence[str]) -> list[str]:
    lines: list[str] = []
    if frames:
        lines.append("Traceback (most recent call last):")
    for frame in frames:
        where = f", line {frame.line}" if frame.line is not None else ""
        inside = f", in {frame.function}" if frame.function else ""
        lines.append(f'  File "{frame.file}"{where}{inside}')
        lines += [f"    {line.strip()}" for line in frame.source.split("\n") if line.strip()]
        if frame.repeated:
            lines.append(f"  [Previous line repeated {frame.repeated} more times]")
    lines.append(f"{ename}: {evalue}" if evalue else ename)
    return [*lines, *notes]
