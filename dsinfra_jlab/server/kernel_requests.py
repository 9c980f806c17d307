"""Asks kernels to pack what jobs need and to take what they bring back.

A request goes over the connection of a client of the kernel where there is one: between two
channels a kernel keeps no order, and what a cell needs is what the cells before it have left.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from ..domain.exceptions import Unavailable
from ..domain.ids import OWN_SESSION_PREFIX, KernelId, RunId
from ..domain.tracking.messages import ExecuteReply, Signature
from ..kernel.bundle import injection_request, read_remote_reply, remote_request
from ..kernel.options import Options
from ..kernel.questions import ANSWER_TYPE
from ..services.job_ports import Say
from ..services.recording import Recorder
from ..services.watched_kernel import WatchedKernel
from .kernel_channels import own_session
from .observer import KernelObserver

LOOK_S = 0.5
"""How often it is looked whether the kernel is busy, or gone, while it is waited for."""

ATTEMPTS = 3
"""A request is aborted when a cell before it fails; it is then sent again."""

_ABORTED = {
    "pack": "Cells that were waiting in the kernel failed, and nothing was sent. Send the code "
    "again when the kernel is idle.",
    "land": "Cells that were waiting in the kernel failed, and it did not take the results. They "
    "are kept: take them from the view of the job when the kernel is idle.",
}
"""What to do where a kernel has dropped each of the requests."""

_PREFIX = f"{OWN_SESSION_PREFIX}job."
"""Of the ids of these requests."""

_BUSY = "Waits for the notebook's kernel, which is busy."
_ENDED = "The kernel ended or was restarted before it had packed what the code needs."
_NO_PROBE = (
    "The kernel does not answer requests about jobs. Only kernels of Python can send cells, and "
    "DsinfraApp.injection must not be off."
)

Connections = Callable[[], Iterable[Any]]
"""Gives the open connections of clients to kernels."""


class KernelRequests:
    """The kernels that jobs are sent from; see ``services.job_ports``. For the event loop."""

    def __init__(
        self,
        recorder: Recorder,
        observer: KernelObserver,
        connections: Connections,
        options: Callable[[], Options],
        log: logging.Logger,
        *,
        is_injecting: bool,
    ) -> None:
        self._recorder = recorder
        self._observer = observer
        self._connections = connections
        self._options = options
        self._log = log
        self._is_injecting = is_injecting
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._taught: dict[KernelId, RunId] = {}
        """Kernels that have the modules for jobs, by the process that has them."""

    def kernel(self, kernel_id: KernelId) -> WatchedKernel | None:
        """Return a kernel that runs now, ``None`` if there is none."""
        found = self._recorder.watched(kernel_id)
        return found[0] if found is not None else None

    def of_notebook(self, stored_path: str) -> WatchedKernel | None:
        """Return the kernel that a notebook has now, ``None`` if it has none."""
        for kernel in self._recorder.kernels():
            if kernel.document.notebook_path == stored_path:
                return kernel
        return None

    def parent_run(self, kernel_id: KernelId, *, is_in_cell: bool) -> RunId | None:
        """Return the cell that runs now, or the session of the kernel."""
        found = self._recorder.watched(kernel_id)
        if is_in_cell and found is not None and found[1] is not None:
            return found[1].id
        return self._recorder.session_of(kernel_id)

    def user(self, kernel_id: KernelId) -> str | None:
        """Return who runs what runs now in a kernel, ``None`` if that is not known."""
        return self._recorder.user_of(kernel_id)

    async def pack(self, kernel_id: KernelId, request: dict[str, Any], say: Say) -> dict[str, Any]:
        """Have a kernel pack what some code needs; raises ``Unavailable``."""
        return await self._ask(kernel_id, "pack", request, say)

    async def land(self, kernel_id: KernelId, request: dict[str, Any]) -> dict[str, Any]:
        """Have a kernel take results before its next cell, or when it is idle.

        It is told on two ways, and what comes first counts: a kernel that is asked on the control
        channel takes them before a cell that waits already.
        """
        self._observer.send(kernel_id, "control", ANSWER_TYPE, {"v": 1, "land": request})
        return await self._ask(kernel_id, "land", request, lambda text: None)

    def replied(self, reply: ExecuteReply) -> bool:
        """Take a reply if it answers one of these requests; called on the observer's thread."""
        message_id = reply.envelope.parent_id
        if not message_id.startswith(_PREFIX):
            return False
        future = self._waiting.pop(message_id, None)
        if future is not None:
            content = {"status": reply.status, "user_expressions": reply.expressions}
            with contextlib.suppress(RuntimeError):  # the loop is closed
                future.get_loop().call_soon_threadsafe(_answer, future, content)
        return True

    # Inside

    async def _ask(
        self, kernel_id: KernelId, method: str, request: dict[str, Any], say: Say
    ) -> dict[str, Any]:
        session = self._recorder.session_of(kernel_id)
        is_taught = session is not None and self._taught.get(kernel_id) == session
        answer: dict[str, Any] = {}
        for _ in range(ATTEMPTS):
            if answer.get("is_broken") and is_taught:
                is_taught = False  # it has let go of them; the next try brings them again
            elif answer.get("is_broken"):
                if not self._is_injecting:
                    break
                self._send(kernel_id, f"{_PREFIX}{uuid.uuid4().hex}", self._injection())
            content = remote_request(method, request, has_modules=is_taught)
            answer = read_remote_reply(await self._reply(kernel_id, session, content, say))
            if not (answer.get("is_aborted") or answer.get("is_broken")):
                self._note_taught(kernel_id, session)
                return answer
        if answer.get("is_broken"):
            self._log.warning("dsinfra: a kernel could not %s: %s", method, answer.get("error"))
            raise Unavailable(f"{_NO_PROBE} ({str(answer.get('error'))[:300]})")
        raise Unavailable(_ABORTED[method])

    def _note_taught(self, kernel_id: KernelId, session: RunId | None) -> None:
        """Keep in mind that a kernel has the modules, and forget those of kernels that are gone."""
        if session is None or self._taught.get(kernel_id) == session:
            return
        session_of = self._recorder.session_of
        self._taught = {key: at for key, at in self._taught.items() if session_of(key) == at}
        self._taught[kernel_id] = session

    async def _reply(
        self, kernel_id: KernelId, session: RunId | None, content: dict[str, Any], say: Say
    ) -> dict[str, Any]:
        message_id = f"{_PREFIX}{uuid.uuid4().hex}"
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[message_id] = future
        is_told = False
        try:
            self._send(kernel_id, message_id, content)
            while True:
                done, _ = await asyncio.wait([future], timeout=LOOK_S)
                if done:
                    if is_told:
                        say("")
                    return future.result()
                if self._recorder.session_of(kernel_id) != session:
                    raise Unavailable(_ENDED)
                if not is_told and self._recorder.is_busy(kernel_id):
                    say(_BUSY)
                    is_told = True
        finally:
            self._waiting.pop(message_id, None)

    def _send(self, kernel_id: KernelId, message_id: str, content: dict[str, Any]) -> None:
        connection = self._connection_to(kernel_id)
        if connection is None:
            self._observer.request(kernel_id, message_id, content)
            return
        session = connection.session
        scheme = str(session.signature_scheme).removeprefix("hmac-")
        own = own_session(Signature(session.key, scheme))
        header = {**own.msg_header("execute_request"), "msg_id": message_id}
        own.send(connection.channels["shell"], "execute_request", content=content, header=header)

    def _connection_to(self, kernel_id: KernelId) -> Any:
        """Return a client's connection whose replies we see, ``None`` if there is none."""
        for connection in list(self._connections()):
            if getattr(connection, "kernel_id", None) != kernel_id:
                continue
            stream = (getattr(connection, "channels", None) or {}).get("shell")
            if stream is not None and not stream.closed():
                return connection
        return None

    def _injection(self) -> dict[str, Any]:
        return injection_request(self._options())


def _answer(future: asyncio.Future[dict[str, Any]], content: dict[str, Any]) -> None:
    if not future.done():
        future.set_result(content)
