"""The commands about targets and jobs; both are asked of the servers that run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from ..domain.compute.jobs import Job
from ..domain.compute.targets import Target, Targets
from ..domain.exceptions import NotFound, Unavailable
from ..domain.runs.records import Page
from .error_texts import as_json
from .servers import RunningServer, ask, running_servers, tell
from .table import Column, table
from .terminal import columns

__all__ = ["JOB_VERBS", "TARGET_VERBS", "jobs", "targets"]

Value = TypeVar("Value")

JOB_VERBS = ("list", "cancel")
TARGET_VERBS = ("list", "start", "stop")

_TARGET_COLUMNS = [
    Column("TARGET", min_width=12),
    Column("STATE"),
    Column("ENGINE"),
    Column("WORKERS", is_right=True),
    Column("FREE", is_right=True),
    Column("JOBS", is_right=True),
    Column("WAITING", is_right=True),
    Column("DETAIL", min_width=10),
]
_JOB_COLUMNS = [
    Column("JOB"),
    Column("STATE"),
    Column("TARGET", min_width=8),
    Column("TIME", is_right=True),
    Column("NOTEBOOK", min_width=10, is_path=True),
    Column("CODE", min_width=10),
    Column("DETAIL", min_width=10),
]

ID_CHARS = 8
"""Digits of an id that are shown; so many are enough to name a job."""


def targets(asked: argparse.Namespace) -> int:
    """List targets, or start or stop one; return the status of the process."""
    servers = _servers()
    if asked.verb != "list":
        path = f"targets/{quote(asked.name, safe='')}/{asked.verb}"
        _show_targets(asked, [_first(servers, lambda server: tell(server, path, Target))])
        return 0
    found = [each for page in _each(servers, "targets", Targets) for each in page.items]
    _show_targets(asked, _once(found, lambda each: each.name))
    return 0


def jobs(asked: argparse.Namespace) -> int:
    """List jobs, or cancel one; return the status of the process."""
    servers = _servers()
    if asked.verb == "cancel":
        _show_jobs(asked, [_first(servers, lambda server: _cancelled(server, asked.id))])
        return 0
    wanted = {"limit": str(asked.limit)}
    if asked.open:
        wanted["state"] = "open"
    if asked.target:
        wanted["target"] = asked.target
    path = f"jobs?{urlencode(wanted)}"
    found = [each for page in _each(servers, path, Page[Job]) for each in page.items]
    listed = sorted(_once(found, lambda each: each.id), key=lambda each: each.submitted_at)
    _show_jobs(asked, listed[::-1][: asked.limit])
    return 0


def _servers() -> list[RunningServer]:
    servers = running_servers()
    if not servers:
        raise Unavailable("No Jupyter server of this user runs; start one first.")
    return servers


def _first(servers: list[RunningServer], act: Callable[[RunningServer], Value]) -> Value:
    """Return what the first server answers that knows the thing; raises what the last one said."""
    refusal: Exception = NotFound("There is no such thing.")
    for server in servers:
        try:
            return act(server)
        except (Unavailable, NotFound) as error:
            refusal = error
    raise refusal


def _each(servers: list[RunningServer], path: str, kind: type[Value]) -> list[Value]:
    """Return what the servers answer; those that do not are told of, and raise if all are."""
    found: list[Value] = []
    for number, server in enumerate(servers, start=1):
        try:
            found.append(ask(server, path, kind))
        except Unavailable as error:
            if not found and number == len(servers):
                raise
            print(f"{server.url}: {error.message}", file=sys.stderr)
    return found


def _cancelled(server: RunningServer, given: str) -> Job:
    """Cancel the open job whose id begins so; raises ``NotFound`` if there is not just one."""
    page = ask(server, "jobs?state=open&limit=500", Page[Job])
    found = [each for each in page.items if each.id.startswith(given.lower())]
    if len(found) != 1:
        what = "no open job begins" if not found else f"{len(found)} open jobs begin"
        raise NotFound(f"There is no one job to cancel: {what} with {given!r}.")
    return tell(server, f"jobs/{found[0].id}/cancel", Job)


def _once(items: list[Any], key: Callable[[Any], str]) -> list[Any]:
    """Return each thing once: servers of one user see the same ones."""
    return list({key(each): each for each in items}.values())


def _show_targets(asked: argparse.Namespace, found: list[Target]) -> None:
    if asked.format == "json":
        print(as_json({"items": found}))
        return
    rows = []
    for each in found:
        has = each.capacity
        figures = ["", "", "", ""]
        if has is not None:
            counts = (has.workers, has.free_workers, has.running_jobs, has.queued_jobs)
            figures = [str(count) for count in counts]
        rows.append([each.name, each.state.value, each.engine, *figures, each.detail])
    sys.stdout.write(table(_TARGET_COLUMNS, rows, columns()))


def _show_jobs(asked: argparse.Namespace, found: list[Job]) -> None:
    if asked.format == "json":
        print(as_json({"items": found}))
        return
    if not found:
        print("No jobs match.", file=sys.stderr)
        return
    rows = [
        [
            each.id[:ID_CHARS],
            each.state.value,
            each.target,
            "" if each.duration_s is None else f"{each.duration_s:.1f} s",
            each.notebook_path or "",
            each.name or each.code_line,
            each.detail,
        ]
        for each in found
    ]
    sys.stdout.write(table(_JOB_COLUMNS, rows, columns()))
