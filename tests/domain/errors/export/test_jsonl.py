from __future__ import annotations

import json

from dsinfra_jlab.domain.errors.export.jsonl import export_jsonl

from ...error_records import GROUP, RECORD, record


def test_each_error_is_one_line_of_json() -> None:
    lines = export_jsonl([RECORD, GROUP]).split("\n")
    assert lines.pop() == ""
    first, second = [json.loads(line) for line in lines]
    assert first["id"] == RECORD.id
    assert first["at"] == "2026-11-23T02:15:53.123456Z"
    assert first["category"] == "lookup"
    assert first["flags"] == ["nb.stale_definition"]
    assert first["frames"][0]["variables"][0]["type"] == "pandas.DataFrame"
    assert [link["relation"] for link in second["chain"]] == ["group", "context", "group", "cause"]


def test_messages_stay_within_their_line() -> None:
    text = export_jsonl([record(evalue="a\nb\u2028c\0")])
    assert text.count("\n") == 1
    assert json.loads(text)["evalue"] == "a\nb\u2028c\0"


def test_paths_that_are_not_utf8_come_back() -> None:
    path = "caf\udce9.ipynb"
    text = export_jsonl([record(notebook_path=path)])
    text.encode()
    assert json.loads(text)["notebook_path"] == path


def test_no_errors_are_no_lines() -> None:
    assert export_jsonl([]) == ""
