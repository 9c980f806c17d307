"""``%dsinfra``, ``%runs``, ``%experiment``, ``%log_metric`` and ``%log_param``."""

from __future__ import annotations

import ast
from typing import Any, Callable

_USAGE = "dsinfra: use %dsinfra status, %dsinfra on, %dsinfra off or %dsinfra release."


class Magics:
    """The line magics, and what they replaced."""

    def __init__(self, shell: Any, probe: Any) -> None:
        self._shell = shell
        self._probe = probe
        self._replaced: dict[str, Any] = {}
        self._lines: dict[str, Callable[[str], Any]] = {
            "dsinfra": self._dsinfra,
            "runs": self._runs,
            "experiment": self._experiment,
            "log_metric": self._log_metric,
            "log_param": self._log_param,
        }

    def register(self) -> None:
        """Make the magics known; those of the same name come back with ``unregister``."""
        known = self._shell.magics_manager.magics["line"]
        for name, line in self._lines.items():
            self._replaced[name] = known.get(name)
            known[name] = line

    def unregister(self) -> None:
        """Take the magics back."""
        known = self._shell.magics_manager.magics["line"]
        for name, before in self._replaced.items():
            known.pop(name, None)
            if before is not None:
                known[name] = before
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

    def _value(self, text: str) -> Any:
        if text.isidentifier() and text in self._shell.user_ns:
            return self._shell.user_ns[text]
        try:
            return ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return text
