"""How much time and text one error may cost."""

from __future__ import annotations

import time
from collections import Counter

from . import limits


class Budget:
    """What is left for one error, and what was left out of it."""

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.deadline = self.started + limits.ERROR_CAPTURE_S
        self._chars = limits.ERROR_MAX_CHARS
        self.dropped: Counter[str] = Counter()

    @property
    def has_time(self) -> bool:
        """Whether there is time left."""
        return time.perf_counter() < self.deadline

    def text(self, text: str, most: int) -> str:
        """Return as much of a text as is kept."""
        kept = text[: max(0, min(most, self._chars))]
        self._chars -= len(kept)
        if len(kept) < min(len(text), most):
            self.dropped["chars"] += min(len(text), most) - len(kept)
        return kept
