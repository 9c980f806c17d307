"""What differs between two runs of one cell, in sentences for a person."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from .. import limits
from .comparison import RunDifference, UpstreamChange, ValueChange

__all__ = ["environment_sentences", "sentences"]

_DIGEST_CHARS = 64
"""Hex digits of a digest, which say nothing to a person but that the content is another."""


def sentences(found: RunDifference, modules: Collection[str] = ()) -> list[str]:
    """Return one sentence for each difference: code, parameters, data, environment.

    ``modules`` are top-level modules that had a part in it: their packages come first.
    """
    made = [
        *_code(found.code_diff),
        *(_value(change) for change in found.params),
        *(_upstream(change) for change in found.upstream),
        *(_data(change) for change in found.data),
    ]
    return _at_most(made, limits.DIFFERENCE_SENTENCES_MAX, "differences") + environment_sentences(
        found, modules
    )


def environment_sentences(found: RunDifference, modules: Collection[str] = ()) -> list[str]:
    """Return one sentence for each difference of interpreter, packages and git state."""
    made: list[str] = []
    if found.python is not None:
        made.append(_versions("Python", found.python))
    wanted = {_folded(module) for module in modules}
    packages = sorted(found.packages, key=lambda change: _folded(change.key) not in wanted)
    named = [_versions(change.key, change) for change in packages]
    made += _at_most(named, limits.DIFFERENCE_SENTENCES_MAX, "packages")
    if found.git is not None:
        before, after = (_commit(value) for value in (found.git.before, found.git.after))
        made.append(f"git commit {before} → {after}")
    return made


def _code(diff: str) -> list[str]:
    if not diff:
        return []
    lines = diff.splitlines()
    added = sum(line.startswith("+") and not line.startswith("+++") for line in lines)
    removed = sum(line.startswith("-") and not line.startswith("---") for line in lines)
    return [f"The cell was edited: {_lines(added)} added, {removed} removed."]


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"


def _value(change: ValueChange) -> str:
    if change.before is None:
        return f"{change.key} = {_shown(change.after)} is new."
    if change.after is None:
        return f"{change.key} = {_shown(change.before)} is gone."
    return f"{change.key}: {_shown(change.before)} → {_shown(change.after)}"


def _upstream(change: UpstreamChange) -> str:
    if change.before_run_id is None:
        return "It came from a cell that it did not come from before."
    if change.after_run_id is None:
        return "A cell that it came from before was not run."
    return "A cell that it came from was run with other code."


def _data(change: ValueChange) -> str:
    before, after = change.before, change.after
    if before is None:
        return f"{change.key} is read now."
    if after is None:
        return f"{change.key} is no longer read."
    if len(str(before)) == _DIGEST_CHARS or len(str(after)) == _DIGEST_CHARS:
        return f"{change.key} has other content."
    return f"{change.key} has changed: {before} → {after}"


def _versions(name: str, change: ValueChange) -> str:
    if change.before is None:
        return f"{name} {change.after} was installed"
    if change.after is None:
        return f"{name} {change.before} was removed"
    return f"{name} {change.before} → {change.after}"


def _commit(value: Any) -> str:
    """Return a commit as short as git says it, with the mark of uncommitted changes."""
    if not isinstance(value, str):
        return "none"
    return value[:7] + ("+" if value.endswith("+") else "")


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    most = limits.DIFFERENCE_VALUE_MAX_CHARS
    return text if len(text) <= most else text[: most - 1] + "…"


def _folded(name: str) -> str:
    return name.lower().replace("-", "_")


def _at_most(made: list[str], most: int, what: str) -> list[str]:
    rest = len(made) - most
    return made if rest <= 0 else [*made[:most], f"{rest:,} more {what}"]
