"""What is known of the errors of one run so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from .occurrences import ErrorKind
from .sightings import ErrorSeen


@dataclass(slots=True)
class ErrorNotes:
    """The errors of one run, as the probe told them."""

    ending: ErrorSeen | None = None
    """The one that ended the run."""
    others: dict[tuple[ErrorKind, int], ErrorSeen] = field(default_factory=dict)
    is_expected: bool = False
    """Whether the user said that the run may fail."""
    is_unattended: bool | None = None
    """Whether nobody was there when it failed; ``None`` until it has failed."""
    is_told: bool = False
    """Whether the error that ended the run was handed out; more evidence is handed out anew."""
    astray: list[ErrorKind] = field(default_factory=list)
    """Errors printed in no cell's name that were taken for this run's: it was the last."""
    printed: int = 0
    """How many characters of what was printed were read for errors by now."""
