from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsinfra_jlab.domain.errors import limits
from dsinfra_jlab.domain.errors.occurrences import ErrorKind, Relation
from dsinfra_jlab.domain.errors.tracebacks.reading import in_code, read_traceback
from dsinfra_jlab.domain.errors.tracebacks.stderr import errors_on_stderr, shell_failures

from ...golden_tracebacks import Golden, goldens

PRINTED = [each for each in goldens() if each["kinds"]]
GROUPS = [each for each in PRINTED if each["kinds"] == ["exception"] and each["line"]]


@pytest.mark.parametrize("golden", PRINTED, ids=str)
def test_kinds_of_what_was_printed(golden: Golden) -> None:
    found = [*errors_on_stderr(golden["stderr"]), *shell_failures(golden["stdout"])]
    assert [each.kind.value for each in found] == golden["kinds"]
    if golden["enames"] and golden["evalue"]:
        assert found[0].exceptions[0].evalue == golden["evalue"]


@pytest.mark.parametrize(
    "golden",
    [each for each in PRINTED if each["enames"] and "usage" not in each["name"]],
    ids=str,
)
def test_classes_and_lines_of_what_was_printed(golden: Golden) -> None:
    exceptions = in_code(
        errors_on_stderr(golden["stderr"])[0].exceptions,
        code=golden.code,
        execution_count=golden["execution_count"],
        cells={},
    )
    assert [each.ename for each in exceptions] == list(golden["enames"])
    own = f"In[{golden['execution_count']}]"
    lines = [frame.line for frame in exceptions[0].frames if frame.file == own]
    assert lines[0] == golden["line"]


@pytest.mark.parametrize("golden", GROUPS, ids=str)
def test_groups_are_read_as_the_error_that_ended_the_cell(golden: Golden) -> None:
    """The reply has class and message; frames and members are on stderr alone."""
    (printed,) = errors_on_stderr(golden["stderr"])
    told = printed.exceptions[0]
    found = read_traceback(told.ename, told.evalue, golden["stderr"], language="python")
    assert found == printed.exceptions
    assert found[0].frames[0].kind.value == "cell"


@pytest.mark.parametrize("golden", GROUPS, ids=str)
def test_groups_are_read_below_errors_that_were_printed_before(golden: Golden) -> None:
    logged = next(each["stderr"] for each in PRINTED if each["name"] == "logged")
    first, *_, last = errors_on_stderr(logged + golden["stderr"])
    assert (first.kind, last.kind) == (ErrorKind.log, ErrorKind.exception)
    told = last.exceptions[0]
    text = logged + golden["stderr"]
    assert read_traceback(told.ename, told.evalue, text, language="python") == last.exceptions


def test_members_of_groups_know_their_group() -> None:
    golden = next(each for each in GROUPS if each["name"] == "group_in_group")
    (printed,) = errors_on_stderr(golden["stderr"])
    assert [(each.ename, each.parent, each.relation) for each in printed.exceptions] == [
        ("ExceptionGroup", None, None),
        ("ExceptionGroup", 0, Relation.group),
        ("TypeError", 1, Relation.group),
        ("OSError", 1, Relation.group),
        ("ValueError", 0, Relation.group),
        ("ZeroDivisionError", 0, Relation.cause),
    ]


def test_marks_below_the_code_are_columns() -> None:
    text = (
        "Exception in thread Thread-5 (work):\nTraceback (most recent call last):\n"
        '  File "/home/ana/tools.py", line 7, in work\n'
        "    total = prices['cost'] + 1\n            ~~~~~~^^^^^^^^\nKeyError: 'cost'\n"
    )
    (found,) = errors_on_stderr(text)
    frame = found.exceptions[0].frames[0]
    assert (frame.line, frame.column, frame.end_line, frame.end_column) == (7, 8, 7, 22)
    assert frame.source[8:22] == "prices['cost']"


def test_marks_below_wide_characters_are_no_columns() -> None:
    text = (
        "Traceback (most recent call last):\n"
        '  File "/home/ana/tools.py", line 7, in work\n'
        "    f('東京', d['x'])\n              ~^^^^^\nKeyError: 'x'\n"
    )
    (found,) = errors_on_stderr(text)
    assert found.exceptions[0].frames[0].column is None


def test_equal_ones_are_one_with_a_count() -> None:
    line = "/tmp/ipykernel_1/22.py:3: RuntimeWarning: divide by zero\n  a / b\n"
    (found,) = errors_on_stderr(line * 500)
    assert (found.kind, found.count) == (ErrorKind.warning, 500)
    assert found.exceptions[0].frames[0].source == "a / b"


def test_a_warning_whose_message_begins_below_it() -> None:
    text = (
        "/tmp/ipykernel_1/22.py:3: SettingWithCopyWarning: \n"
        "A value is trying to be set on a copy of a slice from a DataFrame.\n"
        "Try using .loc[row_indexer,col_indexer] = value instead\n\n"
        "See the caveats in the documentation\n  part['a'] = 1\n"
        "a.py:1: UserWarning: \nb.py:2: UserWarning: two\n"
    )
    first, second, third = errors_on_stderr(text)
    assert first.exceptions[0].evalue.startswith("A value is trying to be set on a copy")
    assert first.exceptions[0].evalue.endswith("in the documentation")
    assert first.exceptions[0].frames[0].source == "part['a'] = 1"
    assert [each.exceptions[0].evalue for each in (second, third)] == ["", "two"]


def test_other_output_between_makes_no_difference() -> None:
    text = (
        "100%|######| 3/3 [00:01<00:00]\nINFO:root:reading\n"
        "ERROR:etl.load:no rows\n"
        "2026-11-23 02:15:53,101 - etl - ERROR - still none\n"
        "[2026-11-23 02:15:53] [CRITICAL] disk is full\n"
        "2026-11-23 02:15:53,101 - etl - INFO - no ERROR - here\n"
        "Traceback (most recent call last):\n"
        '  File "/home/ana/etl.py", line 3, in load\n    1 / 0\n'
        "ZeroDivisionError: division by zero\n"
        "more output\n"
    )
    found = errors_on_stderr(text)
    assert [(each.kind.value, each.exceptions[0].evalue) for each in found] == [
        ("log", "no rows"),
        ("log", "still none"),
        ("log", "disk is full"),
        ("log", "division by zero"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Error: something\n",
        "ValueError is what we expect\n",
        "the warning: x\n",
        "12:00 UserWarning: x\n",
        "Exception in thread\n",
        "Task exception was never retrieved\n",
        "Process finished: ok\n",
        "ERROR\n",
        "",
        "Traceback (most recent call last):\n",
    ],
)
def test_what_is_not_certain_is_nothing(text: str) -> None:
    assert errors_on_stderr(text) == []


def test_how_to_exit_is_no_warning() -> None:
    golden = next(each for each in goldens() if each["name"] == "exit" and each["stderr"])
    assert "UserWarning: To exit" in golden["stderr"]
    assert errors_on_stderr(golden["stderr"]) == []


def test_a_task_without_traceback_has_the_class_it_names() -> None:
    text = (
        "ERROR:asyncio:Task exception was never retrieved\n"
        "future: <Task finished name='Task-5' coro=<f() done> exception=ValueError('bad')>\n"
    )
    (found,) = errors_on_stderr(text)
    assert found.kind is ErrorKind.task
    assert (found.exceptions[0].ename, found.exceptions[0].evalue) == ("ValueError", "bad")


def test_an_unraisable_error_without_traceback() -> None:
    (found,) = errors_on_stderr(
        "Exception ignored in: <generator object f at 0x7f>\nRuntimeError: generator ignored exit\n"
    )
    assert found.kind is ErrorKind.unraisable
    assert found.exceptions[0].ename == "RuntimeError"


def test_classes_with_modules() -> None:
    (found,) = errors_on_stderr(
        "/x/sklearn.py:3: sklearn.exceptions.ConvergenceWarning: did not converge\n"
    )
    seen = found.exceptions[0]
    assert (seen.module, seen.ename) == ("sklearn.exceptions", "ConvergenceWarning")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("/bin/bash: line 1: foo: command not found", "foo: command not found"),
        ("/bin/bash: foo: command not found", "foo: command not found"),
        ("/bin/sh: 1: foo: not found", "foo: command not found"),
        ("sh: 1: foo: not found", "foo: command not found"),
        ("zsh:1: command not found: foo", "foo: command not found"),
        ("/bin/bash: line 1: ./run.sh: Permission denied", "./run.sh: Permission denied"),
        (
            "'foo' is not recognized as an internal or external command,",
            "foo: command not found",
        ),
    ],
)
def test_commands_that_a_shell_could_not_start(line: str, message: str) -> None:
    (found,) = shell_failures(f"some output\n{line}\n{line}\r\n")
    assert (found.kind, found.exceptions[0].evalue, found.count) == (ErrorKind.shell, message, 2)


@pytest.mark.parametrize(
    "line",
    ["ls: cannot access 'x': No such file or directory", "foo: command not found in docs", "ok"],
)
def test_what_a_command_says_itself_is_not_claimed(line: str) -> None:
    assert shell_failures(line) == []


@pytest.mark.parametrize(
    "text",
    [
        "x:1: " * 1_000_000,
        "Exception in thread a:\n" * 250_000,
        "Task exception was never retrieved\n" + "task: exception=A(" * 250_000,
        ("2026-01-01 00:00:00 - " * 200 + "\n") * 1_000,
        "Traceback (most recent call last):\n" * 150_000,
        "a:1: UserWarning: x\n" * 250_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_megabytes_are_read_in_no_time(text: str) -> None:
    started_s = time.process_time()
    found = [*errors_on_stderr(text), *shell_failures(text)]
    assert time.process_time() - started_s < 4
    assert len(found) <= limits.ERRORS_PER_RUN_MAX


_LINES = st.sampled_from(
    [
        "Exception in thread Thread-1:",
        "Task exception was never retrieved",
        "future: <Task exception=A('b')>",
        "Exception ignored in: <x>",
        "Process SpawnProcess-1:",
        "Traceback (most recent call last):",
        "  + Exception Group Traceback (most recent call last):",
        "    +-+---------------- 1 ----------------",
        '  File "/x/IPython/core/interactiveshell.py", line 3, in run_code',
        "    code",
        "KeyError: 'a'",
        "The above exception was the direct cause of the following exception:",
        "",
        "ERROR:a:b",
        "a.py:3: UserWarning: x",
        "UsageError: x",
    ]
)


@settings(max_examples=300)
@given(st.lists(st.one_of(_LINES, st.text(max_size=15)), max_size=25))
def test_anything_is_read(lines: list[str]) -> None:
    for found in errors_on_stderr("\n".join(lines)):
        assert found.exceptions
        assert found.count >= 1
        assert found.exceptions[0].ename
