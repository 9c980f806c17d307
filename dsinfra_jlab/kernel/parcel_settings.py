"""Takes along how a notebook has set up the libraries that a cell uses.

A style of matplotlib or a number of rows that pandas shows is no name of the notebook, and a cell
would look different on a target without it. Only what is not as the library has it by itself goes
along, as JSON. What cannot be had or set is left as it is: it is about looks alone.
"""

from __future__ import annotations

import importlib
import math
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from . import parcel_limits as limits

_NO = object()
"""Stands for what is no plain value."""
_OF_THE_PROCESS = ("backend", "backend_fallback", "interactive", "toolbar", "timezone")
"""Of matplotlib: about the process and its screen."""
_OF_FOLDERS = ("animation.", "keymap.", "savefig.directory", "webagg.")
_NUMPY: Mapping[str, Any] = {
    "edgeitems": 3,
    "floatmode": "maxprec",
    "infstr": "inf",
    "linewidth": 75,
    "nanstr": "nan",
    "precision": 8,
    "sign": "-",
    "suppress": False,
    "threshold": 1000,
}
"""What NumPy prints with by itself."""


def settings_of(modules: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return what was set of the libraries among some modules, as JSON can hold it."""
    tops = {name.partition(".")[0] for name in modules}
    found: dict[str, dict[str, Any]] = {}
    for library, (read, _) in _LIBRARIES.items():
        module = sys.modules.get(library)
        if library not in tops or module is None:
            continue
        with suppress(Exception):  # a library of another version may have none of it
            settings = dict(list(read(module).items())[: limits.SETTINGS_MAX])
            if settings:
                found[library] = settings
    return found


def take_settings(settings: Any) -> None:
    """Set libraries up as they were where the settings are from."""
    if type(settings) is not dict:
        return
    for library, (_, write) in _LIBRARIES.items():
        values = settings.get(library)
        if type(values) is not dict:
            continue
        with suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # The cell uses it, so it is imported in a moment anyway.
            module = importlib.import_module(library)
            for key, value in values.items():
                with suppress(Exception):  # not known in this version
                    write(module, key, value)


def _of_matplotlib(module: Any) -> dict[str, Any]:
    # Not by its own methods: reading the backend would choose one.
    now, first = module.rcParams, module.rcParamsDefault
    keys = [
        key
        for key in dict.keys(now)
        if key not in _OF_THE_PROCESS and not key.startswith(_OF_FOLDERS) and key[:1] != "_"
    ]
    return _different({key: (dict.get(now, key), dict.get(first, key)) for key in keys})


def _to_matplotlib(module: Any, key: str, value: Any) -> None:
    if type(value) is dict:
        value = module.rcsetup.cycler(**value["cycler"])
    module.rcParams[key] = value


def _of_pandas(_: Any) -> dict[str, Any]:
    config = sys.modules["pandas._config.config"]
    pairs = {}
    for key, option in config._registered_options.items():
        value = config._global_config
        for part in key.split("."):
            value = value[part]
        pairs[key] = value, option.defval
    return _different(pairs)


def _to_pandas(module: Any, key: str, value: Any) -> None:
    module.set_option(key, value)


def _of_numpy(module: Any) -> dict[str, Any]:
    now = module.get_printoptions()
    return _different({key: (now[key], first) for key, first in _NUMPY.items() if key in now})


def _to_numpy(module: Any, key: str, value: Any) -> None:
    module.set_printoptions(**{key: value})


_LIBRARIES: Mapping[
    str, tuple[Callable[[Any], dict[str, Any]], Callable[[Any, str, Any], None]]
] = {
    "matplotlib": (_of_matplotlib, _to_matplotlib),
    "numpy": (_of_numpy, _to_numpy),
    "pandas": (_of_pandas, _to_pandas),
}
"""How the settings of each library are read and set."""


def _different(pairs: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    found = {}
    for key, (now, first) in pairs.items():
        value = _plain(now)
        if value is not _NO and value != _plain(first):
            found[key] = value
    return found


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it, ``_NO`` if it does not."""
    kind = type(value)
    if value is None or kind in (bool, int):
        return value
    if kind is float:
        return value if math.isfinite(value) else _NO
    if kind is str:
        return value if len(value) <= limits.SETTING_MAX_CHARS else _NO
    if kind in (list, tuple):
        parts = [_plain(each) for each in value[: limits.SETTINGS_MAX]]
        return _NO if any(part is _NO for part in parts) else parts
    if kind.__name__ == "Cycler" and kind.__module__ == "cycler":
        keys = {key: _plain(list(each)) for key, each in value.by_key().items()}
        return _NO if any(each is _NO for each in keys.values()) else {"cycler": keys}
    return _NO
