"""Why a name is missing, told by the cells of a kernel alone."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.errors import limits
from dsinfra_jlab.domain.errors.advice.cell_history import (
    CellHistory,
    NameStory,
    StoryKind,
    flags_of,
)
from dsinfra_jlab.domain.errors.occurrences import CauseFlag
from dsinfra_jlab.domain.ids import CellId, RunId
from dsinfra_jlab.domain.lineage.cell_bindings import bindings_of
from dsinfra_jlab.domain.lineage.data_flow import NotebookCells
from dsinfra_jlab.domain.runs.records import RunStatus

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


class Kernel:
    """A kernel whose cells are run by name."""

    def __init__(self) -> None:
        self.history = CellHistory()
        self.count = 0

    def run(self, cell: str, code: str, status: RunStatus = RunStatus.ok, **more: object) -> None:
        self.count += 1
        self.history.ran(
            RunId(f"{cell}-{self.count}"),
            CellId(cell) if cell else None,
            self.count,
            code,
            status,
            START + timedelta(seconds=self.count),
            **more,  # type: ignore[arg-type]
        )

    def saved(self, *, with_code: bool = True, at_s: float = 1_000, **cells: str) -> None:
        hashes = {
            CellId(cell): hashlib.sha256(code.encode()).hexdigest() for cell, code in cells.items()
        }
        code = {CellId(cell): code for cell, code in cells.items()} if with_code else {}
        self.history.notebook = NotebookCells(START + timedelta(seconds=at_s), hashes, code)

    def story(self, name: str = "x", asking: str = "ask") -> NameStory:
        found = self.history.story(name, CellId(asking))
        assert found is not None
        return found


@pytest.fixture
def kernel() -> Kernel:
    return Kernel()


def test_a_cell_that_was_never_run(kernel: Kernel) -> None:
    kernel.saved(define="import os\nx = 1", ask="x")

    story = kernel.story()

    assert (story.kind, story.cell_id, story.line) == (StoryKind.not_run, "define", 2)
    assert story.is_above
    assert flags_of(story) == (CauseFlag.unexecuted,)


def test_a_cell_that_stands_below(kernel: Kernel) -> None:
    kernel.saved(ask="x", define="x = 1")

    story = kernel.story()

    assert story.is_above is False
    assert flags_of(story) == (CauseFlag.order, CauseFlag.unexecuted)


def test_the_nearest_cell_above_is_named(kernel: Kernel) -> None:
    kernel.saved(first="x = 1", second="x = 2", ask="x", below="x = 3")

    assert kernel.story().cell_id == "second"


def test_a_cell_that_ran_before_the_restart(kernel: Kernel) -> None:
    kernel.run("define", "x = 1")
    kernel.history.restart()
    kernel.saved(other="y = 1", define="x = 1", ask="x")

    story = kernel.story()

    assert (story.kind, story.cell_id) == (StoryKind.before_restart, "define")
    assert (story.run_id, story.execution_count) == ("define-1", 1)
    assert story.cells_to_run_above == 2
    assert CauseFlag.kernel_restarted in flags_of(story)


def test_without_a_notebook_the_history_alone_tells_it(kernel: Kernel) -> None:
    kernel.run("define", "a = 1\nx = 1")
    kernel.history.restart()

    story = kernel.story()

    assert (story.kind, story.cell_id, story.line) == (StoryKind.before_restart, "define", 2)
    assert story.is_in_notebook is None


def test_a_cell_of_a_console_has_no_id(kernel: Kernel) -> None:
    kernel.run("", "x = 1")
    kernel.history.restart()

    found = kernel.history.story("x", None)

    assert found is not None
    assert (found.kind, found.cell_id) == (StoryKind.before_restart, None)


def test_a_cell_that_was_edited_after_its_run(kernel: Kernel) -> None:
    kernel.run("define", "y = 1")
    kernel.saved(define="x = 1", ask="x")

    story = kernel.story()

    assert (story.kind, story.cell_id, story.line) == (StoryKind.edited, "define", 1)
    assert flags_of(story) == (CauseFlag.stale_definition,)


def test_a_cell_that_no_longer_defines_it(kernel: Kernel) -> None:
    kernel.run("define", "x = 1")
    kernel.history.restart()
    kernel.saved(define="y = 1", ask="x")

    assert kernel.story().kind is StoryKind.rewritten


def test_a_cell_that_was_deleted(kernel: Kernel) -> None:
    kernel.run("define", "import numpy as x")
    kernel.history.restart()
    kernel.saved(ask="x")

    story = kernel.story()

    assert story.kind is StoryKind.deleted
    assert story.import_statement == "import numpy as x"
    assert CauseFlag.deleted_cell in flags_of(story)


def test_a_notebook_saved_before_the_run_does_not_say_that_a_cell_was_deleted(
    kernel: Kernel,
) -> None:
    kernel.run("define", "x = 1")
    kernel.history.restart()
    kernel.saved(ask="x", at_s=0)

    assert kernel.story().kind is StoryKind.before_restart


def test_a_cell_that_failed(kernel: Kernel) -> None:
    kernel.run("define", "1 / 0\nx = 1", RunStatus.error)

    story = kernel.story()

    assert (story.kind, story.line) == (StoryKind.failed, 2)
    assert flags_of(story) == (CauseFlag.after_failed_cell,)


def test_a_cell_that_failed_and_then_ran_well_has_not_failed(kernel: Kernel) -> None:
    kernel.run("define", "x = 1", RunStatus.error)
    kernel.run("define", "x = 1")

    assert kernel.history.story("x", CellId("ask")) is None


def test_a_cell_that_never_began_says_nothing(kernel: Kernel) -> None:
    kernel.run("define", "x = 1", RunStatus.aborted)

    assert kernel.history.story("x", CellId("ask")) is None


@pytest.mark.parametrize("code", ["del x", "del y, x", "if 1:\n    del x", "%reset -f"])
def test_a_name_that_was_deleted(kernel: Kernel, code: str) -> None:
    kernel.run("define", "x = y = 1")
    kernel.run("drop", code)

    story = kernel.story()

    assert (story.kind, story.cell_id) == (StoryKind.removed, "drop")
    assert flags_of(story) == ()


def test_a_name_that_was_deleted_and_bound_again_is_there(kernel: Kernel) -> None:
    kernel.run("define", "x = 1")
    kernel.run("drop", "del x")
    kernel.run("again", "x = 1")

    assert kernel.history.story("x", CellId("ask")) is None


def test_a_name_that_is_bound_has_no_story(kernel: Kernel) -> None:
    kernel.run("define", "x = 1")
    kernel.saved(define="x = 1", ask="x")

    assert kernel.history.story("x", CellId("ask")) is None


def test_a_similar_name(kernel: Kernel) -> None:
    kernel.run("define", "a = 1\ntrain_df = 1")

    story = kernel.story("trian_df")

    assert (story.kind, story.similar, story.line) == (StoryKind.similar, "train_df", 2)


@pytest.mark.parametrize("code", ["del train_df", "%reset -f"])
def test_a_similar_name_that_is_gone_is_not_proposed(kernel: Kernel, code: str) -> None:
    kernel.run("define", "train_df = 1")
    kernel.run("drop", code)

    assert kernel.history.story("trian_df", CellId("ask")) is None


def test_a_similar_name_of_an_earlier_process_is_not_proposed(kernel: Kernel) -> None:
    kernel.run("define", "train_df = 1")
    kernel.history.restart()

    assert kernel.history.story("trian_df", CellId("ask")) is None


def test_the_asking_cell_is_not_its_own_answer(kernel: Kernel) -> None:
    kernel.run("ask", "print(x)\nx = 1", RunStatus.error)
    kernel.saved(ask="print(x)\nx = 1")

    assert kernel.history.story("x", CellId("ask")) is None


def test_names_that_only_the_probe_saw_count_too(kernel: Kernel) -> None:
    kernel.run("define", "exec('x = 1')", names_written=["x"])
    kernel.history.restart()

    story = kernel.story()

    assert (story.kind, story.line) == (StoryKind.before_restart, None)


def test_a_notebook_without_code_is_known_by_its_hashes(kernel: Kernel) -> None:
    kernel.run("define", "x = 1")
    kernel.history.restart()
    kernel.saved(define="x = 1", ask="x", with_code=False)

    assert kernel.story().kind is StoryKind.before_restart


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("x = 1", {"x"}),
        ("%%time\nx = 1", {"x"}),
        ("%%capture out\nx = 1", {"out", "x"}),
        ("%%bash\nx=1", set()),
        ("files = !ls\n!pwd\n%matplotlib inline\ndf?\nx = 1", {"files", "x"}),
        ("for i, (j, k) in z: pass", {"i", "j", "k"}),
        ("with open(f) as g, h as (a, b): pass", {"g", "a", "b"}),
        ("try:\n    import a.b\nexcept E as e:\n    c = 1", {"a", "c"}),
        ("from m import n as o, p\nfrom q import *", {"o", "p"}),
        ("def f(a):\n    b = 1\nclass C:\n    d = 1", {"f", "C"}),
        ("[y for y in z]\nlambda: (v := 1)\n[(w := y) for y in z]", {"w"}),
        ("match v:\n    case {'a': k, **r}: pass\n    case [p, *q]: pass", {"k", "r", "p", "q"}),
        ("x.y = 1; z[0] = 1; n += 1\na: int", set()),
        ("a: int = 1", {"a"}),
        ("await f()\nx = await g()", {"x"}),
        ("no python at all", set()),
        ("", set()),
    ],
)
def test_the_names_that_a_cell_binds(code: str, names: set[str]) -> None:
    assert set(bindings_of(code).lines) == names


def test_lines_are_those_of_the_cell() -> None:
    assert bindings_of("%%time\n\n\nx = 1").lines == {"x": 4}
    assert bindings_of("!ls\nx = 1").lines == {"x": 2}


def test_a_cell_that_ran_and_then_failed_has_bound_its_names(kernel: Kernel) -> None:
    kernel.run("b", "x = f()")
    kernel.run("b", "x = f()", RunStatus.error)
    assert kernel.history.story("x", CellId("ask")) is None
    kernel.run("c", "del x")
    kernel.run("b", "x = f()", RunStatus.error)
    assert kernel.story("x").kind is StoryKind.removed
    kernel.history.restart()
    kernel.run("b", "x = f()", RunStatus.error)
    assert kernel.story("x").kind is StoryKind.failed


def test_history_is_bounded(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "HISTORY_CELLS_MAX", 3)
    monkeypatch.setattr(limits, "HISTORY_NAMES_MAX", 4)
    for number in range(10):
        kernel.run(f"cell{number}", f"a{number} = b{number} = 1")
    kernel.history.restart()

    assert kernel.history.story("a9", None) is not None
    assert kernel.history.story("a8", None) is not None
    assert kernel.history.story("a0", None) is None


_CODES = ["x = 1", "y = 1", "del x", "x = y", "%reset -f", "print(x)", "import os as x"]


@given(
    st.lists(
        st.one_of(
            st.just("restart"),
            st.tuples(
                st.sampled_from("abc"), st.sampled_from(_CODES), st.sampled_from(list(RunStatus))
            ),
        ),
        max_size=12,
    ),
    st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sampled_from(_CODES)),
)
def test_a_name_that_is_surely_there_has_no_story(
    events: list[object], notebook: dict[str, str]
) -> None:
    kernel = Kernel()
    is_bound = False
    for event in events:
        if isinstance(event, tuple):
            cell, code, status = event
            kernel.run(cell, code, status)
            if status is RunStatus.ok:
                is_bound = code in ("x = 1", "x = y", "import os as x") or (
                    is_bound and code not in ("del x", "%reset -f")
                )
            elif status not in (RunStatus.queued, RunStatus.running, RunStatus.aborted):
                is_bound = is_bound and code not in ("del x", "%reset -f")
        else:
            kernel.history.restart()
            is_bound = False
    kernel.saved(**notebook)

    story = kernel.history.story("x", CellId("ask"))

    if is_bound:
        assert story is None
    elif story is not None:
        assert story.name == "x"
