"""``%dsinfra``, ``%runs``, ``%experiment``, ``%log_metric``, ``%log_param`` and ``%%remote``."""

from __future__ import annotations

import ast
from typing import Any, Callable

_USAGE = "dsinfra: use %dsinfra status, %dsinfra on, %dsinfra off or %dsinfra release."


class Magics:
    """The magics, and what they replaced."""

    def __init__(self, shell: Any, probe: Any) -> None:
        self._shell = shell
        self._probe = probe
        self._replaced: dict[tuple[str, str], Any] = {}
        self._functions: dict[tuple[str, str], Callable[..., Any]] = {
            ("line", "dsinfra"): self._dsinfra,
            ("line", "runs"): self._runs,
            ("line", "experiment"): self._experiment,
            ("line", "log_metric"): self._log_metric,
            ("line", "log_param"): self._log_param,
            ("cell", "remote"): self._remote,
        }

    def register(self) -> None:
        """Make the magics known; those of the same name come back with ``unregister``."""
        known = self._shell.magics_manager.magics
        for (kind, name), function in self._functions.items():
            self._replaced[kind, name] = known[kind].get(name)
            known[kind][name] = function

    def unregister(self) -> None:
        """Take the magics back."""
        known = self._shell.magics_manager.magics
        for (kind, name), before in self._replaced.items():
            known[kind].pop(name, None)
            if before is not None:
                known[kind][name] = before
        self._replaced.clear()

    def _dsinfra(self, line: str) -> None:
        """Show whether this kernel is recorded, or turn that on or off, or free memory.

        ``%dsinfra status``, ``%dsinfra on``, ``%dsinfra off``; ``%dsinfra release`` forgets the
        last error, whose traceback keeps what its calls worked on.
        """
        word = line.strip() or "status"
        if word == "status":
            self._print_status()
        elif word == "on":
            self._probe.turn_on()
            print("dsinfra: recording is on from the next cell.")
        elif word == "off":
            self._probe.turn_off()
            print("dsinfra: recording from inside this kernel is off.")
        elif word == "release":
            held = self._probe.release()
            print(f"dsinfra: the last error is forgotten, which frees about {held:,} bytes.")
        else:
            print(_USAGE)

    def _print_status(self) -> None:
        from .loading import describe_server

        if not self._probe.recorder.is_on:
            print("dsinfra: recording from inside this kernel is off; %dsinfra on turns it on.")
            return
        print(describe_server(self._probe))

    def _runs(self, line: str) -> Any:
        """Show the runs of this experiment: ``%runs``, ``%runs metric.acc>0.9``."""
        from . import api

        return api.runs(line.strip())

    def _experiment(self, line: str) -> None:
        """Name the experiment that runs belong to from now on: ``%experiment NAME``.

        Without a name it is the notebook's again.
        """
        from . import api

        api.experiment(line.strip() or None)

    def _log_metric(self, line: str) -> None:
        """Record a point of a metric: ``%log_metric acc 0.91``, ``%log_metric acc correct / n``."""
        from . import api

        key, _, expression = line.strip().partition(" ")
        if not expression.strip():
            print("dsinfra: use %log_metric NAME VALUE.")
            return
        api.log_metric(key, self._shell.ev(expression.strip()))

    def _log_param(self, line: str) -> None:
        """Record a parameter: ``%log_param lr 0.1``, ``%log_param optimizer adam``.

        The value is a constant, the name of a variable, or else text.
        """
        from . import api

        key, _, text = line.strip().partition(" ")
        if not text.strip():
            print("dsinfra: use %log_param NAME VALUE.")
            return
        api.log_param(key, self._value(text.strip()))

    def _remote(self, line: str, cell: str) -> None:
        """Run the cell on a target: ``%%remote``, ``%%remote gpu-box --gpus 1 --memory 16GB``.

        Its output comes into the cell, and the names that it binds into the notebook before the
        next cell runs. ``--wait`` has the cell wait for that, ``--returns a,b`` names what comes
        back, ``--session`` keeps the far kernel and its names for the next such cell, and ``--yes``
        does not ask before much is sent.
        """
        from .jobs_modules import module_for_jobs

        module_for_jobs("remote_magic").run_cell(line, cell)

    def _value(self, text: str) -> Any:
        if text.isidentifier() and text in self._shell.user_ns:
            return self._shell.user_ns[text]
        try:
            return ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return text
