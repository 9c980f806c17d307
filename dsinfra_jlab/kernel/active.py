"""Finds the recorder of this process, or makes it."""

from __future__ import annotations

import atexit
import os
from typing import Any

from . import loading
from .recorder import Recorder
from .sinks import ScriptSink


def find_recorder() -> Recorder:
    """Return the probe's in a kernel, and one for scripts elsewhere.

    In a kernel that no server has put the probe into, it is loaded now.
    """
    shell = loading.current_shell()
    if shell is not None:
        probe = loading.loaded_probe(shell)
        if probe is None and loading.load(shell, "installed")["state"] == "loaded":
            probe = loading.loaded_probe(shell)
        if probe is not None:
            recorder: Recorder = probe.recorder
            return recorder
    return _script_recorder()


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
