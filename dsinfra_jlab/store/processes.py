"""Whether a process of this machine is still the one it was."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["birth_of", "is_alive"]

_START_TIME_FIELD = 19
"""Place of the start time in ``/proc/<pid>/stat``, counted from after the name."""


def birth_of(pid: int) -> str:
    """Return what tells this process from another that gets the same pid, ``""`` if unknown.

    It is the boot and the tick of it in which the process began.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{stat.rpartition(')')[2].split()[_START_TIME_FIELD]}"
    except (OSError, IndexError):
        return ""


def is_alive(pid: int, birth: str) -> bool:
    """Whether the process with this pid and birth still runs here."""
    if pid <= 0:
        return False
    now = birth_of(pid)
    if now and birth:
        return now == birth
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    except OSError:
        return False
    return True
