"""What every test of the runner leaves behind: nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .driving import end_all


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """End the jobs of a test that failed."""
    yield
    end_all()
