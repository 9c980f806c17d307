"""What JupyterHub says that it has allotted to this server, where that can be measured."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePath

import psutil

LIMITS = ("MEM_LIMIT", "CPU_LIMIT")
"""Variables that a Hub's spawner sets to what it allots: bytes, and CPUs."""


def own_allotment(pid: int | None = None) -> Mapping[str, str]:
    """Return the variables with what is allotted; none if the Hub runs in the same control group.

    A spawner of local processes sets them without keeping anybody to them, and the group then has
    the Hub and the servers of all its users in it: what they use together says nothing of this one.
    """
    given = {name: os.environ[name] for name in LIMITS if name in os.environ}
    return {} if given and _is_beside_hub(os.getpid() if pid is None else pid) else given


def _is_beside_hub(pid: int) -> bool:
    """Return whether a process that this one comes from is a Hub, and in the same group."""
    try:
        group = _group_of(pid)
        return any(
            _is_hub(each) and _group_of(each.pid) == group for each in psutil.Process(pid).parents()
        )
    except (psutil.Error, OSError):
        return False


def _is_hub(process: psutil.Process) -> bool:
    # The second word where the script is run by an interpreter.
    return "jupyterhub" in (PurePath(word).name for word in process.cmdline()[:2])


def _group_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cgroup").read_bytes()
