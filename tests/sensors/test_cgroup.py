"""Memory limits, read from made-up ``/proc`` and ``/sys`` trees as real machines have them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dsinfra_jlab.sensors.cgroup import ControlGroups, CpuLimit, read_memory_limit

GB = 1_000_000_000
PID = 42

V2_MOUNT = "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw"
V1_MOUNT = "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"
MEMINFO = "MemTotal: 16000000 kB\nMemFree: 100 kB\nMemAvailable: 6000000 kB\n"


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, content in {"proc/meminfo": MEMINFO, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def v2(own: str, files: dict[str, str]) -> dict[str, str]:
    below = {f"sys/fs/cgroup{name}": content for name, content in files.items()}
    return {f"proc/{PID}/cgroup": f"0::{own}\n", "proc/self/mountinfo": V2_MOUNT + "\n", **below}


def test_version_2_counts_what_cannot_be_dropped_at_once(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        v2(
            "/job",
            {
                "/job/memory.max": "4000000000\n",
                "/job/memory.current": "3900000000\n",
                "/job/memory.stat": "anon 3000000000\ninactive_file 900000000\n",
                "/job/memory.events": "low 0\nhigh 0\nmax 7\noom 1\noom_kill 1\n",
            },
        ),
    )
    found = read_memory_limit(PID, root)
    assert found is not None
    assert (found.used_bytes, found.limit_bytes) == (3 * GB, 4 * GB)
    assert (found.source, found.oom_kills) == ("/job", 1)


def test_the_tightest_group_above_counts(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        v2(
            "/user/job",
            {
                "/user/job/memory.max": "max\n",
                "/user/job/memory.current": "5\n",
                "/user/job/memory.events": "oom_kill 3\n",
                "/user/memory.max": "2000000000\n",
                "/user/memory.current": "1000000000\n",
                "/user/memory.events": "oom_kill 9\n",
            },
        ),
    )
    found = read_memory_limit(PID, root)
    assert found is not None
    assert (found.limit_bytes, found.used_bytes, found.source) == (2 * GB, GB, "/user")
    assert found.oom_kills == 3, "kills are those of its own group"


def test_version_1_beside_an_empty_version_2(tmp_path: Path) -> None:
    folder = "sys/fs/cgroup/memory/docker/abc"
    root = tree(
        tmp_path,
        {
            f"proc/{PID}/cgroup": "4:memory:/docker/abc\n1:cpu:/\n0::/\n",
            "proc/self/mountinfo": f"{V1_MOUNT}\n41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 "
            "cgroup2 rw\n",
            f"{folder}/memory.limit_in_bytes": "1000000000\n",
            f"{folder}/memory.usage_in_bytes": "900000000\n",
            f"{folder}/memory.stat": "cache 1\ntotal_inactive_file 100000000\n",
            f"{folder}/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        },
    )
    found = read_memory_limit(PID, root)
    assert found is not None
    assert (found.used_bytes, found.limit_bytes, found.oom_kills) == (800_000_000, GB, 2)


def test_a_container_that_sees_only_its_own_part(tmp_path: Path) -> None:
    """The path in ``/proc`` is that of the host, and the mount begins below it."""
    mount = "30 23 0:26 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup2 rw"
    root = tree(
        tmp_path,
        {
            f"proc/{PID}/cgroup": "0::/docker/abc\n",
            "proc/self/mountinfo": mount + "\n",
            "sys/fs/cgroup/memory.max": "3000000000\n",
            "sys/fs/cgroup/memory.current": "1000000000\n",
        },
    )
    found = read_memory_limit(PID, root)
    assert found is not None
    assert found.limit_bytes == 3 * GB


def test_without_a_limit_the_machine_is_one(tmp_path: Path) -> None:
    root = tree(tmp_path, v2("/job", {"/job/memory.max": "max\n", "/job/memory.current": "5\n"}))
    found = read_memory_limit(PID, root)
    assert found is not None
    assert (found.source, found.limit_bytes) == ("machine", 16_000_000 * 1024)
    assert found.used_bytes == 10_000_000 * 1024
    assert found.oom_kills is None


def test_a_limit_above_the_machine_is_none(tmp_path: Path) -> None:
    root = tree(tmp_path, v2("/job", {"/job/memory.max": str(1 << 45)}))
    found = read_memory_limit(PID, root)
    assert found is not None
    assert found.source == "machine"


@pytest.mark.parametrize("content", ["", "nonsense", "0::\n::\n4:memory\n", "\x00\xff"])
def test_nonsense_is_unknown(tmp_path: Path, content: str) -> None:
    root = tree(tmp_path, {f"proc/{PID}/cgroup": content, "proc/meminfo": content})
    assert read_memory_limit(PID, root) is None


def test_this_very_process() -> None:
    found = read_memory_limit(os.getpid())
    assert found is not None
    assert found.limit_bytes is not None and found.limit_bytes > 10_000_000
    assert found.used_bytes is not None and 0 < found.used_bytes <= found.limit_bytes


# CPUs


def cpu(root: Path) -> CpuLimit | None:
    groups = ControlGroups(root)
    return groups.cpu(groups.of(PID))


def test_the_tightest_quota_above_counts(tmp_path: Path) -> None:
    stat = "usage_usec 5000000\nnr_periods 100\nnr_throttled 25\nthrottled_usec 9\n"
    root = tree(
        tmp_path,
        v2(
            "/user/job",
            {
                "/user/job/cpu.max": "max 100000\n",
                "/user/job/cpu.stat": "usage_usec 1\n",
                "/user/cpu.max": "250000 100000\n",
                "/user/cpu.stat": stat,
            },
        ),
    )
    assert cpu(root) == CpuLimit(2.5, "/user", 5.0, 100, 25)


def test_version_1_tells_quota_and_use_in_two_hierarchies(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        {
            f"proc/{PID}/cgroup": "5:cpu:/docker/abc\n4:cpuacct:/docker/abc\n0::/\n",
            "proc/self/mountinfo": (
                "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
                "33 31 0:30 / /sys/fs/cgroup/cpuacct rw - cgroup cgroup rw,cpuacct\n"
                "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
            ),
            "sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us": "150000\n",
            "sys/fs/cgroup/cpu/docker/abc/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/cpu/docker/abc/cpu.stat": "nr_periods 10\nnr_throttled 1\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/cpuacct/docker/abc/cpuacct.usage": "3500000000\n",
        },
    )
    assert cpu(root) == CpuLimit(1.5, "/docker/abc", 3.5, 10, 1)


@pytest.mark.parametrize("quota", ["max 100000", "", "nonsense", "-1 100000", "100000 0", "0 0"])
def test_no_quota_is_no_limit(tmp_path: Path, quota: str) -> None:
    assert cpu(tree(tmp_path, v2("/job", {"/job/cpu.max": quota}))) is None


# Where groups are


def test_rootless_podman_sees_its_own_group_as_the_root(tmp_path: Path) -> None:
    """In a namespace of control groups paths lead out of it, and so does the mount's own root."""
    root = tree(
        tmp_path,
        {
            f"proc/{PID}/cgroup": "0::/\n",
            "proc/self/mountinfo": "30 23 0:26 /../.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
            "sys/fs/cgroup/memory.max": "2000000000\n",
            "sys/fs/cgroup/memory.current": "500000000\n",
            "sys/fs/cgroup/memory.stat": "inactive_file 100000000\n",
            "sys/fs/cgroup/cpu.max": "50000 100000\n",
        },
    )
    found = read_memory_limit(PID, root)
    assert found is not None
    assert (found.used_bytes, found.limit_bytes) == (400_000_000, 2 * GB)
    assert cpu(root) == CpuLimit(0.5, "/", None, None, None)


def test_rootless_podman_without_delegation_has_the_machine(tmp_path: Path) -> None:
    """The controllers were not handed down: the group has no file of memory at all."""
    own = "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-abc.scope/container"
    root = tree(tmp_path, v2(own, {f"{own}/cgroup.procs": "42\n"}))
    found = read_memory_limit(PID, root)
    assert found is not None
    assert (found.source, found.oom_kills) == ("machine", None)


def test_a_path_that_leads_out_of_what_is_mounted_is_not_followed(tmp_path: Path) -> None:
    files = v2("/../../other", {"/memory.max": "7000\n", "/memory.current": "5\n"})
    files["sys/other/memory.max"] = "3\n"
    found = read_memory_limit(PID, tree(tmp_path, files))
    assert found is not None
    assert found.limit_bytes == 7000


def test_blanks_in_the_path_of_the_mount(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        {
            f"proc/{PID}/cgroup": "0::/job\n",
            "proc/self/mountinfo": "30 23 0:26 / /my\\040cgroup rw - cgroup2 cgroup2 rw\n",
            "my cgroup/job/memory.max": "9000\n",
        },
    )
    found = read_memory_limit(PID, root)
    assert found is not None
    assert (found.limit_bytes, found.used_bytes) == (9000, None)


def test_kills_are_still_counted_when_the_process_has_gone(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        v2("/job", {"/job/memory.max": "9000\n", "/job/memory.events": "oom_kill 0\n"}),
    )
    control = ControlGroups(root)
    groups = control.of(PID)
    (root / "proc" / str(PID) / "cgroup").unlink()
    (root / "sys/fs/cgroup/job/memory.events").write_text("oom_kill 1\n")
    found = control.memory(groups)
    assert found is not None
    assert found.oom_kills == 1
