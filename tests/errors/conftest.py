"""The environment with the libraries that the cases need."""

from __future__ import annotations

import pytest

from ..kernel.environments import ML, python_of


@pytest.fixture(scope="session")
def python_for_models() -> str:
    """The interpreter of an environment with the libraries of the cases."""
    return python_of(ML)
