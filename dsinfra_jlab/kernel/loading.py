"""Loads the probe: for the server, for ``%load_ext``, and for whoever calls without either."""

from __future__ import annotations

import sys
from typing import Any

from . import limits
from .probe import ATTRIBUTE, Probe, Unsupported
from .questions import NoAnswer, Refused

UNHEARD = (
    "dsinfra: the probe is loaded, but no server answers, so nothing is recorded. Runs are "
    "recorded by the dsinfra_jlab extension of the Jupyter server that starts the kernel: "
    "install it there, or run this notebook from such a server."
)


def load(shell: Any, source: str, options: Any = None) -> dict[str, str]:
    """Return what came of putting the probe into a shell's kernel; it is done once.

    ``options`` are those of the server, as JSON holds them; they are taken each time.
    """
    probe = loaded_probe(shell)
    if probe is None:
        try:
            probe = Probe(shell, source)
            probe.load()
        except Unsupported as reason:
            return {"state": "unsupported", "detail": str(reason)}
    probe.set_options(options)
    return {"state": "loaded", "detail": probe.source}


def loaded_probe(shell: Any) -> Any | None:
    """Return the probe that is in a shell's kernel."""
    return getattr(shell, ATTRIBUTE, None)


def current_shell() -> Any:
    """Return the shell around us if it is a kernel's, ``None`` elsewhere."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell if getattr(shell, "kernel", None) is not None else None


def load_extension(shell: Any) -> None:
    """Load the probe for ``%load_ext dsinfra_jlab`` and print what is missing."""
    answer = load(shell, "installed")
    if answer["state"] != "loaded":
        print(f"dsinfra cannot watch this session: {answer['detail']}.")
        return
    print(describe_server(loaded_probe(shell)))


def describe_server(probe: Any) -> str:
    """Return in words whether a server records what this kernel runs."""
    try:
        probe.recorder.questions.ask("status", limits.STATUS_TIMEOUT_S)
    except NoAnswer:
        return UNHEARD
    except Refused as refusal:
        return f"dsinfra: the probe is loaded; the server says: {refusal}"
    return "dsinfra: the probe is loaded and the server records this kernel."
