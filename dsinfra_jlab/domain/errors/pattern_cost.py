"""Which regular expressions could take for ever on a text that does not match."""

from __future__ import annotations

import sys
import warnings
from typing import Any

if sys.version_info >= (3, 11):
    from re import _constants as sre  # type: ignore[attr-defined]
    from re import _parser as parser  # type: ignore[attr-defined]
else:  # pragma: no cover
    import sre_constants as sre
    import sre_parse as parser

_REPEATS_MAX = 3
"""Unbounded repeats of anything after one another: each one more multiplies the time by the length
of the text."""

_MANY = 20
"""From so many times on a repeat counts as unbounded."""


def slow_part(pattern: str) -> str:
    """Say what makes a pattern slow; empty if nothing does.

    Raises
    ------
    re.error
        It is no regular expression.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = parser.parse(pattern)
    problem, count = _look(tree, is_repeated=False)
    if problem:
        return problem
    return "more than three unbounded repeats" if count > _REPEATS_MAX else ""


def _look(items: Any, *, is_repeated: bool) -> tuple[str, int]:
    count = 0
    for operation, argument in items:
        is_many = False
        if operation in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            is_many = argument[1] is sre.MAXREPEAT or int(argument[1]) >= _MANY
            if is_many and is_repeated:
                return "a repeat within a repeat", count
            count += is_many
        elif operation is sre.BRANCH and is_repeated:
            return "an alternative within a repeat", count
        elif operation is sre.GROUPREF and is_repeated:
            return "a reference within a repeat", count
        for inner in _inner(operation, argument):
            problem, more = _look(inner, is_repeated=is_repeated or is_many)
            if problem:
                return problem, count
            count += more
    return "", count


def _inner(operation: Any, argument: Any) -> list[Any]:
    if operation in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        return [argument[2]]
    if operation is sre.BRANCH:
        return list(argument[1])
    if operation is sre.SUBPATTERN:
        return [argument[3]]
    if operation in (sre.ASSERT, sre.ASSERT_NOT):
        return [argument[1]]
    if operation is sre.GROUPREF_EXISTS:
        return [part for part in argument[1:] if part is not None]
    if str(operation) == "ATOMIC_GROUP":
        return [argument]
    if str(operation) == "POSSESSIVE_REPEAT":
        return [argument[2]]
    return []
