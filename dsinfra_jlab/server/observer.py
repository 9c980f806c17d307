"""Reads IOPub of every kernel in one thread of its own.

Why not on Jupyter Server's event loop: a busy loop would let messages pile up, and a default
SUB socket then drops them without a word. Each socket here is unbounded
(``RCVHWM=0``, set before connecting) and drained by a thread that does nothing else.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import zmq

from ..domain import limits
from ..domain.health import ServiceHealth, ServiceState
from ..domain.ids import KernelId
from ..services.recording import Recorder
from .kernel_channels import RECONNECT_MS, Channel, KernelChannels, KernelEndpoint, secure
from .websocket import decode_reply


@dataclass(slots=True)
class _Subscription:
    kernel_id: KernelId
    endpoint: KernelEndpoint
    socket: zmq.Socket[bytes]
    channels: KernelChannels


class KernelObserver:
    """The observer thread. Every public method may be called from any thread."""

    def __init__(self, recorder: Recorder, log: logging.Logger) -> None:
        self._recorder = recorder
        self._log = log
        self._calls: deque[Callable[[], None]] = deque()
        self._is_waiting = False
        self._is_resting = False
        """Whether it waits for longer than a tick."""
        self._has_news = True
        """Whether the last turn had anything to do."""
        self._is_stopping = False
        self._has_backlog = False
        self._is_urgent = False
        """Whether there is a call that is to be done at once."""
        self._hurry_until_s = 0.0
        """Until then somebody waits for what comes next."""
        self._failure: str | None = None
        self.turns = 0
        """How often it has looked for something to do."""
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        self._subscriptions: dict[KernelId, _Subscription] = {}
        self._by_socket: dict[object, _Subscription] = {}
        self._by_channel: dict[object, _Subscription] = {}
        self._thread = threading.Thread(target=self._run, name="dsinfra-observer", daemon=True)

    def start(self) -> None:
        """Begin to observe."""
        self._thread.start()

    def stop(self) -> None:
        """End every run that is open, and the thread; takes at most ``STOP_DEADLINE_S``."""
        if self._thread.is_alive():
            self.call(self._stop)
            self._thread.join(limits.STOP_DEADLINE_S)
        if not self._thread.is_alive():
            self._wake_in.close()
            self._wake_out.close()

    def post(self, act: Callable[[], None]) -> None:
        """Have ``act`` called on the observer's thread, before any message not yet read.

        Costs the caller next to nothing: the thread is woken only if it has gone to rest, so it
        may take until the next message, or ``OBSERVER_TICK_S``.
        """
        self._calls.append(act)
        if self._is_resting:
            self._is_resting = False
            self._wake()

    def call(self, act: Callable[[], None]) -> None:
        """Do the same at once."""
        self._calls.append(act)
        self._is_urgent = True
        if self._is_waiting:
            self._wake()

    def call_after_messages(self, kernel_id: KernelId, act: Callable[[], None]) -> None:
        """Have ``act`` called when everything the kernel has sent until now is read."""
        self.call(lambda: self._act_after_messages(kernel_id, act))

    def watch(self, kernel_id: KernelId, endpoint: KernelEndpoint) -> None:
        """Subscribe to a kernel; again with another endpoint moves the subscription."""
        self.call(lambda: self._subscribe(kernel_id, endpoint))

    def unwatch(self, kernel_id: KernelId) -> None:
        """Read what the kernel has still sent, then unsubscribe."""
        self.call(lambda: self._unsubscribe(kernel_id))

    def send(
        self, kernel_id: KernelId, channel: Channel, message_type: str, content: Mapping[str, Any]
    ) -> None:
        """Send a message of our own to a kernel; its reply goes to the recorder."""
        self.call(lambda: self._send(kernel_id, channel, message_type, content))

    def wake(self, kernel_id: KernelId) -> None:
        """Have a kernel that has answered a request of ours look for others."""
        self.call(lambda: self._wake_kernel(kernel_id))

    def request(self, kernel_id: KernelId, message_id: str, content: Mapping[str, Any]) -> None:
        """Send a request of this id to run something; its reply goes to the recorder."""
        self.call(lambda: self._request(kernel_id, message_id, content))

    def health(self) -> ServiceHealth:
        """Return how the thread is doing."""
        if self._failure is not None:
            return ServiceHealth(ServiceState.failed, self._failure)
        if self._thread.is_alive():
            return ServiceHealth(ServiceState.running)
        is_new = self._thread.ident is None
        return ServiceHealth(ServiceState.starting if is_new else ServiceState.stopped)

    # On the thread

    def _run(self) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._poller = zmq.Poller()
        self._poller.register(self._wake_out, zmq.POLLIN)
        self._napping = zmq.Poller()
        self._napping.register(self._wake_out, zmq.POLLIN)
        try:
            while not self._is_stopping:
                self._turn()
        except Exception as error:
            self._failure = f"the observer thread ended: {type(error).__name__}: {error}"
            self._log.exception("dsinfra: the observer thread ended")
        finally:
            for kernel_id in list(self._subscriptions):
                self._unsubscribe(kernel_id)
            self._context.destroy(linger=0)

    def _turn(self) -> None:
        """Wait for something to do, let more of it come, and do it.

        Taking messages one by one would have this thread compete with the event loop for
        the interpreter at each of them: it made a trivial cell 1.1 times slower.
        """
        ready = self._wait()
        self.turns += 1
        self._has_news = bool(ready or self._calls)
        if ready and not self._has_backlog and not self._is_awaited(ready):
            self._nap()
        self._do_calls()
        is_draining = False
        for ready_socket, _ in ready:
            subscription = self._by_socket.get(ready_socket)
            if subscription is not None:
                is_draining |= self._drain(subscription)
            elif ready_socket in self._by_channel:
                self._drain_replies(ready_socket, self._by_channel[ready_socket])
        self._has_backlog = is_draining
        if not is_draining:
            self._recorder.tick(self._recorder.moment())

    def _wait(self) -> list[tuple[object, int]]:
        pause_s = self._pause_s()
        self._is_waiting = True
        self._is_resting = pause_s > limits.OBSERVER_TICK_S
        try:
            # Asked only now: whoever adds a call from here on sees that it has to wake us.
            ready = self._poller.poll(0 if self._calls else int(pause_s * 1_000))
        finally:
            self._is_waiting = self._is_resting = False
        self._take_wakes()
        return list(ready)

    def _is_awaited(self, ready: list[tuple[object, int]]) -> bool:
        """Return whether somebody waits for us: with a call, or for what a kernel answers.

        Code that asks the server does so several times in a row. With a nap before each question
        was read and another before its answer was sent, sending a job took 0.4 s longer.
        """
        is_hurried = time.monotonic() < self._hurry_until_s
        return self._is_urgent or is_hurried or any(own in self._by_channel for own, _ in ready)

    def _nap(self) -> None:
        """Let messages gather, until there is a call."""
        self._is_waiting = True
        try:
            # Asked only now, as in ``_wait``.
            if not self._is_urgent:
                self._napping.poll(int(limits.OBSERVER_NAP_S * 1_000))
        finally:
            self._is_waiting = False
        self._take_wakes()

    def _take_wakes(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._wake_out.recv(4_096):
                pass

    def _pause_s(self) -> float:
        """Return how long to wait for what may come: a tick if anything has come just now."""
        if self._has_news:
            return limits.OBSERVER_TICK_S
        due_s = self._recorder.next_tick_s
        rest_s = limits.OBSERVER_REST_S
        if due_s is not None:
            rest_s = min(rest_s, due_s - self._recorder.moment().monotonic_s)
        return max(limits.OBSERVER_TICK_S, rest_s)

    def _do_calls(self) -> None:
        self._is_urgent = False
        while self._calls:
            act = self._calls.popleft()
            try:
                act()
            except Exception:
                self._log.exception("dsinfra: a task of the observer failed")

    def _drain(self, subscription: _Subscription, *, with_calls: bool = True) -> bool:
        """Read what one kernel has sent; say whether there may be more."""
        recorder, signature = self._recorder, subscription.endpoint.signature
        for _ in range(limits.OBSERVER_BATCH):
            if (
                with_calls and self._calls
            ):  # a request must be known before what the kernel says of it
                self._do_calls()
            if subscription.socket.closed:
                return False
            try:
                frames = subscription.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return False
            recorder.published(subscription.kernel_id, frames, signature, recorder.moment())
        return True

    def _subscribe(self, kernel_id: KernelId, endpoint: KernelEndpoint) -> None:
        present = self._subscriptions.get(kernel_id)
        if present is not None:
            if present.endpoint == endpoint:
                return
            self._unsubscribe(kernel_id)
        sub: zmq.Socket[bytes] = self._context.socket(zmq.SUB)
        sub.setsockopt(zmq.RCVHWM, 0)
        sub.setsockopt(zmq.LINGER, 0)
        sub.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MS)
        secure(sub, endpoint)
        sub.setsockopt(zmq.SUBSCRIBE, b"")
        sub.connect(endpoint.url)
        channels = KernelChannels(self._context, endpoint)
        subscription = _Subscription(kernel_id, endpoint, sub, channels)
        self._subscriptions[kernel_id] = subscription
        self._by_socket[sub] = subscription
        self._poller.register(sub, zmq.POLLIN)
        for own in channels.sockets.values():
            self._by_channel[own] = subscription
            self._poller.register(own, zmq.POLLIN)

    def _send(
        self, kernel_id: KernelId, channel: Channel, message_type: str, content: Mapping[str, Any]
    ) -> None:
        subscription = self._subscriptions.get(kernel_id)
        if subscription is not None:
            self._hurry_until_s = time.monotonic() + limits.OBSERVER_HURRY_S
            subscription.channels.send(channel, message_type, content)

    def _wake_kernel(self, kernel_id: KernelId) -> None:
        subscription = self._subscriptions.get(kernel_id)
        if subscription is not None:
            subscription.channels.wake()

    def _request(self, kernel_id: KernelId, message_id: str, content: Mapping[str, Any]) -> None:
        subscription = self._subscriptions.get(kernel_id)
        if subscription is not None:
            self._hurry_until_s = time.monotonic() + limits.OBSERVER_HURRY_S
            subscription.channels.request(message_id, content)

    def _drain_replies(self, own: object, subscription: _Subscription) -> None:
        """Read what a kernel answers to our own requests."""
        assert isinstance(own, zmq.Socket)
        recorder, kernel_id = self._recorder, subscription.kernel_id
        for _ in range(limits.OBSERVER_BATCH):
            try:
                frames = own.recv_multipart(zmq.NOBLOCK)
            except zmq.ZMQError:
                return
            if own is subscription.channels.sockets.get("shell"):
                subscription.channels.wake()
            recorder.replied(kernel_id, partial(decode_reply, frames), recorder.moment())

    def _act_after_messages(self, kernel_id: KernelId, act: Callable[[], None]) -> None:
        self._drain_whole(kernel_id)
        act()

    def _drain_whole(self, kernel_id: KernelId) -> None:
        """Read all a kernel has sent, and leave the calls behind this one in their order."""
        subscription = self._subscriptions.get(kernel_id)
        while subscription is not None and self._drain(subscription, with_calls=False):
            pass

    def _unsubscribe(self, kernel_id: KernelId) -> None:
        self._drain_whole(kernel_id)
        subscription = self._subscriptions.get(kernel_id)
        if subscription is None:
            return
        self._subscriptions.pop(kernel_id, None)
        self._by_socket.pop(subscription.socket, None)
        for own in subscription.channels.sockets.values():
            self._by_channel.pop(own, None)
            self._poller.unregister(own)
        subscription.channels.close()
        if not subscription.socket.closed:
            self._poller.unregister(subscription.socket)
            subscription.socket.close()

    def _stop(self) -> None:
        for kernel_id in list(self._subscriptions):
            self._drain_whole(kernel_id)
        self._recorder.stop()
        self._is_stopping = True

    def _wake(self) -> None:
        # Its buffer is full of wake-ups already, or the thread is gone and it is closed.
        with contextlib.suppress(OSError):
            self._wake_in.send(b"!")
