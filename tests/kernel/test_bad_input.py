"""Huge, odd and hostile values: no exception in the cell, no stall, nothing uncounted."""

from __future__ import annotations

import time

import pytest

from .kernels import Kernel

HOSTILE = """
class Meta(type):
    def __getattribute__(cls, name): raise SystemError('metaclass: ' + name)
    def __instancecheck__(cls, x): raise SystemError('instancecheck')
    def __subclasscheck__(cls, x): raise SystemError('subclasscheck')
    def __eq__(cls, other): raise SystemError('class eq')
    def __hash__(cls): raise SystemError('class hash')
class Evil:
    def __getattribute__(self, name): raise SystemError('getattribute: ' + name)
    def __repr__(self): import time; time.sleep(100)
    __str__ = __float__ = __int__ = __index__ = __len__ = __iter__ = __bool__ = __repr__
    def __eq__(self, other): raise SystemError('eq')
    def __hash__(self): raise SystemError('hash')
class Worse(Evil, metaclass=Meta): pass
class MyFloat(float):
    def __float__(self): raise SystemError('float')
    def __repr__(self): raise SystemError('repr')
    def __eq__(self, other): raise SystemError('eq')
    __hash__ = float.__hash__
class MyInt(int):
    def __float__(self): raise SystemError('float')
    def __int__(self): raise SystemError('int')
class MyText(str):
    def __str__(self): raise SystemError('str')
    def __len__(self): raise SystemError('len')
    def __getitem__(self, i): raise SystemError('getitem')
evil, worse, my_float, my_int, my_text = Evil(), Worse(), MyFloat(1.5), MyInt(7), MyText('text')
"""

LOG_ALL = """
for value in (evil, worse, Evil, Worse, my_text, None, [], {}, 'x' * 10_000_000, b'x', 1j, ...):
    dsinfra.log_metric('bad', value)
    dsinfra.log_metrics({'bad': value})
    dsinfra.log_param('p', value)
    dsinfra.set_tag('t', value)
for key in (evil, None, 3, '', 'k' * 10_000_000, b'x', ('a',)):
    dsinfra.log_metric(key, 1.0)
    dsinfra.log_param(key, 1)
    dsinfra.set_tag(key, 1)
for odd in (evil, worse, None, 3, 'ab', [1], [('ok', 1)], {'ok': 2}.items()):
    dsinfra.log_metrics(odd); dsinfra.log_params(odd); dsinfra.set_tags(odd)
for step in (evil, 'x', float('nan'), 10**400, []):
    dsinfra.log_metric('steps', 1.0, step=step)
dsinfra.log_metric('mine', my_float)
dsinfra.log_metric('mine', my_int)
dsinfra.log_param('mine', my_int)
dsinfra.log_param(my_text, my_text)
"""


def test_hostile_objects_are_never_touched(kernel: Kernel) -> None:
    kernel.ok(HOSTILE)
    began = time.monotonic()
    done = kernel.ok(LOG_ALL)
    assert time.monotonic() - began < 20
    assert done.values("mine") == [1.5, 7.0]
    assert not done.points("bad")
    assert done.cell["dropped"]["values"] >= 2 * 12 + 6 + 5
    assert done.text.count("DsinfraWarning: dsinfra:") == 3
    assert done.values("ok") == [1.0, 2.0]
    assert not done.of_kind("problem"), done.of_kind("problem")
    assert kernel.malformed == 0
    longest = [key for event in done.of_kind("points") for key in [event["key"]]]
    assert max(map(len, longest)) <= 200


def test_the_same_in_other_kernels(foreign: Kernel) -> None:
    foreign.ok("import dsinfra_jlab as dsinfra")
    foreign.ok(HOSTILE)
    done = foreign.ok(LOG_ALL)
    assert done.values("mine") == [1.5, 7.0]
    assert not done.of_kind("problem"), done.of_kind("problem")


def test_hostile_names_of_a_cell_are_passed_over(kernel: Kernel) -> None:
    done = kernel.ok(
        HOSTILE + "text = 'x' * 10_000_000\nhuge = 10**400\nlarge = 2**80\nnan = float('nan')\n"
        "inf = -float('inf')\nlong = 10**4999"
    )
    assert done.cell["metrics"]["nan"] == "NaN"
    done = kernel.ok(
        "def use(*things): return len(things) * 0.5\n"
        "score = use(evil, worse, my_float, my_int, my_text, text, huge, large, nan, inf, long)\n"
        "evil2 = evil; worse2 = worse; my2 = my_float\n"
    )
    assert done.cell["metrics"] == {"score": 5.5}
    assert done.cell["params"] == {
        "huge": str(10**400),
        "large": str(2**80),
        "nan": "NaN",
        "inf": "-Infinity",
    }
    assert done.cell["dropped"] == {"long_texts": 1, "long_numbers": 1}
    assert not done.of_kind("problem")


def test_hostile_exceptions_of_a_block(kernel: Kernel) -> None:
    done = kernel.run(
        "class Bad(Exception):\n    def __str__(self): raise SystemError('str')\n"
        "try:\n    with dsinfra.run('a'): raise Bad('why', 3)\nexcept Bad: pass\n"
        "try:\n    with dsinfra.run('b'): raise ValueError('x' * 1_000_000)\n"
        "except ValueError: pass"
    )
    assert done.reply["content"]["status"] == "ok"
    first, second = done.of_kind("block_end")
    assert (first["ename"], first["evalue"]) == ("Bad", "why")
    assert len(second["evalue"]) == 10_000


def test_names_of_other_scripts(foreign: Kernel) -> None:
    done = foreign.ok(
        "import dsinfra_jlab as dsinfra\nточность = len('ab') / 4\n学習率 = 0.1\n"
        "dsinfra.log_metric('потеря 🎯', 1.0)\ndsinfra.log_param('名前', 'ü\\ud800x')"
    )
    assert done.cell["metrics"] == {"точность": 0.5}
    assert done.cell["params"]["学習率"] == 0.1
    assert done.values("потеря 🎯") == [1.0]
    assert done.of_kind("params")[0]["params"] == {"名前": "ü?x"}


def test_values_of_numpy() -> None:
    from .environments import MIDDLE, python_of
    from .kernels import started

    with started(python_of(MIDDLE)) as kernel:
        kernel.ok("import numpy as np, dsinfra_jlab as dsinfra")
        done = kernel.ok(
            "for v in (np.float32(0.5), np.int8(3), np.float64('nan'), np.array(2.0),\n"
            "          np.bool_(1), np.array([4.0]), np.longdouble(1.5), np.float16(2),\n"
            "          np.uint64(2**63)):\n"
            "    dsinfra.log_metric('m', v)\n"
            "for v in (np.array([1, 2]), np.array('x'), np.complex64(1j), np.datetime64('now')):\n"
            "    dsinfra.log_metric('bad', v)\n"
            "lr = np.float32(0.5)\nn = np.int64(3)\nflag = np.bool_(1)\n"
        )
        values = done.values("m")
        assert values[:2] == [0.5, 3.0]
        assert values[3:] == [2.0, 1.0, 4.0, 1.5, 2.0, 2.0**63]
        assert not done.points("bad")
        assert done.cell["dropped"] == {"values": 4}
        used = kernel.ok("acc = lr * n\nok = flag")
        assert used.cell["params"] == {"lr": 0.5, "n": 3, "flag": True}
        assert used.cell["metrics"] == {"acc": 1.5}
        assert not used.of_kind("problem")


def test_many_names_are_counted(kernel: Kernel) -> None:
    kernel.ok("\n".join(f"p{i} = {i}" for i in range(150)))
    reads = ", ".join(f"p{i}" for i in range(150))
    done = kernel.ok(f"all_ = [{reads}]\n" + "\n".join(f"m{i} = p{i} * 0.5" for i in range(120)))
    assert len(done.cell["params"]) == 100
    assert len(done.cell["metrics"]) == 100
    assert done.cell["dropped"] == {"params": 50, "metrics": 20}


def test_code_that_is_none(kernel: Kernel) -> None:
    done = kernel.run("x = = 3")
    assert done.cell["status"] == "error"
    assert done.cell["ename"] == "SyntaxError"
    assert done.cell["analysis"] == "syntax"


def test_code_that_is_too_long_to_read(kernel: Kernel) -> None:
    done = kernel.ok("x = 1\n" + "# comment\n" * 50_000)
    assert done.cell["analysis"] == "too_large"


def test_warnings_turned_into_errors_stay_out_of_the_cell(kernel: Kernel) -> None:
    done = kernel.ok(
        "import warnings\nwith warnings.catch_warnings():\n"
        "    warnings.simplefilter('error')\n    dsinfra.log_metric('a', 'text')\nprint('on')"
    )
    assert done.text == "on\n"
    assert done.cell["dropped"] == {"values": 1}


def test_a_failure_of_the_probe_is_reported_and_not_shown(kernel: Kernel) -> None:
    kernel.ok(
        "p = get_ipython()._dsinfra_probe\np.recorder._failures = 0\nkept = p._data.begin\n"
        "def fail(cell): raise RuntimeError('made up')\np._data.begin = fail"
    )
    done = kernel.ok("lr = 0.5\nprint('fine')")
    kernel.ok("p._data.begin = kept")
    assert done.text == "fine\n"
    (problem,) = done.of_kind("problem")
    assert (problem["where"], problem["message"]) == ("data", "RuntimeError: made up")
    assert done.cell["status"] == "ok"


@pytest.mark.parametrize("ending", ["raise SystemExit(3)", "1/0", "raise KeyboardInterrupt"])
def test_however_a_cell_ends_its_points_are_there(kernel: Kernel, ending: str) -> None:
    done = kernel.run(f"dsinfra.log_metric('a', 1.0)\n{ending}")
    assert done.values("a") == [1.0]
    expected = "interrupted" if "Keyboard" in ending else "error"
    assert done.cell["status"] == expected


def test_time_that_stands_still_does_no_harm(kernel: Kernel) -> None:
    """Tests of users replace the clock."""
    done = kernel.ok(
        "import time, unittest.mock\n"
        "with unittest.mock.patch('time.time', return_value=0.0), "
        "unittest.mock.patch('time.monotonic', side_effect=RuntimeError):\n"
        "    dsinfra.log_metric('a', 1.0)\n    dsinfra.log_param('b', 1)\n"
        "    with dsinfra.run('c'): pass"
    )
    assert done.values("a") == [1.0]
    assert done.of_kind("block_end")
