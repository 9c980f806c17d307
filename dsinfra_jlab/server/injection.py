"""Puts the probe into kernels: what is sent, and on which way."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from ..domain.ids import KernelId
from ..domain.tracking.messages import Signature
from ..kernel.bundle import injection_request, options_message
from ..kernel.options import Options
from ..kernel.questions import ANSWER_TYPE
from .kernel_channels import own_session
from .observer import KernelObserver

SENT_THROUGH_MAX = 3
"""How often the probe is sent ahead of a client's cells before the kernel is let be."""

_COUNT = "_dsinfra_sent"


class Injector:
    """Sends the probe to kernels."""

    def __init__(
        self, observer: KernelObserver, options: Callable[[], Options], log: logging.Logger
    ) -> None:
        self._observer = observer
        self._options = options
        self._log = log

    def inject(self, kernel_id: KernelId) -> None:
        """Send the probe on our own channel; the kernel takes it when it gets to it."""
        self._observer.send(kernel_id, "shell", "execute_request", self._request())

    def tell_options(self, kernel_id: KernelId) -> None:
        """Tell a kernel that has the probe what the user has set since."""
        content = options_message(self._options())
        self._observer.send(kernel_id, "control", ANSWER_TYPE, content)

    def _request(self) -> dict[str, Any]:
        return injection_request(self._options())

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
            stream, "execute_request", content=self._request()
        )
