"""The observer rests while nothing happens, and is there at once when something does."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from dsinfra_jlab.domain import limits
from dsinfra_jlab.server.observer import KernelObserver

REST_S = 1.5
"""Long against a tick, and short for a test."""


class QuietRecorder:
    """Knows no kernel; something may be due."""

    def __init__(self) -> None:
        self.next_tick_s: float | None = None
        self.ticked_s: list[float] = []

    def moment(self) -> Any:
        return SimpleNamespace(monotonic_s=time.monotonic())

    def tick(self, at: Any) -> None:
        if self.next_tick_s is not None and self.next_tick_s <= at.monotonic_s:
            self.ticked_s.append(at.monotonic_s)
            self.next_tick_s = None

    def stop(self) -> None:
        """There is nothing to end."""


@pytest.fixture
def recorder() -> QuietRecorder:
    return QuietRecorder()


@pytest.fixture
def observer(recorder: QuietRecorder) -> Iterator[KernelObserver]:
    seen: Any = recorder
    started = KernelObserver(seen, logging.getLogger("test"))
    started.start()
    yield started
    started.stop()


def test_it_does_not_wake_while_nothing_happens(observer: KernelObserver) -> None:
    time.sleep(3 * limits.OBSERVER_TICK_S)
    turns = observer.turns
    time.sleep(REST_S)
    assert observer.turns == turns, "ten times a second took more than all the rest of us"


@pytest.mark.parametrize("give", ["post", "call"])
def test_what_is_given_to_it_wakes_it_from_its_rest(observer: KernelObserver, give: str) -> None:
    for _ in range(3):
        time.sleep(5 * limits.OBSERVER_TICK_S)
        done = threading.Event()
        getattr(observer, give)(done.set)
        assert done.wait(REST_S), "it would have slept on for half a minute"


def test_only_the_first_of_many_wakes_it(observer: KernelObserver) -> None:
    time.sleep(5 * limits.OBSERVER_TICK_S)
    turns, done = observer.turns, threading.Event()
    for _ in range(1_000):
        observer.post(lambda: None)
    observer.post(done.set)
    assert done.wait(REST_S)
    assert observer.turns - turns < 20


def test_what_is_due_is_done_when_it_is_due(
    observer: KernelObserver, recorder: QuietRecorder
) -> None:
    due_s = time.monotonic() + 5 * limits.OBSERVER_TICK_S
    observer.call(lambda: setattr(recorder, "next_tick_s", due_s))
    end_s = due_s + REST_S
    while not recorder.ticked_s and time.monotonic() < end_s:
        time.sleep(limits.OBSERVER_TICK_S)
    assert recorder.ticked_s and recorder.ticked_s[0] >= due_s


@pytest.mark.parametrize("has_begun_to_nap", [False, True])
def test_a_call_waits_for_no_nap(
    observer: KernelObserver, monkeypatch: pytest.MonkeyPatch, has_begun_to_nap: bool
) -> None:
    """Each answer to a question of a kernel, and each request to one, went out 50 ms late."""
    monkeypatch.setattr(limits, "OBSERVER_NAP_S", 3 * REST_S)
    time.sleep(5 * limits.OBSERVER_TICK_S)
    done = threading.Event()
    if has_begun_to_nap:
        observer.post(lambda: None)
        time.sleep(limits.OBSERVER_TICK_S)
    observer.call(done.set)
    assert done.wait(REST_S)
