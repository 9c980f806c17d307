"""Finds the recorder of this process, or makes it."""

from __future__ import annotations

import atexit
import os
from typing import Any

from . import limits, loading
from .questions import NoAnswer, Refused
from .recorder import Recorder
from .sinks import ScriptSink


def find_recorder() -> Recorder:
    """Return the probe's in a kernel, and one for scripts elsewhere.

    In a kernel that no server has put the probe into, it is loaded now.
    """
    shell = loading.current_shell()
    if shell is not None:
        probe = loading.loaded_probe(shell) or _load_probe(shell)
        if probe is not None:
            recorder: Recorder = probe.recorder
            return recorder
    return _script_recorder()


def _load_probe(shell: Any) -> Any:
    """Return the probe, loaded now, ``None`` if the kernel is not fit for it."""
    loading.load(shell, "installed")
    probe = loading.loaded_probe(shell)
    if probe is not None:
        probe.recorder.chores.add("status", lambda: _say_if_unheard(probe.recorder))
    return probe


def _say_if_unheard(recorder: Recorder) -> None:
    """Tell the user if no server takes what is logged, which nothing else would show."""
    try:
        recorder.questions.ask("status", limits.STATUS_TIMEOUT_S)
    except NoAnswer:
        recorder.say_once("server", loading.UNHEARD)
    except Refused:
        return


def _script_recorder() -> Recorder:
    sink = ScriptSink()
    recorder = Recorder(sink)
    questions, flush = recorder.questions, recorder.stop
    questions.can_be_answered = sink.connect(questions.take, flush)
    if not questions.can_be_answered:
        recorder.say_once("script", "dsinfra: there is nothing here that records this process.")
    atexit.register(flush)
    register: Any = getattr(os, "register_at_fork", None)
    if register is not None:
        register(after_in_child=recorder.after_fork)
    return recorder
