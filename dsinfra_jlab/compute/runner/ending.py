"""How jobs end: the outcome, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from . import limits
from .forwarding import said
from .processes import signal_name

_LEFT_OUT = "left out: "
"""Begins the note of a name that the kernel does not send back."""

NOBODY_TO_ASK = (
    "The code asks for input, and on a target there is nobody to ask. Ask in a cell that runs in"
    " the notebook, and use the name here."
)


@dataclass
class Outcome:
    """How a job ended."""

    state: str
    detail: str = ""
    exit_code: int | None = None
    signal: str | None = None
    oom: bool = False
    names: list[Any] = field(default_factory=list)
    changed: list[Any] = field(default_factory=list)
    items: list[Any] = field(default_factory=list)

    def returned(self, answer: dict[str, Any]) -> dict[str, Any] | None:
        """Take what the probe says of the results; return the event ``packed`` if they go back."""
        self.items = list(answer.get("items") or [])
        if not answer.get("ok"):
            self.state = "error"
            self.detail = f"The code ended well; its results cannot go back: {words_of(answer)}"
            return None
        self.names = list(answer.get("names") or [])
        self.changed = list(answer.get("changed") or [])
        self.detail = self.detail or left_out_words(self.names)
        size = int(answer.get("bytes") or 0)
        return said("packed", names=self.names, changed=self.changed, bytes=size)

    def event(self, files: dict[str, bytes] | None) -> dict[str, Any]:
        """Return the event ``ended``."""
        ended = said(
            "ended",
            state=self.state,
            detail=self.detail[: limits.DETAIL_MAX_CHARS],
            exit_code=self.exit_code,
            signal=self.signal,
            names=self.names,
            changed=self.changed,
            items=self.items,
            oom=self.oom,
        )
        return ended if files is None else {**ended, "files": files}


def words_of(answer: dict[str, Any]) -> str:
    """Return why the probe says that something cannot be done."""
    for name in ("detail", "text", "error"):
        if answer.get(name):
            return str(answer[name])
    items = [str(each.get("text", "")) for each in answer.get("items") or []]
    return " ".join(filter(None, items)) or "no reason was given"


def left_out_words(names: list[Any]) -> str:
    """Return which names do not come back and why, empty if all do."""
    notes = {str(each.get("name")): str(each.get("note") or "") for each in names}
    missing = [
        f"{name} ({note.removeprefix(_LEFT_OUT)})"
        for name, note in notes.items()
        if note.startswith(_LEFT_OUT)
    ]
    return f"Not brought back: {', '.join(missing)}." if missing else ""


class Ended(Exception):
    """The job has come to its end before its time."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.detail)
        self.outcome = outcome


def of_reply(reply: dict[str, Any]) -> Outcome:
    """Return how the code fared, by the kernel's reply."""
    status = reply.get("status")
    if status == "ok":
        return Outcome("ok")
    if status == "aborted":
        return Outcome("error", "The kernel refused the code.")
    if reply.get("ename") == "StdinNotImplementedError":
        return Outcome("error", NOBODY_TO_ASK)
    return Outcome("error", f"{reply.get('ename', 'Error')}: {reply.get('evalue', '')}".strip(": "))


def of_death(exit_code: int | None, while_: str, new_oom_kills: int) -> Outcome:
    """Return how a job ended whose kernel went away; without exit code it became a program."""
    if exit_code is None:
        return Outcome(
            "error", f"The code replaced the kernel's process by another program {while_}."
        )
    if exit_code >= 0:
        return Outcome(
            "error", f"The kernel ended with exit code {exit_code} {while_}.", exit_code=exit_code
        )
    name = signal_name(-exit_code)
    is_oom = name == "SIGKILL" and new_oom_kills > 0
    why = (
        "the system ended it because memory ran out"
        if is_oom
        else f"its kernel was ended by {name}"
    )
    return Outcome("error", f"The job died: {why} {while_}.", signal=name, oom=is_oom)


def of_memory(held: int, limit: int) -> Outcome:
    """Return how a job ended that held more memory than it had asked for."""
    return Outcome(
        "error",
        f"The job held {held / 1e9:.2f} GB of memory, more than its limit of {limit / 1e9:.2f} GB,"
        " and was ended. Ask for more memory, or work on less at a time.",
        signal="SIGKILL",
        oom=True,
    )
