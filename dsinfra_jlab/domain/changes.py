"""What there is to write about runs: the words between the recorder and the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors.occurrences import ErrorRecord
from .errors.sightings import Sighting
from .ids import EnvironmentId, RunId
from .resources.sample_history import Minute
from .resources.samples import RunSamples
from .runs.artifacts import Artifact
from .runs.capture import DataItem, RunCapture
from .runs.records import Environment, PeakMemory, RunOutputs, RunRecord

__all__ = [
    "Change",
    "ErrorFound",
    "MoveDocument",
    "SaveArtifact",
    "SaveCapture",
    "SaveData",
    "SaveEnvironment",
    "SaveError",
    "SaveMinute",
    "SaveOutputs",
    "SavePoints",
    "SaveRun",
    "SaveSamples",
    "SaveTags",
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
class SavePoints:
    """Add points to the series of one metric, and make the newest one its last value."""

    run_id: RunId
    key: str
    number: int
    """Points of this series before these: writing the same points again adds nothing."""
    body: bytes
    """Points packed one behind the other; see ``metrics.POINT_BYTES``."""


@dataclass(frozen=True, slots=True)
class SaveTags:
    """Set tags; those under other keys stay, and so does what a user set by hand."""

    run_id: RunId
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SaveCapture:
    """Write which names a run used, over what was written before."""

    run_id: RunId
    capture: RunCapture


@dataclass(frozen=True, slots=True)
class SaveData:
    """Write data a run touched; an item of the same kind, name and mode is replaced."""

    run_id: RunId
    items: tuple[DataItem, ...]
    coverage: tuple[str, ...]
    """Replaces what was written before."""


@dataclass(frozen=True, slots=True)
class SaveSamples:
    """Write what a run took of the machine, over what was written before.

    A peak that is already known exactly stays.
    """

    run_id: RunId
    samples: RunSamples
    peak_rss: PeakMemory | None = None
    peak_gpu_memory: PeakMemory | None = None
    energy_j: float | None = None


@dataclass(frozen=True, slots=True)
class SaveMinute:
    """Add what a machine took in a minute; of what is written twice the most stays."""

    machine: str
    minute: Minute


@dataclass(frozen=True, slots=True)
class SaveArtifact:
    """Write that a run has an artifact; its content is in the artifact files already."""

    artifact: Artifact


@dataclass(frozen=True, slots=True)
class ErrorFound:
    """An error was seen; the recorder makes a ``SaveError`` of it. It never reaches the store."""

    sighting: Sighting


@dataclass(frozen=True, slots=True)
class SaveError:
    """Write an error, over what was written of it before, and count it in its group."""

    record: ErrorRecord
    is_ignored: bool = False
    """Whether a rule of the user's has its group ignored."""


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


Change = (
    SaveRun
    | SaveOutputs
    | SaveValues
    | SavePoints
    | SaveTags
    | SaveCapture
    | SaveData
    | SaveSamples
    | SaveMinute
    | SaveArtifact
    | ErrorFound
    | SaveError
    | SaveEnvironment
    | MoveDocument
)
