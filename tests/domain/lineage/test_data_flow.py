from __future__ import annotations

from datetime import datetime, timedelta, timezone

from dsinfra_jlab.domain import limits
from dsinfra_jlab.domain.ids import CellId, RunId
from dsinfra_jlab.domain.lineage.data_flow import DataFlow, NotebookCells, Writer
from dsinfra_jlab.domain.runs.records import FlagKind

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
LOAD, TRAIN = CellId("load"), CellId("train")


def run_of(cell: CellId, number: int = 1, *, code: str = "x", at_s: float = 0) -> Writer:
    return Writer(RunId(f"{cell}-{number}"), cell, code, START + timedelta(seconds=at_s))


def saved(*cells: tuple[CellId, str], at_s: float) -> NotebookCells:
    return NotebookCells(START + timedelta(seconds=at_s), dict(cells))


def kinds(flow: DataFlow, reader: Writer, *names: str) -> list[tuple[FlagKind, str]]:
    return [(flag.kind, flag.name) for flag in flow.flags(flow.reading(reader, names))]


def test_a_name_comes_from_the_run_that_wrote_it_last() -> None:
    flow = DataFlow()
    flow.wrote(["df", "lr"], run_of(LOAD, 1))
    flow.wrote(["df"], run_of(LOAD, 2))

    sources = flow.sources(["df", "lr", "unknown"])

    assert {name: writer.run_id for name, writer in sources.items()} == {
        "df": "load-2",
        "lr": "load-1",
    }


def test_a_name_written_before_the_restart_is_flagged_and_no_source() -> None:
    flow = DataFlow()
    flow.wrote(["df"], run_of(LOAD))
    flow.restart()

    assert flow.sources(["df"]) == {}
    (flag,) = flow.flags(flow.reading(run_of(TRAIN), ["df", "never_written"]))
    assert (flag.kind, flag.name, flag.run_id) == (FlagKind.before_restart, "df", "load-1")


def test_a_name_written_again_after_the_restart_is_fine() -> None:
    flow = DataFlow()
    flow.wrote(["df"], run_of(LOAD))
    flow.restart()
    flow.wrote(["df"], run_of(LOAD, 2))
    assert kinds(flow, run_of(TRAIN), "df") == []


def test_reading_from_a_cell_below_is_out_of_order() -> None:
    flow = DataFlow()
    flow.notebook = saved((TRAIN, "t"), (LOAD, "x"), at_s=-10)
    flow.wrote(["df"], run_of(LOAD))
    assert kinds(flow, run_of(TRAIN), "df") == [(FlagKind.out_of_order, "df")]

    flow.notebook = saved((LOAD, "x"), (TRAIN, "t"), at_s=-10)
    assert kinds(flow, run_of(TRAIN), "df") == []


def test_an_edit_counts_only_if_it_was_saved_after_the_cell_ran() -> None:
    flow = DataFlow()
    flow.wrote(["df"], run_of(LOAD, code="old"))
    flow.notebook = saved((LOAD, "new"), (TRAIN, "t"), at_s=-1)
    assert kinds(flow, run_of(TRAIN), "df") == [], "the file is older than what ran"

    flow.notebook = saved((LOAD, "new"), (TRAIN, "t"), at_s=5)
    assert kinds(flow, run_of(TRAIN, at_s=9), "df") == [(FlagKind.edited_cell, "df")]
    assert kinds(flow, run_of(TRAIN, at_s=3), "df") == [], "the edit came after the run"


def test_a_cell_that_is_gone_counts_only_if_that_was_saved_after_it_ran() -> None:
    flow = DataFlow()
    flow.wrote(["df"], run_of(LOAD))
    flow.notebook = saved((TRAIN, "t"), at_s=-1)
    assert kinds(flow, run_of(TRAIN), "df") == [], "a cell not saved yet is not a deleted one"

    flow.notebook = saved((TRAIN, "t"), at_s=5)
    assert kinds(flow, run_of(TRAIN, at_s=9), "df") == [(FlagKind.deleted_cell, "df")]


def test_a_cell_may_read_what_it_wrote_itself_however_it_was_edited() -> None:
    flow = DataFlow()
    flow.wrote(["total"], run_of(TRAIN, code="old"))
    flow.notebook = saved((TRAIN, "new"), at_s=5)
    assert kinds(flow, run_of(TRAIN, 2), "total") == []


def test_names_and_flags_are_bounded() -> None:
    flow = DataFlow()
    names = [f"name_{number}" for number in range(limits.KNOWN_NAMES_MAX + 10)]
    flow.wrote(names, run_of(LOAD))
    assert flow.sources(names[:10]) == {}, "the oldest went"
    assert len(flow.sources(names)) == limits.KNOWN_NAMES_MAX

    flow.restart()
    assert len(flow.flags(flow.reading(run_of(TRAIN), names))) == limits.FLAGS_MAX
