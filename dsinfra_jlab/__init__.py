"""Flight recorder and control panel for Jupyter.

Importing this package loads nothing but itself: kernels of other environments
import it too, so every extension point does its imports when it is called.
"""

from __future__ import annotations

from typing import Any

__all__ = ["__version__"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from ._version import __version__

        return __version__
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Tell JupyterLab where the prebuilt front end lies."""
    return [{"src": "labextension", "dest": "dsinfra-jlab"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Tell Jupyter Server which application to load."""
    from .server.app import DsinfraApp

    return [{"module": "dsinfra_jlab", "app": DsinfraApp}]
