"""Unified diffs of code, in bounded time."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from .. import limits

_CONTEXT = 3
"""Equal lines around a change, as everybody's diffs have."""

_CUT = "… the rest of the difference is left out\n"

_Opcode = tuple[str, int, int, int, int]


def unified_diff(before: str, after: str, before_name: str, after_name: str) -> str:
    """Return how one code becomes the other; empty if they are the same.

    Texts that have too little in common to be compared within
    ``limits.DIFF_MAX_STEPS`` are shown as taken out and put in as a whole: still a right
    diff, only not the shortest. Longer ones than ``limits.DIFF_MAX_CHARS`` are cut.
    """
    if before == after:
        return ""
    old, new = before.splitlines(), after.splitlines()
    if old == new:
        return "Only the ends of lines differ.\n"
    parts: list[str] = []
    length = 0
    for line in _lines(old, new, before_name, after_name):
        length += len(line) + 1
        if length > limits.DIFF_MAX_CHARS:
            parts.append(_CUT)
            break
        parts.append(f"{line}\n")
    return "".join(parts)


def _lines(old: list[str], new: list[str], old_name: str, new_name: str) -> Iterator[str]:
    yield f"--- {old_name}"
    yield f"+++ {new_name}"
    for group in _Hunks(_opcodes(old, new)).get_grouped_opcodes(_CONTEXT):
        first, last = group[0], group[-1]
        yield f"@@ -{_stretch(first[1], last[2])} +{_stretch(first[3], last[4])} @@"
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from (f" {line}" for line in old[i1:i2])
                continue
            yield from (f"-{line}" for line in old[i1:i2])
            yield from (f"+{line}" for line in new[j1:j2])


def _stretch(start: int, end: int) -> str:
    """Return lines as a hunk's head says them: from 1, with their number unless it is 1."""
    count = end - start
    if count == 1:
        return str(start + 1)
    return f"{start + 1 if count else start},{count}"


class _Hunks(difflib.SequenceMatcher[str]):
    """Groups opcodes that somebody else has found."""

    def __init__(self, opcodes: list[_Opcode]) -> None:
        super().__init__()
        self.opcodes = opcodes


def _opcodes(old: list[str], new: list[str]) -> list[_Opcode]:
    """Return the steps from one list of lines to the other, as ``difflib`` writes them."""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    pairs = [(at, at) for at in range(head)]
    middle = _matches(old[head : len(old) - tail], new[head : len(new) - tail])
    pairs += [(head + i, head + j) for i, j in middle]
    pairs += [(len(old) - tail + at, len(new) - tail + at) for at in range(tail)]
    opcodes: list[_Opcode] = []
    i = j = 0
    for found_i, found_j in [*pairs, (len(old), len(new))]:
        if i < found_i or j < found_j:
            tag = "insert" if i == found_i else "delete" if j == found_j else "replace"
            opcodes.append((tag, i, found_i, j, found_j))
        if found_i < len(old) and found_j < len(new):
            if opcodes and opcodes[-1][0] == "equal" and opcodes[-1][2] == found_i:
                _, i1, _, j1, _ = opcodes.pop()
                opcodes.append(("equal", i1, found_i + 1, j1, found_j + 1))
            else:
                opcodes.append(("equal", found_i, found_i + 1, found_j, found_j + 1))
        i, j = found_i + 1, found_j + 1
    return opcodes


def _common(old: list[str], new: list[str]) -> int:
    """Return how many lines both begin with."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def _matches(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    """Return which line became which, by Myers's greedy search; none if it takes too long.

    ``difflib`` would take minutes for some pairs of 10,000 lines.
    """
    if not old or not new or not set(old) & set(new):
        return []
    rounds: list[list[int]] = []
    """Of each number of edits, how far into ``old`` each diagonal comes, from the lowest on."""
    budget = limits.DIFF_MAX_STEPS
    for edits in range(len(old) + len(new) + 1):
        reached: list[int] = []
        for place in range(edits + 1):
            x = _entered(rounds[-1], place)[0] if edits else 0
            y = x - (2 * place - edits)
            start = x
            while x < len(old) and y < len(new) and old[x] == new[y]:
                x, y = x + 1, y + 1
            budget -= 1 + x - start
            reached.append(x)
            if x >= len(old) and y >= len(new):
                return _walked_back(rounds, place, len(old), len(new))
        rounds.append(reached)
        if budget < 0:
            return []
    return []  # pragma: no cover - so many edits always suffice


def _entered(before: list[int], place: int) -> tuple[int, int]:
    """Return where a diagonal is entered by one more edit, and from which place before."""
    by_insert = before[place] if place < len(before) else -1
    by_delete = before[place - 1] + 1 if place > 0 else -1
    return (by_delete, place - 1) if by_delete > by_insert else (by_insert, place)


def _walked_back(rounds: list[list[int]], place: int, x: int, y: int) -> list[tuple[int, int]]:
    """Return the pairs of equal lines on the way that the search took."""
    pairs: list[tuple[int, int]] = []
    for edits in range(len(rounds), 0, -1):
        entered_x, from_place = _entered(rounds[edits - 1], place)
        while x > entered_x:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        if from_place == place:  # one more line of the new one, on the diagonal above
            y -= 1
        else:
            x -= 1
        place = from_place
    while x > 0:
        x, y = x - 1, y - 1
        pairs.append((x, y))
    return pairs[::-1]
