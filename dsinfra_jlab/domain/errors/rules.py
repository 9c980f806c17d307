"""What users decide about errors: rules that outrank what is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any

from .. import limits
from ..bounds import MaxChars
from . import limits as error_limits
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
    pattern: Annotated[str, MaxChars(error_limits.RULE_PATTERN_MAX_CHARS)]
    category: Category | None = None
    severity: Severity | None = None
    is_ignored: bool = False
    """Record it, and leave it out of counts of new errors."""
    group: Annotated[str, MaxChars(limits.NAME_MAX_CHARS)] = ""
    """Errors with the same text here are one group."""


def rule_as_json(rule: ErrorRule) -> dict[str, Any]:
    """Return a rule as what JSON can hold."""
    return {
        "field": rule.field.value,
        "pattern": rule.pattern,
        "category": None if rule.category is None else rule.category.value,
        "severity": None if rule.severity is None else rule.severity.value,
        "is_ignored": rule.is_ignored,
        "group": rule.group,
    }


def rule_of_json(stored: Mapping[str, Any]) -> ErrorRule | None:
    """Return the rule that was kept as JSON; ``None`` if it has words that are not known here.

    A newer version that uses the same store may have kept it.
    """
    category, severity = stored.get("category"), stored.get("severity")
    try:
        return ErrorRule(
            field=RuleField(stored["field"]),
            pattern=str(stored["pattern"]),
            category=None if category is None else Category(category),
            severity=None if severity is None else Severity(severity),
            is_ignored=bool(stored.get("is_ignored", False)),
            group=str(stored.get("group", "")),
        )
    except (KeyError, ValueError):
        return None
