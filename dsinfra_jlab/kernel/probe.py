"""The probe: hooks around every cell, the handler of answers, and the way out of it all."""

from __future__ import annotations

import atexit
import json
import os
import sys
import weakref
from collections import OrderedDict, deque
from typing import Any, Callable, TypeVar

from . import limits, names, names_reach, usage, values
from .data_watch import DataWatch
from .environment_watch import EnvironmentWatch
from .error_watch import ErrorWatch
from .errors_memory import release
from .magics import Magics
from .questions import ANSWER_TYPE
from .recorder import Recorder
from .recordings import Cell
from .scalars import name_of
from .sinks import KernelSink

ATTRIBUTE = "_dsinfra_probe"
"""Where the shell keeps the probe: ``%reset`` reaches neither namespace nor modules there."""


T = TypeVar("T")
_UNKNOWN = values.plan_for(names.CellNames(analysis="failed"))


class Unsupported(RuntimeError):
    """The kernel has not what the probe needs; that is said, and nothing is wrong."""


class Probe:
    """Watches the cells of one kernel from within."""

    def __init__(self, shell: Any, source: str) -> None:
        kernel: Any = getattr(shell, "kernel", None)
        _check(kernel)
        self._shell = shell
        self._kernel = kernel
        self.source = source
        self.recorder = Recorder(KernelSink(kernel), sys.stdout)
        self._magics = Magics(shell, self)
        self._data = DataWatch(self.recorder, self.recorder.chores)
        self._environment = EnvironmentWatch(self.recorder, self.recorder.chores)
        self.errors = ErrorWatch(shell, self.recorder)
        self._plans: OrderedDict[str, values.Plan] = OrderedDict()
        self._undo: list[Callable[[], Any]] = []
        self._remote: Any = None
        self._to_land: deque[Any] = deque()

    def load(self) -> None:
        """Put the probe into the kernel, or leave the kernel as it was."""
        try:
            self._load()
        except BaseException:
            self.unload()
            raise

    def _load(self) -> None:
        shell, kernel = self._shell, self._kernel
        kernel.control_handlers[ANSWER_TYPE] = self._on_answer
        self._undo.append(lambda: kernel.control_handlers.pop(ANSWER_TYPE, None))
        self._magics.register()
        self._undo.append(self._magics.unregister)
        self.turn_on()
        setattr(shell, ATTRIBUTE, self)
        self._undo.append(lambda: delattr(shell, ATTRIBUTE))
        self._adopt_running_cell()
        _call_in_children(self.recorder)
        atexit.register(self.recorder.stop)
        self._undo.append(lambda: atexit.unregister(self.recorder.stop))
        self.recorder.reporter.emit(self.recorder.attribution.current(), self._loaded())
        self.recorder.reporter.flush()

    async def _on_answer(self, stream: Any, ident: Any, message: Any) -> None:
        """Take a message of the control channel; it runs in the thread of that channel."""
        content = message.get("content") or {}
        if "options" in content:
            self.set_options(content["options"])
        elif "land" in content:
            self._to_land.append(content["land"])
        else:
            await self.recorder.questions.on_answer(stream, ident, message)

    def set_options(self, given: Any) -> None:
        """Take settings of the server, as JSON holds them."""
        self.errors.options = self.errors.options.changed(given)

    @property
    def remote(self) -> Any:
        """What packs and lands for jobs; its modules may have to be sent first."""
        if self._remote is None:
            from .remote_side import RemoteSide

            self._remote = RemoteSide(self._shell, self._tell)
        return self._remote

    def take_modules(self, payload: str) -> Probe:
        """Make further modules of ours importable, and return this probe."""
        from .further import add_modules

        add_modules(payload)
        return self

    def _tell(self, event: dict[str, Any]) -> None:
        self.recorder.reporter.emit(self.recorder.attribution.current(), event)
        self.recorder.reporter.flush()

    def release(self) -> int:
        """Forget the last error, and return about how many bytes that frees."""
        return release(self._shell)

    def unload(self) -> None:
        """Take back what was registered, in reverse."""
        self.turn_off()
        while self._undo:
            try:
                self._undo.pop()()
            except Exception as failure:
                self.recorder.report_failure("unload", failure)

    def turn_on(self) -> None:
        """Watch cells from the next one on."""
        events = self._shell.events
        for name, hook in self._hooks():
            if hook not in events.callbacks.get(name, ()):
                events.register(name, hook)
        self._data.start()
        self.errors.start()
        self.recorder.is_on = True

    def turn_off(self) -> None:
        """Watch no cell, and record no call."""
        self.recorder.is_on = False
        self._data.stop()
        self.errors.stop()
        events = self._shell.events
        for name, hook in self._hooks():
            if hook in events.callbacks.get(name, ()):
                events.unregister(name, hook)

    def _hooks(self) -> Any:
        return ("pre_run_cell", self._before_cell), ("post_run_cell", self._after_cell)

    def _loaded(self) -> dict[str, Any]:
        versions = (sys.modules.get(name) for name in ("IPython", "ipykernel"))
        ipython, ipykernel = (str(getattr(each, "__version__", "")) for each in versions)
        return {
            "kind": "loaded",
            "version": _version(),
            "python": "{}.{}.{}".format(*sys.version_info[:3]),
            "ipython": ipython,
            "ipykernel": ipykernel,
            "source": self.source,
        }

    def _adopt_running_cell(self) -> None:
        """Begin where the kernel is: an extension is loaded from within a cell."""
        header = self._header()
        if header:
            cell = self.recorder.attribution.begin(header)
            cell.is_open = False

    def _header(self) -> dict[str, Any] | None:
        parent = self._kernel.get_parent("shell")
        header = parent.get("header") if parent else None
        return header or None

    def _attempt(self, where: str, default: T, do: Callable[..., T], *given: Any) -> T:
        """Return what comes of a part of the work; if it fails, the others go on."""
        try:
            return do(*given)
        except Exception as failure:
            self.recorder.report_failure(where, failure)
            return default

    def _before_cell(self, info: Any) -> None:
        while self._to_land:
            self._attempt("land", None, self._land, self._to_land.popleft())
        self._attempt("pre_run_cell", None, self._begin, info)

    def _land(self, request: Any) -> None:
        """Take what a job has brought back, so that the cell that begins finds it."""
        try:
            remote = self.remote
        except ModuleNotFoundError:  # the server sends the modules with a request of its own
            return
        remote.land(json.dumps(request))

    def _begin(self, info: Any) -> None:
        header = self._header()
        if header is None:
            return
        attribution = self.recorder.attribution
        running = attribution.cell_of(header)
        if running is not None:
            running.depth += 1
            self._attempt("errors", None, self.errors.begin_part, running, info)
            return
        cell = attribution.begin(header)
        self._attempt("errors", None, self.errors.begin, cell, info)
        cell.values = self._attempt("values", None, self._look_before, info, cell)
        self._attempt("data", None, self._data.begin, cell)
        cell.started = usage.begin_usage(self.errors.options.is_resetting_marks)

    def _look_before(self, info: Any, cell: Cell) -> values.Before:
        return values.look_before(self._plan(info), self._shell.user_ns, cell.dropped)

    def _plan(self, info: Any) -> values.Plan:
        code = info.raw_cell
        plan = self._plans.get(code)
        if plan is None:
            if len(code) > limits.CODE_MAX_CHARS:
                return values.plan_for(names.CellNames(analysis="too_large"))
            plan = values.plan_for(self._analyse(info, code))
            self._plans[code] = plan
            while len(self._plans) > limits.ANALYSES_KEPT:
                self._plans.popitem(last=False)
        return plan

    def _analyse(self, info: Any, code: str) -> names.CellNames:
        plain = getattr(info, "transformed_cell", None)
        try:
            plain = plain or self._shell.transform_cell(code)
        except Exception:  # not even IPython can read it
            return names.CellNames(analysis="syntax")
        try:
            return names.analyse(plain)
        except Exception as failure:
            self.recorder.report_failure("names", failure)
            return names.CellNames(analysis="failed")

    def _after_cell(self, result: Any) -> None:
        try:
            self._attempt("post_run_cell", None, self._end, result)
        except KeyboardInterrupt:  # the cell has ended; there is nothing left to interrupt
            return

    def _end(self, result: Any) -> None:
        ended = usage.read_usage()
        raw = getattr(getattr(result, "info", None), "raw_cell", "?")
        header = self._header()
        cell = self.recorder.attribution.cell_of(header) if header else None
        if cell is None or not raw or raw.isspace():  # for empty cells there is no first hook
            return
        cell.depth -= 1
        error = _error_of(result)
        if cell.depth or not cell.is_open:
            self._attempt("errors", None, self.errors.end_part, cell, error)
            return
        data = self._attempt("data", None, self._data.end, cell)
        self.recorder.reporter.gather()
        events = [data] if data is not None else []
        events += self._attempt("errors", [], self.errors.end, cell, error)
        events.append(self._seen(cell, result, ended))
        cell.is_open = False
        cell.values = cell.started = None
        self.recorder.reporter.send_last(cell, *events)
        self._attempt("environment", None, self._environment.after_cell, cell)

    def _seen(self, cell: Cell, result: Any, ended: usage.Usage) -> dict[str, Any]:
        error = _error_of(result)
        before = cell.values or values.Before(_UNKNOWN, {}, {})
        namespace = self._shell.user_ns
        has_failed = error is not None or result is None
        found = self._attempt(
            "values",
            values.Found(before.params, {}),
            values.look_after,
            before,
            namespace,
            has_failed,
            cell.dropped,
        )
        code = before.plan.names
        used = self._attempt(
            "names",
            names_reach.Reach(code.reads, code.touches),
            names_reach.reach,
            code,
            before.standing,
            namespace,
            has_failed,
        )
        started = cell.started or ended
        return {
            "kind": "cell",
            **before.plan.known,
            "status": _status(result, error),
            "ename": name_of(type(error)) if error is not None else "",
            "reads": sorted(used.reads)[: limits.CELL_NAMES_MAX],
            "touches": sorted(used.touches)[: limits.CELL_NAMES_MAX],
            "params": found.params,
            "metrics": found.metrics,
            "cpu_s": usage.cpu_since(started, ended),
            "gpu_peak": usage.gpu_peak_since(started, ended),
            "rss_marks": usage.rss_marks_since(started, ended),
            "dropped": cell.take_dropped(),
        }


def _error_of(result: Any) -> Any:
    """Return the exception that ended a cell, ``None`` if there is none."""
    error = getattr(result, "error_before_exec", None)
    return getattr(result, "error_in_exec", None) if error is None else error


def _check(kernel: Any) -> None:
    """Refuse kernels without what the probe stands on.

    Raises
    ------
    Unsupported
        With what is missing.
    """
    if kernel is None:
        raise Unsupported("this is no ipykernel")
    for name in ("session", "iopub_thread", "control_handlers", "get_parent", "_topic"):
        if getattr(kernel, name, None) is None:
            raise Unsupported(f"this ipykernel is too old: it has no {name}")


def _status(result: Any, error: Any) -> str | None:
    if result is None:
        return None
    if error is None:
        return "ok"
    return "interrupted" if issubclass(type(error), KeyboardInterrupt) else "error"


def _call_in_children(recorder: Recorder) -> None:
    """Tell the recorder when it finds itself in a forked process; this cannot be undone."""
    reference = weakref.ref(recorder)

    def after_fork() -> None:
        found = reference()
        if found is not None:
            found.after_fork()

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=after_fork)


def _version() -> str:
    from .._version import __version__

    return str(__version__)
