"""Kernels with the probe in them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .environments import ALL, Environment, python_of
from .kernels import Kernel, started


@pytest.fixture(scope="module")
def shared() -> Iterator[Kernel]:
    """A kernel of the tests' own environment, where the package is installed."""
    with started() as kernel:
        yield kernel


@pytest.fixture
def kernel(shared: Kernel) -> Kernel:
    """The shared kernel, without the names of earlier tests."""
    shared.answering = lambda event: None
    shared.strays.clear()
    shared.ok("%reset -f")
    shared.ok("import dsinfra_jlab as dsinfra\nget_ipython()._dsinfra_probe.recorder._failures = 0")
    shared.strays.clear()
    return shared


@pytest.fixture(scope="module", params=ALL, ids=lambda each: each.name)
def foreign(request: pytest.FixtureRequest) -> Iterator[Kernel]:
    """A kernel of an environment that has never heard of this package."""
    environment: Environment = request.param
    with started(python_of(environment)) as kernel:
        yield kernel
