"""What the server knows of a kernel that it watches."""

from __future__ import annotations

from dataclasses import dataclass

from ..domain.ids import KernelId
from ..domain.runs.records import Document


@dataclass(frozen=True, slots=True)
class WatchedKernel:
    """A kernel as it was started, and what it belongs to."""

    id: KernelId
    name: str
    document: Document
    language: str | None
    argv: tuple[str, ...]
    """The command of its kernelspec; tells which interpreter runs it."""
    cwd: str
    """The folder it was started in."""
    variables: tuple[tuple[str, str], ...] = ()
    """Environment variables that its kernelspec sets."""
