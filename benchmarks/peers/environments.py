"""An environment for each peer, made once and kept outside of the repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

INSTALL_TIMEOUT_S = 900.0


@dataclass(frozen=True)
class Tracker:
    """One that is measured."""

    name: str
    adapter: str
    package: str = ""
    """On the package index; empty for ours."""
    extras: tuple[str, ...] = ()


OURS = Tracker("dsinfra, script", "dsinfra_peer")
EXPTRACK = Tracker("exptrack", "exptrack_peer", "exptrack", ("ipykernel",))
PEERS = (
    Tracker("Trackio", "trackio_peer", "trackio"),
    EXPTRACK,
    Tracker("W&B offline", "wandb_peer", "wandb"),
    Tracker("MLflow", "mlflow_peer", "mlflow"),
    Tracker("Aim", "aim_peer", "aim"),
)


@dataclass(frozen=True)
class Environment:
    """Where a tracker runs."""

    python: Path
    version: str


class NotInstalled(RuntimeError):
    """A peer cannot be measured; the message says why."""


def default_folder() -> Path:
    """Return where environments are kept."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(cache) / "dsinfra-jlab" / "peers"


def environment_of(tracker: Tracker, folder: Path) -> Environment:
    """Return the environment of a tracker, made if it is not there.

    Raises
    ------
    NotInstalled
        It does not install here.
    """
    if not tracker.package:
        return Environment(Path(sys.executable), _version_of(Path(sys.executable), "dsinfra_jlab"))
    home = folder / tracker.package
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
    for package in (tracker.package, *tracker.extras):
        if not _version_of(python, package):
            _install(python, package)
    return Environment(python, _version_of(python, tracker.package))


def _install(python: Path, package: str) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", package]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise NotInstalled(f"{package} took longer than {INSTALL_TIMEOUT_S:.0f} s") from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["pip failed"]
        raise NotInstalled(lines[-1][:200])


def _version_of(python: Path, package: str) -> str:
    """Return the installed version, ``""`` if there is none."""
    program = (
        "import importlib.metadata as m, json, sys\n"
        "try: print(json.dumps(m.version(sys.argv[1])))\n"
        "except m.PackageNotFoundError: print(json.dumps(''))"
    )
    done = subprocess.run(
        [str(python), "-c", program, package], capture_output=True, text=True, check=True
    )
    return str(json.loads(done.stdout))
