"""Tables on a terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.cli.table import Column, _width, plain, table

COLUMNS = (
    Column("ID"),
    Column("N", is_right=True),
    Column("PATH", min_width=6),
    Column("T", min_width=8),
)


def test_columns_stand_below_one_another() -> None:
    made = table(COLUMNS, [("a", "1", "x.ipynb", "KeyError"), ("bcd", "1,000", "y", "T")], None)
    assert made == (
        "ID       N  PATH     T\na        1  x.ipynb  KeyError\nbcd  1,000  y        T\n"
    )


def test_the_widest_column_gives_way() -> None:
    rows = [("12345678", "7", "train.ipynb", "KeyError: 'total' is not in the columns of df")]
    made = table(COLUMNS, rows, 60)
    assert max(map(len, made.splitlines())) <= 60
    assert "train.ipynb" in made and made.rstrip().endswith("…")


def test_of_a_path_the_end_is_kept() -> None:
    made = table(
        (Column("P", min_width=8, is_path=True), Column("E")), [("a/b/c/train.ipynb", "x")], 15
    )
    assert made.splitlines()[1] == "…train.ipynb  x"


def test_what_does_not_fit_at_all_is_as_narrow_as_may_be() -> None:
    made = table(COLUMNS, [("12345678", "7", "train.ipynb", "KeyError: 'total'")], 10)
    assert made.splitlines()[1] == "12345678  7  train…  KeyErro…"


def test_nothing_that_a_kernel_wrote_moves_the_cursor() -> None:
    assert plain("a\x1b[2Jb\r\nc\x9b0m\u202ed") == "a [2Jb c 0m d"
    made = table(COLUMNS, [("\x1b]0;x\x07", "1", "a\nb", "c")], None)
    assert not set(made) & set("\x1b\x07\r") and len(made.splitlines()) == 2


@given(st.lists(st.tuples(*[st.text(max_size=60)] * 4), max_size=8), st.integers(30, 200))
def test_a_table_has_a_line_for_each_row_and_fits(rows: list[tuple[str, ...]], width: int) -> None:
    rows = [(row[0][:6], row[1][:3], *row[2:]) for row in rows]
    lines = table(COLUMNS, rows, width).split("\n")
    assert len(lines) == len(rows) + 2 and lines[-1] == ""
    assert all(_width(line) <= max(width, 12 + 6 + 6 + 8 + 6) for line in lines)
