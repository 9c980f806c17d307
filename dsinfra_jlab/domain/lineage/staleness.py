"""Why a result no longer follows from what stands in its notebook and its files; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..comparing.comparison import StaleKind, StaleReason
from ..ids import CellId
from ..runs.capture import DataItem
from ..runs.records import RunStatus
from .graph import Step


@dataclass(frozen=True, slots=True)
class SavedNotebook:
    """A notebook as it stands on the disk."""

    saved_at: datetime
    sources: Mapping[CellId, str]
    """The code of its code cells, as cleared of secrets as recorded code is."""


@dataclass(frozen=True, slots=True)
class FileNow:
    """A file that was read, as it is now."""

    exists: bool
    size_bytes: int | None = None
    modified_at: str | None = None
    digest: str | None = None
    """``None`` if it was not read again."""


HashOfCode = Callable[[str], str]
"""The hash that recorded code has."""


def stale_reasons(
    steps: Sequence[Step],
    newest: Sequence[Step],
    notebook: SavedNotebook | None,
    reads: Sequence[DataItem],
    files: Mapping[str, FileNow],
    hash_of: HashOfCode,
) -> list[StaleReason]:
    """Return why a result is stale, at most one reason for each cell and each file.

    A result stands as long as its own code, the cells it came from and the files they read
    are those that the notebook would use today. So:

    - a later run of the same cell with the same code makes no earlier one stale: those are
      trials of one thing, and what changed around them shows by itself;
    - a later run of it with other code does, and so does an edit that was saved;
    - a cell it came from makes it stale when it was run since the result with whatever code,
      because what it made is another object now; or at any time with other code.

    Parameters
    ----------
    steps
        The cell versions it came from, the last its own.
    newest
        The newest run of each of these cells in the notebook.
    notebook
        ``None`` if it cannot be read. Only what was saved after a cell ran tells of an edit.
    reads
        The files the steps read, with their state then.
    files
        Their state now, by name; those that were not looked at are absent.
    """
    target = steps[-1]
    later = {step.cell_id: step for step in newest if step.status is not RunStatus.aborted}
    last_of_cell = {step.cell_id: step for step in steps if step.cell_id is not None}
    reasons: list[StaleReason] = []
    for step in reversed(last_of_cell.values()):
        is_own = step.cell_id == target.cell_id
        reason = _run_again(step, target, later.get(step.cell_id), is_own)
        reason = reason or _edited(step, notebook, hash_of, is_own)
        if reason is not None:
            reasons.append(reason)
    last_read = {item.name: item for item in reads}
    found = [_file_changed(item, files.get(name)) for name, item in last_read.items()]
    return reasons + [reason for reason in found if reason is not None]


def _run_again(step: Step, target: Step, newer: Step | None, is_own: bool) -> StaleReason | None:
    if newer is None or newer.run_id == step.run_id or newer.queued_at <= step.queued_at:
        return None
    has_other_code = newer.code_sha256 != step.code_sha256
    if is_own:
        if not has_other_code:
            return None
        return _reason(StaleKind.code, "This cell was run again since with other code.", newer)
    if has_other_code:
        detail = f"{_title_of(step)}, which it came from, was run again since with other code."
        return _reason(StaleKind.upstream, detail, newer)
    if newer.queued_at > target.queued_at:
        detail = f"{_title_of(step)}, which it came from, was run again since."
        return _reason(StaleKind.upstream, detail, newer)
    return None


def _edited(
    step: Step, notebook: SavedNotebook | None, hash_of: HashOfCode, is_own: bool
) -> StaleReason | None:
    if notebook is None or step.cell_id is None or notebook.saved_at <= step.queued_at:
        return None
    kind = StaleKind.code if is_own else StaleKind.upstream
    subject = "This cell" if is_own else f"{_title_of(step)}, which it came from,"
    source = notebook.sources.get(step.cell_id)
    if source is None:
        return StaleReason(kind, f"{subject} is no longer in the notebook.", cell_id=step.cell_id)
    if hash_of(source) == step.code_sha256 or (step.code and source.strip() == step.code.strip()):
        return None
    return StaleReason(kind, f"{subject} was edited since.", cell_id=step.cell_id)


def _file_changed(item: DataItem, now: FileNow | None) -> StaleReason | None:
    if now is None:
        return None
    if not now.exists:
        detail = f"{item.name}, which it read, is no longer there."
    elif _is_other(item, now):
        detail = f"{item.name}, which it read, has changed since."
    else:
        return None
    return StaleReason(StaleKind.data, detail, name=item.name)


def _is_other(item: DataItem, now: FileNow) -> bool:
    """Return whether a file differs, by the strongest evidence both sides have."""
    if item.size_bytes is not None and now.size_bytes != item.size_bytes:
        return True
    if item.digest is not None and now.digest is not None:
        return now.digest != item.digest
    return item.modified_at is not None and now.modified_at != item.modified_at


def _reason(kind: StaleKind, detail: str, newer: Step) -> StaleReason:
    return StaleReason(kind, detail, run_id=newer.run_id, cell_id=newer.cell_id)


def _title_of(step: Step) -> str:
    return "A cell" if step.execution_count is None else f"Cell [{step.execution_count}]"
