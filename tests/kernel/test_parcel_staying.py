"""Large results stay in their file: as their own memory, and only where that is safe."""

from __future__ import annotations

import mmap
import os
import shutil
from pathlib import Path
from typing import Any

import numpy
import pytest

from dsinfra_jlab.kernel import parcel_limits as limits
from dsinfra_jlab.kernel import parcel_reading, parcel_staying
from dsinfra_jlab.kernel.parcel_digest import Workers
from dsinfra_jlab.kernel.parcel_reading import Damaged, open_parcel, read_parcel
from dsinfra_jlab.kernel.parcel_writing import BUFFERS, ParcelWriter

COUNT = limits.SEAL_MIN_BYTES // 8 + 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "returned"
    large = numpy.arange(COUNT, dtype=float)
    values = {"large": large, "view": large[1:], "small": numpy.arange(10)}
    with ParcelWriter(str(path), values, 1 << 40) as writer:
        for name, value in values.items():
            writer.add(name, value)
        writer.finish({"imports": [], "modules": None})
    return path


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of what is read instead of being mapped."""
    found: list[int] = []
    do, digests = Workers.do, Workers.digests

    def doing(self: Workers, sizes: Any, steps: Any) -> None:
        found.extend(sizes)
        do(self, sizes, steps)

    def hashing(self: Workers, memories: Any, steps: Any = None) -> list[str]:
        found.extend(each.nbytes for each in memories)
        return digests(self, memories, steps)

    monkeypatch.setattr(Workers, "do", doing)
    monkeypatch.setattr(Workers, "digests", hashing)
    return found


def read(folder: Path) -> dict[str, Any]:
    return read_parcel(open_parcel(str(folder)), {}, is_mapped=False, renews_classes=False).values


@pytest.fixture
def local(tmp_path: Path) -> None:
    probe = tmp_path / "probe"
    probe.write_bytes(b"x")
    with probe.open("rb") as file:
        if not parcel_staying.may_stay(file.fileno()):
            pytest.skip("not run: the temporary folder is on no disk of this machine")


@pytest.mark.usefixtures("local")
def test_large_arrays_are_not_copied_and_are_the_users_own(folder: Path, copied: list[int]) -> None:
    kept = (folder / BUFFERS).read_bytes()
    values = read(folder)
    assert sum(copied) == values["small"].nbytes
    large, view = values["large"], values["view"]
    assert large.flags.writeable and (large == numpy.arange(COUNT)).all()
    large[1] = -5.0
    assert view[0] == -5.0 and numpy.shares_memory(large, view)
    # What is written to it is in no file, and another reader does not see it.
    assert (folder / BUFFERS).read_bytes() == kept
    again = read(folder)["large"]
    assert again[1] == 1.0
    # The job may be forgotten meanwhile.
    shutil.rmtree(folder.parent / "returned")
    assert large[COUNT - 1] == COUNT - 1 == again[COUNT - 1]


def times_open(path: Path) -> int:
    """How often this process has a file open."""
    found = []
    for number in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{number}"))
        except OSError:  # closed meanwhile, by another thread
            continue
    return found.count(str(path.resolve()))


@pytest.mark.usefixtures("local")
def test_files_are_held_only_as_long_as_their_arrays_live(folder: Path) -> None:
    values = read(folder)
    assert times_open(folder / BUFFERS) == 1
    del values
    assert times_open(folder / BUFFERS) == 0


def test_what_was_written_to_since_is_copied_and_looked_at(folder: Path, copied: list[int]) -> None:
    os.utime(folder / BUFFERS)
    values = read(folder)
    assert sum(copied) > COUNT * 8
    assert (values["large"] == numpy.arange(COUNT)).all()
    with (folder / BUFFERS).open("rb+") as file:
        file.seek(1_000_003)
        file.write(b"\1")
    with pytest.raises(Damaged):
        read(folder)


@pytest.mark.parametrize("mounts", ["", "22 1 {0} / / rw - nfs4 host:/ rw\n", "no mount at all"])
def test_on_a_disk_that_others_have_too_it_is_copied(
    folder: Path,
    copied: list[int],
    mounts: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    device = folder.stat().st_dev
    place = tmp_path / "mounts"
    place.write_text(mounts.format(f"{os.major(device)}:{os.minor(device)}"))
    monkeypatch.setattr(parcel_staying, "_MOUNTS", str(place))
    assert (read(folder)["large"] == numpy.arange(COUNT)).all()
    assert sum(copied) > COUNT * 8


def test_where_nothing_can_be_mapped_it_is_copied(
    folder: Path, copied: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(mmap, "mmap", refuse)
    monkeypatch.setattr(parcel_reading, "room_for", bytearray)
    assert (read(folder)["large"] == numpy.arange(COUNT)).all()
    assert sum(copied) > COUNT * 8
