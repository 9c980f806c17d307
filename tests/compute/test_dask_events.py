"""Events on their way from a worker: all of them, in order, those together that may wait."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from distributed import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from tornado.ioloop import IOLoop

from dsinfra_jlab.compute.engines import dask_far
from dsinfra_jlab.compute.engines.dask_far import PART_CHARS, Emitter
from dsinfra_jlab.compute.engines.dask_link import DaskLink
from dsinfra_jlab.domain.compute.job_events import JobEvent
from dsinfra_jlab.domain.compute.jobs import JobId

from .clusters import cluster

JOB = JobId("job-1")
LIMIT_S = 60.0


class Topic:
    """Where a worker logs events, on a real event loop of a thread of its own."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.heard: list[JobEvent] = []
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live(ready)), daemon=True)
        self._thread.start()
        assert ready.wait(LIMIT_S)
        self.link = DaskLink(lambda job_id, event: self.heard.append(event))
        self.link._heard[JOB] = 0
        self.emit = Emitter(self, "topic", str(JOB))

    async def _live(self, ready: threading.Event) -> None:
        self.loop = IOLoop.current()
        self._end = asyncio.Event()
        ready.set()
        await self._end.wait()

    def log_event(self, topic: str, message: dict[str, Any]) -> None:
        self.messages.append(message)
        self.link._hear((0.0, json.loads(json.dumps(message))))

    def close(self) -> None:
        """Let everything arrive that was sent."""
        self.loop.add_callback(self._end.set)
        self._thread.join(LIMIT_S)


def message(kind: str, text: str = "") -> JobEvent:
    return {"kind": "message", "header": {"msg_type": kind}, "content": {"text": text}}


EVENTS = st.sampled_from(
    [
        {"kind": "kernel"},
        {"kind": "request"},
        {"kind": "asked"},
        message("status"),
        message("stream", "a"),
        message("dsinfra_event", "b" * 30),
        message("display_data", "c" * (2 * PART_CHARS)),
        message("execute_reply", "d" * (PART_CHARS + 1)),
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(EVENTS, st.booleans()), max_size=20))
def test_all_arrive_once_and_in_order(said: list[tuple[JobEvent, bool]]) -> None:
    topic = Topic()
    for event, is_due in said:
        topic.emit(event)
        if is_due:  # the time of what waits is over, on the loop as it is in a worker
            topic.loop.add_callback(topic.emit.flush)
    topic.emit.flush()
    # What is still under way is sent by the loop, behind this.
    done = threading.Event()
    topic.loop.add_callback(lambda: topic.loop.add_callback(done.set))
    assert done.wait(LIMIT_S)
    topic.close()
    assert topic.heard == [event for event, _ in said]
    assert topic.link._heard[JOB] == topic.emit.count


def test_a_short_job_is_told_in_two_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_far, "GATHER_S", LIMIT_S)
    topic = Topic()
    quiet = [message("status"), message("execute_input"), message("execute_reply")]
    story: list[JobEvent] = [
        {"kind": "starting"},
        {"kind": "kernel"},
        {"kind": "request"},
        *quiet,
        {"kind": "packed"},
        {"kind": "answer", "said": {}},
    ]
    for event in story:
        topic.emit(event)
    topic.close()
    assert [each["n"] for each in topic.messages] == [1, 2]
    assert topic.heard == story[:-1]


def test_what_shows_nothing_comes_though_nothing_follows() -> None:
    topic = Topic()
    topic.emit({"kind": "request"})
    came = threading.Event()
    for _ in range(6_000):
        if topic.heard or came.wait(0.01):
            break
    topic.close()
    assert topic.heard == [{"kind": "request"}]


@pytest.mark.slow
async def test_what_came_while_nobody_listened_is_read_from_the_scheduler(tmp_path: Path) -> None:
    topic = Topic()
    said = [message("stream", str(number)) for number in range(5)]
    for event in said:
        topic.emit(event)
        topic.emit.flush()
    topic.close()
    heard: list[JobEvent] = []
    link = DaskLink(lambda job_id, event: heard.append(event))
    with cluster(tmp_path) as address:
        await link.connect(address, None)
        try:
            link.client.unsubscribe_topic(link._topic)
            async with Client(address, asynchronous=True, set_as_default=False) as other:
                for each in topic.messages:
                    await other.log_event(link._topic, each)
            link._heard[JOB] = 0
            await link.settle(JOB, topic.emit.count)
            assert heard == said
            await link.settle(JOB, topic.emit.count)
            assert heard == said
        finally:
            await link.close()
