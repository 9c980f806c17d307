"""The places where errors come by that end no cell, and our ears at them.

Each ear stands before what was there, calls it first with what it was called with, and returns what
it returns. One that cannot be taken out, because another was put before it since, only passes on.
"""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any, Callable

from .outside_reading import Heard

Tell = Callable[[Heard], None]
_ORDINARY_SHOW = getattr(warnings, "_showwarnmsg_impl", None)


class Hook:
    """A function that stands in the place of another."""

    def __init__(self, holder: Any, name: str, around: Callable[[Any, Hook], Any]) -> None:
        self._holder = holder
        self._name = name
        self._around = around
        self._before: Any = None
        self._ours: Any = None
        self.is_on = False

    def install(self) -> None:
        """Stand before what is there."""
        self._before = getattr(self._holder, self._name)
        self._ours = self._around(self._before, self)
        self.is_on = True
        setattr(self._holder, self._name, self._ours)

    def uninstall(self) -> None:
        """Put back what was there, unless another stands before us; then pass on only."""
        self.is_on = False
        if vars(self._holder).get(self._name) is self._ours:
            setattr(self._holder, self._name, self._before)


def hooks_for(tell: Tell, swallows: Callable[[], bool]) -> Iterator[Hook]:
    """Return the hooks of this process.

    ``swallows`` says whether a warning is not to be shown, because it comes of our own looking.
    """
    yield Hook(threading, "excepthook", _around_thread(tell))
    yield Hook(sys, "unraisablehook", _around_unraisable(tell))
    yield Hook(logging.Logger, "callHandlers", _around_logging(tell))
    if hasattr(warnings, "_showwarnmsg"):
        yield Hook(warnings, "_showwarnmsg", _around_warnings(tell, swallows))
    shell = sys.modules.get("ipykernel.zmqshell")
    if callable(getattr(shell, "system", None)):
        yield Hook(shell, "system", _around_system(tell))
    process = sys.modules.get("IPython.utils._process_common")
    if callable(getattr(process, "process_handler", None)):
        yield Hook(process, "process_handler", _around_process(tell))


def _caller_of(frame: Any, *packages: str) -> Any:
    """Return the frame that called into some packages."""
    while frame is not None:
        name = frame.f_globals.get("__name__")
        if type(name) is not str or name.partition(".")[0] not in packages:
            return frame
        frame = frame.f_back
    return None


def _around_thread(tell: Tell) -> Any:
    def around(before: Any, hook: Hook) -> Any:
        def excepthook(args: Any, /) -> Any:
            result = before(args)
            if hook.is_on and args.exc_type is not SystemExit and args.exc_value is not None:
                tell(Heard("thread", error=args.exc_value, traceback=args.exc_traceback))
            return result

        return excepthook

    return around


def _around_unraisable(tell: Tell) -> Any:
    def around(before: Any, hook: Hook) -> Any:
        def unraisablehook(unraisable: Any, /) -> Any:
            result = before(unraisable)
            if hook.is_on and unraisable.exc_value is not None:
                error, traceback = unraisable.exc_value, unraisable.exc_traceback
                tell(Heard("unraisable", error=error, traceback=traceback))
            return result

        return unraisablehook

    return around


def _around_logging(tell: Tell) -> Any:
    """Listen to all loggers at once: a handler at the root would silence ``logging.lastResort``."""

    def around(before: Any, hook: Hook) -> Any:
        def callHandlers(self: Any, record: Any) -> Any:
            result = before(self, record)
            if hook.is_on and record.levelno >= logging.ERROR:
                tell(Heard.of_record(record, _caller_of(sys._getframe(1), "logging")))
            return result

        return callHandlers

    return around


def _around_warnings(tell: Tell, swallows: Callable[[], bool]) -> Any:
    """Listen to warnings that are shown: what a filter of the user's leaves out does not come by.

    Those that ``catch_warnings(record=True)`` collects are handled by whoever collects them.
    """

    def around(before: Any, hook: Hook) -> Any:
        def _showwarnmsg(message: Any) -> Any:
            if hook.is_on and swallows():
                return None
            result = before(message)
            if hook.is_on and getattr(warnings, "_showwarnmsg_impl", None) is _ORDINARY_SHOW:
                tell(Heard.of_warning(message, _caller_of(sys._getframe(1), "warnings")))
            return result

        return _showwarnmsg

    return around


def _around_system(tell: Tell) -> Any:
    """Listen to ``!command``: below where IPython fills in variables of the caller's frame."""

    def around(before: Any, hook: Hook) -> Any:
        def system(cmd: Any) -> Any:
            result = before(cmd)
            if hook.is_on and type(result) is int and result and type(cmd) is str:
                tell(
                    Heard(
                        "shell",
                        command=cmd,
                        code=result,
                        caller=_caller_of(sys._getframe(1), "IPython", "ipykernel"),
                    )
                )
            return result

        return system

    return around


def _around_process(tell: Tell) -> Any:
    """Listen to ``name = !command``, which throws the exit code away."""

    def around(before: Any, hook: Hook) -> Any:
        def process_handler(cmd: Any, callback: Any, *args: Any, **kwargs: Any) -> Any:
            ended: list[Any] = []

            def keep(process: Any) -> Any:
                try:
                    return callback(process)
                finally:
                    ended.append(getattr(process, "returncode", None))

            result = before(cmd, keep, *args, **kwargs)
            if hook.is_on and ended and type(ended[0]) is int and ended[0] and type(cmd) is str:
                tell(
                    Heard(
                        "shell",
                        command=cmd,
                        code=ended[0],
                        caller=_caller_of(sys._getframe(1), "IPython"),
                    )
                )
            return result

        return process_handler

    return around
