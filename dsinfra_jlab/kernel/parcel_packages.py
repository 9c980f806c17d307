"""Compares what a cell uses here with what there is on its target."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .loaded import normalised, owners_of

_STANDARD: frozenset[str] = getattr(sys, "stdlib_module_names", frozenset(sys.builtin_module_names))


class Difference(NamedTuple):
    """A package that a cell uses and that is another one there."""

    package: str
    here: str
    there: str | None
    """Null where it is missing."""

    @property
    def is_large(self) -> bool:
        """Whether more than the last part of the version differs."""
        return self.there is None or self.here.split(".")[:2] != self.there.split(".")[:2]


def differences(modules: Iterable[str], there: Mapping[str, str]) -> list[Difference]:
    """Return the packages that some modules belong to and that differ from those there."""
    tops = {name.partition(".")[0] for name in modules}
    tops -= _STANDARD | {"__main__", "dsinfra_jlab", "dsinfra_jlab_cloudpickle"}
    versions = {normalised(name): version for name, version in there.items()}
    found: dict[str, Difference] = {}
    for package, here in sorted(set(owners_of(tops).values())):
        version = versions.get(normalised(package))
        if version != here and here:
            found[package] = Difference(package, here, version)
    return list(found.values())
