"""The settings: those saved in the store, over those the server was started with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import fields, replace

from ..domain import limits
from ..domain.bounds import check_bounds
from ..domain.errors import limits as error_limits
from ..domain.errors.rules import ErrorRule
from ..domain.errors.ruling import check_rules
from ..domain.exceptions import BadInput, DsinfraError
from ..domain.resources import limits as resource_limits
from ..domain.settings import Settings, SettingsPatch
from .contents_paths import ContentsPaths
from .ports import RecordStore

SettingsListener = Callable[[Settings], None]


def check_error_rules(rules: Sequence[ErrorRule]) -> None:
    """Refuse rules that cannot be used; raises ``BadInput`` that names the rule."""
    try:
        for number, rule in enumerate(rules[: error_limits.RULES_MAX], 1):
            _check_rule(number, rule)
        check_rules(rules)
    except BadInput as error:
        details = {**error.details, "field": "error_rules"}
        raise BadInput(error.message, details) from error


def _check_rule(number: int, rule: ErrorRule) -> None:
    try:
        check_bounds(rule)
    except BadInput as error:
        raise BadInput(f"Rule {number}: {error.message}", {"rule": number}) from error


class SettingsService:
    """Keeps a copy of the settings that the recorder can read at once, from any thread."""

    def __init__(self, store: RecordStore, defaults: Settings, paths: ContentsPaths) -> None:
        self._store = store
        self._defaults = defaults
        self._paths = paths
        self._current = defaults
        self._excluded = self._stored_paths(defaults)
        self._listeners: list[SettingsListener] = []
        self._changing = asyncio.Lock()

    @property
    def current(self) -> Settings:
        """The settings as last read or saved; the server's own until the store answers."""
        return self._current

    def is_recorded(self, stored_path: str) -> bool:
        """Return whether runs of the document at this path shall be recorded."""
        return self._current.is_recording and stored_path not in self._excluded

    def listen(self, listener: SettingsListener) -> None:
        """Call ``listener`` on the event loop after each change."""
        self._listeners.append(listener)

    async def refresh(self) -> Settings:
        """Read the settings again: another server on the same store may have saved some.

        Raises
        ------
        Unavailable
            The store is away; the copy stays as it is.
        """
        async with self._changing:
            self._adopt(await self._store.settings() or self._defaults)
        return self._current

    async def get(self) -> Settings:
        """Return the settings, from the copy where the store is away."""
        try:
            return await self.refresh()
        except DsinfraError:
            return self._current

    async def patch(self, patch: SettingsPatch) -> Settings:
        """Change and save some settings, and return all of them.

        Raises
        ------
        BadInput
            A value is out of its bounds.
        Unavailable
            The store is away; nothing was changed.
        """
        check_bounds(patch)
        if len(patch.excluded_notebooks or ()) > limits.EXCLUDED_NOTEBOOKS_MAX:
            most = limits.EXCLUDED_NOTEBOOKS_MAX
            message = f"excluded_notebooks can hold at most {most} paths."
            raise BadInput(message, {"field": "excluded_notebooks"})
        if len(patch.muted_alerts or ()) > resource_limits.MUTED_ALERTS_MAX:
            message = f"muted_alerts can hold at most {resource_limits.MUTED_ALERTS_MAX} alerts."
            raise BadInput(message, {"field": "muted_alerts"})
        if patch.error_rules is not None:
            check_error_rules(patch.error_rules)
        values = {field.name: getattr(patch, field.name) for field in fields(patch)}
        given = {name: value for name, value in values.items() if value is not None}
        async with self._changing:
            settings = replace(await self._store.settings() or self._defaults, **given)
            await self._store.save_settings(settings)
            self._adopt(settings)
        return settings

    def _adopt(self, settings: Settings) -> None:
        if settings == self._current:
            return
        self._excluded = self._stored_paths(settings)
        self._current = settings
        for listener in self._listeners:
            listener(settings)

    def _stored_paths(self, settings: Settings) -> frozenset[str]:
        return frozenset(self._paths.to_stored(path) for path in settings.excluded_notebooks)
