"""What is said of the variables at a failure: types and shapes, and values only if wanted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .kernels import Kernel
from .test_bad_input import HOSTILE
from .test_errors import ending

PLAIN = {
    "10": ("int", "", "10"),
    "True": ("bool", "", "True"),
    "10**500": ("int", "1,661 bits", "1,661 bits"),
    "1.5": ("float", "", "1.5"),
    "float('nan')": ("float", "NaN", "NaN"),
    "'secret'": ("str", "6 characters", "6 characters: 'secret'"),
    "b'secret'": ("bytes", "6 bytes", "6 bytes"),
    "bytearray(1)": ("bytearray", "1 byte", "1 byte"),
    "None": ("NoneType", "None", "None"),
    "[1, 'secret']": ("list", "2 items of int, str", "2 items of int, str"),
    "()": ("tuple", "0 items", "0 items"),
    "{1}": ("set", "1 item of int", "1 item of int"),
    "{'k': 1}": ("dict", "1 item, str to int", "1 item, str to int: k"),
    "range(5)": ("range", "5 items", "5 items"),
    "datetime.date(2020, 1, 2)": ("datetime.date", "", "'2020-01-02'"),
    "pathlib.PurePosixPath('/secret')": ("pathlib.PurePosixPath", "", "'/secret'"),
    "Point(1, 'secret')": ("Point", "has x int, y str", "has x int, y str"),
    "ValueError('secret')": ("ValueError", "", ""),
}
ARRAYS = {
    "np.array([[1., np.nan], [np.inf, 2]])": (
        "numpy.ndarray",
        "shape (2, 2), float64, 1 NaN, 1 infinite",
        "shape (2, 2), float64, 1 NaN, 1 infinite, 1.0 to inf",
    ),
    "np.array(['secret', None], dtype=object)": (
        "numpy.ndarray",
        "shape (2,), object, 1 null",
        "shape (2,), object, 1 null",
    ),
    "np.array(['2020-01-01', 'NaT'], dtype='M8[D]')": (
        "numpy.ndarray",
        "shape (2,), datetime64[D], 1 null",
        "shape (2,), datetime64[D], 1 null",
    ),
    "np.zeros((0, 3))": ("numpy.ndarray", "shape (0, 3), float64", "shape (0, 3), float64"),
    "np.int64(3)": ("numpy.int64", "", "3"),
    "np.float32('nan')": ("numpy.float32", "NaN", "NaN"),
}
TABLES = {
    "pd.DataFrame({'a': [1, 2], 'b': ['secret', None], 'c': [1.5, np.nan]})": (
        "pandas.DataFrame",
        "2 rows, 3 columns, 2 nulls: a int64, b str 1 null, c float64 1 null",
        "2 rows, 3 columns, 2 nulls: a int64, b str 1 null, c float64 1 null",
    ),
    "pd.DataFrame()": ("pandas.DataFrame", "0 rows, 0 columns", "0 rows, 0 columns"),
    "pd.DataFrame([[1, 2]], columns=['x', 'x'])": (
        "pandas.DataFrame",
        "1 row, 2 columns: x int64, x int64",
        "1 row, 2 columns: x int64, x int64",
    ),
    "pd.Series([1, None])": (
        "pandas.Series",
        "2 rows, float64, 1 null",
        "2 rows, float64, 1 null, 1.0 to 1.0",
    ),
    "pd.Index([1, 2])": ("pandas.Index", "2 labels, int64", "2 labels, int64"),
    "pa.table({'a': [1, None]})": (
        "pyarrow.Table",
        "2 rows, 1 column, 1 null: a int64 1 null",
        "2 rows, 1 column, 1 null: a int64 1 null",
    ),
    "pa.array([1, None])": (
        "pyarrow.Int64Array",
        "2 rows, int64, 1 null",
        "2 rows, int64, 1 null",
    ),
}
IMPORTS = (
    "import datetime, pathlib, numpy as np, pandas as pd, pyarrow as pa\n"
    "from dataclasses import dataclass\n"
    "@dataclass\nclass Point:\n    x: int\n    y: str\n"
)
CASES = {**PLAIN, **ARRAYS, **TABLES}


@pytest.fixture
def showing(kernel: Kernel) -> Iterator[Kernel]:
    """A kernel whose user wants values."""
    kernel.ok("get_ipython()._dsinfra_probe.set_options({'is_capturing_values': True})")
    yield kernel
    kernel.ok("get_ipython()._dsinfra_probe.set_options({'is_capturing_values': False})")


def variables(kernel: Kernel, code: str) -> dict[str, tuple[str, str]]:
    """Return types and summaries at the innermost frame of the user's.

    A busy machine may leave no time for them, which is said; then it is tried again.
    """
    event = ending(kernel.run(code))
    for _ in range(5):
        if "summaries" not in event["dropped"]:
            break
        event = ending(kernel.run(code))
    exception = event["exceptions"][0]
    own = [frame for frame in exception["frames"] if frame["kind"] != "library"]
    return {each["name"]: (each["type"], each["summary"]) for each in own[-1]["variables"]}


def seen(kernel: Kernel) -> dict[str, tuple[str, str]]:
    kernel.ok(IMPORTS)
    found: dict[str, tuple[str, str]] = {}
    expressions = list(CASES)
    for start in range(0, len(expressions), 10):
        part = expressions[start : start + 10]
        lines = [f"    v{number} = {each}\n" for number, each in enumerate(part)]
        at = variables(kernel, f"def f():\n{''.join(lines)}    raise KeyError('x')\nf()")
        found |= {each: at[f"v{number}"] for number, each in enumerate(part)}
    return found


def test_types_and_shapes_without_values(kernel: Kernel) -> None:
    found = seen(kernel)
    assert found == {each: (kind, summary) for each, (kind, summary, _) in CASES.items()}
    assert not any("secret" in summary for _, summary in found.values())


def test_values_where_they_are_wanted(showing: Kernel) -> None:
    assert seen(showing) == {each: (kind, summary) for each, (kind, _, summary) in CASES.items()}


def test_what_the_statement_names_comes_first(kernel: Kernel) -> None:
    kernel.ok("class Box:\n    def __init__(self): self.inside = [1]\nwidth = 3\nunused = 4")
    at = variables(
        kernel,
        "def f(first, last):\n    before = 1\n    box = Box()\n"
        "    return box.inside[last + width]\nf(0, 9)",
    )
    assert list(at) == ["box", "last", "width", "box.inside", "first", "before"]
    assert at["box.inside"] == ("list", "1 item of int")
    in_cell = variables(kernel, "width / 0")
    assert list(in_cell) == ["width"]


def test_hostile_objects_are_not_asked(kernel: Kernel) -> None:
    kernel.ok(HOSTILE)
    at = variables(
        kernel,
        "def f(a=evil, b=worse, c=my_float, d=my_int, e=my_text, k=Worse):\n    1 / 0\nf()",
    )
    assert at == {
        "a": ("Evil", ""),
        "b": ("Worse", ""),
        "c": ("MyFloat", ""),
        "d": ("MyInt", ""),
        "e": ("MyText", "4 characters"),
    }


def test_classes_that_only_look_like_known_ones(kernel: Kernel) -> None:
    at = variables(
        kernel,
        "class DataFrame:\n    @property\n    def shape(self): asked.append(1); return (1, 1)\n"
        "DataFrame.__module__ = 'pandas'\nasked = []\n"
        "def f(x, asked=asked):\n    1 / 0\nf(DataFrame())",
    )
    assert at["x"] == ("pandas.DataFrame", "")
    assert at["asked"] == ("list", "0 items")


def test_many_large_things_are_left_out_and_counted(kernel: Kernel) -> None:
    kernel.ok("import numpy as np, pandas as pd")
    lines = "".join(f"    v{i} = pd.DataFrame(np.zeros((2000, 50)))\n" for i in range(40))
    event = ending(kernel.run(f"def f():\n{lines}    1 / 0\nf()"))
    assert event["dropped"]["variables"] == 10
    frame = event["exceptions"][0]["frames"][-1]
    assert len(frame["variables"]) == 30
    assert frame["variables"][0]["summary"].startswith("2,000 rows, 50 columns: 0 float64")
    assert max(len(each["summary"]) for each in frame["variables"]) <= 500


LIBRARIES = {
    "torch": (
        "torch.tensor([1.0, float('nan')])",
        ("torch.Tensor", "shape (2,), float32, cpu, 1 NaN"),
    ),
    "polars": (
        "polars.DataFrame({'a': [1, None]})",
        ("polars.DataFrame", "2 rows, 1 column, 1 null: a Int64 1 null"),
    ),
    "sklearn.linear_model": (
        "sklearn.linear_model.LinearRegression().fit([[0, 1]], [1])",
        ("sklearn.linear_model.LinearRegression", "fitted on 2 features"),
    ),
}


@pytest.mark.parametrize("library", LIBRARIES)
def test_libraries_that_may_be_here(kernel: Kernel, library: str) -> None:
    pytest.importorskip(library)
    expression, expected = LIBRARIES[library]
    at = variables(kernel, f"import {library}\ndef f(v):\n    1 / 0\nf({expression})")
    assert at == {"v": expected}
