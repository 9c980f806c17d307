"""Whatever comes in whatever order: each run ends once, and in the right way."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsinfra_jlab.domain import limits
from dsinfra_jlab.domain.changes import SaveRun
from dsinfra_jlab.domain.runs.records import Document, DocumentKind, RunKind, RunStatus
from dsinfra_jlab.domain.tracking.message_reading import decode_dict
from dsinfra_jlab.domain.tracking.tracker import Client
from dsinfra_jlab.domain.tracking.verdict import EndCause, KernelEnd
from tests.domain.replay import CLIENT, TRANSCRIPTS, Replay, moment, replayed, transcript
from tests.domain.tracking.test_tracking_golden import EXPECTED

NAMES = sorted(path.stem for path in TRANSCRIPTS.glob("*.jsonl"))
LIVING = sorted(set(NAMES) - {"killed"})


def merged(lines: list[dict[str, Any]], order: list[int]) -> list[dict[str, Any]]:
    """Interleave the channels anew.

    Within a channel the order stays, and a request comes before all that is said of it: the
    observer sees to both.
    """
    channels: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        channels[line["channel"]].append(line)
    result: list[dict[str, Any]] = []
    for choice in order + [0] * len(lines):
        unsent = {line["header"]["msg_id"] for line in channels["request"]}
        ready = [
            queue for queue in channels.values() if queue and parent_of(queue[0]) not in unsent
        ]
        if ready:
            result.append(ready[choice % len(ready)].pop(0))
    return result


def parent_of(line: dict[str, Any]) -> str | None:
    return line.get("parent_header", {}).get("msg_id")


@given(st.sampled_from(LIVING), st.lists(st.integers(0, 3), max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_interleaving_of_the_channels_ends_the_same(name: str, order: list[int]) -> None:
    if "interrupt" in name:
        return  # that an interrupt was asked for has no order to the reply that could not matter
    replay = replayed(merged(transcript(name), order))
    assert not replay.tracker.has_open_runs
    assert sorted(run.status.value for run in replay.cells) == sorted(
        row[0] for row in EXPECTED[name]
    )


@given(
    st.sampled_from(NAMES),
    st.lists(st.integers(0, 3), max_size=60),
    st.lists(st.sampled_from(["drop", "twice", "wait", "gone", "end", "start", "keep"])),
)
@settings(max_examples=500, deadline=None)
def test_each_run_ends_exactly_once_whatever_happens(
    name: str, order: list[int], fates: list[str]
) -> None:
    replay = Replay()
    for index, line in enumerate(merged(transcript(name), order)):
        fate = fates[index] if index < len(fates) else "keep"
        if fate != "drop":
            replay.feed(line)
        if fate == "twice":
            replay.feed(line)
        elif fate == "wait":
            replay.wait(20)
        elif fate == "gone":
            replay.take(replay.tracker.client_gone(CLIENT.id, moment(replay.now_s)))
        elif fate == "end":
            end = KernelEnd(EndCause.died, -9)
            replay.take(replay.tracker.kernel_ended(end, moment(replay.now_s)))
        elif fate == "start":
            replay.take(replay.tracker.kernel_started(moment(replay.now_s)))
    replay.wait(20)
    replay.take(replay.tracker.kernel_ended(KernelEnd(EndCause.shut_down), moment(replay.now_s)))
    assert not replay.tracker.has_open_runs
    assert all(run.status.is_final for run in replay.runs.values())
    requests = [line for line in transcript(name) if line["channel"] == "request"]
    assert len(replay.cells) <= len(requests)


@given(st.sampled_from(NAMES), st.data())
@settings(max_examples=200, deadline=None)
def test_the_reply_outranks_all_else(name: str, data: st.DataObject) -> None:
    """However much of IOPub is lost, a run whose reply was seen ends as the reply says."""
    lines = transcript(name)
    kept = [
        line for line in lines if line["channel"] != "iopub" or data.draw(st.booleans(), "kept")
    ]
    answered = {
        line["parent_header"]["msg_id"]: line["content"]["status"]
        for line in lines
        if line["channel"] == "reply" and line["header"]["msg_type"] == "execute_reply"
    }
    asked = [line["header"]["msg_id"] for line in lines if line["channel"] == "request"]
    replay = replayed(kept)
    for message_id, run in zip(asked, replay.cells, strict=False):
        if answered.get(message_id) == "ok":
            assert run.status is RunStatus.ok
        elif answered.get(message_id) == "error":
            assert run.status in (RunStatus.error, RunStatus.interrupted)


def lines_of(name: str, *types: str) -> list[dict[str, Any]]:
    return [line for line in transcript(name) if line["header"]["msg_type"] in types]


def test_a_late_reply_corrects_what_iopub_could_not_tell() -> None:
    lines = transcript("custom_handler")
    reply = next(line for line in reversed(lines) if line["channel"] == "reply")
    replay = replayed(line for line in lines if line is not reply)
    assert replay.cells[1].status is RunStatus.ok
    assert "reply was not seen" in (replay.cells[1].status_reason or "")
    replay.feed(reply)
    assert replay.cells[1].status is RunStatus.error


def test_a_client_beside_the_server_is_recorded_from_iopub() -> None:
    replay = replayed(line for line in transcript("error") if line["channel"] == "iopub")
    (run,) = replay.cells
    assert run.status is RunStatus.error
    assert run.code == "1/0"
    assert run.user is None and run.cell_id is None


def test_lost_messages_are_counted() -> None:
    lines = transcript("progress")
    lost = [line for line in lines if line["header"]["msg_type"] == "stream"][10:30]
    (run,) = replayed(line for line in lines if line not in lost).cells
    assert run.missed_messages == len(lost) - 1  # one number may be that of an empty result


def test_lost_messages_at_the_end_are_counted_with_the_next_cell() -> None:
    lines = transcript("displays")
    first = lines[0]["header"]["msg_id"]
    lost = [
        line
        for line in lines
        if line["channel"] == "iopub" and line["parent_header"]["msg_id"] == first
    ][-3:]
    replay = Replay()
    for line in lines:
        if line not in lost:
            replay.feed(line)
    replay.wait(30)
    assert replay.cells[0].missed_messages == len(lost) - 1
    assert [run.missed_messages for run in replay.cells[1:]] == [0, 0]


def test_messages_without_numbers_are_not_claimed_to_be_complete() -> None:
    lines = transcript("ok")
    for index, line in enumerate(lines):
        if line["channel"] != "request":
            line["header"]["msg_id"] = f"message-{index}"
    (run,) = replayed(lines).cells
    assert run.missed_messages is None
    assert run.status is RunStatus.ok


def test_forged_idle_and_error_of_another_session_change_nothing() -> None:
    lines = transcript("ok")
    replay = Replay()
    for line in lines[:3]:
        replay.feed(line)
    for forged_type, content in (
        ("status", {"execution_state": "idle"}),
        ("error", {"ename": "Forged", "evalue": "x", "traceback": []}),
    ):
        header = {"msg_id": f"forger_666_{forged_type}_1", "msg_type": forged_type}
        header["msg_id"] = "forger_666_1"
        forged = {**lines[2], "header": header, "content": content, "channel": "iopub"}
        replay.take(replay.tracker.published(decode_dict(forged), moment(1)))
    assert replay.cells[0].status is RunStatus.running
    for line in lines[3:]:
        replay.feed(line)
    replay.wait(30)
    assert replay.cells[0].status is RunStatus.ok
    assert replay.cells[0].error_name is None


def test_a_request_sent_twice_is_one_run() -> None:
    lines = transcript("ok")
    replay = replayed([lines[0], *lines])
    other = Client(2, "eve")
    replay.take(replay.tracker.requested(decode_dict(lines[0]), other, moment(99)))
    assert [run.user for run in replay.cells] == ["ana"]


def test_nothing_is_recorded_while_recording_is_off_but_what_runs_is_followed() -> None:
    lines = transcript("aborted_queue")
    replay = Replay()
    replay.feed(lines[0])
    replay.tracker.is_recording = False
    for line in lines[1:]:
        replay.feed(line)
    replay.wait(30)
    assert [run.status for run in replay.cells] == [RunStatus.error]


@pytest.mark.parametrize(
    ("cause", "status", "reason"),
    [
        (EndCause.restarted, RunStatus.interrupted, "kernel restarted by the user"),
        (EndCause.shut_down, RunStatus.interrupted, "kernel shut down by the user"),
        (EndCause.server_stopped, RunStatus.interrupted, "the Jupyter server was stopped"),
        (EndCause.out_of_sight, RunStatus.lost, "the server lost sight of the kernel"),
        (EndCause.died, RunStatus.kernel_died, "the kernel died"),
    ],
)
def test_the_end_of_the_kernel_ends_its_runs(
    cause: EndCause, status: RunStatus, reason: str
) -> None:
    replay = Replay()
    for line in transcript("ok")[:3]:
        replay.feed(line)
    replay.take(replay.tracker.kernel_ended(KernelEnd(cause), moment(5)))
    assert [(run.status, run.status_reason) for run in replay.cells] == [(status, reason)]
    assert replay.sessions[0].status.is_final


def test_a_restart_explains_the_interrupt_that_jupyter_sends_before_it() -> None:
    lines = [line for line in transcript("interrupt") if line["channel"] != "interrupt"]
    replay = replayed(lines)
    assert replay.cells[0].status is RunStatus.interrupted
    end = KernelEnd(EndCause.restarted)
    replay.take(replay.tracker.kernel_ended(end, moment(lines[-1]["at_s"] + 1)))
    assert replay.cells[0].status_reason == "kernel restarted by the user"


def test_a_kernel_that_dies_at_once_died_of_the_first_cell_in_the_queue() -> None:
    """Ending by ``os._exit`` takes the last messages along: not even busy was seen."""
    requests = [line for line in transcript("aborted_queue") if line["channel"] == "request"]
    replay = Replay()
    for request in requests:
        replay.feed(request)
    replay.take(replay.tracker.kernel_ended(KernelEnd(EndCause.died, 1), moment(9)))
    assert [(run.status, run.status_reason) for run in replay.cells] == [
        (RunStatus.kernel_died, "the kernel process exited with code 1"),
        (RunStatus.aborted, "never begun: the kernel process exited with code 1"),
        (RunStatus.aborted, "never begun: the kernel process exited with code 1"),
    ]


def test_a_kernel_that_turned_busy_died_of_that_cell() -> None:
    lines = transcript("ok")
    replay = Replay()
    for line in lines[:2]:
        replay.feed(line)
    assert lines[1]["content"] == {"execution_state": "busy"}
    replay.take(replay.tracker.kernel_ended(KernelEnd(EndCause.died, 7), moment(9)))
    assert [run.status for run in replay.cells] == [RunStatus.kernel_died]


def test_a_cell_given_up_with_its_kernel_is_taken_back_if_the_next_process_runs_it() -> None:
    lines = transcript("ok")
    replay = Replay()
    replay.feed(lines[0])
    replay.take(replay.tracker.kernel_ended(KernelEnd(EndCause.died, -9), moment(1)))
    assert replay.cells[0].status is RunStatus.kernel_died
    replay.take(replay.tracker.kernel_started(moment(2)))
    for line in lines[1:]:
        replay.feed(line)
    replay.wait(30)
    assert [run.status for run in replay.cells] == [RunStatus.ok]


def test_a_kernel_nobody_used_leaves_no_trace_unless_it_died() -> None:
    replay = Replay()
    replay.take(replay.tracker.kernel_ended(KernelEnd(EndCause.shut_down), moment(1)))
    assert replay.runs == {}
    replay.take(replay.tracker.kernel_started(moment(2)))
    replay.take(replay.tracker.kernel_ended(KernelEnd(EndCause.died, -11), moment(3)))
    (session,) = replay.runs.values()
    assert (session.kind, session.status) == (RunKind.session, RunStatus.kernel_died)
    assert session.status_reason == "crashed (SIGSEGV)"


def test_each_process_is_a_session_of_its_own() -> None:
    replay = Replay()
    for line in transcript("ok"):
        replay.feed(line)
    replay.take(replay.tracker.kernel_ended(KernelEnd(EndCause.restarted), moment(10)))
    replay.take(replay.tracker.kernel_started(moment(11)))
    for line in transcript("error"):
        replay.feed(line)
    replay.wait(30)
    parents = [run.parent_id for run in replay.cells]
    assert parents == [session.id for session in replay.sessions]
    assert len(set(parents)) == 2


def test_a_renamed_notebook_takes_its_open_runs_along() -> None:
    replay = Replay()
    for line in transcript("ok")[:3]:
        replay.feed(line)
    renamed = Document(DocumentKind.notebook, "/home/ana/better.ipynb", "better.ipynb")
    changes = replay.tracker.document_changed(renamed)
    replay.take(changes)
    assert {change.record.kind for change in changes if isinstance(change, SaveRun)} == {
        RunKind.session,
        RunKind.cell,
    }
    assert {run.document for run in replay.runs.values()} == {renamed}


def test_output_of_a_running_cell_is_stored_before_it_ends() -> None:
    replay = Replay()
    for line in transcript("ok")[:4]:
        replay.feed(line)
    assert replay.outputs == {}
    replay.wait(1.5)
    assert [run.status for run in replay.cells] == [RunStatus.running]
    (outputs,) = replay.outputs.values()
    assert outputs.items == [{"output_type": "stream", "name": "stdout", "text": "hello\n"}]


def test_a_thread_that_goes_on_printing_reaches_the_outputs_of_its_run() -> None:
    lines = transcript("ok")
    replay = replayed(lines)
    late = next(line for line in lines if line["header"]["msg_type"] == "stream")
    late["header"]["msg_id"] = late["header"]["msg_id"].rsplit("_", 1)[0] + "_99"
    replay.feed(late)
    replay.wait(2)
    (outputs,) = replay.outputs.values()
    assert [item.get("text") for item in outputs.items] == ["hello\n", None, "hello\n"]
    assert [run.status for run in replay.cells] == [RunStatus.ok]


def test_a_short_cell_takes_the_time_it_took_though_its_messages_come_at_once() -> None:
    lines = transcript("displays")
    for line in lines:
        line["at_s"] = 1.0
    durations = [run.duration_s for run in replayed(lines).cells]
    assert all(duration is not None and 0.0005 < duration < 0.5 for duration in durations)


def test_start_end_and_duration_agree_when_the_reply_is_read_first() -> None:
    lines = transcript("ok")
    reply = lines.pop(next(i for i, line in enumerate(lines) if line["channel"] == "reply"))
    for line in lines[1:]:
        line["at_s"] = reply["at_s"] + 0.05
    (run,) = replayed([lines[0], reply, *lines[1:]]).cells
    assert run.started_at is not None and run.ended_at is not None and run.duration_s is not None
    assert run.duration_s > 0
    lasted_s = (run.ended_at - run.started_at).total_seconds()
    assert lasted_s == pytest.approx(run.duration_s, abs=1e-5)
    assert run.queued_at <= run.started_at


def test_a_kernel_with_a_wrong_clock_is_not_believed() -> None:
    lines = transcript("ok")
    for line in lines:
        if line["header"]["msg_type"] == "execute_reply":
            line["header"]["date"] = "2036-01-01T00:00:00Z"
    (run,) = replayed(lines).cells
    assert run.duration_s is not None and run.duration_s < 1


def test_endless_code_is_cut_and_says_so() -> None:
    request = transcript("ok")[0]
    request["content"]["code"] = "x" * (limits.CODE_MAX_CHARS + 1_234)
    (run,) = replayed([request]).cells
    assert len(run.code) < limits.CODE_MAX_CHARS + 100
    assert run.code.endswith("1,234 characters are not kept]")
