"""Ports for the kernels of tests, which nothing else on the machine takes while they start.

Jupyter asks the system for a free port, closes it, and has the kernel open it again a second or
more later; after a death, seconds later. What asks the system for a port in between, such as
another run of tests, may be given the same one. Then the kernel cannot start, and requests meant
for it reach a kernel that drops them as forged: a client waits for ever.
"""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path

from jupyter_client.connect import LocalPortCache

PORTS = range(16_000, 32_000)
"""Below those that systems hand out by themselves, from 32,768 on or higher."""


class ReservedPorts(LocalPortCache):
    """Hands out ports that no other process hands out, as long as this one lives.

    Once made by ``instance()`` it is the one that Jupyter asks.
    """

    def __init__(self, ports: Sequence[int] = PORTS, folder: Path | None = None) -> None:
        super().__init__()
        owner = os.getuid() if hasattr(os, "getuid") else 0
        self._folder = folder or Path(tempfile.gettempdir()) / f"dsinfra-ports-{owner}"
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._ports = ports
        self._locks: dict[int, int] = {}

    def find_available_port(self, ip: str) -> int:
        """Return a port that is free and stays so.

        Raises
        ------
        OSError
            All are taken.
        """
        for port in random.sample(self._ports, len(self._ports)):
            if port not in self._locks and self._lock(port):
                if _is_free(ip, port):
                    self.currently_used_ports.add(port)
                    return port
                self.return_port(port)
        raise OSError("no port is left for a kernel")

    def return_port(self, port: int) -> None:
        """Let others have a port."""
        super().return_port(port)
        lock = self._locks.pop(port, None)
        if lock is not None:
            os.close(lock)

    def _lock(self, port: int) -> bool:
        """Reserve a port; the system lets go of it at the latest when this process ends."""
        lock = os.open(self._folder / str(port), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            return False
        self._locks[port] = lock
        return True


def _is_free(ip: str, port: int) -> bool:
    with socket.socket() as tried:
        try:
            tried.bind((ip, port))
        except OSError:
            return False
    return True
