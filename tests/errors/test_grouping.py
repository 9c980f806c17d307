"""The same error is the same group, however it comes again; another one is another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..kernel.kernels import started
from .observed import Observed, ending

SETUP = """import numpy as np
import pandas as pd
df = pd.DataFrame({"price": ["1", "a"], "size": [1, 2]})
scale = 2"""


@pytest.fixture(scope="module")
def kernels(python_for_models: str) -> Iterator[list[Observed]]:
    """Two with the probe, as before and after a restart, and one without it."""
    with (
        started(python_for_models) as first,
        started(python_for_models) as second,
        started(python_for_models, with_probe=False) as third,
    ):
        kernels = [Observed(each) for each in (first, second, third)]
        for kernel in kernels:
            assert kernel.run(SETUP) == []
        kernels[1].run("1")  # other execution counts
        yield kernels


def group(kernel: Observed, code: str, cell_id: str = "a") -> str:
    return ending(kernel.run(code, cell_id)).group_id


CELLS = {
    "key": ("df['cost'] * scale", "# a comment\n\ndf['cost'] * scale  # more"),
    "name": ("total = missing_name + 1", "x = 1\ntotal = missing_name + 1"),
    "shape": ("np.ones((3, 4)) + np.ones((2, 4))", "np.ones((5, 4)) + np.ones((7, 4))"),
    "conversion": ("df['price'].astype(float)", "df['price'].astype(float)\nprint('done')"),
    "value": ("int('12x')", "int('other words')"),
    "function": (
        "def load(path):\n    return open(path)\n\nload('/no/such/a.csv')",
        "def load(path):\n    # reads it\n    return open(path)\n\n\nload('/no/such/a.csv')",
    ),
    "multi-line": ("sum([1,\n  'a'])", "sum([1, 'a'])"),
    "timed": ("%%time\nx = 1\nx / 0", "%%time\nx = 1\n\nx / 0  # a comment"),
    "own-class": (
        "class Bad(ValueError):\n    pass\n\nraise Bad('row 17 is bad')",
        "class Bad(ValueError):\n    pass\n\nraise Bad('row 23 is bad')",
    ),
    "decorated": (
        "import functools\ndef deco(f):\n    @functools.wraps(f)\n    def w(*a):\n"
        "        return f(*a)\n    return w\n\n@deco\ndef run(x):\n    return x.missing\n\nrun(1)",
        "import functools\ndef deco(f):\n    # calls it\n    @functools.wraps(f)\n"
        "    def w(*a):\n        return f(*a)\n    return w\n\n@deco\ndef run(x):\n"
        "    return x.missing\n\nrun(2)",
    ),
    "ids": (
        "raise RuntimeError('job 123e4567-e89b-12d3-a456-426614174000 on 10.0.0.1:80 failed')",
        "raise RuntimeError('job 00000000-e89b-12d3-a456-426614174999 on 10.0.0.7:90 failed')",
    ),
    "syntax": ("for i in range(3)\n    print(i)", "x = 1\nfor i in range(3)\n    print(i)"),
    "group": (
        "raise ExceptionGroup('several', [ValueError('bad 1'), ValueError('bad 2')])",
        "raise ExceptionGroup('several', [ValueError('bad 1'), ValueError('bad 2')])  # again",
    ),
    "chain": (
        "try:\n    {}['a']\nexcept KeyError as e:\n    raise RuntimeError('no config') from e",
        "try:\n    {}['a']\nexcept KeyError as e:\n    raise RuntimeError('no config') from e\n",
    ),
}


@pytest.mark.parametrize("name", sorted(CELLS))
def test_a_group_is_stable(kernels: list[Observed], name: str) -> None:
    """Run again, after a restart, in another place, with comments, with other values."""
    code, changed = CELLS[name]
    first, second, without_probe = kernels
    known = group(first, code)
    assert group(first, code) == known, "run again"
    assert group(first, code, "moved") == known, "in another cell"
    assert group(second, code) == known, "after a restart"
    assert group(second, changed) == known, "changed where it does not matter"
    assert group(without_probe, code) == known, "seen without the probe"


OTHERS = {
    "name": ("missing_name + 1", "other_name + 1"),
    "column": ("df['cost']", "df['weight']"),
    "rank": ("np.ones((3, 4)) + np.ones((2, 4))", "np.ones((3, 4, 2)) + np.ones((2, 4, 7))"),
    "attribute": ("df.cost", "df.weight"),
    "module": ("import no_module_a", "import no_module_b"),
    "statement": ("1 / 0", "scale // 0"),
    "class": ("int('a')", "float('a')"),
    "magic": ("%no_magic_a", "%no_magic_b"),
    "argument": ("def f(a): ...\n\nf(b=1)", "def f(a): ...\n\nf(c=1)"),
    "message": ("raise RuntimeError('no model')", "raise RuntimeError('the store is closed')"),
    "library": ("np.arange(3)[9]", "[1, 2, 3][9]"),
}


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_what_differs_is_told_apart(kernels: list[Observed], name: str) -> None:
    one, other = OTHERS[name]
    for kernel in (kernels[0], kernels[2]):
        assert group(kernel, one) != group(kernel, other)


def test_the_cell_version_that_ran_is_named(kernels: list[Observed]) -> None:
    """A function was defined, its cell was edited, and the old one fails."""
    kernel = kernels[0]
    kernel.run("def half(x):\n    return x / 0", "definition")
    defined = kernel.last_run()
    kernel.run("half_of_it = 1", "definition")
    error = ending(kernel.run("y = 1\nhalf(3)", "call"))
    assert error.line == 2
    own, inner = [frame for frame in error.frames if frame.kind.value == "cell"]
    assert (own.cell_id, own.run_id) == ("call", error.run_id)
    assert (inner.cell_id, inner.run_id, inner.line) == ("definition", defined.id, 2)
