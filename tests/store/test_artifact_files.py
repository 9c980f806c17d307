"""Contents of artifacts on the disk: whole or not at all, each once, for their owner alone."""

from __future__ import annotations

import hashlib
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dsinfra_jlab.domain.exceptions import Unavailable
from dsinfra_jlab.store.artifact_files import ArtifactFiles

BODY = b"weights " * 10_000


def digest_of(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def keep(files: ArtifactFiles, upload: str, body: bytes) -> Path:
    files.begin(upload)
    for start in range(0, len(body), 30_000):
        files.append(upload, body[start : start + 30_000])
    return files.finish(upload, digest_of(body))


def everything(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def files(tmp_path: Path) -> ArtifactFiles:
    return ArtifactFiles(tmp_path / "data" / "artifacts", reserve_bytes=0)


def test_a_content_is_found_by_its_digest(files: ArtifactFiles) -> None:
    path = keep(files, "u", BODY)
    assert path == files.path(digest_of(BODY))
    with files.open(digest_of(BODY)) as file:
        assert file.read() == BODY
    assert everything(files.folder) == [path]
    with pytest.raises(FileNotFoundError):
        files.open(digest_of(b"other"))


def test_it_is_for_its_owner_alone(files: ArtifactFiles) -> None:
    before = os.umask(0)
    try:
        path = keep(files, "u", BODY)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (path.parent, files.folder, files.folder / "incoming"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("digest", ["", "sha256:..", "../../etc/passwd", "sha256:" + "A" * 64])
def test_what_is_no_digest_leads_nowhere(files: ArtifactFiles, digest: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        files.path(digest)


def test_equal_contents_are_kept_once(files: ArtifactFiles) -> None:
    failures: list[BaseException] = []

    def upload(number: int) -> None:
        try:
            for turn in range(20):
                keep(files, f"{number}-{turn}", BODY)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=upload, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    (path,) = everything(files.folder)
    assert path.read_bytes() == BODY


def test_what_was_given_up_leaves_nothing(files: ArtifactFiles) -> None:
    files.begin("u")
    files.append("u", BODY)
    files.discard("u")
    files.discard("never begun")
    assert everything(files.folder) == []
    # Begun anew, it has nothing of what came before.
    files.begin("v")
    files.append("v", b"old")
    assert keep(files, "v", BODY).read_bytes() == BODY


def test_a_nearly_full_disk_takes_no_artifact(tmp_path: Path) -> None:
    files = ArtifactFiles(tmp_path / "artifacts", reserve_bytes=2**62)
    files.begin("u")
    with pytest.raises(Unavailable, match="nearly full"):
        files.append("u", b"x")
    files.discard("u")
    assert everything(files.folder) == []


def test_a_full_disk_keeps_nothing_of_what_did_not_fit(small_disk: Path) -> None:
    files = ArtifactFiles(small_disk / "artifacts", reserve_bytes=0)
    kept = keep(files, "small", b"x" * 100_000)
    tight = ArtifactFiles(small_disk / "artifacts", reserve_bytes=-(2**40))
    tight.begin("large")
    with pytest.raises(OSError, match="space"):
        for _ in range(100):
            tight.append("large", b"y" * 100_000)
    tight.discard("large")
    assert everything(files.folder) == [kept]
    assert keep(files, "again", b"z" * 100_000).stat().st_size == 100_000


def age(path: Path, seconds: float) -> None:
    moment = time.time() - seconds
    os.utime(path, (moment, moment))


def test_orphans_are_swept(files: ArtifactFiles) -> None:
    used, orphan, new = (keep(files, name, name.encode()) for name in ("used", "orphan", "new"))
    files.begin("slow")
    files.append("slow", b"half")
    (left,) = set(everything(files.folder)) - {used, orphan, new}
    stale = left.with_name("crashed.1")
    stale.write_bytes(b"half of something")
    for path in (used, orphan, left, stale):
        age(path, 1_000)
    assert files.sweep({digest_of(b"used")}, older_than_s=100) == 2
    assert set(everything(files.folder)) == {used, new, left}
    # What comes again is new again: its run may not be in the store yet.
    age(new, 1_000)
    keep(files, "once more", b"new")
    assert files.sweep({digest_of(b"used")}, older_than_s=100) == 0
    assert ArtifactFiles(files.folder / "nowhere").sweep(set(), 0) == 0
    files.discard("slow")


CRASHING = """
import sys
from pathlib import Path
from dsinfra_jlab.store.artifact_files import ArtifactFiles
files = ArtifactFiles(Path(sys.argv[1]), reserve_bytes=0)
files.begin("u")
while True:
    files.append("u", b"x" * 100_000)
    print("more", flush=True)
"""


def test_a_crash_leaves_an_orphan_that_is_swept(files: ArtifactFiles) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CRASHING, str(files.folder)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    (left,) = everything(files.folder)
    assert left.parent.name == "incoming"
    assert files.sweep(set(), older_than_s=3_600) == 0
    age(left, 4_000)
    assert files.sweep(set(), older_than_s=3_600) == 1
    assert everything(files.folder) == []
