"""Which names a cell needs: the battery of ``needs_cells``, and what byte code says of it."""

from __future__ import annotations

import ast
import dis
import types
from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from dsinfra_jlab.kernel import needs, parcel_limits
from dsinfra_jlab.kernel.needs import Needs, find_needs

from .needs_cells import CELLS, THERE, Cell

SHARE_EXACT = 0.95


@pytest.fixture(scope="module")
def namespace() -> dict[str, Any]:
    module = types.ModuleType("__main__")
    exec(compile(THERE, "<cell>", "exec"), module.__dict__)
    return module.__dict__


def needs_of(code: str, namespace: dict[str, Any], hidden: dict[str, Any] | None = None) -> Needs:
    plain = TransformerManager().transform_cell(code)
    return find_needs(plain, namespace, {} if hidden is None else hidden)


@pytest.mark.parametrize("cell", CELLS, ids=lambda each: each.code[:30])
def test_no_needed_name_is_missed(cell: Cell, namespace: dict[str, Any]):
    found = needs_of(cell.code, namespace)
    assert found.names >= set(cell.needs.split())
    assert found.missing == set(cell.missing.split())
    if cell.binds is not None:
        assert found.binds == set(cell.binds.split())


def test_nearly_all_are_exact(namespace: dict[str, Any]):
    assert len(CELLS) >= 60
    wrong = {
        cell.code: sorted(found ^ set(cell.needs.split()))
        for cell in CELLS
        if (found := needs_of(cell.code, namespace).names) != set(cell.needs.split())
    }
    assert len(wrong) <= len(CELLS) * (1 - SHARE_EXACT), wrong


def _looked_up(code: types.CodeType) -> Iterator[str]:
    """Yield the names that a cell's byte code looks up before it stores them, in straight lines.

    Only where it has no jumps: an independent reading of the simplest cells.
    """
    stored: set[str] = set()
    for step in dis.get_instructions(code):
        if "JUMP" in step.opname or step.opname in ("FOR_ITER", "SETUP_FINALLY", "SEND"):
            return
        if step.opname in ("LOAD_NAME", "LOAD_GLOBAL", "DELETE_NAME"):
            if step.argval not in stored:
                yield str(step.argval)
        elif step.opname in ("STORE_NAME", "STORE_GLOBAL"):
            stored.add(str(step.argval))


def test_byte_code_finds_nothing_that_is_missed(namespace: dict[str, Any]):
    compared = 0
    for cell in CELLS:
        plain = TransformerManager().transform_cell(cell.code)
        try:
            code = compile(plain, "<cell>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        except SyntaxError:
            continue
        there = {name for name in _looked_up(code) if name in namespace}
        there -= {"__name__", "__builtins__"}
        assert there <= needs_of(cell.code, namespace).names | {"get_ipython"}, cell.code
        compared += bool(there)
    assert compared > 30


@pytest.mark.parametrize(
    ("code", "sign"),
    [
        ("eval('a')", "eval()"),
        ("exec(x)", "exec()"),
        ("globals()['a']", "globals()"),
        ("vars()['a']", "vars()"),
        ("from math import *", "from math import *"),
        ("df.query('a > @b')", '.query("@…")'),
        ("df.eval(text)", '.eval("@…")'),
        ("import __main__", "import __main__"),
        ("sys.modules['__main__'].a", '["__main__"]'),
        ("get_ipython().user_ns", "get_ipython().user_ns"),
        ("%run other.py", "%run"),
        ("%%time\nexec(x)", "exec()"),
    ],
)
def test_what_may_hide_names_is_told(code: str, sign: str, namespace: dict[str, Any]):
    assert needs_of(code, namespace).signs == (sign,)


@pytest.mark.parametrize(
    "code", ["vars(a)", "df.query(column='a')", "model.eval()", "re.compile(x)"]
)
def test_what_hides_none_is_not(code: str, namespace: dict[str, Any]):
    assert needs_of(code, namespace).signs == ()


def test_ipythons_own_names_are_not_sent(namespace: dict[str, Any]):
    own = namespace["items"]
    assert needs_of("items; In; Out; quit", namespace, {"items": own}).names == set()
    assert needs_of("items", namespace, {"items": [1, 2, 3]}).names == {"items"}


def test_results_of_earlier_cells_are_told_of(namespace: dict[str, Any]):
    own = {"_": 3, "_7": [3], "_i": "1 + 2", "Out": {}, "In": [""], "quit": quit}
    there = {**namespace, **own}
    found = needs_of("_ + _7[0]; Out[3]; quit", there, own)
    assert found.results == {"_", "_7", "Out"}
    assert not found.names & own.keys()
    assert not found.signs


@pytest.mark.parametrize("code", ["for _ in range(3): print(_)", "_ = a\n_", "[_ for _ in b]"])
def test_a_name_that_the_cell_gives_anew_is_no_result(code: str, namespace: dict[str, Any]):
    own = {"_": 3}
    assert needs_of(code, {**namespace, **own}, own).results == set()


def test_an_underscore_of_the_users_own_is_sent(namespace: dict[str, Any]):
    found = needs_of("_('text')", {**namespace, "_": str.upper}, {"_": ""})
    assert found.names == {"_"}
    assert found.results == set()


def test_very_long_code_is_looked_through_for_words(namespace: dict[str, Any]):
    code = "q = a\n" * (parcel_limits.CODE_MAX_CHARS // 6 + 1)
    found = needs_of(code, namespace)
    assert found.names == {"a"}
    assert found.analysis == "too_large"
    assert found.signs


def test_code_that_is_nested_too_deeply_is_looked_through_for_words(namespace: dict[str, Any]):
    found = needs_of("not " * 20_000 + "a + b", namespace)
    assert found.names >= {"a", "b"}


def test_many_uses_of_functions_do_not_take_for_ever(namespace: dict[str, Any]):
    many = dict(namespace)
    code = "\n".join(f"def f{n}(): return f{n - 1}() + f{n - 2}()" for n in range(2, 60))
    code = f"f0 = f1 = g\n{code}"
    exec(compile(code, "<cell>", "exec"), many)
    found = needs_of("f59()", many)
    assert found.names >= {f"f{n}" for n in range(60)} | {"K"}


def test_paths_and_imports_are_told(namespace: dict[str, Any]):
    found = needs_of("import os.path as p\nfrom json import decoder\nET.x.y(a.b)", namespace)
    assert found.modules == {"os.path", "json", "json.decoder"}
    assert {"ET.x.y", "ET.x", "a.b"} <= found.paths


def test_objects_of_the_users_are_not_asked(namespace: dict[str, Any]):
    class Trap:
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(name)

        def __eq__(self, other: object) -> bool:
            raise AssertionError

        def __hash__(self) -> int:
            raise AssertionError

        def __bool__(self) -> bool:
            raise AssertionError

    there = {"trap": Trap()}
    assert needs.find_needs("trap + 1", there, {}).names == {"trap"}
