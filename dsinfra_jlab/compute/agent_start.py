"""Starts the agent of a target as a process of its own, or finds the one that is there."""

from __future__ import annotations

import asyncio
import json
import os
import select
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..domain.compute.limits import AGENT_START_S
from ..domain.compute.targets import TargetRecord
from ..domain.exceptions import DsinfraError, Unavailable
from .agent_link import AgentLink, Pushed, connect
from .agent_older import is_outdated
from .agent_place import LOG_FILE, TARGET_FILE, private_folder, write_json

LOG_MAX_BYTES = 5_000_000
"""A larger log of an agent is kept under another name, once."""

HELD_S = 0.05
"""How soon it is tried again while another process is starting or ending the same agent."""


async def start_agent(folder: Path, target: TargetRecord, pushed: Pushed) -> AgentLink:
    """Return a connection to the agent of a target; started if there is none of this version.

    Two servers may do so at once: one of the two agents gets the lock, and both servers get it.

    Raises
    ------
    Unavailable
        It cannot be started; says why.
    """
    deadline = time.monotonic() + AGENT_START_S
    reason = "it did not answer in time"
    while time.monotonic() < deadline:
        link = await connect(folder, pushed)
        if link is not None:
            if not has_to_go(link):
                return link
            await replace(link)
            continue
        said = await _spawn(folder, target)
        if said.get("error"):
            raise Unavailable(_failed(folder, str(said["error"])))
        if said.get("held"):
            reason = "another process holds its folder and does not answer"
            await asyncio.sleep(HELD_S)
    raise Unavailable(_failed(folder, reason))


async def replace(link: AgentLink) -> None:
    """End an idle agent of another version."""
    try:
        await link.ask("stop", 30.0)
        await link.ended(5.0)
    except DsinfraError:
        await asyncio.sleep(HELD_S)
    finally:
        await link.close()


def has_to_go(link: AgentLink) -> bool:
    """Return whether an agent should make way for one of this version.

    One with work is kept, and spoken to in its own protocol.
    """
    return is_outdated(link.hello) and not link.hello.get("is_needed")


async def _spawn(folder: Path, target: TargetRecord) -> dict[str, Any]:
    """Start the process and return the one thing it says about its start."""
    try:
        return await asyncio.to_thread(_spawn_and_wait, folder, target)
    except OSError as error:
        return {"error": str(error)}


def _spawn_and_wait(folder: Path, target: TargetRecord) -> dict[str, Any]:
    private_folder(folder)
    write_json(folder / TARGET_FILE, asdict(target))
    _turn_log(folder / LOG_FILE)
    ready, tell = os.pipe()
    try:
        with open(folder / LOG_FILE, "ab", opener=_private) as log:
            process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", f"{__package__}.agent", str(folder), str(tell)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
                pass_fds=(tell,),
                start_new_session=True,
            )
        os.close(tell)
        tell = -1
        with os.fdopen(ready, "rb") as said:
            ready = -1
            process.wait(AGENT_START_S)
            if not select.select([said], [], [], AGENT_START_S)[0]:
                return {"error": "its process did not answer in time"}
            line = said.readline()
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return {"error": "its process did not begin in time"}
    finally:
        for file in (ready, tell):
            if file >= 0:
                os.close(file)
    if not line:
        return {"error": "its process has ended"}
    answer: dict[str, Any] = json.loads(line)
    return answer


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _turn_log(path: Path) -> None:
    if path.exists() and path.stat().st_size > LOG_MAX_BYTES:
        path.replace(path.with_suffix(".old.log"))


def _failed(folder: Path, reason: str) -> str:
    return (
        f"The process that keeps the target cannot be started: {reason}. "
        f"{folder / LOG_FILE} may say more."
    )
