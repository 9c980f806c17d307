"""Advice on what errors say plainly enough by their text alone; pure.

Each row of the tables holds only for errors of its classes. What would need a look at the objects
is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..occurrences import Advice
from .case import Case
from .said_learning import LEARNING
from .said_rest import REST

_COMPILED = tuple(
    (frozenset(row.kinds.split()), re.compile(row.pattern), row) for row in (*LEARNING, *REST)
)


def on_what_it_says(case: Case) -> Iterator[Advice]:
    """Say what helps where the text of an error leaves no doubt."""
    for kinds, pattern, row in _COMPILED:
        match = pattern.search(case.evalue) if case.ename in kinds else None
        if match is not None:
            groups = ("", *(each or "" for each in match.groups()))
            action = row.action.format(*groups) if row.action is not None else None
            yield Advice(row.advice.format(*groups), row.evidence.format(*groups), action)
