"""The guard of a kernel: its parent, from which nothing that it starts can get away.

This text is run by itself in a process of its own between worker and kernel, so it imports nothing
of ours, and little of anything: a kernel waits for it. It says ``pid N`` and later ``exit N`` on
its standard output. When its standard input ends, the worker has gone: then it kills everything
and removes the kernel's folder. Otherwise the worker does that, and says last of all that it is
done.

A process whose parent has ended becomes a child of init, and nothing tells any more who started
it: a daemon that forks twice and has emptied its environment cannot be found. On Linux a process
may ask to be that new parent for all below it, so whatever the kernel starts stays below here.
Elsewhere what is started is known by its group and by a variable in its environment.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
from typing import Any

QUICK_ROUNDS = 50
"""So many looks for what is left follow each other closely: something may fork meanwhile."""

QUICK_S = 0.002
"""Between two of these, in seconds."""

SLOW_ROUNDS = 200
"""So many more follow; what a disk that does not answer holds cannot be killed."""

SLOW_S = 0.05
"""Between two of these, in seconds: a process with much memory takes a while to go."""

PR_SET_CHILD_SUBREAPER = 36


def guard(given: dict[str, Any]) -> None:
    """Start a kernel and watch over all that comes of it until the worker is gone."""
    wake, wake_end = os.pipe()
    for file in (wake, wake_end):
        os.set_blocking(file, False)
    signal.set_wakeup_fd(wake_end)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    kernel = _start(given)
    # The kernel loads meanwhile; nobody speaks to it before its number is said.
    adopt_orphans()
    _say(f"pid {kernel}")
    has_said = False
    while True:
        ready, _, _ = select.select([0, wake], [], [])
        if wake in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(wake, 4096)
        code = _exit_code(kernel)
        if code is not None and not has_said:
            has_said = True
            _say(f"exit {code}")
        _bury(kernel)
        if 0 in ready:
            if not os.read(0, 4096):
                break
            if _exit_code(kernel) is None:
                # It was given up before the worker knew of it.
                _kill_all(kernel, str(given["mark"]).encode())
            _bury(None)
            os._exit(0)  # the worker waits: no ceremonies
    _kill_all(kernel, str(given["mark"]).encode())
    _remove(str(given["folder"]))


def adopt_orphans() -> bool:
    """Become the parent of all below whose own has ended; return whether the system can that."""
    try:
        import ctypes

        numbers = map(ctypes.c_ulong, (1, 0, 0, 0))
        return bool(ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, *numbers) == 0)
    except (ImportError, OSError, AttributeError):
        return False


def _start(given: dict[str, Any]) -> int:
    """Start the kernel, as a group of its own."""
    argv, environment = given["argv"], dict(given["environment"])
    environment["JPY_PARENT_PID"] = str(os.getpid())
    kernel = os.fork()
    if kernel:
        return kernel
    try:
        # Inherited from the worker: some engines have the interrupt blocked or ignored.
        signal.set_wakeup_fd(-1)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        os.execvpe(argv[0], argv, environment)  # noqa: S606 - the command of a kernelspec
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(1)


def _say(line: str) -> None:
    with contextlib.suppress(OSError):  # the worker has gone; that is seen at once
        os.write(1, f"{line}\n".encode())


def _exit_code(pid: int) -> int | None:
    """Return how a child ended, negative for a signal; its number stays taken."""
    try:
        found = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except AttributeError:  # a system without it
        return _exit_code_taken(pid)
    if found is None:
        return None
    return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status


def _exit_code_taken(pid: int) -> int | None:
    """The same where it can be asked for once only."""
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return 0  # it was said before
    return os.waitstatus_to_exitcode(status) if ended else None


def _bury(kernel: int | None) -> None:
    """Take note of the end of every child but the kernel, or they would stay as zombies.

    Not every container has an init that would do so later.
    """
    if kernel is None:
        with contextlib.suppress(OSError):
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
    for pid in children(os.getpid()):
        if pid != kernel:
            with contextlib.suppress(OSError):
                os.waitpid(pid, os.WNOHANG)


def children(pid: int) -> list[int]:
    """Return the processes that the threads of one have started; empty where nothing tells."""
    found: list[int] = []
    with contextlib.suppress(OSError, ValueError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                found += map(int, file.read().split())
    return found


def kill_below(pid: int) -> int:
    """Kill everything below a process as fast as it can be found; return how many there were.

    What forks on and on is no more there by the time that a table of all processes is read.
    """
    killed = 0
    for child in children(pid):
        with contextlib.suppress(OSError):
            # Before what is below it: it starts nothing more then.
            os.kill(child, signal.SIGKILL)
        killed += 1 + kill_below(child)
    return killed


def _kill_all(kernel: int, mark: bytes) -> None:
    from time import sleep

    for round_ in range(QUICK_ROUNDS + SLOW_ROUNDS):
        with contextlib.suppress(OSError):
            os.killpg(kernel, signal.SIGKILL)
        kill_below(os.getpid())
        # What was below one that has ended is ours by then.
        has_ended = _exit_code(kernel) is not None
        _bury(kernel)
        left = [pid for pid in children(os.getpid()) if pid != kernel]
        if has_ended and not left and not _kill_marked(mark):
            break
        sleep(QUICK_S if round_ < QUICK_ROUNDS else SLOW_S)
    _bury(None)


def _kill_marked(mark: bytes) -> int:
    """Kill what bears the mark of the kernel; return how many there were."""
    killed = 0
    try:
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                is_ours = mark in file.read().split(b"\0")
            if is_ours:
                os.kill(pid, signal.SIGKILL)
                killed += 1
        except OSError:
            continue  # another user's, or gone
    return killed


def _remove(folder: str) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
