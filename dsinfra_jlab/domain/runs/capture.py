"""What the probe saw of a run from inside the kernel, besides its values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from ..ids import RunId


class DataKind(str, Enum):
    """What kind of source or target data has."""

    file = "file"
    database = "database"
    url = "url"
    process = "process"


class DataMode(str, Enum):
    """What was done with it."""

    read = "read"
    write = "write"
    read_write = "read_write"


@dataclass(frozen=True, slots=True)
class DataItem:
    """Something outside of the kernel that a run touched."""

    kind: DataKind
    name: str
    """Absolute path, URL without credentials, or command."""
    mode: DataMode
    size_bytes: int | None = None
    digest: str | None = None
    """``sha256:…`` of the content after the run; ``None`` if it was too large or is gone."""
    modified_at: str | None = None
    """When the file was changed last, ISO 8601 UTC."""
    collector: str = "audit"
    """Who saw it: ``audit``, ``import`` or the name of the library whose reader was used."""


@dataclass(frozen=True, slots=True)
class RunData:
    """The data a run touched."""

    items: list[DataItem]
    coverage: list[str]
    """What was watched, one word each: ``audit``, ``pandas``, ``pyarrow`` …; empty if no probe
    looked, so that an empty list of items says nothing."""


@dataclass(frozen=True, slots=True)
class RunCapture:
    """Names of the notebook that a run used, and where they came from."""

    reads: list[str] = field(default_factory=list)
    """Names whose value from before the run could reach it, or could still stand after it though
    they are among the writes, as when a branch binds them."""
    writes: list[str] = field(default_factory=list)
    """Names it bound or deleted."""
    touches: list[str] = field(default_factory=list)
    """Names whose objects it may have changed in place."""
    sources: dict[str, RunId] = field(default_factory=dict)
    """For names it read: the run that last wrote or touched them."""
    dropped: dict[str, int] = field(default_factory=dict)
    """What was left out because of a limit, counted by kind."""
    analysis: str = "ok"
    """``ok``, or why the names are not known: ``syntax``, ``too_large``, ``failed``."""
