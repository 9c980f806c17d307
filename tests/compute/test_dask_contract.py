"""Dask keeps the contract of engines: on this machine, by shared files, and by its own way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dsinfra_jlab.domain.targets import TargetRecord

from .clusters import cluster
from .desk import LOCAL
from .engine_contract import EngineContract


@pytest.fixture(scope="module")
def somebodys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with cluster(tmp_path_factory.mktemp("dask")) as address:
        yield address


class TestLocal(EngineContract):
    """Our own processes."""

    @pytest.fixture
    def target(self) -> TargetRecord:
        return LOCAL


class TestExisting(EngineContract):
    """A scheduler of somebody else whose workers see our files."""

    @pytest.fixture
    def target(self, somebodys: str) -> TargetRecord:
        return TargetRecord("existing", "dask", {"address": somebodys})


class TestFarAway(EngineContract):
    """The same where data has to go through Dask."""

    @pytest.fixture
    def target(self, somebodys: str) -> TargetRecord:
        return TargetRecord("far", "dask", {"address": somebodys, "send_through_dask": True})
