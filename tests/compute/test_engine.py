"""Engines are found by entry points; a broken one is told and costs nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsinfra_jlab.compute.engine import engine_infos, find_engine
from dsinfra_jlab.domain.compute.targets import Capability
from dsinfra_jlab.domain.exceptions import Unavailable

OTHER = """
from dsinfra_jlab.domain.compute.targets import Capability, EngineInfo

class Other:
    def info(self):
        return EngineInfo("other", "Other", {"type": "object"}, [Capability.scale])

    def capabilities(self, options):
        return [Capability.scale]

class Wrong:
    def info(self):
        return "nothing"
"""


@pytest.fixture
def other_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that is installed beside ours, with three engines of which two are broken."""
    (tmp_path / "other_engine.py").write_text(OTHER)
    about = tmp_path / "other_engine-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: other-engine\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[dsinfra_jlab.engines]\n"
        "other = other_engine:Other\n"
        "absent = a_module_that_is_not_there:Engine\n"
        "wrong = other_engine:Wrong\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))


def test_ours_is_declared_and_says_what_it_can() -> None:
    found = {info.name: info for info in engine_infos()}
    assert found["dask"].is_available
    assert Capability.scale in found["dask"].capabilities
    assert found["dask"].options_schema["type"] == "object"


def test_every_option_has_a_title_a_description_and_a_default() -> None:
    (dask,) = (info for info in engine_infos() if info.name == "dask")
    for name, option in dask.options_schema["properties"].items():
        assert {"title", "description", "default", "type"} <= option.keys(), name


@pytest.mark.usefixtures("other_package")
def test_an_engine_of_another_package_appears() -> None:
    found = {info.name: info for info in engine_infos()}
    assert found["other"].is_available
    assert found["other"].label == "Other"
    assert find_engine("other").capabilities({}) == [Capability.scale]


@pytest.mark.usefixtures("other_package")
@pytest.mark.parametrize(
    ("name", "reason"),
    [("absent", "No module named 'a_module_that_is_not_there'"), ("wrong", "not an EngineInfo")],
)
def test_a_broken_engine_is_reported_and_the_others_are_there(name: str, reason: str) -> None:
    found = {info.name: info for info in engine_infos()}
    assert not found[name].is_available
    assert reason in found[name].detail
    assert "other-engine" in found[name].detail
    assert found["dask"].is_available


@pytest.mark.usefixtures("other_package")
def test_a_broken_engine_cannot_be_used_and_says_why() -> None:
    with pytest.raises(Unavailable, match="a_module_that_is_not_there"):
        find_engine("absent")


def test_an_unknown_engine_names_those_that_are_there() -> None:
    with pytest.raises(Unavailable, match=r"'nothing'.*dask"):
        find_engine("nothing")


def test_what_can_be_done_depends_on_whose_workers_they_are() -> None:
    engine = find_engine("dask")
    assert Capability.start in engine.capabilities({})
    assert Capability.start not in engine.capabilities({"address": "tcp://127.0.0.1:1"})
