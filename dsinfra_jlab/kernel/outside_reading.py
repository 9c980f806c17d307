"""Makes events of what the hooks hear."""

from __future__ import annotations

import signal
from typing import Any, NamedTuple

from . import limits
from .errors import ErrorReader
from .frames import Wire
from .frames_kinds import is_shell_file
from .recorder import DsinfraWarning
from .scalars import name_of

_TASK_LOGGER = "asyncio"
_PLAIN = (str, int, float, bool, type(None))


class Heard(NamedTuple):
    """Something that went wrong, as a hook has heard of it; it lives no longer than the call."""

    kind: str
    error: Any = None
    traceback: Any = None
    caller: Any = None
    """The frame in which it happened, where there is no traceback."""
    command: str = ""
    code: int = 0
    """How the command ended."""
    record: Any = None
    """Of ``logging``."""
    file: str = ""
    line: int = 0

    @staticmethod
    def of_record(record: Any, caller: Any) -> Heard:
        """Return what a record of ``logging`` says.

        asyncio logs the errors of tasks that nobody waited for.
        """
        info = record.exc_info
        error = info[1] if type(info) is tuple and len(info) == 3 else None
        is_error = issubclass(type(error), BaseException)
        kind = "task" if is_error and record.name == _TASK_LOGGER else "log"
        return Heard(
            kind,
            error=error if is_error else None,
            traceback=info[2] if is_error else None,
            caller=caller,
            record=record,
            file=str(record.pathname),
            line=int(record.lineno or 0),
        )

    @staticmethod
    def of_warning(message: Any, caller: Any) -> Heard:
        """Return what a shown warning says."""
        return Heard(
            "warning",
            error=message.message,
            caller=caller,
            file=str(message.filename),
            line=int(message.lineno or 0),
        )


class OutsideReader:
    """Reads what was heard."""

    def __init__(self, reader: ErrorReader) -> None:
        self._reader = reader

    def is_wanted(self, heard: Heard) -> bool:
        """Return whether a warning is to be recorded; our own and IPython's are not."""
        is_on = self._reader.options.is_recording_warnings
        is_ours = issubclass(type(heard.error), DsinfraWarning)
        return is_on and not is_ours and not is_shell_file(heard.file)

    def key_of(self, heard: Heard) -> Any:
        """Return what two occurrences of the same error have in common."""
        kind = id(type(heard.error))
        if heard.kind == "shell":
            return heard.kind, heard.command, heard.code
        if heard.file:
            return heard.kind, kind, heard.file, heard.line
        last, line = heard.traceback, 0
        while last is not None:
            line, code = last.tb_lineno, id(last.tb_frame.f_code)
            last = last.tb_next
            kind = hash((kind, code))
        return heard.kind, kind, line

    def read(self, heard: Heard) -> Wire:
        """Return the event."""
        if heard.kind == "shell":
            text = _how_it_ended(heard.command, heard.code)
            return self._reader.describe(
                "shell", "CalledProcessError", "subprocess", text, heard.caller
            )
        if heard.kind == "log" and heard.error is None:
            name, text = str(heard.record.levelname), _text_of_record(heard.record)
            return self._reader.describe("log", name, heard.record.name, text, heard.caller)
        if heard.kind == "warning":
            event = self._reader.read(heard.error, kind="warning")
            first = event["exceptions"][0]
            first["frames"] = self._reader.frames_above(heard.caller, heard.file, heard.line)
            return event
        event = self._reader.read(heard.error, kind=heard.kind, traceback=heard.traceback)
        if heard.record is not None and heard.kind == "log":
            note = f"Logged by {heard.record.name}: {_text_of_record(heard.record)}"
            event["exceptions"][0]["notes"].append(note[: limits.ERROR_NOTE_MAX_CHARS])
        return event


def _how_it_ended(command: str, code: int) -> str:
    """Return what ``subprocess`` says of a command that failed."""
    shown = command[: limits.TEXT_MAX_CHARS]
    if code < 0:
        try:
            return f"Command {shown!r} died with {signal.Signals(-code)!r}."
        except ValueError:
            return f"Command {shown!r} died with unknown signal {-code}."
    return f"Command {shown!r} returned non-zero exit status {code}."


def _text_of_record(record: Any) -> str:
    """Return the message of a record of ``logging``, calling no code that was not called yet."""
    formatted = vars(record).get("message")
    if type(formatted) is str:
        return formatted
    given, args = record.msg, record.args
    if type(given) is not str:
        return f"<{name_of(type(given))}>"
    values = list(args.values()) if type(args) is dict else args
    if type(values) in (tuple, list) and all(type(each) in _PLAIN for each in values):
        try:
            return str(given % args) if args else given
        except (TypeError, ValueError, KeyError):
            return given
    return given
