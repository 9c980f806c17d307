"""What a result came from: found, and enough to get it again."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsinfra_jlab.domain.ids import CellId, RunId
from dsinfra_jlab.domain.lineage.graph import Step
from dsinfra_jlab.domain.lineage.slicing import Slice, slice_of
from dsinfra_jlab.domain.runs.capture import RunCapture
from dsinfra_jlab.domain.runs.records import RunStatus
from dsinfra_jlab.kernel.names import analyse
from dsinfra_jlab.kernel.names_reach import reach, standing

START = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)


def run_cells(codes: Sequence[str]) -> tuple[list[Step], dict[str, Any]]:
    """Run cells in one namespace, with what the probe sees of each."""
    space: dict[str, Any] = {"__name__": "__main__"}
    steps: list[Step] = []
    for number, code in enumerate(codes):
        names = analyse(code)
        before = standing(names, space)
        status = RunStatus.ok
        try:
            exec(compile(code, "<cell>", "exec"), space)
        except Exception:
            status = RunStatus.error
        used = reach(names, before, space, status is RunStatus.error)
        capture = RunCapture(sorted(used.reads), sorted(names.writes), sorted(used.touches))
        steps.append(step(number, code, capture, status))
    return steps, space


def step(
    number: int, code: str, capture: RunCapture | None, status: RunStatus = RunStatus.ok
) -> Step:
    return Step(
        run_id=RunId(f"r-{number}"),
        cell_id=CellId(f"c-{number}"),
        execution_count=number + 1,
        status=status,
        queued_at=START + timedelta(seconds=number),
        code=code,
        code_sha256=sha256(code.encode()).hexdigest(),
        capture=capture,
    )


def found(*codes: str) -> list[str]:
    """Return the code of the cells that the last one came from."""
    steps, _ = run_cells(codes)
    return [each.code for each in slice_of(steps).steps]


NAMES = st.sampled_from(["a", "b", "c", "d"])
STATEMENTS = st.one_of(
    st.builds("{0} = {1}".format, NAMES, st.integers(0, 9)),
    st.builds("{0} = [{1}]".format, NAMES, st.integers(0, 9)),
    st.builds("{0} = {1}".format, NAMES, NAMES),
    st.builds("{0} = [{1}, {2}]".format, NAMES, NAMES, NAMES),
    st.builds("{0} = dict(k={1})".format, NAMES, NAMES),
    st.builds("{0} = Box({1})".format, NAMES, NAMES),
    st.builds("{0} = {1}.held".format, NAMES, NAMES),
    st.builds("{0}.held = {1}".format, NAMES, NAMES),
    st.builds("{0}.held.append(5)".format, NAMES),
    st.builds("{0}.append({1})".format, NAMES, NAMES),
    st.builds("{0}[0] = {1}".format, NAMES, NAMES),
    st.builds("{0}[0].append(7)".format, NAMES),
    st.builds("{0} += [1]".format, NAMES),
    st.builds("{0} = {0} + {1}".format, NAMES, NAMES),
    st.builds("if {0}: {1} = 8".format, NAMES, NAMES),
    st.builds("for {0} in list({1})[:2]: {2} = {0}".format, NAMES, NAMES, NAMES),
    st.builds("def f(): return [{0}, {1}]".format, NAMES, NAMES),
    st.builds("{0} = f()".format, NAMES),
    st.builds("def g():\n    global {0}\n    {0} = 4\n    {1}.append(3)".format, NAMES, NAMES),
    st.just("def h(): return random.random()"),
    st.just("g()"),
    st.builds("{0} = h()".format, NAMES),
    st.builds("def swap(x): x.append(1); return x\n{0} = swap({1})".format, NAMES, NAMES),
    st.builds("{0} = len({1})".format, NAMES, NAMES),
    st.builds("del {0}".format, NAMES),
    st.just("import random"),
    st.builds("random.seed({0})".format, st.integers(0, 9)),
    st.builds("{0} = random.random()".format, NAMES),
)
CELLS = st.lists(
    st.lists(STATEMENTS, min_size=1, max_size=2).map("\n".join), min_size=1, max_size=14
)
BOX = """from reprlib import recursive_repr
class Box:
    def __init__(self, held):
        self.held = held
    @recursive_repr()
    def __repr__(self):
        return f"Box({self.held!r})"
"""


def outcome(codes: Sequence[str]) -> str:
    """Run cells, going on after errors as a person does, and return what the last one made."""
    space: dict[str, Any] = {"__name__": "__main__"}
    for code in codes[:-1]:
        with contextlib.suppress(Exception):
            exec(compile(code, "<cell>", "exec"), space)
    try:
        exec(compile(codes[-1], "<cell>", "exec"), space)
    except Exception as error:
        return repr(error)
    return str(space["result"])


@settings(max_examples=300, deadline=None)
@given(CELLS, st.lists(NAMES, min_size=1, max_size=2))
def test_the_slice_alone_gives_the_same_result(cells: list[str], asked: list[str]) -> None:
    target = f"result = repr([{', '.join(asked)}])"
    codes = ["import random\nrandom.seed(0)", BOX, *cells, target]
    steps, _ = run_cells(codes)
    kept = [each.code for each in slice_of(steps).steps]
    assert outcome(kept) == outcome(codes)


def test_only_what_led_to_it_is_found() -> None:
    assert found(
        "import random\nrandom.seed(1)",
        "rows = [1, 2, 3]",
        "other = [9]",
        "print(other)",
        "lr = 0.1",
        "total = sum(rows) * lr",
        "rows = []",
        "total",
    ) == ["rows = [1, 2, 3]", "lr = 0.1", "total = sum(rows) * lr", "total"]


def test_an_earlier_trial_of_the_same_cell_is_no_origin() -> None:
    cell = "model = [lr]\nmodel.append(1)\nacc = data[0] * lr"
    kept = found("data = [1]", "lr = 1", cell, "lr = 2", cell, "acc")
    assert kept == ["data = [1]", "lr = 2", cell, "acc"]


def test_imports_and_what_was_set_in_modules_come_along() -> None:
    assert found(
        "import random",
        "random.seed(3)",
        "import json",
        "import random",
        "x = random.random()",
        "x",
    ) == ["import random", "random.seed(3)", "import random", "x = random.random()", "x"]


def test_a_function_brings_what_it_reads_when_it_is_called() -> None:
    cells = ["k = 1", "def f(): return k", "k = 2", "y = f()", "k = 3", "y"]
    assert found(*cells) == ["k = 1", "def f(): return k", "k = 2", "y = f()", "y"]


def test_a_name_bound_in_a_branch_may_be_the_older_one() -> None:
    assert found("x = 1", "go = 0", "if go: x = 2", "x") == ["x = 1", "go = 0", "if go: x = 2", "x"]


def test_a_change_under_another_name_is_found() -> None:
    assert found("x = [1]", "y = {'k': x}", "y['k'].append(2)", "z = len(y)", "x") == [
        "x = [1]",
        "y = {'k': x}",
        "y['k'].append(2)",
        "x",
    ]


def test_edges_name_what_went_along_them() -> None:
    steps, _ = run_cells(["a = 1\nb = [2]", "b.append(3)", "c = a + len(b)"])
    assert slice_of(steps).edges == {
        ("r-0", "r-1"): ["b"],
        ("r-0", "r-2"): ["a", "b"],
        ("r-1", "r-2"): ["b"],
    }


# What was not seen


def seen(writes: str = "", reads: str = "", touches: str = "", analysis: str = "ok") -> RunCapture:
    return RunCapture(reads.split(), writes.split(), touches.split(), analysis=analysis)


def slice_with(*captures: RunCapture | tuple[RunCapture | None, RunStatus] | None) -> Slice:
    steps = []
    for number, given_ in enumerate(captures):
        capture, status = given_ if isinstance(given_, tuple) else (given_, RunStatus.ok)
        steps.append(step(number, f"code {number}", capture, status))
    return slice_of(steps)


def ids(found_: Slice) -> list[str]:
    return [each.run_id for each in found_.steps]


def test_a_name_that_nobody_made_is_a_gap() -> None:
    result = slice_with(seen("a", "df print get_ipython"), seen("", "a"))
    assert result.gaps == ["`df` was there before the first recorded cell."]
    broken = slice_with((seen("", "typo"), RunStatus.error))
    assert broken.gaps == ["`typo` was made by no recorded cell."]


def test_a_builtin_that_was_rebound_is_followed() -> None:
    assert ids(slice_with(seen("print"), seen("", "print"))) == ["r-0", "r-1"]


def test_a_step_that_nobody_saw_may_have_done_anything() -> None:
    result = slice_with(seen("a"), None, seen("b"), seen("", "a b"))
    assert ids(result) == ["r-0", "r-1", "r-2", "r-3"]
    assert len(result.gaps) == 1 and "cell [2]" in result.gaps[0]
    satisfied = slice_with(None, seen("a"), seen("", "a"))
    assert ids(satisfied) == ["r-1", "r-2"] and satisfied.gaps == []


def test_where_the_result_itself_was_not_seen_all_before_it_is_listed() -> None:
    result = slice_with(seen("a"), seen("b"), None)
    assert ids(result) == ["r-0", "r-1", "r-2"]
    assert len(result.gaps) == 1 and "every cell" in result.gaps[0]


@pytest.mark.parametrize("status", [RunStatus.aborted, RunStatus.queued])
def test_a_step_that_never_ran_made_nothing(status: RunStatus) -> None:
    assert ids(slice_with(seen("a"), (seen("a"), status), seen("", "a"))) == ["r-0", "r-2"]
    assert ids(slice_with(seen("a"), seen("", "", "", "syntax"), seen("", "a"))) == ["r-0", "r-2"]


def test_a_step_that_failed_may_or_may_not_have_made_it() -> None:
    result = slice_with(seen("a"), (seen("a"), RunStatus.error), seen("", "a"))
    assert ids(result) == ["r-0", "r-1", "r-2"]
    assert len(result.gaps) == 1 and "did not run to its end" in result.gaps[0]
    assert ids(slice_with(seen("a"), (seen("b"), RunStatus.error), seen("", "a"))) == ["r-0", "r-2"]


def test_a_session_that_was_cut_says_so() -> None:
    steps = [step(0, "", seen("", "a"))]
    assert "more cell runs" in slice_of(steps, is_cut=True).gaps[0]


def test_a_long_session_takes_no_time() -> None:
    """Five thousand cells, each of which uses what the one before made."""
    chain = [
        step(n, f"x{n} = [x{n - 1}]", seen(f"x{n}", f"x{n - 1}", f"x{n - 1}")) for n in range(5_000)
    ]
    started = time.process_time()
    assert len(slice_of(chain).steps) == 5_000
    assert time.process_time() - started < 20


def test_what_makes_an_object_is_not_the_object() -> None:
    """Trials that build their model by the same class and function do not hang together."""
    trial = (
        "model = Net(lr)\nmodel = build(model)\nmodel.fit(X)",
        "model",
        "Net lr X build",
        "model",
    )
    cells = [
        ("import nn", "nn", "", ""),
        ("def build(m):\n    return nn.wrap(m)", "build", "nn", ""),
        ("X = load()", "X", "load", ""),
        ("lr = 1", "lr", "", ""),
        trial,
        ("lr = 2", "lr", "", ""),
        trial,
        ("model", "", "model", ""),
    ]
    steps = [step(number, code, seen(*names)) for number, (code, *names) in enumerate(cells)]
    assert ids(slice_of(steps)) == ["r-0", "r-1", "r-2", "r-5", "r-6", "r-7"]
