"""The shape of Sentry's envelopes: a header, an item's header with the length, its payload."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.errors.export.sentry import envelope, export_sentry
from dsinfra_jlab.domain.errors.occurrences import ErrorKind, Severity
from dsinfra_jlab.domain.ids import ErrorId

from ...error_records import GROUP, RECORD, record


def _read(raw: bytes) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Read envelopes by the lengths they tell, as a receiver does."""
    found = []
    while raw:
        head, _, raw = raw.partition(b"\n")
        item, _, raw = raw.partition(b"\n")
        length = json.loads(item)["length"]
        assert json.loads(item)["type"] == "event"
        assert raw[length : length + 1] == b"\n"
        found.append((json.loads(head), json.loads(raw[:length])))
        raw = raw[length + 1 :]
    return found


def test_an_envelope_holds_one_event() -> None:
    ((head, event),) = _read(envelope(RECORD, release="1.2"))
    assert head["event_id"] == event["event_id"] == "3f0c9f0e8a525d5b9a5e0f7d0a4b9c11"
    assert event["level"] == "error"
    assert event["release"] == "1.2"
    assert event["fingerprint"] == ["bb"]
    assert event["timestamp"] == "2026-11-23T02:15:53.123456Z"
    assert event["tags"]["category"] == "lookup"
    assert event["tags"]["nb.stale_definition"] == "true"
    assert event["contexts"]["notebook"]["line"] == 3


def test_exceptions_are_oldest_first_and_know_their_parents() -> None:
    ((_, event),) = _read(envelope(GROUP))
    values = event["exception"]["values"]
    shown = [(each["type"], each["mechanism"]["exception_id"]) for each in values]
    assert shown == [
        ("ZeroDivisionError", 4),
        ("KeyError", 3),
        ("OSError", 2),
        ("ValueError", 1),
        ("ExceptionGroup", 0),
    ]
    mechanisms = {each["mechanism"]["exception_id"]: each["mechanism"] for each in values}
    assert "parent_id" not in mechanisms[0]
    assert mechanisms[0]["is_exception_group"] is True
    assert [mechanisms[number]["parent_id"] for number in (1, 2, 3, 4)] == [0, 1, 0, 0]
    assert [mechanisms[number]["source"] for number in (1, 2, 3, 4)] == [
        "exceptions[0]",
        "__context__",
        "exceptions[1]",
        "__cause__",
    ]
    assert all("is_exception_group" not in mechanisms[number] for number in (1, 2, 3, 4))


def test_frames_tell_whose_code_they_are() -> None:
    ((_, event),) = _read(envelope(RECORD))
    frames = event["exception"]["values"][-1]["stacktrace"]["frames"]
    assert [frame["in_app"] for frame in frames] == [True, False, False]
    assert frames[0]["lineno"] == 3
    assert frames[0]["colno"] == 5
    assert frames[0]["vars"] == {"prices": "pandas.DataFrame: 3 rows, 2 columns | 1 null"}
    assert "vars" not in frames[1]


def test_critical_is_fatal_and_warnings_are_handled() -> None:
    changed = record(kind=ErrorKind.warning, severity=Severity.critical)
    ((_, event),) = _read(envelope(changed))
    assert event["level"] == "fatal"
    assert event["exception"]["values"][-1]["mechanism"]["handled"] is True


def test_tags_that_sentry_would_drop_are_left_out() -> None:
    ((_, event),) = _read(envelope(record(notebook_path="x" * 300 + ".ipynb")))
    assert "notebook" not in event["tags"]
    assert event["contexts"]["notebook"]["path"].startswith("xxx")


def test_a_file_of_several_is_one_envelope_after_the_other() -> None:
    assert len(_read(export_sentry([RECORD, GROUP, RECORD]))) == 3
    assert export_sentry([]) == b""


@given(st.text(st.characters(), max_size=40), st.text(st.characters(), max_size=20))
def test_any_text_fits(message: str, error_id: str) -> None:
    raw = envelope(record(evalue=message, id=ErrorId(error_id)))
    ((_, event),) = _read(raw)
    assert event["exception"]["values"][-1]["value"] == message
    assert re.fullmatch("[0-9a-f]{32}", event["event_id"])
    assert raw.count(b"\n") == 3
