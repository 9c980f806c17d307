"""From the words of a command to the store and back to the terminal."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from jupyter_core.paths import jupyter_data_dir

from ..domain.clock import SystemClock
from ..domain.exceptions import DsinfraError, Unavailable
from ..store import SqlStore, default_url
from .arguments import parse
from .error_commands import COMMANDS

__all__ = ["run"]

FAILED = 1
INTERRUPTED = 130
"""Statuses of a process that could not do what was asked, and of one that Ctrl-C ended."""

OPEN_S = 10.0
"""The longest that a command waits for the store to open."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says, and return the status of the process."""
    asked = parse(arguments)
    status = 0
    try:
        if asked.topic == "errors":
            asyncio.run(_run(asked))
        else:
            status = _looked(asked)
        sys.stdout.flush()
    except DsinfraError as error:
        print(f"jupyter dsinfra: {error.message}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        # Whoever read has gone, as `head` does. Python would complain when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        print(f"jupyter dsinfra: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


def _looked(asked: argparse.Namespace) -> int:
    """Do a command that looks at what runs, and return its status."""
    if asked.topic in ("targets", "jobs"):
        from . import job_commands

        return job_commands.jobs(asked) if asked.topic == "jobs" else job_commands.targets(asked)
    if asked.topic == "status":
        from .status_command import status

        return status(asked)
    from .doctor import doctor

    return doctor(asked, store_url(asked.store))


async def _run(asked: argparse.Namespace) -> None:
    from ..store.visiting import existing_store

    command = COMMANDS[asked.verb]
    store = existing_store(store_url(asked.store), SystemClock(), is_to_write=command.is_to_write)
    store.open()
    try:
        await _opened(store)
        await command.run(store, asked)
    finally:
        await store.close()


async def _opened(store: SqlStore) -> None:
    """Wait until the store is open; raises ``Unavailable``."""
    loop = asyncio.get_running_loop()
    end = loop.time() + OPEN_S
    while not store.schema_version:
        if loop.time() > end:
            raise Unavailable(store.health().detail)
        await asyncio.sleep(0.01)


def store_url(given: str | None) -> str:
    """Return the store that was named, else the one that a server of this user writes."""
    url = (given or os.environ.get("DSINFRA_STORE_URL", "")).strip()
    return url or default_url(Path(jupyter_data_dir()) / "dsinfra")
