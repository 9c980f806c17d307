"""What every store tells of groups of jobs, and by which way it gets there."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from dsinfra_jlab.domain.compute.job_groups import (
    GroupItemsQuery,
    JobCounts,
    JobGroupId,
    JobGroupQuery,
    JobGroupState,
)
from dsinfra_jlab.domain.compute.jobs import JobId, JobQuery, JobRecord, JobState
from dsinfra_jlab.domain.exceptions import BadInput, NotFound
from dsinfra_jlab.domain.ids import CellId
from dsinfra_jlab.store import SqlStore
from dsinfra_jlab.store.job_models import job as job_table
from dsinfra_jlab.store.jobs import save_job
from tests.contracts.test_history_plans import count, plan, reads_through
from tests.contracts.test_jobs import job
from tests.store.samples import at

Statements = list[tuple[str, Any]]


@pytest.fixture
def statements() -> Iterator[Statements]:
    """What is sent to the database."""
    sent: Statements = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


def item(group: str, number: int, **changes: object) -> JobRecord:
    """Return an item that waits."""
    named = replace(job(f"{group}-{number}", **changes), name=f"train({number})")
    return replace(named, group_id=group)


def ended(group: str, number: int, state: JobState = JobState.ok) -> JobRecord:
    """Return an item that ran for two seconds."""
    return item(group, number, state=state, started_at=at(10 + number), ended_at=at(12 + number))


def save(store: SqlStore, *jobs: JobRecord) -> None:
    """Write many jobs at once, as no server does: there a commit each would take a while."""
    engines = store._writer.usable(is_to_write=True).engines
    with engines.writer.begin() as connection:
        for each in jobs:
            save_job(connection, each)


async def ids(store: SqlStore, **query: Any) -> list[str]:
    return [str(each.id) for each in (await store.job_groups(JobGroupQuery(**query))).items]


async def test_a_group_is_told_of_with_its_counts_and_times(store: SqlStore) -> None:
    first = replace(ended("g", 0), notebook_path="/nb/a.ipynb", cell_id=CellId("c"))
    await store.save_job(first)
    for each in (
        ended("g", 1),
        ended("g", 2, JobState.error),
        item("g", 3, state=JobState.running, started_at=at(20)),
        item("g", 4, state=JobState.running, started_at=at(22)),
        item("g", 5),
        job("single"),
        item("other", 0),
    ):
        await store.save_job(each)
    group = await store.job_group(JobGroupId("g"))
    assert group.first == first
    assert group.counts == JobCounts(queued=1, running=2, ok=2, error=1)
    assert (group.counts.total, group.counts.open) == (6, 3)
    assert (group.started_at, group.ended_at) == (at(10), at(14))
    assert group.worked == timedelta(seconds=6)
    assert (group.running, group.mean_start) == (2, at(21))
    assert group.worked_by(at(23)) == timedelta(seconds=10)
    # A clock that went back takes nothing away.
    assert group.worked_by(at(0)) == timedelta(seconds=6)
    (other, same) = (await store.job_groups(JobGroupQuery())).items
    assert same == group
    assert other.counts == JobCounts(queued=1)
    assert (other.started_at, other.ended_at, other.mean_start) == (None, None, None)


async def test_an_unknown_group_is_not_found(store: SqlStore) -> None:
    await store.save_job(job("single"))
    assert await ids(store) == []
    for name in ("x", "\0", ""):
        with pytest.raises(NotFound):
            await store.job_group(JobGroupId(name))
        page = await store.group_items(JobGroupId(name), GroupItemsQuery())
        assert page.items == []


async def test_groups_come_newest_first_in_pages_that_miss_none(store: SqlStore) -> None:
    # Their ids are in another order than they were made in, and their items come mixed.
    names = ["m", "a", "z", "b", "y"]
    for number in range(3):
        save(store, *(ended(name, number) for name in names))
    save(store, item("a", 9), item("z", 9))
    assert await ids(store) == list(reversed(names))
    assert await ids(store, state=JobGroupState.open) == ["z", "a"]
    assert await ids(store, state=JobGroupState.ended) == ["y", "b", "m"]
    seen: list[str] = []
    cursor = None
    while True:
        page = await store.job_groups(JobGroupQuery(limit=2, cursor=cursor))
        seen += [str(each.id) for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == list(reversed(names))
    with pytest.raises(BadInput):
        await store.job_groups(JobGroupQuery(cursor="nonsense"))


async def test_the_items_of_a_group_come_with_the_failed_ones_first(store: SqlStore) -> None:
    states = [
        JobState.ok,
        JobState.queued,
        JobState.error,
        JobState.cancelled,
        JobState.running,
        JobState.lost,
        JobState.error,
        JobState.starting,
        JobState.queued,
    ]
    for number, state in enumerate(states):
        save(store, ended("g", number, state) if state.is_final else item("g", number, state=state))
    save(store, ended("other", 0, JobState.error))
    seen: list[str] = []
    cursor = None
    while True:
        page = await store.group_items(JobGroupId("g"), GroupItemsQuery(limit=2, cursor=cursor))
        seen += [str(each.id) for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [f"g-{number}" for number in (2, 6, 5, 4, 7, 1, 8, 3, 0)]
    with pytest.raises(BadInput):
        await store.group_items(JobGroupId("g"), GroupItemsQuery(cursor="nonsense"))


async def test_an_item_that_was_sent_again_counts_as_it_stands_now(store: SqlStore) -> None:
    failed = ended("g", 0, JobState.error)
    await store.save_job(failed)
    again = replace(item("g", 1), retry_of=failed.id)
    await store.save_job(again)
    # What is written of it later does not bring it back.
    await store.save_job(replace(failed, log_seq=9))
    group = await store.job_group(JobGroupId("g"))
    assert group.counts == JobCounts(queued=1)
    assert group.first.id == failed.id
    page = await store.group_items(JobGroupId("g"), GroupItemsQuery())
    assert [each.id for each in page.items] == [again.id]
    assert await store.job(failed.id) == replace(failed, log_seq=9)


async def test_items_of_groups_can_be_left_out_of_the_list_of_jobs(store: SqlStore) -> None:
    save(store, job("a"), item("g", 0), ended("g", 1), job("b", state=JobState.ok, ended_at=at(5)))
    page = await store.jobs(JobQuery(is_single=True))
    assert [each.id for each in page.items] == ["b", "a"]
    page = await store.jobs(JobQuery(is_single=True, state="open"))
    assert [each.id for each in page.items] == ["a"]


async def test_a_group_is_gone_with_its_last_item(store: SqlStore) -> None:
    save(store, ended("g", 0), ended("g", 1))
    await store.delete_jobs([JobId("g-0")])
    assert (await store.job_group(JobGroupId("g"))).first.id == "g-1"
    await store.delete_jobs([JobId("g-1")])
    assert await ids(store) == []


async def test_groups_of_thousands_are_counted_by_an_index_alone(
    store: SqlStore, statements: Statements
) -> None:
    items = 1_000
    # As little alike as code is: what can be packed to nothing is quicker read through.
    body = random.Random(7).randbytes(600).hex()
    for group in ("a", "b", "c", "d", "e"):
        save(store, *(replace(ended(group, n), code=body) for n in range(items)))
    save(store, *(job(f"s{n}", state=JobState.ok, ended_at=at(5)) for n in range(50)))
    save(store, *(item("open", n, code=body) for n in range(items)))
    count(store)
    statements.clear()
    groups = (await store.job_groups(JobGroupQuery(limit=1))).items
    assert [each.counts.total for each in groups] == [items]
    counting = [each for each in statements if "count(" in each[0]]
    assert len(counting) == 1, "all groups of a page are counted in one query"
    await store.job_groups(JobGroupQuery(state=JobGroupState.open))
    await store.job_groups(JobGroupQuery(state=JobGroupState.ended, limit=1))
    page = await store.group_items(JobGroupId("b"), GroupItemsQuery())
    assert len(page.items) == 100
    assert len((await store.jobs(JobQuery(is_single=True, limit=20))).items) == 20
    await store.jobs(JobQuery(is_single=True, state="open"))
    asked = [each for each in statements if "FROM job" in each[0]]
    for statement, parameters in asked:
        steps = plan(store, statement, parameters)
        is_sorted = "walk" in statement or "CASE" in statement  # a few groups, numbers of items
        found = [step for step in steps if reads_through(step, str(job_table.name))]
        if is_sorted:
            found = [step for step in found if not step.startswith("USE TEMP B-TREE")]
        assert found == [], (statement, steps)
    counts = plan(store, *counting[0])
    assert any("ix_job_group" in step for step in counts), counts
