"""The services on the real store."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.domain.clock import SystemClock
from dsinfra_jlab.services.contents_paths import ContentsPaths
from dsinfra_jlab.store import SqlStore, default_url

from .scripted_compute import Bench, bench


@pytest.fixture
def paths() -> ContentsPaths:
    return ContentsPaths("/home/ana/work")


@pytest.fixture
def store(tmp_path: Path, jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[SqlStore]:
    """A store that is open."""
    found = SqlStore(default_url(tmp_path / "store"), SystemClock())
    found.open()
    jp_asyncio_loop.run_until_complete(opened(found))
    yield found
    jp_asyncio_loop.run_until_complete(found.close())


async def opened(store: SqlStore) -> None:
    for _ in range(1_000):
        if store.schema_version:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(store.health())


@pytest.fixture
def desk(store: SqlStore, tmp_path: Path, jp_asyncio_loop: asyncio.AbstractEventLoop) -> Any:
    """The services of jobs on a scripted target."""

    async def make() -> Bench:
        return bench(store, tmp_path / "jobs")

    found = jp_asyncio_loop.run_until_complete(make())
    yield found
    jp_asyncio_loop.run_until_complete(found.jobs.stop())
