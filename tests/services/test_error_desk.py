"""What is kept of an error has no secrets in it, and no more than the user wants."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from dsinfra_jlab.domain.changes import SaveError
from dsinfra_jlab.domain.errors.occurrences import (
    Category,
    ErrorKind,
    ErrorRecord,
    Frame,
    FrameKind,
    Operation,
    ResourceState,
    Severity,
    Variable,
)
from dsinfra_jlab.domain.errors.rules import ErrorRule, RuleField
from dsinfra_jlab.domain.errors.sightings import ErrorSeen, ErrorText, SeenException, Sighting
from dsinfra_jlab.domain.ids import CellId, ErrorId, KernelId, RunId
from dsinfra_jlab.domain.redaction.redactor import Redactor
from dsinfra_jlab.domain.settings import Settings
from dsinfra_jlab.services.error_desk import ErrorDesk

CODE = 'password = "hunter2secret99"\nint(password)'
SECRET = "hunter2secret99"
RUN = RunId("r")


def sighting(seen: ErrorSeen | None = None, text: ErrorText | None = None) -> Sighting:
    return Sighting(
        error_id=ErrorId("e"),
        run_id=RUN,
        kernel_id=KernelId("k"),
        language="python",
        at=datetime(2026, 1, 1, tzinfo=timezone.utc),
        notebook_path="/n.ipynb",
        cell_id=CellId("c"),
        execution_count=1,
        code=CODE,
        environment_id=None,
        elapsed_s=0.1,
        seen=seen,
        text=text,
    )


MESSAGE = f"invalid literal for int() with base 10: '{SECRET}'"
TRACEBACK = f"""Cell In[1], line 2
      1 password = ...
----> 2 int(password)

ValueError: {MESSAGE}"""
SEEN = ErrorSeen(
    kind=ErrorKind.exception,
    exceptions=(
        SeenException(
            "ValueError",
            "builtins",
            ("builtins.Exception",),
            MESSAGE,
            len(MESSAGE),
            notes=(f"tried {SECRET}",),
            frames=(
                Frame(
                    kind=FrameKind.cell,
                    file="/tmp/ipykernel_1/1.py",
                    function="<module>",
                    line=2,
                    source=f"int({SECRET!r})",
                    run_id=RUN,
                    variables=[Variable("password", "str", SECRET), Variable("n", "int", "1")],
                ),
            ),
        ),
    ),
    facts=({"topic": "conversion", "given": SECRET, "deep": [{"x": SECRET}]},),
)


def record(given: Sighting, settings: Settings | None = None) -> ErrorRecord:
    saved = ErrorDesk(Redactor(b"k")).saved(given, settings or Settings())
    assert isinstance(saved, SaveError)
    return saved.record


@pytest.mark.parametrize(
    "given",
    [
        sighting(SEEN),
        sighting(text=ErrorText("ValueError", MESSAGE, TRACEBACK)),
        replace(sighting(SEEN), operations=(Operation(RUN, None, 1, ["x"], f"f({SECRET!r})"),)),
    ],
)
def test_what_the_code_calls_a_secret_is_one_in_the_message_too(given: Sighting) -> None:
    found = record(given)
    assert SECRET not in repr(found)
    assert "redacted" in found.evalue
    assert found.line == 2


def test_a_variable_is_hidden_for_its_name() -> None:
    (frame,) = record(replace(sighting(SEEN), code="")).frames
    assert {each.name: SECRET in each.summary for each in frame.variables} == {
        "password": False,
        "n": False,
    }


def test_the_user_may_want_less() -> None:
    outline = record(sighting(SEEN), Settings(is_recording_errors=False))
    assert (outline.ename, outline.line) == ("ValueError", 2)
    assert outline.frames == [] and outline.notes == []
    without = record(sighting(SEEN), Settings(is_recording_code=False))
    assert [frame.source for frame in without.frames] == [""]
    assert without.fingerprints == record(sighting(SEEN)).fingerprints


def test_warnings_may_be_left_out() -> None:
    desk, quiet = ErrorDesk(Redactor(b"k")), Settings(is_recording_warnings=False)
    warning = sighting(replace(SEEN, kind=ErrorKind.warning, number=1))
    assert desk.saved(warning, quiet) is None
    assert desk.saved(warning, Settings()) is not None
    assert desk.saved(sighting(SEEN), quiet) is not None


def test_a_rule_outranks_what_was_found() -> None:
    rule = ErrorRule(
        RuleField.ename, "ValueError", Category.logic, Severity.info, is_ignored=True, group="mine"
    )
    desk = ErrorDesk(Redactor(b"k"))
    saved = desk.saved(sighting(SEEN), Settings(error_rules=[rule]))
    assert saved is not None and saved.is_ignored
    assert (saved.record.category, saved.record.severity) == (Category.logic, Severity.info)
    other = replace(sighting(SEEN), code="x", text=None)
    again = desk.saved(other, Settings(error_rules=[rule]))
    assert again is not None and again.record.group_id == saved.record.group_id


def test_an_expected_error_counts_for_less() -> None:
    assert record(sighting(SEEN)).severity is Severity.error
    assert record(replace(sighting(SEEN), is_expected=True)).severity is Severity.warning


def test_memory_is_looked_at_once_and_told_with_the_error() -> None:
    state = ResourceState(memory_used_bytes=95, memory_limit_bytes=100)
    desk = ErrorDesk(Redactor(b"k"), lambda kernel_id: state)
    saved = desk.saved(sighting(SEEN), Settings())
    assert saved is not None
    assert saved.record.resources == state
    assert [flag.value for flag in saved.record.flags] == ["res.pressure"]
