"""Who waits for the store and is cancelled ends, also if the answer comes at that very moment."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future

import pytest

from dsinfra_jlab.domain.exceptions import Unavailable
from dsinfra_jlab.store import calls


@pytest.mark.parametrize("turns", range(6))
async def test_a_cancellation_that_was_taken_is_never_swallowed(turns: int) -> None:
    future: Future[int] = Future()
    task = asyncio.ensure_future(calls.answer(future))
    await asyncio.sleep(0)
    future.set_result(1)
    for _ in range(turns):
        await asyncio.sleep(0)
    if not task.cancel():
        assert await task == 1
        return
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_answer_and_its_error_come_through() -> None:
    good: Future[int] = Future()
    good.set_result(7)
    assert await calls.answer(good) == 7
    bad: Future[int] = Future()
    bad.set_exception(KeyError("k"))
    with pytest.raises(KeyError):
        await calls.answer(bad)


async def test_what_does_not_come_in_time_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls.limits, "STORE_ANSWER_S", 0.01)
    future: Future[int] = Future()
    with pytest.raises(Unavailable, match="has not answered"):
        await calls.answer(future)
    for _ in range(3):  # the reader's future hears of it by a callback
        await asyncio.sleep(0)
    assert future.cancelled()
