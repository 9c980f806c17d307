"""What is passed on of a kernel's messages, for any order of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsinfra_jlab.compute.runner import forwarding, limits
from dsinfra_jlab.compute.runner.forwarding import Forwarder, said
from dsinfra_jlab.compute.runner.wire import Message


def message(type_: str, content: dict[str, Any], parent: str = "p", size: int = 10) -> Message:
    return Message({"msg_id": "x", "msg_type": type_}, {"msg_id": parent}, {}, content, [], size)


def stream(text: str, name: str = "stdout", parent: str = "p") -> Message:
    return message("stream", {"name": name, "text": text}, parent, len(text))


STEPS = st.one_of(
    st.tuples(
        st.just("stream"),
        st.text(max_size=5),
        st.sampled_from(["stdout", "stderr"]),
        st.sampled_from("pq"),
    ),
    st.tuples(st.just("display_data"), st.text(max_size=5)),
    st.tuples(st.just("pause")),
    st.tuples(st.just("own")),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, max_size=60))
def test_text_and_order_survive_any_interleaving(steps: list[tuple[str, ...]]) -> None:
    events: list[dict[str, Any]] = []
    forwarder = Forwarder(events.append, 10**9)
    expected: list[tuple[str, ...]] = []
    for step in steps:
        if step[0] == "stream":
            forwarder.message("iopub", stream(*step[1:]))
            if expected and expected[-1][0] == "stream" and expected[-1][2:] == step[2:]:
                step = ("stream", expected.pop()[1] + step[1], *step[2:])
            expected.append(step)
        elif step[0] == "display_data":
            forwarder.message("iopub", message("display_data", {"data": step[1]}))
            expected.append(step)
        elif step[0] == "pause":
            forwarder.pause()
        else:
            forwarder.event(said("sample"))
            expected.append(("own",))
    forwarder.end()
    found: list[tuple[str, ...]] = []
    for event in events:
        if event["kind"] != "message":
            found.append(("own",))
        elif event["header"]["msg_type"] == "display_data":
            found.append(("display_data", event["content"]["data"]))
        else:
            content = event["content"]
            step = ("stream", content["text"], content["name"], event["parent_header"]["msg_id"])
            if found and found[-1][0] == "stream" and found[-1][2:] == step[2:]:
                step = ("stream", found.pop()[1] + step[1], *step[2:])
            found.append(step)
    assert found == expected


def test_the_first_texts_go_at_once_and_floods_are_gathered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr(forwarding.time, "monotonic", lambda: now[0])
    events: list[dict[str, Any]] = []
    forwarder = Forwarder(events.append, 10**9)
    for number in range(limits.TEXT_AT_ONCE_PER_S):
        forwarder.message("iopub", stream("x"))
        forwarder.pause()
        assert len(events) == number + 1 and forwarder.due_at is None
    for _ in range(1000):
        forwarder.message("iopub", stream("y"))
        forwarder.pause()
    assert len(events) == limits.TEXT_AT_ONCE_PER_S
    assert forwarder.due_at == 100.0 + limits.TEXT_BATCH_S
    now[0] += limits.TEXT_BATCH_S
    forwarder.pause()
    assert events[-1]["content"]["text"] == "y" * 1000
    now[0] += 1.0
    forwarder.message("iopub", stream("z"))
    forwarder.pause()
    assert events[-1]["content"]["text"] == "z"


def test_text_that_a_kernel_says_at_once_becomes_several_events() -> None:
    events: list[dict[str, Any]] = []
    forwarder = Forwarder(events.append, 10**9)
    text = "".join(map(str, range(400_000)))
    forwarder.message("iopub", stream(text))
    forwarder.end()
    pieces = [event["content"]["text"] for event in events]
    assert len(pieces) > 1 and "".join(pieces) == text
    assert max(map(len, pieces)) <= limits.TEXT_EVENT_CHARS
    assert {event["content"]["name"] for event in events} == {"stdout"}


def test_much_text_does_not_wait() -> None:
    events: list[dict[str, Any]] = []
    forwarder = Forwarder(events.append, 10**9)
    for _ in range(3):
        forwarder.message("iopub", stream("x" * limits.TEXT_BATCH_BYTES))
    assert len(events) == 3


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(1, 400), max_size=40), st.integers(0, 3_000))
def test_what_is_passed_on_and_what_is_left_out_is_all(sizes: list[int], limit: int) -> None:
    events: list[dict[str, Any]] = []
    forwarder = Forwarder(events.append, limit)
    for size in sizes:
        forwarder.message("iopub", stream("x" * size))
        forwarder.message("iopub", message("status", {}, size=10_000))
    forwarder.end()
    passed = sum(
        len(each["content"].get("text", "")) for each in events if each["kind"] == "message"
    )
    dropped = sum(each["bytes"] for each in events if each["kind"] == "dropped")
    assert passed + dropped == sum(sizes) and passed <= limit
    kinds = [each["header"]["msg_type"] for each in events if each["kind"] == "message"]
    assert kinds.count("status") == len(sizes)
