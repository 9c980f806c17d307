"""What is said of the death of a kernel, and what is not."""

from __future__ import annotations

import pytest

from dsinfra_jlab.domain.errors.deaths import death_of, is_under_pressure
from dsinfra_jlab.domain.errors.occurrences import Category, MemoryPoint, ResourceState

GB = 1_000_000_000


def state(used: int | None, kills: int | None = None, peak: int = 0) -> ResourceState:
    trail = [MemoryPoint(1.0, peak)] if peak else []
    return ResourceState(
        memory_used_bytes=used, memory_limit_bytes=4 * GB, oom_kills=kills, trail=trail
    )


@pytest.mark.parametrize(
    ("returncode", "resources", "ename", "sentence", "category"),
    [
        (None, None, "KernelDied", "the kernel died", "kernel_crash"),
        (0, None, "KernelExited", "the kernel process exited with code 0", "kernel_crash"),
        (
            1,
            state(4 * GB, 1),
            "KernelExited",
            "the kernel process exited with code 1",
            "kernel_crash",
        ),
        (-9, None, "KernelKilled", "killed by SIGKILL", "kernel_crash"),
        (-9, state(GB), "KernelKilled", "killed by SIGKILL", "kernel_crash"),
        (
            -9,
            state(GB, 0, 3_880_000_000),
            "KernelKilled",
            "killed by SIGKILL, memory at 97 % of the limit",
            "kernel_crash",
        ),
        (-9, state(GB, 1), "KernelOutOfMemory", "killed, out of memory (limit 4.0 GB)", "memory"),
        (-15, state(GB, 1), "KernelKilled", "killed by SIGTERM", "kernel_crash"),
        (-11, state(4 * GB, 1), "KernelCrashed", "crashed (SIGSEGV)", "kernel_crash"),
        (-6, None, "KernelCrashed", "crashed (SIGABRT)", "kernel_crash"),
        (-250, None, "KernelKilled", "killed by signal 250", "kernel_crash"),
    ],
)
def test_no_more_is_claimed_than_is_known(
    returncode: int | None,
    resources: ResourceState | None,
    ename: str,
    sentence: str,
    category: str,
) -> None:
    death = death_of(returncode, resources)
    assert (death.ename, death.sentence) == (ename, sentence)
    assert death.category is Category(category)


def test_pressure() -> None:
    assert is_under_pressure(state(3_700_000_000))
    assert is_under_pressure(state(None, peak=3_700_000_000))
    assert not is_under_pressure(state(3_500_000_000))
    assert not is_under_pressure(ResourceState(memory_used_bytes=GB))
    assert not is_under_pressure(None)
