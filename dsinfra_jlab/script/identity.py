"""Which script this process is, by the frames of its main thread."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any


@dataclass(frozen=True)
class Identity:
    """What a process runs."""

    path: str
    """Absolute path of the script; for one without a file, its name below the folder it is in."""
    name: str
    """What a person calls it."""
    main_frame: FrameType | None
    """That of the main module; where it stopped tells how it ended."""
    test_session: Any = None
    """The session of pytest, if the process is one."""
    is_of_multiprocessing: bool = False
    """Whether multiprocessing started the process; it has an end of its own then."""
    began_s: float = field(default_factory=time.time)
    """When it first logged, in seconds since 1970."""
    began_monotonic_s: float = field(default_factory=time.monotonic)


def identify() -> Identity:
    """Return what this process runs."""
    frames = list(_frames_of_main_thread())
    main = _main_frame(frames)
    session = _test_session(frames)
    if session is not None:
        path = _test_path(session)
        is_file = os.path.isfile(path)
        return Identity(path, os.path.basename(path) if is_file else "pytest", main, session)
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if file:
        path = os.path.abspath(file)
        is_child = _is_of_multiprocessing()
        return Identity(path, os.path.basename(path), main, is_of_multiprocessing=is_child)
    name = "<command>" if sys.argv[:1] == ["-c"] else "<stdin>"
    return Identity(os.path.join(os.getcwd(), name), name, main)


def is_interactive() -> bool:
    """Whether a person types into this process; then an error is not its end."""
    return hasattr(sys, "ps1") or bool(sys.flags.interactive)


def _is_of_multiprocessing() -> bool:
    module = sys.modules.get("multiprocessing.process")
    return module is not None and module.parent_process() is not None


def _frames_of_main_thread() -> Iterator[FrameType]:
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None:
        yield frame
        frame = frame.f_back


def _main_frame(frames: list[FrameType]) -> FrameType | None:
    main = [
        frame
        for frame in frames
        if frame.f_code.co_name == "<module>" and frame.f_globals.get("__name__") == "__main__"
    ]
    return main[-1] if main else None


def _test_session(frames: list[FrameType]) -> Any:
    """Return pytest's session; pytest has no other way to ask for it from inside a test."""
    for frame in frames:
        is_pytest = frame.f_globals.get("__name__") == "_pytest.main"
        if is_pytest and frame.f_code.co_name == "wrap_session":
            return frame.f_locals.get("session")
    return None


def _test_path(session: Any) -> str:
    """Return the file of the tests if they are all of one, else a name below their folder."""
    try:
        files = {str(item.path) for item in session.items}
        if len(files) == 1:
            return os.path.abspath(files.pop())
        return str(Path(str(session.config.rootpath)) / "pytest")
    except Exception:
        return os.path.join(os.getcwd(), "pytest")
