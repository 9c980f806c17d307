"""Starts the process of a kernel, in a private folder and under a guard."""

from __future__ import annotations

import functools
import json
import linecache
import marshal
import math
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from types import CodeType
from typing import IO, Any

from . import guard, limits

KERNEL_MARK = "DSINFRA_KERNEL"
"""Variable by which every process that was started by a kernel is known."""

JOB_MARK = "DSINFRA_JOB_ID"
"""Variable by which every process that was started by a job is known."""

PRIVATE_FOLDER = "DSINFRA_PRIVATE_FOLDER"
"""Variable with the folder that goes with the kernel, for what has to lie somewhere."""

PORTS = {"shell": 1, "iopub": 2, "stdin": 3, "control": 4, "hb": 5}
"""With the transport ``ipc`` a port is the end of the name of a socket."""

_SIZE_BYTES = 8
_BEGIN_GUARD = f"""
import marshal, os
def read(size):
    found = b""
    while len(found) < size:
        came = os.read(0, size - len(found))
        if not came:
            os._exit(1)
        found += came
    return found
code, given = marshal.loads(read(int.from_bytes(read({_SIZE_BYTES}), "little")))
names = {{"__name__": "dsinfra_guard"}}
exec(code, names)
names["guard"](given)
"""
"""The guard's text and what it is given come on its input: command lines are seen by everybody.
Not a byte more is read: what follows is for the guard."""


class LaunchFailed(Exception):
    """A kernel cannot be started; its text says why and what to do."""


class Launched:
    """The process of a kernel, its private folder, and the guard between it and the worker."""

    def __init__(self, argv: list[str] | None, extra: dict[str, str], key: str) -> None:
        """Start it.

        Raises
        ------
        LaunchFailed
            There is no room for its folder, or no process can be made.
        """
        self.argv = argv or own_argv()
        self.mark = f"{KERNEL_MARK}={uuid.uuid4().hex}"
        try:
            self.folder = private_folder()
        except OSError as problem:
            raise LaunchFailed(f"No private folder for the kernel: {problem}.") from None
        try:
            self.process = self._start(self._write_connection(key), extra)
        except OSError as problem:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise LaunchFailed(f"The kernel cannot be started: {problem}.") from None

    def endpoint(self, channel: str) -> str:
        """Return where a channel of the kernel listens."""
        return f"ipc://{self.folder}/k-{PORTS[channel]}"

    def log_tail(self) -> str:
        """Return the end of what the process wrote by itself."""
        try:
            with open(os.path.join(self.folder, "log"), "rb") as file:
                file.seek(max(0, os.fstat(file.fileno()).st_size - limits.LOG_TAIL_BYTES))
                return file.read().decode("utf-8", "replace").strip()
        except OSError:
            return ""

    def clear(self) -> None:
        """Remove the folder and end the guard; nothing is left of the kernel by now."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.process.close()

    def _write_connection(self, key: str) -> str:
        path = os.path.join(self.folder, "connection.json")
        ports = {f"{name}_port": number for name, number in PORTS.items()}
        content = {
            "transport": "ipc",
            "ip": os.path.join(self.folder, "k"),
            "key": key,
            "signature_scheme": "hmac-sha256",
            **ports,
        }
        with open(path, "w", encoding="utf-8") as file:
            json.dump(content, file)
        return path

    def _start(self, connection: str, extra: dict[str, str]) -> GuardedProcess:
        name, _, value = self.mark.partition("=")
        environment = {**os.environ, **extra, name: value}
        environment.pop(JOB_MARK, None)
        given = {
            "argv": [each.replace("{connection_file}", connection) for each in self.argv],
            "environment": environment,
            "mark": self.mark,
            "folder": self.folder,
        }
        with open(os.path.join(self.folder, "log"), "wb") as log:
            return GuardedProcess(given, log)


class GuardedProcess:
    """The process of a kernel, as its guard tells of it."""

    def __init__(self, given: dict[str, Any], log: IO[bytes]) -> None:
        """Start both.

        Raises
        ------
        OSError
            No process can be made, or the guard has ended at once.
        """
        self.pid = 0
        """Number of the kernel's process and of its group; 0 until it was said."""
        self.returncode: int | None = None
        """How it ended, negative for a signal; it is said once."""
        self._said = b""
        self._guard = subprocess.Popen(  # noqa: S603 - our own text
            [sys.executable, "-I", "-S", "-c", _BEGIN_GUARD, "dsinfra-guard"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            bufsize=0,
        )
        self.guard_pid = self._guard.pid
        """Everything of the kernel is below it where the system can have it so."""
        try:
            text = marshal.dumps((_guard_code(), given))
            _write_all(self._guard.stdin, len(text).to_bytes(_SIZE_BYTES, "little") + text)
        except OSError:
            self.close()
            raise

    def fileno(self) -> int:
        """Return the file that becomes readable when there is news of the process."""
        assert self._guard.stdout is not None
        return self._guard.stdout.fileno()

    def find(self, seconds: float) -> bool:
        """Wait so long for the number of the process; return whether it is known."""
        self._hear_until(lambda: self.pid > 0, seconds)
        return self.pid > 0

    def poll(self) -> int | None:
        """Return how it ended, ``None`` if it still runs."""
        return self.wait(0.0)

    def wait(self, seconds: float) -> int | None:
        """Wait so long for its end; return the exit code, ``None`` if it still runs."""
        self._hear_until(lambda: False, seconds)
        return self.returncode

    @property
    def is_guarded(self) -> bool:
        """Whether the guard is there; as long as it is nobody else gets the process's number."""
        return self._guard.poll() is None

    def kill(self) -> None:
        """Kill the process itself."""
        if self.is_guarded and self.pid:
            with suppress(OSError):
                os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the guard, which has nothing to guard any more."""
        if self.is_guarded:
            with suppress(OSError):
                os.kill(self.guard_pid, signal.SIGCONT)  # the job may have stopped it
                _write_all(self._guard.stdin, b"done")
            with suppress(subprocess.TimeoutExpired):
                # One that has not said a number may be about to start a kernel.
                self._guard.wait(limits.POLITE_END_S if self.pid else limits.START_S)
            self._guard.kill()
            self._guard.wait()
        for file in (self._guard.stdin, self._guard.stdout):
            if file is not None:
                with suppress(OSError):
                    file.close()

    def _hear_until(self, is_enough: Callable[[], bool], seconds: float) -> None:
        """Take in what the guard says."""
        deadline = time.monotonic() + seconds
        while self.returncode is None and not is_enough():
            left_s = max(0.0, deadline - time.monotonic())
            if not is_readable(self.fileno(), left_s):
                return
            came = os.read(self.fileno(), 4096)
            *lines, self._said = (self._said + came).split(b"\n")
            for line in lines:
                word, _, number = line.partition(b" ")
                if word == b"pid":
                    self.pid = int(number)
                elif word == b"exit":
                    self.returncode = int(number)
            if not came and self.returncode is None:
                # Somebody has ended the guard, and the kernel ends itself without it.
                self.returncode = -signal.SIGKILL


@functools.lru_cache(maxsize=1)
def _guard_code() -> CodeType:
    """Return the compiled text of the guard; on a worker it is in memory only."""
    # linecache: on a worker the text was never a file.
    text = "".join(linecache.getlines(guard.__file__))
    return compile(text, "<dsinfra guard>", "exec", dont_inherit=True)


def is_readable(file: int, seconds: float) -> bool:
    """Wait so long until something can be read from a file; return whether it can."""
    # Not select.select: it takes no file with a number above 1,023.
    poller = select.poll()
    poller.register(file, select.POLLIN)
    return bool(poller.poll(math.ceil(seconds * 1000)))


def _write_all(file: IO[bytes] | None, content: bytes) -> None:
    assert file is not None
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


def own_argv() -> list[str]:
    """Return the command for a kernel of the worker's own Python."""
    return [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]


def full_argv(argv: Any) -> list[str]:
    """Return the command of a kernel: that of a kernelspec, or our own.

    Its history is kept nowhere: cells of a job are no cells that somebody typed here, and many
    kernels at once would wait for each other's locks.
    """
    found = [str(each) for each in argv] if argv else own_argv()
    if any(each.startswith("ipykernel") for each in found):
        found.append("--HistoryManager.hist_file=:memory:")
    return found


def private_folder() -> str:
    """Make a folder that only this user can look into, with a path short enough for sockets."""
    base = tempfile.gettempdir()
    if len(base) > limits.SOCKET_FOLDER_MAX_CHARS:
        base = "/tmp"  # noqa: S108 — mkdtemp makes the folder private
    return tempfile.mkdtemp(prefix="dsinfra-", dir=base)


def why_not_started(launched: Launched, exit_code: int | None) -> str:
    """Return, for a person, why a kernel did not start."""
    tail = launched.log_tail()
    program = launched.argv[0]
    if "No module named ipykernel" in tail:
        return (
            f"ipykernel is not installed in the environment of {program}. Install it there:"
            f" {program} -m pip install ipykernel"
        )
    if ", in execvp" in tail:
        return f"The kernel's command cannot be run: {program}: {tail.splitlines()[-1]}"
    if exit_code is None:
        words = f"The kernel did not answer within {limits.START_S:.0f} s."
    else:
        words = f"The kernel ended while it started (exit code {exit_code})."
    return f"{words} It wrote:\n{tail}" if tail else f"{words} It wrote nothing."


def has_start_only(environment: dict[str, str]) -> bool:
    """Return whether some variables are read only when a process starts."""
    return any(name.startswith(("PYTHON", "LD_", "DYLD_", "IPYTHON")) for name in environment)


def thread_caps(cpus: int | None) -> dict[str, str]:
    """Return the variables that keep libraries from starting a thread for every core there is."""
    names = (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "BLIS_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "NUMEXPR_MAX_THREADS",
        "NUMBA_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "POLARS_MAX_THREADS",
        "RAYON_NUM_THREADS",
    )
    return dict.fromkeys(names, str(cpus)) if cpus else {}
