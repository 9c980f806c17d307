"""Asks the server, which answers on the control channel while the cell runs."""

from __future__ import annotations

import threading
import uuid
from typing import Any, Callable

from . import limits

ANSWER_TYPE = "dsinfra_answer"


class NoAnswer(TimeoutError):
    """Nobody has answered in time."""


class Refused(RuntimeError):
    """The server has answered that it cannot or will not."""


class Question:
    """Something asked, and its answer once it is there."""

    def __init__(self, questions: Questions, name: str) -> None:
        self._questions = questions
        self.id = name
        self._answered = threading.Event()
        self._answer: Any = None
        self._error: str | None = None

    def settle(self, answer: Any, error: str | None) -> None:
        """Take the answer."""
        self._answer, self._error = answer, error
        self._answered.set()

    def wait(self, timeout_s: float) -> Any:
        """Return the answer.

        Raises
        ------
        NoAnswer
            If none comes in time.
        Refused
            If it is a refusal.
        """
        try:
            if not self._answered.wait(timeout_s):
                self._questions.is_server_silent = True
                raise NoAnswer("no server has answered")
        finally:
            self._questions.forget(self.id)
        if self._error:
            raise Refused(self._error)
        return self._answer


class Questions:
    """Those that wait for an answer."""

    def __init__(self, emit: Callable[[dict[str, Any]], None]) -> None:
        self._emit = emit
        self._open: dict[str, Question] = {}
        self.can_be_answered = True
        """Not in a forked process, which has no control channel."""
        self.is_server_silent = False
        """Whether the last question got no answer; later ones are waited for less long."""

    def ask(self, what: str, timeout_s: float = limits.QUESTION_TIMEOUT_S, **arguments: Any) -> Any:
        """Return the answer to a question; see ``Question.wait`` for what is raised."""
        return self.ask_with(what, arguments, timeout_s)

    def ask_with(self, what: str, arguments: dict[str, Any], timeout_s: float) -> Any:
        """Return the same, for arguments of any name."""
        question = self.expect(uuid.uuid4().hex)
        self.put(question, what, arguments)
        return question.wait(self.patience(timeout_s))

    def put(self, question: Question, what: str, arguments: dict[str, Any]) -> None:
        """Send a question."""
        self._emit({"kind": "ask", "question": question.id, "what": what, "arguments": arguments})

    def expect(self, name: str) -> Question:
        """Return a question of a name, to which an answer is taken from now on."""
        if not self.can_be_answered:
            raise NoAnswer("a forked process cannot be answered")
        question = Question(self, name)
        self._open[name] = question
        return question

    def patience(self, timeout_s: float) -> float:
        """Return how long to wait for a server that may not be there."""
        return min(timeout_s, limits.ABSENT_TIMEOUT_S) if self.is_server_silent else timeout_s

    def forget(self, *names: str) -> None:
        """Take no answer to questions any more."""
        for name in names:
            self._open.pop(name, None)

    async def on_answer(self, _stream: Any, _ident: Any, message: Any) -> None:
        """Take a message of the control channel; it runs in the thread of that channel."""
        content = message.get("content") or {}
        error = content.get("error")
        if content.get("v") == 1:
            name = str(content.get("question"))
            self.take(name, content.get("answer"), str(error) if error else None)
        self.is_server_silent = False

    def take(self, name: str, answer: Any, error: str | None) -> None:
        """Take the answer to a question, or the reason why there is none."""
        self.is_server_silent = False
        question = self._open.get(name)
        if question is not None:
            question.settle(answer, error)

    def after_fork(self) -> None:
        """Take note that this is a forked process."""
        self.can_be_answered = False
        self._open.clear()
