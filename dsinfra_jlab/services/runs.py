"""What a person does with runs and experiments: list, look, annotate, delete, restore."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from ..domain import limits
from ..domain.exceptions import BadInput
from ..domain.ids import ExperimentId, RunId
from ..domain.runs.records import (
    Environment,
    Experiment,
    ExperimentPatch,
    ExperimentQuery,
    Page,
    Run,
    RunOutputs,
    RunPatch,
    RunQuery,
    RunSummary,
)
from .contents_paths import ContentsPaths
from .ports import RecordStore

Located = TypeVar("Located", Run, RunSummary, Experiment)
Item = TypeVar("Item")


class RunService:
    """The use cases of recorded runs.

    Paths come out as Jupyter's file browser says them; see ``contents_paths``.
    """

    def __init__(self, store: RecordStore, paths: ContentsPaths) -> None:
        self._store = store
        self._paths = paths

    async def experiments(self, query: ExperimentQuery) -> Page[Experiment]:
        """Return experiments, the one with the newest run first; raises ``BadInput``."""
        page = await self._store.experiments(query.q, query.limit, query.cursor)
        return _each(page, self._located)

    async def rename_experiment(
        self, experiment_id: ExperimentId, patch: ExperimentPatch
    ) -> Experiment:
        """Give an experiment a name and return it; raises ``BadInput`` and ``NotFound``."""
        name = patch.name.strip()
        if not name:
            raise BadInput("name is empty; give the experiment a name.", {"field": "name"})
        return self._located(await self._store.rename_experiment(experiment_id, name))

    async def runs(self, query: RunQuery) -> Page[RunSummary]:
        """Return runs that match; raises ``BadInput`` for a wrong query, order or cursor."""
        return _each(await self._store.runs(query), self._located)

    async def run(self, run_id: RunId) -> Run:
        """Return one run; raises ``NotFound``."""
        return self._located(await self._store.run(run_id))

    async def patch(self, run_id: RunId, patch: RunPatch) -> Run:
        """Change what a user may change, and return the run as it is then.

        Raises
        ------
        BadInput
            The tags are too many, or one is empty or too long.
        NotFound
            There is no such run.
        """
        if patch.tags is not None:
            _check_tags(patch.tags)
        return self._located(await self._store.patch_run(run_id, patch))

    async def delete(self, run_id: RunId) -> None:
        """Put a run and all below it into the trash; a patch takes it out again.

        Raises
        ------
        NotFound
            There is no such run, or it is in the trash already.
        """
        await self._store.delete_run(run_id)

    async def outputs(self, run_id: RunId) -> RunOutputs:
        """Return the outputs of a run; raises ``NotFound``."""
        return await self._store.outputs(run_id)

    async def environment(self, run_id: RunId) -> Environment:
        """Return what a run had around it; raises ``NotFound``."""
        return await self._store.environment(run_id)

    def _located(self, value: Located) -> Located:
        if value.notebook_path is None:
            return value
        return replace(value, notebook_path=self._paths.to_contents(value.notebook_path))


def _each(page: Page[Item], change: Callable[[Item], Item]) -> Page[Item]:
    return Page([change(item) for item in page.items], page.next_cursor)


def _check_tags(tags: dict[str, str]) -> None:
    """Refuse tags that are too many, too long or without a key."""
    if len(tags) > limits.TAGS_MAX:
        raise BadInput(
            f"{len(tags)} tags are too many; a run has at most {limits.TAGS_MAX}.",
            {"field": "tags"},
        )
    for key, value in tags.items():
        if not key.strip() or len(key) > limits.TAG_KEY_MAX_CHARS:
            raise BadInput(
                f"The tag {key[:50]!r} needs a key of 1 to {limits.TAG_KEY_MAX_CHARS} characters.",
                {"field": "tags"},
            )
        if len(value) > limits.TAG_VALUE_MAX_CHARS:
            raise BadInput(
                f"The value of tag {key!r} has more than {limits.TAG_VALUE_MAX_CHARS} characters.",
                {"field": "tags"},
            )
