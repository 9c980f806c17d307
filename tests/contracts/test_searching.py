"""Lists of runs and experiments: what is found, in which order, page by page."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.engine import Engine

from dsinfra_jlab.domain.changes import SaveData, SaveRun, SaveValues
from dsinfra_jlab.domain.exceptions import BadInput
from dsinfra_jlab.domain.ids import CellId, ExperimentId, KernelId, RunId
from dsinfra_jlab.domain.runs.capture import DataItem, DataKind, DataMode
from dsinfra_jlab.domain.runs.records import (
    Document,
    DocumentKind,
    Flag,
    FlagKind,
    RunKind,
    RunPatch,
    RunQuery,
    RunStatus,
)
from dsinfra_jlab.store import SqlStore
from tests.store.samples import at, notebook, opened, record

Loop = asyncio.AbstractEventLoop
# A name that pretends to be another kind.
DELETED = (Flag(FlagKind.deleted_cell, '"kind":"edited_cell"', RunId("a"), None),)


def data(name: str) -> DataItem:
    return DataItem(DataKind.file, name, DataMode.read)


@pytest.fixture
def filled(store: SqlStore, jp_asyncio_loop: Loop) -> SqlStore:
    """Some runs of two notebooks and a console."""
    session = record("s", 0, kind=RunKind.session, status=RunStatus.running, code="", ended_at=None)
    console = Document(DocumentKind.console, "/home/ana/work/console-1", "Console 1")
    records = [
        session,
        record("a", 1, parent_id="s", code="import pandas as pd\ndf = pd.read_csv('x.csv')"),
        record(
            "b",
            2,
            parent_id="s",
            status=RunStatus.error,
            code="df['Größe']",
            error_name="KeyError",
            error_message="'Größe' 100%",
            user="ana",
            cell_id="cell-b",
        ),
        record(
            "c",
            3,
            document=notebook("/home/ana/work/deep/Eval_1.ipynb"),
            kernel_id="kernel-2",
            kernel_name="ir",
            code="read <- csv",
            started_at=None,
            ended_at=None,
            duration_s=None,
            user="bob",
            flags=(Flag(FlagKind.out_of_order, "x", RunId("a"), None),),
        ),
        record(
            "d", 4, document=console, status=RunStatus.kernel_died, duration_s=75.5, flags=DELETED
        ),
        record("e", 86_400, kind=RunKind.block, duration_s=0.05, code="x = 1; readcsv()"),
    ]
    store.record([SaveRun(one) for one in records])
    store.record(
        [
            SaveValues(RunId("a"), {"lr": 0.1, "model": "resnet", "n": 3}, {"acc": 0.7}),
            SaveValues(RunId("b"), {"lr": 0.001, "model": "vgg"}, {"acc": 0.9, "loss": 2.0}),
            SaveValues(RunId("c"), {"lr": "auto"}, {"acc": float("nan")}),
            SaveValues(RunId("d"), {"lr": 1}, {"acc": 0.9}),
            SaveData(RunId("a"), (data("/d/Train_1.csv"), data("/d/test.csv")), ("audit",)),
            SaveData(RunId("d"), (data("s3://bucket/train/"), data("ünder")), ("audit",)),
        ]
    )

    async def annotate() -> None:
        await store.flush()
        patch = RunPatch(name="Base 50%_line", note="try again tomorrow", is_starred=True)
        await store.patch_run(RunId("a"), patch)
        await store.patch_run(RunId("b"), RunPatch(tags={"team": "nlp", "x": "1"}))
        await store.patch_run(RunId("c"), RunPatch(tags={"team": "vision"}))

    jp_asyncio_loop.run_until_complete(annotate())
    return store


SEARCHES = {
    "": "edcbas",
    "pandas": "a",
    "PANDAS": "a",
    "pan": "a",
    "pan ": "a",
    '"pan"': "",
    "read_csv": "ca",
    '"read csv"': "ca",
    '"csv read"': "",
    "read csv": "ca",
    "csv read": "ca",
    "größe": "b",
    "100": "b",
    "keyerror": "b",
    "tomorrow": "a",
    '"50 line"': "a",
    "status:error": "b",
    "status!=ok": "dbs",
    "kind:session": "s",
    "-kind:cell": "es",
    "notebook:eval": "c",
    "notebook:EVAL_1.ipynb": "c",
    "notebook:eval1": "",
    "notebook:train": "ebas",
    "notebook:deep/eval_1.ipynb": "c",
    "notebook:/home/ana/work/train.ipynb": "ebas",
    "notebook:eep/eval_1.ipynb": "",
    "notebook:console": "",
    "notebook!=train.ipynb": "dc",
    "experiment:console": "d",
    "kernel:ir": "c",
    "kernel:kernel-2": "c",
    "kernel!=ir": "edbas",
    "cell:cell-b": "b",
    "cell!=cell-b": "edcas",
    "error:key": "b",
    "error:KeyError": "b",
    "error!=key": "edcas",
    "user:ana": "b",
    "user!=ana": "edcas",
    "name:base": "a",
    "name:50%_": "a",
    "name:0_l": "",
    "name!=base": "edcbs",
    "tag.team": "cb",
    "tag.team:nlp": "b",
    "tag.team!=nlp": "c",
    "NOT tag.team:nlp": "edcas",
    "param.lr": "dcba",
    "param.lr<0.5": "ba",
    "param.lr>=0.1": "da",
    "param.lr=0.1": "a",
    "param.lr=1": "d",
    "param.lr!=0.1": "dcb",
    "param.lr=auto": "c",
    "param.model=resnet": "a",
    "param.model!=resnet": "b",
    "NOT param.lr<0.5": "edcs",
    "-param.lr": "es",
    "metric.acc": "dcba",
    "metric.acc>=0.9": "db",
    "metric.acc<0.9": "a",
    "metric.acc!=0.9": "a",
    "NOT metric.acc>=0.9": "ecas",
    "metric.acc>=0.9 metric.loss": "b",
    "flag:any": "dc",
    "flag!=any": "ebas",
    "NOT flag:any": "ebas",
    "flag:out_of_order": "c",
    "flag:deleted_cell": "d",
    "flag:edited_cell": "",
    "flag:any OR kind:block": "edc",
    "data:train": "da",
    "data:train_1.CSV": "a",
    "data:rain": "",
    "data:ÜND": "d",
    "data!=train_1": "edcbs",
    "NOT data:train": "ecbs",
    "data:train status:ok": "a",
    "duration>10s": "d",
    "duration<100ms": "e",
    "duration=1s": "bas",
    "NOT duration>10s": "ecbas",
    "started>2026-03-02": "e",
    "started<2026-03-02T00:00Z": "dbas",
    "started:2026-03-01": "dbas",
    "started!=2026-03-01": "ec",
    "started>1h": "edba",
    "ended<=2026-03-01T12:00:03Z": "ba",
    "is:starred": "a",
    "NOT is:starred": "edcbs",
    "has:error": "db",
    "has:note": "a",
    "has:name": "a",
    "pandas OR status:kernel_died": "da",
    "csv -pandas": "c",
    "NOT csv": "edbs",
    "(pandas OR größe) param.lr": "ba",
    "NOT (pandas OR größe)": "edcs",
    "csv OR (NOT csv)": "edcbas",
    "started>1h metric.acc>0.5 param.lr<2 kind:cell": "dba",
    "nowhere": "",
}
"""What each search finds, newest first; every sample has its letter as its id."""


ORDERS = {
    "-queued_at": "edcbas",
    "queued_at": "sabcde",
    "-started_at": "edbasc",
    "started_at": "sabdec",
    "-ended_at": "edbacs",
    "duration_s": "esabdc",
    "-duration_s": "dbasec",
    "-metric.acc": "dbaecs",
    "metric.acc": "abdecs",
    "-param.lr": "dabces",
    "param.lr": "badces",
    "-param.model": "baedcs",
    "metric.nothing": "edcbas",
}


@pytest.mark.parametrize("name", ["few", "many"])
async def test_what_searches_find_and_in_which_order(
    filled: SqlStore, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Whether a condition holds for few runs or for many decides only about the way."""
    monkeypatch.setattr(
        "dsinfra_jlab.store.queries.SEARCH_PROBE_ROWS", 0 if name == "many" else 1_000
    )
    wrong = []
    for query, expected in SEARCHES.items():
        for order, everything in ORDERS.items():
            page = await filled.runs(RunQuery(q=query, order=order))
            found = "".join(run.id for run in page.items)
            if found != "".join(run for run in everything if run in expected):
                wrong.append((query, order, found))
    assert wrong == []


async def test_filters(filled: SqlStore) -> None:
    experiment_id = (await filled.experiments("train", 10, None)).items[0].id
    filters: list[tuple[dict[str, Any], str]] = [
        ({"experiment_id": experiment_id}, "ebas"),
        ({"experiment_id": experiment_id, "kind": RunKind.session}, "s"),
        ({"experiment_id": experiment_id, "status": RunStatus.error}, "b"),
        ({"experiment_id": experiment_id, "q": "csv"}, "a"),
        ({"experiment_id": ExperimentId("nobody")}, ""),
        ({"kind": RunKind.cell}, "dcba"),
        ({"status": RunStatus.ok}, "eca"),
        ({"status": RunStatus.lost}, ""),
        ({"kernel_id": KernelId("kernel-2")}, "c"),
        ({"cell_id": CellId("cell-b")}, "b"),
        ({"parent_id": RunId("s")}, "ba"),
        ({"parent_id": RunId("s"), "status": RunStatus.ok, "kind": RunKind.cell}, "a"),
    ]
    for fields, expected in filters:
        found = [run.id for run in (await filled.runs(RunQuery(**fields))).items]
        assert "".join(found) == expected, fields


async def test_text_from_anyone_is_only_ever_a_parameter(filled: SqlStore) -> None:
    statements: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        for field in (
            "",
            "notebook:",
            "user:",
            "error:",
            "name:",
            "tag.kzz:",
            "param.kzz=",
            "cell:",
        ):
            value = '"zz\'%_\\;"'
            await filled.runs(RunQuery(q=field + value, order="param.kzz"))
            either = f"NOT {field}{value} OR x1"
            await filled.runs(RunQuery(q=either, cell_id=CellId("zz")))
        await filled.experiments("zz'%_ kzz", 10, None)
        await filled.patch_run(RunId("a"), RunPatch(name="zz", note="kzz", tags={"kzz": "zz"}))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert statements
    assert not [one for one in statements if "zz" in one.lower()]


WRONG: list[dict[str, Any]] = [
    {"q": "status:foo"},
    {"order": "colour"},
    {"order": "metric."},
    {"order": ""},
    {"limit": 0},
    {"limit": 501},
    {"cursor": "nonsense"},
    {"cursor": "%%%"},
    {"cursor": "e30"},
    {"cursor": "bnVsbA"},
    {"cursor": "x" * 10_000},
    {"cursor": "\ud800\0"},
]


async def test_wrong_questions_are_refused(filled: SqlStore) -> None:
    for query in WRONG:
        with pytest.raises(BadInput):
            await filled.runs(RunQuery(**query))


async def test_a_cursor_fits_one_order(filled: SqlStore) -> None:
    cursor = (await filled.runs(RunQuery(limit=1))).next_cursor
    with pytest.raises(BadInput):
        await filled.runs(RunQuery(cursor=cursor, order="duration_s"))
    with pytest.raises(BadInput):
        await filled.experiments("", 10, cursor)


@given(text=st.text(st.characters(exclude_categories=()), max_size=30))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_question_breaks_the_store(filled: SqlStore, jp_asyncio_loop: Loop, text: str) -> None:
    """Whatever is asked, the answer is a page or a ``BadInput``."""

    async def ask() -> None:
        for query in (
            RunQuery(q=text),
            RunQuery(q=f'user:"{text}" OR param.x="{text}"'),
            RunQuery(cell_id=CellId(text), kernel_id=KernelId(text), parent_id=RunId(text)),
            RunQuery(order=f"param.{text}"),
            RunQuery(cursor=text),
        ):
            try:
                await filled.runs(query)
            except BadInput as error:
                assert error.message

    jp_asyncio_loop.run_until_complete(ask())


# Pages


def _pages(loop: Loop, store: SqlStore, limit: int, **fields: Any) -> Iterator[list[Any]]:
    cursor = None
    while True:
        query = RunQuery(limit=limit, cursor=cursor, **fields)
        page = loop.run_until_complete(store.runs(query))
        yield page.items
        cursor = page.next_cursor
        if cursor is None:
            return
        assert len(page.items) == limit


RUNS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.none() | st.sampled_from([0.0, 0.1, 1.0, 1e300]),
        st.none() | st.sampled_from([-1.0, 0.1, 0.2, float("nan"), "b", "B", "é"]),
        st.sampled_from(["alpha", "beta"]),
    ),
    max_size=25,
)


@given(runs=RUNS, limit=st.integers(1, 7))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_pages_never_repeat_or_skip(
    store_url: str, jp_asyncio_loop: Loop, runs: list[Any], limit: int
) -> None:
    with opened(store_url) as store:
        # One database for all examples: each uses a session of its own.
        session = RunId(f"session-{uuid.uuid4()}")
        changes: list[Any] = []
        for number, (second, duration, value, code) in enumerate(runs):
            name = f"{session}-{number}"
            started = None if duration is None else at(second)
            changes.append(
                SaveRun(
                    record(
                        name,
                        second,
                        parent_id=session,
                        duration_s=duration,
                        started_at=started,
                        code=code,
                    )
                )
            )
            if value is not None:
                metrics = {} if isinstance(value, str) else {"m": value}
                changes.append(SaveValues(RunId(name), {"p": value}, metrics))
        store.record(changes)
        jp_asyncio_loop.run_until_complete(store.flush())
        for order in ("queued_at", "started_at", "duration_s", "metric.m", "param.p"):
            for sign in ("", "-"):
                for q in ("", "alpha ", "NOT alpha"):
                    fields = {"parent_id": session, "order": sign + order, "q": q}
                    items = [
                        run
                        for page in _pages(jp_asyncio_loop, store, limit, **fields)
                        for run in page
                    ]
                    ids = [run.id for run in items]
                    expected = {
                        f"{session}-{number}"
                        for number, (_, _, _, code) in enumerate(runs)
                        if not q or (code == "alpha") == (q == "alpha ")
                    }
                    assert len(ids) == len(set(ids))
                    assert set(ids) == expected
                    _check_order(items, order, bool(sign))


def _check_order(items: list[Any], order: str, is_descending: bool) -> None:
    values = {
        "queued_at": lambda run: run.queued_at,
        "started_at": lambda run: run.started_at,
        "duration_s": lambda run: run.duration_s,
        "metric.m": lambda run: run.metrics.get("m"),
        "param.p": lambda run: run.params.get("p"),
    }
    found = [values[order](run) for run in items]
    known = [value for value in found if value is not None and value == value]
    if order == "metric.m":
        assert found[: len(known)] == known
    numbers = [value for value in known if not isinstance(value, str)]
    texts = [value for value in known if isinstance(value, str)]
    assert numbers == sorted(numbers, reverse=is_descending)
    assert texts == sorted(texts, reverse=is_descending)


async def test_pages_of_experiments(store: SqlStore) -> None:
    names = [f"nb{number:02}" for number in range(23)]
    store.record(
        SaveRun(record(name, number // 2, document=notebook(f"/w/{name}.ipynb")))
        for number, name in enumerate(names)
    )
    await store.flush()
    seen = []
    cursor = None
    while True:
        page = await store.experiments("", 5, cursor)
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    moments = [one.last_run_at for one in seen]
    assert moments == sorted(moments, reverse=True)  # type: ignore[type-var]
    assert sorted(one.name for one in seen) == [f"{name}.ipynb" for name in names]


EXPERIMENTS: dict[str, set[str]] = {
    "nlp": {"NLP_base.ipynb"},
    "base nlp": {"NLP_base.ipynb"},
    "base": {"NLP_base.ipynb", "base.ipynb"},
    "notebook:w/deep/": set(),
    "notebook:deep/base.ipynb": {"base.ipynb"},
    "name:nlp OR notebook:deep/base.ipynb": {"NLP_base.ipynb", "base.ipynb"},
    "NOT nlp": {"base.ipynb", "python3"},
    "x%y": set(),
}


async def test_searching_experiments(store: SqlStore) -> None:
    documents = [
        notebook("/w/NLP_base.ipynb"),
        notebook("/w/deep/base.ipynb"),
        Document(DocumentKind.kernel, "python3", "python3"),
    ]
    store.record(
        SaveRun(record(f"r{number}", number, document=document))
        for number, document in enumerate(documents)
    )
    await store.flush()
    for q, found in EXPERIMENTS.items():
        page = await store.experiments(q, 50, None)
        assert {one.name for one in page.items} == found, q
    for q in ("%", "status:error"):
        with pytest.raises(BadInput):
            await store.experiments(q, 50, None)


# Order of arrival

STATUSES = st.sampled_from([RunStatus.queued, RunStatus.running, RunStatus.ok, RunStatus.error])


@given(
    history=st.lists(
        st.tuples(st.sampled_from("abc"), STATUSES, st.sampled_from(["s", "t", None])),
        min_size=1,
        max_size=12,
    ),
    cuts=st.sets(st.integers(0, 12)),
)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_counts_are_those_of_the_runs(
    store_url: str, jp_asyncio_loop: Loop, history: list[Any], cuts: set[int]
) -> None:
    """However records are grouped, the counts are what counting would give."""
    with opened(store_url) as store:
        tag = f"{uuid.uuid4()}"
        document = notebook(f"/w/{tag}.ipynb")
        for number, (name, status, parent) in enumerate(history):
            one = record(
                f"{tag}-{name}",
                number,
                status=status,
                parent_id=None if parent is None else f"{tag}-{parent}",
                document=document,
            )
            store.record([SaveRun(one)])
            if number == len(history) // 2:
                session = record(f"{tag}-s", kind=RunKind.session, document=document)
                store.record([SaveRun(session)])
            if number in cuts:
                jp_asyncio_loop.run_until_complete(store.flush())
        jp_asyncio_loop.run_until_complete(store.flush())
        (experiment,) = jp_asyncio_loop.run_until_complete(
            store.experiments(f"notebook:{tag}", 5, None)
        ).items
        query = RunQuery(experiment_id=experiment.id)
        runs = jp_asyncio_loop.run_until_complete(store.runs(query)).items
        cells = [run for run in runs if run.kind is RunKind.cell]
        failed = [run for run in cells if run.status is RunStatus.error]
        assert experiment.run_count == len(cells)
        assert experiment.error_count == len(failed)
        assert experiment.last_run_at == max(run.queued_at for run in runs)
        for session in [run for run in runs if run.kind is RunKind.session]:
            below = [run for run in runs if run.parent_id == session.id]
            assert session.child_count == len(below)
            assert session.error_count == len([run for run in below if run in failed])


def test_now_is_in_the_zone_of_the_machine(store: SqlStore) -> None:
    assert store._local_now().utcoffset() is not None
    assert store._local_now() - at(3_600) == timedelta(0)
