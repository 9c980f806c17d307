"""What is told of the user's functions by their code."""

from __future__ import annotations

import types
from typing import Any

import pytest

from dsinfra_jlab.kernel.names_code import facts_of

CHANGING = [
    "def f(table):\n    table += 1",
    "def f(table):\n    table[0] = 1",
    "def f(table):\n    table.sort()",
    "def f(table):\n    del table[0]",
    "def f(model):\n    model.lr = 1",
    "def f(*, table):\n    other = 1\n    table *= 2\n    return other",
]
HARMLESS = [
    "def f(table):\n    total = 0\n    for each in table:\n        total += each\n    return total",
    "def f(x):\n    return x * x + 1",
    "def f(x):\n    x = x + 1\n    return x",
    "def f(weights, x):\n    return sum(w * x for w in weights)",
]


def code_of(source: str) -> types.CodeType:
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    code: types.CodeType = namespace["f"].__code__
    return code


@pytest.mark.parametrize("source", CHANGING)
def test_a_function_that_may_change_what_it_is_given(source: str) -> None:
    assert facts_of(code_of(source)).is_storing


@pytest.mark.parametrize("source", HARMLESS)
def test_a_function_that_only_looks_at_it(source: str) -> None:
    assert not facts_of(code_of(source)).is_storing


def test_names_that_a_function_binds_for_the_notebook() -> None:
    code = code_of("def f():\n    global best, other\n    best = 1")
    assert facts_of(code).stored == {"best"}
