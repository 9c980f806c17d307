"""Bases for agents: one for each test, or one for a module whose tests share a target."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from .desk import Desk, end_all


@pytest.fixture
def desk(tmp_path: Path, jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[Desk]:
    """A desk with nothing running, of which nothing is left afterwards."""
    made = Desk(tmp_path)
    yield made
    jp_asyncio_loop.run_until_complete(made.agents.close())
    end_all(tmp_path)


@pytest.fixture(scope="module")
def shared_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A base whose agents live as long as the module: each desk finds them again."""
    base = tmp_path_factory.mktemp("compute")
    yield base
    end_all(base)


@pytest.fixture
def shared(shared_base: Path, jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[Desk]:
    """A desk of its own at the shared base."""
    made = Desk(shared_base)
    yield made
    jp_asyncio_loop.run_until_complete(made.agents.close())
