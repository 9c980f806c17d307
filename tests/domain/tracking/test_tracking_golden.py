"""What real kernels said, and what must be made of it: the matrix of cases, row by row."""

from __future__ import annotations

import pytest

from dsinfra_jlab.domain.runs.records import RunStatus
from tests.domain.replay import TRANSCRIPTS, Replay, replayed, texts, transcript

# case: status, error name and a part of the reason of each run
EXPECTED: dict[str, list[tuple[str, str | None, str | None]]] = {
    "ok": [("ok", None, None)],
    "error": [("error", "ZeroDivisionError", "ZeroDivisionError: division by zero")],
    "exception_group": [("error", "ExceptionGroup", "ExceptionGroup: several")],
    "task_group": [("error", "ExceptionGroup", "unhandled errors in a TaskGroup")],
    "lone_surrogate": [("error", "ValueError", "ValueError: bad")],
    "usage_error": [("error", "UsageError", "nosuchmagic")],
    "custom_handler": [("ok", None, None), ("error", "ZeroDivisionError", None)],
    "rich_traceback": [("ok", None, None), ("error", "ZeroDivisionError", None)],
    "syntax_error": [("error", "SyntaxError", "invalid syntax")],
    "formatter_fails": [("error", "RuntimeError", "no html")],
    "str_raises": [("error", "RuntimeError", "no text")],
    "thread": [("ok", None, None)],
    "unawaited_task": [("ok", None, None)],
    "logged": [("ok", None, None)],
    "shell_fails": [("ok", None, None)],
    "bash_magic_fails": [("error", "CalledProcessError", "exit status 3")],
    "system_exit": [("error", "SystemExit", "SystemExit: 2")],
    "interrupt": [("interrupted", "KeyboardInterrupt", "interrupted by the user")],
    "aborted_queue": [
        ("error", "ZeroDivisionError", None),
        ("aborted", None, "skipped because cell [1] failed"),
        ("aborted", None, "skipped because cell [1] failed"),
    ],
    "killed": [
        ("kernel_died", None, "killed by SIGKILL"),
        ("aborted", None, "never begun: killed by SIGKILL"),
    ],
    "forked_child": [("ok", None, None)],
    "forked_child_falls_through": [("ok", None, None)],
    "shows_itself": [("ok", None, None)],
    "subshell": [("ok", None, None), ("ok", None, None)],
    "displays": [("ok", None, None)] * 3,
    "progress": [("ok", None, None)],
    "silent": [],
    "bash_ok": [("ok", None, None)],
    "bash_error": [("error", None, None)],
    "bash_interrupt": [("interrupted", None, "interrupted by the user")],
}


def test_each_recorded_case_is_expected() -> None:
    assert {path.stem for path in TRANSCRIPTS.glob("*.jsonl")} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_status_error_and_reason(name: str) -> None:
    replay = replayed(transcript(name))
    seen = [(run.status.value, run.error_name, run.status_reason or "") for run in replay.cells]
    assert len(seen) == len(EXPECTED[name])
    for (status, error, reason), (wanted, wanted_error, part) in zip(
        seen, EXPECTED[name], strict=True
    ):
        assert status == wanted
        if wanted_error is not None or wanted == "ok":
            assert error == wanted_error
        assert part is None or part in reason


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_nothing_is_missed_and_nothing_is_left_open(name: str) -> None:
    replay = replayed(transcript(name))
    assert not replay.tracker.has_open_runs
    assert [run.missed_messages for run in replay.cells] == [0] * len(replay.cells)
    for run in replay.cells:
        assert run.parent_id == replay.sessions[0].id
        assert run.user == "ana"
        assert run.cell_id
        assert (run.started_at is None) == (run.status is RunStatus.aborted)
        assert run.ended_at is not None and run.ended_at >= run.queued_at


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_without_any_reply_iopub_says_the_same_or_less(name: str) -> None:
    """The browser is closed: nobody sees the replies, and still every run ends."""
    replay = replayed(line for line in transcript(name) if line["channel"] != "reply")
    assert not replay.tracker.has_open_runs
    silent = {"custom_handler", "rich_traceback", "aborted_queue", "bash_error", "bash_interrupt"}
    if name in silent:  # IOPub says nothing of these failures
        assert all(run.status.is_final for run in replay.cells)
        return
    assert [run.status.value for run in replay.cells] == [row[0] for row in EXPECTED[name]]


def outputs_of(replay: Replay) -> list[list[str]]:
    return [
        list(texts(replay.outputs[run.id])) if run.id in replay.outputs else []
        for run in replay.cells
    ]


def test_outputs_are_those_of_the_notebook() -> None:
    assert outputs_of(replayed(transcript("ok"))) == [["hello\n", "2"]]
    assert outputs_of(replayed(transcript("displays"))) == [["'two'"], ["'second'"], []]
    assert outputs_of(replayed(transcript("progress"))) == [["49"]]
    assert outputs_of(replayed(transcript("aborted_queue")))[1:] == [[], []]
    assert outputs_of(replayed(transcript("killed"))) == [["last\n"], []]
    aside = outputs_of(replayed(transcript("subshell")))
    assert aside == [["main 0\nmain 1\nmain 2\n"], ["aside\n"]]


def test_output_of_a_forked_child_is_kept() -> None:
    text = "".join(outputs_of(replayed(transcript("forked_child")))[0])
    assert "child" in text and "parent" in text


def test_the_idle_of_a_forked_child_does_not_end_the_run() -> None:
    lines = transcript("forked_child_falls_through")
    own_pid = lines[1]["header"]["msg_id"].split("_")[-2]
    foreign = [line for line in lines if line["header"]["msg_id"].split("_")[-2] != own_pid]
    assert "idle" in [line["content"].get("execution_state") for line in foreign]
    replay = Replay()
    for line in lines[: lines.index(foreign[-1]) + 1]:
        replay.feed(line)
    replay.wait(30)
    assert [run.status for run in replay.cells] == [RunStatus.running]


def test_duration_is_that_of_the_cell() -> None:
    (run, *_) = replayed(transcript("subshell")).cells
    assert run.duration_s == pytest.approx(0.9, abs=0.3)
