"""Which GPUs a process has open is read from its own files, and from nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dsinfra_jlab.domain.resources import limits
from dsinfra_jlab.sensors.gpu_files import GpuFiles

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")


def machine(tmp_path: Path, *devices: str) -> GpuFiles:
    """Return the files of a machine with such devices."""
    (tmp_path / "dev").mkdir()
    for name in devices:
        (tmp_path / "dev" / name).touch()
    return GpuFiles(str(tmp_path / "proc"), str(tmp_path / "dev"))


def has_open(tmp_path: Path, pid: int, *targets: str) -> None:
    """Have a process of the fixture hold such files open."""
    folder = tmp_path / "proc" / str(pid) / "fd"
    folder.mkdir(parents=True, exist_ok=True)
    for target in targets:
        (folder / str(len(os.listdir(folder)))).symlink_to(target)


def test_only_files_of_one_gpu_each_count(tmp_path: Path) -> None:
    files = machine(
        tmp_path, "nvidia0", "nvidia12", "nvidiactl", "nvidia-uvm", "nvidia-caps", "null"
    )
    dev = tmp_path / "dev"
    has_open(
        tmp_path,
        7,
        f"{dev}/nvidia12",
        f"{dev}/nvidia12",
        f"{dev}/nvidiactl",
        f"{dev}/nvidia-uvm",
        f"{dev}/nvidia-caps/nvidia-cap3",
        f"{dev}/nvidia-modeset",
        "/elsewhere/dev/nvidia0",
        "socket:[123]",
        "pipe:[9]",
        "/memfd:x (deleted)",
    )
    assert files.there() == {0, 12}
    assert files.opened_by(7) == frozenset({12})


def test_a_process_that_has_ended_has_none_open(tmp_path: Path) -> None:
    assert machine(tmp_path).opened_by(7) == frozenset()


def test_a_machine_without_devices_has_no_files(tmp_path: Path) -> None:
    assert GpuFiles(str(tmp_path), str(tmp_path / "none")).there() == frozenset()


def test_a_process_with_very_many_files_is_not_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = machine(tmp_path, "nvidia0")
    has_open(tmp_path, 7, *(f"{tmp_path}/dev/nvidia0" for _ in range(5)))
    assert files.opened_by(7) == frozenset({0})
    monkeypatch.setattr(limits, "GPU_OPEN_FILES_MAX", 4)
    assert files.opened_by(7) is None


def test_files_that_may_not_be_read_are_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = machine(tmp_path, "nvidia0")
    has_open(tmp_path, 7, f"{tmp_path}/dev/nvidia0")

    def refuse(path: str) -> str:
        raise PermissionError(13, "not yours", path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "readlink", refuse)
        assert files.opened_by(7) is None
    with monkeypatch.context() as patch:
        patch.setattr(os, "listdir", refuse)
        assert files.opened_by(7) is None
    assert files.opened_by(7) == frozenset({0})


@pytest.mark.parametrize(
    ("link", "is_first"), [("pid:[4026531836]", True), ("pid:[4026532201]", False), (None, False)]
)
def test_the_count_of_processes_is_the_machines_only_in_its_first_namespace(
    tmp_path: Path, link: str | None, is_first: bool
) -> None:
    (tmp_path / "self" / "ns").mkdir(parents=True)
    if link is not None:
        (tmp_path / "self" / "ns" / "pid").symlink_to(link)
    assert GpuFiles(str(tmp_path)).is_first_count() is is_first


def test_where_there_is_no_proc_there_are_no_containers(tmp_path: Path) -> None:
    assert GpuFiles(str(tmp_path / "proc")).is_first_count()


@on_linux
def test_the_files_of_a_real_process(tmp_path: Path) -> None:
    (tmp_path / "nvidia3").touch()
    code = "import sys; file = open(sys.argv[1]); print(1, flush=True); input(); file.close()\n"
    code += "print(1, flush=True); input()"
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "nvidia3")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdin is not None and child.stdout is not None
    try:
        files = GpuFiles(folder=str(tmp_path))
        child.stdout.readline()
        assert files.opened_by(child.pid) == frozenset({3})
        child.stdin.write(b"\n")
        child.stdin.flush()
        child.stdout.readline()
        assert files.opened_by(child.pid) == frozenset()
    finally:
        child.stdin.close()
        child.wait(60)
        child.stdout.close()
    assert files.opened_by(child.pid) == frozenset()
