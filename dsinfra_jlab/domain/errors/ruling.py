"""Which of the user's rules an error falls under, and whether rules can be used at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from ..exceptions import BadInput
from . import limits
from .carriers import bare_name, unwrap
from .pattern_cost import slow_part
from .rules import ErrorRule, RuleField
from .sightings import SeenException


def apply_rules(
    rules: Sequence[ErrorRule], exceptions: Sequence[SeenException], inner: int = 0
) -> ErrorRule | None:
    """Give the first rule that matches the error or what carried it; ``None`` if none does.

    Rules with a pattern that cannot be used are passed over: ``check_rules`` refuses them when
    they are saved.
    """
    if not exceptions:
        return None
    looked_at = [exceptions[min(inner, len(exceptions) - 1)]]
    if inner:
        looked_at.append(exceptions[0])
    names = {name for error in looked_at for name in _names(error)}
    error = unwrap(exceptions)
    if error.is_from_text:
        names |= {error.ename, f"{error.module}.{error.ename}"}
    texts = [f"{one.ename}: {one.evalue}"[: limits.RULE_TEXT_MAX_CHARS] for one in looked_at]
    return next((rule for rule in rules if _matches(rule, names, texts)), None)


def _names(error: SeenException) -> set[str]:
    own = {error.ename, f"{error.module}.{error.ename}"}
    return own | set(error.bases) | {bare_name(base) for base in error.bases}


def _matches(rule: ErrorRule, names: set[str], texts: Iterable[str]) -> bool:
    if rule.field is RuleField.ename:
        return rule.pattern.strip() in names
    pattern = _compiled(rule.pattern)
    return pattern is not None and any(pattern.search(text) for text in texts)


@lru_cache(maxsize=4 * limits.RULES_MAX)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return None if slow_part(pattern) else re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return None


def check_rules(rules: Sequence[ErrorRule]) -> None:
    """Refuse rules that cannot be used.

    Raises
    ------
    BadInput
        Naming the first rule whose pattern is empty, is no regular expression, or could take
        for ever.
    """
    if len(rules) > limits.RULES_MAX:
        raise BadInput(f"There are {len(rules)} rules; at most {limits.RULES_MAX} are possible.")
    for number, rule in enumerate(rules, start=1):
        if problem := _problem(rule):
            raise BadInput(
                f"Rule {number} ({rule.pattern!r}): {problem}.",
                {"rule": number, "pattern": rule.pattern},
            )


def _problem(rule: ErrorRule) -> str:
    if not rule.pattern.strip():
        return "the pattern is empty"
    if rule.field is RuleField.ename:
        return ""
    try:
        if slow := slow_part(rule.pattern):
            return f"{slow} can take for ever; repeat one thing at a time"
        re.compile(rule.pattern)
    except (re.error, OverflowError) as error:
        return f"not a regular expression: {error}"
    except RecursionError:
        return "nested too deeply"
    return ""
