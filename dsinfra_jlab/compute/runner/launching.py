"""Starts the process of a kernel, in a private folder and under a guard."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from contextlib import suppress
from typing import Any

from . import limits

KERNEL_MARK = "DSINFRA_KERNEL"
"""Variable by which every process that was started by a kernel is known."""

JOB_MARK = "DSINFRA_JOB_ID"
"""Variable by which every process that was started by a job is known."""

PRIVATE_FOLDER = "DSINFRA_PRIVATE_FOLDER"
"""Variable with the folder that goes with the kernel, for what has to lie somewhere."""

PORTS = {"shell": 1, "iopub": 2, "stdin": 3, "control": 4, "hb": 5}
"""With the transport ``ipc`` a port is the end of the name of a socket."""

_LAUNCH = (
    "import os,signal,sys;"
    "signal.pthread_sigmask(signal.SIG_SETMASK,[]);"
    "signal.signal(signal.SIGINT,signal.SIG_DFL);"
    "os.execvp(sys.argv[1],sys.argv[1:])"
)
"""A child inherits which signals are blocked or ignored, and workers of some engines and detached
processes have the interrupt so. Only the child itself can undo that, and only before the kernel."""

_GUARD = """
read -r word
[ "$word" = done ] && exit 0
kill -KILL "-$1" 2>/dev/null
for each in /proc/[0-9]*; do
  grep -qs "$2" "$each/environ" && kill -KILL "${each#/proc/}" 2>/dev/null
done
rm -rf -- "$3"
"""
"""Waits for the end of the worker. A kernel in a long call of C cannot see it end by itself."""


class LaunchFailed(Exception):
    """A kernel cannot be started; its text says why and what to do."""


class Launched:
    """The process of a kernel, its private folder and its guard."""

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
            connection = self._write_connection(key)
            self.process = self._start(connection, extra)
            self._guard = self._start_guard()
        except OSError as problem:
            self._give_up()
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
        """Remove the folder and let the guard go; the process has ended."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._guard.stdin is not None:
            with suppress(OSError):
                self._guard.stdin.write(b"done\n")
                self._guard.stdin.flush()
            with suppress(OSError):
                self._guard.stdin.close()
        self._guard.wait()

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

    def _start(self, connection: str, extra: dict[str, str]) -> subprocess.Popen[bytes]:
        argv = [each.replace("{connection_file}", connection) for each in self.argv]
        name, _, value = self.mark.partition("=")
        environment = {**os.environ, **extra, name: value, "JPY_PARENT_PID": str(os.getpid())}
        environment.pop(JOB_MARK, None)
        with open(os.path.join(self.folder, "log"), "wb") as log:
            return subprocess.Popen(  # noqa: S603 — the command is the kernelspec's or our own
                [sys.executable, "-I", "-S", "-c", _LAUNCH, *argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
            )

    def _start_guard(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603
            [
                "/bin/sh",
                "-c",
                _GUARD,
                "dsinfra-guard",
                str(self.process.pid),
                self.mark,
                self.folder,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin"},
            start_new_session=True,
        )

    def _give_up(self) -> None:
        process = getattr(self, "process", None)
        if process is not None:
            process.kill()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


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
