"""A kernel on the worker and the sockets to it."""

from __future__ import annotations

import hashlib
import json
import math
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from . import limits
from .launching import Launched, LaunchFailed, why_not_started
from .processes import kill_all
from .wire import JsonObject, Message, Wire, new_id, read_message

Received = tuple[str, list[Any]]
"""A channel, and the frames that came on it."""


class StartStopped(Exception):
    """The start of a kernel was given up because nobody wants it any more."""


class _Sockets:
    """The context of all sockets of this process, made with the first kernel."""

    lock = threading.Lock()
    context: Any = None

    @classmethod
    def shared(cls) -> Any:
        import zmq

        with cls.lock:
            if cls.context is None:
                cls.context = zmq.Context()
            return cls.context


class FarKernel:
    """A kernel with the sockets to it; used by one thread at a time."""

    def __init__(self, argv: list[str], extra: dict[str, str]) -> None:
        """Start its process, which is not ready yet.

        Raises
        ------
        LaunchFailed
            No process could be made.
        """
        self.argv = argv
        self.python = ""
        self.probe_key = ""
        """Tells which probe is in it; empty while there is none."""
        self.said: list[Received] = []
        """What it published before it had a job."""
        self._wire = Wire()
        self._sockets: dict[str, Any] = {}
        self._ended = False
        self.launched = Launched(argv, extra, self._wire.key)
        self.process = self.launched.process
        self.pid = 0
        """Number of its process and of its group; known when it is ready."""
        self._monitor: Any = None

    def make_ready(self, should_stop: Callable[[], bool] = lambda: False) -> None:
        """Connect and wait until the kernel answers and is heard; ends it if it does not.

        Raises
        ------
        LaunchFailed
            It ended, or it took too long.
        StartStopped
            ``should_stop`` said so.
        """
        deadline = time.monotonic() + limits.START_S
        try:
            for name in ("shell", "control", "iopub"):
                self._connect(name)
            while not self.process.find(limits.HEARD_AGAIN_S):
                self._look_at_start(should_stop, deadline)
            self.pid = self.process.pid
            self._greet(should_stop, deadline)
            self._watch_connection()
        except BaseException:
            self.end()
            raise

    def load_probe(self, probe: JsonObject) -> None:
        """Put the probe into a kernel that has no job yet; what it says is kept for the job."""
        header = self.send("shell", "execute_request", probe)
        deadline = time.monotonic() + limits.START_S
        is_idle, reply = False, None
        while not (is_idle and reply) and self.is_alive and time.monotonic() < deadline:
            for channel, frames in self.receive(limits.HEARD_AGAIN_S):
                message = parsed(frames)
                if message is None:
                    continue
                is_ours = message.parent_id == header["msg_id"]
                if channel == "shell" and is_ours:
                    reply = message.content
                elif channel == "iopub" and message.type == "status":
                    state = message.content.get("execution_state")
                    is_idle = is_idle or (is_ours and state == "idle")
                elif channel == "iopub":
                    self.said.append((channel, frames))
        if reply is not None:
            self.note_probe(probe, reply)

    def note_probe(self, probe: JsonObject, reply: JsonObject) -> None:
        """Keep in mind that the probe is there, if the reply says so."""
        answers = (reply.get("user_expressions") or {}).values()
        if any('"state": "loaded"' in str(each.get("data")) for each in answers):
            self.probe_key = probe_key(probe)

    def mute(self) -> None:
        """Stop listening to its output: nobody is there who would take it."""
        self._close("iopub")

    def listen_again(self) -> None:
        """Listen to its output again, and wait until it is heard.

        Raises
        ------
        LaunchFailed
            It has ended meanwhile.
        """
        self._connect("iopub")
        self._greet(lambda: False, time.monotonic() + limits.START_S)

    @property
    def is_alive(self) -> bool:
        """Whether its process runs."""
        return not self._ended and self.process.poll() is None

    @property
    def guard_pid(self) -> int | None:
        """Number of the process that all of it is below, ``None`` if somebody has ended that."""
        return self.process.guard_pid if self.process.is_guarded else None

    def send(
        self,
        channel: str,
        type_: str,
        content: JsonObject,
        *,
        message_id: str | None = None,
        metadata: JsonObject | None = None,
        user: str | None = None,
    ) -> JsonObject:
        """Send a message and return its header."""
        header = self._wire.header(type_, message_id or new_id(), user)
        self._sockets[channel].send_multipart(self._wire.frames(header, metadata or {}, content))
        return header

    def receive(self, seconds: float, wake: int | None = None) -> Iterator[Received]:
        """Give what came on iopub, shell and control; waits so long if nothing has yet."""
        import zmq

        poller = zmq.Poller()
        for name in ("iopub", "shell", "control"):
            poller.register(self._sockets[name], zmq.POLLIN)
        for extra in (wake, self.process.fileno(), self._monitor):
            if extra is not None:
                poller.register(extra, zmq.POLLIN)
        ready = dict(poller.poll(max(0, math.ceil(seconds * 1000))))
        for name in ("iopub", "shell", "control"):
            socket = self._sockets[name]
            if socket in ready:
                for _ in range(limits.RECEIVE_MAX):
                    try:
                        yield name, socket.recv_multipart(zmq.NOBLOCK, copy=False)
                    except zmq.Again:
                        break

    def is_cut_off(self) -> bool:
        """Whether the connection ended: the kernel died, or became another program."""
        import zmq
        from zmq.utils.monitor import recv_monitor_message

        if self._monitor is None:
            return False
        cut = False
        while self._monitor.poll(0):
            event = recv_monitor_message(self._monitor, zmq.NOBLOCK)
            cut = cut or event["event"] == zmq.EVENT_DISCONNECTED
        return cut

    def wait(self, seconds: float) -> int | None:
        """Wait for the end of its process; returns the exit code, ``None`` if it still runs."""
        return self.process.wait(seconds)

    def end(self, known: dict[int, int] | None = None) -> bool:
        """Kill it with everything it has started, and remove its folder.

        Returns whether nothing of it is left. ``known`` are processes seen before (pid to start
        tick), also those that have left its group and its environment since.
        """
        if self._ended:
            return True
        self._ended = True
        group = self.pid if self.process.is_guarded and self.pid else None
        is_gone = kill_all(group, self.launched.mark, known or {}, self.guard_pid)
        for name in list(self._sockets):
            self._close(name)
        self.launched.clear()
        return is_gone

    def _connect(self, channel: str) -> None:
        import zmq

        kind = zmq.SUB if channel == "iopub" else zmq.DEALER
        socket = _Sockets.shared().socket(kind)
        socket.linger = 0
        socket.reconnect_ivl = limits.CONNECT_AGAIN_MS
        # Unbounded, and before connect: what does not fit a bounded queue is lost without a word.
        socket.rcvhwm = 0
        socket.sndhwm = 0
        if channel == "iopub":
            socket.subscribe(b"")
        socket.connect(self.launched.endpoint(channel))
        self._sockets[channel] = socket

    def _close(self, channel: str) -> None:
        socket = self._sockets.pop(channel, None)
        if socket is None:
            return
        if channel == "shell" and self._monitor is not None:
            socket.disable_monitor()
            self._monitor.close()
            self._monitor = None
        socket.close()

    def _watch_connection(self) -> None:
        import zmq

        self._monitor = self._sockets["shell"].get_monitor_socket(zmq.EVENT_DISCONNECTED)

    def _greet(self, should_stop: Callable[[], bool], deadline: float) -> None:
        again = 0.0
        answered = heard = False
        while not (answered and heard):
            self._look_at_start(should_stop, deadline)
            now = time.monotonic()
            if now >= again and (again == 0.0 or answered):
                # Asked once until it answers; then until its output is heard as well.
                self.send("shell", "kernel_info_request", {})
                again = now + limits.HEARD_AGAIN_S
            for channel, frames in self.receive(limits.HEARD_AGAIN_S):
                heard = heard or channel == "iopub"
                if channel == "shell":
                    answered = True
                    self._note_python(frames)

    def _look_at_start(self, should_stop: Callable[[], bool], deadline: float) -> None:
        """Raise what there is to raise if the kernel will not come."""
        if should_stop():
            raise StartStopped
        code = self.process.poll()
        if code is not None or time.monotonic() > deadline:
            raise LaunchFailed(why_not_started(self.launched, code))

    def _note_python(self, frames: list[Any]) -> None:
        message = parsed(frames)
        if message is not None:
            language = message.content.get("language_info") or {}
            self.python = str(language.get("version", ""))


def parsed(frames: list[Any]) -> Message | None:
    """Return the message in some frames, ``None`` if it is none."""
    try:
        return read_message(frames)
    except (ValueError, StopIteration):
        return None


def probe_key(probe: JsonObject) -> str:
    """Return what tells probes apart that are loaded in different ways."""
    known, key = _last_key[0]
    if known is probe:
        return key
    text = json.dumps(probe.get("user_expressions") or {}, sort_keys=True)
    key = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    _last_key[0] = (probe, key)
    return key


_last_key: list[tuple[JsonObject, str]] = [({}, "")]
"""That of the newest probe: it is the same for every job, and long."""
