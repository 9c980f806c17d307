"""Which process is ended first when memory runs out: a real one, and files made up."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dsinfra_jlab.sensors.oom_score import raise_oom_score

from .test_processes import kernel


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_score_of_an_own_process_is_raised_and_inherited_and_never_lowered() -> None:
    program = """
import subprocess, sys
print('ready', flush=True)
sys.stdin.readline()
read = 'print(open("/proc/self/oom_score_adj").read())'
print(subprocess.check_output([sys.executable, '-c', read]).decode().strip(), flush=True)
sys.stdin.readline()
"""
    with kernel(program) as (process, _):
        score = Path(f"/proc/{process.pid}/oom_score_adj")
        wanted = min(1000, int(score.read_text()) + 300)
        assert raise_oom_score(process.pid, wanted)
        assert int(score.read_text()) == wanted
        assert raise_oom_score(process.pid, wanted - 100)
        assert int(score.read_text()) == wanted
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
        assert int(process.stdout.readline()) == wanted


@pytest.mark.parametrize("text", ["", "much"])
def test_what_cannot_be_read_is_left_alone(tmp_path: Path, text: str) -> None:
    file = tmp_path / "proc/7/oom_score_adj"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    assert not raise_oom_score(7, 300, str(tmp_path))
    assert file.read_text() == text
    assert not raise_oom_score(8, 300, str(tmp_path))
