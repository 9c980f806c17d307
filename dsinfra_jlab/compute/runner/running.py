"""One job: its kernel, its cell, its results, and the way it is cancelled."""

from __future__ import annotations

import ast
import json
import os
import time
from contextlib import suppress
from typing import Any

from . import limits
from .conversing import Conversation, KernelGone
from .ending import Ended, Outcome, of_death, of_memory, of_reply, words_of
from .far_kernel import FarKernel, StartStopped, probe_key
from .forwarding import Emit, Forwarder, said
from .gpus import NoGpu
from .holding import Hold
from .keeping import Keeper
from .launching import LaunchFailed, full_argv
from .places import Place, working_folder
from .processes import interrupt_group, oom_kills
from .watching import OverLimit, TreeWatch
from .wishes import Wishes

REMOTE = "__import__('IPython').get_ipython()._dsinfra_probe.remote"
UNBOUNDED = (
    "(lambda t: t.schedule(lambda: setattr(t.socket, 'sndhwm', 0)))"
    "(__import__('IPython').get_ipython().kernel.iopub_socket.io_thread)"
)
"""The kernel's end of its output holds 1,000 messages and loses what comes then without a word:
while this worker is starved or stopped. Only the thread of the socket may touch it."""

_EXIT_HANDLERS = "__import__('atexit')._ncallbacks()"
_IS_LEAVING = "bool(getattr(__import__('IPython').get_ipython(), 'exit_now', False))"
"""After ``exit()`` a kernel ends a moment later, in the middle of the next job."""
_WHILE = {
    "loading": "while it took in the variables",
    "running": "while the code ran",
    "returning": "while it packed the results",
}


class JobRun:
    """A job from its start to its end; ``wishes`` and ``state`` are for other threads too."""

    def __init__(
        self, spec: dict[str, Any], source: dict[str, Any], emit: Emit, keeper: Keeper
    ) -> None:
        self._spec = spec
        self._source = source
        self._keeper = keeper
        self._argv = tuple(full_argv(spec.get("argv")))
        self._max_bytes = int(spec.get("returned_max_bytes") or limits.RETURNED_MAX_BYTES)
        self._output = Forwarder(
            emit, int(spec.get("outputs_max_bytes") or limits.OUTPUTS_MAX_BYTES)
        )
        grace_s = spec.get("cancel_grace_s")
        self.wishes = Wishes(limits.CANCEL_GRACE_S if grace_s is None else float(grace_s))
        self._hold = Hold(spec, self._argv, keeper, lambda: self.wishes.has_end)
        self._since = time.time()
        self._phase = "starting"
        self._place: Place | None = None
        self._probe: dict[str, Any] | None = None
        self._watch: TreeWatch | None = None
        self._interrupted = False
        self._interrupted_in = ""
        self._is_killed = False
        self._oom_before = 0
        self._exit_handlers: Any = None

    def state(self) -> dict[str, Any]:
        """Return how it stands."""
        kernel = self._hold.kernel
        return {
            "job_id": str(self._spec["job_id"]),
            "pid": kernel.pid if kernel is not None else None,
            "since": self._since,
            "phase": self._phase,
        }

    def run(self) -> dict[str, Any]:
        """Run it and return the event ``ended``; it raises nothing."""
        try:
            outcome = self._outcome()
        except Exception as problem:  # of ours: the job still has to end, and be heard of
            self._is_killed = True
            outcome = Outcome("error", f"The runner failed: {type(problem).__name__}: {problem}")
        files = None
        try:
            if self._place is not None and (outcome.names or outcome.changed):
                files = self._place.returned_files()
        except OSError as problem:
            outcome = Outcome("error", f"The results cannot be read on the worker: {problem}.")
        self._phase = "ending"
        is_gone = False
        with suppress(Exception):  # the job has to be heard of all the same
            is_gone = self._hold.give_back(
                is_killed=self._is_killed,
                is_cancelled=outcome.state == "cancelled",
                known=self._watch.seen if self._watch is not None else {},
            )
        if not is_gone:
            outcome.detail = f"{outcome.detail} A process of it could not be ended.".strip()
        with suppress(Exception):  # whoever listens has failed before
            self._output.end()
        with suppress(Exception):  # of spares: the job does not need them any more
            self._keeper.fill(self._argv, int(self._spec.get("spares") or 0), self._probe)
        return outcome.event(files)

    def _outcome(self) -> Outcome:
        try:
            return self._story()
        except Ended as end:
            return end.outcome
        except KernelGone as gone:
            return self._after_death(gone)
        except OverLimit as over:
            self._is_killed = True
            return of_memory(over.held_bytes, over.limit_bytes)
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

    def _story(self) -> Outcome:
        kernel, is_reused = self._hold.take()
        self._watch = TreeWatch(kernel.pid, self._spec.get("memory_bytes"), kernel.guard_pid)
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
        talk = Conversation(
            kernel, self._output, self._watch, self.wishes, str(self._spec["message_id"])
        )
        talk.is_session = self._hold.session is not None
        talk.on_turn = lambda: self._obey(kernel, talk)
        self._load(kernel, talk, is_reused)
        if self.wishes.has_end:
            raise Ended(Outcome("cancelled", "Cancelled before its code began."))
        outcome = self._run_code(talk)
        self._bring_back(outcome, talk)
        if self._interrupted:
            return self._after_interrupt(outcome)
        self._end_politely(kernel, talk)
        return outcome

    def _load(self, kernel: FarKernel, talk: Conversation, is_reused: bool) -> None:
        """Prepare the kernel in one request: variables, folder, probe, parcel."""
        self._phase = "loading"
        try:
            self._place = Place(self._source, kernel.launched.folder)
            folder = working_folder(self._spec.get("cwd"), kernel.launched.folder)
            probe = self._place.probe() or self._spec.get("probe") or {}
        except (OSError, ValueError) as problem:
            raise Ended(
                Outcome("error", f"The parcel cannot be put down on the worker: {problem}.")
            ) from None
        self._probe = probe
        said_before, kernel.said = kernel.said, []
        talk.replay(said_before)
        expressions = {"setup": setup_expression(self._hold.variables, folder)}
        if not is_reused:
            expressions["queue"] = UNBOUNDED
        key = probe_key(probe)
        if kernel.probe_key != key:
            expressions.update(probe.get("user_expressions") or {})
        if probe:
            # Also where nothing was sent: it takes note of what is there before the code runs.
            more = ", True" if self._spec.get("mode") == "group" else ""
            expressions["take_in"] = f"{REMOTE}.take_in({self._place.folder!r}{more})"
        answers = talk.silently({**expressions, **self._about_exits()})
        self._exit_handlers = answers.get("exits")
        if kernel.probe_key != key:
            kernel.note_probe(probe, {"user_expressions": answers})
        words = _problem(answers.get("setup"))
        if words:
            raise Ended(Outcome("error", f"The kernel could not be prepared: {words}"))
        if not self._place.has_parcel:
            return
        answer = answer_of(answers.get("take_in"))
        if not answer.get("ok"):
            words = _probe_problem(answers) or words_of(answer)
            raise Ended(Outcome("error", f"The variables could not be unpacked: {words}"))

    def _about_exits(self) -> dict[str, str]:
        """Return what is to be known of the end of a kernel, with the job or by itself."""
        session = self._hold.session
        if session is None:
            return {"exits": _EXIT_HANDLERS}
        return {"exits": _IS_LEAVING} if session.is_group else {}

    def _run_code(self, talk: Conversation) -> Outcome:
        self._oom_before = oom_kills() or 0
        self._phase = "running"
        cell_id = self._spec.get("cell_id")
        metadata = {"cellId": cell_id} if cell_id else {}
        content = {
            "code": self._spec["code"],
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        message_id = str(self._spec["message_id"])
        header = talk.send(content, message_id, metadata, self._spec.get("user"))
        self._output.event(said("request", header=header, metadata=metadata, content=content))
        outcome = of_reply(talk.reply())
        talk.sample(is_last=True)
        return outcome

    def _bring_back(self, outcome: Outcome, talk: Conversation) -> None:
        """Pack the names that go back.

        One more turn of the kernel is needed in any case: it passes on what threads and children
        have said at the end.
        """
        returns = self._spec.get("returns")
        expressions = {}
        has_results = returns != [] and (self._probe or returns)
        if outcome.state == "ok" and self._place is not None and has_results:
            self._phase = "returning"
            request = {
                "folder": self._place.folder,
                "returns": returns,
                "max_bytes": self._max_bytes,
                "code": self._spec["code"],
            }
            expressions["send_back"] = f"{REMOTE}.send_back({json.dumps(request)!r})"
        answers = talk.silently({**expressions, **self._about_exits()})
        self._hold.is_leaving = self._hold.session is not None and _is_true(answers.get("exits"))
        if answers.get("exits") == self._exit_handlers:
            self._exit_handlers = None
        if expressions:
            packed = outcome.returned(answer_of(answers.get("send_back")))
            if packed is not None:
                self._output.event(packed)

    def _end_politely(self, kernel: FarKernel, talk: Conversation) -> None:
        """Let exit handlers run; what they print still belongs to the job.

        A kernel takes most of a second to end by itself, so where the job has added no handlers
        it is killed like any other.
        """
        if self._hold.session is not None or self._exit_handlers is None:
            return
        self._phase = "ending"
        until = time.monotonic() + limits.POLITE_END_S
        with suppress(KernelGone, OverLimit, Ended):
            kernel.send("control", "shutdown_request", {"restart": False})
            talk.on_turn = lambda: None
            talk.pump(lambda: self.wishes.has_kill or time.monotonic() > until)

    def _after_death(self, gone: KernelGone) -> Outcome:
        self._is_killed = True
        if self._interrupted:
            return Outcome("cancelled", "Interrupted; its kernel ended with it.")
        outcome = of_death(
            gone.exit_code, _WHILE[self._phase], (oom_kills() or 0) - self._oom_before
        )
        if self._phase == "returning":
            outcome.detail += " The code itself had ended well."
        return outcome

    def _after_interrupt(self, outcome: Outcome) -> Outcome:
        if self._interrupted_in == "returning":
            outcome.detail = "The code had ended well; interrupted while its results were packed."
        elif outcome.state == "ok":
            outcome.detail = "The code took note of the interrupt and ended by itself."
        else:
            outcome.detail = "Interrupted."
        outcome.state = "cancelled"
        return outcome

    def _obey(self, kernel: FarKernel, talk: Conversation) -> None:
        """Do what other threads have asked for since."""
        for message_type, content in self.wishes.told():
            kernel.send("control", message_type, content)
        if not self.wishes.has_end:
            return
        has_begun = self._phase != "loading"
        if self.wishes.has_kill or (not has_begun and self._hold.session is None):
            self._kill(has_begun)
        if has_begun and not self._interrupted and talk.is_busy:
            # Before the kernel is at it an interrupt would be lost.
            self._interrupted = True
            self._interrupted_in = self._phase
            interrupt_group(kernel.pid)
            talk.nudge_soon()
            self._output.event(said("asked", signal="INT", kill_at=self.wishes.kill_at))

    def _kill(self, has_begun: bool) -> None:
        self._is_killed = True
        self._output.event(said("asked", signal="KILL", kill_at=None))
        if not has_begun:
            detail = "Cancelled before its code began."
        elif self._interrupted:
            grace_s = self.wishes.grace_s
            detail = f"The interrupt did not end it within {grace_s:g} s; it was killed."
        else:
            detail = "Killed."
        raise Ended(Outcome("cancelled", detail, signal="SIGKILL"))


def setup_expression(variables: dict[str, str], folder: str) -> str:
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


def _is_true(value: Any) -> bool:
    """Return whether an expression was found to be true."""
    return not _problem(value) and value["data"].get("text/plain") == "True"


def answer_of(value: Any) -> dict[str, Any]:
    """Return the JSON that a function of the probe answered."""
    problem = _problem(value)
    if problem:
        return {"ok": False, "detail": problem}
    try:
        answer = json.loads(ast.literal_eval(value["data"]["text/plain"]))
    except (KeyError, TypeError, ValueError, SyntaxError):
        return {"ok": False, "detail": "the kernel's answer makes no sense"}
    return answer if isinstance(answer, dict) else {"ok": False, "detail": "no answer"}


def _probe_problem(answers: dict[str, Any]) -> str:
    """Return why the probe is not in the kernel; empty if it is, or if nothing says so."""
    for value in answers.values():
        answer = answer_of(value)
        if answer.get("state") in ("failed", "unsupported"):
            return str(answer.get("detail", ""))
    return ""
