"""The test matrix with the probe in real kernels: each failure is one record.

Also with rich's tracebacks installed and with a foreign handler in IPython's one slot, both of
which keep the kernel from publishing an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ..kernel.kernels import started
from .observed import Observed

RICH = "from rich.traceback import install\ninstall(show_locals=True)"
HANDLER = """
def handler(shell, etype, value, tb, tb_offset=None):
    return ["silenced"]

get_ipython().set_custom_exc((Exception,), handler)
"""


@pytest.fixture(scope="module", params=["plain", "rich", "handler"])
def observed(request: pytest.FixtureRequest, python_for_models: str) -> Iterator[Observed]:
    with started(python_for_models) as kernel:
        observed = Observed(kernel)
        prepare = {"plain": "1", "rich": RICH, "handler": HANDLER}[request.param]
        assert observed.run(prepare) == []
        yield observed


@pytest.fixture(scope="module", params=[True, False], ids=["probe", "no-probe"])
def either(request: pytest.FixtureRequest, python_for_models: str) -> Iterator[Observed]:
    with started(python_for_models, with_probe=request.param) as kernel:
        yield Observed(kernel)


Row = tuple[str, str, str, str, str, int | None]
"""Code, kind, class, category, severity, line."""

ROWS: dict[str, Row] = {
    "exception": ("x = 1\n1 / 0", "exception", "ZeroDivisionError", "numerical", "error", 2),
    "group": (
        "raise ExceptionGroup('g', [ValueError('a'), KeyError('b')])",
        "exception",
        "ExceptionGroup",
        "unknown",
        "error",
        1,
    ),
    "usage": ("%no_such_magic", "exception", "UsageError", "syntax", "warning", 1),
    "syntax": ("x = 1\nif x\n    pass", "exception", "SyntaxError", "syntax", "warning", 2),
    "thread": (
        "import threading\nt = threading.Thread(target=lambda: {}['k'])\nt.start()\nt.join()",
        "thread",
        "KeyError",
        "lookup",
        "warning",
        2,
    ),
    "task": (
        "import asyncio, gc\nasync def f():\n    int('x')\n\ntask = asyncio.ensure_future(f())\n"
        "await asyncio.sleep(0.1)\ndel task\n_ = gc.collect()",
        "task",
        "ValueError",
        "value",
        "warning",
        3,
    ),
    "logged": (
        "import logging\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n    logging.exception('handled')",
        "log",
        "ZeroDivisionError",
        "numerical",
        "warning",
        3,
    ),
    "warning": (
        "import warnings\nwarnings.warn('odd thing')",
        "warning",
        "UserWarning",
        "unknown",
        "warning",
        2,
    ),
    "shell": ("x = 1\n!exit 3", "shell", "CalledProcessError", "unknown", "warning", 2),
    "shell-file": ("!cat nothing.txt", "shell", "CalledProcessError", "file_io", "warning", 1),
    "bash": ("%%bash\nexit 3", "exception", "CalledProcessError", "unknown", "error", 1),
    "exit": ("import sys\nsys.exit(2)", "exception", "SystemExit", "interrupt", "info", 2),
    "interrupt": (
        "raise KeyboardInterrupt",
        "exception",
        "KeyboardInterrupt",
        "interrupt",
        "info",
        1,
    ),
    "unraisable": (
        "class A:\n    def __del__(self):\n        1 / 0\n\na = A()\ndel a",
        "unraisable",
        "ZeroDivisionError",
        "numerical",
        "warning",
        3,
    ),
    "raising-text": (
        "class Odd(Exception):\n    def __str__(self):\n        raise RuntimeError('no')\n\nraise Odd()",
        "exception",
        "Odd",
        "unknown",
        "error",
        5,
    ),
}


@pytest.mark.parametrize("name", sorted(ROWS))
def test_each_failure_is_one_record(observed: Observed, name: str) -> None:
    code, *expected = ROWS[name]
    errors = observed.run(code, name, settle_s=0.3 if name in ("task", "thread") else 0.0)
    seen = [[e.kind.value, e.ename, e.category.value, e.severity.value, e.line] for e in errors]
    assert seen == [expected]
    assert errors[0].collector == "probe"


def test_a_failing_formatter_is_told_by_what_was_published(observed: Observed) -> None:
    """The cell itself succeeded, and the kernel's reply names ``NoneType``."""
    code = "class Shy:\n    def _repr_html_(self):\n        raise ValueError('no show')\n\nShy()"
    errors = observed.run(code)
    assert [each.ename for each in errors] in (["ValueError"], [])
    assert "NoneType" not in [each.ename for each in errors]


def test_a_success_is_no_record(observed: Observed) -> None:
    handled = "try:\n    1 / 0\nexcept ZeroDivisionError:\n    pass\nprint('fine')"
    assert observed.run(handled) == []


def test_what_is_queued_behind_a_failure_is_no_error(observed: Observed) -> None:
    observed.run("1 / 0")
    assert observed.run("2") == []


def test_a_long_message_is_cut_and_its_length_is_told(either: Observed) -> None:
    (error,) = either.run("raise ValueError('x' * 5_000_000)")
    assert len(error.evalue) <= 10_000
    assert error.evalue_chars is not None and error.evalue_chars >= 5_000_000
    assert error.line == 1


LONG_CHAIN = """
error = None
for number in range(2000):
    new = ValueError(f"number {number}")
    new.__cause__ = error
    error = new
raise error
"""


def test_a_long_chain_is_one_record(either: Observed) -> None:
    (error,) = either.run(LONG_CHAIN)
    assert (error.ename, error.evalue) == ("ValueError", "number 1999")
    assert len(error.chain) < 100
    assert error.line == 7


def test_deep_recursion_is_one_record(either: Observed) -> None:
    (error,) = either.run("def f(n):\n    return f(n + 1)\n\nf(0)")
    assert (error.ename, error.line) == ("RecursionError", 4)
    assert len(error.frames) <= 100


def test_what_is_no_utf8_is_one_record(either: Observed) -> None:
    (error,) = either.run(r"raise ValueError('\udcff \x00 \x1b[31m')")
    assert error.ename == "ValueError"


def test_a_command_that_is_not_there_is_seen_without_the_probe_too(either: Observed) -> None:
    (error,) = either.run("x = 1\n!no_such_command_here --now")
    assert error.kind.value == "shell"
    assert error.severity.value == "warning"


BESIDE: dict[str, tuple[str, str, str, int]] = {
    "child-process": (
        "import multiprocessing\ndef child(x):\n    return 1 / x\n\n"
        "context = multiprocessing.get_context('fork')\n"
        "process = context.Process(target=child, args=(0,))\nprocess.start()\nprocess.join()",
        "thread",
        "ZeroDivisionError",
        3,
    ),
    "printed": (
        "import traceback\ntry:\n    {}['k']\nexcept KeyError:\n    traceback.print_exc()",
        "log",
        "KeyError",
        3,
    ),
    "capture": ("%%capture out\nx = 1\nx.missing", "exception", "AttributeError", 3),
    "nested": ("x = 1\nget_ipython().run_cell('y = 1\\nint(\"a\")')", "exception", "ValueError", 2),
}


@pytest.mark.parametrize("name", sorted(BESIDE))
def test_what_leaves_the_run_in_peace_is_one_record(either: Observed, name: str) -> None:
    """The kernel replies that all is well, and yet something went wrong."""
    code, *expected = BESIDE[name]
    errors = either.run(code, name, settle_s=0.3 if name == "child-process" else 0.0)
    assert [[e.kind.value, e.ename, e.line] for e in errors] == [expected]
    assert either.last_run().status.value == "ok"


def test_a_file_that_was_run_names_the_line_of_its_magic(either: Observed, tmp_path: Path) -> None:
    script = tmp_path / "step.py"
    script.write_text("def main():\n    return {}['k']\n\nmain()\n")
    (error,) = either.run(f"x = 1\n\n%run {script}")
    assert (error.ename, error.category.value, error.line) == ("KeyError", "lookup", 3)
    assert [frame.line for frame in error.frames][-2:] == [4, 2]
