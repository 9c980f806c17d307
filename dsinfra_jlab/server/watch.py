"""Knows which kernels there are, what they belong to, and when they start, restart and die.

Runs on the event loop and only listens: to Jupyter's own events, to the restarter's
callbacks, and, for what neither of them tells, to a look round every few seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

from ..domain import limits
from ..domain.changes import MoveDocument
from ..domain.health import KernelHealth, ProbeState, ServiceHealth, ServiceState
from ..domain.ids import KernelId
from ..domain.resources.samples import RunningCell
from ..domain.runs.records import Document, DocumentKind
from ..domain.tracking.verdict import EndCause, KernelEnd
from ..services.contents_paths import ContentsPaths, final_path
from ..services.monitor_ports import KernelFacts, ResourceMonitor
from ..services.recording import Recorder
from .clients import ClientWatch
from .injection import Injector
from .jupyter_kernels import described, endpoint_of, pid_of, returncode_of, state_of
from .observer import KernelObserver

_KERNEL_ACTIONS = "https://events.jupyter.org/jupyter_server/kernel_actions/v1"
_CONTENTS_ACTIONS = "https://events.jupyter.org/jupyter_server/contents_service/v1"
_DRIVES = ("RTC:",)
"""Prefixes that real-time collaboration puts before the path of a shared document."""


class KernelWatch:
    """The part of the server that watches kernels.

    Parameters
    ----------
    serverapp
        The Jupyter Server; its kernel, session and event managers are listened to.
    recorder, observer
        Where everything that is seen goes.
    memory
        Follows the memory of the kernels that are watched.
    injector
        Puts the probe into kernels; ``None`` if the operator turned that off.
    """

    def __init__(
        self,
        serverapp: Any,
        recorder: Recorder,
        observer: KernelObserver,
        paths: ContentsPaths,
        log: logging.Logger,
        memory: ResourceMonitor,
        injector: Injector | None = None,
    ) -> None:
        self._serverapp = serverapp
        self._kernels = serverapp.kernel_manager
        self._sessions = serverapp.session_manager
        self._recorder = recorder
        self._observer = observer
        self._paths = paths
        self._memory = memory
        self._log = log
        self._watched: dict[KernelId, Any] = {}
        self._unwatchable: dict[KernelId, str] = {}
        self._dead: set[KernelId] = set()
        self._facts: dict[KernelId, tuple[tuple[object, ...], KernelFacts]] = {}
        """What was told of each kernel last, after what it was made of."""
        self._callbacks: dict[KernelId, list[tuple[Callable[[], None], str]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session_changes: int | None = None
        """How often sessions had been changed when they were last looked at."""
        self.clients = ClientWatch(serverapp.web_app, recorder, observer, log, injector)

    # A part of the server

    async def start(self) -> None:
        """Begin to watch: what runs already, and whatever comes."""
        self._observer.start()
        events = self._serverapp.event_logger
        events.add_listener(schema_id=_KERNEL_ACTIONS, listener=self._on_kernel_action)
        events.add_listener(schema_id=_CONTENTS_ACTIONS, listener=self._on_contents_action)
        await self._look_round()
        self.clients.begin()
        self._keep(self._look_round_for_ever())

    async def stop(self) -> None:
        """End the open runs and stop watching. The kernels are left alone."""
        events = self._serverapp.event_logger
        for schema_id, listener in (
            (_KERNEL_ACTIONS, self._on_kernel_action),
            (_CONTENTS_ACTIONS, self._on_contents_action),
        ):
            with contextlib.suppress(KeyError):  # a schema never registered was never heard
                events.remove_listener(schema_id=schema_id, listener=listener)
        for task in list(self._tasks):
            task.cancel()
        for kernel_id in list(self._callbacks):
            self._remove_callbacks(kernel_id)
        await asyncio.get_running_loop().run_in_executor(None, self._observer.stop)

    def health(self) -> ServiceHealth:
        """Return whether everything can be seen that there is to see."""
        observer = self._observer.health()
        if observer.state is not ServiceState.running:
            return observer
        notes = [self.clients.problem] if self.clients.problem else []
        if self._recorder.failures:
            what = ", ".join(f"{name} ({count})" for name, count in self._recorder.failures.items())
            notes.append(f"Recording failed at: {what}. Cells are not affected.")
        state = ServiceState.degraded if notes else ServiceState.running
        return ServiceHealth(state, " ".join(notes))

    def kernels_health(self) -> dict[str, KernelHealth]:
        """Return how well each kernel is seen."""
        unseen = {
            str(kernel_id): KernelHealth(ProbeState.unsupported, reason, None)
            for kernel_id, reason in self._unwatchable.items()
        }
        return {**self._recorder.kernels_health(), **unseen}

    def facts(self, kernel_id: KernelId) -> KernelFacts | None:
        """Return what is known of a kernel besides its processes; may be asked in any thread."""
        found, kernel = self._recorder.watched(kernel_id), self._watched.get(kernel_id)
        if found is None:
            return None
        watched, run = found
        last_activity = getattr(kernel, "last_activity", None)
        # Asked of each kernel each second, of which most rest.
        made_of = (watched, run, getattr(kernel, "execution_state", None), last_activity)
        known = self._facts.get(kernel_id)
        if run is None and known is not None and known[0] == made_of:
            return known[1]
        path = watched.document.notebook_path
        facts = KernelFacts(
            kernel_name=watched.name,
            notebook_path=self._paths.to_contents(path) if path is not None else None,
            name=watched.document.name,
            state=state_of(kernel),
            running=RunningCell(run.id, run.cell_id, run.execution_count, run.started_at)
            if run is not None
            else None,
            last_activity_at=last_activity,
        )
        self._facts[kernel_id] = made_of, facts
        return facts

    # Kernels: what Jupyter's events tell

    async def _on_kernel_action(self, logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        kernel_id = KernelId(str(data.get("kernel_id") or ""))
        if not kernel_id or data.get("status") != "success":
            return
        action = data.get("action")
        if action == "start":
            self._attach(kernel_id)
            self._keep(self._find_document(kernel_id))
        elif action == "restart":
            self._on_restarted(kernel_id)
        elif action == "interrupt":
            self._observer.call(partial(self._recorder.interrupt_asked, kernel_id))
        elif action == "shutdown":
            self._detach(kernel_id, KernelEnd(EndCause.shut_down))

    async def _on_contents_action(self, logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        source, target = data.get("source_path"), data.get("path")
        if data.get("action") != "rename" or not source or not target:
            return
        move = MoveDocument(self._stored_path(str(source)), self._stored_path(str(target)))
        # On the observer's thread, in order with what it records: a run written with the old
        # path after the move would take the experiment back to it. The session follows in a
        # request of its own; by then the kernel must not say the old path any more.
        self._observer.call(partial(self._recorder.document_moved, move))

    def _attach(self, kernel_id: KernelId) -> None:
        kernel = self._kernel(kernel_id)
        if kernel is None or self._watched.get(kernel_id) is kernel:
            return
        endpoint = endpoint_of(kernel)
        if isinstance(endpoint, str):
            self._unwatchable[kernel_id] = endpoint
            return
        self._unwatchable.pop(kernel_id, None)
        self._watched[kernel_id] = kernel
        self._dead.discard(kernel_id)
        watched = described(kernel_id, kernel, self._serverapp)
        self._memory.follow(kernel_id, pid_of(kernel))
        self._observer.call(partial(self._recorder.attach, watched))
        self._observer.watch(kernel_id, endpoint)
        self._add_callbacks(kernel_id)

    def _detach(self, kernel_id: KernelId, end: KernelEnd) -> None:
        self._remove_callbacks(kernel_id)
        self._unwatchable.pop(kernel_id, None)
        self._dead.discard(kernel_id)
        self._facts.pop(kernel_id, None)
        self._memory.leave(kernel_id)
        if self._watched.pop(kernel_id, None) is not None:
            self._observer.unwatch(kernel_id)
            self._observer.call(partial(self._recorder.detach, kernel_id, end))

    def _on_restarted(self, kernel_id: KernelId) -> None:
        kernel = self._kernel(kernel_id)
        if kernel is None:
            return
        if kernel_id not in self._watched:
            self._attach(kernel_id)
            return
        self._dead.discard(kernel_id)
        self._memory.follow(kernel_id, pid_of(kernel))
        self._recorder.will_restart(kernel_id)
        act = partial(self._recorder.restarted, kernel_id)
        self._observer.call_after_messages(kernel_id, act)
        endpoint = endpoint_of(kernel)
        if not isinstance(endpoint, str):
            self._observer.watch(kernel_id, endpoint)
        self._add_callbacks(kernel_id)

    def _on_died(self, kernel_id: KernelId) -> None:
        """The process is gone, and Jupyter is about to start another one."""
        if kernel_id in self._watched and kernel_id not in self._dead:
            self._dead.add(kernel_id)
            end = self._death(kernel_id, self._kernel(kernel_id))
            act = partial(self._recorder.process_ended, kernel_id, end)
            self._observer.call_after_messages(kernel_id, act)

    def _on_given_up(self, kernel_id: KernelId) -> None:
        """The process is gone, and Jupyter will not start another one."""
        if kernel_id in self._watched:
            self._detach(kernel_id, self._death(kernel_id, self._watched[kernel_id]))

    def _death(self, kernel_id: KernelId, kernel: Any) -> KernelEnd:
        """Return how a kernel died, while that can still be seen."""
        return KernelEnd(EndCause.died, returncode_of(kernel), self._memory.state(kernel_id))

    def _add_callbacks(self, kernel_id: KernelId) -> None:
        if kernel_id in self._callbacks:
            return
        callbacks: list[tuple[Callable[[], None], str]] = [
            (partial(self._on_died, kernel_id), "restart"),
            (partial(self._on_given_up, kernel_id), "dead"),
        ]
        try:
            for callback, event in callbacks:
                self._kernels.add_restart_callback(kernel_id, callback, event)
            self._callbacks[kernel_id] = callbacks
        except Exception:  # a kernel manager without a restarter: the look round must do
            self._log.debug("dsinfra: no restart callbacks for %s", kernel_id, exc_info=True)

    def _remove_callbacks(self, kernel_id: KernelId) -> None:
        for callback, event in self._callbacks.pop(kernel_id, []):
            try:
                self._kernels.remove_restart_callback(kernel_id, callback, event)
            except Exception:  # the kernel is gone, and the callback with it
                self._log.debug("dsinfra: callback of %s was gone", kernel_id)

    def _kernel(self, kernel_id: KernelId) -> Any | None:
        try:
            return self._kernels.get_kernel(kernel_id)
        except Exception:  # KeyError or HTTPError 404, by kind of manager
            return None

    # Sessions: what kernels belong to

    async def _find_document(self, kernel_id: KernelId) -> None:
        """Look for the session of a new kernel: Jupyter makes it after the kernel."""
        for pause_s in limits.SESSION_RETRY_S:
            await asyncio.sleep(pause_s)
            if kernel_id not in self._watched or await self._adopt_session(kernel_id):
                return

    async def _adopt_session(self, kernel_id: KernelId) -> bool:
        try:
            session = await self._sessions.get_session(kernel_id=kernel_id)
        except Exception as error:
            if getattr(error, "status_code", None) != 404:  # it may have one all the same
                self._session_changes = None
            return False
        document = self._document_of(session)
        self._observer.call(partial(self._recorder.document_changed, kernel_id, document))
        return True

    def _document_of(self, session: dict[str, Any]) -> Document:
        path = str(session.get("path") or "")
        name = str(session.get("name") or "")
        if session.get("type", "notebook") == "notebook":
            stored = self._stored_path(final_path(path, name))
            return Document(DocumentKind.notebook, stored, name or path.rpartition("/")[2])
        return Document(DocumentKind.console, path, name or path)

    def _stored_path(self, contents_path: str) -> str:
        for drive in _DRIVES:
            contents_path = contents_path.removeprefix(drive)
        return self._paths.to_stored(contents_path)

    # The look round

    async def _look_round_for_ever(self) -> None:
        while True:
            await asyncio.sleep(limits.WATCH_INTERVAL_S)
            try:
                await self._look_round()
            except Exception:
                self._log.debug("dsinfra: looking for kernels failed", exc_info=True)

    async def _look_round(self) -> None:
        """Find kernels, documents and deaths that no event told of."""
        present = {KernelId(str(kernel_id)) for kernel_id in self._kernels.list_kernel_ids()}
        unknown = present - self._watched.keys() - self._unwatchable.keys()
        for kernel_id in unknown:
            self._attach(kernel_id)
        for kernel_id in self._watched.keys() - present:
            self._detach(kernel_id, KernelEnd(EndCause.out_of_sight))
        for kernel_id in self._unwatchable.keys() - present:
            del self._unwatchable[kernel_id]
        before, self._session_changes = self._session_changes, self._count_session_changes()
        is_same = before is not None and before == self._session_changes
        for kernel_id in list(self._watched):
            if not is_same or kernel_id in unknown:
                await self._adopt_session(kernel_id)
            await self._check_alive(kernel_id)

    def _count_session_changes(self) -> int | None:
        """Return how often sessions have been changed; ``None`` if that can only be looked up.

        To look up ten of them every few seconds was half of what an idle server cost us.
        """
        try:
            changes = self._sessions.connection.total_changes
        except Exception:  # another kind of session manager, or the server is about to end
            return None
        return changes if isinstance(changes, int) else None

    async def _check_alive(self, kernel_id: KernelId) -> None:
        """Notice the death of a kernel that nobody restarts."""
        kernel = self._kernel(kernel_id)
        if kernel is None or getattr(kernel, "autorestart", False):
            return
        is_alive = kernel.is_alive()
        if isinstance(is_alive, Awaitable):
            is_alive = await is_alive
        if not is_alive and not getattr(kernel, "shutting_down", False):
            self._on_died(kernel_id)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
