"""What the code of cells says of the classes of errors that were only read from a text."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from .sightings import SeenException

_DEEPEST = 8
"""Of own classes upon own classes; far more than anybody writes."""

_OWN_MODULE = "__main__"


def with_bases(
    exceptions: Sequence[SeenException], codes: Iterable[str]
) -> tuple[SeenException, ...]:
    """Return exceptions with module and bases, where their classes are defined in cells.

    Parameters
    ----------
    codes
        Of cells, the one looked at first first.
    """
    unknown = {seen.ename for seen in exceptions if not seen.module and not seen.bases}
    unknown = {name for name in unknown if name.isidentifier() and not hasattr(builtins, name)}
    if not unknown:
        return tuple(exceptions)
    own = [code for code in codes if "class " in code]
    known = {name: bases for name in unknown if (bases := _bases_of(name, own)) is not None}
    return tuple(
        replace(seen, module=_OWN_MODULE, bases=known[seen.ename]) if seen.ename in known else seen
        for seen in exceptions
    )


def _bases_of(name: str, codes: Sequence[str]) -> tuple[str, ...] | None:
    """Return the bases of a class up to the first that no cell defines; ``None`` if none does."""
    found: list[str] = []
    for depth in range(_DEEPEST):
        base = _first_base(name, codes)
        if base is None:
            return tuple(found) if depth else None
        name = base
        is_builtin = isinstance(getattr(builtins, name, None), type)
        found.append(f"builtins.{name}" if is_builtin else base)
        if is_builtin:
            kin = getattr(builtins, name).__mro__[1:-1]
            return (*found, *(f"builtins.{each.__name__}" for each in kin))
    return tuple(found)


def _first_base(name: str, codes: Sequence[str]) -> str | None:
    pattern = re.compile(rf"^[ \t]*class {re.escape(name)}\s*\(\s*([A-Za-z_][\w.]*)", re.MULTILINE)
    for code in codes:
        if found := pattern.search(code):
            return found[1]
    return None
