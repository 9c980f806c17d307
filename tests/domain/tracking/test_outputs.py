"""Outputs are collected as a notebook would hold them, within limits that are said."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain import limits
from dsinfra_jlab.domain.runs.records import RunOutputs
from dsinfra_jlab.domain.tracking.messages import Envelope, Oversized
from dsinfra_jlab.domain.tracking.outputs import OutputCollector


def streams(outputs: RunOutputs) -> list[tuple[str, str]]:
    return [(item["name"], item["text"]) for item in outputs.items]


@given(st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.text(max_size=20))))
def test_streams_of_one_name_are_joined_and_nothing_is_lost(parts: list[tuple[str, str]]) -> None:
    collector = OutputCollector()
    for name, text in parts:
        collector.add_stream(name, text.replace("\r", ""))
    seen = streams(collector.outputs())
    for name in ("stdout", "stderr"):
        wanted = "".join(text.replace("\r", "") for part, text in parts if part == name)
        assert "".join(text for part, text in seen if part == name) == wanted
    names = [name for name, _ in seen]
    assert all(one != other for one, other in pairwise(names))


@given(st.lists(st.text(alphabet="ab\r\n", max_size=6), max_size=40), st.integers(1, 5))
def test_carriage_returns_are_folded_alike_however_the_text_is_cut(
    parts: list[str], fold: int
) -> None:
    at_once, in_parts = OutputCollector(), OutputCollector()
    at_once.add_stream("stdout", "".join(parts))
    for index, part in enumerate(parts):
        in_parts.add_stream("stdout", part)
        if index % fold == 0:
            in_parts.outputs()
    assert in_parts.outputs() == at_once.outputs()


def test_a_progress_bar_of_hours_stays_small() -> None:
    collector = OutputCollector(max_bytes=100_000)
    for step in range(50_000):
        collector.add_stream("stderr", f"\r{step:6d} of 50000")
    outputs = collector.outputs()
    assert streams(outputs) == [("stderr", " 49999 of 50000")]
    assert not outputs.truncated


def test_a_long_stream_keeps_head_and_tail_and_says_what_is_left_out() -> None:
    collector = OutputCollector()
    lines = [f"line {number}\n" for number in range(900_000)]
    for line in lines:
        collector.add_stream("stdout", line)
    outputs = collector.outputs()
    ((_, text),) = streams(outputs)
    whole = "".join(lines)
    head, notice, tail = text.partition("\n[dsinfra-jlab: ")
    assert outputs.truncated
    assert whole.startswith(head) and len(head) == limits.STREAM_PART_MAX_CHARS
    assert whole.endswith(tail.partition("here]\n")[2])
    assert f"{len(whole) - 2 * limits.STREAM_PART_MAX_CHARS:,} characters" in notice + tail


def test_two_hundred_thousand_lines_are_kept_whole() -> None:
    collector = OutputCollector()
    for number in range(200_000):
        collector.add_stream("stdout", f"line {number}\n")
    ((_, text),) = streams(collector.outputs())
    assert text.splitlines() == [f"line {number}" for number in range(200_000)]


def test_beyond_the_limit_nothing_is_added_but_errors_and_a_notice() -> None:
    collector = OutputCollector(max_bytes=1_000)
    collector.add_display({"text/plain": "kept"}, {})
    collector.add_display({"text/plain": "x" * 2_000}, {})
    collector.add_stream("stdout", "late")
    collector.add_error("ValueError", "bad", ["trace"])
    outputs = collector.outputs()
    assert outputs.truncated
    kinds = [item["output_type"] for item in outputs.items]
    assert kinds == ["display_data", "error", "stream"]
    assert "more than 1,000 bytes" in outputs.items[-1]["text"]


def test_a_flood_of_errors_is_bounded_too() -> None:
    collector = OutputCollector(max_bytes=10_000)
    for _ in range(1_000):
        collector.add_error("ValueError", "x" * 100, ["y" * 100])
    outputs = collector.outputs()
    assert outputs.truncated
    assert 10 < len(outputs.items) < 100


def test_clear_output_waits_for_the_next_output_or_not() -> None:
    collector = OutputCollector()
    collector.add_stream("stdout", "one")
    collector.clear(wait=True)
    assert streams(collector.outputs()) == [("stdout", "one")]
    collector.add_stream("stdout", "two")
    assert streams(collector.outputs()) == [("stdout", "two")]
    collector.clear(wait=False)
    assert collector.outputs() == RunOutputs([])


def test_clearing_makes_room_again() -> None:
    collector = OutputCollector(max_bytes=500)
    for step in range(100):
        collector.clear(wait=True)
        collector.add_display({"text/plain": f"{step:3d}" * 100}, {})
    outputs = collector.outputs()
    assert not outputs.truncated
    assert [item["data"]["text/plain"] for item in outputs.items] == [" 99" * 100]


def test_a_display_is_replaced_wherever_it_stands() -> None:
    collector = OutputCollector()
    collector.add_display({"text/plain": "one"}, {}, display_id="d")
    collector.add_display({"text/plain": "other"}, {})
    collector.add_display({"text/plain": "two"}, {}, display_id="d")
    assert collector.update_display("d", {"text/plain": "new"}, {})
    assert not collector.update_display("unknown", {"text/plain": "x"}, {})
    seen = [item["data"]["text/plain"] for item in collector.outputs().items]
    assert seen == ["new", "other", "new"]


def test_what_was_returned_does_not_change_any_more() -> None:
    collector = OutputCollector()
    collector.add_display({"text/plain": "one"}, {}, display_id="d")
    before = collector.outputs()
    collector.update_display("d", {"text/plain": "two"}, {})
    collector.add_stream("stdout", "more")
    assert [item["data"]["text/plain"] for item in before.items] == ["one"]


def test_an_oversized_message_leaves_its_length_and_hash() -> None:
    envelope = Envelope("s_1_1", "stream", "p", "execute_request", None)
    collector = OutputCollector()
    collector.add_oversized(Oversized(envelope, 10**8, "abc123", "stdout", "begin", "end"))
    collector.add_oversized(Oversized(envelope, 10**8, "def456", "", "", ""))
    outputs = collector.outputs()
    assert outputs.truncated
    text = outputs.items[0]["text"]
    assert text.startswith("begin") and text.endswith("end")
    assert "100,000,000 bytes" in text and "abc123" in text
    assert "def456" in outputs.items[1]["data"]["text/plain"]
