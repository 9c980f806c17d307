"""Feeds recorded transcripts to a tracker and keeps what it would store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from dsinfra_jlab.domain.changes import Change, SaveOutputs, SaveRun
from dsinfra_jlab.domain.ids import KernelId, RunId, ServerId
from dsinfra_jlab.domain.runs.records import Document, DocumentKind, RunKind, RunOutputs, RunRecord
from dsinfra_jlab.domain.tracking.message_reading import decode_dict
from dsinfra_jlab.domain.tracking.tracker import Client, Moment, RunTracker
from dsinfra_jlab.domain.tracking.verdict import EndCause, KernelEnd

TRANSCRIPTS = Path(__file__).parent.parent / "golden" / "transcripts"
START = datetime(2026, 1, 1, tzinfo=timezone.utc)
CLIENT = Client(1, "ana")
NOTEBOOK = Document(DocumentKind.notebook, "/home/ana/train.ipynb", "train.ipynb")


def transcript(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (TRANSCRIPTS / f"{name}.jsonl").read_text().splitlines()]


def moment(seconds: float) -> Moment:
    return Moment(START + timedelta(seconds=seconds), seconds)


class Replay:
    """A tracker and the store as it would stand after all its changes."""

    def __init__(self) -> None:
        self.tracker = RunTracker(
            kernel_id=KernelId("kernel-1"),
            kernel_name="python3",
            document=NOTEBOOK,
            server_id=ServerId("server-1"),
        )
        self.runs: dict[RunId, RunRecord] = {}
        self.outputs: dict[RunId, RunOutputs] = {}
        self.now_s = 0.0
        self.take(self.tracker.kernel_started(moment(0)))

    @property
    def cells(self) -> list[RunRecord]:
        """The cell runs in the order they were asked for."""
        return [run for run in self.runs.values() if run.kind is RunKind.cell]

    @property
    def sessions(self) -> list[RunRecord]:
        return [run for run in self.runs.values() if run.kind is RunKind.session]

    def take(self, changes: Iterable[Change]) -> None:
        for change in changes:
            if isinstance(change, SaveRun):
                before = self.runs.get(change.record.id)
                assert not (before and before.status.is_final and not change.record.status.is_final)
                self.runs[change.record.id] = change.record
            elif isinstance(change, SaveOutputs):
                self.outputs[change.run_id] = change.outputs

    def feed(self, line: dict[str, Any]) -> None:
        """Feed one line of a transcript at the time it was recorded."""
        at = moment(max(self.now_s, line["at_s"]))
        self.now_s = at.monotonic_s
        channel = line["channel"]
        if channel == "request":
            self.take(self.tracker.requested(decode_dict(line), CLIENT, at))
        elif channel == "reply":
            self.take(self.tracker.replied(decode_dict(line), at))
        elif channel == "iopub":
            self.take(self.tracker.published(decode_dict(line), at))
        elif channel == "interrupt":
            self.take(self.tracker.interrupt_asked(at))
        elif channel == "died":
            end = KernelEnd(EndCause.died, line["returncode"])
            self.take(self.tracker.kernel_ended(end, at))

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now_s += seconds
        self.take(self.tracker.tick(moment(self.now_s)))


def replayed(lines: Iterable[dict[str, Any]]) -> Replay:
    """Return a replay of a whole transcript, a while after its last message."""
    replay = Replay()
    for line in lines:
        replay.feed(line)
    replay.wait(30)
    return replay


def texts(outputs: RunOutputs) -> Iterator[str]:
    """Yield what the outputs say, as far as it is text."""
    for item in outputs.items:
        yield item.get("text") or item.get("data", {}).get("text/plain") or item.get("ename", "")
