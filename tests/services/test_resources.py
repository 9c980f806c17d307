"""What is asked of resources, answered from a monitor that plays a script and the real store."""

from __future__ import annotations

import asyncio

import pytest

from dsinfra_jlab.domain.events import Looked
from dsinfra_jlab.domain.exceptions import NotFound, Unavailable
from dsinfra_jlab.domain.resources.samples import Price, SampleQuery, Snapshot
from dsinfra_jlab.services import resources
from dsinfra_jlab.services.resources import ResourceService
from tests.domain.snapshots import GB, gpu, host, kernel, snapshot

from .scripted_monitor import ScriptedMonitor

HOST = Price("host", 2.0, "USD")


class Made:
    """The service on a monitor."""

    def __init__(self, store, paths, *prices: Price) -> None:
        self.told: list[Looked] = []
        self.taken: list[Snapshot] = []
        self.monitor = ScriptedMonitor()
        self.service = ResourceService(store, paths, prices, self.told.append)
        self.service.ask_monitor(self.monitor, [self.taken.append])


@pytest.fixture
def made(store, paths) -> Made:
    return Made(store, paths)


async def test_before_the_first_look_it_says_so(made: Made, store, paths) -> None:
    with pytest.raises(Unavailable, match="not been looked at yet"):
        made.service.latest()
    unwatched = ResourceService(store, paths, [], made.told.append)
    with pytest.raises(Unavailable, match="health"):
        unwatched.latest()
    with pytest.raises(Unavailable):
        await unwatched.window(SampleQuery())


async def test_each_look_is_told_as_it_is_answered(made: Made) -> None:
    made.monitor.play(snapshot(0, host(4.0)), snapshot(1, host(5.0)))
    assert made.service.latest() is made.taken[-1] is made.told[-1].snapshot
    assert made.service.latest().seq == 2
    assert made.service.latest().hourly_expense is None


async def test_prices_are_shown_where_there_are_any(store, paths) -> None:
    made = Made(store, paths, HOST)
    made.monitor.play(snapshot(0, host(), (kernel("k1", rss_bytes=4 * GB),)))
    expense = made.service.latest().hourly_expense
    assert expense is not None
    assert (expense.kernels, expense.idle) == ({"k1": 0.5}, 1.5)


async def test_whoever_polls_looks_on_for_a_while(made: Made, monkeypatch) -> None:
    monkeypatch.setattr(resources, "POLL_PATIENCE_S", 0.1)
    made.monitor.play(snapshot(0, host()))
    for _ in range(4):
        made.service.latest()
        await asyncio.sleep(0.05)
        assert len(made.monitor.viewers) == 1
    await asyncio.sleep(0.15)
    assert not made.monitor.viewers


def growing(second: int, per_s: float, run: str | None = "r1") -> Snapshot:
    return snapshot(second, host(4.0 + second * per_s), (kernel("k1", run),))


async def test_memory_that_grows_along_a_line_has_a_time_to_its_limit(made: Made) -> None:
    made.monitor.play(*(growing(second, 0.05) for second in range(29)))
    assert made.service.latest().memory_full_in_s is None
    made.monitor.play(*(growing(second, 0.05) for second in range(29, 41)))
    assert made.service.latest().memory_full_in_s == pytest.approx((12 - 2.0) / 0.05, rel=0.01)


async def test_a_time_that_cannot_be_told_is_not_said(made: Made) -> None:
    made.monitor.play(*(growing(second, 0.001) for second in range(60)))
    assert made.service.latest().memory_full_in_s is None  # in more than ten minutes
    made.monitor.play(*(growing(second, 0.05, None) for second in range(60, 120)))
    assert made.service.latest().memory_full_in_s is None  # nothing runs
    jumps = [4.0, 9.0, 3.0, 8.0, 5.0, 2.0, 9.0]
    made.monitor.play(
        *(
            snapshot(200 + second, host(jumps[second % 7]), (kernel("k1", "r1"),))
            for second in range(60)
        )
    )
    assert made.service.latest().memory_full_in_s is None  # it does not lie on a line


async def test_a_cell_that_never_ran_has_no_figures_and_no_warning(made: Made) -> None:
    made.monitor.play(snapshot(0, host(4.0), (), (gpu(20.0),)))
    peak = await made.service.cell_peak("c1", "train.ipynb")
    assert (peak.run_count, peak.last_rss_bytes, peak.warning) == (0, None, "")
    assert (peak.free_memory_bytes, peak.free_gpu_memory_bytes) == (12 * GB, 60 * GB)


async def test_a_run_that_nobody_looked_at_is_not_found(made: Made) -> None:
    with pytest.raises(NotFound):
        await made.service.of_run("r1")
