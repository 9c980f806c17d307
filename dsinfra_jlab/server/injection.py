"""Puts the probe into kernels: what is sent, and on which way."""

from __future__ import annotations

import logging
from typing import Any

from ..domain.ids import KernelId
from ..domain.messages import Signature
from ..kernel.bundle import injection_request
from .kernel_channels import own_session
from .observer import KernelObserver

SENT_THROUGH_MAX = 3
"""How often the probe is sent ahead of a client's cells before the kernel is let be."""

_COUNT = "_dsinfra_sent"


class Injector:
    """Sends the probe to kernels."""

    def __init__(self, observer: KernelObserver, log: logging.Logger) -> None:
        self._observer = observer
        self._log = log

    def inject(self, kernel_id: KernelId) -> None:
        """Send the probe on our own channel; the kernel takes it when it gets to it."""
        self._observer.send(kernel_id, "shell", "execute_request", injection_request())

    def inject_through(self, connection: Any) -> None:
        """Send the probe on a client's own channel, ahead of the cell that it asks for.

        Between two channels a kernel keeps no order; on one it does. A second copy does nothing.
        """
        stream = connection.channels.get("shell")
        sent = getattr(connection, _COUNT, 0)
        if stream is None or sent >= SENT_THROUGH_MAX:
            return
        setattr(connection, _COUNT, sent + 1)
        session = connection.session
        scheme = str(session.signature_scheme).removeprefix("hmac-")
        own_session(Signature(session.key, scheme)).send(
            stream, "execute_request", content=injection_request()
        )
