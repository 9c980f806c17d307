"""The exceptions of one text: how chains, groups and messages are told apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..occurrences import Relation
from .forms_frames import FrameReader, Stack

CHAINS = {
    "The above exception was the direct cause of the following exception:": Relation.cause,
    "During handling of the above exception, another exception occurred:": Relation.context,
}
_HEADING = re.compile(r"(?P<name>[^\W\d][\w.]*)\s+Traceback \(most recent call last\):?\s*$")
_PLAIN_HEADING = re.compile(
    r"\s{0,4}(?:\+ )?(?:Exception Group )?Traceback \(most recent call last\):\s*$"
)
_MESSAGE = re.compile(r"(?P<name>[^\W\d][\w.]*(?:<locals>[\w.]*)*)(?::(?: (?P<text>.*)|\s*)|\s*)$")
_RULE = re.compile(r"[-─]{40,}\s*$")
_GROUP_END = re.compile(r"\s{2,}\+-{30,}$")
_CHILD = re.compile(r"(?P<margin> {2,200})\+(?P<first>-\+)?-{10,} (?:\d+|\.\.\.) -{10,}$")
_MARGIN = re.compile(r"(?P<margin> {2,200})\| ?(?P<rest>.*)$")
_FIRST_MARGIN = re.compile(r"  \+ Exception Group Traceback \(most recent call last\):")
_OUTERMOST = re.compile(r"(?:  \+ Exception Group )?Traceback \(most recent call last\):\s*$")
NESTING_MAX = 20
"""Groups in groups that are read; Python prints ten."""


@dataclass(slots=True)
class Section:
    """One exception as it is printed."""

    name: str = ""
    """Of the class, with module where the text has it."""
    message: str | None = None
    """``None`` if the text shows none."""
    stack: Stack = field(default_factory=lambda: Stack((), 0))
    is_complete: bool = False
    """Whether it has the heading of a traceback."""
    relation: Relation | None = None
    """What it is to the one after it."""
    children: list[list[Section]] = field(default_factory=list)


@dataclass(slots=True)
class _Block:
    """Lines with the same margin, and the blocks of a group that stand between them."""

    lines: list[str | _Block] = field(default_factory=list)


def read_sections(text: str) -> list[Section]:
    """Return the exceptions of a chain, the one that came first first."""
    lines = text.split("\n")
    if any(_FIRST_MARGIN.match(line) or _CHILD.match(line) for line in lines):
        return _chain(_blocks(lines).lines)
    return _chain([*lines])


def last_chain(text: str) -> str:
    """Return a text from where its last traceback, or the chain that ends with it, begins.

    On stderr there may be others above it, of errors that were handled and printed.
    """
    if "RemoteTraceback:" in text:
        return text
    lines = text.split("\n")
    headings = [number for number, line in enumerate(lines) if _OUTERMOST.match(line)]
    for place in range(len(headings) - 1, 0, -1):
        between = lines[headings[place - 1] + 1 : headings[place]]
        sentence = next((line for line in reversed(between) if line.strip()), "")
        if sentence.strip() not in CHAINS:
            return "\n".join(lines[headings[place] :])
    return text


def _blocks(lines: list[str]) -> _Block:
    root = _Block()
    open_blocks: list[tuple[int, _Block]] = [(2, root)]
    for line in lines:
        if child := _CHILD.match(line):
            column = len(child["margin"]) + (2 if child["first"] else 0)
            while len(open_blocks) > 1 and open_blocks[-1][0] >= column:
                open_blocks.pop()
            block = _Block()
            if len(open_blocks) <= NESTING_MAX:
                open_blocks[-1][1].lines.append(block)
            open_blocks.append((column, block))
        elif _GROUP_END.match(line):
            column = line.index("+")
            while len(open_blocks) > 1 and open_blocks[-1][0] >= column:
                open_blocks.pop()
        elif inside := _MARGIN.match(line):
            column = len(inside["margin"])
            while len(open_blocks) > 1 and open_blocks[-1][0] > column:
                open_blocks.pop()
            open_blocks[-1][1].lines.append(inside["rest"])
        else:
            del open_blocks[1:]
            root.lines.append(line)
    return root


def _chain(lines: list[str | _Block], depth: int = 0) -> list[Section]:
    sections = []
    for part, relation in _parts(lines):
        section = _section([line for line in part if isinstance(line, str)])
        section.relation = relation
        if depth < NESTING_MAX:
            blocks = (line for line in part if isinstance(line, _Block))
            children = (_chain(block.lines, depth + 1) for block in blocks)
            section.children = [child for child in children if child]
        if section.is_complete or section.name or section.stack.frames:
            sections.append(section)
    return sections


def _parts(lines: list[str | _Block]) -> Iterator[tuple[list[str | _Block], Relation | None]]:
    """Cut where one exception ends and the next begins, but not in what a worker sent along."""
    part: list[str | _Block] = []
    is_quoted = False
    before = ""
    for index, line in enumerate(lines):
        if isinstance(line, str):
            if line.rstrip() == '"""':
                is_quoted = not is_quoted and before.rstrip().endswith("RemoteTraceback:")
            relation = None if is_quoted else CHAINS.get(line.strip())
            if relation is not None and _goes_on(lines, index + 1):
                yield part, relation
                part = []
                continue
            before = line if line.strip() else before
        part.append(line)
    yield part, None


def _goes_on(lines: list[str | _Block], start: int) -> bool:
    """Whether an exception begins in the next lines."""
    for line in lines[start : start + 5]:
        if isinstance(line, str) and line.strip():
            return bool(_HEADING.match(line) or _PLAIN_HEADING.match(line) or _MESSAGE.match(line))
    return False


def _section(lines: list[str]) -> Section:
    section = Section()
    reader = FrameReader()
    is_framed = False
    for index, line in enumerate(lines):
        following = lines[index + 1] if index + 1 < len(lines) else ""
        if not is_framed and _RULE.match(line):
            continue
        if not is_framed and not section.is_complete:
            if heading := _HEADING.match(line):
                section.name, section.is_complete = heading["name"], True
                continue
            if _PLAIN_HEADING.match(line):
                section.is_complete = True
                continue
        if _begins_message(line, section.name, is_framed or section.is_complete):
            _read_message(section, lines[index:])
            break
        is_framed = reader.take(line, following) or is_framed
    section.stack = reader.stack()
    return section


def _begins_message(line: str, name: str, is_known: bool) -> bool:
    if not line or line[0] in " \t-\"'<[(|":
        return False
    if name:
        return line.rstrip() == name or line.startswith((name + ":", name + " :"))
    found = _MESSAGE.match(line)
    if found is None:
        return False
    return is_known or looks_like_error(found["name"])


def looks_like_error(name: str) -> bool:
    """Whether a word in front of a colon can only be the class of an error."""
    last = name.rpartition(".")[2]
    return last.endswith(_ENDINGS) and (last[0].isupper() or last[0] == "_")


_ENDINGS = (
    "Error",
    "Exception",
    "Warning",
    "Interrupt",
    "Exit",
    "Iteration",
    "Group",
    "Fault",
    "Traceback",
)


def _read_message(section: Section, lines: list[str]) -> None:
    found = _MESSAGE.match(lines[0])
    if found is None:
        first = lines[0].partition(":")[2].removeprefix(" ")
    else:
        section.name = found["name"]
        first = found["text"] or ""
    rest = []
    for line in lines[1:]:
        if _RULE.match(line):
            break
        rest.append(line)
    section.message = "\n".join([first, *rest]).rstrip()
