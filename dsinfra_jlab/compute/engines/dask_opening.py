"""Opens a target of Dask: starts our own processes, or checks and reaches what is there."""

from __future__ import annotations

import asyncio
import importlib
import ipaddress
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ...domain.exceptions import Unavailable
from ..engine import Host, OpenTarget
from .dask_import import import_dask
from .dask_processes import LocalProcesses

if TYPE_CHECKING:
    from .dask_target import DaskTarget

CONNECT_S = 8.0
"""How long a scheduler may take to answer; the user waits for it."""


async def open_target(options: Mapping[str, Any], host: Host) -> OpenTarget:
    """Start or reach a target; raises ``Unavailable``."""
    if options.get("address"):
        return await _reach(options, host)
    return await _start(options, host)


async def _start(options: Mapping[str, Any], host: Host) -> OpenTarget:
    """Start processes of this machine; Dask is imported here while they import it too."""
    processes = LocalProcesses(host.folder, bool(options.get("dashboard")))
    try:
        processes.start()
        target_class = await _target_class()
        workers = int(options.get("workers") or _cpus())
        made = target_class(options, host, processes, workers)
        await made.open(await processes.address(), processes.tls)
    except BaseException:
        await processes.close()
        raise
    return made


async def _reach(options: Mapping[str, Any], host: Host) -> OpenTarget:
    address = str(options["address"]).strip()
    files = {name: str(options.get(name) or "") for name in ("tls_ca_file", "tls_cert", "tls_key")}
    if "://" not in address:
        address = f"{'tls' if any(files.values()) else 'tcp'}://{address}"
    _check(address, files, options)
    await _knock(address)
    made = (await _target_class())(options, host, None)
    await made.open(address, files if address.startswith("tls://") else None)
    return made


def _check(address: str, files: Mapping[str, str], options: Mapping[str, Any]) -> None:
    """Refuse what would send code and data in the clear, or cannot work; raises ``Unavailable``."""
    is_encrypted = address.startswith(("tls://", "wss://"))
    if not is_encrypted and options.get("require_tls", True) and not _is_loopback(address):
        raise Unavailable(
            f"The connection to {address} would not be encrypted: whoever is between could run "
            "code as you. Use an address that begins with tls://, or turn off 'Only encrypted "
            "connections' for a network that you trust."
        )
    for name, file in files.items():
        if file and not os.access(Path(file).expanduser(), os.R_OK):
            raise Unavailable(f"{file} ({name}) cannot be read. Correct the target's options.")
    if address.startswith("tls://") and not files["tls_ca_file"]:
        raise Unavailable(
            f"{address} is encrypted, and the target has no certificate authority (tls_ca_file) "
            "to check it with. Add it, with tls_cert and tls_key, to the target's options."
        )


async def _knock(address: str) -> None:
    """Find out at once what is wrong with an address; Dask would try until its time is over.

    Raises
    ------
    Unavailable
        With the address, the reason and what to do.
    """
    scheme, _, place = address.partition("://")
    name, _, port = place.partition("/")[0].rpartition(":")
    if scheme not in ("tcp", "tls"):
        return
    if not port.isdecimal() or not name:
        raise Unavailable(f"{address} names no port. Write it as {scheme}://host:8786.")
    try:
        connecting = asyncio.open_connection(name.strip("[]"), int(port))
        _, writer = await asyncio.wait_for(connecting, CONNECT_S)
    except asyncio.TimeoutError:
        reason = f"nothing answered within {CONNECT_S:.0f} s"
    except socket.gaierror as error:
        reason = f"its name is not known ({error.strerror})"
    except (OSError, OverflowError) as error:
        number = getattr(error, "errno", None)
        reason = os.strerror(number).lower() if number else str(error)
    else:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return
    raise Unavailable(unreachable(address, reason))


def unreachable(address: str, reason: str) -> str:
    """Return that a scheduler cannot be reached, why, and what to do."""
    return (
        f"The Dask scheduler at {address} cannot be reached: {reason}. Check that it runs, that "
        "the address and the certificates are right, and that no firewall is between."
    )


def _is_loopback(address: str) -> bool:
    name = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


async def _target_class() -> type[DaskTarget]:
    """Import Dask, in a thread."""

    def imported() -> type[DaskTarget]:
        import_dask()
        found: type[DaskTarget] = importlib.import_module(f"{__package__}.dask_target").DaskTarget
        return found

    return await asyncio.to_thread(imported)


def _cpus() -> int:
    """Return how many processors this process may use, as Dask counts them."""
    from dask.system import CPU_COUNT

    return int(CPU_COUNT)
