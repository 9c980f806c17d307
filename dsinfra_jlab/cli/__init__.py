"""The command line: ``jupyter dsinfra …`` asks the store itself, with or without a server."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says, and return the status of the process."""
    from .program import run

    return run(arguments)
