"""What users decide about errors: rules that outrank what is found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from . import limits
from .bounds import MaxChars
from .occurrences import Category, Severity


class RuleField(str, Enum):
    """What of an error a rule looks at."""

    ename = "ename"
    """The class name: equal, with or without its module, or one of the base classes."""
    message = "message"
    """A regular expression, found anywhere in class and message: ``ValueError: …``."""


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """What to do with errors that match; the first rule that matches counts."""

    field: RuleField
    pattern: Annotated[str, MaxChars(limits.RULE_PATTERN_MAX_CHARS)]
    category: Category | None = None
    severity: Severity | None = None
    is_ignored: bool = False
    """Record it, and leave it out of counts of new errors."""
    group: Annotated[str, MaxChars(limits.NAME_MAX_CHARS)] = ""
    """Errors with the same text here are one group."""
