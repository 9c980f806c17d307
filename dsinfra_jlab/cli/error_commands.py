"""The commands about errors."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import re
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ..domain import limits
from ..domain.errors.groups import (
    ErrorExportQuery,
    ErrorGroup,
    ErrorGroupPatch,
    ErrorQuery,
    GroupState,
    IgnoreUntil,
    OccurrenceQuery,
)
from ..domain.exceptions import BadInput, NotFound
from ..domain.ids import ErrorGroupId, ErrorId, RunId
from ..services.contents_paths import ContentsPaths
from ..services.error_export import exported
from ..services.error_ports import ErrorStore
from ..services.errors import check_patch, located_group, located_records
from .error_details import error_text
from .error_texts import as_json, group_text, groups_table
from .terminal import columns

__all__ = ["COMMANDS", "Command"]

ID_PREFIX_CHARS = 6
"""Least digits of an id that are taken for the whole of it."""

SEARCHED_GROUPS_MAX = 10_000
"""Groups, the ones seen last, among which the beginning of an id is looked for."""

_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Control characters, all but the ends of lines and tabs."""


@dataclass(frozen=True, slots=True)
class Command:
    """What a verb does."""

    run: Callable[[ErrorStore, argparse.Namespace], Awaitable[None]]
    is_to_write: bool = False


async def _list(store: ErrorStore, asked: argparse.Namespace) -> None:
    query = ErrorQuery(
        q=asked.q,
        state=asked.state,
        severity=asked.severity,
        category=asked.category,
        notebook_path=asked.notebook,
        is_open=True if asked.open else None,
        since=asked.since,
    )
    groups, has_more = await _groups(store, query, asked.limit)
    if asked.format == "json":
        print(as_json({"items": groups, "has_more": has_more}))
        return
    if not groups:
        print("No errors match.", file=sys.stderr)
        return
    sys.stdout.write(groups_table([located_group(group, _here()) for group in groups], columns()))
    if has_more:
        print(f"There are more; see them by --limit {asked.limit * 2}.", file=sys.stderr)


async def _groups(store: ErrorStore, query: ErrorQuery, most: int) -> tuple[list[ErrorGroup], bool]:
    """Return up to so many groups, and whether there are more."""
    groups: list[ErrorGroup] = []
    while True:
        size = min(limits.PAGE_MAX, most - len(groups))
        page = await store.error_groups(replace(query, limit=size))
        groups += page.items
        if page.next_cursor is None or len(groups) >= most:
            return groups, page.next_cursor is not None
        query = replace(query, cursor=page.next_cursor)


async def _show(store: ErrorStore, asked: argparse.Namespace) -> None:
    try:
        group = await _group(store, asked.id)
    except NotFound:
        await _show_error(store, asked)
        return
    newest = await store.occurrences(group.id, OccurrenceQuery(limit=1))
    if asked.format == "json":
        print(as_json({"group": group, "newest": newest.items[0] if newest.items else None}))
        return
    text = group_text(located_group(group, _here()))
    for record in located_records(newest.items, _here()):
        text += f"\nThe newest\n\n{error_text(record)}"
    sys.stdout.write(text)


async def _show_error(store: ErrorStore, asked: argparse.Namespace) -> None:
    """Show a single error; raises ``NotFound`` that speaks of groups and errors."""
    query = ErrorExportQuery(error_id=ErrorId(asked.id), limit=1)
    records = await store.errors_to_export(query)
    if not records:
        raise NotFound(f"There is no group of errors and no error {asked.id!r}.")
    if asked.format == "json":
        print(as_json(records[0]))
        return
    for record in located_records(records, _here()):
        sys.stdout.write(error_text(record))


async def _export(store: ErrorStore, asked: argparse.Namespace) -> None:
    group = None if asked.group is None else await _group(store, asked.group)
    query = ErrorExportQuery(
        format=asked.format,
        group_id=group.id if group is not None else None,
        error_id=None if asked.error is None else ErrorId(asked.error),
        run_id=None if asked.run is None else RunId(asked.run),
        since=asked.since,
        limit=asked.limit,
    )
    records = await store.errors_to_export(query)
    if not records:
        raise NotFound("There are no such errors.")
    export = await asyncio.to_thread(exported, asked.format, records, group)
    if asked.output is None:
        _write(export.content)
        return
    await asyncio.to_thread(Path(asked.output).write_bytes, export.content)
    count = f"{len(records):,} errors" if len(records) > 1 else "1 error"
    print(f"{count} written to {asked.output}.", file=sys.stderr)


async def _resolve(store: ErrorStore, asked: argparse.Namespace) -> None:
    await _decide(store, asked, ErrorGroupPatch(state=GroupState.resolved))


async def _reopen(store: ErrorStore, asked: argparse.Namespace) -> None:
    await _decide(store, asked, ErrorGroupPatch(state=GroupState.ongoing))


async def _ignore(store: ErrorStore, asked: argparse.Namespace) -> None:
    until = asked.until or (IgnoreUntil.forever if asked.count is None else IgnoreUntil.number)
    patch = ErrorGroupPatch(state=GroupState.ignored, ignore_until=until, ignore_count=asked.count)
    await _decide(store, asked, patch)


async def _decide(store: ErrorStore, asked: argparse.Namespace, patch: ErrorGroupPatch) -> None:
    check_patch(patch)
    group = await _group(store, asked.id)
    changed = await store.patch_error_group(group.id, patch, _user())
    print(groups_table([located_group(changed, _here())], columns()), end="")


COMMANDS = {
    "list": Command(_list),
    "show": Command(_show),
    "export": Command(_export),
    "resolve": Command(_resolve, is_to_write=True),
    "ignore": Command(_ignore, is_to_write=True),
    "reopen": Command(_reopen, is_to_write=True),
}


async def _group(store: ErrorStore, given: str) -> ErrorGroup:
    """Return the group with this id, or the only one whose id begins so.

    Raises
    ------
    NotFound
        There is none.
    BadInput
        There are several.
    """
    try:
        return await store.error_group(ErrorGroupId(given))
    except NotFound:
        if len(given) < ID_PREFIX_CHARS:
            raise
    groups, _ = await _groups(store, ErrorQuery(), SEARCHED_GROUPS_MAX)
    found = [group for group in groups if group.id.startswith(given.lower())]
    if not found:
        raise NotFound(f"There is no group of errors {given!r}.")
    if len(found) > 1:
        raise BadInput(f"{len(found)} groups begin with {given!r}; give more of the id.")
    return found[0]


def _write(content: bytes) -> None:
    """Write to stdout; to a terminal without what would move its cursor or colour it."""
    if sys.stdout.isatty():
        content = _UNSAFE.sub("�", content.decode("utf-8", "replace")).encode()
    if content and not content.endswith(b"\n"):
        content += b"\n"
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def _here() -> ContentsPaths:
    """Return what says paths from the working directory."""
    return ContentsPaths(os.getcwd())


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a user without a name, as in some containers
        return None
