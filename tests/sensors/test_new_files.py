"""The biggest new files are found, on one disk, of one account, within bounds."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from dsinfra_jlab.domain import limits
from dsinfra_jlab.sensors.new_files import NewFiles

OLD_S, START_S, NEW_S = 1_000_000_000.0, 1_500_000_000.0, 1_600_000_000.0


def write(path: Path, size: int, modified_s: float = NEW_S) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.urandom(size))
    os.utime(path, (modified_s, modified_s))
    return path


def found(*folders: Path, since_s: float = START_S) -> list[str]:
    search = NewFiles(None)
    files = search.biggest({str(folder): since_s for folder in folders})
    assert search.is_complete
    return [os.path.basename(each.path) for each in files]


def test_new_files_are_told_the_biggest_first(tmp_path: Path) -> None:
    write(tmp_path / "small.bin", 10_000)
    write(tmp_path / "a/b/c/big.bin", 900_000)
    write(tmp_path / "a/middle.bin", 300_000)
    write(tmp_path / "a/old.bin", 2_000_000, OLD_S)
    assert found(tmp_path) == ["big.bin", "middle.bin", "small.bin"]
    (big, *_) = NewFiles(None).biggest({str(tmp_path): START_S})
    assert big.modified_s == NEW_S
    assert 900_000 <= big.bytes < 1_100_000


def test_room_on_the_disk_counts_and_not_what_a_sparse_file_pretends(tmp_path: Path) -> None:
    with open(tmp_path / "sparse.bin", "wb") as file:
        file.truncate(50_000_000)
    if os.stat(tmp_path / "sparse.bin").st_blocks * 512 > 40_000_000:
        pytest.skip("this file system has no sparse files")
    write(tmp_path / "real.bin", 500_000)
    assert found(tmp_path, since_s=0.0) == ["real.bin", "sparse.bin"]


def test_links_lead_nowhere_and_hard_ones_count_once(tmp_path: Path) -> None:
    work, elsewhere = tmp_path / "work", tmp_path / "elsewhere"
    write(elsewhere / "far.bin", 900_000)
    write(work / "one.bin", 100_000)
    os.link(work / "one.bin", work / "again.bin")
    (work / "link").symlink_to(elsewhere)
    (work / "far-link.bin").symlink_to(elsewhere / "far.bin")
    (work / "loop").symlink_to(work)
    assert len(found(work)) == 1


def test_a_folder_within_another_is_gone_through_once_by_the_earlier_time(tmp_path: Path) -> None:
    write(tmp_path / "x.bin", 100_000)
    write(tmp_path / "inner/y.bin", 200_000)
    write(tmp_path / "inner/early.bin", 300_000, START_S + 1)
    search = NewFiles(None)
    folders = {str(tmp_path / "inner"): START_S, str(tmp_path): START_S + 100}
    names = [os.path.basename(each.path) for each in search.biggest(folders)]
    assert names == ["early.bin", "y.bin", "x.bin"]


def test_other_disks_are_not_entered(tmp_path: Path) -> None:
    write(tmp_path / "x.bin", 100_000)
    device = os.stat(tmp_path).st_dev
    assert len(NewFiles(device).biggest({str(tmp_path): START_S})) == 1
    assert NewFiles(device + 1).biggest({str(tmp_path): START_S}) == []


def test_files_of_other_accounts_are_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "x.bin", 100_000)
    monkeypatch.setattr(os, "getuid", lambda: os.stat(tmp_path).st_uid + 1)
    assert found(tmp_path) == []


def test_only_so_many_are_told_and_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        write(tmp_path / f"{number}.bin", 4_096 * (number + 1))
    monkeypatch.setattr(limits, "NEW_FILES_MAX", 3)
    assert found(tmp_path) == ["29.bin", "28.bin", "27.bin"]
    monkeypatch.setattr(limits, "NEW_FILES_ENTRIES_MAX", 10)
    search = NewFiles(None)
    assert len(search.biggest({str(tmp_path): START_S})) == 3
    assert not search.is_complete


def test_the_search_ends_in_time(tmp_path: Path) -> None:
    for number in range(20):
        write(tmp_path / f"{number}.bin", 10)
    ticks = iter(range(1_000))
    search = NewFiles(None, lambda: next(ticks))
    search.biggest({str(tmp_path): START_S})
    assert not search.is_complete
    assert next(ticks) <= limits.NEW_FILES_S + 4, "it did not go on asking for the time"


def test_what_cannot_be_read_is_left_out_and_said(tmp_path: Path) -> None:
    write(tmp_path / "x.bin", 100_000)
    search = NewFiles(None)
    names = search.biggest({str(tmp_path): START_S, str(tmp_path / "gone"): START_S})
    assert len(names) == 1
    search = NewFiles(None)
    assert search.biggest({str(tmp_path) + "-gone": START_S}) == []
    assert not search.is_complete


def test_a_file_of_today_is_new(tmp_path: Path) -> None:
    begun_s = time.time() - 1
    (tmp_path / "now.bin").write_bytes(b"x" * 5_000)
    assert found(tmp_path, since_s=begun_s) == ["now.bin"]
