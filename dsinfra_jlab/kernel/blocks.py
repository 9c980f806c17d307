"""``run(name)``: a stretch of a cell that is a run of its own."""

from __future__ import annotations

import functools
import inspect
import time
from contextvars import Token
from typing import Any, Callable, TypeVar

from .recorder import Recorder
from .recordings import Recording
from .scalars import name_of, text_of

F = TypeVar("F", bound=Callable[..., Any])


class Block:
    """A run within a cell; use it with ``with``, or as a decorator.

    What is logged inside, also by tasks, belongs to it. A thread started inside has to log through
    it: ``with dsinfra.run("fit") as block: pool.submit(block.log_metric, "loss", 0.1)``.
    """

    def __init__(self, recorder: Callable[[], Recorder], name: str, params: dict[str, Any]) -> None:
        self._find_recorder = recorder
        self._name = name
        self._params = params
        self._recorder: Any = None
        self._recording: Recording | None = None
        self._outer: Recording | None = None
        self._token: Token[Any] | None = None
        self._started_s = 0.0

    def __enter__(self) -> Block:
        if self._recording is not None:
            raise RuntimeError(f"the run {self._name!r} has begun already; call dsinfra.run() anew")
        try:
            self._begin()
        except Exception as failure:
            self._find_recorder().report_failure("run", failure)
        return self

    def __exit__(self, kind: Any, error: BaseException | None, _traceback: Any) -> None:
        try:
            self._end(error)
        except Exception as failure:
            self._recorder.report_failure("run", failure)

    def __call__(self, function: F) -> F:
        """Return the function, each call of it a run of its own."""
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def in_block(*args: Any, **kwargs: Any) -> Any:
                with self._anew():
                    return await function(*args, **kwargs)

        else:

            @functools.wraps(function)
            def in_block(*args: Any, **kwargs: Any) -> Any:
                with self._anew():
                    return function(*args, **kwargs)

        return in_block  # type: ignore[return-value]

    def _anew(self) -> Block:
        return Block(self._find_recorder, self._name, self._params)

    def _begin(self) -> None:
        recorder = self._recorder = self._find_recorder()
        attribution = recorder.attribution
        outer = attribution.current()
        recording = outer.begin_block(attribution.new_block())
        event = {
            "kind": "block_begin",
            "block": recording.block,
            "parent": outer.block,
            "name": self._name,
            "at": time.time(),
            "params": recorder.kept_params(list(self._params.items())),
        }
        recorder.emit(event, recording)
        self._outer, self._recording = outer, recording
        self._token = attribution.context.set(recording)
        self._started_s = time.perf_counter()

    def _end(self, error: BaseException | None) -> None:
        recording = self._recording
        if recording is None:
            return
        duration_s = time.perf_counter() - self._started_s
        self._leave()
        self._recorder.emit(
            {
                "kind": "block_end",
                "at": time.time(),
                "duration_s": duration_s,
                "status": _status(error),
                "ename": name_of(type(error)) if error is not None else "",
                "evalue": text_of(error)[:10_000] if error is not None else "",
            },
            recording,
        )

    def _leave(self) -> None:
        context = self._recorder.attribution.context
        try:
            context.reset(self._token)
        except ValueError:  # left in another context than it was entered in
            if context.get() is self._recording:
                context.set(self._outer)

    def log_metric(self, key: str, value: Any, step: float | None = None) -> None:
        """Record a point of a metric of this run: ``block.log_metric("loss", 0.25)``."""
        self._recorder.log_metric(key, value, step, into=self._recording)

    def log_metrics(self, metrics: dict[str, Any], step: float | None = None) -> None:
        """Record points of several: ``block.log_metrics({"loss": 0.25, "acc": 0.9})``."""
        self._recorder.log_metrics(metrics, step, self._recording)

    def log_param(self, key: str, value: Any) -> None:
        """Record a parameter of this run: ``block.log_param("lr", 0.1)``."""
        self._recorder.log_params([(key, value)], self._recording)

    def log_params(self, params: dict[str, Any]) -> None:
        """Record several: ``block.log_params({"lr": 0.1, "layers": 3})``."""
        self._recorder.log_params(self._recorder.pairs(params), self._recording)

    def set_tag(self, key: str, value: Any) -> None:
        """Set a tag of this run: ``block.set_tag("team", "nlp")``."""
        self._recorder.set_tags([(key, value)], self._recording)


def _status(error: BaseException | None) -> str:
    if error is None:
        return "ok"
    return "interrupted" if issubclass(type(error), KeyboardInterrupt) else "error"
