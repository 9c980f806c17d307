"""The shape of OTLP/JSON; field names and types as of ``opentelemetry/proto/logs/v1``."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dsinfra_jlab.domain.errors.export.otlp import export_otlp
from dsinfra_jlab.domain.errors.occurrences import Severity

from ...error_records import FRAMES, RECORD, record


def _log_records(text: str) -> list[dict[str, Any]]:
    (resource,) = json.loads(text)["resourceLogs"]
    (scope,) = resource["scopeLogs"]
    assert scope["scope"]["name"] == "dsinfra_jlab"
    found: list[dict[str, Any]] = scope["logRecords"]
    return found


def _attributes(log: dict[str, Any]) -> dict[str, Any]:
    pairs = {each["key"]: each["value"] for each in log["attributes"]}
    assert len(pairs) == len(log["attributes"])  # keys are unique
    return pairs


def test_a_log_record_follows_the_conventions() -> None:
    (log,) = _log_records(export_otlp([RECORD]))
    assert log["timeUnixNano"] == "1795400153123456000"
    assert (log["severityNumber"], log["severityText"]) == (17, "ERROR")
    assert log["body"] == {"stringValue": "KeyError: 'cost'"}
    facts = _attributes(log)
    assert facts["exception.type"] == {"stringValue": "KeyError"}
    assert facts["exception.message"] == {"stringValue": "'cost'"}
    assert 'File "In[7]", line 3' in facts["exception.stacktrace"]["stringValue"]
    assert facts["code.file.path"] == {"stringValue": "sales.ipynb"}
    assert facts["code.function.name"] == {"stringValue": "__main__.<module>"}
    assert facts["code.line.number"] == {"intValue": "3"}
    assert facts["code.column.number"] == {"intValue": "5"}
    assert facts["dsinfra.error.flags"] == {
        "arrayValue": {"values": [{"stringValue": "nb.stale_definition"}]}
    }
    assert facts["dsinfra.cell.execution_count"] == {"intValue": "7"}


@pytest.mark.parametrize(
    ("severity", "number"),
    [
        (Severity.info, 9),
        (Severity.warning, 13),
        (Severity.error, 17),
        (Severity.critical, 21),
    ],
)
def test_severities_have_their_numbers(severity: Severity, number: int) -> None:
    (log,) = _log_records(export_otlp([record(severity=severity)]))
    assert log["severityNumber"] == number


def test_what_is_not_known_has_no_attribute() -> None:
    bare = record(notebook_path=None, cell_id=None, execution_count=None, line=None, frames=[])
    (log,) = _log_records(export_otlp([bare]))
    facts = _attributes(log)
    assert not {"code.file.path", "dsinfra.cell.id", "dsinfra.notebook.path"} & set(facts)


def test_errors_of_libraries_alone_have_no_place_in_code() -> None:
    (log,) = _log_records(export_otlp([record(frames=FRAMES[1:])]))
    assert "code.file.path" not in _attributes(log)


def test_text_is_always_utf8() -> None:
    export_otlp([record(evalue="\udce9", notebook_path="\udce9.ipynb")]).encode()


def test_resource_names_the_service() -> None:
    text = export_otlp([RECORD], service_name="trainer", service_version="1.2")
    (resource,) = json.loads(text)["resourceLogs"]
    assert resource["resource"]["attributes"] == [
        {"key": "service.name", "value": {"stringValue": "trainer"}},
        {"key": "service.version", "value": {"stringValue": "1.2"}},
    ]


def test_no_errors_are_an_empty_request() -> None:
    assert json.loads(export_otlp([])) == {"resourceLogs": []}
