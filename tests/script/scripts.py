"""Real scripts in processes of their own, and what they leave in the store."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from dsinfra_jlab.domain.runs.records import Run, RunKind, RunQuery
from dsinfra_jlab.store import SqlStore
from tests.store.samples import opened

T = TypeVar("T")

TIMEOUT_S = 60.0


def environment(folder: Path, store_url: str, **more: str) -> dict[str, str]:
    """Return the environment of a script that writes to this store."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DSINFRA", "PYTEST"))}
    return {
        **kept,
        "DSINFRA_STORE_URL": store_url,
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        **more,
    }


def write(folder: Path, code: str, name: str = "train.py") -> Path:
    """Write a script that has the package as ``dsinfra``."""
    path = folder / name
    path.write_text("import dsinfra_jlab as dsinfra\n" + textwrap.dedent(code))
    return path


def run(
    folder: Path, store_url: str, code: str, *arguments: str, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run a script to its end."""
    path = write(folder, code)
    return subprocess.run(
        [sys.executable, str(path), *arguments],
        env=environment(folder, store_url, **more),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )


def started(folder: Path, store_url: str, code: str) -> subprocess.Popen[str]:
    """Start a script, and return when it has printed a line."""
    process = subprocess.Popen(
        [sys.executable, str(write(folder, code))],
        env=environment(folder, store_url),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Of tests that run in the background the interrupt is ignored, and so of their children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    return process


def end(process: subprocess.Popen[str], how: signal.Signals) -> str:
    """Send a signal, and return what the script had said on stderr."""
    process.send_signal(how)
    try:
        return process.communicate(timeout=TIMEOUT_S)[1]
    finally:
        process.kill()


def ask(store_url: str, question: Callable[[SqlStore], Awaitable[T]]) -> T:
    """Return what the store answers."""

    async def answered(store: SqlStore) -> T:
        return await question(store)

    with opened(store_url) as store:
        return asyncio.run(answered(store))


def runs(store_url: str, kind: RunKind = RunKind.session) -> list[Run]:
    """Return the runs of a kind, the oldest first."""

    async def all_of(store: SqlStore) -> list[Run]:
        page = await store.runs(RunQuery(kind=kind, order="queued_at"))
        return [await store.run(item.id) for item in page.items]

    return ask(store_url, all_of)


def only_session(store_url: str) -> Run:
    """Return the one session that there is."""
    (session,) = runs(store_url)
    return session


def said(stderr: str) -> list[str]:
    """Return the lines that we wrote."""
    return [line for line in stderr.splitlines() if line.startswith("dsinfra: ")]
