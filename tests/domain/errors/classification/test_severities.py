"""What an error costs: by its category, and one level more or less for what its run was."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.errors.classification.severities import regressed, weighed
from dsinfra_jlab.domain.errors.diagnosis import Diagnosis, diagnose
from dsinfra_jlab.domain.errors.limits import LOST_COMPUTE_S, REPEATS_GROUPS_MAX, REPEATS_LEAST
from dsinfra_jlab.domain.errors.occurrences import ErrorKind, Severity, SeverityReason
from dsinfra_jlab.domain.errors.repeats import Repeats
from dsinfra_jlab.domain.errors.rules import ErrorRule, RuleField
from dsinfra_jlab.domain.errors.sightings import ErrorSeen, ErrorText, SeenException, Sighting
from dsinfra_jlab.domain.ids import ErrorGroupId, ErrorId, KernelId, RunId
from tests.domain.error_records import RECORD

S, R = Severity, SeverityReason
ORDER = list(Severity)
SIGHTING = Sighting(
    error_id=ErrorId("e"),
    run_id=RunId("r"),
    kernel_id=KernelId("k"),
    language="python",
    at=RECORD.at,
    notebook_path="/n.ipynb",
    cell_id=None,
    execution_count=1,
    code="x",
    environment_id=None,
    elapsed_s=0.1,
    seen=None,
    text=ErrorText("ValueError", "bad", ""),
)


def judged(ename: str = "ValueError", repeats: int = 1, **more: object) -> Diagnosis:
    sighting = replace(SIGHTING, text=ErrorText(ename, "0", ""), **more)  # type: ignore[arg-type]
    return diagnose(sighting, repeats=lambda *_: repeats)


def told(found: Diagnosis) -> tuple[Severity, list[SeverityReason]]:
    return found.record.severity, found.record.severity_reasons


@pytest.mark.parametrize(
    ("more", "reasons"),
    [
        ({"elapsed_s": LOST_COMPUTE_S}, [R.lost_compute]),
        ({"elapsed_s": None}, []),
        ({"is_remote": True}, [R.remote]),
        ({"is_unattended": True}, [R.unattended]),
        ({"repeats": REPEATS_LEAST}, [R.repeated]),
        ({"repeats": REPEATS_LEAST - 1}, []),
        ({"is_remote": True, "is_unattended": True}, [R.remote, R.unattended]),
    ],
)
def test_each_circumstance_weighs_and_all_of_them_weigh_one_level(
    more: dict[str, object], reasons: list[SeverityReason]
) -> None:
    expected = S.critical if reasons else S.error
    assert told(judged(**more)) == (expected, reasons)  # type: ignore[arg-type]
    syntax = judged("SyntaxError", **more)  # type: ignore[arg-type]
    assert syntax.record.severity is (S.error if reasons else S.warning)
    # What is critical stays so, and who interrupts has seen it.
    assert judged("MemoryError", **more).record.severity is S.critical  # type: ignore[arg-type]
    for ename in ("KeyboardInterrupt", "SystemExit"):
        assert judged(ename, **more).record.severity is S.info  # type: ignore[arg-type]


def test_a_cell_that_may_fail_weighs_one_level_less_whatever_else_there_is() -> None:
    found = judged(is_expected=True, is_remote=True, repeats=99)
    assert told(found) == (S.warning, [R.expected])
    assert regressed(found.record) == found.record


def test_the_rule_of_a_user_outranks_circumstances() -> None:
    rule = ErrorRule(RuleField.ename, "ValueError", severity=S.info)
    remote = replace(SIGHTING, is_remote=True)
    found = diagnose(remote, [rule], repeats=lambda *_: 99)
    assert told(found) == (S.info, [R.rule])
    harsh = diagnose(remote, [replace(rule, severity=S.warning)])
    assert told(harsh) == (S.warning, [R.rule])
    assert regressed(harsh.record) == harsh.record
    # One that says nothing of it leaves it as it is found.
    assert told(diagnose(remote, [replace(rule, severity=None)])) == (S.critical, [R.remote])


@pytest.mark.parametrize("kind", [ErrorKind.thread, ErrorKind.warning, ErrorKind.shell])
def test_what_did_not_end_its_run_is_not_weighed(kind: ErrorKind) -> None:
    seen = ErrorSeen(kind, (SeenException("ValueError", "builtins", (), "bad", 3),))
    sighting = replace(SIGHTING, seen=seen, text=None, is_remote=True, is_unattended=True)
    found = diagnose(sighting, repeats=lambda *_: 99)
    assert told(found) == (S.warning, [])
    assert regressed(found.record) == found.record


def test_what_happened_in_a_group_that_was_resolved_weighs_more_once() -> None:
    again = regressed(RECORD)
    assert (again.severity, again.severity_reasons) == (S.critical, [R.regressed])
    assert regressed(again) == again
    remote = replace(RECORD, severity=S.critical, severity_reasons=[R.remote])
    assert regressed(remote).severity_reasons == [R.remote, R.regressed]
    warned = replace(RECORD, severity=S.warning, severity_reasons=[R.remote])
    assert regressed(warned).severity is S.warning  # it was information before
    info = replace(RECORD, severity=S.info)
    assert regressed(info) == info


@given(st.sampled_from(ORDER), st.lists(st.sampled_from(list(SeverityReason))))
def test_reasons_never_move_a_severity_by_more_than_one_level(
    severity: Severity, reasons: list[SeverityReason]
) -> None:
    moved = ORDER.index(weighed(severity, reasons)) - ORDER.index(severity)
    if R.expected in reasons:
        assert moved == (0 if severity is S.info else -1)
    elif R.rule in reasons or not reasons or severity in (S.info, S.critical):
        assert moved == 0
    else:
        assert moved == 1


# Repeats


def test_runs_that_fail_in_the_same_way_are_counted_by_process() -> None:
    repeats, group = Repeats(), ErrorGroupId("g")
    runs = [replace(SIGHTING, run_id=RunId(f"r{number}")) for number in range(REPEATS_LEAST + 2)]
    counts = [repeats.count(run, group) for run in runs]
    assert counts[:REPEATS_LEAST] == list(range(1, REPEATS_LEAST + 1))
    assert set(counts[REPEATS_LEAST:]) == {REPEATS_LEAST}
    # Seen again with more evidence, a run is the one it was.
    assert [repeats.count(run, group) for run in runs] == counts
    for other in (replace(runs[-1], process=1), replace(runs[-1], kernel_id=KernelId("k2"))):
        assert repeats.count(other, group) == 1
    assert repeats.count(runs[-1], ErrorGroupId("g2")) == 1


def test_what_was_seen_longest_ago_is_forgotten() -> None:
    repeats = Repeats(groups_max=2)
    first, second = (replace(SIGHTING, run_id=RunId(name)) for name in ("a", "b"))
    for name in ("g1", "g2", "g1", "g3"):
        repeats.count(first, ErrorGroupId(name))
    assert repeats.count(second, ErrorGroupId("g1")) == 2
    assert repeats.count(second, ErrorGroupId("g2")) == 1
    assert REPEATS_GROUPS_MAX > 100
