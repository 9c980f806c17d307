"""How soon somebody may be told again: a few times at once, then at a steady rate."""

from __future__ import annotations


class Pace:
    """Turns that are let through: in no stretch of time more than the burst and the rate give.

    One number is kept: when the turns taken so far would be over at the steady rate. Times are
    seconds of any clock that does not go back.

    Parameters
    ----------
    interval_s
        Between two turns in the long run.
    burst
        Turns that who was quiet for long enough has at once.
    """

    def __init__(self, interval_s: float, burst: int) -> None:
        self._interval_s = interval_s
        self._ahead_s = (burst - 1) * interval_s
        self._even_at = 0.0
        self._calm_at = 0.0

    @property
    def due_at(self) -> float:
        """The time from which on a turn may be taken."""
        return self._even_at - self._ahead_s

    @property
    def calm_at(self) -> float:
        """The time from which on a turn takes no more than what came back since the last one."""
        return self._calm_at

    def take(self, now: float) -> None:
        """Take a turn."""
        self._even_at = max(now, self._even_at) + self._interval_s
        self._calm_at = now + self._interval_s
