"""What a person does with targets: look, add, change, start, stop, try."""

from __future__ import annotations

from typing import NoReturn

from ..domain.errors import Unavailable
from ..domain.targets import Engines, NewTarget, Target, TargetPatch, Targets, TargetTest


class TargetService:
    """The use cases of targets."""

    def engines(self) -> Engines:
        """Return the engines that are installed, and known ones that are not."""
        self._refuse()

    async def targets(self) -> Targets:
        """Return every target, ``local`` first."""
        self._refuse()

    async def target(self, name: str) -> Target:
        """Return one target; raises ``NotFound``."""
        self._refuse()

    async def add(self, new: NewTarget) -> Target:
        """Add a target, and return it."""
        self._refuse()

    async def patch(self, name: str, patch: TargetPatch) -> Target:
        """Change a target, and return it as it then is; raises ``NotFound``."""
        self._refuse()

    async def remove(self, name: str) -> None:
        """Stop a target and forget it; raises ``NotFound``."""
        self._refuse()

    async def start(self, name: str) -> Target:
        """Begin to start a target; raises ``NotFound``."""
        self._refuse()

    async def stop(self, name: str) -> Target:
        """Begin to stop a target; raises ``NotFound``."""
        self._refuse()

    async def scale(self, name: str, workers: int) -> Target:
        """Ask for so many workers; raises ``NotFound``."""
        self._refuse()

    async def test(self, name: str) -> TargetTest:
        """Start or reach a target, and try it; raises ``NotFound``."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise Unavailable("No cell can be sent anywhere yet.")
