"""The test matrix, from what kernels without the probe said: each failure is one record."""

from __future__ import annotations

import pytest

from dsinfra_jlab.domain.changes import ErrorFound
from dsinfra_jlab.domain.errors.occurrences import ErrorRecord
from dsinfra_jlab.domain.ids import ErrorId
from dsinfra_jlab.domain.redaction.redactor import Redactor
from dsinfra_jlab.domain.settings import Settings
from dsinfra_jlab.services.error_desk import ErrorDesk

from ..domain.replay import Replay, transcript

Row = tuple[str, str, str, str, int | None]
"""Kind, class, category, severity, line."""

EXPECTED: dict[str, list[Row]] = {
    "ok": [],
    "displays": [],
    "progress": [],
    "silent": [],
    "subshell": [],
    "bash_ok": [],
    "forked_child": [],
    "forked_child_falls_through": [],
    "error": [("exception", "ZeroDivisionError", "numerical", "error", 1)],
    "aborted_queue": [("exception", "ZeroDivisionError", "numerical", "error", 1)],
    "exception_group": [("exception", "ExceptionGroup", "unknown", "error", 1)],
    "task_group": [("exception", "ValueError", "value", "error", 3)],
    "usage_error": [("exception", "UsageError", "syntax", "warning", 1)],
    "custom_handler": [("exception", "ZeroDivisionError", "numerical", "error", 1)],
    "rich_traceback": [("exception", "ZeroDivisionError", "numerical", "error", 1)],
    "syntax_error": [("exception", "SyntaxError", "syntax", "warning", 1)],
    "thread": [("thread", "ZeroDivisionError", "numerical", "warning", 2)],
    "unawaited_task": [("task", "ValueError", "value", "warning", 2)],
    "logged": [("log", "ZeroDivisionError", "numerical", "warning", 2)],
    "system_exit": [("exception", "SystemExit", "interrupt", "info", 1)],
    "interrupt": [("exception", "KeyboardInterrupt", "interrupt", "info", 2)],
    "killed": [("kernel_death", "KernelKilled", "kernel_crash", "critical", None)],
    "bash_interrupt": [],
    "shell_fails": [],
}
"""``shell_fails`` prints nothing, and a kernel without the probe says nothing else of it."""


def errors_of(name: str) -> list[ErrorRecord]:
    replay = Replay()
    desk = ErrorDesk(Redactor(b"test"))
    found: dict[ErrorId, ErrorRecord] = {}
    take = replay.take

    def take_errors(changes: list[object]) -> None:
        for change in changes:
            if isinstance(change, ErrorFound):
                saved = desk.saved(change.sighting, Settings())
                assert saved is not None
                found[saved.record.id] = saved.record
        take(changes)  # type: ignore[arg-type]

    replay.take = take_errors  # type: ignore[method-assign, assignment]
    for line in transcript(name):
        replay.feed(line)
    replay.wait(30)
    return list(found.values())


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_each_failure_is_one_record(name: str) -> None:
    seen = [
        (e.kind.value, e.ename, e.category.value, e.severity.value, e.line) for e in errors_of(name)
    ]
    assert seen == EXPECTED[name]


def test_the_failure_of_a_formatter_has_the_class_that_was_published() -> None:
    """The reply of the kernel names ``NoneType``."""
    (error,) = errors_of("formatter_fails")
    assert error.ename not in ("NoneType", "")


def test_records_say_where_and_when() -> None:
    (error,) = errors_of("error")
    assert error.notebook_path == "/home/ana/train.ipynb"
    assert error.cell_id
    assert error.collector == "server"
    assert error.diagnosis
    assert error.frames[-1].source
    assert error.frames[-1].run_id == error.run_id
