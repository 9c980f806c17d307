"""Whether a file is the one that was written: any change, and any other file, is noticed."""

from __future__ import annotations

import mmap
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.kernel import parcel_limits as limits
from dsinfra_jlab.kernel.parcel_seal import is_sealed, seal

SIZE = limits.SEAL_MIN_BYTES

pytestmark = pytest.mark.skipif(
    not os.path.exists("/proc/sys/kernel/random/boot_id"),
    reason="not run: this system does not tell when it was started",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "inner" / "large"
    path.parent.mkdir()
    with path.open("wb") as file:
        file.truncate(SIZE)
    return path


def sealed(path: Path) -> Any:
    with path.open("rb+") as file:
        return seal(file.fileno())


def is_as_it_was(path: Path, said: Any) -> bool:
    with path.open("rb") as file:
        return is_sealed(file.fileno(), said)


def overwrite(path: Path) -> None:
    with path.open("rb+") as file:
        file.seek(SIZE // 2)
        file.write(b"\1")


def overwrite_mapped(path: Path) -> None:
    with path.open("rb+") as file, mmap.mmap(file.fileno(), SIZE) as memory:
        memory[SIZE // 2] = 1


def overwrite_and_set_times(path: Path) -> None:
    before = path.stat()
    overwrite(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace_by_copy(path: Path) -> None:
    copy = path.with_name("copy")
    shutil.copy2(path, copy)
    copy.replace(path)


def test_a_file_stays_sealed_while_it_is_read_and_its_folder_renamed(path: Path):
    said = sealed(path)
    assert path.read_bytes() == bytes(SIZE)
    renamed = path.parent.rename(path.parent.with_name("renamed")) / path.name
    assert is_as_it_was(renamed, said)


@pytest.mark.parametrize(
    "change",
    [
        overwrite,
        overwrite_mapped,
        overwrite_and_set_times,
        replace_by_copy,
        lambda path: os.truncate(path, SIZE - 1),
    ],
    ids=["written", "written as memory", "times set back", "copied", "cut"],
)
def test_a_change_breaks_the_seal_at_once(path: Path, change: Callable[[Path], None]):
    said = sealed(path)
    change(path)
    assert not is_as_it_was(path, said)


def test_another_start_of_the_system_breaks_it(path: Path):
    said = sealed(path)
    assert not is_as_it_was(path, ["another", *said[1:]])


@pytest.mark.parametrize("said", [None, [], {}, "", 1, [None] * 6])
def test_what_is_no_seal_seals_nothing(path: Path, said: Any):
    assert not is_as_it_was(path, said)


def test_small_files_and_coarse_times_have_none(path: Path, tmp_path: Path, monkeypatch: Any):
    os.truncate(path, SIZE - 1)
    assert sealed(path) is None
    os.truncate(path, SIZE)
    assert sealed(path) is not None
    monkeypatch.setattr(limits, "FINE_TIMES_NS", 1)
    assert sealed(path) is None


def test_a_clock_that_is_behind_the_disks_seals_nothing(path: Path, monkeypatch: Any):
    monkeypatch.setattr("time.time_ns", lambda: path.stat().st_ctime_ns - 1)
    assert sealed(path) is None
