"""What a value may be, said beside its type and checked from there.

A bound stands in the ``Annotated`` type of a field. The check of what a caller sends
and the API document both read it, so neither can differ from the other.
"""

from __future__ import annotations

import typing
from dataclasses import dataclass
from typing import Any

from .exceptions import BadInput

__all__ = ["Between", "ItemCount", "MaxChars", "bounds_of", "check_bounds"]


@dataclass(frozen=True, slots=True)
class Between:
    """A number from ``least`` to ``most``, both allowed."""

    least: float
    most: float

    def complaint(self, value: Any) -> str | None:
        """Return what is wrong with ``value``, or nothing; what is no number lies nowhere."""
        if not isinstance(value, int | float) or self.least <= value <= self.most:
            return None
        return f"must be from {self.least} to {self.most}, not {value}"


@dataclass(frozen=True, slots=True)
class MaxChars:
    """A text of at most ``most`` characters; for a list, each of its texts."""

    most: int

    def complaint(self, value: Any) -> str | None:
        """Return what is wrong with ``value``, or nothing."""
        texts = value if isinstance(value, list) else [value]
        longest = max((len(text) for text in texts if isinstance(text, str)), default=0)
        if longest <= self.most:
            return None
        return f"must have at most {self.most} characters, not {longest}"


@dataclass(frozen=True, slots=True)
class ItemCount:
    """A list of ``least`` to ``most`` items, both allowed."""

    least: int
    most: int

    def complaint(self, value: Any) -> str | None:
        """Return what is wrong with ``value``, or nothing."""
        if not isinstance(value, list) or self.least <= len(value) <= self.most:
            return None
        return f"must be given {self.least} to {self.most} times, not {len(value)}"


Bound = Between | ItemCount | MaxChars


def bounds_of(kind: type) -> dict[str, Bound]:
    """Return the bound of each field of a dataclass that has one."""
    found: dict[str, Bound] = {}
    for name, hint in typing.get_type_hints(kind, include_extras=True).items():
        for note in getattr(hint, "__metadata__", ()):
            if isinstance(note, Between | ItemCount | MaxChars):
                found[name] = note
    return found


def check_bounds(value: object) -> None:
    """Check every bounded field of a dataclass.

    Raises
    ------
    BadInput
        A field is out of its bounds; the message and ``details.field`` name it.
    """
    for name, bound in bounds_of(type(value)).items():
        complaint = bound.complaint(getattr(value, name))
        if complaint is not None:
            raise BadInput(f"{name} {complaint}.", {"field": name})
