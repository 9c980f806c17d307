"""The recorder obeys the settings, and stores nothing that holds a secret."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.domain.clock import HandClock
from dsinfra_jlab.domain.health import ProbeState
from dsinfra_jlab.domain.ids import KernelId, ServerId
from dsinfra_jlab.domain.redaction.redactor import Redactor
from dsinfra_jlab.domain.runs.records import Environment, RunKind, RunQuery, RunStatus
from dsinfra_jlab.domain.settings import Settings
from dsinfra_jlab.domain.tracking.message_reading import decode_dict
from dsinfra_jlab.domain.tracking.messages import Message
from dsinfra_jlab.domain.tracking.tracker import Client
from dsinfra_jlab.services.recording import Recorder, WatchedKernel
from dsinfra_jlab.store import default_url
from dsinfra_jlab.store.gateway import SqlStore
from tests.domain.replay import NOTEBOOK, transcript

KERNEL = WatchedKernel(KernelId("kernel-1"), "python3", NOTEBOOK, "python", (), "/home/ana")


class FixedPolicy:
    """Settings that hold for everything."""

    def __init__(self, **settings: Any) -> None:
        self.current = replace(Settings(), **settings)

    def is_recorded(self, stored_path: str) -> bool:
        return self.current.is_recording


class Play:
    """A recorder on a real store, fed with transcripts."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.clock = HandClock()
        self.asked: list[KernelId] = []

    def recorder(self, **settings: Any) -> Recorder:
        recorder = Recorder(
            self.store,
            FixedPolicy(**settings),
            server_id=ServerId("server-1"),
            clock=self.clock,
            log=logging.getLogger(__name__),
            redactor=Redactor(b"a key for tests"),
            ask_environment=lambda kernel, version: self.asked.append(kernel.id),
        )
        recorder.attach(KERNEL)
        return recorder

    def feed(self, recorder: Recorder, lines: list[dict[str, Any]]) -> None:
        """Feed request and reply; IOPub takes the same way to the tracker as the reply."""
        for line in lines:

            def read(line: dict[str, Any] = line) -> Message:
                return decode_dict(line)

            at = recorder.moment()
            if line["channel"] == "request":
                recorder.requested(KERNEL.id, read, Client(1, "ana"), at)
            elif line["channel"] == "reply":
                recorder.replied(KERNEL.id, read, at)
            else:
                recorder._watched[KERNEL.id].tracker.is_recording = True
                for change in recorder._watched[KERNEL.id].tracker.published(read(), at):
                    recorder._record([change])
        self.clock.advance(30)
        recorder.tick(recorder.moment())


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    store = SqlStore(default_url(tmp_path), HandClock())
    store.open()
    end = time.monotonic() + 30
    while not store.schema_version and time.monotonic() < end:
        time.sleep(0.01)
    yield Play(store)
    store.close_now()


async def cell_of(store: SqlStore) -> Any:
    await store.flush()
    page = await store.runs(RunQuery(kind=RunKind.cell))
    (summary,) = page.items
    return await store.run(summary.id)


async def test_without_code_only_its_hash_is_kept(play: Play) -> None:
    play.feed(play.recorder(is_recording_code=False), transcript("error"))
    run = await cell_of(play.store)
    assert (run.code, run.status, run.error_name) == ("", RunStatus.error, "ZeroDivisionError")
    assert len(run.code_sha256) == 64


async def test_without_outputs_the_run_is_kept(play: Play) -> None:
    play.feed(play.recorder(is_recording_outputs=False), transcript("ok"))
    run = await cell_of(play.store)
    assert run.status is RunStatus.ok
    assert (await play.store.outputs(run.id)).items == []


async def test_with_recording_off_nothing_is_kept(play: Play) -> None:
    play.feed(play.recorder(is_recording=False), transcript("ok")[:1])
    await play.store.flush()
    assert (await play.store.runs(RunQuery())).items == []


async def test_the_environment_is_asked_for_once_in_a_while_and_kept(play: Play) -> None:
    recorder = play.recorder()
    play.feed(recorder, transcript("ok"))
    play.feed(recorder, transcript("error")[:1])
    assert play.asked == [KERNEL.id, KERNEL.id]  # 30 seconds lie between the two
    play.feed(play.recorder(is_recording_environment=False), transcript("error")[:1])
    assert len(play.asked) == 2
    environment = Environment("3.11.7", "Linux", {"numpy": "2.4.0"}, None)
    recorder.environment_known(KERNEL.id, environment)
    await play.store.flush()
    page = await play.store.runs(RunQuery(kind=RunKind.cell, status=RunStatus.ok))
    assert await play.store.environment(page.items[0].id) == environment


async def test_secrets_are_taken_out_of_code_outputs_and_messages(play: Play) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    lines = transcript("error")
    for line in lines:
        content = line["content"]
        for name in ("code", "evalue"):
            if name in content:
                content[name] = f"{content[name]} {secret}"
        if "traceback" in content:
            content["traceback"] = [f"{secret} in a traceback"]
    play.feed(play.recorder(), lines)
    run = await cell_of(play.store)
    outputs = await play.store.outputs(run.id)
    assert secret not in f"{run}{outputs}"
    assert "redacted" in run.code and "redacted" in run.error_message
    assert "redacted" in run.status_reason and "redacted" in str(outputs.items)


def test_a_cell_right_behind_a_restart_takes_the_probe_along(play: Play) -> None:
    """What the event loop knows of a restart counts before the observer has got to it."""
    recorder = play.recorder()
    sight = recorder._watched[KERNEL.id].probe
    sight.is_asked_for, sight.state = True, ProbeState.loaded
    assert not recorder.awaits_probe(KERNEL.id)
    recorder.will_restart(KERNEL.id)
    assert recorder.awaits_probe(KERNEL.id)
    recorder.restarted(KERNEL.id)
    assert not recorder.awaits_probe(KERNEL.id)
