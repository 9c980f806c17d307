"""What every store keeps of what runs took of the machine."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.changes import Change, SaveRun, SaveSamples
from dsinfra_jlab.domain.clock import HandClock
from dsinfra_jlab.domain.events import Event, RunsChanged
from dsinfra_jlab.domain.exceptions import NotFound
from dsinfra_jlab.domain.ids import CellId, KernelId, RunId
from dsinfra_jlab.domain.resources.limits import CELL_PEAK_RUNS, CELL_PEAK_WALK
from dsinfra_jlab.domain.resources.samples import Alert, AlertKind, RunGpu, RunSamples
from dsinfra_jlab.domain.runs.records import PeakMemory, RunPatch, RunQuery, RunStatus, better_peak
from dsinfra_jlab.domain.settings import Settings
from dsinfra_jlab.services.ports import RecordStore
from dsinfra_jlab.store import SqlStore
from dsinfra_jlab.store.inbox import Inbox
from tests.store.samples import at, notebook, record

GB = 10**9
CELL = CellId("cell-1")
NOTHING = RunSamples([], [], [], [], memory_limit_bytes=None, is_complete=False)
SOME = RunSamples(
    at_s=[0.0, 1.0, 2.001],
    cpu_ratio=[None, 0.25, 3.5],
    rss_bytes=[1.0, None, 2.0**52 + 1],
    gpu_memory_bytes=[None, None, None],
    memory_limit_bytes=16 * GB,
    is_complete=True,
)
ALERT = Alert(
    id="a",
    kind=AlertKind.memory_high,
    subject="kernel-1",
    text="Memory is at 90 % of its limit.",
    since=at(1),
    is_critical=False,
    kernel_id=KernelId("kernel-1"),
    run_id=RunId("a"),
)
WHOLE = dataclasses.replace(
    SOME,
    cpu_count=4.0,
    gpus=[RunGpu("GPU-1", "A100", 12.5, 0.5, None, is_shared=True)],
    alerts=[ALERT],
)


def took(name: str, rss: int | None = None, gpu: int | None = None, **more: Any) -> SaveSamples:
    """Return samples of a run with peaks of so many GB."""
    return SaveSamples(
        RunId(name),
        more.pop("samples", NOTHING),
        None if rss is None else PeakMemory(rss * GB, "exact"),
        None if gpu is None else PeakMemory(gpu * GB, "at_least"),
        **more,
    )


async def kept(store: SqlStore, changes: Sequence[Change]) -> None:
    store.record(changes)
    await store.flush()


def test_it_keeps_the_port(store: SqlStore) -> None:
    port: RecordStore = store
    assert port.health().dropped == {}


@pytest.mark.parametrize("samples", [SOME, WHOLE], ids=["series", "whole"])
async def test_samples_are_kept_as_they_were(store: SqlStore, samples: RunSamples) -> None:
    change = took("a", 2, 3, samples=samples, energy_j=12.5)
    await kept(store, [SaveRun(record("a")), change])
    assert await store.run_samples(RunId("a")) == samples
    run = await store.run(RunId("a"))
    assert (run.peak_rss, run.peak_gpu_memory, run.energy_j) == (
        PeakMemory(2 * GB, "exact"),
        PeakMemory(3 * GB, "at_least"),
        12.5,
    )
    assert (await store.runs(RunQuery())).items[0].peak_rss == run.peak_rss
    await kept(store, [change, change])
    assert await store.run_samples(RunId("a")) == samples
    assert await store.run(RunId("a")) == run


async def test_a_run_nobody_looked_at_has_none(store: SqlStore) -> None:
    await kept(store, [SaveRun(record("a")), SaveRun(record("b")), took("b")])
    for name in ("a", "b"):
        assert await store.run_samples(RunId(name)) == NOTHING
        run = await store.run(RunId(name))
        assert (run.peak_rss, run.peak_gpu_memory, run.energy_j) == (None, None, None)
    with pytest.raises(NotFound):
        await store.run_samples(RunId("nobody"))
    with pytest.raises(NotFound):
        await store.run_samples(RunId("\0\ud800"))


async def test_samples_of_a_run_that_is_not_there_are_counted(store: SqlStore) -> None:
    await kept(store, [took("nobody", 1, samples=SOME)])
    assert store.health().dropped == {"samples_of_unknown_run": 1}


async def test_who_looks_on_is_told(store: SqlStore) -> None:
    await kept(store, [SaveRun(record("a"))])
    heard: list[Event] = []
    store.listen(heard.append)
    await kept(store, [took("a", 1)])
    assert RunsChanged(frozenset({RunId("a")}), frozenset()) in heard


STEPS: dict[str, Change] = {
    "begun": SaveRun(record("a", status=RunStatus.running)),
    "ended": SaveRun(record("a", peak_gpu_memory=PeakMemory(5 * GB, "exact"))),
    "samples": took("a", 2, 4),
}


@pytest.mark.parametrize("order", list(itertools.permutations(STEPS)), ids="-".join)
@pytest.mark.parametrize("is_one_batch", [True, False])
async def test_what_the_probe_saw_outranks_what_was_sampled_in_any_order(
    store: SqlStore, order: Sequence[str], is_one_batch: bool
) -> None:
    changes = [STEPS[name] for name in order]
    if not is_one_batch and order[0] == "samples":
        changes = changes[1:] + changes[:1]  # of a run that is not there they are given up
    for part in [changes] if is_one_batch else [[change] for change in changes]:
        await kept(store, part)
    run = await store.run(RunId("a"))
    assert (run.peak_rss, run.peak_gpu_memory) == (
        PeakMemory(2 * GB, "exact"),
        PeakMemory(5 * GB, "exact"),
    )
    assert run.status is RunStatus.ok


async def test_a_later_record_takes_nothing_away(store: SqlStore) -> None:
    await kept(store, [SaveRun(record("a")), took("a", 2, 3, samples=SOME, energy_j=4.0)])
    await kept(store, [SaveRun(record("a", cpu_s=1.5))])
    run = await store.run(RunId("a"))
    assert (run.peak_rss, run.peak_gpu_memory, run.energy_j, run.cpu_s) == (
        PeakMemory(2 * GB, "exact"),
        PeakMemory(3 * GB, "at_least"),
        4.0,
        1.5,
    )
    # What a run was asked for at may change, and with it the number of its row.
    await kept(store, [SaveRun(record("a", 9.0))])
    assert await store.run_samples(RunId("a")) == SOME


def test_what_is_exact_is_kept_and_of_least_figures_the_higher() -> None:
    exact, least, most = (PeakMemory(5, kind) for kind in ("exact", "at_least", "at_most"))
    assert better_peak(None, None) is None
    assert better_peak(exact, None) == better_peak(None, exact) == exact
    assert better_peak(exact, least) == better_peak(least, exact) == exact
    assert better_peak(PeakMemory(9, "exact"), exact) == exact
    more = PeakMemory(6, "at_least")
    assert better_peak(exact, more) == better_peak(more, exact) == more
    assert better_peak(most, PeakMemory(9, "at_most")) == most
    assert better_peak(PeakMemory(9, "at_most"), least) == least
    for pair in ((least, PeakMemory(9, "at_least")), (PeakMemory(9, "at_least"), least)):
        assert better_peak(*pair) == PeakMemory(9, "at_least")


PEAKS = st.builds(PeakMemory, st.integers(0, 5), st.sampled_from(["at_least", "at_most"]))


@given(st.lists(PEAKS | st.none(), max_size=5), st.builds(PeakMemory, st.just(4), st.just("exact")))
def test_in_whatever_order_figures_come_the_same_is_kept(
    figures: list[PeakMemory | None], exact: PeakMemory
) -> None:
    kept = functools.reduce(better_peak, figures, None)
    assert functools.reduce(better_peak, figures[::-1], None) == kept
    seen = max((each.bytes for each in figures if each and each.kind == "at_least"), default=0)
    # What was seen cannot be more than all of it: then the exact figure was of a part.
    best = exact if seen <= exact.bytes else PeakMemory(seen, "at_least")
    assert functools.reduce(better_peak, [*figures, exact, *figures], None) == best


async def test_nonsense_is_no_number(store: SqlStore) -> None:
    odd = RunSamples(
        at_s=[0.0, 1.0],
        cpu_ratio=[math.nan],
        rss_bytes=[1.0, 2.0, 3.0],
        gpu_memory_bytes=[math.inf, -1.0],
        memory_limit_bytes=2**70,
        is_complete=False,
        alerts=[dataclasses.replace(ALERT, text="\0 \ud800")],
    )
    change = SaveSamples(
        RunId("a"), odd, PeakMemory(2**70, "exact"), PeakMemory(-1, "exact"), math.nan
    )
    await kept(store, [SaveRun(record("a")), change])
    assert store.health().dropped == {}
    run = await store.run(RunId("a"))
    assert (run.peak_rss, run.peak_gpu_memory, run.energy_j) == (None, None, None)
    samples = await store.run_samples(RunId("a"))
    assert (samples.at_s, samples.cpu_ratio) == ([0.0, 1.0], [None, None])
    assert (samples.rss_bytes, samples.gpu_memory_bytes) == ([1.0, 2.0], [math.inf, -1.0])


async def test_samples_go_with_their_run(store: SqlStore, clock: HandClock) -> None:
    await kept(store, [SaveRun(record("a")), took("a", 1, samples=WHOLE)])
    await store.delete_run(RunId("a"))
    with pytest.raises(NotFound):
        await store.run_samples(RunId("a"))
    assert await store.cell_peaks(CELL, None) == []
    await store.patch_run(RunId("a"), RunPatch(is_deleted=False))
    assert await store.run_samples(RunId("a")) == WHOLE
    clock.advance(60 * 86_400)
    await store.erase_expired(clock.now(), Settings(runs_retention_days=30))
    await kept(store, [SaveRun(record("a"))])
    assert await store.run_samples(RunId("a")) == NOTHING


async def test_peaks_of_a_cell_are_those_of_its_newest_good_runs(store: SqlStore) -> None:
    path = "/w/train.ipynb"
    for number in range(CELL_PEAK_RUNS + 5):
        run = record(f"r{number}", number, cell_id=CELL, document=notebook(path))
        await kept(store, [SaveRun(run), took(f"r{number}", number, samples=SOME)])
    others: dict[str, dict[str, Any]] = {
        "failed": {"status": RunStatus.error},
        "elsewhere": {"document": notebook("/w/copy.ipynb")},
        "named": {"experiment": "Big"},
        "other": {"cell_id": CellId("cell-2")},
    }
    for place, (name, fields) in enumerate(others.items()):
        changes = {"cell_id": CELL, "document": notebook(path), **fields}
        await kept(store, [SaveRun(record(name, 50 + place, **changes)), took(name, 99, 1)])
    await kept(store, [SaveRun(record("unseen", 60, cell_id=CELL, document=notebook(path)))])
    peaks = await store.cell_peaks(CELL, path)
    assert len(peaks) == CELL_PEAK_RUNS
    assert peaks[:3] == [(99 * GB, 1 * GB), (24 * GB, None), (23 * GB, None)]
    assert await store.cell_peaks(CELL, "/w/copy.ipynb") == [(99 * GB, 1 * GB)]
    assert (await store.cell_peaks(CELL, None))[:3] == [(99 * GB, 1 * GB)] * 2 + peaks[1:2]
    assert await store.cell_peaks(CELL, "/w/none.ipynb") == []
    assert await store.cell_peaks(CellId("\0"), path) == []


async def test_only_the_newest_runs_of_a_cell_are_looked_at(store: SqlStore) -> None:
    await kept(store, [SaveRun(record("old", cell_id=CELL)), took("old", 1)])
    store.record(SaveRun(record(f"r{n}", n + 1, cell_id=CELL)) for n in range(CELL_PEAK_WALK - 1))
    await store.flush()
    assert await store.cell_peaks(CELL, None) == [(GB, None)]
    await kept(store, [SaveRun(record("last", 10**4, cell_id=CELL))])
    assert await store.cell_peaks(CELL, None) == []


async def test_runs_are_found_and_sorted_by_their_peak(store: SqlStore) -> None:
    for number, peak in enumerate([3, None, 1, 2, None]):
        await kept(store, [SaveRun(record(f"r{number}", number)), took(f"r{number}", peak)])

    async def found(**fields: Any) -> list[str]:
        return [run.id for run in (await store.runs(RunQuery(**fields))).items]

    assert await found(q="peak_rss>1.5GB") == ["r3", "r0"]
    assert await found(q="peak_rss<=2000MB") == ["r3", "r2"]
    assert await found(q="peak_rss:3GB") == ["r0"]
    assert await found(q="peak_rss!=3GB") == ["r4", "r3", "r2", "r1"]
    assert await found(q="NOT peak_rss>0") == ["r4", "r1"]
    assert await found(order="-peak_rss") == ["r0", "r3", "r2", "r4", "r1"]
    assert await found(order="peak_rss", q="peak_rss>=0") == ["r2", "r3", "r0"]
    for order in ("peak_rss", "-peak_rss"):
        pages: list[str] = []
        cursor = None
        while True:
            page = await store.runs(RunQuery(order=order, limit=1, cursor=cursor))
            pages += [run.id for run in page.items]
            if (cursor := page.next_cursor) is None:
                break
        assert pages == await found(order=order)


def test_samples_are_the_first_to_be_given_up() -> None:
    inbox = Inbox(10_000)
    inbox.record([SaveRun(record("a")), took("a", 2, samples=WHOLE, energy_j=1.0)])
    assert inbox.drops == {}
    many: list[Any] = [float(number) for number in range(2_000)]
    inbox.record([took("b", 3, samples=RunSamples(many, many, many, many, None, True))])
    assert inbox.drops == {"samples": 2}
    _, first, last = (entry.change for _, entry in inbox.take())
    assert isinstance(first, SaveSamples) and isinstance(last, SaveSamples)
    assert (first.peak_rss, first.energy_j) == (PeakMemory(2 * GB, "exact"), 1.0)
    assert (first.samples.at_s, first.samples.rss_bytes, first.samples.is_complete) == (
        [],
        [],
        False,
    )
    assert first.samples.alerts == [ALERT]
    assert last.peak_rss == PeakMemory(3 * GB, "exact")
