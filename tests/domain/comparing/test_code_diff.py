"""Diffs of code: right, readable, and never slow."""

from __future__ import annotations

import random
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain import limits
from dsinfra_jlab.domain.comparing.code_diff import unified_diff

LINES = st.lists(st.sampled_from(["a", "b", "c", "", "x = 1"]), max_size=30)


def patched(before: str, diff: str) -> list[str]:
    """Apply a unified diff, as ``patch`` does, and check that it fits."""
    old = before.splitlines()
    new: list[str] = []
    at = 0
    for line in diff.splitlines()[2:]:
        head = re.fullmatch(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", line)
        if head is not None:
            start = int(head[1]) - (0 if head[2] == "0" else 1)
            new += old[at:start]
            at = start
            assert len(new) == int(head[3]) - (0 if head[4] == "0" else 1)
        elif line[0] == "+":
            new.append(line[1:])
        else:
            assert old[at] == line[1:]
            new += [old[at]] if line[0] == " " else []
            at += 1
    return new + old[at:]


@given(LINES, LINES)
def test_a_diff_makes_one_code_of_the_other(before: list[str], after: list[str]) -> None:
    one, other = "\n".join(before), "\n".join(after)
    diff = unified_diff(one, other, "one", "other")
    assert (diff == "") == (one == other)
    if "@@" in diff:
        assert patched(one, diff) == other.splitlines()
    else:
        assert one.splitlines() == other.splitlines()


@given(LINES, LINES)
def test_a_diff_is_as_short_as_it_can_be(before: list[str], after: list[str]) -> None:
    one, other = "\n".join(before), "\n".join(after)
    before, after = one.splitlines(), other.splitlines()
    diff = unified_diff(one, other, "one", "other")
    edits = sum(line[:1] in "+-" for line in diff.splitlines()[2:])
    rows = [list(range(len(after) + 1))]
    for i, old in enumerate(before):
        row = [i + 1]
        for j, new in enumerate(after):
            least = rows[-1][j] if old == new else min(rows[-1][j + 1], row[j]) + 1
            row.append(least)
        rows.append(row)
    if "@@" in diff:
        assert edits == rows[-1][-1]


def test_it_reads_as_everybody_s_diffs_do() -> None:
    code = "import a\n\nlr = 0.1\nepochs = 3\nfit(lr)\n"
    assert unified_diff(code, code.replace("0.1", "0.01"), "run [1]", "run [2]") == (
        "--- run [1]\n+++ run [2]\n@@ -1,5 +1,5 @@\n import a\n \n-lr = 0.1\n+lr = 0.01\n"
        " epochs = 3\n fit(lr)\n"
    )


def test_a_line_s_end_is_a_difference_too() -> None:
    assert unified_diff("a\n", "a", "x", "y") == "Only the ends of lines differ.\n"


HARD = {
    "nothing in common": (
        lambda n: [f"a{i}" for i in range(n)],
        lambda n: [f"b{i}" for i in range(n)],
    ),
    "the same lines shuffled": (
        lambda n: [f"a{i}" for i in range(n)],
        lambda n: random.Random(1).sample([f"a{i}" for i in range(n)], n),
    ),
    "two lines over and over": (
        lambda n: random.Random(2).choices("ab", k=n),
        lambda n: random.Random(3).choices("ab", k=n),
    ),
    "hundred lines over and over": (
        lambda n: random.Random(4).choices([f"l{i}" for i in range(100)], k=n),
        lambda n: random.Random(5).choices([f"l{i}" for i in range(100)], k=n),
    ),
    "far apart edits": (
        lambda n: [f"a{i}" for i in range(n)],
        lambda n: ["new", *(f"a{i}" for i in range(n)), "new"],
    ),
}


@pytest.mark.parametrize("name", HARD)
def test_ten_thousand_lines_are_no_reason_to_hang(name: str) -> None:
    first, second = HARD[name]
    before, after = "\n".join(first(10_000)), "\n".join(second(10_000))
    started = time.process_time()
    diff = unified_diff(before, after, "one", "other")
    assert time.process_time() - started < 5
    assert 0 < len(diff) <= limits.DIFF_MAX_CHARS + 100
    if name == "far apart edits":
        assert diff.count("\n+new\n") == 2


def test_a_diff_that_is_too_long_says_so() -> None:
    before, after = "\n".join("x" * 100 for _ in range(9_000)), "y" * 300_000
    diff = unified_diff(before, after, "one", "other")
    assert len(diff) <= limits.DIFF_MAX_CHARS + 100
    assert diff.splitlines()[-1] == "… the rest of the difference is left out"
