"""Talks to the kernel of a job, and passes on what it publishes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from . import limits
from .asking import ANSWER_TYPE, EVENT_TYPE, answers_to
from .far_kernel import FarKernel, Received, parsed
from .watching import TreeWatch
from .wire import JsonObject, Message, new_id
from .wishes import Wishes

_NOT_PASSED = frozenset(("iopub_welcome", "shutdown_reply"))


class KernelGone(Exception):
    """The kernel went away; ``exit_code`` is null if its process became another program."""

    def __init__(self, exit_code: int | None) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


class Output(Protocol):
    """Takes what a kernel publishes."""

    @property
    def due_at(self) -> float | None:
        """When something that was gathered has to go; ``None`` if there is nothing."""

    def pause(self) -> None:
        """Pass on what is due."""

    def event(self, event: dict[str, Any]) -> None:
        """Take an event of the runner's own."""

    def message(self, channel: str, message: Message) -> bool:
        """Take a message; return whether it goes on."""


class Conversation:
    """Requests to one kernel, one at a time, with everything that comes meanwhile."""

    def __init__(
        self,
        kernel: FarKernel,
        output: Output,
        watch: TreeWatch,
        wishes: Wishes,
        job_message_id: str,
    ) -> None:
        self._kernel = kernel
        self._output = output
        self._watch = watch
        self._wishes = wishes
        self._job_message_id = job_message_id
        self.is_session = False
        """Then threads of earlier cells may still print, which is no part of this job."""
        self.on_turn: Callable[[], None] = lambda: None
        """Called whenever something may have changed; it may raise."""
        self.is_busy = False
        """Whether the kernel is at the request that was sent last."""
        self._is_idle = False
        self._awaited = ""
        self._reply: JsonObject | None = None
        self._own_ids = {""}
        self._nudge_at: float | None = None

    def passes(self, message_ids: Iterable[str]) -> None:
        """Pass on what belongs to these requests as well, which others than we have made."""
        self._own_ids.update(message_ids)

    def replay(self, said: list[Received]) -> None:
        """Take what the kernel published before there was a job."""
        for channel, frames in said:
            self._take(channel, frames)

    def silently(self, expressions: dict[str, str]) -> JsonObject:
        """Have expressions evaluated in their order; returns what the kernel says of each."""
        content = {
            "code": "",
            "silent": True,
            "store_history": False,
            "user_expressions": expressions,
            "allow_stdin": False,
            "stop_on_error": False,
        }
        self.send(content, new_id())
        return dict(self.reply().get("user_expressions") or {})

    def send(
        self,
        content: JsonObject,
        message_id: str,
        metadata: JsonObject | None = None,
        user: str | None = None,
    ) -> JsonObject:
        """Send an ``execute_request`` and return its header."""
        self._awaited = message_id
        self._own_ids.add(message_id)
        self._reply = None
        self.is_busy = self._is_idle = False
        self._nudge_at = None
        return self._kernel.send(
            "shell", "execute_request", content, message_id=message_id, metadata=metadata, user=user
        )

    def reply(self) -> JsonObject:
        """Wait for the end of the request and return its reply.

        Raises
        ------
        KernelGone
            The kernel went away before.
        """
        # Both: what the code published stands before the idle status, on another socket.
        self.pump(lambda: self._reply is not None and self._is_idle)
        assert self._reply is not None
        return self._reply

    def pump(self, is_done: Callable[[], bool]) -> None:
        """Pass on what comes until ``is_done``.

        Raises
        ------
        KernelGone
            The kernel went away before.
        """
        while not is_done():
            self.on_turn()
            self.sample()
            self._nudge()
            for channel, frames in self._kernel.receive(self._patience(), self._wishes.wake):
                self._take(channel, frames)
            self._output.pause()
            if not is_done() and (not self._kernel.is_alive or self._kernel.is_cut_off()):
                self._drain()

    def nudge_soon(self) -> None:
        """Wake the kernel's event loop from now on, until the request has ended.

        An interrupt cancels what a cell awaits, but the loop sleeps on until something comes.
        """
        self._nudge_at = time.monotonic()

    def _nudge(self) -> None:
        if self._nudge_at is not None and time.monotonic() >= self._nudge_at:
            self._nudge_at = time.monotonic() + limits.NUDGE_S
            self._kernel.send("shell", "kernel_info_request", {})

    def sample(self, *, is_last: bool = False) -> None:
        """Look at the processes of the job if it is time to, or at the end."""
        if is_last or time.monotonic() >= self._watch.next_at:
            is_short = is_last and self.is_session
            sample = self._watch.look(is_last=is_last, is_short=is_short)
            if sample is not None:
                self._output.event(sample)

    def _drain(self) -> None:
        exit_code = self._kernel.wait(limits.POLITE_END_S)
        while True:
            came = list(self._kernel.receive(limits.DRAIN_S))
            for channel, frames in came:
                self._take(channel, frames)
            if not any(channel == "iopub" for channel, _ in came):
                raise KernelGone(exit_code)

    def _patience(self) -> float:
        now = time.monotonic()
        ends = [self._watch.next_at]
        if self._nudge_at is not None:
            ends.append(self._nudge_at)
        if self._output.due_at is not None:
            ends.append(self._output.due_at)
        if self._wishes.kill_at is not None:
            ends.append(now + self._wishes.kill_at - time.time())
        return max(0.0, min(ends) - now)

    def _take(self, channel: str, frames: list[Any]) -> None:
        message = parsed(frames)
        if message is None:
            return
        if message.parent_id == self._awaited:
            self._note(channel, message)
        is_passed = self._is_passed(channel, message) and self._output.message(channel, message)
        if message.type == EVENT_TYPE:
            for answer in answers_to(message, is_passed=is_passed):
                self._kernel.send("control", ANSWER_TYPE, answer)

    def _note(self, channel: str, message: Message) -> None:
        if channel == "shell" and message.type == "execute_reply":
            self._reply = message.content
        elif channel == "iopub" and message.type == "status":
            state = message.content.get("execution_state")
            self.is_busy = self.is_busy or state == "busy"
            self._is_idle = self._is_idle or state == "idle"

    def _is_passed(self, channel: str, message: Message) -> bool:
        if channel != "iopub":
            return channel == "shell" and message.parent_id == self._job_message_id
        if message.type in _NOT_PASSED:
            return False
        if message.is_own and message.type in ("status", "execute_input"):
            return False
        if message.type == "status" and not message.parent_id:
            return False  # of its start, which may be heard late
        return not self.is_session or message.parent_id in self._own_ids
