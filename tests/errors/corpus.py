"""Cells that really fail, with what a person would say of the error.

The line at which the error leaves the cell is marked by ``#!`` at its end; the mark is taken off
before the cell is run. A case of a library is not run where the library is not there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import dedent

MARK = "#!"


@dataclass(frozen=True)
class Case:
    """A cell that fails."""

    name: str
    category: str
    code: str
    line: int | None
    needs: tuple[str, ...]
    """Modules without which it cannot be run."""
    severity: str = "error"
    kind: str = "exception"
    setup: str = ""
    """A cell to be run before it."""

    @property
    def id(self) -> str:
        return f"{'-'.join(self.needs) or 'python'}-{self.name}"


def case(
    name: str,
    category: str,
    code: str,
    *needs: str,
    severity: str = "error",
    kind: str = "exception",
    setup: str = "",
) -> Case:
    """Return a case; the mark in its code becomes the expected line."""
    lines = dedent(code).strip("\n").splitlines()
    marked = [number for number, line in enumerate(lines, 1) if line.endswith(MARK)]
    plain = "\n".join(line.removesuffix(MARK).rstrip() for line in lines)
    line = marked[0] if marked else None
    return Case(name, category, plain, line, needs, severity, kind, dedent(setup).strip("\n"))


_HEAD = re.compile(r"# %% (?P<name>[\w-]+)(?:: (?P<category>\w+)(?: (?P<severity>\w+))?)?$")


def cells(text: str, *needs: str) -> list[Case]:
    """Return the cases of a script whose cells begin with ``# %% name: category severity``.

    Cells without a category are meant to succeed, and are run before the next one that has one.
    """
    cases: list[Case] = []
    head: re.Match[str] | None = None
    code: list[str] = []
    setup = ""
    for line in [*dedent(text).strip("\n").splitlines(), "# %% end"]:
        found = _HEAD.match(line)
        if found is None:
            code.append(line)
            continue
        if head is not None and head["category"]:
            told = {"severity": head["severity"] or "error", "setup": setup}
            cases.append(
                case(f"work-{head['name']}", head["category"], "\n".join(code), *needs, **told)
            )
            setup = ""
        elif head is not None:
            setup = "\n".join((setup, *code)).strip("\n")
        head, code = found, []
    return cases
