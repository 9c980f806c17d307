"""Finds the cell runs that a result came from: a backward slice over the names they used; pure."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass

from ..ids import RunId
from ..runs.records import RunStatus
from .graph import Step
from .sharing import ObjectId, Sharing

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


class _Search:
    """What is still looked for, while the steps are walked from the last to the first."""

    def __init__(self, steps: Sequence[Step], sharing: Sharing) -> None:
        self.steps = steps
        self.is_blind = not _is_seen(steps[-1])
        """Whether it is not known what the result needed, so that every step belongs to it."""
        self.needed: dict[str, set[int]] = {}
        """Name to the steps that need it."""
        self.included: list[int] = []
        self.edges: dict[tuple[int, int], set[str]] = {}
        self.gaps: list[str] = []
        self._sharing = sharing
        self._objects: dict[str, set[ObjectId]] = {}
        self._wanted: dict[ObjectId, set[str]] = {}
        """The names that are needed, by the objects they mean or hold."""
        self._modules: dict[ObjectId, dict[str, set[int]]] = {}
        """Modules whose import was found: what was set in them before still counts."""

    def include(self, at: int) -> None:
        """Take a step in, and look for what it used."""
        self.included.append(at)
        capture = self.steps[at].capture
        if capture is None:
            return
        effects = self._sharing.effects[at]
        for name in {*capture.reads, *capture.touches} - ({*capture.writes} - {*capture.reads}):
            self._need(name, {at}, self._sharing.now(effects.held[name]))
        for name, module in effects.modules.items():
            self._need_module(name, {at}, module)

    def made_at(self, at: int) -> dict[str, set[int]]:
        """Return the names that are needed and that a step made or changed, with their readers."""
        capture = self.steps[at].capture
        if capture is None:
            return {}
        found = {name: self.needed[name] for name in capture.writes if name in self.needed}
        for each in self._sharing.now(self._sharing.effects[at].touched):
            for name in self._wanted.get(each, ()):
                found[name] = self.needed[name]
            for name, readers in self._modules.get(each, {}).items():
                found[name] = found.get(name, set()) | readers
        return found

    def settle(self, at: int, name: str) -> None:
        """Look no further for a name that a step bound anew."""
        readers = self.needed.pop(name)
        for each in self._objects.pop(name):
            self._wanted[each].discard(name)
        module = self._sharing.effects[at].modules.get(name)
        if module is not None:
            self._need_module(name, readers, module)

    def result(self, is_cut: bool) -> Slice:
        """Return what was found, in the order it ran."""
        steps = self.steps
        return Slice(
            steps=[steps[at] for at in sorted(self.included)],
            edges={
                (steps[writer].run_id, steps[reader].run_id): sorted(names)
                for (writer, reader), names in sorted(self.edges.items())
            },
            gaps=self.gaps + _unexplained(self, is_cut),
        )

    def _need(self, name: str, readers: set[int], objects: set[ObjectId]) -> None:
        self.needed.setdefault(name, set()).update(readers)
        self._objects.setdefault(name, set()).update(objects)
        for each in objects:
            self._wanted.setdefault(each, set()).add(name)

    def _need_module(self, name: str, readers: set[int], module: ObjectId) -> None:
        (each,) = self._sharing.now([module])
        self._modules.setdefault(each, {}).setdefault(name, set()).update(readers)


class Session:
    """The cell runs of one session, in which the origins of several can be looked for.

    Parameters
    ----------
    steps
        In the order they ran.
    is_cut
        Whether earlier ones are missing.
    """

    def __init__(self, steps: Sequence[Step], is_cut: bool = False) -> None:
        self._steps = steps
        self._is_cut = is_cut
        self._sharing = Sharing(steps)
        self._places = {step.run_id: at for at, step in enumerate(steps)}

    def __contains__(self, run_id: object) -> bool:
        """Return whether a run is one of the session's."""
        return run_id in self._places

    def slice_to(self, run_id: RunId) -> Slice:
        """Return the steps that one of them came from, with the names between them.

        Walking backwards, a step belongs to it if it wrote or changed something that is still
        needed; what it read is then needed too. A step that wrote a name ends the need for
        what was there before, unless it read that too or did not run to its end: names that are
        bound only in a branch are among its reads.
        """
        last = self._places[run_id]
        search = _Search(self._steps[: last + 1], self._sharing)
        search.include(last)
        if search.is_blind:
            search.gaps.append(_unseen_target(self._steps[last]))
        for at in range(last - 1, -1, -1):
            _look_at(search, at)
        return search.result(self._is_cut)


def slice_of(steps: Sequence[Step], is_cut: bool = False) -> Slice:
    """Return the steps that the last one came from; see ``Session.slice_to``."""
    if not steps:
        return Slice([], {}, [])
    return Session(steps, is_cut).slice_to(steps[-1].run_id)


def title_of(step: Step) -> str:
    """Return what to call a step in a sentence."""
    return "A cell" if step.execution_count is None else f"Cell [{step.execution_count}]"


def _is_seen(step: Step) -> bool:
    return step.capture is not None and step.capture.analysis == "ok"


def _look_at(search: _Search, at: int) -> None:
    """Take a step in if it may have made something that is needed."""
    step = search.steps[at]
    capture = step.capture
    if step.status in _NEVER_RAN or (capture is not None and capture.analysis == "syntax"):
        return
    if capture is None or capture.analysis != "ok":
        if search.needed or search.is_blind:
            search.included.append(at)
            if not search.is_blind:
                search.gaps.append(_unseen(step))
        return
    made = search.made_at(at)
    if not made and not search.is_blind:
        return
    for name, readers in made.items():
        for reader in readers:
            search.edges.setdefault((at, reader), set()).add(name)
    if step.status is RunStatus.ok:
        for name in made.keys() & set(capture.writes) & search.needed.keys():
            search.settle(at, name)
    elif made:
        search.gaps.append(_broken_off(step))
    search.include(at)


def _unexplained(search: _Search, is_cut: bool) -> list[str]:
    """Return a sentence for each name that no step made."""
    names = sorted(name for name in search.needed.keys() - _GIVEN_NAMES if name.isidentifier())
    if is_cut and names:
        return ["The session has more cell runs before these than are looked through."]
    was_there = [
        any(search.steps[reader].status is RunStatus.ok for reader in search.needed[name])
        for name in names
    ]
    return [
        f"`{name}` was there before the first recorded cell."
        if was_read
        else f"`{name}` was made by no recorded cell."
        for name, was_read in zip(names, was_there, strict=True)
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
        "only a part of what is taken from it."
    )


def _in_sentence(step: Step) -> str:
    title = title_of(step)
    return title[0].lower() + title[1:]
