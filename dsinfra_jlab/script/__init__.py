"""Recording from a plain Python script or a test: the same calls, the same store, no kernel.

The environment variable ``DSINFRA_SCRIPTS`` decides: ``store`` (the default) writes where the
Jupyter server of this user writes, ``off`` writes nothing. Which of the two it is, is said in
one line on stderr when something is first logged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .sinks import Sink

__all__ = ["sink"]


def sink() -> Sink:
    """Return where events of this process go; the first call begins to record.

    Returns at once: libraries are loaded and the store is opened by a thread of our own.
    """
    from .sinks import current

    return current()
