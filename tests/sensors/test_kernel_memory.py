"""The memory of a kernel and what it has started."""

from __future__ import annotations

import subprocess
import sys
import time

from dsinfra_jlab.sensors import kernel_memory

HOLD = "import sys, time; block = bytearray(60_000_000); print('ready', flush=True); time.sleep(60)"
PARENT = (
    "import subprocess, sys, time\n"
    f"child = subprocess.Popen([sys.executable, '-c', {HOLD!r}], stdout=subprocess.PIPE)\n"
    "child.stdout.readline()\n"
    "print('ready', flush=True)\n"
    "sys.stdin.read()\n"
    "child.kill()\n"
    "child.wait()\n"
)


def test_children_count_and_the_dead_do_not() -> None:
    kernel = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert kernel.stdout is not None and kernel.stdin is not None
    try:
        kernel.stdout.readline()
        found = kernel_memory.tree_rss(kernel.pid)
        portable = kernel_memory._descendants_rss(kernel.pid)
        assert found is not None and portable is not None
        assert 60_000_000 < found < 500_000_000
        assert abs(found - portable) < 5_000_000
    finally:
        kernel.stdin.close()
        kernel.stdout.close()
        kernel.wait(10)
    deadline = time.monotonic() + 5
    while kernel_memory.tree_rss(kernel.pid) is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert kernel_memory.tree_rss(kernel.pid) is None
    assert kernel_memory._descendants_rss(kernel.pid) is None
