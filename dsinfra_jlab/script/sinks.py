"""Where the events of a script go: to a thread that writes them, or nowhere.

What runs in the script's own threads is only here; it imports nothing but the standard library.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from .ending import HowItEnded, ScriptEnd
from .identity import Identity, identify

SETTING = "DSINFRA_SCRIPTS"

INBOX_MAX_BYTES = 256_000_000
"""What waits while the store is away; more of it would take the script's own memory."""

CLOSE_S = 60.0
"""The longest that a script which has ended waits for its records; waiting for the store is bounded
more narrowly, this is for a machine that is too busy to load the libraries."""

THREADS_END_EARLY = sys.version_info[:2] == (3, 12)
"""Whether no thread can be started any more once the main module has ended. Other versions let
the store of a script that ends at once be opened after its end."""

READY_S = 5.0
"""How long the first call waits for the store then."""

Answer = Callable[[str, Any, "str | None"], None]
"""Takes the question, and the answer or the reason why there is none."""


def _unheard(question: str, answer: Any, reason: str | None) -> None:
    """Take an answer that nobody waits for."""


class Sink(Protocol):
    """Takes what a process logs."""

    def emit(
        self,
        events: Sequence[Mapping[str, Any]],
        buffers: Sequence[bytes] = (),
        parent: Mapping[str, Any] | None = None,
    ) -> None:
        """Take events as ``domain.tracking.probe_events`` describes them; raises nothing."""

    def answer_to(self, answer: Answer) -> None:
        """Say who takes the answers to events of kind ``ask``."""

    def before_end(self, flush: Callable[[], None]) -> None:
        """Call ``flush`` when the process ends, while ``emit`` still takes events."""


class SilentSink:
    """Takes everything and keeps nothing."""

    def __init__(self, reason: str) -> None:
        self._reason = reason
        self._answer: Answer = _unheard

    def emit(
        self,
        events: Sequence[Mapping[str, Any]],
        buffers: Sequence[bytes] = (),
        parent: Mapping[str, Any] | None = None,
    ) -> None:
        """Drop the events; a question is answered with the reason."""
        for event in events:
            if event.get("kind") == "ask":
                self._answer(str(event.get("question")), None, self._reason)
            elif event.get("kind") == "artifact" and event.get("is_last"):
                self._answer(str(event.get("artifact")), None, self._reason)

    def before_end(self, flush: Callable[[], None]) -> None:
        """Do nothing: there is nothing to save."""

    def answer_to(self, answer: Answer) -> None:
        """Say who takes the answers to events of kind ``ask``."""
        self._answer = answer


class Inbox:
    """What waits for the recording thread."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[tuple[int, Any]] = SimpleQueue()
        self._bytes = 0
        self.dropped = 0
        """Batches left out because too many waited."""
        self.is_ending = threading.Event()
        self.is_ready = threading.Event()
        """Whether every thread that the store needs has been started."""

    def put(self, events: Sequence[Mapping[str, Any]], buffers: Sequence[bytes]) -> None:
        """Let events wait."""
        size = sum(map(len, buffers)) + 200 * len(events)
        if self._bytes + size > INBOX_MAX_BYTES:
            self.dropped += 1
            return
        self._bytes += size
        self._queue.put((size, (events, buffers)))

    def end(self, end: ScriptEnd) -> None:
        """Let the end of the script wait behind everything else."""
        self.is_ending.set()
        self._queue.put((0, end))

    def next(self, timeout_s: float) -> Any:
        """Return events with their buffers, the end of the script, or ``None`` after a while."""
        try:
            size, item = self._queue.get(timeout=timeout_s)
        except Empty:
            return None
        self._bytes -= size
        return item


class StoreSink:
    """Hands events to the thread that writes them to the store."""

    def __init__(self, identity: Identity, store_url: str) -> None:
        self._inbox = Inbox()
        self._is_closed = self._is_forked = False
        self._flushes: list[Callable[[], None]] = []
        self._answer: Answer = _unheard
        self._ended = HowItEnded(identity)
        self._thread = threading.Thread(
            target=self._serve, args=(identity, store_url), name="dsinfra-script", daemon=True
        )
        self._thread.start()
        _at_end_of_process(self.close, identity)
        if THREADS_END_EARLY:
            self._inbox.is_ready.wait(READY_S)

    def emit(
        self,
        events: Sequence[Mapping[str, Any]],
        buffers: Sequence[bytes] = (),
        parent: Mapping[str, Any] | None = None,
    ) -> None:
        """Let events wait for the thread."""
        if self._is_closed:
            self._warn_of_fork()
        else:
            self._inbox.put(events, buffers)

    def before_end(self, flush: Callable[[], None]) -> None:
        """Call ``flush`` when the process ends, before the run is closed."""
        self._flushes.append(flush)

    def answer_to(self, answer: Answer) -> None:
        """Say who takes the answers to events of kind ``ask``; it is called on the thread."""
        self._answer = answer

    def after_fork(self) -> None:
        """Write nothing any more: this is a forked process, without the thread."""
        self._is_forked = not self._is_closed
        self._is_closed = True
        self._flushes = []

    def _warn_of_fork(self) -> None:
        if self._is_forked:
            self._is_forked = False
            say(
                "a process that was forked from a recorded script is not recorded; "
                "with multiprocessing's start method 'spawn' it is."
            )

    def close(self) -> None:
        """Write what waits and how the script ended; blocks at most ``CLOSE_S``."""
        if self._is_closed:
            return
        for flush in self._flushes:
            with contextlib.suppress(Exception):
                flush()
        self._is_closed = True
        if count := self._inbox.dropped:
            say(f"{count} batches of what this script logged were left out: too many waited.")
        self._inbox.end(self._ended.verdict())
        self._thread.join(CLOSE_S)
        if self._thread.is_alive():
            say("the last records of this script were not stored: the store does not answer.")

    def _serve(self, identity: Identity, store_url: str) -> None:
        try:
            from .recording import record_script

            answer: Answer = lambda *given: self._answer(*given)  # noqa: E731
            record_script(identity, store_url, self._inbox, answer, say)
        except BaseException as error:
            self._is_closed = True
            self._inbox.is_ready.set()
            say(f"this script is not recorded any more: {type(error).__name__}: {error}")


def say(text: str) -> None:
    """Tell the user in one line; a script without stderr is not told."""
    with contextlib.suppress(Exception):
        line = " ".join(text.split())
        sys.stderr.write(f"dsinfra: {line}\n")
        sys.stderr.flush()


_lock = threading.Lock()
_current: Sink | None = None


def current() -> Sink:
    """Return the sink of this process, made when it is first asked for."""
    global _current
    if _current is None:
        with _lock:
            if _current is None:
                _current = _made()
    return _current


def _made() -> Sink:
    """Return a new sink, and say which; whatever fails costs the records, not the script."""
    setting = os.environ.get(SETTING, "").strip().lower() or "store"
    if setting == "off":
        reason = f"scripts are not recorded ({SETTING}=off)."
        say(reason)
        return SilentSink(reason)
    if setting != "store":
        reason = f"this script is not recorded: {SETTING} is {setting!r}, not 'store' or 'off'."
        say(reason)
        return SilentSink(reason)
    try:
        url = _store_url()
        sink = StoreSink(identify(), url)
        say(f"this script is recorded in {_shown(url)} ({SETTING}=off turns that off).")
        _be_silent_in_forks()
    except Exception as error:
        reason = f"this script is not recorded: {type(error).__name__}: {error}"
        say(reason)
        return SilentSink(reason)
    return sink


def _store_url() -> str:
    """Return where the Jupyter server of this user keeps its runs."""
    given = os.environ.get("DSINFRA_STORE_URL", "").strip()
    if given:
        return given
    from pathlib import Path

    from jupyter_core.paths import jupyter_data_dir

    from ..store import default_url

    return default_url(Path(jupyter_data_dir()) / "dsinfra")


def _shown(url: str) -> str:
    """Return the URL without anything secret."""
    scheme, _, rest = url.partition("://")
    if scheme.startswith("sqlite"):
        return rest.removeprefix("/")
    return f"{scheme}://{rest.partition('?')[0].rpartition('@')[2]}"


def _at_end_of_process(close: Callable[[], None], identity: Identity) -> None:
    """Call ``close`` when this process ends.

    Processes that multiprocessing started end without Python's own handlers.
    """
    atexit.register(close)
    if identity.is_of_multiprocessing:
        from multiprocessing.util import Finalize

        Finalize(None, close, exitpriority=0)


def _be_silent_in_forks() -> None:
    """Write nothing in forked children: connections to a database are not for two processes."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_after_fork)


def _after_fork() -> None:
    global _lock
    _lock = threading.Lock()
    if isinstance(_current, StoreSink):
        _current.after_fork()
