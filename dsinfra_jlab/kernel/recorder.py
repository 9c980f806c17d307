"""The way from a call to the reporter: what the user logs, checked and converted at the call.

It never raises for a value it cannot keep: that is counted, and said once.
"""

from __future__ import annotations

import itertools
import struct
import sys
import time
import warnings
from typing import Any, Callable

from . import limits
from .attribution import Attribution
from .chores import Chores
from .questions import Questions
from .recordings import Recording
from .reporter import Reporter
from .scalars import NotScalar, name_of, to_float, to_param, to_step
from .sinks import Sink

Pairs = list[tuple[Any, Any]]
"""Keys and values. Keys are not put into a dict before they are known to be text."""

_pack = struct.Struct("<ddd").pack
"""A point: step, seconds since 1970 and value."""


class DsinfraWarning(UserWarning):
    """Something that was logged could not be kept."""


class Recorder:
    """Takes what is logged in this process, and knows which run it belongs to."""

    def __init__(self, sink: Sink, stream: Any = None) -> None:
        self.attribution = Attribution(stream)
        self.reporter = Reporter(sink, self.report_failure)
        self.questions = Questions(self._emit_at_once)
        self.chores = Chores(self.report_failure)
        self.is_on = True
        self._said: set[str] = set()
        self._failures = 0
        self.log_metric = self._metric_logger()

    def _metric_logger(self) -> Callable[..., None]:
        """Return ``log_metric``, with all that it needs at hand: it is called in loops."""
        context_run = self.attribution.context.get
        run_by_thread = self.attribution.current
        points_wait = self.reporter.points_wait
        now = time.time

        def log_metric(
            key: str, value: Any, step: Any = None, *, into: Recording | None = None
        ) -> None:
            try:
                recording = into or context_run() or run_by_thread()
                if type(key) is not str:
                    key = self._key(key)
                if not self.is_on:
                    self.say_off()
                    return
                series = recording.series.get(key) or self._series(recording, key)
                if type(value) is not float:
                    value = to_float(value)
                if step is None:
                    step = next(series.steps)
                else:
                    step = to_step(step)
                    series.steps = itertools.count(step + 1)
                series.add(_pack(step, now(), value))
                if not series.is_waiting:
                    points_wait(series)
            except Exception as failure:
                self._refuse(key, value, failure)

        return log_metric

    def _key(self, key: Any) -> str:
        if not issubclass(type(key), str):
            raise NotScalar("its name must be text")
        name = str.__str__(key)
        if not name:
            raise NotScalar("its name must not be empty")
        return name

    def _series(self, recording: Recording, key: str) -> Any:
        if not key:
            raise NotScalar("its name must not be empty")
        series = recording.series_of(key[: limits.KEY_MAX_CHARS])
        if series is None:
            recording.drop("metrics")
            raise NotScalar(f"there are more than {limits.SERIES_MAX} metrics")
        return series

    def _refuse(self, key: Any, value: Any, failure: Exception) -> None:
        """Count a point that cannot be kept, and say so the first time."""
        if not isinstance(failure, NotScalar):
            self.report_failure("log_metric", failure)
        try:
            self.attribution.current().drop("values")
        except Exception as problem:
            self.report_failure("log_metric", problem)
        shown = repr(key[:50]) if type(key) is str else "a metric"
        self.say_once(
            "values",
            f"dsinfra: {shown} was not recorded: {failure} (a {name_of(type(value))} was given). "
            "Further ones are only counted.",
        )

    def log_metrics(self, metrics: Any, step: Any, into: Recording | None = None) -> None:
        """Record points of several metrics."""
        for key, value in self.pairs(metrics):
            self.log_metric(key, value, step, into=into)

    def log_params(self, params: Pairs, into: Recording | None = None) -> None:
        """Record parameters, each as a scalar or as text."""
        kept = self.kept_params(params)
        if kept:
            self.emit({"kind": "params", "params": kept}, into)

    def set_tags(self, tags: Pairs, into: Recording | None = None) -> None:
        """Record tags, which are text."""
        kept = {key: str(value) for key, value in self.kept_params(tags).items()}
        if kept:
            self.emit({"kind": "tags", "tags": kept}, into)

    def pairs(self, given: Any) -> Pairs:
        """Return keys and values of a dict, or of what can be made one."""
        try:
            found = given if issubclass(type(given), dict) else dict(given)
            return list(dict.items(found))
        except Exception:  # the user's own code, or no dict at all
            self.say_once("pairs", "dsinfra: nothing was recorded of something that is no dict.")
            return []

    def kept_params(self, params: Pairs) -> dict[str, Any]:
        """Return parameters as they are kept."""
        kept = {}
        for key, value in params:
            try:
                name = self._key(key)[: limits.KEY_MAX_CHARS]
                kept[name] = to_param(value)
            except NotScalar as reason:
                self.attribution.current().drop("params")
                self.say_once("params", f"dsinfra: a parameter or tag was not recorded: {reason}.")
            except Exception as failure:
                self.report_failure("log_param", failure)
        return kept

    def emit(self, event: dict[str, Any], into: Recording | None = None, *buffers: bytes) -> None:
        """Queue an event of a run, the caller's if none is given."""
        if not self.is_on:
            self.say_off()
            return
        recording = into or self.attribution.current()
        self.reporter.emit(recording, {**event, "block": recording.block}, *buffers)

    def _emit_at_once(self, event: dict[str, Any]) -> None:
        self.reporter.emit(self.attribution.current(), event)
        self.reporter.flush()

    def say_off(self) -> None:
        """Say that nothing is recorded."""
        self.say_once("off", "dsinfra: recording is off in this kernel; `%dsinfra on` turns it on.")

    def say_once(self, kind: str, text: str) -> None:
        """Warn the user, once for each kind of thing; never as an exception."""
        if kind in self._said:
            return
        self._said.add(kind)
        try:
            warnings.warn(text, DsinfraWarning, stacklevel=_levels_to_the_user())
        except DsinfraWarning:  # the user turns warnings into errors
            return

    def report_failure(self, where: str, failure: BaseException) -> None:
        """Report a failure of the probe's own to the server, the first few times."""
        self._failures += 1
        if self._failures > limits.PROBLEMS_MAX:
            return
        try:
            message = f"{name_of(type(failure))}: {str(failure)[:300]}"
            event = {"kind": "problem", "where": where, "message": message}
            self.reporter.emit(self.attribution.current(), event)
        except Exception:  # there is nobody left to tell
            return

    def stop(self) -> None:
        """Send what waits, and do nothing more."""
        self.chores.stop()
        self.reporter.stop()

    def after_fork(self) -> None:
        """Begin anew in a forked process."""
        self.reporter.after_fork()
        self.chores.after_fork()
        self.questions.after_fork()
        self.attribution.after_fork()


def _levels_to_the_user() -> int:
    """Return how far up the caller's own code is, for the line that a warning shows."""
    package = __name__.partition(".")[0] + "."
    frame: Any = sys._getframe(1)
    levels = 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(package):
        frame = frame.f_back
        levels += 1
    return levels
