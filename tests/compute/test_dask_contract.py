"""Dask keeps the contract of engines: on this machine, by shared files, and by its own way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dsinfra_jlab.domain.compute.targets import TargetRecord

from .clusters import cluster
from .desk import LOCAL, Desk
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

    @pytest.mark.slow
    async def test_the_way_of_the_files_is_timed(self, shared: Desk, target: TargetRecord) -> None:
        job_id = await shared.submit("1", target)
        assert (await shared.ended(job_id))["state"] == "ok"
        (sent,) = shared.of_kind(job_id, "sent")
        assert sent["bytes"] > 0 and sent["seconds"] > 0
        assert sent["seq"] < shared.of_kind(job_id, "starting")[0]["seq"]
