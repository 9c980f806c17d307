"""Puts the probe into kernels: what is sent, and on which way."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any

from ..domain.ids import KernelId
from ..domain.messages import Signature
from ..kernel.bundle import injection_expression
from ..services.probes import EXPRESSION
from .kernel_channels import own_session
from .observer import KernelObserver

SENT_THROUGH_MAX = 3
"""How often the probe is sent ahead of a client's cells before the kernel is let be."""

_COUNT = "_dsinfra_sent"


@lru_cache(maxsize=1)
def injection_request() -> dict[str, Any]:
    """Return the request that loads the probe.

    It runs no code: the probe is loaded by a user expression. So it leaves no trace in history,
    counts or the namespace, and an error in it reaches us and nobody else.
    """
    return {
        "code": "",
        "silent": True,
        "store_history": False,
        "user_expressions": {EXPRESSION: injection_expression()},
        "allow_stdin": False,
        "stop_on_error": False,
    }


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
