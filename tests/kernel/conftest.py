"""Kernels with the probe in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .environments import ALL, Environment, python_of
from .kernels import Kernel, started
from .parcel_process import Process


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


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Process, Process]]:
    folder = tmp_path_factory.mktemp("processes")
    here, there = Process(folder / "here"), Process(folder / "there")
    yield here, there
    here.end()
    there.end()


@pytest.fixture
def here(processes: tuple[Process, Process]) -> Process:
    """The notebook's process."""
    processes[0].reset()
    return processes[0]


@pytest.fixture
def there(processes: tuple[Process, Process]) -> Process:
    """The job's process."""
    processes[1].reset()
    return processes[1]


@pytest.fixture
def job(tmp_path: Path) -> Path:
    return tmp_path / "job"
