"""Errors as Markdown, to be pasted into an issue: the message first, the rest below it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from ..occurrences import ErrorRecord, Frame, FrameKind, LinkedException, Relation, Variable
from .text import title

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!$&@])")
_BULLET = re.compile(r"(?m)^(\s*)([-+=]|\d+[.)])")
_RELATIONS = {
    Relation.cause: "Caused by",
    Relation.context: "While handling",
    Relation.group: "One of the group",
}


def export_markdown(records: Sequence[ErrorRecord]) -> str:
    """Return errors as one document, ended by a newline; empty if there are none."""
    return "\n---\n\n".join("\n".join(_lines(record)) + "\n" for record in records)


def _lines(record: ErrorRecord) -> Iterator[str]:
    yield f"## {escaped(title(record))}"
    yield ""
    if "\n" in record.evalue:
        yield from fenced(record.evalue)
    if record.diagnosis:
        yield f"**{escaped(record.diagnosis)}**"
        yield ""
    if where := _where(record):
        yield where
        yield ""
    for note in record.notes:
        yield from (f"> {escaped(line)}" for line in note.split("\n"))
        yield ""
    yield from _advice(record)
    yield from _stack(record.frames, record.frames_omitted)
    yield from _variables(record.frames)
    for link in record.chain:
        yield from _linked(link)
    yield from _facts(record)


def _where(record: ErrorRecord) -> str:
    parts = []
    if record.notebook_path:
        parts.append(code(record.notebook_path))
    if record.execution_count is not None:
        parts.append(f"cell {code(f'In[{record.execution_count}]')}")
    elif record.cell_id:
        parts.append(f"cell {code(record.cell_id)}")
    if record.line is not None:
        parts.append(f"line {record.line}")
    return ", ".join(parts)


def _advice(record: ErrorRecord) -> Iterator[str]:
    if not record.advice:
        return
    yield "### What may help"
    yield ""
    for advice in record.advice:
        evidence = f" ({escaped(_one_line(advice.evidence))})" if advice.evidence else ""
        yield f"- {escaped(_one_line(advice.text))}{evidence}"
    yield ""


def _stack(frames: Sequence[Frame], omitted: int = 0) -> Iterator[str]:
    """Yield the calls; those of libraries folded, where they stand next to one another."""
    if not frames:
        return
    yield "### Where it happened"
    yield ""
    if omitted:
        yield f"{omitted} calls in the middle are left out."
        yield ""
    for is_library, run in groupby(frames, lambda frame: frame.kind is FrameKind.library):
        block = list(run)
        text = list(fenced("\n".join(line for frame in block for line in _call(frame))))
        if not is_library:
            yield from text
            continue
        calls = "1 call" if len(block) == 1 else f"{len(block)} calls"
        yield f"<details><summary>{calls} in libraries</summary>"
        yield ""
        yield from text
        yield "</details>"
        yield ""


def _call(frame: Frame) -> Iterator[str]:
    line = f":{frame.line}" if frame.line is not None else ""
    inside = f" in {frame.function}" if frame.function else ""
    repeated = f" ({frame.repeated} times more)" if frame.repeated else ""
    yield f"{frame.file}{line}{inside}{repeated}"
    for text in frame.source.split("\n"):
        if text.strip():
            yield f"    {text}"


def _variables(frames: Sequence[Frame]) -> Iterator[str]:
    found: dict[str, Variable] = {}
    for frame in reversed(frames):
        for variable in frame.variables:
            found.setdefault(variable.name, variable)
    if not found:
        return
    yield "### Data"
    yield ""
    yield "| Name | Type | What it holds |"
    yield "| --- | --- | --- |"
    for each in found.values():
        cells = (in_table(each.name), in_table(each.type), in_table(each.summary))
        yield f"| {' | '.join(cells)} |"
    yield ""


def _linked(link: LinkedException) -> Iterator[str]:
    yield f"### {_RELATIONS[link.relation]}: {escaped(link.ename)}"
    yield ""
    if link.evalue:
        yield from fenced(link.evalue)
    if link.frames:
        yield "<details><summary>Calls</summary>"
        yield ""
        yield from fenced("\n".join(line for frame in link.frames for line in _call(frame)))
        yield "</details>"
        yield ""


def _severity(record: ErrorRecord) -> str:
    reasons = [reason.value.replace("_", " ") for reason in record.severity_reasons]
    return record.severity.value + (f" ({', '.join(reasons)})" if reasons else "")


def _facts(record: ErrorRecord) -> Iterator[str]:
    facts = {
        "Kind": record.category.value.replace("_", " "),
        "Severity": _severity(record),
        "When": record.at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "Times in this run": str(record.count) if record.count > 1 else "",
        "Environment": record.environment_id or "",
        "Run": record.run_id,
        "Error": record.id,
    }
    yield "| | |"
    yield "| --- | --- |"
    for name, value in facts.items():
        if value:
            yield f"| {name} | {in_table(value)} |"


def escaped(text: str) -> str:
    """Return text of which Markdown and HTML make nothing but itself."""
    return _BULLET.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", text))


def code(text: str) -> str:
    """Return text as code within a line, whatever backticks it has."""
    text = _one_line(text)
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    marks = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") or not text.strip() else ""
    return f"{marks}{pad}{text}{pad}{marks}"


def in_table(text: str) -> str:
    """Return text for a cell of a table; code there reads differently from place to place."""
    return escaped(_one_line(text))


def fenced(text: str) -> Iterator[str]:
    """Yield text as a block of code, with a fence that is longer than any in it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    yield f"{fence}text"
    yield text
    yield fence
    yield ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
