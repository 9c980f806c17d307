"""What a process is called and where it works: of this account only, and never its command line."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from dsinfra_jlab.sensors.process_facts import own_name, workplace

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")


@on_linux
def test_a_name_is_that_of_the_system_without_the_command_line(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", "print(1, flush=True); input()", "--token=secret"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=tmp_path,
    )
    assert child.stdin is not None and child.stdout is not None
    try:
        child.stdout.readline()
        name = own_name(child.pid)
        assert name and "secret" not in name
        place = workplace(child.pid)
        assert place is not None
        assert place[0] == str(tmp_path)
        assert abs(place[1] - time.time()) < 3_600
    finally:
        child.stdin.close()
        child.wait(60)
        child.stdout.close()
    assert own_name(child.pid) is None
    assert workplace(child.pid) is None


@on_linux
def test_processes_of_other_accounts_have_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "comm").write_text("worker\n")
    assert own_name(7, str(tmp_path)) == "worker"
    monkeypatch.setattr(os, "getuid", lambda: os.stat(tmp_path).st_uid + 1)
    assert own_name(7, str(tmp_path)) is None


def test_where_there_is_no_proc_psutil_is_asked(tmp_path: Path) -> None:
    name = own_name(os.getpid(), str(tmp_path / "none"))
    assert name == psutil.Process().name()
    assert own_name(2**22 + 7, str(tmp_path / "none")) is None
