"""Kernels with the libraries that the cases need, with the probe and without."""

from __future__ import annotations

import importlib.util
import subprocess
from collections.abc import Iterator

import pytest

from ..kernel.environments import ML, python_of
from ..kernel.kernels import started
from .observed import Observed


@pytest.fixture(scope="session")
def python_for_models() -> str:
    """The interpreter of an environment with the libraries of the cases."""
    return python_of(ML)


@pytest.fixture(scope="module", params=[True, False], ids=["probe", "no-probe"])
def observed(request: pytest.FixtureRequest, python_for_models: str) -> Iterator[Observed]:
    with started(python_for_models, with_probe=request.param) as kernel:
        yield Observed(kernel)
