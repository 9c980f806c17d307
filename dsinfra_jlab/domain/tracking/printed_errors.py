"""What a run has printed of the error that ended it."""

from __future__ import annotations

from ..errors import limits
from ..errors.sightings import ErrorSeen, ErrorText
from .tracked_run import TrackedRun

__all__ = ["PRINTED_TRACEBACK", "printed_by_command", "text_of"]

PRINTED_TRACEBACK = "Traceback (most recent call last)"


def text_of(run: TrackedRun) -> ErrorText | None:
    """Return what there is to read of the error that ended a run."""
    record, error = run.record, run.error
    if error is not None:
        return ErrorText(error.ename, error.evalue, "\n".join(error.traceback))
    ename, evalue = record.error_name or "", record.error_message or ""
    return ErrorText(ename, evalue, _printed_traceback(run))


def _printed_traceback(run: TrackedRun) -> str:
    """Return a traceback that was printed or shown and not published as an error."""
    if run.outputs is None:
        return ""
    stderr = run.outputs.last_stderr()
    if PRINTED_TRACEBACK in stderr:
        return stderr
    shown = run.outputs.last_shown_text()
    return shown if PRINTED_TRACEBACK in shown else ""


def printed_by_command(run: TrackedRun, seen: ErrorSeen | None, text: ErrorText | None) -> str:
    """Return what was printed last, if it was a command that failed: nothing else says why."""
    ename = seen.exceptions[0].ename if seen is not None else text.ename if text is not None else ""
    if run.outputs is None or ename.rpartition(".")[2] != "CalledProcessError":
        return ""
    printed = (run.outputs.printed(name, limits.PRINTED_MAX_CHARS) for name in ("stdout", "stderr"))
    return "\n".join(printed)
