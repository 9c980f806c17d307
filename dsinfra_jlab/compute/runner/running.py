"""One job: its kernel, its cell, its results, and the way it is cancelled."""

from __future__ import annotations

import ast
import json
import os
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from . import limits
from .ending import Ended, Outcome, of_death, of_memory, of_reply
from .far_kernel import FarKernel, StartStopped, parsed, probe_key
from .forwarding import Emit, Forwarder, said
from .gpus import HeldGpus, NoGpu, take_gpus
from .keeping import Keeper, Session, new_kernel
from .launching import JOB_MARK, LaunchFailed, full_argv, has_start_only, thread_caps
from .places import Place, working_folder
from .processes import interrupt_group, kill_all, oom_kills
from .watching import TreeWatch
from .wire import new_id

_REMOTE = "__import__('IPython').get_ipython()._dsinfra_probe.remote"
_EXIT_HANDLERS = "__import__('atexit')._ncallbacks()"
_NOT_PASSED = frozenset(("iopub_welcome", "shutdown_reply"))
_TURN_S = 0.1
"""How often a job that waits for its session looks whether it was cancelled."""


class JobRun:
    """A job from its start to its end.

    Everything but ``ask``, ``tell`` and ``state`` is called by one thread.
    """

    def __init__(
        self, spec: dict[str, Any], source: dict[str, Any], emit: Emit, keeper: Keeper
    ) -> None:
        self._spec = spec
        self._id = str(spec["job_id"])
        self._message_id = str(spec["message_id"])
        self._source = source
        self._keeper = keeper
        self._argv = tuple(full_argv(spec.get("argv")))
        self._output = Forwarder(
            emit, int(spec.get("outputs_max_bytes") or limits.OUTPUTS_MAX_BYTES)
        )
        self._since = time.time()
        self._phase = "starting"
        self._kernel: FarKernel | None = None
        self._session: Session | None = None
        self._gpus: HeldGpus | None = None
        self._watch: TreeWatch | None = None
        self._place: Place | None = None
        self._lock = threading.Lock()
        self._wake_read, self._wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._asked: list[str] = []
        self._told: list[tuple[str, dict[str, Any]]] = []
        self._kill_at: float | None = None
        self._interrupted = False
        self._is_killed = False
        self._awaited = ""
        self._reply: dict[str, Any] | None = None
        self._is_busy = False
        self._is_idle = False
        self._own_ids: set[str] = set()
        self._probe: dict[str, Any] | None = None
        self._exit_handlers: Any = None
        self._said_exit_handlers: Any = None
        self._oom_before = 0

    # From other threads

    def ask(self, signal: str) -> float | None:
        """Ask for its end; returns when it will be killed (unix seconds) if it is."""
        with self._lock:
            if signal == "INT" and self._kill_at is None:
                self._kill_at = time.time() + self._grace_s
            self._asked.append(signal)
            kill_at = self._kill_at
        self._wake()
        return kill_at if signal == "INT" else None

    def tell(self, message_type: str, content: dict[str, Any]) -> None:
        """Send a message to its kernel as soon as its thread gets to it."""
        with self._lock:
            self._told.append((message_type, content))
        self._wake()

    def state(self) -> dict[str, Any]:
        """Return how it stands."""
        kernel = self._kernel
        return {
            "job_id": self._id,
            "pid": kernel.pid if kernel is not None else None,
            "since": self._since,
            "phase": self._phase,
        }

    def close(self) -> None:
        """Let go of what other threads used to reach it."""
        os.close(self._wake_read)
        os.close(self._wake_write)

    # The story

    def run(self) -> dict[str, Any]:
        """Run it and return the event ``ended``."""
        try:
            outcome = self._outcome()
        except Exception as problem:  # of ours: the job still has to end, and be heard of
            outcome = Outcome("error", f"The runner failed: {type(problem).__name__}: {problem}")
        try:
            files = self._place.returned_files() if self._place and outcome.names else None
        except OSError as problem:
            files = None
            outcome = Outcome("error", f"The results cannot be read on the worker: {problem}.")
        is_gone = self._let_go(outcome)
        self._output.end()
        if not is_gone:
            outcome.detail = f"{outcome.detail} A process of it could not be ended.".strip()
        with suppress(Exception):
            self._keeper.fill(self._argv, int(self._spec.get("spares") or 0), self._probe)
        return outcome.event(files)

    def _outcome(self) -> Outcome:
        try:
            self._take_kernel()
            self._load()
            outcome = self._run_code()
            self._bring_back(outcome)
            return self._after_cancel(outcome)
        except Ended as end:
            return end.outcome
        except StartStopped:
            self._output.event(said("asked", signal="KILL", kill_at=None))
            return Outcome("cancelled", "Cancelled before its code began.")
        except (LaunchFailed, NoGpu) as problem:
            return Outcome("error", str(problem))
        except ImportError as problem:
            return Outcome(
                "error",
                f"The worker's Python cannot talk to kernels: {problem}. Install ipykernel there.",
            )

    def _take_kernel(self) -> None:
        variables = {**thread_caps(self._spec.get("cpus")), **self._spec.get("environment", {})}
        if self._spec.get("mode") == "session" and self._spec.get("session_key"):
            is_reused = self._take_session(variables)
        else:
            variables.update(self._take_gpus(None))
            self._kernel = self._fresh_kernel(variables)
            is_reused = False
        kernel = self._kernel
        assert kernel is not None
        self._watch = TreeWatch(kernel.pid, self._spec.get("memory_bytes"))
        self._output.event(
            said(
                "kernel",
                pid=kernel.pid,
                pgid=kernel.pid,
                host=os.uname().nodename,
                python=kernel.python,
                is_reused=is_reused,
            )
        )
        self._variables = {**variables, JOB_MARK: self._id}

    def _take_session(self, variables: dict[str, str]) -> bool:
        session = self._keeper.session(str(self._spec["session_key"]), self._argv)
        while not session.turn.acquire(timeout=_TURN_S):
            if self._asked:
                raise StartStopped
        self._session = session
        variables.update(self._take_gpus(session))
        kernel = session.kernel
        if kernel is not None and kernel.is_alive:
            with suppress(LaunchFailed):
                kernel.listen_again()
                self._kernel = kernel
                return True
        if kernel is not None:
            kernel.end()
            session.kernel = None
        self._kernel = session.kernel = self._fresh_kernel(variables)
        return False

    def _fresh_kernel(self, variables: dict[str, str]) -> FarKernel:
        if not has_start_only(variables):
            spare = self._keeper.take_spare(self._argv, self._should_stop)
            if spare is not None:
                return spare
        return new_kernel(self._argv, variables, self._should_stop)

    def _take_gpus(self, session: Session | None) -> dict[str, str]:
        count = self._spec.get("gpus")
        if count is None:
            return {}
        if session is not None:
            held = session.gpus
            if held is None or len(held.names) != count:
                if held is not None:
                    held.release()
                held = session.gpus = take_gpus(count)
        else:
            held = self._gpus = take_gpus(count)
        return {"CUDA_VISIBLE_DEVICES": ",".join(held.names)}

    def _should_stop(self) -> bool:
        return bool(self._asked)

    def _load(self) -> None:
        """Prepare the kernel in one request: variables, folder, probe, parcel."""
        kernel = self._kernel
        assert kernel is not None
        self._phase = "loading"
        try:
            self._place = Place(self._source, kernel.launched.folder)
            folder = working_folder(self._spec.get("cwd"), kernel.launched.folder)
            probe = self._place.probe() or self._spec.get("probe") or {}
        except (OSError, ValueError) as problem:
            raise Ended(
                Outcome("error", f"The parcel cannot be put down on the worker: {problem}.")
            ) from None
        expressions = {"setup": _setup_expression(self._variables, folder)}
        self._probe = probe
        for channel, frames in kernel.said:
            self._take(channel, frames)
        kernel.said = []
        has_probe = kernel.probe_key == probe_key(probe)
        if not has_probe:
            expressions.update(probe.get("user_expressions") or {})
        if self._place.sent is not None:
            expressions["take_in"] = f"{_REMOTE}.take_in({self._place.sent!r})"
        answers = self._silently(expressions)
        self._exit_handlers = self._said_exit_handlers
        if not has_probe:
            kernel.note_probe(probe, {"user_expressions": answers})
        words = _problem(answers.get("setup"))
        if words:
            raise Ended(Outcome("error", f"The kernel could not be prepared: {words}"))
        if "take_in" in expressions:
            answer = _answer(answers.get("take_in"))
            if not answer.get("ok"):
                words = _words(answer)
                raise Ended(Outcome("error", f"The variables could not be unpacked: {words}"))

    def _run_code(self) -> Outcome:
        kernel = self._kernel
        assert kernel is not None
        self._oom_before = oom_kills() or 0
        self._phase = "running"
        cell_id = self._spec.get("cell_id")
        content = {
            "code": self._spec["code"],
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        metadata = {"cellId": cell_id} if cell_id else {}
        self._await(self._message_id)
        header = kernel.send(
            "shell",
            "execute_request",
            content,
            message_id=self._message_id,
            metadata=metadata,
            user=self._spec.get("user"),
        )
        self._output.event(said("request", header=header, metadata=metadata, content=content))
        self._pump(self._is_answered)
        assert self._reply is not None
        outcome = of_reply(self._reply)
        self._sample()
        return outcome

    def _bring_back(self, outcome: Outcome) -> None:
        """Pack the names that go back; what the code did stands whatever comes of that."""
        returns = self._spec.get("returns")
        if outcome.state != "ok" or self._place is None or returns == []:
            self._settle()
            return
        self._phase = "returning"
        request = {
            "folder": self._place.returned,
            "returns": returns,
            "max_bytes": int(self._spec.get("returned_max_bytes") or limits.RETURNED_MAX_BYTES),
            "code": self._spec["code"],
        }
        expression = f"{_REMOTE}.send_back({json.dumps(request)!r})"
        try:
            answer = _answer(self._silently({"send_back": expression}).get("send_back"))
        except Ended as end:
            end.outcome.detail += " Its results are lost."
            raise
        if not answer.get("ok"):
            outcome.state = "error"
            outcome.detail = f"The code ended well; its results cannot go back: {_words(answer)}"
            return
        outcome.names = list(answer.get("names") or [])
        outcome.changed = list(answer.get("changed") or [])
        outcome.items = list(answer.get("items") or [])
        self._output.event(
            said(
                "packed",
                names=outcome.names,
                changed=outcome.changed,
                bytes=int(answer.get("bytes") or 0),
            )
        )

    def _settle(self) -> None:
        """Wait for one more turn of the kernel, which passes on what threads and children said."""
        self._silently({})

    def _after_cancel(self, outcome: Outcome) -> Outcome:
        if not self._interrupted:
            return outcome
        if outcome.state == "ok":
            outcome.detail = "The code took note of the interrupt and ended by itself."
        else:
            outcome.detail = "Interrupted."
        outcome.state = "cancelled"
        return outcome

    # Talking to the kernel

    def _silently(self, expressions: dict[str, str]) -> dict[str, Any]:
        """Have expressions evaluated in their order; returns what the kernel says of each."""
        expressions = {**expressions, "exits": _EXIT_HANDLERS}
        kernel = self._kernel
        assert kernel is not None
        message_id = new_id()
        self._await(message_id)
        content = {
            "code": "",
            "silent": True,
            "store_history": False,
            "user_expressions": expressions,
            "allow_stdin": False,
            "stop_on_error": False,
        }
        kernel.send("shell", "execute_request", content, message_id=message_id)
        self._pump(self._is_answered)
        answers = dict((self._reply or {}).get("user_expressions") or {})
        self._said_exit_handlers = answers.get("exits")
        return answers

    def _await(self, message_id: str) -> None:
        self._awaited = message_id
        self._own_ids.add(message_id)
        self._reply = None
        self._is_busy = self._is_idle = False

    def _is_answered(self) -> bool:
        # Both: what the code published stands before the idle status, on another socket.
        return self._reply is not None and self._is_idle

    def _pump(self, is_done: Callable[[], bool]) -> None:
        """Pass on what comes until ``is_done``; raises ``Ended`` where the job ends before."""
        kernel = self._kernel
        assert kernel is not None
        while not is_done():
            self._obey(kernel)
            if self._watch is not None and time.monotonic() >= self._watch.next_at:
                self._sample()
            for channel, frames in kernel.receive(self._patience(), self._wake_read):
                self._take(channel, frames)
            self._output.pause()
            if not is_done() and (not kernel.is_alive or kernel.is_cut_off()):
                self._died(kernel)

    def _patience(self) -> float:
        now = time.monotonic()
        ends = [now + limits.SAMPLE_INTERVAL_S]
        if self._watch is not None:
            ends.append(self._watch.next_at)
        if self._output.due_at is not None:
            ends.append(self._output.due_at)
        if self._kill_at is not None:
            ends.append(now + self._kill_at - time.time())
        return max(0.0, min(ends) - now)

    def _take(self, channel: str, frames: list[Any]) -> None:
        message = parsed(frames)
        if message is None:
            return
        type_ = message.type
        if message.parent_id == self._awaited:
            if channel == "shell" and type_ == "execute_reply":
                self._reply = message.content
            elif channel == "iopub" and type_ == "status":
                state = message.content.get("execution_state")
                self._is_busy = self._is_busy or state == "busy"
                self._is_idle = self._is_idle or state == "idle"
        if channel == "shell":
            is_passed = message.parent_id == self._message_id
        elif channel == "iopub":
            is_passed = not (message.is_own and type_ in ("status", "execute_input"))
            is_passed = is_passed and type_ not in _NOT_PASSED and self._is_of_job(message)
        else:
            is_passed = False
        if is_passed:
            self._output.message(channel, message)

    def _is_of_job(self, message: Any) -> bool:
        """Threads of earlier cells of a session may still print: no part of this job."""
        return self._session is None or message.parent_id in self._own_ids | {""}

    def _sample(self) -> None:
        if self._watch is None:
            return
        sample = self._watch.look()
        if sample is not None:
            self._output.event(sample)
        limit = self._spec.get("memory_bytes")
        if self._watch.is_over and limit is not None:
            self._is_killed = True
            raise Ended(of_memory(self._watch.held_bytes, limit))

    def _died(self, kernel: FarKernel) -> None:
        exit_code = kernel.wait(limits.POLITE_END_S)
        while True:
            came = list(kernel.receive(limits.DRAIN_S))
            for channel, frames in came:
                self._take(channel, frames)
            if not any(channel == "iopub" for channel, _ in came):
                break
        self._is_killed = True
        if self._interrupted:
            raise Ended(Outcome("cancelled", "Interrupted; its kernel ended with it."))
        while_ = {
            "loading": "while it took in the variables",
            "returning": "while it packed the results",
        }.get(self._phase, "while the code ran")
        raise Ended(of_death(exit_code, while_, (oom_kills() or 0) - self._oom_before))

    # Cancelling

    @property
    def _grace_s(self) -> float:
        return float(self._spec.get("cancel_grace_s") or limits.CANCEL_GRACE_S)

    def _obey(self, kernel: FarKernel) -> None:
        """Do what other threads have asked for since."""
        with suppress(BlockingIOError):
            os.read(self._wake_read, 4096)
        with self._lock:
            asked, told, self._told = list(self._asked), self._told, []
        for message_type, content in told:
            kernel.send("control", message_type, content)
        if not asked:
            return
        has_begun = self._phase in ("running", "returning")
        is_due = self._kill_at is not None and time.time() >= self._kill_at
        if "KILL" in asked or is_due or (not has_begun and self._session is None):
            self._kill(has_begun)
        if not self._interrupted and (self._is_busy or not has_begun):
            # Before the kernel is at it an interrupt would be lost.
            self._interrupted = True
            interrupt_group(kernel.pid)
            self._output.event(said("asked", signal="INT", kill_at=self._kill_at))

    def _kill(self, has_begun: bool) -> None:
        self._is_killed = True
        self._output.event(said("asked", signal="KILL", kill_at=None))
        if not has_begun:
            detail = "Cancelled before its code began."
        elif self._interrupted:
            detail = f"The interrupt did not end it within {self._grace_s:g} s; it was killed."
        else:
            detail = "Killed."
        raise Ended(Outcome("cancelled", detail, signal="SIGKILL"))

    # The end

    def _let_go(self, outcome: Outcome) -> bool:
        """End or keep the kernel; returns whether nothing of the job is left that has to go."""
        self._phase = "ending"
        kernel, session = self._kernel, self._session
        is_gone = True
        try:
            if kernel is not None and session is not None and not self._is_killed:
                is_gone = self._leave_session(kernel, outcome)
            elif kernel is not None:
                if not self._is_killed and outcome.state != "cancelled":
                    self._end_politely(kernel)
                known = self._watch.seen if self._watch is not None else {}
                is_gone = kernel.end(known)
                if session is not None:
                    session.end()
        finally:
            if session is not None:
                session.used_at = time.monotonic()
                session.turn.release()
            if self._gpus is not None:
                self._gpus.release()
        return is_gone

    def _leave_session(self, kernel: FarKernel, outcome: Outcome) -> bool:
        kernel.mute()
        shutil.rmtree(os.path.join(kernel.launched.folder, "job"), ignore_errors=True)
        if outcome.state == "cancelled":
            return kill_all(None, f"{JOB_MARK}={self._id}", {})
        return True

    def _end_politely(self, kernel: FarKernel) -> None:
        """Let exit handlers run; what they print still belongs to the job.

        A kernel takes most of a second to end by itself, so where the job has added no handlers
        it is killed like any other.
        """
        if self._said_exit_handlers is not None and (
            self._said_exit_handlers == self._exit_handlers
        ):
            return
        until = time.monotonic() + limits.POLITE_END_S
        self._watch = self._watch_without_limit()
        with suppress(Ended):
            kernel.send("control", "shutdown_request", {"restart": False})
            self._pump(lambda: time.monotonic() > until)

    def _watch_without_limit(self) -> TreeWatch | None:
        if self._watch is not None:
            self._watch.next_at = time.monotonic() + 2 * limits.POLITE_END_S
        return self._watch

    def _wake(self) -> None:
        with suppress(OSError):
            os.write(self._wake_write, b"x")


def _setup_expression(variables: dict[str, str], folder: str) -> str:
    """Return an expression that prepares a kernel; a spare was started before anything was known.

    Its streams pass text on sooner than by themselves: somebody waits for it.
    """
    return (
        "(lambda o, s, e, f, i: (o.environ.update(e), o.chdir(f), "
        "[setattr(x, 'flush_interval', i) for x in (s.stdout, s.stderr)"
        " if hasattr(x, 'flush_interval')])[3:])"
        f"(__import__('os'), __import__('sys'), {variables!r}, {folder!r},"
        f" {limits.FLUSH_INTERVAL_S!r})"
    )


def _problem(value: Any) -> str:
    if isinstance(value, dict) and value.get("status") == "ok":
        return ""
    value = value if isinstance(value, dict) else {}
    words = f"{value.get('ename', '')}: {value.get('evalue', '')}".strip(": ")
    return words or "the kernel gave no answer"


def _answer(value: Any) -> dict[str, Any]:
    """Return the JSON that a function of the probe answered."""
    problem = _problem(value)
    if problem:
        return {"ok": False, "detail": problem}
    try:
        answer = json.loads(ast.literal_eval(value["data"]["text/plain"]))
    except (KeyError, TypeError, ValueError, SyntaxError):
        return {"ok": False, "detail": "the kernel's answer makes no sense"}
    return answer if isinstance(answer, dict) else {"ok": False, "detail": "no answer"}


def _words(answer: dict[str, Any]) -> str:
    for name in ("detail", "text", "error"):
        if answer.get(name):
            return str(answer[name])
    items = [str(each.get("text", "")) for each in answer.get("items") or []]
    return " ".join(filter(None, items)) or "no reason was given"
