"""The same error is the same group however, wherever and whenever it was seen."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.errors.fingerprint import death_key, fingerprints
from dsinfra_jlab.domain.errors.message_template import template_of
from dsinfra_jlab.domain.errors.occurrences import (
    Category,
    ErrorKind,
    Fingerprints,
    Frame,
    FrameKind,
)
from dsinfra_jlab.domain.errors.sightings import SeenException
from dsinfra_jlab.domain.ids import CellId

CELL = CellId("c1")
CODE = "import pandas as pd\ndf = load()\nresult = clean(\n    df['a'],  # the column\n    1)\n"


def cell(line: int, source: str = "", file: str = "In[1]", function: str = "<module>") -> Frame:
    return Frame(FrameKind.cell, file, function, line=line, source=source)


def pandas(line: int = 100, python: str = "3.11", function: str = "DataFrame.astype") -> Frame:
    file = f"/opt/env/lib/python{python}/site-packages/pandas/core/frame.py"
    return Frame(FrameKind.library, file, function, line=line)


def prints(
    *frames: Frame,
    ename: str = "ValueError",
    evalue: str = "could not convert string to float: 'abc'",
    category: Category = Category.value,
    code: str = CODE,
    path: str | None = "a.ipynb",
    cell_id: CellId | None = CELL,
    kind: ErrorKind = ErrorKind.exception,
    group_rule: str = "",
) -> Fingerprints:
    error = SeenException(ename, "", (), evalue, len(evalue), frames=frames)
    template = template_of(evalue, ename=ename, category=category)
    return fingerprints(
        [error],
        0,
        template,
        kind=kind,
        notebook_path=path,
        cell_id=cell_id,
        code=code,
        group_rule=group_rule,
    )


PLAIN = prints(cell(3), pandas())


def test_rerun_restart_and_edits_elsewhere_change_nothing() -> None:
    again = prints(
        cell(4, file="/tmp/ipykernel_99/123.py"), pandas(line=7), code="# new comment\n" + CODE
    )
    assert again == PLAIN


def test_a_moved_cell_in_another_notebook_is_the_same_issue() -> None:
    moved = prints(cell(3), pandas(), path="b.ipynb", cell_id=CellId("c2"))
    assert moved.strict != PLAIN.strict
    assert (moved.issue, moved.family) == (PLAIN.issue, PLAIN.family)


def test_other_values_are_the_same_issue() -> None:
    other = prints(
        cell(3),
        pandas(),
        evalue="could not convert string to float: 'n/a'",
        code=CODE.replace("1)", "2)"),
    )
    assert other.issue == PLAIN.issue
    assert other.strict != PLAIN.strict


def test_another_python_and_another_user_are_the_same_issue() -> None:
    assert prints(cell(3), pandas(python="3.13", line=9)) == PLAIN
    module = Frame(FrameKind.user, "/home/a/proj/prep.py", "scale", "prep", line=3, source="x / y")
    other = dataclasses.replace(module, file="C:\\Users\\b\\prep.py", line=5, module="")
    assert prints(cell(3), module).issue == prints(cell(3), other).issue


@pytest.mark.parametrize("function", ["<cell line: 3>()", "<cell line: 0>", "", "<module>"])
@pytest.mark.parametrize(
    "file", ["<ipython-input-3-0a1b2c>", "Cell In[7]", "/tmp/ipykernel_1/2.py", "In[3]"]
)
def test_however_the_front_end_calls_the_cell(function: str, file: str) -> None:
    assert prints(cell(3, file=file, function=function), pandas()) == PLAIN


def test_the_probe_and_a_mere_text_give_the_same() -> None:
    probe = cell(3, "result = clean(\n    df['a'],  # the column\n    1)")
    one_line = cell(3, "result = clean(")
    in_the_middle = cell(4, "df['a'],  # the column")
    without_code = prints(probe, pandas(), code="")
    assert prints(probe, pandas()) == PLAIN
    assert prints(one_line, pandas()) == PLAIN
    assert prints(in_the_middle, pandas()) == PLAIN
    assert without_code == PLAIN


def test_functions_of_other_cells_count_by_their_source() -> None:
    code = "result = f(3)"
    called = cell(2, "    return 1 / x  # oh", file="In[1]", function="f(x)")
    same = cell(5, "return 1 / x", file="In[2]", function="f")
    other = cell(2, "return 2 / y", function="f")
    assert prints(cell(1), called, code=code).issue == prints(cell(1), same, code=code).issue
    assert prints(cell(1), called, code=code).issue != prints(cell(1), other, code=code).issue


def test_another_column_is_another_issue() -> None:
    other = prints(cell(3), pandas(), code=CODE.replace("'a'", "'b'"))
    assert other.issue != PLAIN.issue
    assert other.family == PLAIN.family


def test_another_name_is_another_issue_and_family() -> None:
    one = prints(
        cell(1),
        ename="NameError",
        evalue="name 'a' is not defined",
        category=Category.name,
        code="f(a, b)",
    )
    other = prints(
        cell(1),
        ename="NameError",
        evalue="name 'b' is not defined",
        category=Category.name,
        code="f(a, b)",
    )
    assert one.issue != other.issue
    assert one.family != other.family


def test_another_rank_is_another_issue() -> None:
    def shapes(shape: str) -> Fingerprints:
        message = f"operands could not be broadcast together with shapes {shape} (4,)"
        return prints(cell(1), evalue=message, category=Category.shape, code="a + b")

    assert shapes("(3,)").issue == shapes("(5,)").issue
    assert shapes("(3,)").issue != shapes("(3,2)").issue


def test_another_library_call_is_another_issue() -> None:
    assert prints(cell(3), pandas(function="merge")).issue != PLAIN.issue
    assert prints(cell(3), pandas(function="merge")).family != PLAIN.family


def test_how_deep_a_recursion_went_does_not_count() -> None:
    step = cell(2, "return f(x - 1)", function="f")
    shallow = prints(cell(3), step, step, pandas())
    deep = prints(cell(3), *[step] * 50, pandas())
    assert shallow == deep


def test_comprehensions_are_calls_in_old_pythons_only() -> None:
    code = "y = [int(x) for x in xs]"
    inlined = prints(cell(1), code=code)
    called = prints(cell(1), cell(1, function="<listcomp>"), code=code)
    assert inlined == called


def test_inside_the_standard_library_functions_do_not_count() -> None:
    def decoder(function: str) -> Frame:
        return Frame(FrameKind.library, "/usr/lib/python3.11/json/decoder.py", function, "json")

    assert prints(cell(3), decoder("decode")) == prints(cell(3), decoder("raw_decode"))


def test_syntax_errors_are_told_apart_by_their_line() -> None:
    def syntax(code: str, line: int) -> Fingerprints:
        return prints(
            cell(line),
            ename="SyntaxError",
            evalue=f"invalid syntax (1.py, line {line})",
            category=Category.syntax,
            code=code,
        )

    assert syntax("x  = = 1", 1) == syntax("y = 2\n\nx = = 1  # comment", 3)
    assert syntax("x = = 1", 1).issue != syntax("y = = 1", 1).issue


def test_deaths_are_told_apart_by_how_and_where() -> None:
    def death(key: str, line: int) -> Fingerprints:
        error = SeenException("KernelKilled", "", (), "killed", 6, frames=(cell(line),))
        return fingerprints(
            [error],
            0,
            "",
            kind=ErrorKind.kernel_death,
            notebook_path="a.ipynb",
            cell_id=CELL,
            code=CODE,
            death=key,
        )

    killed = death_key(-9, is_out_of_memory=False)
    assert death(killed, 2) == death(killed, 2)
    assert death(killed, 2).issue != death(killed, 3).issue
    assert death(killed, 2).issue != death(death_key(-9, is_out_of_memory=True), 2).issue
    assert death(killed, 2).issue != death(death_key(-11, is_out_of_memory=False), 2).issue
    assert death(killed, 2).family == death(killed, 3).family


def test_a_rule_makes_one_issue_of_what_it_names() -> None:
    one = prints(cell(3), group_rule="flaky source")
    other = prints(cell(2), ename="KeyError", evalue="'x'", group_rule="flaky source")
    assert one.issue == other.issue
    assert one.issue != prints(cell(3)).issue
    assert one.strict != other.strict


def test_a_warning_is_another_group_than_the_same_raised() -> None:
    assert prints(cell(3), kind=ErrorKind.warning).issue != prints(cell(3)).issue
    assert prints(cell(3), kind=ErrorKind.thread).issue == prints(cell(3)).issue


def test_names_of_classes_that_python_changed_are_one() -> None:
    assert prints(cell(3), ename="PatternError") == prints(cell(3), ename="error")


frames = st.lists(
    st.builds(
        Frame,
        kind=st.sampled_from(list(FrameKind)),
        file=st.text(max_size=20),
        function=st.text(max_size=20),
        module=st.text(max_size=20),
        line=st.none() | st.integers(-3, 10),
        source=st.text(max_size=30),
    ),
    max_size=5,
)


@given(frames, st.text(max_size=60), st.text(max_size=60), st.sampled_from(list(ErrorKind)))
def test_anything_has_fingerprints_and_the_same_ones_again(
    given_frames: list[Frame], evalue: str, code: str, kind: ErrorKind
) -> None:
    one = prints(*given_frames, evalue=evalue, code=code, kind=kind)
    assert one == prints(*given_frames, evalue=evalue, code=code, kind=kind)
    assert all(len(each) == 32 for each in (one.strict, one.issue, one.family))


@given(st.integers(0, 5), st.integers(1, 9999), st.integers(1, 9999))
def test_lines_and_counts_never_count(above: int, count: int, line: int) -> None:
    moved = prints(
        cell(3 + above, file=f"Cell In[{count}]"),
        pandas(line=line),
        code="\n" * above + CODE,
    )
    assert moved == PLAIN
