"""A generated cell leaves the same names here, whether it ran here or elsewhere."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from .parcel_process import Process

NAMES = ["a", "b", "c", "d"]
FUNCTIONS = ["f", "g", "h"]
DESCRIBE = """
def _described(value, depth=0):
    kind = type(value).__name__
    if depth > 8:
        return "deep"
    if isinstance(value, dict):
        return [kind, [[repr(k), _described(v, depth + 1)] for k, v in value.items()]]
    if isinstance(value, (list, tuple)):
        return [kind, [_described(each, depth + 1) for each in value]]
    if isinstance(value, set):
        return [kind, sorted(map(repr, value))]
    if kind == "ndarray":
        return [kind, value.tolist()]
    if kind == "Thing":
        return [kind, _described(value.__dict__, depth + 1)]
    if kind == "function":
        return [kind, value.__name__, value.__globals__ is globals()]
    return repr(value)
def _all():
    return {n: _described(globals()[n]) for n in "abcdfgh" if n in globals()}
"""
BASIS = """
import numpy as np
class Thing:
    count = 0
    def __init__(self, held):
        self.held = held
    def grow(self, by):
        self.held = [self.held, by]
        return self
"""

name = st.sampled_from(NAMES)
function = st.sampled_from(FUNCTIONS)
number = st.integers(-3, 9)


def filled(template: str) -> st.SearchStrategy[str]:
    """Return texts made of a template, in which N is a name, F a function and I a number."""
    parts = []
    for letter in template:
        if letter in "NFI":
            parts.append({"N": name, "F": function, "I": number.map(str)}[letter])
        else:
            parts.append(st.just(letter))
    return st.tuples(*parts).map("".join)


values = st.one_of(
    *map(
        filled,
        [
            "I",
            "[I, I]",
            "{'k': I}",
            "'text' * I",
            "np.arange(5000) + I",
            "Thing(I)",
            "{I, I}",
            "(I, [I])",
            "None",
        ],
    )
)
expressions = st.one_of(
    values,
    *map(
        filled,
        [
            "N",
            "[N, N]",
            "{'x': N}",
            "N, I",
            "Thing(N)",
            "F(I)",
            "[N for N in [I, I]]",
            "(lambda: N)()",
            "N if I > 0 else N",
            "N[0]",
            "np.asarray(N)[:I]",
        ],
    ),
)
starts = st.tuples(
    # Each its own: a name that is not sent keeps the object that the others had with it.
    *(st.tuples(st.just(each), values).map(" = ".join) for each in NAMES),
    *(
        st.tuples(
            st.just(f"def {each}(n):\n    "),
            st.one_of(
                *map(
                    filled,
                    [
                        "return N",
                        "global N\n    N = n\n    return N",
                        "N.append(n)",
                        "return F(n - 1) if n > 0 else N",
                        "return [n, N]",
                        "return Thing(N).grow(n)",
                    ],
                )
            ),
        ).map("".join)
        for each in FUNCTIONS
    ),
).map("\n".join)


def assigned(expression: str, target: str) -> str:
    return f"{target} = {expression}"


simple = st.one_of(
    st.builds(assigned, expressions, name),
    *map(
        filled,
        [
            "N.append(I)",
            "N += N",
            "N[0] = I",
            "N.held = N",
            "N.grow(N)",
            "F(I)",
            "N, N = N, I",
            "N = N = N",
            "def F(n):\n    return [N, n]",
            "def F(n):\n    global N\n    N = [n]",
            "Thing.count = I",
            "for N in range(3): N = N",
            "(N := I)",
            "raise ValueError",
        ],
    ),
)


def indented(statement: str) -> str:
    return "\n".join("    " + line for line in statement.split("\n"))


blocks = st.one_of(
    simple,
    simple,
    st.builds(lambda n, s: f"if {n}:\n{indented(s)}", number, simple),
    st.builds(
        lambda n, s, t: f"if {n} > 3:\n{indented(s)}\nelse:\n{indented(t)}", name, simple, simple
    ),
    st.builds(
        lambda s, t: f"try:\n{indented(s)}\nexcept Exception:\n{indented(t)}", simple, simple
    ),
    st.builds(lambda s, n: f"for i in range({n}):\n{indented(s)}", simple, st.integers(0, 3)),
    st.builds(lambda s: f"try:\n{indented(s)}\nfinally:\n    pass", simple),
)
cells = st.lists(blocks, min_size=1, max_size=5).map("\n".join)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Process]]:
    """The notebook's process, the job's, and one in which everything runs."""
    folder = tmp_path_factory.mktemp("three")
    found = [Process(folder / each) for each in ("here", "there", "alone")]
    yield found
    for each in found:
        each.end()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(start=starts, cell=cells)
def test_a_cell_leaves_the_same_names(
    three: list[Process], tmp_path_factory: pytest.TempPathFactory, start: str, cell: str
):
    here, there, alone = three
    job: Path = tmp_path_factory.mktemp("job") / f"job{next(_NUMBERS)}"
    for each in three:
        each.reset()
    here.ok(BASIS + DESCRIBE)
    alone.ok(BASIS + DESCRIBE)
    assert here.run(start) == alone.run(start)
    note(f"{start}\n----\n{cell}")
    answer = here.pack(job, cell)
    assert answer["ok"], answer
    taken = there.take_in(job)
    assert taken["ok"], taken
    assert there.run(cell) == alone.run(cell)
    back = there.send_back(job, cell)
    assert back["ok"], back
    landed = here.land(job)
    assert landed["ok"], landed
    assert landed["conflicts"] == []
    changed = [each["name"] for each in back["changed"]]
    if changed:
        assert here.land(job, names=changed, overwrite=True)["ok"]
    assert here.value("_all()") == alone.value("_all()")


_NUMBERS = itertools.count()
