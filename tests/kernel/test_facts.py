"""What is seen around an error, and what never happens on the way."""

from __future__ import annotations

import gc
import json
import linecache
import sys
import time
import weakref
from dataclasses import replace
from types import FrameType
from typing import Any

import pandas as pd
import pytest

from dsinfra_jlab.domain.errors.advice.advising import advise
from dsinfra_jlab.domain.errors.occurrences import Category
from dsinfra_jlab.domain.errors.sightings import ErrorSeen
from dsinfra_jlab.domain.tracking.probe_reading import read_events
from dsinfra_jlab.kernel import limits
from dsinfra_jlab.kernel.facts import find_facts
from dsinfra_jlab.kernel.facts_code import is_library

from ..domain.errors.advice.test_advising import SIGHTING
from .advised import advice_on, run_all, sighting_of
from .environments import OLDEST, python_of
from .failing_cells import CALLS, KEYS, NAMES
from .kernels import Kernel

_HOSTILE = """
import time
class Meta(type):
    def __instancecheck__(cls, other): raise RuntimeError("asked")
    def __getattribute__(cls, name):
        if name.startswith("__") and name not in ("__name__", "__qualname__"):
            return type.__getattribute__(cls, name)
        raise RuntimeError("asked")
class Hostile(metaclass=Meta):
    def __getattribute__(self, name): called.append(name); raise RuntimeError("asked")
    def __repr__(self): called.append("repr"); time.sleep(5); raise RuntimeError("asked")
    __str__ = __repr__
    def __eq__(self, other): called.append("eq"); raise RuntimeError("asked")
    def __hash__(self): return 1
    def __len__(self): called.append("len"); raise RuntimeError("asked")
    def __iter__(self): called.append("iter"); raise RuntimeError("asked")
    def __bool__(self): called.append("bool"); raise RuntimeError("asked")
    @property
    def __class__(self): called.append("class"); raise RuntimeError("asked")
called = []
x = Hostile()
d = {"a": x}
"""


def fail(code: str, namespace: dict[str, Any]) -> tuple[BaseException, list[tuple[FrameType, int]]]:
    """Run a cell that fails; return its error and frames."""
    file = f"/tmp/ipykernel_1/{abs(hash(code))}.py"
    linecache.cache[file] = (len(code), None, code.splitlines(True), file)
    try:
        exec(compile(code, file, "exec"), namespace)
    except BaseException as error:
        frames, traceback = [], error.__traceback__
        while traceback is not None:
            frames.append((traceback.tb_frame, traceback.tb_lineno))
            traceback = traceback.tb_next
        return error, frames[1:]
    raise AssertionError("it did not fail")


def facts_of(
    code: str, namespace: dict[str, Any] | None = None, *, seconds: float = 1.0, **options: Any
) -> list[dict[str, Any]]:
    names = {"__name__": "__main__"} if namespace is None else namespace
    error, frames = fail(code, names)
    return find_facts(error, frames, names, time.perf_counter() + seconds, **options)


@pytest.mark.parametrize(
    "last",
    [
        "x + 1",
        "x.nothing",
        "x['a']",
        "x()",
        "1 @ x",
        "d['b']",
        "d['a'].b",
        "[1, 2][x]",
        "int(x)",
        "a, b = x",
        "raise ValueError(x)",
        "raise KeyError(x)",
        "raise x",
        "x == 1",
        "missing(x)",
        "import json; json.dumps(x)",
        "import pickle; pickle.dumps([x])",
        "float('nan') @ x",
        "f(x, zz=1)",
    ],
)
def test_nothing_of_the_users_objects_is_run(last: str) -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    error, frames = fail(f"{_HOSTILE}\ndef f(a): pass\n{last}", namespace)
    namespace["called"].clear()
    began = time.perf_counter()

    facts = find_facts(error, frames, namespace, time.perf_counter() + 5)

    assert namespace["called"] == []
    assert time.perf_counter() - began < 1
    json.dumps(facts)


def test_labels_of_the_users_classes_are_not_compared() -> None:
    namespace: dict[str, Any] = {"__name__": "__main__", "pd": pd}
    code = (
        "asked = []\nclass Label:\n    def __eq__(self, other): asked.append(other); return False\n"
        "    def __hash__(self): asked.append(0); return 1\n"
        "df = pd.DataFrame([[1, 2]], columns=[Label(), 'a'])\ndf['b']"
    )
    error, frames = fail(code, namespace)
    namespace["asked"].clear()

    facts = find_facts(error, frames, namespace, time.perf_counter() + 1)

    assert namespace["asked"] == []
    assert all(fact["topic"] != "missing_key" for fact in facts)


def test_what_a_class_of_the_users_says_of_its_error_is_not_asked() -> None:
    code = """
asked = []
class Missing(AttributeError):
    @property
    def name(self): asked.append("name")
    obj = name
class Lost(ImportError, OSError):
    @property
    def filename(self): asked.append("filename")
raise Missing("x has no attribute 'y'")
"""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    facts_of(code, namespace)

    assert namespace["asked"] == []


def test_a_function_in_a_long_module_is_found() -> None:
    filler = "".join(f"value_{number} = {number}\n" for number in range(3_000))
    code = (
        f"{filler}class Box:\n    def get(self, key):\n        known = {{'alpha': 1}}\n"
        f"        return known[\n            key\n        ]\n{filler}"
    )
    namespace: dict[str, Any] = {"__name__": "__main__"}
    error, frames = fail(f"{code}\nBox().get('alhpa')", namespace)

    facts = find_facts(error, frames, namespace, time.perf_counter() + 1)

    (fact,) = [each for each in facts if each["topic"] == "missing_key"]
    assert (fact["expression"], fact["near"]) == ("known", ["alpha"])


def test_an_error_with_a_hostile_class_is_no_trouble() -> None:
    code = """
class Meta(type):
    def __getattribute__(cls, name): raise RuntimeError("asked")
class Trouble(Exception, metaclass=Meta):
    def __str__(self): raise RuntimeError("asked")
    @property
    def args(self): raise RuntimeError("asked")
raise Trouble("a")
"""
    assert facts_of(code) == []


def test_there_are_no_frames_and_no_source() -> None:
    assert find_facts(KeyError("a"), [], {}, time.perf_counter() + 1) == []
    try:
        exec("{}['a']", {})
    except KeyError as error:
        assert error.__traceback__ is not None
        frame = error.__traceback__.tb_next
        assert frame is not None
        frames = [(frame.tb_frame, 1)]
        assert find_facts(error, frames, {}, time.perf_counter() + 1) == []


def test_after_the_deadline_nothing_is_looked_at() -> None:
    assert facts_of("d = {'alpha': 1}\nd['alhpa']", seconds=-1) == []


def test_the_deadline_is_kept_with_large_data() -> None:
    code = (
        "import pandas as pd\n"
        "s = pd.Series(['1'] * 3_000_000 + ['x'], dtype=object)\n"
        "s.astype(float)"
    )
    namespace: dict[str, Any] = {"__name__": "__main__"}
    error, frames = fail(code, namespace)
    began = time.perf_counter()

    facts = find_facts(error, frames, namespace, began + 0.05)

    assert time.perf_counter() - began < 0.5
    assert all(fact["topic"] != "conversion" for fact in facts)


def test_a_thousand_names_and_columns_cost_milliseconds() -> None:
    code = (
        "import pandas as pd\nglobals().update({f'name_{i}': i for i in range(5_000)})\n"
        "df = pd.DataFrame([range(1_000)], columns=[f'column_{i}' for i in range(1_000)])\n"
    )
    for last in ("nmae_77", "df['colunm_77']"):
        namespace: dict[str, Any] = {"__name__": "__main__"}
        error, frames = fail(code + last, namespace)
        began = time.perf_counter()
        facts = find_facts(error, frames, namespace, began + 5)
        assert facts
        assert time.perf_counter() - began < 0.5


def test_facts_hold_no_values_unless_asked() -> None:
    code = "import pandas as pd\ns = pd.Series(['1', 'secret-7'])\ns.astype(float)"

    assert "secret-7" not in json.dumps(facts_of(code))
    assert "secret-7" in json.dumps(facts_of(code, values=True))


def test_nothing_of_the_users_stays_alive() -> None:
    namespace: dict[str, Any] = {"__name__": "__main__", "pd": pd}
    code = "df = pd.DataFrame({'price': ['1', 'x']})\ndf['price'].astype(float)"
    error, frames = fail(code, namespace)
    table = weakref.ref(namespace["df"])
    assert find_facts(error, frames, namespace, time.perf_counter() + 1)

    error.__traceback__ = None
    del error, frames
    namespace.clear()
    gc.collect()

    assert table() is None


def test_facts_are_bounded() -> None:
    long = "k" * 5_000
    code = f"d = {{f'{long}{{i}}': i for i in range(3_000)}}\nd['{long}']"

    assert len(json.dumps(facts_of(code))) <= limits.FACTS_MAX_CHARS


def test_the_expression_that_failed_is_told_from_others_in_its_line() -> None:
    if sys.version_info < (3, 11):
        pytest.skip("Python tells the expression from 3.11 on")
    code = "a = {'alpha': 1}; b = {'omega': 2}\nc = a['alpha'] + b['oemga']"

    (fact,) = [each for each in facts_of(code) if each["topic"] == "missing_key"]

    assert (fact["expression"], fact["near"]) == ("b", ["omega"])


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("/tmp/ipykernel_12/345.py", False),
        ("/home/ann/project/tools.py", False),
        ("<ipython-input-1-abc>", False),
        ("<timed exec>", False),
        ("/x/site-packages/pandas/core/frame.py", True),
        ("/usr/lib/python3/dist-packages/numpy/x.py", True),
        (json.__file__, True),
        ("<frozen importlib._bootstrap>", True),
        ("<__array_function__ internals>", True),
        ("pandas/_libs/lib.pyx", True),
    ],
)
def test_libraries_are_told_from_the_users_code(file: str, expected: bool) -> None:
    assert is_library(file) is expected


def test_the_oldest_python_says_the_same() -> None:
    python = python_of(OLDEST)
    cells = [cell for cell in [*NAMES, *KEYS, *CALLS] if not cell.needs]
    agreed = 0
    for cell, seen in zip(cells, run_all(python, [(c.code, False) for c in cells]), strict=True):
        assert seen is not None
        advice = advice_on(sighting_of(cell.code, seen))
        if cell.advice is None:
            assert advice == [], cell.code
        elif advice:
            assert cell.advice in advice[0].text, (cell.code, seen["evalue"], seen["facts"])
            agreed += 1
    assert agreed >= 0.8 * sum(1 for cell in cells if cell.advice)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("train['price']", "column `'price '`"),
        ("%%time\ntrain['price']", "column `'price '`"),
        ("%%time\nx = trian", "`train`"),
        ("trian", "`train`"),
        ("await trian", "`train`"),
        ("def f():\n    return np_array + trian\nnp_array = 1\nf()", "`train`"),
        ("train['n'].astype(int)", "row 1 of `train['n']`"),
        ("for epoch in range(3):\n    train['zz']", "Ask for one of the columns of `train`"),
        ("import pnadas", "`import pandas`"),
        ("%%memray_flamegraph\n1", "%load_ext memray"),
        ("1 / 0", None),
    ],
)
def test_what_a_real_kernel_says_becomes_advice(
    kernel: Kernel, code: str, advice: str | None
) -> None:
    kernel.ok("import pandas as pd\ntrain = pd.DataFrame({'price ': [1, 2], 'n': ['1', 'x']})")

    done = kernel.run(code)

    (event,) = done.of_kind("error")
    (seen,) = read_events({"v": 1, "events": [event]}, [])[0]
    assert isinstance(seen, ErrorSeen)
    found = advise(replace(SIGHTING, code=code, seen=seen), seen.exceptions, 0, Category.unknown)
    if advice is None:
        assert found == []
    else:
        assert advice in found[0].text
