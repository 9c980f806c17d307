"""What a person does with errors: list, look, decide, compare with the last success, export."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from functools import cache
from typing import TypeVar

from ..domain.comparing.sentences import environment_sentences, sentences
from ..domain.errors.groups import (
    ErrorExportQuery,
    ErrorGroup,
    ErrorGroupPatch,
    ErrorHistory,
    ErrorQuery,
    ErrorTrend,
    ErrorTrendQuery,
    GroupState,
    IgnoreUntil,
    OccurrenceQuery,
    RunErrors,
)
from ..domain.errors.occurrences import ErrorRecord, Frame
from ..domain.exceptions import BadInput, NotFound
from ..domain.ids import ErrorGroupId, RunId
from ..domain.runs.records import Page
from .contents_paths import ContentsPaths
from .error_export import Export, exported
from .error_ports import ErrorStore
from .lineage import LineageService

Asked = TypeVar("Asked", ErrorQuery, ErrorTrendQuery, ErrorExportQuery)

BY_USERS = (GroupState.ongoing, GroupState.resolved, GroupState.ignored)
"""The states that a user may give a group."""


class ErrorService:
    """The use cases of errors.

    Paths come in and out as the file browser says them; see ``contents_paths``.
    """

    def __init__(self, store: ErrorStore, paths: ContentsPaths, lineage: LineageService) -> None:
        self._store = store
        self._paths = paths
        self._lineage = lineage

    async def groups(self, query: ErrorQuery) -> Page[ErrorGroup]:
        """Return groups that match, the one seen last first; raises ``BadInput``."""
        if query.notebook_path:
            query = replace(query, notebook_path=self._paths.to_stored(query.notebook_path))
        page = await self._store.error_groups(_in_utc(query))
        return Page([located_group(group, self._paths) for group in page.items], page.next_cursor)

    async def group(self, group_id: ErrorGroupId) -> ErrorGroup:
        """Return one group; raises ``NotFound``."""
        return located_group(await self._store.error_group(group_id), self._paths)

    async def patch(
        self, group_id: ErrorGroupId, patch: ErrorGroupPatch, user: str | None
    ) -> ErrorGroup:
        """Change what a user may change of a group, and return it as it is then.

        Raises
        ------
        BadInput
            The state is one that comes by itself, or what is said of ignoring does not go
            together.
        NotFound
            There is no such group.
        """
        check_patch(patch)
        group = await self._store.patch_error_group(group_id, patch, user)
        return located_group(group, self._paths)

    async def occurrences(
        self, group_id: ErrorGroupId, query: OccurrenceQuery
    ) -> Page[ErrorRecord]:
        """Return a page of the occurrences of a group, newest first; raises ``NotFound``."""
        page = await self._store.occurrences(group_id, query)
        return Page(await self._located(page.items), page.next_cursor)

    async def of_run(self, run_id: RunId) -> RunErrors:
        """Return the errors of a run, the one that ended it first; raises ``NotFound``."""
        records = await self._store.run_errors(run_id)
        return RunErrors(await self._located(records))

    async def trend(self, query: ErrorTrendQuery) -> ErrorTrend:
        """Return how often errors occurred, by time and category."""
        return await self._store.error_trend(_in_utc(query))

    async def export(self, query: ErrorExportQuery) -> Export:
        """Return errors in a format of other tools; raises ``NotFound`` for what is not there."""
        records = await self._store.errors_to_export(_in_utc(query))
        if not records and (query.error_id or query.group_id or query.run_id):
            raise NotFound("There are no such errors; they may have been erased.")

        group = await self._store.error_group(query.group_id) if query.group_id else None

        def make() -> Export:
            return exported(query.format, located_records(records, self._paths), group)

        return await asyncio.to_thread(make)

    async def history(self, group_id: ErrorGroupId) -> ErrorHistory:
        """Return where a group was seen and what differs from the last success.

        Raises
        ------
        NotFound
            There is no such group.
        """
        history, first, page = await asyncio.gather(
            self._store.error_history(group_id),
            self._store.first_failure(group_id),
            self._store.occurrences(group_id, OccurrenceQuery(limit=1)),
        )
        modules = modules_of(page.items[0]) if page.items else frozenset[str]()
        good_id, bad_id = first
        began, newest = await asyncio.gather(
            self._lineage.difference(good_id, bad_id),
            self._lineage.difference(history.last_success_run_id, history.failed_run_id),
        )
        return replace(
            located_history(history, self._paths),
            began_after=[] if began is None else environment_sentences(began, modules),
            changes=[] if newest is None else sentences(newest, modules),
        )

    async def _located(self, records: Sequence[ErrorRecord]) -> list[ErrorRecord]:
        return await asyncio.to_thread(located_records, records, self._paths)


def check_patch(patch: ErrorGroupPatch) -> None:
    """Refuse a change of a group that a user cannot make; raises ``BadInput``."""
    state = patch.state
    if state is not None and state not in BY_USERS:
        known = [each.value for each in BY_USERS]
        message = (
            f"state cannot be made {state.value!r}, which comes by itself; "
            f"a user may set {', '.join(known)}."
        )
        raise BadInput(message, {"field": "state", "known": known})
    if patch.ignore_until is not None and state is not GroupState.ignored:
        raise BadInput("Give ignore_until together with state ignored.", {"field": "ignore_until"})
    counts = patch.ignore_until is IgnoreUntil.number
    if counts and patch.ignore_count is None:
        message = "ignore_until count needs ignore_count: after how many more it is shown again."
        raise BadInput(message, {"field": "ignore_count"})
    if patch.ignore_count is not None and not counts:
        message = "Give ignore_count together with ignore_until count."
        raise BadInput(message, {"field": "ignore_count"})


def modules_of(record: ErrorRecord) -> frozenset[str]:
    """Return the top-level modules that an error went through."""
    frames = [*record.frames, *(frame for link in record.chain for frame in link.frames)]
    return frozenset(frame.module.partition(".")[0] for frame in frames if frame.module)


def located_group(group: ErrorGroup, paths: ContentsPaths) -> ErrorGroup:
    """Return a group with the paths of its notebooks as the file browser says them."""
    return replace(group, notebooks=[paths.to_contents(path) for path in group.notebooks])


def located_records(records: Sequence[ErrorRecord], paths: ContentsPaths) -> list[ErrorRecord]:
    """Return errors with notebooks and the files of frames as the file browser says them.

    Files outside of the server's root keep their whole path: nothing there can open them.
    """
    to_contents = cache(paths.to_contents)  # a hundred frames have a dozen files
    return [_located_record(record, to_contents) for record in records]


def _located_record(record: ErrorRecord, to_contents: Callable[[str], str]) -> ErrorRecord:
    def located(frames: Sequence[Frame]) -> list[Frame]:
        files = [to_contents(frame.file) for frame in frames]
        return [
            frame if file == frame.file else replace(frame, file=file)
            for frame, file in zip(frames, files, strict=True)
        ]

    path = record.notebook_path
    return replace(
        record,
        notebook_path=None if path is None else to_contents(path),
        frames=located(record.frames),
        chain=[replace(link, frames=located(link.frames)) for link in record.chain],
    )


def located_history(history: ErrorHistory, paths: ContentsPaths) -> ErrorHistory:
    """Return a history with the paths of notebooks as the file browser says them."""
    shares = [
        share
        if share.notebook_path is None
        else replace(share, notebook_path=paths.to_contents(share.notebook_path))
        for share in history.notebooks
    ]
    family = [located_group(group, paths) for group in history.family]
    return replace(history, notebooks=shares, family=family)


def _in_utc(query: Asked) -> Asked:
    """Return a query whose moment has a time zone: without one it is meant in UTC."""
    since: datetime | None = query.since
    if since is None:
        return query
    is_naive = since.tzinfo is None
    since = since.replace(tzinfo=timezone.utc) if is_naive else since.astimezone(timezone.utc)
    return replace(query, since=since)
