"""Real failing cells, and the advice that comes of what is seen of them.

Libraries that are not in the tests' own environment are looked for in the interpreter that
``DSINFRA_LIBRARIES_PYTHON`` names, else in the environment of the libraries of data science;
cells that need one which is nowhere are skipped.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import subprocess
import sys
from typing import Any

import pytest

from .advised import advice_on, run_all, sighting_of
from .environments import ML, python_of
from .failing_cells import ALL, Failing


@functools.cache
def _other() -> str:
    """Return an interpreter with more libraries; empty if there is none."""
    named = os.environ.get("DSINFRA_LIBRARIES_PYTHON", "")
    if named:
        return named
    try:
        return python_of(ML)
    except pytest.skip.Exception:
        return ""


@functools.cache
def _is_there(module: str) -> bool:
    if not _other():
        return False
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
    return subprocess.run([_other(), "-c", code], capture_output=True, check=False).returncode == 0


def _python_for(cell: Failing) -> str:
    needs = cell.needs.split()
    if all(importlib.util.find_spec(each) for each in needs):
        return sys.executable
    return _other() if all(_is_there(each) for each in needs) else ""


@functools.cache
def _seen() -> dict[int, Any]:
    """Run all cells, those of one interpreter in one process."""
    found: dict[int, Any] = {}
    for python in dict.fromkeys(_python_for(cell) for cell in ALL):
        own = [place for place, cell in enumerate(ALL) if _python_for(cell) == python]
        if python:
            results = run_all(python, [(ALL[place].code, False) for place in own])
            found.update(zip(own, results, strict=True))
    return found


def _name(cell: Failing) -> str:
    return cell.code.splitlines()[-1][:50].strip()


@pytest.mark.parametrize("place", range(len(ALL)), ids=[_name(cell) for cell in ALL])
def test_a_failing_cell_gets_the_right_advice_or_none(place: int) -> None:
    cell = ALL[place]
    if place not in _seen():
        pytest.skip(f"no interpreter here has {cell.needs}")
    seen = _seen()[place]
    assert seen is not None, "the cell did not fail"
    advice = advice_on(sighting_of(cell.code, seen))

    if cell.advice is None:
        assert advice == []
        return
    assert advice, (seen["ename"], seen["evalue"], seen["facts"])
    first = advice[0]
    assert cell.advice in first.text
    assert cell.evidence in first.evidence
    if cell.action is not None:
        assert first.action == cell.action
    assert first.text.endswith((".", "?"))
    assert first.evidence.endswith(".")
