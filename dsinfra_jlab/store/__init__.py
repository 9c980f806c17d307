"""Where runs are kept: the only part that knows SQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .gateway import SqlStore

__all__ = ["SqlStore", "default_url"]


def default_url(directory: Path) -> str:
    """Return the URL of the embedded database in ``directory``; nothing is made yet."""
    return f"sqlite:///{(directory / 'store.sqlite').absolute()}"


def __getattr__(name: str) -> Any:
    # SQLAlchemy takes longer to import than all the rest: only who opens a store pays.
    if name == "SqlStore":
        from .gateway import SqlStore

        return SqlStore
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
