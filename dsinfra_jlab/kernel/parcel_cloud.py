"""The copy of cloudpickle that comes with the server, the same on both sides.

What it writes can be read by the same version only, and a kernel may have another one or none.
So it is loaded under a name of its own, from what the server has sent or from its folder.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from typing import Any

MODULE = "dsinfra_jlab_cloudpickle"

_folders: list[str] = []


def look_in(folder: Any) -> None:
    """Take note of a folder that holds the package."""
    if isinstance(folder, str) and folder and folder not in _folders:
        _folders.append(folder)


def cloud() -> Any:
    """Return the module that has the pickler and what belongs to it.

    Raises
    ------
    ImportError
        It was not sent, and there is none here.
    """
    module = sys.modules.get(MODULE + ".cloudpickle")
    if module is not None:
        return module
    try:
        return importlib.import_module(MODULE + ".cloudpickle")
    except ModuleNotFoundError:
        pass
    for folder in [*_folders, _installed()]:
        if folder and os.path.isfile(os.path.join(folder, "cloudpickle.py")):
            _load(folder)
            return importlib.import_module(MODULE + ".cloudpickle")
    raise ImportError("cloudpickle is not there")


def _installed() -> str | None:
    try:
        spec = importlib.util.find_spec("cloudpickle")
    except (ImportError, ValueError):
        return None
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    return places[0] if places else None


def _load(folder: str) -> None:
    """Load the package of a folder under the name of ours."""
    spec = importlib.util.spec_from_file_location(
        MODULE, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"there is no cloudpickle in {folder}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(MODULE, None)
        raise
