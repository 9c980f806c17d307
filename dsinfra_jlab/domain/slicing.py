"""Finds the cell runs that a result came from: a backward slice over the names they used; pure."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass, field

from .ids import RunId
from .lineage import Step
from .runs import RunStatus

_GIVEN_NAMES = frozenset(dir(builtins)) | {
    "__builtins__",
    "__doc__",
    "__file__",
    "__loader__",
    "__name__",
    "__package__",
    "__spec__",
    "display",
    "exit",
    "get_ipython",
    "quit",
}
"""Names that are there in every kernel; a cell may write them all the same."""

_NEVER_RAN = (RunStatus.queued, RunStatus.aborted)


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of a session that a result came from."""

    steps: list[Step]
    """In the order they ran; the last is the one asked about."""
    edges: dict[tuple[RunId, RunId], list[str]]
    """From the run that wrote or changed names to the one that read them."""
    gaps: list[str]
    """What could not be found out, one sentence each."""


@dataclass(slots=True)
class _Search:
    """What is still looked for, while the steps are walked from the last to the first."""

    needed: dict[str, set[int]] = field(default_factory=dict)
    """Name to the steps that need it."""
    included: list[int] = field(default_factory=list)
    edges: dict[tuple[int, int], set[str]] = field(default_factory=dict)
    gaps: list[str] = field(default_factory=list)


def slice_of(steps: Sequence[Step], is_cut: bool = False) -> Slice:
    """Return the steps that the last one came from, with the names between them.

    Walking backwards, a step belongs to it if it wrote or changed something that is still
    needed; what it read is then needed too. Only a step that surely bound a name anew ends
    the need for it: one that wrote it, did not also change it in place, and ended ``ok``.

    Parameters
    ----------
    steps
        The cell runs of one session in the order they ran, until the one asked about.
    is_cut
        Whether earlier ones are missing.
    """
    if not steps:
        return Slice([], {}, [])
    search = _Search()
    last = len(steps) - 1
    _include(search, last, steps[last])
    if not _is_seen(steps[last]):
        search.gaps.append(_unseen_target(steps[last]))
    for at in range(last - 1, -1, -1):
        _look_at(search, at, steps[at], is_blind=not _is_seen(steps[last]))
    search.gaps += _unexplained(search, steps, is_cut)
    search.included.sort()
    return Slice(
        steps=[steps[at] for at in search.included],
        edges={
            (steps[writer].run_id, steps[reader].run_id): sorted(names)
            for (writer, reader), names in sorted(search.edges.items())
        },
        gaps=search.gaps,
    )


def title_of(step: Step) -> str:
    """Return what to call a step in a sentence."""
    return "A cell" if step.execution_count is None else f"Cell [{step.execution_count}]"


def _is_seen(step: Step) -> bool:
    return step.capture is not None and step.capture.analysis == "ok"


def _look_at(search: _Search, at: int, step: Step, is_blind: bool) -> None:
    """Take a step in if it may have made something that is needed."""
    if step.status in _NEVER_RAN:
        return
    capture = step.capture
    if capture is None or capture.analysis != "ok":
        if capture is not None and capture.analysis == "syntax":
            return  # it never ran
        if search.needed or is_blind:
            search.included.append(at)
            if not is_blind:
                search.gaps.append(_unseen(step))
        return
    if is_blind:
        _include(search, at, step)
        return
    writes, touches = set(capture.writes), set(capture.touches)
    found = (writes | touches) & search.needed.keys()
    if not found:
        return
    for name in found:
        for reader in search.needed[name]:
            search.edges.setdefault((at, reader), set()).add(name)
    if step.status is RunStatus.ok:
        for name in found & writes - touches:
            del search.needed[name]
    else:
        search.gaps.append(_broken_off(step))
    _include(search, at, step)


def _include(search: _Search, at: int, step: Step) -> None:
    search.included.append(at)
    if step.capture is None:
        return
    for name in {*step.capture.reads, *step.capture.touches}:
        search.needed.setdefault(name, set()).add(at)


def _unexplained(search: _Search, steps: Sequence[Step], is_cut: bool) -> list[str]:
    """Return a sentence for each name that no step made."""
    if is_cut and search.needed:
        return ["The session has more cell runs before these than are looked through."]
    names = sorted(search.needed.keys() - _GIVEN_NAMES)
    return [
        f"`{name}` was there before the first recorded cell."
        for name in names
        if any(steps[reader].status is RunStatus.ok for reader in search.needed[name])
    ] + [
        f"`{name}` was made by no recorded cell."
        for name in names
        if all(steps[reader].status is not RunStatus.ok for reader in search.needed[name])
    ]


def _unseen_target(step: Step) -> str:
    return (
        f"It is not known which names {_in_sentence(step)} used, "
        "so every cell that ran before it is listed."
    )


def _unseen(step: Step) -> str:
    return f"It is not known which names {_in_sentence(step)} used; it is listed in any case."


def _broken_off(step: Step) -> str:
    return (
        f"{title_of(step)} did not run to its end ({step.status.value}) and may have made "
        "only a part of what came after it."
    )


def _in_sentence(step: Step) -> str:
    title = title_of(step)
    return title[0].lower() + title[1:]
