"""What a Hub allots counts, unless it only says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dsinfra_jlab.sensors.allotment import own_allotment

LIMITS = {"MEM_LIMIT": "4000000000", "CPU_LIMIT": "1.5"}
ASK = """
import json
from dsinfra_jlab.sensors.allotment import own_allotment
print(json.dumps(dict(own_allotment())))
"""
SPAWN = f"""
import subprocess, sys
subprocess.run([sys.executable, "-c", {ASK!r}], check=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="control groups are those of Linux")
@pytest.mark.parametrize(
    ("name", "expected"), [("jupyterhub", {}), ("jupyterhub-singleuser", LIMITS)]
)
def test_limits_that_a_hub_says_and_does_not_keep_are_none(
    tmp_path: Path, name: str, expected: dict[str, str]
) -> None:
    program = tmp_path / name
    program.write_text(SPAWN)
    answer = subprocess.run(
        [sys.executable, str(program)],
        env={**os.environ, **LIMITS},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(answer.stdout) == expected


def test_where_nothing_is_allotted_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LIMITS:
        monkeypatch.delenv(name, raising=False)
    assert own_allotment() == {}
