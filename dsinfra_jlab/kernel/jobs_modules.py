"""Finds the modules for jobs, which are sent when they are first needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .active import find_recorder
from .loading import current_shell, loaded_probe
from .questions import NoAnswer, Refused


def remote_api() -> Any:
    """Return the module with what users call for jobs; see ``module_for_jobs``."""
    return module_for_jobs("remote_api")


def module_for_jobs(name: str) -> Any:
    """Return a module of ours that comes with the first job.

    Raises
    ------
    RuntimeError
        If this is no kernel of a server with the extension.
    """
    name = f"{__package__}.{name}"
    try:
        return import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name != name:
            raise
    recorder = find_recorder()
    probe = loaded_probe(current_shell())
    try:
        if probe is None:
            raise NoAnswer
        probe.take_modules(recorder.questions.ask("job_modules")["modules"])
    except (NoAnswer, Refused):
        raise RuntimeError(
            "no server has answered: remote compute needs the Jupyter server that started this "
            "kernel, with the dsinfra_jlab extension in it"
        ) from None
    return import_module(name)
