"""Errors of kernels that do not run Python, from their text."""

from __future__ import annotations

from .sightings import SeenException


def read_other_language(
    ename: str, evalue: str, text: str, language: str
) -> tuple[SeenException, ...]:
    """Return the error of a kernel of another language."""
    return (
        SeenException(ename=ename, module="", bases=(), evalue=evalue, evalue_chars=len(evalue)),
    )
