"""What every store tells of the last sessions of a notebook."""

from __future__ import annotations

from typing import Any

from dsinfra_jlab.domain.changes import SaveRun, SaveSamples
from dsinfra_jlab.domain.ids import KernelId, RunId
from dsinfra_jlab.domain.resources.limits import NOTEBOOK_PEAK_SESSIONS
from dsinfra_jlab.domain.resources.right_sizing import SessionPeaks
from dsinfra_jlab.domain.resources.samples import RunSamples
from dsinfra_jlab.domain.runs.records import PeakMemory, RunKind, RunPatch, RunStatus
from dsinfra_jlab.store import SqlStore
from tests.store.samples import NOTEBOOK, notebook, record

NOTHING = RunSamples([], [], [], [], memory_limit_bytes=None, is_complete=False)


def cell(name: str, second: int, session: str, rss: int | None, **others: Any) -> list[Any]:
    gpu = others.pop("gpu", None)
    run = record(name, second, kernel_id=KernelId(session), **others)
    return [
        SaveRun(run),
        SaveSamples(
            RunId(name),
            NOTHING,
            None if rss is None else PeakMemory(rss, "exact"),
            None if gpu is None else PeakMemory(gpu, "at_least"),
        ),
    ]


async def peaks(store: SqlStore, path: str = NOTEBOOK.path) -> list[SessionPeaks]:
    await store.flush()
    return await store.notebook_peaks(path)


async def test_each_session_has_the_most_of_its_cells_the_newest_first(store: SqlStore) -> None:
    store.record(
        [
            *cell("a", 1, "k1", 5),
            *cell("b", 2, "k1", 9, gpu=3),
            *cell("c", 3, "k1", None),
            *cell("d", 4, "k2", 7, status=RunStatus.kernel_died),
            *cell("e", 5, "k3", None),
            *cell("x", 6, "k4", 99, document=notebook("/other.ipynb")),
        ]
    )
    assert await peaks(store) == [
        SessionPeaks(None, None, has_died=False),
        SessionPeaks(PeakMemory(7, "exact"), None, has_died=True),
        SessionPeaks(PeakMemory(9, "exact"), PeakMemory(3, "at_least"), has_died=False),
    ]
    assert await peaks(store, "/nowhere.ipynb") == []


async def test_a_restart_begins_another_session(store: SqlStore) -> None:
    for name in ("s1", "s2"):
        store.record([SaveRun(record(name, 0, kind=RunKind.session))])
    store.record([*cell("a", 1, "k1", 5, parent_id=RunId("s1"))])
    store.record([*cell("b", 2, "k1", 6, parent_id=RunId("s2"))])
    assert [each.rss.bytes for each in await peaks(store) if each.rss] == [6, 5]


async def test_only_the_last_sessions_count_and_nothing_of_the_trash(store: SqlStore) -> None:
    for number in range(NOTEBOOK_PEAK_SESSIONS + 5):
        store.record(cell(f"r{number}", number, f"k{number}", 100 - number))
    found = await peaks(store)
    assert len(found) == NOTEBOOK_PEAK_SESSIONS
    assert found[-1].rss == PeakMemory(95, "exact")
    newest = NOTEBOOK_PEAK_SESSIONS + 4
    await store.patch_run(RunId(f"r{newest}"), RunPatch(is_deleted=True))
    assert (await peaks(store))[0].rss == PeakMemory(100 - newest + 1, "exact")


async def test_runs_of_a_named_experiment_count_for_their_notebook(store: SqlStore) -> None:
    store.record(cell("a", 1, "k1", 5, experiment="Named"))
    store.record(cell("b", 2, "k2", 6))
    assert [each.rss.bytes for each in await peaks(store) if each.rss] == [6, 5]
