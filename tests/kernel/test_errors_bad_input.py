"""Errors that are huge, endless or hostile: one capped event, soon, and the cell as it was."""

from __future__ import annotations

from typing import Any

import pytest

from .kernels import Kernel
from .test_bad_input import HOSTILE
from .test_errors import ending

MEASURE = """
import time as _time
_watch = get_ipython()._dsinfra_probe.errors
if not hasattr(_watch, '_took'):
    _watch._took = []
    def _timed(*args, end=_watch.end, now=_time.perf_counter, took=_watch._took):
        began = now()
        try:
            return end(*args)
        finally:
            took.append(now() - began)
    _watch.end = _timed
_watch._took.clear()
"""

BAD: dict[str, tuple[str, str, int]] = {
    "a message of 5 MB": ("raise ValueError('x' * 5_000_000)", "ValueError", 5_000_000),
    "a key of 5 MB": ("{}['x' * 5_000_000]", "KeyError", 5_000_002),
    "a chain of 2,000": (
        "def f():\n    e = None\n    for i in range(2000):\n        n = ValueError('n')\n"
        "        n.__cause__ = e; e = n\n    raise e\nf()",
        "ValueError",
        1,
    ),
    "a circle": (
        "a = ValueError('a'); b = ValueError('b'); a.__cause__ = b; b.__cause__ = a\nraise a",
        "ValueError",
        1,
    ),
    "a group of 3,000": (
        "raise ExceptionGroup('g', [ValueError(i) for i in range(3000)])",
        "ExceptionGroup",
        23,
    ),
    "a deep group": (
        "e = ValueError('leaf')\nfor i in range(300): e = ExceptionGroup('g', [e])\nraise e",
        "ExceptionGroup",
        19,
    ),
    "a message that raises": (
        "class S(Exception):\n    def __str__(self): raise RuntimeError('no')\nraise S('a', 3)",
        "S",
        4,
    ),
    "a message that is no text": (
        "class S(Exception):\n    def __str__(self): return 3\nraise S('a')",
        "S",
        1,
    ),
    "no UTF-8": ("raise ValueError('ab\\udcff')", "ValueError", 3),
    "many notes": (
        "e = ValueError('a')\nfor i in range(50): e.add_note('n' * 5000)\nraise e",
        "ValueError",
        1,
    ),
    "notes that are none": ("e = ValueError('a'); e.__notes__ = 5\nraise e", "ValueError", 1),
    "a repr that sleeps": (
        "import time\nclass R:\n    def __repr__(self): time.sleep(100)\n    __str__ = __repr__\n"
        "def f(r, q=[R()], *, d={'k': R()}): raise ValueError('v')\nf(R())",
        "ValueError",
        1,
    ),
    "hostile variables": (
        HOSTILE + "def f(a=evil, b=worse, c=my_float, d=my_int, e=my_text): return a + b\nf()",
        "TypeError",
        53,
    ),
    "a cell of 20,000 lines": (
        "\n".join(f"y{i} = {i}" for i in range(20_000)) + "\n1/0",
        "ZeroDivisionError",
        16,
    ),
    "an exception without arguments": ("raise ValueError", "ValueError", 0),
}


@pytest.mark.parametrize("name", BAD)
def test_one_capped_event_soon(kernel: Kernel, name: str) -> None:
    code, ename, chars = BAD[name]
    kernel.ok(MEASURE)
    done = kernel.run(code)
    event = ending(done)
    exception = event["exceptions"][0]
    assert (exception["ename"], exception["evalue_chars"]) == (ename, chars)
    assert len(exception["evalue"]) <= 10_000
    assert len(event["exceptions"]) <= 50
    assert done.reply["content"]["status"] == "error"
    assert kernel.malformed == 0
    took = float(kernel.ok("print(_watch._took[1])").text)
    assert took < 0.5, "a limit for busy machines; benchmarks hold the real one"


def test_what_was_left_out_is_counted(kernel: Kernel) -> None:
    chain = ending(kernel.run(BAD["a chain of 2,000"][0]))
    assert chain["dropped"]["exceptions"] == 1950
    parents = [each["parent"] for each in chain["exceptions"]]
    assert parents == [None, *range(49)]
    notes = ending(kernel.run(BAD["many notes"][0]))
    assert notes["dropped"]["notes"] == 30
    assert [len(note) for note in notes["exceptions"][0]["notes"]] == [2000] * 20


def test_a_message_of_the_users_own_making_is_asked_for_once_less(kernel: Kernel) -> None:
    """IPython has asked for it and shown it; what it has shown is read."""
    done = kernel.run(
        "asked = []\nclass Own(Exception):\n    def __str__(self):\n        asked.append(1)\n"
        "        return f'own {self.args[0]}\\nand more'\n"
        "try:\n    raise Own(1)\nexcept Own as e:\n    raise Own(2) from e"
    )
    last, cause = ending(done)["exceptions"]
    assert (last["evalue"], cause["evalue"]) == ("own 2\nand more", "own 1\nand more")
    with_probe = int(kernel.ok("print(len(asked))").text)
    kernel.ok("%dsinfra off")
    try:
        kernel.run(
            "asked.clear()\ntry:\n    raise Own(1)\nexcept Own as e:\n    raise Own(2) from e"
        )
        assert int(kernel.ok("print(len(asked))").text) == with_probe
    finally:
        kernel.ok("%dsinfra on")


def test_looking_at_data_shows_no_warning_of_its_own(kernel: Kernel) -> None:
    kernel.ok("import warnings, numpy as np\nwarnings.simplefilter('always')")
    kernel.ok("_probe = get_ipython()._dsinfra_probe")
    kernel.ok("_probe.set_options({'is_capturing_values': True})")
    try:
        done = kernel.run(
            "def f():\n    a = np.array([np.nan, np.nan]); b = np.array([np.inf, 1e308])\n"
            "    raise ValueError('x')\nf()"
        )
        assert done.text == ""
        ending(done)
    finally:
        kernel.ok("_probe.set_options({'is_capturing_values': False})\nwarnings.resetwarnings()")


def test_a_failure_of_ours_costs_a_part_and_not_the_error(kernel: Kernel) -> None:
    kernel.ok(
        "import sys\nerrors = sys.modules[type(get_ipython()._dsinfra_probe.errors).__module__\n"
        "    .rpartition('.')[0] + '.errors']\nkept = errors.add_variables\n"
        "def fail(*given): raise RuntimeError('made up')\nerrors.add_variables = fail"
    )
    done: Any = kernel.run("1/0")
    kernel.ok("errors.add_variables = kept")
    (event,) = done.of_kind("error")
    assert event["exceptions"][0]["evalue"] == "division by zero"
    (problem,) = done.of_kind("problem")
    assert (problem["where"], problem["message"]) == ("summaries", "RuntimeError: made up")
