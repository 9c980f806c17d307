"""What a cell used beyond what its code shows."""

from __future__ import annotations

from typing import Any

import pytest

from dsinfra_jlab.kernel.names import analyse
from dsinfra_jlab.kernel.names_reach import Reach, reach, standing

PRELUDE = """
import math
import random
import json
class Model:
    def fit(self, data): self.w = noise + random.random(); return self
    def score(self, data): return math.sqrt(len(data))
def draw(): return random.random()
def deeper(): return draw() + offset
def root(x): return math.sqrt(x)
def grow(): rows.append(1)
def assign(): table["a"] = 1
def rebind():
    global best
    best = 1
def look(): return rows[0], model.w
noise = 0.1
offset = 2
rows = [1]
table = {"a": 0}
best = 0
model = Model()
go = False
"""


def used(code: str) -> Reach:
    """Run a cell after the prelude, and return what it used."""
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(PRELUDE, space)
    cell = analyse(code)
    before = standing(cell, space)
    has_failed = False
    try:
        exec(compile(code, "<cell>", "exec"), space)
    except Exception:
        has_failed = True
    return reach(cell, before, space, has_failed)


@pytest.mark.parametrize(
    ("code", "reads", "touches"),
    [
        ("x = deeper()", "deeper draw offset random", "random"),
        ("x = root(4)", "root math", ""),
        ("x = model.fit(rows)", "model rows noise random math", "model random"),
        ("grow()", "grow rows", "rows"),
        ("assign()", "assign table", "table"),
        ("rebind()", "rebind best", "best"),
        ("look()", "look rows model noise random math", "model random"),
        ("def late(): return rows", "rows", ""),
        ("def late(): return not_yet", "", ""),
        ("mine = Model()\nmine.fit(rows)", "Model rows noise random math", "mine random"),
        ("print(len(rows))", "rows", ""),
        ("len = 3\nprint(len)", "", ""),
        ("if go: best = 2", "go best", ""),
        ("if not go: best = object()", "go", ""),
        ("for row in rows: best = row", "rows", ""),
    ],
)  # fmt: skip
def test_what_a_cell_used(code: str, reads: str, touches: str) -> None:
    found = used(code)
    assert found.reads == set(reads.split())
    assert found.touches == set(touches.split())


def test_what_a_failed_cell_looked_for_in_vain_is_said() -> None:
    assert "typo" in used("x = typo + offset").reads


def test_without_a_look_before_all_that_the_code_shows_is_read() -> None:
    cell = analyse("x = rows + missing")
    assert reach(cell, None, {"rows": [1]}, False).reads == {"rows", "missing"}


def test_nothing_of_the_users_is_asked() -> None:
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(
        "class Meta(type):\n"
        "    def __getattribute__(cls, name): raise SystemExit\n"
        "    def __eq__(cls, other): raise SystemExit\n"
        "    def __hash__(cls): raise SystemExit\n"
        "class Loud(metaclass=Meta):\n"
        "    def __getattribute__(self, name): raise SystemExit\n"
        "    def __eq__(self, other): raise SystemExit\n"
        "    def __hash__(self): raise SystemExit\n"
        "    def __len__(self): raise SystemExit\n"
        "def f(): return loud\n"
        "loud = Loud()\n",
        space,
    )
    cell = analyse("f()\nif loud: loud = 1")
    found = reach(cell, standing(cell, space), space, False)
    assert {"f", "loud"} <= found.reads and "loud" in found.touches
