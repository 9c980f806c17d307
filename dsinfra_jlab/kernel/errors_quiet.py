"""Marks the time in which the probe itself looks at the user's objects."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Looking(threading.local):
    is_on = False


_looking = _Looking()


@contextmanager
def looking() -> Iterator[None]:
    """Mark that what libraries warn of in this thread is our doing and not the user's."""
    before, _looking.is_on = _looking.is_on, True
    try:
        yield
    finally:
        _looking.is_on = before


def is_looking() -> bool:
    """Return whether the probe is looking at objects in this thread."""
    return _looking.is_on
