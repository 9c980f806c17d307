"""How libraries were set up goes along; the libraries here are shaped like the real ones."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy
import pytest

from dsinfra_jlab.kernel import parcel_limits
from dsinfra_jlab.kernel.parcel_settings import settings_of, take_settings


class Cycler:
    """As that of the package ``cycler``."""

    def __init__(self, **keys: list[Any]) -> None:
        self.keys = keys

    def by_key(self) -> dict[str, list[Any]]:
        return self.keys


Cycler.__module__ = "cycler"


class RcParams(dict[str, Any]):
    """Reading a value by its own methods does something, and not all is taken."""

    def __getitem__(self, key: str) -> Any:
        raise AssertionError(key)

    def __setitem__(self, key: str, value: Any) -> None:
        if key == "new.in.this.version":
            raise KeyError(key)
        super().__setitem__(key, value)


FIRST = {
    "figure.figsize": [6.4, 4.8],
    "axes.prop_cycle": Cycler(color=["b"]),
    "backend": "agg",
    "savefig.directory": "~",
    "font.family": ["sans-serif"],
    "new.in.this.version": 1,
    "path.effects": [],
}


def matplotlib(**changes: Any) -> Any:
    module: Any = ModuleType("matplotlib")
    module.rcParams = RcParams({**FIRST, **changes})
    module.rcParamsDefault = RcParams(FIRST)
    module.rcsetup = SimpleNamespace(cycler=Cycler)
    return module


def pandas(rows: Any) -> Any:
    module: Any = ModuleType("pandas")
    module.set = {}
    module.set_option = module.set.__setitem__
    config: Any = ModuleType("pandas._config.config")
    config._global_config = {"display": {"max_rows": rows, "width": 80}, "mode": {"copy": object()}}
    config._registered_options = {
        "display.max_rows": SimpleNamespace(defval=60),
        "display.width": SimpleNamespace(defval=80),
        "mode.copy": SimpleNamespace(defval=None),
    }
    return module, config


def test_a_style_of_matplotlib_goes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    here = matplotlib(
        **{
            "figure.figsize": (3.0, 2.0),
            "axes.prop_cycle": Cycler(color=["r", "g"]),
            "backend": "inline",
            "savefig.directory": "/home/ana",
            "new.in.this.version": 2,
            "path.effects": [object()],
        }
    )
    monkeypatch.setitem(sys.modules, "matplotlib", here)
    found = settings_of({"matplotlib.pyplot", "os"})
    assert found == {
        "matplotlib": {
            "figure.figsize": [3.0, 2.0],
            "axes.prop_cycle": {"cycler": {"color": ["r", "g"]}},
            "new.in.this.version": 2,
        }
    }
    there = matplotlib()
    monkeypatch.setitem(sys.modules, "matplotlib", there)
    take_settings(found)
    now = dict(there.rcParams.items())
    assert now["figure.figsize"] == [3.0, 2.0] and now["backend"] == "agg"
    assert now["axes.prop_cycle"].by_key() == {"color": ["r", "g"]}
    assert now["new.in.this.version"] == 1


def test_options_of_pandas_go_along(monkeypatch: pytest.MonkeyPatch) -> None:
    module, config = pandas(500)
    monkeypatch.setitem(sys.modules, "pandas", module)
    monkeypatch.setitem(sys.modules, "pandas._config.config", config)
    found = settings_of({"pandas"})
    assert found == {"pandas": {"display.max_rows": 500}}
    take_settings(found)
    assert module.set == {"display.max_rows": 500}


def test_how_numpy_prints_goes_along() -> None:
    with numpy.printoptions(precision=2, suppress=True, formatter={"int": hex}):
        found = settings_of({"numpy.linalg"})
        assert found == {"numpy": {"precision": 2, "suppress": True}}
    with numpy.printoptions():
        take_settings(found)
        assert str(numpy.array([1 / 3])) == "[0.33]"
    assert settings_of({"numpy"}) == {}


def test_what_is_not_used_or_not_there_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", matplotlib(**{"figure.figsize": [1.0]}))
    assert settings_of({"os", "seaborn"}) == {}
    monkeypatch.delitem(sys.modules, "matplotlib")
    assert settings_of({"matplotlib"}) == {}


@pytest.mark.parametrize("module", [ModuleType("matplotlib"), SimpleNamespace(rcParams=3)])
def test_another_version_costs_nothing(monkeypatch: pytest.MonkeyPatch, module: Any) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", module)
    assert settings_of({"matplotlib"}) == {}
    take_settings({"matplotlib": {"figure.figsize": [3, 2]}})


@pytest.mark.parametrize(
    "settings", [None, [], {"matplotlib": 3}, {"os": {"environ": {}}}, {"no_such": {"a": 1}}]
)
def test_settings_that_make_no_sense_do_nothing(settings: Any) -> None:
    take_settings(settings)


def test_nothing_long_goes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    long = "x" * (parcel_limits.SETTING_MAX_CHARS + 1)
    monkeypatch.setitem(sys.modules, "matplotlib", matplotlib(**{"font.family": [long]}))
    assert settings_of({"matplotlib"}) == {}
