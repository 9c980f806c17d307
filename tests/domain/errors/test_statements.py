"""Statements: layout and comments never count, magics are tolerated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.errors.statements import statement_at, statement_of

CODE = """%%time
import x  # why
def f(a,   # first
      b):
    return a / \\
        b   # no
for i in range(3):
    df['a'].astype(float).fillna(-1)
    %time z = g(1, [1, 2, 3], (3, 4))
    if i and (  # c
        2):
        pass
    else:
        other()
try:
    h()
except ValueError as e:
    raise KeyError('k') from e
!ls -l   x
y = %sql select 1
df?
with open('f') as g, \\
        k() as m:
    pass
@decorated(
    1)
class A:
    v = f"{x!r} and {3}"
"""


@pytest.mark.parametrize(
    ("line", "text", "loose"),
    [
        (2, "import x", "import x"),
        (3, "def f(a, b):", "def f(a, b):"),
        (4, "def f(a, b):", "def f(a, b):"),
        (5, "return a / b", "return a / b"),
        (6, "return a / b", "return a / b"),
        (7, "for i in range(3):", "for i in range(0):"),
        (8, "df['a'].astype(float).fillna(-1)", "df['a'].astype(float).fillna(0)"),
        (9, "z = g(1, [1, 2, 3], (3, 4))", "z = g(0, [0], (0, 0))"),
        (10, "if i and 2:", "if i and 0:"),
        (11, "if i and 2:", "if i and 0:"),
        (14, "other()", "other()"),
        (16, "h()", "h()"),
        (18, "raise KeyError('k') from e", "raise KeyError('…') from e"),
        (22, "with open('f') as g, k() as m:", "with open('…') as g, k() as m:"),
        (23, "with open('f') as g, k() as m:", "with open('…') as g, k() as m:"),
    ],
)
def test_the_statement_at_a_line(line: int, text: str, loose: str) -> None:
    found = statement_at(CODE, line)
    assert found is not None
    assert (found.text, found.loose) == (text, loose)


def test_magics_and_commands_are_statements_of_their_own() -> None:
    shell = statement_at(CODE, 19)
    assert shell is not None and "!ls -l x" in shell.text
    assigned = statement_at(CODE, 20)
    assert assigned is not None and "%sql select 1" in assigned.text


def test_lines_that_do_not_exist_have_no_statement() -> None:
    assert statement_at(CODE, 0) is None
    assert statement_at(CODE, 10_000) is None
    assert statement_at("", 1) is None


def test_code_that_does_not_parse_gives_the_line() -> None:
    found = statement_at("x = (\n  y  =  1 # not closed", 2)
    assert found is not None
    assert found.text == "y = 1"


def test_other_languages_give_the_line() -> None:
    found = statement_at("%%bash\nls   -l | grep '#'  # all", 2)
    assert found is not None
    assert found.text.startswith("ls -l | grep '#'")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("int('abc')", "int('xyz')"),
        ("df.loc[5]", "df.loc[17]"),
        ("f(-1.5)", "f(2)"),
        ("np.array([1, 2, 3]) + y", "np.array([4, 5, 6, 7]) + y"),
        ("np.array([[1, 2], [3]])", "np.array([[1], [3, 4], [5]])"),
        ("pd.to_datetime('2020-13-01')", "pd.to_datetime('2021-14-01')"),
        ("x = f'{a} is 1'", "x = f'{a} is 22'"),
    ],
)
def test_other_values_make_no_other_loose_statement(one: str, other: str) -> None:
    first, second = statement_of(one), statement_of(other)
    assert first is not None and second is not None
    assert first.loose == second.loose
    assert first.text != second.text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("df['a']", "df['b']"),
        ("df['a'].astype(float)", "df['b'].astype(float)"),
        ("df.groupby('a')", "df.groupby('b')"),
        ("df.merge(d, on='a')", "df.merge(d, on='b')"),
        ("np.zeros((3, 4)) @ x", "np.zeros((3, 4, 5)) @ x"),
        ("np.array([1, 2]) + x", "np.array([[1, 2]]) + x"),
        ("x = a.b", "x = a.c"),
    ],
)
def test_other_names_and_ranks_do(one: str, other: str) -> None:
    first, second = statement_of(one), statement_of(other)
    assert first is not None and second is not None
    assert first.loose != second.loose


@pytest.mark.parametrize("line", range(2, 24))
def test_cut_out_it_is_the_same_statement(line: int) -> None:
    """What the kernel sends of a failing statement is what the code of the cell gives."""
    whole = statement_at(CODE, line)
    assert whole is not None
    if line not in (10, 11, 13, 15, 17):
        cut = statement_of(whole.source)
        assert cut is not None
        assert cut.text == whole.text


@given(st.integers(0, 3), st.sampled_from(["# c", "# 'x", "#"]), st.integers(0, 4))
def test_comments_blank_lines_and_spaces_never_count(above: int, comment: str, spaces: int) -> None:
    plain = statement_at("x = f(a,\n      b)", 1)
    code = "\n" * above + f"x  ={' ' * spaces}f(a, {comment}\n   b){' ' * spaces}{comment}"
    assert plain is not None
    found = statement_at(code, above + 1)
    assert found is not None
    assert (found.text, found.loose) == (plain.text, plain.loose)


@given(st.text(max_size=200), st.integers(-1, 10))
def test_any_code_is_borne(code: str, line: int) -> None:
    found = statement_at(code, line)
    assert found is None or found.text
    cut = statement_of(code)
    assert cut is None or cut.text


def test_deep_and_long_code_is_borne() -> None:
    deep = "(" * 5_000 + ")" * 5_000
    assert statement_at(deep, 1) is not None
    assert statement_at("x = [" + "1, " * 200_000 + "]", 1) is not None


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("if x: raise ValueError(y)", "if x:; raise ValueError(y)"),
        ("for a, b in c: f(a); g(b)", "for a, b in c:; f(a); g(b)"),
        ("a, b = f()", "a, b = f()"),
        ("g = lambda: 1", "g = lambda: 1"),
    ],
)
def test_what_stands_on_one_line_counts_as_one(code: str, text: str) -> None:
    at, cut = statement_at(code, 1), statement_of(code)
    assert at is not None and cut is not None
    assert at.text == cut.text == text
