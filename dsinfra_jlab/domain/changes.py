"""What there is to write about runs: the words between the recorder and the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .ids import EnvironmentId, RunId
from .runs import Environment, RunOutputs, RunRecord

__all__ = [
    "Change",
    "MoveDocument",
    "SaveEnvironment",
    "SaveOutputs",
    "SaveRun",
    "SaveValues",
]


@dataclass(frozen=True, slots=True)
class SaveRun:
    """Write what was seen of a run, over what was written of it before."""

    record: RunRecord


@dataclass(frozen=True, slots=True)
class SaveOutputs:
    """Write the outputs of a run, over those written before."""

    run_id: RunId
    outputs: RunOutputs


@dataclass(frozen=True, slots=True)
class SaveValues:
    """Write parameters and last values of metrics; those under other keys stay."""

    run_id: RunId
    params: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SaveEnvironment:
    """Write an environment once; the id is the hash of its content."""

    environment_id: EnvironmentId
    environment: Environment


@dataclass(frozen=True, slots=True)
class MoveDocument:
    """A file or folder got another path; its experiments go with it."""

    old_path: str
    new_path: str

    def applied_to(self, path: str) -> str | None:
        """Return where a path leads now, ``None`` if it did not move.

        >>> MoveDocument("/a/old", "/a/new").applied_to("/a/old/train.ipynb")
        '/a/new/train.ipynb'
        >>> MoveDocument("/a/old", "/a/new").applied_to("/a/older.ipynb") is None
        True
        """
        if path == self.old_path:
            return self.new_path
        rest = path.removeprefix(self.old_path)
        is_below = rest != path and rest[:1] in ("/", "\\")
        return self.new_path + rest if is_below else None


Change = SaveRun | SaveOutputs | SaveValues | SaveEnvironment | MoveDocument
