"""The error that facts are looked for: what it is, what it says, where the user's code failed."""

from __future__ import annotations

import difflib
import time
import types
from collections.abc import Iterable, Mapping
from typing import Any

from . import limits
from .facts_code import Failing, Frames, below, failing_at
from .kinds import Kinds
from .scalars import name_of, text_of

Fact = dict[str, Any]

_MESSAGE_MAX_CHARS = 10_000
_TEXTS = Kinds((str,))


class Look:
    """What finders of facts look at."""

    def __init__(
        self,
        error: BaseException,
        frames: Frames,
        user_ns: Mapping[str, Any],
        deadline: float,
        values: bool,
    ) -> None:
        self.error = error
        self.frames = frames
        self.user_ns = user_ns
        self.values = values
        """Whether values of data may be told."""
        self._deadline = deadline
        kinds = type.__dict__["__mro__"].__get__(type(error))
        self.kinds = frozenset(name_of(each) for each in kinds)
        """Names of the error's class and of those it is made from."""
        self.message = text_of(error)[:_MESSAGE_MAX_CHARS]
        self.failing: Failing | None = failing_at(frames)

    @property
    def has_time(self) -> bool:
        """Whether the deadline is still to come."""
        return time.perf_counter() < self._deadline

    def is_a(self, *names: str) -> bool:
        """Whether the error is of a class of one of these names."""
        return not self.kinds.isdisjoint(names)

    def says(self, *words: str) -> bool:
        """Whether the message has one of these words."""
        return any(word in self.message for word in words)

    def slot(self, kind: type, name: str, default: Any = None) -> Any:
        """Return what Python itself keeps with an error, past what a class of the user's says."""
        found = type.__dict__["__dict__"].__get__(kind).get(name)
        if found is None or not issubclass(type(self.error), kind):
            return default
        return found.__get__(self.error)

    def library_frames(self) -> list[types.FrameType]:
        """Return the frames under the user's code, the outermost first."""
        return below(self.frames)


def near(word: str, known: Iterable[Any]) -> list[str]:
    """Return words that are roughly like another one; whoever reads them judges strictly."""
    candidates: list[str] = []
    plain = _plain(word)
    alike: list[str] = []
    for each in known:
        if type(each) not in _TEXTS or each == word or len(each) > limits.FACT_NAME_MAX_CHARS:
            continue
        if _plain(each) == plain:
            alike.append(each)
        candidates.append(each)
        if len(candidates) >= limits.FACT_CANDIDATES_MAX:
            break
    if len(word) > limits.FACT_NAME_MAX_CHARS:
        return []
    lower: dict[str, str] = {}
    for each in candidates:
        lower.setdefault(each.lower(), each)
    close = difflib.get_close_matches(word.lower(), lower, limits.FACT_NEAR_MAX, 0.6)
    found = dict.fromkeys([*alike, *(lower[each] for each in close)])
    return list(found)[: limits.FACT_NEAR_MAX]


def _plain(word: str) -> str:
    return "".join(char for char in word.lower() if char not in "_- \t\n\ufeff\xa0")


def shown_path(path: str) -> str:
    """Return a path for a fact, cut in the middle if it is long."""
    return path if len(path) <= 300 else f"{path[:140]}…{path[-140:]}"
