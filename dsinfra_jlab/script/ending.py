"""How a script ended, as far as it can be seen from inside.

Python keeps an exception that ended the main module in ``sys.last_value``. It does not keep
the code of a ``SystemExit``: ``sys.exit`` is watched for it, and where the main module was
left by one that did not come through there, it is said that the code is not known.
"""

from __future__ import annotations

import contextlib
import dis
import functools
import os
import sys
from dataclasses import dataclass
from typing import Any, NoReturn

from .identity import Identity, is_interactive

_NOT_CALLED = object()


@dataclass(frozen=True)
class ScriptEnd:
    """How a script ended."""

    status: str
    """A ``RunStatus``."""
    reason: str = ""
    error_name: str = ""
    error_message: str = ""


class HowItEnded:
    """Watches for the end of the script; made when it is first recorded."""

    def __init__(self, identity: Identity) -> None:
        self._main_frame = identity.main_frame
        self._test_session = identity.test_session
        self._is_of_multiprocessing = identity.is_of_multiprocessing
        self._exit_code: Any = _NOT_CALLED
        self._watch_exit()

    def verdict(self) -> ScriptEnd:
        """Return how it ended; to be asked when Python is about to end."""
        if self._test_session is not None:
            return _end_of_tests(self._test_session)
        if self._is_of_multiprocessing:
            return _end_of_child(sys.exc_info()[1])
        error = None if is_interactive() else getattr(sys, "last_value", None)
        if isinstance(error, BaseException):
            return _end_by(error)
        if is_interactive() or self._main_frame is None or self._has_returned():
            return ScriptEnd("ok")
        if self._exit_code is _NOT_CALLED:
            return ScriptEnd("lost", "It was left by SystemExit; the exit code was not seen.")
        return _end_by_exit(self._exit_code)

    def _watch_exit(self) -> None:
        genuine = sys.exit

        @functools.wraps(genuine)
        def watched(status: Any = None, /) -> NoReturn:
            self._exit_code = status
            genuine(status)

        sys.exit = watched

    def _has_returned(self) -> bool:
        """Whether the main module ran to its end, and was not left by an exception."""
        frame = self._main_frame
        if frame is None or not 0 <= frame.f_lasti < len(frame.f_code.co_code):
            return False
        return dis.opname[frame.f_code.co_code[frame.f_lasti]].startswith("RETURN")


def _end_by(error: BaseException) -> ScriptEnd:
    name = type(error).__name__
    message = ""
    with contextlib.suppress(Exception):
        message = str(error)
    if isinstance(error, KeyboardInterrupt):
        return ScriptEnd("interrupted", "Interrupted by the user.")
    first = message.strip().partition("\n")[0][:300]
    return ScriptEnd("error", f"{name}: {first}" if first else name, name, message)


def _end_by_exit(code: Any) -> ScriptEnd:
    if code is None or (isinstance(code, int) and code == 0):
        return ScriptEnd("ok")
    text = ""
    with contextlib.suppress(Exception):
        text = str(code)
    return ScriptEnd("error", f"SystemExit: {text[:300]}", "SystemExit", text)


def _end_of_child(error: BaseException | None) -> ScriptEnd:
    """Return how a process of multiprocessing ends, which calls us while it handles its error."""
    if error is None:
        return ScriptEnd("ok")
    return _end_by_exit(error.code) if isinstance(error, SystemExit) else _end_by(error)


_ENDS_OF_TESTS = {
    0: ScriptEnd("ok"),
    1: ScriptEnd("error", "Tests failed.", "TestsFailed"),
    2: ScriptEnd("interrupted", "The tests were interrupted."),
    5: ScriptEnd("ok", "No tests were run."),
}


def _end_of_tests(session: Any) -> ScriptEnd:
    with contextlib.suppress(Exception):
        code = int(session.exitstatus)
        failed = int(session.testsfailed)
        if code == 1 and failed:
            return ScriptEnd("error", f"{failed} tests failed.", "TestsFailed")
        return _ENDS_OF_TESTS.get(code, ScriptEnd("error", f"pytest ended with code {code}."))
    return ScriptEnd("lost", f"How pytest ended was not seen (process {os.getpid()}).")
