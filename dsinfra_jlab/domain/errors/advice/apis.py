"""Advice on what libraries have removed or renamed; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..occurrences import Advice
from .api_modules import IN_MODULES, PARAMETERS
from .api_objects import IN_OBJECTS
from .case import Case, text

_MODULE_ATTRIBUTE = re.compile(r"module '([\w.]+)' has no attribute '(\w+)'")
_OBJECT_ATTRIBUTE = re.compile(r"'([\w.]+)' object has no attribute '(\w+)'")
_UNEXPECTED = re.compile(
    r"(?:\b(?:(\w{1,80})\.)?(\w{1,80})\(\) |^)got an unexpected keyword argument '(\w+)'"
)
_IMPORT = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")


def on_removed_apis(case: Case) -> Iterator[Advice]:
    """Name what replaces what a library no longer has, or never had."""
    if case.ename == "AttributeError":
        yield from _attribute(case)
    elif case.ename == "ImportError":
        match = _IMPORT.search(case.evalue)
        instead = IN_MODULES.get(match[2], {}).get(match[1]) if match else None
        if match is not None and instead:
            yield _replaced(f"{match[2]}.{match[1]}", instead)
        elif "`load_boston` has been removed" in case.evalue:
            instead = IN_MODULES["sklearn.datasets"]["load_boston"]
            yield _replaced("sklearn.datasets.load_boston", instead)
    elif case.ename == "TypeError":
        match = _UNEXPECTED.search(case.evalue)
        if match is not None:
            owner = match[1] if match[2] == "__init__" else match[2] or _called(case, match[3])
            instead = PARAMETERS.get((owner or "", match[3]))
            if instead:
                yield Advice(
                    f"Use `{instead}` instead of `{match[3]}`."
                    if instead.isidentifier()
                    else f"Use {instead} instead of `{match[3]}`.",
                    f"The installed version of `{owner}` takes no argument `{match[3]}`.",
                )


def _called(case: Case, parameter: str) -> str:
    """Return the function of the table that the statement calls with a parameter."""
    if not re.search(rf"\b{parameter}\s*=", case.statement):
        return ""
    known = {function for function, name in PARAMETERS if name == parameter}
    found = [each for each in known if re.search(rf"\b{each}\(", case.statement)]
    return found[0] if len(found) == 1 else ""


def _attribute(case: Case) -> Iterator[Advice]:
    match = _MODULE_ATTRIBUTE.search(case.evalue)
    if match is not None:
        instead = IN_MODULES.get(match[1], {}).get(match[2])
        if instead:
            yield _replaced(f"{match[1]}.{match[2]}", instead)
        return
    match = _OBJECT_ATTRIBUTE.search(case.evalue)
    if match is None:
        return
    if axes := _taken_for_one(case, match[1], match[2]):
        yield Advice(
            f"Take one of the axes first: `{axes}.flat[0].{match[2]}(…)`.",
            "`plt.subplots` gives an array where it is asked for several axes.",
        )
        return
    instead = IN_OBJECTS.get(_owner(case, match[1]), {}).get(match[2])
    if instead:
        article = "an" if match[1][:1].lower() in "aeiou" else "a"
        yield Advice(
            f"Use {_code(instead)} instead of `.{match[2]}`.",
            f"{article.capitalize()} `{match[1]}` has no `{match[2]}` in the installed version.",
        )


def _taken_for_one(case: Case, owner: str, name: str) -> str:
    """Return the name of an array of axes that was taken for one of them; empty if it is none."""
    used = re.search(rf"\b(axs|axes|ax)\.{name}\(", case.statement or case.code)
    if owner != "numpy.ndarray" or used is None:
        return ""
    made = re.search(rf"\b{used[1]}\b[^=\n]*=[^\n]*\bsubplots\(", case.code)
    return used[1] if made else ""


def _owner(case: Case, name: str) -> str:
    """Return the class of the object with its library, as far as that is certain."""
    owner = text(case.fact("missing_attribute"), "owner")
    if owner:
        return owner
    name = name.rpartition(".")[2] if name not in IN_OBJECTS else name
    if name in IN_OBJECTS:
        return name
    found = {each.partition(".")[0] for each in IN_OBJECTS if each.endswith(f".{name}")}
    seen = found & case.libraries
    return f"{seen.pop()}.{name}" if len(seen) == 1 else ""


def _replaced(name: str, instead: str) -> Advice:
    return Advice(
        f"Use {_code(instead)} instead of `{name}`.",
        f"The installed version has no `{name}`.",
    )


def _code(instead: str) -> str:
    """Return a replacement as code, unless it is prose."""
    is_prose = re.search(r"\b(or|and|the|a|itself|nothing|what|with|on|one)\b", instead)
    return instead if is_prose else f"`{instead}`"
