"""What is told of the error that ends a cell."""

from __future__ import annotations

import json
import linecache
import re
from typing import Any

import pytest

from dsinfra_jlab.kernel import limits
from dsinfra_jlab.kernel.errors_budget import Budget
from dsinfra_jlab.kernel.frames import FrameReader, read_stack
from dsinfra_jlab.kernel.frames_cells import RanCells

from .environments import MIDDLE, OLDEST, python_of
from .kernels import Execution, Kernel, started


def ending(done: Execution) -> dict[str, Any]:
    """Return the one error that ended a cell."""
    (found,) = [e for e in done.of_kind("error") if e["error"] == "exception"]
    assert found["number"] == 0
    assert not done.of_kind("problem"), done.of_kind("problem")
    return found


def first(done: Execution) -> dict[str, Any]:
    found: dict[str, Any] = ending(done)["exceptions"][0]
    return found


def places(exception: dict[str, Any]) -> list[tuple[str, str, int | None]]:
    return [(f["kind"], f["function"], f["line"]) for f in exception["frames"]]


MATRIX = [
    ("1/0", "ZeroDivisionError", "division by zero", 1),
    ("\n\n# a\nx = (1 +\n     0) / 0", "ZeroDivisionError", "division by zero", 4),
    ("x = 1\n\ny = = 2", "SyntaxError", "invalid syntax", 3),
    ("x = 1\n%nonsense", "UsageError", "Line magic function `%nonsense` not found.", 2),
    ("%%nonsense\nx", "UsageError", "Cell magic `%%nonsense` not found.", 1),
    ("raise SystemExit(3)", "SystemExit", "3", 1),
    ("raise KeyboardInterrupt", "KeyboardInterrupt", "", 1),
    ("%%time\nx = 1\n1/0", "ZeroDivisionError", "division by zero", 3),
    ("%%timeit -n1 -r1\nx = 1\n1/0", "ZeroDivisionError", "division by zero", 3),
    ("%%prun -q\nx = 1\n1/0", "ZeroDivisionError", "division by zero", 3),
    ("%%capture\nx = 1\n1/0", "ZeroDivisionError", "division by zero", 3),
    ("x = 1\n%time 1/0", "ZeroDivisionError", "division by zero", 2),
    ("!echo a \\\n  b\nx = 1\n1/0", "ZeroDivisionError", "division by zero", 4),
    ("async def f(): return 1/0\nawait f()", "ZeroDivisionError", "division by zero", 1),
    (
        "class A:\n    def _repr_html_(self): raise ValueError('shown')\nA()",
        "ValueError",
        "shown",
        2,
    ),
    ("%%bash\nexit 4", "CalledProcessError", None, 1),
]


@pytest.mark.parametrize(("code", "ename", "evalue", "line"), MATRIX)
def test_each_way_to_fail_is_one_error(
    kernel: Kernel, code: str, ename: str, evalue: str | None, line: int
) -> None:
    done = kernel.run(code)
    exception = first(done)
    assert exception["ename"] == ename
    if evalue is not None:
        assert exception["evalue"] == evalue
    in_cells = [f for f in exception["frames"] if f["kind"] == "cell"]
    assert in_cells[-1]["line"] == line
    assert in_cells[-1]["request"] == done.id
    assert kernel.malformed == 0


@pytest.mark.parametrize("environment", [OLDEST, MIDDLE], ids=lambda each: each.name)
def test_the_same_in_older_kernels(environment: Any) -> None:
    with started(python_of(environment)) as kernel:
        for code, ename, _, line in MATRIX:
            exception = first(done := kernel.run(code))
            assert exception["ename"] == ename, code
            lines = [f["line"] for f in exception["frames"] if f["kind"] == "cell"]
            assert lines[-1] == line or "%time" in code, (code, lines)
            assert kernel.malformed == 0, done.events


def test_what_silences_ipython_does_not_silence_us() -> None:
    """Rich shows errors as displays; a handler of another extension shows none."""
    with started() as kernel:
        kernel.ok("from rich.traceback import install\n_ = install()")
        done = kernel.run("def f(x): return 1 / x\nf(0)")
        assert not [m for m in done.messages if m["msg_type"] == "error"]
        assert places(first(done)) == [("cell", "<module>", 2), ("cell", "f", 1)]
        kernel.ok(
            "def own(self, etype, value, tb, tb_offset=None): return None\n"
            "get_ipython().set_custom_exc((ValueError,), own)"
        )
        done = kernel.run("raise ValueError('silenced')")
        assert not [m for m in done.messages if m["msg_type"] == "error"]
        assert first(done)["evalue"] == "silenced"
        assert kernel.ok("get_ipython().CustomTB.__func__.__name__").result != "'None'"
        grouped = kernel.run("raise ExceptionGroup('several', [ValueError('a'), KeyError('b')])")
        found = ending(grouped)["exceptions"]
        assert [(e["ename"], e["parent"], e["relation"]) for e in found] == [
            ("ExceptionGroup", None, None),
            ("ValueError", 0, "group"),
            ("KeyError", 0, "group"),
        ]


def test_a_cell_without_error_has_none(kernel: Kernel) -> None:
    kernel.run("1/0")
    assert not kernel.ok("x = 1").of_kind("error")
    assert not kernel.ok("try: 1/0\nexcept ZeroDivisionError: pass").of_kind("error")
    assert not kernel.ok("").of_kind("error")


def test_a_chain_and_its_notes(kernel: Kernel) -> None:
    done = kernel.run(
        "try:\n    try: {}['k']\n    except KeyError as e: raise ValueError('bad') from e\n"
        "except ValueError as e:\n    e.add_note('first')\n    e.add_note('second')\n"
        "    raise TypeError('last')"
    )
    last, bad, missing = ending(done)["exceptions"]
    assert (last["ename"], last["parent"], last["relation"]) == ("TypeError", None, None)
    assert (bad["ename"], bad["parent"], bad["relation"]) == ("ValueError", 0, "context")
    assert bad["notes"] == ["first", "second"]
    assert (missing["evalue"], missing["parent"], missing["relation"]) == ("'k'", 1, "cause")
    assert missing["bases"] == [
        "builtins.LookupError",
        "builtins.Exception",
        "builtins.BaseException",
    ]
    hidden = kernel.run("try: 1/0\nexcept Exception: raise ValueError('x') from None")
    assert len(ending(hidden)["exceptions"]) == 1


def test_frames_say_whose_code_they_run(kernel: Kernel) -> None:
    kernel.ok(
        "import os, sys, json\nsys.path.insert(0, os.getcwd())\n"
        "text = 'import json\\n\\ndef read(t):\\n    return json.loads(\\n        t)\\n'\n"
        "open('own_module.py', 'w').write(text)\nimport own_module"
    )
    exception = first(kernel.run("own_module.read('{')"))
    kinds = [(f["kind"], f["module"]) for f in exception["frames"]]
    assert kinds[:2] == [("cell", "__main__"), ("user", "own_module")]
    assert set(kinds[2:]) == {("library", "json"), ("library", "json.decoder")}
    own = exception["frames"][1]
    assert own["source"] == "    return json.loads(\n        t)"
    assert (own["line"], own["function"]) == (4, "read")


def test_columns_count_characters(kernel: Kernel) -> None:
    (frame,) = first(kernel.run("größe = {'ü': 1}; größe['ö'] + 1"))["frames"]
    assert (frame["line"], frame["end_line"]) == (1, 1)
    assert "größe = {'ü': 1}; größe['ö'] + 1"[frame["column"] : frame["end_column"]] == "größe['ö']"


def test_a_function_belongs_to_the_version_of_the_cell_that_ran(kernel: Kernel) -> None:
    def cell(code: str, cell_id: str) -> Execution:
        message = kernel.client.session.msg(
            "execute_request",
            {"code": code, "silent": False, "store_history": True, "allow_stdin": False},
        )
        message["metadata"] = {"cellId": cell_id}
        kernel.client.shell_channel.send(message)
        return kernel.finish(message["header"]["msg_id"])

    old = cell("def f(x):\n    # divide\n    return 1 / x", "define")
    cell("g = f", "keep")
    cell("def f(x):\n    return 2", "define")
    done = cell("x = 0\ng(x)", "call")
    outer, inner = first(done)["frames"]
    assert (outer["request"], outer["cell_id"], outer["line"]) == (done.id, "call", 2)
    assert (inner["request"], inner["cell_id"], inner["line"]) == (old.id, "define", 3)
    assert inner["source"] == "    return 1 / x"


def test_cells_of_a_notebook_that_is_run_are_of_no_request(kernel: Kernel) -> None:
    kernel.ok(
        "import json\ncell = {'cell_type': 'code', 'source': 'def h():\\n    return 1 / 0',\n"
        "        'metadata': {}, 'outputs': [], 'execution_count': None}\n"
        "json.dump({'cells': [cell], 'metadata': {}, 'nbformat': 4, 'nbformat_minor': 5},\n"
        "          open('other.ipynb', 'w'))\n%run other.ipynb"
    )
    done = kernel.run("h()")
    outer, inner = first(done)["frames"]
    assert outer["request"] == done.id
    assert (inner["kind"], inner.get("request"), inner["line"]) == ("cell", None, 2)


def test_a_script_that_is_run_shows_its_own_lines(kernel: Kernel) -> None:
    """IPython shows the error and goes on: the cell has failed all the same."""
    kernel.ok("open('own_script.py', 'w').write('x = 1\\ndef f():\\n    return 1 / 0\\nf()\\n')")
    done = kernel.run("%run own_script.py")
    assert places(first(done)) == [("user", "<module>", 4), ("user", "f", 3)]


def test_recursion_is_folded(kernel: Kernel) -> None:
    exception = first(kernel.run("def r(n):\n    return r(n + 1)\nr(0)"))
    outer, inner = exception["frames"]
    assert (outer["function"], inner["function"]) == ("<module>", "r")
    assert inner["repeated"] > 500
    done = kernel.run("def a(n): return b(n)\ndef b(n): return a(n)\na(0)")
    assert len(first(done)["frames"]) == 100
    assert first(done)["frames_omitted"] > 500


def test_the_error_comes_before_the_end_of_its_cell(kernel: Kernel) -> None:
    done = kernel.run("print('out')\n1/0")
    kinds = [event["kind"] for event in done.events]
    assert kinds.index("error") < kinds.index("cell")
    types = [m["msg_type"] for m in done.messages if m["msg_type"] in ("stream", "error")]
    assert types == ["stream", "error"]
    assert done.reply["content"]["ename"] == "ZeroDivisionError"


def test_nothing_of_the_user_stays_alive(kernel: Kernel) -> None:
    done = kernel.run(
        "import weakref, gc\nclass Held: pass\nclass Own(Exception): pass\n"
        "def f():\n    held = Held()\n    refs.append(weakref.ref(held))\n"
        "    error = Own('x', held)\n    refs.append(weakref.ref(error))\n    raise error\n"
        "refs = []\nf()"
    )
    assert first(done)["ename"] == "Own"
    kernel.ok("%dsinfra release")
    left = kernel.ok("gc.collect()\n[r() is None for r in refs]")
    assert left.result == "[True, True]"


def test_what_an_error_holds_is_told_and_can_be_freed(kernel: Kernel) -> None:
    kernel.ok("import numpy as np, weakref, sys")
    done = kernel.run(
        "def f():\n    big = np.zeros(1_000_000)\n    part = big[10:]\n"
        "    ref.append(weakref.ref(big))\n    1/0\nref = []\nf()"
    )
    assert ending(done)["memory_held_bytes"] == 8_000_000
    assert kernel.ok("ref[0]() is None").result == "False"
    freed = kernel.ok("%dsinfra release")
    assert "frees about 8,000,000 bytes" in freed.text
    assert kernel.ok("ref[0]() is None, hasattr(sys, 'last_value')").result == "(True, False)"
    again = kernel.ok("get_ipython()._dsinfra_probe.release()")
    assert again.result == "0"


def _as_seen(done: Execution) -> list[Any]:
    """Return what a client sees of a cell, without what differs between any two kernels."""
    shown: list[Any] = [
        (m["msg_type"], m["content"])
        for m in done.messages
        if m["msg_type"] not in ("dsinfra_event", "status", "execute_input")
    ]
    reply = {k: v for k, v in done.reply["content"].items() if k != "engine_info"}
    return [
        re.sub(r"ipykernel_\d+|0x[0-9a-f]+|[\d.]+ [nµm]?s\b", "…", str(e)) for e in [*shown, reply]
    ]


def test_a_cell_and_what_it_shows_are_as_without_us() -> None:
    cells = [code for code, *_ in MATRIX if "%time" not in code]
    cells += [
        "raise ExceptionGroup('several', [ValueError('a'), KeyError('b')])",
        "import warnings, logging\nwarnings.warn('careful')\nlogging.error('oh')\nprint('out')",
        "import threading\nt = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()",
        "class D:\n    def __del__(self): raise ValueError('gone')\nD()\nNone",
        "word = 'a'\n!echo $word; exit 3\nlines = !echo {word}; exit 4\nprint(lines, _exit_code)",
        "class S(Exception):\n    def __str__(self): print('asked'); return 's'\nraise S",
        "%xmode Verbose\ndef f(x): return 1 / x\nf(0)",
        "%tb",
        "try: 1 / 0\nexcept ZeroDivisionError: get_ipython().showtraceback()",
    ]
    with started() as watched, started(with_probe=False) as alone:
        for code in cells:
            assert _as_seen(watched.run(code)) == _as_seen(alone.run(code)), code


def test_off_means_off(kernel: Kernel) -> None:
    kernel.ok("%dsinfra off")
    try:
        assert not kernel.run("1/0").events
    finally:
        kernel.ok("%dsinfra on")
    assert first(kernel.run("1/0"))["ename"] == "ZeroDivisionError"


def test_where_time_is_short_the_lines_of_libraries_are_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "LIBRARY_LINES_S", -1.0)
    linecache.clearcache()
    try:
        json.loads("{")
    except ValueError as error:
        stack = read_stack(error.__traceback__)
        own, *others = FrameReader(RanCells(None), Budget()).frames(stack)
    assert own["source"] == '        json.loads("{")'
    assert {(each["kind"], each["source"]) for each in others} == {("library", "")}
