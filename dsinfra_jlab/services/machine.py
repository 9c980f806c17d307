"""What this machine says of its processes."""

from __future__ import annotations

from pathlib import Path


def birth_of(pid: int) -> str:
    """Return what tells this process from an earlier or later one with the same id.

    Empty where the machine does not say, or there is no such process.
    """
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
    # The name before the last bracket may hold blanks; field 22 is the start in clock ticks.
    started = status.rpartition(")")[2].split()[19]
    return f"{boot}:{started}"
