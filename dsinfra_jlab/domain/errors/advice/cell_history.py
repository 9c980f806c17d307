"""Why a name is missing: what the cells of a kernel have done, and what the notebook would; pure.

It works from the code of the cells alone, so that it says the same of kernels that nobody looks
into. Of each version of a cell only names and lines are kept.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from ... import limits
from ...ids import CellId, RunId
from ...lineage.cell_bindings import bindings_of
from ...lineage.data_flow import NotebookCells
from ...runs.records import RunStatus
from .. import limits as error_limits
from ..occurrences import CauseFlag
from .spelling import nearest


class StoryKind(str, Enum):
    """Why a name is missing."""

    not_run = "not_run"
    """A cell of the notebook would bind it, and no run of that cell is known."""
    before_restart = "before_restart"
    """A cell bound it in an earlier process of the kernel."""
    edited = "edited"
    """A cell binds it as it stands now; as it ran, it did not."""
    rewritten = "rewritten"
    """A cell bound it in an earlier process, and as it stands now it does not."""
    deleted = "deleted"
    """A cell bound it in an earlier process, and the notebook no longer has that cell."""
    failed = "failed"
    """The cell that binds it has failed before it did."""
    removed = "removed"
    """It was bound, and then a cell deleted it."""
    similar = "similar"
    """No cell binds it, and one binds a name that is much like it."""


@dataclass(frozen=True, slots=True)
class NameStory:
    """What the history of cells says of a name that is missing."""

    name: str
    kind: StoryKind
    cell_id: CellId | None
    """The cell to look at: the one that binds it, or of ``removed`` the one that deletes it."""
    line: int | None
    """At which line of that cell."""
    run_id: RunId | None = None
    """The last run of that cell that matters here; ``None`` if there was none."""
    execution_count: int | None = None
    at: datetime | None = None
    is_in_notebook: bool | None = None
    """Whether the cell still stands in the saved notebook; ``None`` if that is not known."""
    is_above: bool | None = None
    """Whether it stands above the cell that asks; ``None`` if that is not known."""
    cells_to_run_above: int = 0
    """Cells above the asking one that have not run in this process."""
    import_statement: str = ""
    """What binds it, where that is an import."""
    similar: str = ""
    """The name that is much like it."""


@dataclass(frozen=True, slots=True)
class _Ran:
    """The last run of one version of a cell."""

    order: int
    process: int
    run_id: RunId
    cell_id: CellId | None
    execution_count: int | None
    bound_at: int | None
    """Order of its last run in this process that went well; what failed later unbinds nothing."""
    has_failed: bool
    at: datetime
    lines: Mapping[str, int | None]
    imports: Mapping[str, str]
    removes: frozenset[str]
    clears: bool

    def takes_away(self, name: str) -> bool:
        return name in self.removes or (self.clears and name not in self.lines)


_FLAGS: Mapping[StoryKind, tuple[CauseFlag, ...]] = {
    StoryKind.not_run: (CauseFlag.unexecuted,),
    StoryKind.before_restart: (CauseFlag.kernel_restarted, CauseFlag.unexecuted),
    StoryKind.edited: (CauseFlag.stale_definition,),
    StoryKind.rewritten: (CauseFlag.stale_definition, CauseFlag.kernel_restarted),
    StoryKind.deleted: (CauseFlag.deleted_cell, CauseFlag.kernel_restarted),
    StoryKind.failed: (CauseFlag.after_failed_cell,),
}


def flags_of(story: NameStory) -> tuple[CauseFlag, ...]:
    """Return what the notebook had to do with a missing name."""
    flags = _FLAGS.get(story.kind, ())
    return (CauseFlag.order, *flags) if flags and story.is_above is False else flags


class CellHistory:
    """What the cells of one kernel have bound, process after process."""

    def __init__(self) -> None:
        self._versions: OrderedDict[tuple[CellId | None, str], _Ran] = OrderedDict()
        """By cell and hash of its code, the run of it longest ago first."""
        self._process = 0
        self._order = 0
        self._names = 0
        self.notebook: NotebookCells | None = None
        """The notebook as last read; ``None`` if it cannot be."""

    def ran(
        self,
        run_id: RunId,
        cell_id: CellId | None,
        execution_count: int | None,
        code: str,
        status: RunStatus,
        at: datetime,
        names_written: Iterable[str] | None = None,
    ) -> None:
        """Take note of a run that has ended; one that never began says nothing."""
        if status in _NEVER_BEGAN:
            return
        self._order += 1
        found = bindings_of(code)
        lines: dict[str, int | None] = dict(found.lines)
        for name in names_written or ():
            if len(lines) >= limits.CELL_NAMES_MAX:
                break
            if name not in found.removes:
                lines.setdefault(name, None)
        key = (cell_id, _hash(code))
        before = self._versions.pop(key, None)
        has_failed = status is not RunStatus.ok
        bound_at = None if has_failed else self._order
        if before is not None and before.process == self._process and has_failed:
            bound_at = before.bound_at
        run = _Ran(
            self._order,
            self._process,
            run_id,
            cell_id,
            execution_count,
            bound_at,
            has_failed,
            at,
            lines,
            found.imports,
            found.removes,
            found.clears,
        )
        self._versions[key] = run
        self._names += len(run.lines) - (len(before.lines) if before else 0)
        self._trim()

    def restart(self) -> None:
        """Begin anew: the names went with the kernel's process."""
        self._process += 1

    def story(self, name: str, asking_cell_id: CellId | None) -> NameStory | None:
        """Return why a name is missing that a cell asks for; ``None`` if that is not known."""
        runs = [
            run
            for run in self._versions.values()
            if name in run.lines and (run.cell_id is None or run.cell_id != asking_cell_id)
        ]
        present = [run for run in runs if run.process == self._process]
        bound = [run.bound_at for run in present if run.bound_at is not None]
        if bound:
            return self._removed(name, max(bound))
        story = (
            self._failed(name, present)
            or self._to_run(name, asking_cell_id)
            or self._gone(name, [run for run in runs if run.process < self._process])
            or self._similar(name)
        )
        return self._placed(story, asking_cell_id) if story is not None else None

    def _removed(self, name: str, bound_at: int) -> NameStory | None:
        """Return who took a name away that was bound; it may also never have been reached."""
        later = [
            run
            for run in self._versions.values()
            if run.process == self._process and run.order >= bound_at and run.takes_away(name)
        ]
        return _told(name, StoryKind.removed, later[-1]) if later else None

    def _failed(self, name: str, present: list[_Ran]) -> NameStory | None:
        for run in reversed(present):
            now = self._now(run.cell_id)
            if now is None or name in now:
                return _told(name, StoryKind.failed, run)
        return None

    def _to_run(self, name: str, asking: CellId | None) -> NameStory | None:
        """Return the cell of the notebook to run: the next one above, else the next below."""
        if self.notebook is None:
            return None
        own = self.notebook.position(asking)
        best: tuple[tuple[int, int], CellId, int | None] | None = None
        for position, cell_id in enumerate(self.notebook.code_sha256):
            lines = self._now(cell_id)
            if lines is None or name not in lines or cell_id == asking:
                continue
            is_below = own is not None and position > own
            rank = (int(is_below), abs(position - own) if own is not None else position)
            if best is None or rank < best[0]:
                best = (rank, cell_id, lines[name])
        if best is None:
            return None
        _, cell_id, line = best
        return replace(self._why_not_run(name, cell_id, line), line=line)

    def _why_not_run(self, name: str, cell_id: CellId, line: int | None) -> NameStory:
        runs = [run for run in self._versions.values() if run.cell_id == cell_id]
        statement = self._import_now(name, cell_id)
        if runs and runs[-1].process == self._process:
            told = _told(name, StoryKind.edited, runs[-1])
        elif any(name in run.lines for run in runs):
            last = next(run for run in reversed(runs) if name in run.lines)
            told = _told(name, StoryKind.before_restart, last)
        else:
            told = NameStory(name, StoryKind.not_run, cell_id, line)
        return replace(told, import_statement=statement)

    def _gone(self, name: str, earlier: list[_Ran]) -> NameStory | None:
        """Return what became of the cell that bound a name before a restart."""
        if not earlier:
            return None
        run = earlier[-1]
        notebook = self.notebook
        if notebook is None or run.cell_id is None:
            return _told(name, StoryKind.before_restart, run)
        if notebook.saved_at <= run.at:
            return _told(name, StoryKind.before_restart, run)
        if notebook.position(run.cell_id) is None:
            return _told(name, StoryKind.deleted, run)
        known = self._now(run.cell_id)
        kind = StoryKind.rewritten if known is not None else StoryKind.before_restart
        return _told(name, kind, run)

    def _similar(self, name: str) -> NameStory | None:
        standing: dict[str, _Ran] = {}
        for run in self._versions.values():
            if run.process != self._process:
                continue
            if run.clears:
                standing.clear()
            for removed in run.removes:
                standing.pop(removed, None)
            if not run.has_failed:
                standing.update(dict.fromkeys(run.lines, run))
        found = nearest(name, standing)
        if not found:
            return None
        run = standing[found[0]]
        told = _told(name, StoryKind.similar, run)
        return replace(told, similar=found[0], line=run.lines[found[0]])

    def _now(self, cell_id: CellId | None) -> Mapping[str, int | None] | None:
        """Return what a cell of the notebook binds as it stands; ``None`` if that is not known."""
        notebook = self.notebook
        if notebook is None or cell_id is None or cell_id not in notebook.code_sha256:
            return None
        code = notebook.code.get(cell_id)
        if code is not None:
            return bindings_of(code).lines
        run = self._versions.get((cell_id, notebook.code_sha256[cell_id]))
        return run.lines if run is not None else None

    def _import_now(self, name: str, cell_id: CellId) -> str:
        code = self.notebook.code.get(cell_id) if self.notebook is not None else None
        return bindings_of(code).imports.get(name, "") if code is not None else ""

    def _placed(self, story: NameStory, asking: CellId | None) -> NameStory:
        """Return a story with where its cell stands."""
        notebook = self.notebook
        if notebook is None or story.cell_id is None:
            return story
        position, own = notebook.position(story.cell_id), notebook.position(asking)
        if position is None or own is None:
            return replace(story, is_in_notebook=position is not None)
        above = sum(1 for each in self._unrun(notebook, own))
        return replace(
            story, is_in_notebook=True, is_above=position < own, cells_to_run_above=above
        )

    def _unrun(self, notebook: NotebookCells, own: int) -> Iterator[CellId]:
        ran = {
            run.cell_id
            for run in self._versions.values()
            if run.process == self._process and not run.has_failed
        }
        for position, cell_id in enumerate(notebook.code_sha256):
            if position >= own:
                return
            if cell_id not in ran and notebook.code.get(cell_id, "?").strip():
                yield cell_id

    def _trim(self) -> None:
        """Forget the versions run longest ago when there are too many."""
        while len(self._versions) > error_limits.HISTORY_CELLS_MAX or (
            self._names > error_limits.HISTORY_NAMES_MAX and len(self._versions) > 1
        ):
            _, run = self._versions.popitem(last=False)
            self._names -= len(run.lines)


_NEVER_BEGAN = frozenset((RunStatus.queued, RunStatus.running, RunStatus.aborted))


def _told(name: str, kind: StoryKind, run: _Ran) -> NameStory:
    return NameStory(
        name,
        kind,
        run.cell_id,
        run.lines.get(name),
        run.run_id,
        run.execution_count,
        run.at,
        import_statement=run.imports.get(name, ""),
    )


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
