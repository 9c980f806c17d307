"""What a kernel's probe says, from the message to what would be stored."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsinfra_jlab.domain import limits
from dsinfra_jlab.domain.changes import (
    Change,
    SaveCapture,
    SaveData,
    SavePoints,
    SaveRun,
    SaveTags,
    SaveValues,
)
from dsinfra_jlab.domain.ids import EnvironmentId
from dsinfra_jlab.domain.runs.metrics import POINT_BYTES
from dsinfra_jlab.domain.runs.records import RunKind, RunRecord, RunStatus
from dsinfra_jlab.domain.tracking.message_reading import decode_dict
from dsinfra_jlab.domain.tracking.verdict import EndCause, KernelEnd
from tests.domain.replay import CLIENT, NOTEBOOK, Replay, moment


def message(kind: str, content: dict[str, Any], parent: str = "", **more: Any) -> dict[str, Any]:
    number = next(_numbers)
    session = more.pop("session", "k")
    header = {"msg_id": f"{session}_7_{number}", "msg_type": kind}
    parent_header = {"msg_id": parent, "msg_type": "execute_request"} if parent else {}
    return {"header": header, "parent_header": parent_header, "content": content, **more}


_numbers = iter(range(1, 10**9))


def points(*triples: tuple[float, float, float]) -> bytes:
    return b"".join(struct.pack("<3d", *triple) for triple in triples)


class Kernel(Replay):
    """A kernel with a probe, driven by hand; keeps every change."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        super().__init__()

    def take(self, changes: Iterable[Change]) -> None:
        changes = list(changes)
        self.changes += changes
        super().take(changes)

    def ask(self, cell: str, code: str = "x = 1") -> None:
        request = message("execute_request", {"code": code}, metadata={"cellId": cell})
        request["header"]["msg_id"] = cell
        self.take(self.tracker.requested(decode_dict(request), CLIENT, self.now()))
        self.publish("status", {"execution_state": "busy"}, cell)
        self.publish("execute_input", {"code": code, "execution_count": 1}, cell)

    def publish(self, kind: str, content: dict[str, Any], cell: str, **more: Any) -> None:
        said = decode_dict(message(kind, content, cell, **more))
        self.take(self.tracker.published(said, self.now()))

    def say(self, cell: str, *events: dict[str, Any], buffers: Any = (), **more: Any) -> None:
        content = {"v": 1, "events": list(events)}
        self.publish("dsinfra_event", content, cell, buffers=list(buffers), **more)

    def end(self, cell: str, **seen: Any) -> None:
        self.say(cell, {"kind": "cell", "status": "ok", "analysis": "ok", **seen})
        reply = message("execute_reply", {"status": "ok", "execution_count": 1}, cell)
        self.take(self.tracker.replied(decode_dict(reply), self.now()))
        self.publish("status", {"execution_state": "idle"}, cell)

    def now(self) -> Any:
        self.now_s += 0.01
        return moment(self.now_s)

    def only(self, kind: type) -> Any:
        found = [change for change in self.changes if isinstance(change, kind)]
        assert len(found) == 1, found
        return found[0]

    @property
    def blocks(self) -> list[RunRecord]:
        return [run for run in self.runs.values() if run.kind is RunKind.block]


@pytest.fixture
def kernel() -> Kernel:
    return Kernel()


def cell_of(kernel: Kernel) -> RunRecord:
    (cell,) = kernel.cells
    return cell


def test_a_cell_keeps_its_values_names_and_cpu_time(kernel: Kernel) -> None:
    kernel.ask("c1")
    kernel.end(
        "c1",
        reads=["df"],
        writes=["acc"],
        touches=["model"],
        params={"lr": 0.1, "name": "adam"},
        metrics={"acc": 0.9, "loss": "NaN"},
        cpu_s=1.5,
        gpu_peak={"bytes": 10, "kind": "at_most"},
        dropped={"params": 2},
    )
    cell = cell_of(kernel)
    values = kernel.only(SaveValues)
    assert values.run_id == cell.id
    assert values.params == {"lr": 0.1, "name": "adam"}
    assert values.metrics["acc"] == 0.9 and values.metrics["loss"] != values.metrics["loss"]
    assert (cell.status, cell.cpu_s) == (RunStatus.ok, 1.5)
    assert cell.peak_gpu_memory is not None and cell.peak_gpu_memory.kind == "at_most"
    capture = kernel.only(SaveCapture).capture
    assert (capture.reads, capture.writes, capture.touches) == (["df"], ["acc"], ["model"])
    assert capture.dropped == {"params": 2}


def test_names_are_linked_to_the_runs_that_wrote_or_changed_them(kernel: Kernel) -> None:
    for cell, seen in {
        "c1": {"writes": ["df", "model"]},
        "c2": {"reads": ["df", "model"], "touches": ["model"]},
        "c3": {"reads": ["df", "model", "len"], "writes": ["acc"]},
    }.items():
        kernel.ask(cell)
        kernel.end(cell, **seen)
    first, second, third = (run.id for run in kernel.cells)
    captures = {c.run_id: c.capture for c in kernel.changes if isinstance(c, SaveCapture)}
    assert captures[second].sources == {"df": first, "model": first}
    assert captures[third].sources == {"df": first, "model": second}


def test_a_logged_value_outranks_one_that_was_seen(kernel: Kernel) -> None:
    kernel.ask("c1")
    kernel.say("c1", {"kind": "points", "key": "acc", "buffer": 0}, buffers=[points((0, 1, 0.5))])
    kernel.say("c1", {"kind": "params", "params": {"lr": 1}})
    kernel.end("c1", params={"lr": 2, "depth": 3}, metrics={"acc": 0.7, "loss": 0.1})
    logged, seen = (change for change in kernel.changes if isinstance(change, SaveValues))
    assert logged.params == {"lr": 1}
    assert (seen.params, seen.metrics) == ({"depth": 3}, {"loss": 0.1})


def test_points_are_numbered_within_their_series(kernel: Kernel) -> None:
    kernel.ask("c1")
    body = points((0, 1, 0.5), (1, 2, 0.6))
    for _ in range(2):
        kernel.say("c1", {"kind": "points", "key": "acc", "buffer": 0}, buffers=[body])
    kernel.say("c1", {"kind": "points", "key": "loss", "buffer": 0}, buffers=[body])
    saved = [change for change in kernel.changes if isinstance(change, SavePoints)]
    assert [(each.key, each.number) for each in saved] == [("acc", 0), ("acc", 2), ("loss", 0)]


def test_a_series_beyond_its_limit_goes_on_thinly_and_is_counted(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SERIES_MAX_POINTS", 3)
    kernel.ask("c1")
    body = points(*((step, 0, float(step)) for step in range(10)))
    kernel.say("c1", {"kind": "points", "key": "acc", "buffer": 0}, buffers=[body])
    kernel.say("c1", {"kind": "points", "key": "acc", "buffer": 0}, buffers=[points((10, 0, 7.0))])
    saved = [change for change in kernel.changes if isinstance(change, SavePoints)]
    values = [v for each in saved for (_, _, v) in struct.iter_unpack("<3d", each.body)]
    assert values == [0.0, 1.0, 2.0, 9.0, 7.0], "the last value stays the true one"
    assert [each.number for each in saved] == [0, 4]
    captures = [change.capture for change in kernel.changes if isinstance(change, SaveCapture)]
    assert captures[-1].dropped == {"points": 6}


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "points", "key": "acc", "buffer": 5},
        {"kind": "points", "key": "acc", "buffer": 0},
        {"kind": "points", "key": "", "buffer": 0},
        {"kind": "points", "buffer": True},
        {"kind": "unheard of"},
        {"kind": "block_end", "block": 1},
        {"kind": "block_begin", "block": -1, "at": 0},
        {"kind": "block_begin", "block": 1, "at": float("nan")},
        "text",
        None,
    ],
)
def test_a_malformed_event_is_counted_and_its_neighbours_stand(kernel: Kernel, event: Any) -> None:
    kernel.ask("c1")
    content = {"v": 1, "events": [event, {"kind": "params", "params": {"lr": 1}}]}
    said = decode_dict(message("dsinfra_event", content, "c1", buffers=[b"short"]))
    assert said.malformed == 1  # type: ignore[union-attr]
    kernel.take(kernel.tracker.published(said, kernel.now()))
    assert kernel.only(SaveValues).params == {"lr": 1}


def test_blocks_are_runs_below_their_cell_and_their_block(kernel: Kernel) -> None:
    kernel.ask("c1")
    at = moment(kernel.now_s).now.timestamp()
    kernel.say(
        "c1",
        {"kind": "block_begin", "block": 1, "parent": None, "name": "fold", "at": at,
         "params": {"k": 5}},
        {"kind": "block_begin", "block": 2, "parent": 1, "name": "inner", "at": at},
        {"kind": "points", "key": "acc", "buffer": 0, "block": 2},
        {"kind": "tags", "tags": {"team": "nlp"}, "block": 2},
        {"kind": "block_end", "block": 2, "at": at + 1, "duration_s": 1.0, "status": "error",
         "ename": "ValueError", "evalue": "bad\nvalue"},
        {"kind": "block_end", "block": 1, "at": at + 2, "duration_s": 2.0, "status": "ok"},
        buffers=[points((0, 1, 0.5))],
    )  # fmt: skip
    outer, inner = kernel.blocks
    assert outer.parent_id == cell_of(kernel).id and inner.parent_id == outer.id
    assert (outer.name, outer.status, outer.duration_s) == ("fold", RunStatus.ok, 2.0)
    assert (inner.status, inner.status_reason) == (RunStatus.error, "ValueError: bad")
    assert kernel.only(SavePoints).run_id == inner.id
    assert kernel.only(SaveTags).run_id == inner.id


def test_a_block_whose_beginning_was_lost_is_kept_all_the_same(kernel: Kernel) -> None:
    kernel.ask("c1")
    kernel.say("c1", {"kind": "params", "params": {"lr": 1}, "block": 4})
    (block,) = kernel.blocks
    assert kernel.only(SaveValues).run_id == block.id


@pytest.mark.parametrize(
    ("cause", "status"),
    [
        (EndCause.died, RunStatus.kernel_died),
        (EndCause.restarted, RunStatus.interrupted),
        (EndCause.out_of_sight, RunStatus.lost),
    ],
)
def test_an_open_block_ends_with_its_kernel(
    kernel: Kernel, cause: EndCause, status: RunStatus
) -> None:
    kernel.ask("c1")
    kernel.say("c1", {"kind": "block_begin", "block": 1, "name": "b", "at": 0})
    kernel.take(kernel.tracker.kernel_ended(KernelEnd(cause), kernel.now()))
    (block,) = kernel.blocks
    assert block.status is status and block.ended_at is not None


def test_an_experiment_named_in_code_holds_from_its_cell_until_the_restart(
    kernel: Kernel,
) -> None:
    kernel.ask("c1")
    kernel.say("c1", {"kind": "experiment", "name": "sweep"})
    kernel.end("c1")
    kernel.ask("c2")
    kernel.end("c2")
    kernel.take(kernel.tracker.kernel_ended(KernelEnd(EndCause.restarted), kernel.now()))
    kernel.take(kernel.tracker.kernel_started(kernel.now()))
    kernel.ask("c3")
    assert [cell.experiment for cell in kernel.cells] == ["sweep", "sweep", None]


def test_late_word_of_a_run_does_not_take_it_back_to_the_old_path(kernel: Kernel) -> None:
    kernel.ask("c1")
    kernel.say("c1", {"kind": "block_begin", "block": 1, "name": "b", "at": 0})
    kernel.end("c1")
    renamed = replace(NOTEBOOK, path="/home/ana/new.ipynb", name="new.ipynb")
    kernel.take(kernel.tracker.document_renamed(renamed))
    kernel.take(kernel.tracker.environment_known(EnvironmentId("e"), "c1"))
    kernel.say("c1", {"kind": "block_end", "block": 1, "at": 0, "status": "ok"})
    assert cell_of(kernel).environment_id == "e"
    assert {cell_of(kernel).document, kernel.blocks[0].document} == {renamed}


def test_a_run_stays_with_the_document_its_kernel_had_before_another(kernel: Kernel) -> None:
    kernel.ask("c1")
    kernel.end("c1")
    other = replace(NOTEBOOK, path="/home/ana/other.ipynb", name="other.ipynb")
    kernel.take(kernel.tracker.document_changed(other))
    kernel.take(kernel.tracker.environment_known(EnvironmentId("e"), "c1"))
    assert cell_of(kernel).document == NOTEBOOK


def test_a_forked_process_may_log_but_not_end_the_cell(kernel: Kernel) -> None:
    kernel.ask("c1")
    fork = message("dsinfra_event", {}, "c1")["header"]["msg_id"].replace("_7_", "_8_")
    said = message(
        "dsinfra_event",
        {"v": 1, "events": [
            {"kind": "params", "params": {"worker": 1}},
            {"kind": "cell", "status": "ok", "params": {"forged": 1}},
            {"kind": "experiment", "name": "forged"},
        ]},
        "c1",
    )  # fmt: skip
    said["header"]["msg_id"] = fork
    kernel.take(kernel.tracker.published(decode_dict(said), kernel.now()))
    assert kernel.only(SaveValues).params == {"worker": 1}
    assert cell_of(kernel).experiment is None


def test_the_probe_decides_where_no_reply_is_seen(kernel: Kernel) -> None:
    kernel.ask("c1")
    kernel.say("c1", {"kind": "cell", "status": "error", "ename": "ValueError"})
    kernel.publish("status", {"execution_state": "idle"}, "c1")
    kernel.wait(30)
    cell = cell_of(kernel)
    assert (cell.status, cell.error_name) == (RunStatus.error, "ValueError")


def test_an_event_of_no_known_run_changes_nothing(kernel: Kernel) -> None:
    before = len(kernel.changes)
    kernel.say(
        "somebody else's request",
        {"kind": "params", "params": {"lr": 1}},
        {"kind": "loaded", "python": "3.11.7"},
        {"kind": "ask", "question": "q", "what": "status"},
    )
    assert len(kernel.changes) == before
    assert kernel.tracker.stray_events == 1, "only what was about a run is lost"


def test_data_and_keys_are_bounded_and_counted(kernel: Kernel) -> None:
    kernel.ask("c1")
    item = {"kind": "file", "mode": "read"}
    items = [{**item, "name": f"/f{n}"} for n in range(limits.DATA_ITEMS_MAX)]
    for _ in range(3):
        kernel.say("c1", {"kind": "data", "items": items, "coverage": ["audit"]})
    many = {f"tag{n}": "x" for n in range(limits.TAGS_MAX)}
    kernel.say("c1", {"kind": "tags", "tags": many}, {"kind": "tags", "tags": {"one": "more"}})
    captures = [change.capture for change in kernel.changes if isinstance(change, SaveCapture)]
    assert captures[-1].dropped == {"data": limits.DATA_ITEMS_MAX, "tags": 1}
    saved = [change for change in kernel.changes if isinstance(change, SaveData)]
    assert sum(len(each.items) for each in saved) == 2 * limits.DATA_ITEMS_MAX


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)
_KINDS = [
    "loaded",
    "cell",
    "points",
    "params",
    "tags",
    "block_begin",
    "block_end",
    "experiment",
    "data",
    "environment",
    "artifact",
    "dropped",
    "problem",
    "ask",
]
_FIELDS = [
    "block",
    "parent",
    "name",
    "at",
    "params",
    "metrics",
    "key",
    "buffer",
    "tags",
    "status",
    "ename",
    "evalue",
    "duration_s",
    "items",
    "coverage",
    "reads",
    "writes",
    "dropped",
    "counts",
    "question",
    "what",
    "artifact",
    "number",
    "cpu_s",
    "gpu_peak",
    "packages",
]
_events = st.lists(
    st.builds(
        lambda kind, fields: {"kind": kind, **fields},
        st.sampled_from(_KINDS),
        st.dictionaries(st.sampled_from(_FIELDS), _json, max_size=6),
    ),
    max_size=5,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_events, max_size=4), st.binary(max_size=3 * POINT_BYTES))
def test_whatever_a_kernel_claims_costs_at_most_its_own_record(
    batches: list[list[dict[str, Any]]], body: bytes
) -> None:
    kernel = Kernel()
    kernel.ask("c1")
    for events in batches:
        kernel.say("c1", *events, buffers=[body])
    kernel.end("c1")
    kernel.take(kernel.tracker.kernel_ended(KernelEnd(EndCause.shut_down), kernel.now()))
    assert cell_of(kernel).status is RunStatus.ok
    own = {run.id for run in kernel.runs.values()}
    for change in kernel.changes:
        owner = change.record.id if isinstance(change, SaveRun) else getattr(change, "run_id", None)
        assert owner in own
    assert all(run.status.is_final for run in kernel.runs.values())
