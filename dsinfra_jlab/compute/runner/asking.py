"""Answers what the kernel of a job asks: no server hears it, and code would wait in vain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .wire import JsonObject, Message

EVENT_TYPE = "dsinfra_event"
ANSWER_TYPE = "dsinfra_answer"

_NOT_HERE = (
    "this cannot be asked from a job, which runs apart from the notebook and its server; "
    "ask in the notebook, and send what the code needs of it"
)
_TOO_MUCH = "the job has put out more than is kept"


def answers_to(message: Message, *, is_passed: bool) -> Iterator[JsonObject]:
    """Yield the answers to what is asked in a message of the probe.

    ``is_passed`` says that the message is in the job's log: what it holds will be kept.
    """
    events = message.content.get("events")
    for event in events if isinstance(events, list) else ():
        if not isinstance(event, dict):
            continue
        if event.get("kind") == "ask":
            is_known = event.get("what") == "received"
            yield _answer(event.get("question"), None if is_known else _NOT_HERE)
        elif event.get("kind") == "artifact" and event.get("is_last"):
            yield _answer(event.get("artifact"), None if is_passed else _TOO_MUCH)


def _answer(question: Any, error: str | None) -> JsonObject:
    answer = None if error else {"ok": True}
    return {"v": 1, "question": question, "answer": answer, "error": error}
