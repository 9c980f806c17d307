"""Answers that take long to find, looked up when somebody asks and never by themselves.

The system may hold up whoever reads: a process that is busy with its own memory, a file server
that is away. So it is done in threads that nobody has to wait for, not more often than it is
worth, and never twice at once for the same.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..domain.exceptions import Unavailable

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may be spent on answers."""

    patience_s: float
    """For so long whoever asked waits."""
    at_once_max: int
    """Different answers that are looked up at once: a thread that is held up cannot be ended."""
    held_up: str
    """What is said when patience is over."""
    many: str
    """What is said when too many are looked up."""


@dataclass(slots=True)
class _Found(Generic[Answer]):
    answer: Answer
    good_until_s: float


class SlowAnswers(Generic[Key, Answer]):
    """Looks up answers in threads; for the event loop.

    Parameters
    ----------
    bounds
        Asked each time.
    rest_s
        For how long an answer is given again, by the answer.
    """

    def __init__(
        self, name: str, bounds: Callable[[], Bounds], rest_s: Callable[[Answer], float]
    ) -> None:
        self._name = name
        self._bounds = bounds
        self._rest_s = rest_s
        self._asked: dict[Key, asyncio.Future[Answer]] = {}
        self._found: dict[Key, _Found[Answer]] = {}

    async def of(self, key: Key, look_up: Callable[[Key], Answer]) -> Answer:
        """Return the answer as looked up now, or a moment ago.

        Raises
        ------
        Unavailable
            It could not be found in time.
        Exception
            What ``look_up`` raises.
        """
        self._forget_old()
        before = self._found.get(key)
        if before is not None:
            return before.answer
        bounds = self._bounds()
        asked = self._asked.get(key)
        if asked is None:
            if len(self._asked) >= bounds.at_once_max:
                raise Unavailable(bounds.many)
            asked = self._begin(key, look_up)
        done, _ = await asyncio.wait({asked}, timeout=bounds.patience_s)
        if not done:
            raise Unavailable(bounds.held_up)
        return asked.result()

    def _begin(self, key: Key, look_up: Callable[[Key], Answer]) -> asyncio.Future[Answer]:
        loop = asyncio.get_running_loop()
        asked: asyncio.Future[Answer] = loop.create_future()
        self._asked[key] = asked

        def tell(found: list[Answer], error: Exception | None) -> None:
            self._asked.pop(key, None)
            if error is not None:
                asked.set_exception(error)
                asked.exception()  # whoever asked may have gone
                return
            (answer,) = found
            self._found[key] = _Found(answer, time.monotonic() + self._rest_s(answer))
            asked.set_result(answer)

        def work() -> None:
            found, failure = [], None
            try:
                found = [look_up(key)]
            except Exception as error:  # told to whoever asked
                failure = error
            try:
                loop.call_soon_threadsafe(tell, found, failure)
            except RuntimeError:  # the server has ended meanwhile
                return

        threading.Thread(target=work, name=self._name, daemon=True).start()
        return asked

    def _forget_old(self) -> None:
        now_s = time.monotonic()
        self._found = {key: each for key, each in self._found.items() if each.good_until_s > now_s}
