"""Lays out an exception with all that is behind and below it."""

from __future__ import annotations

from typing import Any, NamedTuple

from . import limits
from .unbound import find_name, instance_names

_own = BaseException.__dict__
_cause = _own["__cause__"].__get__
_context = _own["__context__"].__get__
_is_suppressed = _own["__suppress_context__"].__get__
traceback_of: Any = _own["__traceback__"].__get__


class Link(NamedTuple):
    """An exception, and how it belongs to one before it."""

    error: BaseException
    parent: int | None
    """Index of the one it belongs to; ``None`` for the first."""
    relation: str | None


def links_of(error: BaseException) -> tuple[list[Link], int]:
    """Return an exception and those behind and below it, and how many are left out.

    Of too many, those nearest to the first and the last, which are the root of a chain, are kept.
    """
    found = _walk(error)
    most = limits.EXCEPTIONS_MAX
    if len(found) <= most:
        return found, 0
    half = most // 2
    chosen = [*range(most - half), *range(len(found) - half, len(found))]
    places = {number: place for place, number in enumerate(chosen)}
    return [_kept(found, number, places) for number in chosen], len(found) - most


def _kept(found: list[Link], number: int, places: dict[int, int]) -> Link:
    link = found[number]
    parent = link.parent
    while parent is not None and parent not in places:
        parent = found[parent].parent
    return link._replace(parent=None if parent is None else places[parent])


def _walk(error: BaseException) -> list[Link]:
    found: list[Link] = []
    seen: set[int] = set()
    waiting = [Link(error, None, None)]
    while waiting and len(found) < limits.EXCEPTIONS_WALKED:
        link = waiting.pop()
        if id(link.error) in seen:
            continue
        seen.add(id(link.error))
        place = len(found)
        found.append(link)
        waiting += [Link(each, place, "group") for each in reversed(members_of(link.error))]
        behind = _behind(link.error)
        if behind is not None:
            waiting.append(Link(behind[0], place, behind[1]))
    return found


def _behind(error: BaseException) -> tuple[BaseException, str] | None:
    cause = _cause(error)
    if cause is not None:
        return cause, "cause"
    context = _context(error)
    if context is not None and not _is_suppressed(error):
        return context, "context"
    return None


def members_of(error: BaseException) -> list[BaseException]:
    """Return the exceptions of a group; none of one that is no group."""
    owner, found = find_name(type(error), "exceptions")
    given: Any = None
    if owner is not None and owner.__module__ == "builtins":
        given = found.__get__(error)
    elif owner is not None and owner.__module__.partition(".")[0] == "exceptiongroup":
        given = instance_names(error).get("_exceptions")
    if type(given) is not tuple:
        return []
    return [each for each in given if issubclass(type(each), BaseException)]
