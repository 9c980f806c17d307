"""Flight recorder and control panel for Jupyter.

In a notebook, ``import dsinfra_jlab as dsinfra`` gives what users call: ``log_metric``,
``log_param``, ``log_artifact``, ``run`` and the rest of ``__all__``.

Importing this package loads nothing but itself: kernels of other environments
import it too, so every extension point does its imports when it is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._version import __version__
    from .kernel.api import (
        JobFailed,
        experiment,
        log_artifact,
        log_figure,
        log_image,
        log_metric,
        log_metrics,
        log_param,
        log_params,
        map,
        register_cluster,
        remote,
        run,
        runs,
        set_tag,
        set_tags,
        submit,
    )

__all__ = [
    "JobFailed",
    "__version__",
    "experiment",
    "log_artifact",
    "log_figure",
    "log_image",
    "log_metric",
    "log_metrics",
    "log_param",
    "log_params",
    "map",
    "register_cluster",
    "remote",
    "run",
    "runs",
    "set_tag",
    "set_tags",
    "submit",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from ._version import __version__

        return __version__
    if name in __all__:
        from .kernel import api

        found = globals()[name] = getattr(api, name)
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(shell: Any) -> None:
    """Load the probe for ``%load_ext dsinfra_jlab``, in kernels that no server put it into."""
    from .kernel.loading import load_extension

    load_extension(shell)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Tell JupyterLab where the prebuilt front end lies."""
    return [{"src": "labextension", "dest": "dsinfra-jlab"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Tell Jupyter Server which application to load."""
    from .server.app import DsinfraApp

    return [{"module": "dsinfra_jlab", "app": DsinfraApp}]
