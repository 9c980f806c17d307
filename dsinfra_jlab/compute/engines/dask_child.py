"""Runs one module of Dask as a child that cannot outlive the agent.

``python -m dsinfra_jlab.compute.engines.dask_child MODULE ARGUMENTS…``: standard input is a pipe
of which only the agent has the other end. The module is run when a first byte comes: Dask is
imported meanwhile, beside what the agent has to prepare. When that end closes, however the agent
ended, this process kills what it has started and itself. Dask's own ways out take up to minutes.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
from contextlib import suppress

from .dask_import import import_dask

GO = b"g"
"""What the agent writes when everything is there that the module needs."""


def main(arguments: list[str]) -> None:
    """Wait for the word, watch the pipe and run the module."""
    pipe = os.dup(0)
    os.set_inheritable(pipe, False)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    import_dask()
    if os.read(pipe, 1) != GO:
        return  # the agent has gone
    threading.Thread(target=_end_with, args=(pipe,), daemon=True, name="end with agent").start()
    sys.argv = arguments
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


def _end_with(pipe: int) -> None:
    """Wait until the agent is gone, then end at once with every descendant."""
    with suppress(OSError):
        while os.read(pipe, 1):
            pass
    kill_tree(os.getpid())


def kill_tree(pid: int) -> None:
    """Kill a process and what it has started, first of all itself so that it starts no more."""
    import psutil

    with suppress(psutil.Error):
        root = psutil.Process(pid)
        is_own = pid == os.getpid()
        with suppress(psutil.Error):
            if not is_own:
                root.suspend()
        for child in root.children(recursive=True):
            with suppress(psutil.Error):
                # The guard of a kernel removes the kernel's folder when its worker is gone, and
                # ends by itself.
                if "dsinfra-guard" not in child.cmdline():
                    child.kill()
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1:])
