"""Artifacts on their way from a kernel to the files, with real files and threads."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.domain import limits
from dsinfra_jlab.domain.changes import Change, SaveArtifact
from dsinfra_jlab.domain.clock import HandClock
from dsinfra_jlab.domain.ids import KernelId, RunId
from dsinfra_jlab.domain.runs.artifacts import Artifact
from dsinfra_jlab.domain.tracking.probe_events import ArtifactPart
from dsinfra_jlab.services.artifact_intake import ArtifactIntake
from dsinfra_jlab.store.artifact_files import ArtifactFiles

KERNEL, OTHER, RUN = KernelId("kernel-1"), KernelId("kernel-2"), RunId("run-1")
CONTENT = b"weights and biases " * 1_000


class Recorded:
    """A store of which only what it was given is of interest."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def record(self, changes: list[Change]) -> None:
        self.changes += changes

    @property
    def artifacts(self) -> list[Artifact]:
        return [change.artifact for change in self.changes if isinstance(change, SaveArtifact)]


class Desk:
    """An intake with its files and the answers it gave."""

    def __init__(self, folder: Path, reserve_bytes: int = 0) -> None:
        self.files = ArtifactFiles(folder, reserve_bytes)
        self.store = Recorded()
        self.answers: list[tuple[KernelId, str, dict[str, Any] | None, str | None]] = []
        clock = HandClock(datetime(2026, 1, 1, tzinfo=timezone.utc))
        store: Any = self.store
        self.intake = ArtifactIntake(self.files, store, clock, logging.getLogger(__name__))
        self.intake.answer_to(lambda *answer: self.answers.append(answer))

    def finish(self) -> None:
        """Let everything that was taken be written."""
        asyncio.run(self._finish())

    async def _finish(self) -> None:
        await self.intake.start()
        await self.intake.stop()

    @property
    def error(self) -> str:
        (answer,) = self.answers
        assert answer[3] is not None
        return answer[3]

    @property
    def kept(self) -> list[bytes]:
        folder = self.files.folder
        return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    yield Desk(tmp_path / "artifacts")


def parts(content: bytes = CONTENT, upload: str = "u1", size: int = 5_000) -> list[ArtifactPart]:
    bodies = [content[start : start + size] for start in range(0, len(content), size)] or [b""]
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    last = len(bodies) - 1
    return [
        ArtifactPart(upload, None, "model.bin", "application/octet-stream", number, body,
                     number == last, len(content), digest)
        for number, body in enumerate(bodies)
    ]  # fmt: skip


def test_parts_become_one_file_and_one_record(desk: Desk) -> None:
    for part in parts():
        desk.intake.take(KERNEL, RUN, part)
    desk.intake.acknowledge(KERNEL, "q1", "u1")
    desk.finish()
    (artifact,) = desk.store.artifacts
    assert (artifact.name, artifact.size_bytes, artifact.run_id) == ("model.bin", 19_000, RUN)
    assert desk.files.path(artifact.digest).read_bytes() == CONTENT
    assert desk.answers[0] == (
        KERNEL,
        "u1",
        {"digest": artifact.digest, "size_bytes": 19_000},
        None,
    )


def test_an_empty_file_is_an_artifact_too(desk: Desk) -> None:
    for part in parts(b""):
        desk.intake.take(KERNEL, RUN, part)
    desk.finish()
    assert [artifact.size_bytes for artifact in desk.store.artifacts] == [0]


def test_the_answer_to_a_question_comes_after_what_was_taken_before(desk: Desk) -> None:
    for number, part in enumerate(parts()[:3]):
        desk.intake.take(KERNEL, RUN, part)
        desk.intake.acknowledge(KERNEL, f"q{number}", "u1")
    desk.finish()
    assert [answer[2] for answer in desk.answers] == [
        {"size_bytes": 5_000}, {"size_bytes": 10_000}, {"size_bytes": 15_000}
    ]  # fmt: skip
    assert desk.kept == [], "what is not whole is not kept"


def test_two_kernels_may_use_the_same_name_for_an_upload(desk: Desk) -> None:
    for mine, theirs in zip(parts(b"a" * 9_000), parts(b"b" * 9_000), strict=True):
        desk.intake.take(KERNEL, RUN, mine)
        desk.intake.take(OTHER, RunId("run-2"), theirs)
    desk.finish()
    assert sorted(desk.kept) == [b"a" * 9_000, b"b" * 9_000]


def test_a_lost_part_is_said_and_nothing_is_kept(desk: Desk) -> None:
    first, _, *rest = parts()
    for part in (first, *rest):
        desk.intake.take(KERNEL, RUN, part)
    desk.finish()
    assert desk.error == "The artifact 'model.bin' was not kept: part 1 of it was lost on the way."
    assert (desk.kept, desk.store.artifacts) == ([], [])


def test_damage_is_noticed(desk: Desk) -> None:
    *most, last = parts()
    damaged = ArtifactPart(
        last.upload, None, last.name, last.media_type, last.number, last.body[::-1], True,
        last.size_bytes, last.digest,
    )  # fmt: skip
    for part in (*most, damaged):
        desk.intake.take(KERNEL, RUN, part)
    desk.finish()
    assert "damaged on the way" in desk.error
    assert desk.kept == []


def test_a_size_beyond_the_limit_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ARTIFACT_MAX_BYTES", 12_000)
    for part in parts():
        desk.intake.take(KERNEL, RUN, part)
    desk.finish()
    assert "larger than" in desk.error
    assert desk.kept == []


def test_a_run_has_room_for_so_many(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ARTIFACTS_MAX", 2)
    for number in range(3):
        for part in parts(bytes([number]) * 10, upload=f"u{number}"):
            desk.intake.take(KERNEL, RUN, part)
    desk.finish()
    assert len(desk.store.artifacts) == 2
    assert "has 2 artifacts already" in str(desk.answers[-1][3])


def test_a_kernel_that_does_not_wait_is_cut_off(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ARTIFACT_QUEUE_MAX_BYTES", 12_000)
    for part in parts():  # nothing is written before the thread starts
        desk.intake.take(KERNEL, RUN, part)
    desk.finish()
    assert "too fast" in str(desk.answers[0][3])
    assert (desk.kept, desk.store.artifacts) == ([], [])


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "artifacts", reserve_bytes=2**62)
    for part in parts():
        desk.intake.take(KERNEL, RUN, part)
    desk.finish()
    assert "disk is nearly full" in desk.error
    assert desk.kept == []


def test_a_folder_that_cannot_be_made_is_said_and_the_next_artifact_is_tried(
    tmp_path: Path,
) -> None:
    in_the_way = tmp_path / "artifacts"
    in_the_way.write_text("a file where the folder should be")
    desk = Desk(in_the_way)
    for number in range(2):
        desk.intake.take(KERNEL, RUN, parts(b"small", upload=f"u{number}")[0])
    desk.finish()
    assert [answer[1] for answer in desk.answers] == ["u0", "u1"]
    assert all("cannot write it" in str(answer[3]) for answer in desk.answers)
