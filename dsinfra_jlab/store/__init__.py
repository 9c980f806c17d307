"""Where runs are kept: the only part that knows SQL."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .gateway import SqlStore

__all__ = ["SqlStore", "artifacts_folder", "default_url"]


def default_url(directory: Path) -> str:
    """Return the URL of the embedded database in ``directory``; nothing is made yet."""
    return f"sqlite:///{(directory / 'store.sqlite').absolute()}"


def artifacts_folder(directory: Path, url: str) -> Path:
    """Return where the artifacts of the store at ``url`` are kept on this machine.

    Each store has a folder of its own, since contents that no run of a store has are deleted:
    beside the file of an embedded database, and in ``directory`` for any other.
    """
    place = url.partition("?")[0]
    if place.startswith("sqlite:///") and not place.endswith(":memory:"):
        return Path(place.removeprefix("sqlite:///")).absolute().with_suffix(".artifacts")
    without_password = re.sub(r"(//[^:/@]*):[^@]*@", r"\1@", place)
    digest = hashlib.sha256(without_password.encode("utf-8", "surrogatepass")).hexdigest()
    return directory / f"artifacts-{digest[:12]}"


def __getattr__(name: str) -> Any:
    # SQLAlchemy takes longer to import than all the rest: only who opens a store pays.
    if name == "SqlStore":
        from .gateway import SqlStore

        return SqlStore
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
