"""What ``doctor`` looks at, one function for each part."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from jupyter_core.paths import jupyter_config_path, jupyter_path

from .._version import __version__
from ..domain.clock import SystemClock
from ..domain.exceptions import DsinfraError, NotFound, Unavailable
from ..domain.health import Health, HealthStatus
from ..sensors.host import HostSensor
from ..sensors.processes import process_sensor
from .servers import ask, running_servers

__all__ = ["Check", "CheckState", "installed", "sensors", "servers", "store"]

_EXTENSION = "dsinfra_jlab"
_LABEXTENSION = "dsinfra-jlab"


class CheckState(str, Enum):
    """How a part is."""

    ok = "ok"
    absent = "absent"
    """Not there, and nothing is wrong with that."""
    broken = "broken"


@dataclass(frozen=True, slots=True)
class Check:
    """One part and how it is."""

    name: str
    state: CheckState
    finding: str


def installed() -> Iterator[Check]:
    """Check that Jupyter Server loads the extension, and that JupyterLab finds its panels."""
    yield _server_extension()
    yield _lab_extension()


def store(url: str) -> Check:
    """Check that the store can be opened."""
    from ..store.visiting import existing_store

    try:
        found = existing_store(url, SystemClock(), is_to_write=False)
    except NotFound as error:
        return Check("store", CheckState.absent, error.message)
    except DsinfraError as error:
        return Check("store", CheckState.broken, error.message)
    return Check("store", CheckState.ok, f"{found.health().url}: it can be read.")


def sensors(why_no_gpu: str) -> Iterator[Check]:
    """Check what can be read of this machine."""
    yield _host()
    yield _processes()
    if why_no_gpu:
        yield Check("gpus", CheckState.absent, why_no_gpu)
    else:
        yield Check("gpus", CheckState.ok, "The NVIDIA driver answers.")


def servers() -> Iterator[Check]:
    """Check what each running server says of its own health."""
    running = running_servers()
    if not running:
        yield Check("servers", CheckState.absent, "No Jupyter server of this user runs.")
    for server in running:
        try:
            health = ask(server, "health", Health)
        except Unavailable as refusal:
            yield Check("server", CheckState.broken, f"{server.url}: {refusal.message}")
            continue
        reasons = " ".join(health.reasons) or "All its parts work."
        if health.version != __version__:
            reasons = f"It runs version {health.version}; restart it. {reasons}"
        is_ok = health.status is HealthStatus.ok and health.version == __version__
        state = CheckState.ok if is_ok else CheckState.broken
        yield Check("server", state, f"{server.url}: {reasons}")


def _server_extension() -> Check:
    """Look where Jupyter Server looks: what a nearer folder says outranks the others."""
    name = "server extension"
    is_enabled, place = None, ""
    for folder in reversed(jupyter_config_path()):
        single = Path(folder) / "jupyter_server_config.json"
        for file in [*sorted((Path(folder) / "jupyter_server_config.d").glob("*.json")), single]:
            said = _said(file, "ServerApp", "jpserver_extensions", _EXTENSION)
            if isinstance(said, bool):
                is_enabled, place = said, str(file)
    if is_enabled:
        return Check(name, CheckState.ok, f"Enabled in {place}.")
    where = f"It is disabled in {place}" if place else "No configuration enables it"
    fix = f"jupyter server extension enable {_EXTENSION}"
    return Check(name, CheckState.broken, f"{where}; enable it by: {fix}")


def _lab_extension() -> Check:
    name = "panels"
    for folder in jupyter_path("labextensions"):
        file = Path(folder) / _LABEXTENSION / "package.json"
        if not file.is_file():
            continue
        version = _said(file, "version")
        if version != __version__:
            finding = f"{file.parent} has version {version}, the server {__version__}."
            return Check(name, CheckState.broken, f"{finding} Install dsinfra-jlab anew.")
        disabled = _disabled_by()
        if disabled:
            fix = f"jupyter labextension enable {_LABEXTENSION}"
            return Check(name, CheckState.broken, f"Disabled in {disabled}; enable by: {fix}")
        return Check(name, CheckState.ok, f"Installed in {file.parent}.")
    finding = "JupyterLab does not find them. Install dsinfra-jlab where JupyterLab is installed."
    return Check(name, CheckState.broken, finding)


def _disabled_by() -> str:
    """Return the file that disables the panels, empty if none does."""
    for folder in jupyter_config_path():
        file = Path(folder) / "labconfig" / "page_config.json"
        if _said(file, "disabledExtensions", _LABEXTENSION) is True:
            return str(file)
    return ""


def _host() -> Check:
    sensor = HostSensor(os.getcwd())
    try:
        host = sensor.read(time.monotonic())
    except Exception as error:  # whatever it is, it is what the user wants to know
        return Check("host", CheckState.broken, f"It cannot be read: {type(error).__name__}.")
    finally:
        sensor.close()
    if host.memory_limit_bytes is None or host.cpu_count is None:
        return Check("host", CheckState.broken, "Its memory or its CPUs cannot be read.")
    limit = f"{host.memory_limit_bytes / 1e9:.1f} GB of memory ({host.memory_limit_source})"
    return Check(
        "host", CheckState.ok, f"{limit}, {host.cpu_count:g} CPUs ({host.cpu_count_source})."
    )


def _processes() -> Check:
    sensor = process_sensor()
    try:
        sensor.follow(os.getpid())
        sensor.adopt(sensor.scan())
        reading = sensor.read(os.getpid())
    except Exception as error:  # whatever it is, it is what the user wants to know
        finding = f"They cannot be read: {type(error).__name__}."
        return Check("processes", CheckState.broken, finding)
    finally:
        sensor.close()
    if reading is None or not reading.rss_bytes:
        return Check("processes", CheckState.broken, "Memory of processes cannot be read.")
    return Check("processes", CheckState.ok, "CPU and memory of kernels can be read.")


def _said(file: Path, *keys: str) -> object:
    """Return a value of a JSON file, ``None`` if it is not there."""
    try:
        found: object = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found
