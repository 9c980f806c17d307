"""One error on a terminal."""

from __future__ import annotations

from dataclasses import replace

from dsinfra_jlab.cli.error_details import error_text
from dsinfra_jlab.domain.errors.occurrences import Frame, FrameKind, Operation, Variable
from dsinfra_jlab.domain.ids import CellId, RunId
from tests.services.error_samples import error

RECORD = error("r-1", "/home/ana/work/train.ipynb").record


def test_what_was_there_is_a_table_with_each_name_once() -> None:
    outer = Frame(FrameKind.cell, "x", "<module>", variables=[Variable("df", "DataFrame", "old")])
    inner = Frame(
        FrameKind.user,
        "own.py",
        "fit",
        line=3,
        variables=[Variable("df", "DataFrame", "3 rows"), Variable("n", "int", "")],
        repeated=1_000,
    )
    text = error_text(replace(RECORD, frames=[outer, inner]))
    assert "own.py:3 in fit (and 1,000 times again)" in text
    start = text.index("Data")
    assert text[start:].splitlines()[1:4] == [
        "  NAME  TYPE       WHAT IT HELD",
        "  df    DataFrame  3 rows",
        "  n     int",
    ]


def test_what_ran_before_and_notes_are_listed() -> None:
    operations = [
        Operation(RunId("a"), CellId("c"), 2, ["df"], "df = load()"),
        Operation(RunId("b"), None, None, ["df"], "df = df[1:]"),
    ]
    text = error_text(replace(RECORD, operations=operations, notes=["see the\nrunbook"]))
    assert "Notes\n  see the runbook\n" in text
    assert "What ran before\n  [2] df = load()\n  [ ] df = df[1:]\n" in text


def test_what_is_not_known_is_left_out() -> None:
    bare = replace(
        RECORD, frames=[], chain=[], advice=[], line=None, notebook_path=None, execution_count=None
    )
    lines = error_text(bare).splitlines()
    assert lines[0] == f"{RECORD.at.astimezone():%Y-%m-%d %H:%M:%S}"
    assert lines[1:] == ["", "KeyError: 'total'", "", f"run r-1, error {RECORD.id}"]


def test_nothing_moves_the_cursor() -> None:
    evil = "\x1b[2J\r\x9b"
    frame = Frame(
        FrameKind.user, evil, evil, evil, source=evil, variables=[Variable(evil, evil, evil)]
    )
    text = error_text(replace(RECORD, evalue=evil, ename=evil, frames=[frame], notes=[evil]))
    assert not set(text) & set("\x1b\r\x9b")
