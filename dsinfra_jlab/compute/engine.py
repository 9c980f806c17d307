"""What an engine is, and which ones are installed.

An engine is existing software that runs work elsewhere. Its adapter is found by an entry point of
the group ``dsinfra_jlab.engines``, so another package can bring one. It is asked about itself in
the Jupyter server, where it may import nothing heavy; it is opened in the agent of a target.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Protocol

from ..domain.compute.job_events import JobEvent
from ..domain.compute.job_spec import JobSpec
from ..domain.compute.jobs import JobId
from ..domain.compute.targets import Capability, EngineInfo, TargetStatus, TargetTest
from ..domain.exceptions import Unavailable

ENGINES = "dsinfra_jlab.engines"
"""The group of entry points; each names a callable that gives an ``Engine``."""


class Host(Protocol):
    """The agent, as an engine sees it. All of it is called on the agent's event loop."""

    name: str
    """Of the target."""
    folder: Path
    """The agent's own, for files of the engine."""

    def said(self, job_id: JobId, event: JobEvent) -> None:
        """Take an event of a job; the first one is ``starting``."""

    def ended(self, job_id: JobId, event: JobEvent) -> None:
        """Take the last event of a job, when nothing of it is left; later ones are ignored."""

    def changed(self) -> None:
        """Take notice that the status is worth telling again."""

    def failed(self, detail: str) -> None:
        """Take notice that the target is gone, with all its jobs; the engine is closed then."""


@dataclass(frozen=True, slots=True)
class Work:
    """A job as the agent hands it to an engine."""

    spec: JobSpec
    folder: Path
    """With ``sent/`` and ``probe.json`` in it; ``returned/`` has to appear there, or nothing."""


class OpenTarget(Protocol):
    """A target at work, in its agent."""

    async def submit(self, work: Work) -> None:
        """Take a job. It ends by ``Host.ended``, once; what is refused at once is raised.

        Raises
        ------
        Impossible
            The target can never run it; says why.
        """

    async def cancel(self, job_id: JobId) -> None:
        """Ask for the end of a job: by interrupt, and by force after its grace."""

    async def status(self) -> TargetStatus:
        """Return how it stands."""

    async def scale(self, workers: int) -> None:
        """Ask for so many workers; those that go end their job first."""

    async def test(self) -> TargetTest:
        """Run something trivial and say what came of it."""

    async def close(self) -> None:
        """End what was started for the target, or let go of what was not."""


class Engine(Protocol):
    """The adapter of one kind of software."""

    def info(self) -> EngineInfo:
        """Return what the engine is; imports nothing heavy."""

    def capabilities(self, options: Mapping[str, Any]) -> list[Capability]:
        """Return what can be done with a target that has these options."""

    async def open(self, options: Mapping[str, Any], host: Host) -> OpenTarget:
        """Start or reach a target.

        Raises
        ------
        Unavailable
            With what is wrong, and what to do.
        """


def engine_infos() -> list[EngineInfo]:
    """Return every engine that is installed, by name; a broken one is reported, not raised."""
    return [_info(point) for point in _points()]


def find_engine(name: str) -> Engine:
    """Return an engine.

    Raises
    ------
    Unavailable
        It is not installed or cannot be loaded.
    """
    for point in _points():
        if point.name == name:
            try:
                engine: Engine = point.load()()
            except Exception as error:
                raise Unavailable(_broken(point, error)) from error
            return engine
    known = ", ".join(point.name for point in _points()) or "none"
    raise Unavailable(f"There is no engine {name!r} here (installed: {known}). Install it.")


def _points() -> list[EntryPoint]:
    """Return the entry points of engines; of two with one name the first found counts."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=ENGINES):
        found.setdefault(point.name, point)
    return sorted(found.values(), key=lambda point: point.name)


def _info(point: EntryPoint) -> EngineInfo:
    try:
        info = point.load()().info()
        if not isinstance(info, EngineInfo):
            raise TypeError(f"info() gave a {type(info).__name__}, not an EngineInfo")
    except Exception as error:
        return EngineInfo(point.name, point.name, {}, [], False, _broken(point, error))
    return info


def _broken(point: EntryPoint, error: Exception) -> str:
    source = f" of {point.dist.name}" if point.dist is not None else ""
    return (
        f"The engine {point.name!r}{source} cannot be loaded: {type(error).__name__}: {error}. "
        "Install or repair it, then restart the server."
    )
