"""A plain process with an IPython shell in it that packs, takes in, sends back and lands.

Run as a script it is that process, which needs nothing but the standard library and IPython
beside the package; imported, it starts one and talks to it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def sent(here: Process, there: Process, job: Path, code: str, **more: Any) -> dict[str, Any]:
    """Send a cell, run it there, and write what it leaves."""
    answer = here.pack(job, code, **more)
    assert answer["ok"], answer
    taken = there.take_in(job)
    assert taken["ok"], taken
    there.ok(code)
    return there.send_back(job, code)


def names_of(told: list[dict[str, Any]]) -> list[str]:
    return [each["name"] for each in told]


class Process:
    """Another process: ``run`` code in it, and ask its remote side."""

    def __init__(self, folder: Path, python: str = sys.executable, name: str = "process") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.child = subprocess.Popen(
            [python, str(Path(__file__)), str(ROOT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None,
            cwd=folder,
            text=True,
            env={**os.environ, "IPYTHONDIR": str(folder / f".{name}"), "PYTHONHASHSEED": "random"},
        )

    def ask(self, do: str, given: Any = None) -> Any:
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.write(json.dumps({"do": do, "given": given}) + "\n")
        self.child.stdin.flush()
        line = self.child.stdout.readline()
        assert line, "the process has ended"
        return json.loads(line)

    def run(self, code: str) -> str:
        """Run a cell; return the name of the error that ended it, empty if there is none."""
        return str(self.ask("run", code))

    def ok(self, code: str) -> None:
        error = self.run(code)
        assert not error, error

    def value(self, expression: str) -> Any:
        """Return what an expression is, which JSON has to be able to hold."""
        found = self.ask("value", expression)
        assert "error" not in found, found["error"]
        return found["value"]

    def pack(self, job: Path, code: str, **more: Any) -> dict[str, Any]:
        """Pack what some code needs; the job is called after its folder."""
        request = {"job_id": job.name, "folder": str(job), "code": code, **more}
        job.mkdir(parents=True, exist_ok=True)
        found: dict[str, Any] = json.loads(self.ask("pack", json.dumps(request)))
        return found

    def take_in(self, job: Path) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.ask("take_in", str(job)))
        return found

    def send_back(self, job: Path, code: str, **more: Any) -> dict[str, Any]:
        request = {"folder": str(job), "code": code, **more}
        found: dict[str, Any] = json.loads(self.ask("send_back", json.dumps(request)))
        return found

    def land(self, job: Path, **more: Any) -> dict[str, Any]:
        request = {"job_id": job.name, "folder": str(job), **more}
        found: dict[str, Any] = json.loads(self.ask("land", json.dumps(request)))
        return found

    def told(self) -> list[dict[str, Any]]:
        """Return the events that it has published since it was last asked."""
        found: list[dict[str, Any]] = self.ask("told")
        return found

    def reset(self) -> None:
        """Forget every name, and every job."""
        self.ask("reset")

    def end(self) -> None:
        assert self.child.stdin is not None
        self.child.stdin.close()
        self.child.wait(30)
        assert self.child.stdout is not None
        self.child.stdout.close()


def _serve() -> None:
    sys.path.insert(0, sys.argv[1])
    sys.path[:] = [each for each in sys.path if each != str(Path(__file__).parent)]
    sys.path.insert(0, "")
    from IPython.core.interactiveshell import InteractiveShell

    from dsinfra_jlab.kernel.remote_side import RemoteSide

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    shell = InteractiveShell.instance()
    shell.user_module.__dict__["__name__"] = "__main__"
    sys.modules["__main__"] = shell.user_module
    told: list[dict[str, Any]] = []
    side = RemoteSide(shell, told.append)

    def value(expression: str) -> dict[str, Any]:
        try:
            return {"value": eval(expression, shell.user_ns)}
        except Exception as failure:
            return {"error": f"{type(failure).__name__}: {failure}"}

    for line in sys.stdin:
        request = json.loads(line)
        do, given = request["do"], request["given"]
        if do == "run":
            done = shell.run_cell(given)
            error = done.error_before_exec or done.error_in_exec
            answer: Any = type(error).__name__ if error is not None else ""
        elif do == "value":
            answer = value(given)
        elif do == "told":
            answer = list(told)
            told.clear()
        elif do == "reset":
            shell.reset()
            told.clear()
            side = RemoteSide(shell, told.append)
            answer = None
        else:
            answer = getattr(side, do)(given)
        answers.write(json.dumps(answer, default=lambda number: number.item()) + "\n")
        answers.flush()


if __name__ == "__main__":
    # A test run in the background ignores Ctrl-C, and its children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _serve()
