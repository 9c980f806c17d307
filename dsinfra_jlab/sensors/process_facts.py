"""What a process is called and where it works, if it is of the account this server runs under."""

from __future__ import annotations

import os

import psutil

_PROC = "/proc"
_NAME_BYTES = 64


def own_name(pid: int, proc: str = _PROC) -> str | None:
    """Return what the system calls a process; ``None`` if it is another account's or has gone.

    Its command line is not read: it may hold secrets, and reading it may have to wait.
    """
    if not os.path.isdir(proc):
        return _own_name_elsewhere(pid)
    try:
        if os.stat(f"{proc}/{pid}").st_uid != os.getuid():
            return None
        with open(f"{proc}/{pid}/comm", "rb", buffering=0) as file:
            return file.read(_NAME_BYTES).decode("utf-8", "replace").strip()
    except OSError:
        return None


def _own_name_elsewhere(pid: int) -> str | None:
    try:
        process = psutil.Process(pid)
        return process.name() if process.username() == psutil.Process().username() else None
    except (psutil.Error, OSError):
        return None


def workplace(pid: int) -> tuple[str, float] | None:
    """Return the folder a process works in and the Unix time it began, ``None`` if not known."""
    try:
        process = psutil.Process(pid)
        return process.cwd(), process.create_time()
    except (psutil.Error, OSError, ValueError):
        return None
