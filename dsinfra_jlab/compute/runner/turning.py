"""Items of a map, one after another, in one turn of the kernel that they share.

Each is told of, cancelled and ended by itself. What did not come to its turn, because the kernel
ended before or was asked to stop, is said to whoever asked, and begins later elsewhere.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from . import limits
from .asking import EVENT_TYPE
from .conversing import Conversation, KernelGone
from .ending import Ended, Outcome, of_death, of_memory
from .far_kernel import FarKernel, StartStopped, probe_key
from .forwarding import said
from .granting import Grants
from .holding import Hold
from .items import Item, Telling, Turned
from .keeping import Keeper
from .launching import JOB_MARK, LaunchFailed, full_argv
from .places import Place, working_folder
from .processes import interrupt_group, kill_all, oom_kills
from .running import REMOTE, UNBOUNDED, answer_of, setup_expression
from .watching import OverLimit, TreeWatch
from .wire import Message
from .wishes import Wishes

_LOOK_S = 0.05
"""How often it is looked which item has begun; it is told with what it publishes, or its end."""

End = Callable[[Item, dict[str, Any]], None]
"""Takes an item that has ended, with its last event."""


class ItemsRun:
    """One turn; other threads cancel an item, or take back what has not begun."""

    def __init__(
        self,
        spec: dict[str, Any],
        items: list[Item],
        keeper: Keeper,
        starting: Callable[[float], dict[str, Any]],
        end: End,
    ) -> None:
        self._spec = {**spec, "job_id": items[0].job_id}
        self._items = items
        self._keeper = keeper
        self._starting = starting
        self._end = end
        self._by_message = {each.message_id: each for each in items}
        self._by_id = {each.job_id: number for number, each in enumerate(items)}
        grace_s = spec.get("cancel_grace_s")
        self.wishes = Wishes(limits.CANCEL_GRACE_S if grace_s is None else float(grace_s))
        self._wanted: int | None = None
        """The item that shall end."""
        self._argv = tuple(full_argv(spec.get("argv")))
        self._hold = Hold(self._spec, self._argv, keeper, lambda: self.wishes.has_end)
        self._grants: Grants | None = None
        self._early: list[Message] = []
        self._look_at = 0.0
        self._interrupted: int | None = None
        self._is_killed = False
        self._is_closing = False
        self._watch: TreeWatch | None = None
        self._telling: Telling
        self._kernel: FarKernel

    # For other threads

    def is_at(self, job_id: str) -> bool:
        """Return whether an item is at work, as far as that is known."""
        number = self._by_id.get(job_id)
        if number is None:
            return False
        return self._items[number].has_begun and not self._items[number].has_ended

    def ask(self, job_id: str, signal: str) -> float | None:
        """Ask for the end of an item that is at work; returns when it will be killed."""
        self._wanted = self._by_id[job_id]
        return self.wishes.ask(signal)

    def close(self) -> None:
        """End the turn with what is at work."""
        self._is_closing = True
        self.wishes.ask("KILL")

    def take_back(self, job_ids: Iterable[str]) -> list[str]:
        """Return those of some jobs that have not begun, and let them not begin here."""
        grants = self._grants
        mine = [self._by_id[each] for each in job_ids if each in self._by_id]
        if grants is None or not mine:
            return []
        found = [self._items[each] for each in grants.take_back(mine)]
        for item in found:
            item.is_taken_back = True
        return [item.job_id for item in found]

    def state(self) -> dict[str, Any]:
        """Return how it stands."""
        kernel = self._hold.kernel
        at_work = [each.job_id for each in self._items if each.has_begun and not each.has_ended]
        return {
            "job_id": at_work[0] if at_work else self._items[0].job_id,
            "pid": kernel.pid if kernel is not None else None,
            "since": time.time(),
            "phase": "running",
        }

    # The turn

    def run(self) -> bool:
        """Run items until the kernel has no more; return whether it could be asked to.

        Those that have neither ended nor were taken back are for another turn.
        """
        is_asked, outcome = True, Outcome("error", "The turn of its kernel ended before it.")
        try:
            is_asked = self._turn()
        except KernelGone as gone:
            self._is_killed = True
            outcome = self._death(gone)
        except OverLimit as over:
            self._is_killed = True
            outcome = of_memory(over.held_bytes, over.limit_bytes)
        except Ended as end:
            self._is_killed = True
            outcome = end.outcome
        except (LaunchFailed, StartStopped, OSError, ImportError, ValueError):
            is_asked, self._is_killed = False, True  # the next one by itself says what is wrong
        finally:
            self._leave(outcome)
        return is_asked

    def _turn(self) -> bool:
        kernel, is_reused = self._hold.take()
        self._kernel = kernel
        self._watch = TreeWatch(kernel.pid, self._spec.get("memory_bytes"), kernel.guard_pid)
        folder = working_folder(self._spec.get("cwd"), kernel.launched.folder)
        probe = Place({"folder": self._items[0].folder}, "").probe() or {}
        if not probe:
            return False
        self._grants = Grants(kernel.launched.folder)
        self._telling = self._made_telling(kernel, is_reused)
        talk = Conversation(kernel, self, self._watch, self.wishes, "")
        talk.is_session = True
        talk.passes(self._by_message)
        talk.on_turn = lambda: self._obey(talk)
        said_before, kernel.said = kernel.said, []
        talk.replay(said_before)
        expressions = {"setup": setup_expression(self._hold.variables, folder)}
        if not is_reused:
            expressions["queue"] = UNBOUNDED
        key = probe_key(probe)
        if kernel.probe_key != key:
            expressions.update(probe.get("user_expressions") or {})
        expressions["run_items"] = f"{REMOTE}.run_items({json.dumps(self._request(folder))!r})"
        self._oom_before = oom_kills() or 0
        self._grants.give(range(len(self._items)))
        self._grants.end()
        answers = talk.silently(expressions)
        if kernel.probe_key != key:
            kernel.note_probe(probe, {"user_expressions": answers})
        answer = answer_of(answers.get("run_items"))
        self._hold.is_leaving = bool(answer.get("is_leaving"))
        return bool(answer.get("ok")) and not answer.get("is_unsuited")

    def _made_telling(self, kernel: FarKernel, is_reused: bool) -> Telling:
        spec = self._spec
        about = {
            "pid": kernel.pid,
            "pgid": kernel.pid,
            "host": os.uname().nodename,
            "python": kernel.python,
            "is_reused": is_reused,
        }
        content = {
            "code": spec["code"],
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        most = int(spec.get("outputs_max_bytes") or limits.OUTPUTS_MAX_BYTES)
        metadata = {"cellId": spec["cell_id"]} if spec.get("cell_id") else {}
        session = f"{kernel.pid}"
        limit = spec.get("memory_bytes")
        return Telling(
            Turned(about, content, metadata, spec.get("user"), session, most, limit, self._starting)
        )

    def _request(self, folder: str) -> dict[str, Any]:
        spec, grants = self._spec, self._grants
        assert grants is not None
        return {
            "grants": grants.path,
            "record": grants.record,
            "code": spec["code"],
            "cell_id": spec.get("cell_id"),
            "returns": spec.get("returns"),
            "max_bytes": int(spec.get("returned_max_bytes") or limits.RETURNED_MAX_BYTES),
            "mark": JOB_MARK,
            "cwd": folder,
            "session": str(self._kernel.pid),
            "items": [
                {
                    "job_id": each.job_id,
                    "message_id": each.message_id,
                    "folder": each.folder,
                    "user": spec.get("user"),
                }
                for each in self._items
            ],
        }

    # What comes: this is where the conversation puts what the kernel publishes

    @property
    def due_at(self) -> float | None:
        """When something has to be looked at, or to go."""
        at_work = self._at_work()
        if not at_work:
            return self._look_at
        held = (each.output.due_at for each in at_work if each.output is not None)
        return min((each for each in held if each is not None), default=None)

    def pause(self) -> None:
        """Tell what has begun, and pass on what is due."""
        now = time.monotonic()
        if now >= self._look_at and not self._at_work():
            self._look_at = now + _LOOK_S
            self._see_begun()
        for each in self._at_work():
            if each.output is not None:
                each.output.pause()

    def event(self, event: dict[str, Any]) -> None:
        """Take what was seen of the kernel's processes: it is about the item at work."""
        for each in self._at_work():
            if each.output is not None:
                each.output.event(event)

    def message(self, channel: str, message: Message) -> bool:
        """Take a message; return whether it is passed on."""
        item = self._by_message.get(message.parent_id)
        if item is None:
            at_work = self._at_work()
            if not at_work:
                self._early.append(message)
                return True
            item = at_work[0]
        if item.has_ended:
            return False
        told = _told_in(message)
        if told is not None:
            self._ended(item, told)
            return True
        if not item.has_begun:
            self._see_begun()
        if not item.has_begun:
            self._begin(item, {})
        return self._telling.pass_on(item, message)

    def _at_work(self) -> list[Item]:
        return [each for each in self._items if each.has_begun and not each.has_ended]

    def _see_begun(self) -> None:
        """Tell of the item that is at work now."""
        assert self._grants is not None
        number = self._grants.at_work()
        if number is not None and not self._items[number].has_begun:
            self._begin(self._items[number], self._grants.begun[number])

    def _begin(self, item: Item, told: dict[str, Any]) -> None:
        self._telling.begin(item, float(told.get("at") or time.time()), told.get("count"))
        early, self._early = self._early, []
        for each in early:
            self._telling.pass_on(item, each)

    def _ended(self, item: Item, told: dict[str, Any]) -> None:
        """Take the end of an item that the kernel tells."""
        if item.has_ended:
            return
        if not item.has_begun:
            self._begin(item, told)
        outcome = self._telling.outcome(item, told)
        if self._interrupted is not None and self._items[self._interrupted] is item:
            outcome = self._after_interrupt(item, outcome)
        self._finish(item, outcome)

    def _finish(self, item: Item, outcome: Outcome) -> None:
        self._telling.end(item)
        self._end(item, outcome.event(None))

    # Their end

    def _obey(self, talk: Conversation) -> None:
        """Do what other threads have asked for since."""
        for message_type, content in self.wishes.told():
            self._kernel.send("control", message_type, content)
        number, grants = self._wanted, self._grants
        if not self.wishes.has_end or grants is None:
            return
        if self._is_closing:
            raise Ended(Outcome("cancelled", "Killed.", signal="SIGKILL"))
        if number is None or self._items[number].has_ended:
            self._wanted = None
            self.wishes.forget()
            return
        item = self._items[number]
        if self.wishes.has_kill:
            self._kill(item)
        if self._interrupted != number:
            grants.take_back()  # the others: none begins just when the interrupt comes
            if grants.is_last(number):
                self._interrupted = number
                interrupt_group(self._kernel.pid)
                talk.nudge_soon()
                assert item.output is not None
                item.output.event(said("asked", signal="INT", kill_at=self.wishes.kill_at))

    def _kill(self, item: Item) -> None:
        assert item.output is not None
        item.output.event(said("asked", signal="KILL", kill_at=None))
        detail = "Killed."
        if self._interrupted is not None:
            grace_s = self.wishes.grace_s
            detail = f"The interrupt did not end it within {grace_s:g} s; it was killed."
        raise Ended(Outcome("cancelled", detail, signal="SIGKILL"))

    def _after_interrupt(self, item: Item, outcome: Outcome) -> Outcome:
        """Return how an item ended that was interrupted, with what it has started."""
        is_gone = kill_all(None, f"{JOB_MARK}={item.job_id}", {})
        if outcome.state == "ok":
            outcome.detail = "The code took note of the interrupt and ended by itself."
        else:
            outcome.detail = "Interrupted."
        if not is_gone:
            outcome.detail += " A process of it could not be ended."
        outcome.state = "cancelled"
        return outcome

    def _hear_of_all(self) -> None:
        """Take what has begun and ended without its message: the kernel took that along."""
        if self._grants is None:
            return
        self._grants.read()
        for number, told in sorted(self._grants.ended.items()):
            self._ended(self._items[number], told)
        for number, told in sorted(self._grants.begun.items()):
            if not self._items[number].has_begun:
                self._begin(self._items[number], told)

    def _death(self, gone: KernelGone) -> Outcome:
        if self._interrupted is not None:
            return Outcome("cancelled", "Interrupted; its kernel ended with it.")
        new = (oom_kills() or 0) - self._oom_before
        return of_death(gone.exit_code, "while the code ran", new)

    def _leave(self, outcome: Outcome) -> None:
        """Let go of the kernel; what is still at work then ends, when nothing of it is left."""
        grants = self._grants
        if grants is not None:
            grants.take_back()
            self._hear_of_all()
        known = self._watch.seen if self._watch is not None else {}
        is_gone = False
        with suppress(Exception):  # the items have to be heard of all the same
            is_gone = self._hold.give_back(
                is_killed=self._is_killed, is_cancelled=False, known=known
            )
        if not is_gone:
            outcome.detail = f"{outcome.detail} A process of it could not be ended.".strip()
        for each in self._at_work():
            self._finish(each, outcome)
        self._grants = None
        if grants is not None:
            grants.close()


def _told_in(message: Message) -> dict[str, Any] | None:
    """Return what the kernel tells of the end of an item."""
    if message.type != EVENT_TYPE:
        return None
    events = message.content.get("events")
    for event in events if isinstance(events, list) else ():
        if isinstance(event, dict) and event.get("kind") == "item":
            return event
    return None
