"""What stands in for compute where it cannot be had, so that all else works on."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from ..domain.compute.job_events import JobEvent
from ..domain.compute.job_spec import JobSpec
from ..domain.compute.jobs import JobId
from ..domain.compute.targets import Capability, EngineInfo, TargetRecord, TargetStatus, TargetTest
from ..domain.exceptions import Unavailable
from .compute_ports import Listener, TargetListener


class AbsentCompute:
    """Compute that has no engine and says why.

    Parameters
    ----------
    reason
        One sentence for a person.
    """

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def engines(self) -> list[EngineInfo]:
        """Return none."""
        return []

    def job_folder(self, job_id: JobId) -> Path:
        """Raise ``Unavailable``."""
        self._refuse()

    def listen(self, listener: Listener) -> None:
        """Take no listener: there are no logs."""

    def listen_targets(self, listener: TargetListener) -> None:
        """Take no listener: nothing ever runs."""

    def capabilities(self, target: TargetRecord) -> list[Capability]:
        """Return none."""
        return []

    async def start(self, target: TargetRecord) -> TargetStatus:
        """Raise ``Unavailable``."""
        self._refuse()

    async def status(self, name: str) -> TargetStatus | None:
        """Raise ``Unavailable``."""
        self._refuse()

    def last_status(self, name: str) -> TargetStatus | None:
        """Return that nothing was said."""
        return None

    async def reattach(self, target: TargetRecord) -> TargetStatus | None:
        """Return that there is none."""
        return None

    async def stop(self, name: str) -> None:
        """Raise ``Unavailable``."""
        self._refuse()

    async def scale(self, name: str, workers: int) -> TargetStatus:
        """Raise ``Unavailable``."""
        self._refuse()

    async def test(self, target: TargetRecord) -> TargetTest:
        """Raise ``Unavailable``."""
        self._refuse()

    async def submit(self, target: TargetRecord, spec: JobSpec) -> None:
        """Raise ``Unavailable``."""
        self._refuse()

    async def cancel(self, target_name: str, job_id: JobId) -> None:
        """Raise ``Unavailable``."""
        self._refuse()

    def events(self, job_id: JobId, after: int) -> Iterable[JobEvent]:
        """Return none."""
        return ()

    async def is_known(self, target_name: str, job_id: JobId) -> bool:
        """Return that it is not."""
        return False

    async def unwritten(self, target_name: str, job_id: JobId) -> JobEvent | None:
        """Return none."""
        return None

    def map_folders(self) -> list[tuple[JobId, float]]:
        """Return nothing."""
        return []

    def forget(self, job_id: JobId) -> None:
        """Do nothing: there is no folder."""

    async def close(self) -> None:
        """Do nothing: there is no agent."""

    def _refuse(self) -> NoReturn:
        raise Unavailable(self._reason)
