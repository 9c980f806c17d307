"""Errors that end no cell: in threads and tasks, warnings, what is logged, commands."""

from __future__ import annotations

from typing import Any

import pytest

from .environments import MIDDLE, OLDEST, python_of
from .kernels import Execution, Kernel, started


def others(done: Execution) -> list[dict[str, Any]]:
    """Return each error besides the one that ended the cell, as it was last told."""
    assert not done.of_kind("problem"), done.of_kind("problem")
    latest = {(e["error"], e["number"]): e for e in done.of_kind("error") if e["number"]}
    return list(latest.values())


def only(done: Execution) -> dict[str, Any]:
    (found,) = others(done)
    return found


def in_cell(event: dict[str, Any]) -> list[int]:
    return [f["line"] for f in event["exceptions"][0]["frames"] if f["kind"] == "cell"]


THREAD = "import threading\ndef work():\n    return 1 / 0\nt = threading.Thread(target=work)\n"
TASK = (
    "import asyncio, gc\nasync def fail():\n    raise ValueError('in a task')\n"
    "task = asyncio.ensure_future(fail())\nawait asyncio.sleep(0.05)\ndel task\n_ = gc.collect()"
)
CASES = [
    (THREAD + "t.start(); t.join()", "thread", "ZeroDivisionError", "division by zero", [3]),
    (TASK, "task", "ValueError", "in a task", [3]),
    (
        "class D:\n    def __del__(self):\n        raise ValueError('gone')\nD()\nNone",
        "unraisable",
        "ValueError",
        "gone",
        [3],
    ),
    (
        "import warnings\ndef f():\n    warnings.warn('careful', RuntimeWarning)\nf()",
        "warning",
        "RuntimeWarning",
        "careful",
        [4, 3],
    ),
    ("import logging\nlogging.getLogger('app').error('no %s', 1)", "log", "ERROR", "no 1", [2]),
    (
        "import logging\ntry:\n    1 / 0\nexcept Exception:\n    logging.exception('caught')",
        "log",
        "ZeroDivisionError",
        "division by zero",
        [3],
    ),
    (
        "x = 1\n!exit 3",
        "shell",
        "CalledProcessError",
        "Command 'exit 3' returned non-zero exit status 3.",
        [2],
    ),
    (
        "\nlines = !exit 4",
        "shell",
        "CalledProcessError",
        "Command 'exit 4' returned non-zero exit status 4.",
        [2],
    ),
]


@pytest.mark.parametrize(("code", "kind", "ename", "evalue", "lines"), CASES)
def test_each_is_one_error_beside_its_cell(
    kernel: Kernel, code: str, kind: str, ename: str, evalue: str, lines: list[int]
) -> None:
    done = kernel.settle(kernel.ok(code))
    event = only(done)
    exception = event["exceptions"][0]
    assert (event["error"], event["number"], event["count"]) == (kind, 1, 1)
    assert (exception["ename"], exception["evalue"]) == (ename, evalue)
    assert in_cell(event) == lines
    assert kernel.malformed == 0


@pytest.mark.parametrize("environment", [OLDEST, MIDDLE], ids=lambda each: each.name)
def test_the_same_in_older_kernels(environment: Any) -> None:
    with started(python_of(environment)) as kernel:
        for code, kind, ename, _, lines in CASES:
            event = only(kernel.settle(kernel.ok(code)))
            assert (event["error"], event["exceptions"][0]["ename"]) == (kind, ename)
            assert in_cell(event) == lines
        assert kernel.malformed == 0


def test_what_is_repeated_is_counted(kernel: Kernel) -> None:
    done = kernel.ok(
        "import logging, warnings\nwarnings.simplefilter('always')\n"
        "for i in range(1000):\n    logging.error('line %d', i)\n    warnings.warn('again')\n"
        "warnings.resetwarnings()"
    )
    found = {event["error"]: event for event in others(kernel.settle(done))}
    assert {kind: event["count"] for kind, event in found.items()} == {"log": 1000, "warning": 1000}
    assert len(done.of_kind("error")) < 30
    assert sorted(event["number"] for event in found.values()) == [1, 2]


def test_a_flood_of_different_ones_is_capped(kernel: Kernel) -> None:
    code = "import logging\n" + "\n".join(f"logging.error('line {i}')" for i in range(150))
    done = kernel.settle(kernel.ok(code))
    assert len(others(done)) == 100
    assert done.cell["dropped"] == {"errors": 50}


def test_handled_warnings_and_those_filtered_are_none(kernel: Kernel) -> None:
    done = kernel.ok(
        "import warnings\nwith warnings.catch_warnings(record=True) as seen:\n"
        "    warnings.simplefilter('always')\n    warnings.warn('kept')\n"
        "with warnings.catch_warnings():\n    warnings.simplefilter('ignore')\n"
        "    warnings.warn('ignored')\nlen(seen)"
    )
    assert done.result == "1"
    assert not others(kernel.settle(done))


def test_warnings_can_be_left_out(kernel: Kernel) -> None:
    def send(value: bool) -> None:
        content = {"v": 1, "options": {"is_recording_warnings": value, "unknown": 1}}
        message = kernel.client.session.msg("dsinfra_answer", content)
        kernel.client.control_channel.send(message)
        code = (
            "import time\nwhile p.errors.options.is_recording_warnings is not %s: time.sleep(0.01)"
        )
        kernel.ok("p = get_ipython()._dsinfra_probe\n" + code % value)

    send(False)
    try:
        done = kernel.ok("import warnings\nwarnings.warn('unheard')")
        assert "unheard" in done.text
        assert not others(kernel.settle(done))
    finally:
        send(True)
    assert only(kernel.settle(kernel.ok("warnings.warn('heard')")))["error"] == "warning"


def test_hooks_of_others_go_on_and_ours_can_be_taken_out(kernel: Kernel) -> None:
    done = kernel.ok(
        "import threading, sys, logging, warnings\nseen = []\n"
        "before = (threading.excepthook, sys.unraisablehook, logging.Logger.callHandlers,\n"
        "          warnings._showwarnmsg)\n"
        "def own(args, before=threading.excepthook):\n    seen.append(args.exc_type)\n"
        "    before(args)\nthreading.excepthook = own\n" + THREAD + "t.start(); t.join()\nseen"
    )
    assert "ZeroDivisionError" in done.result
    assert only(kernel.settle(done))["error"] == "thread"
    kernel.ok("%dsinfra off")
    try:
        after = kernel.ok(
            "t = threading.Thread(target=work); t.start(); t.join()\n"
            "after = (threading.excepthook, sys.unraisablehook, logging.Logger.callHandlers,\n"
            "         warnings._showwarnmsg)\n"
            "[a.__module__ for a in after], after[0] is own, len(seen)"
        )
        assert "dsinfra" not in after.result
        assert after.result.endswith("True, 2)")
        assert not after.of_kind("error")
    finally:
        kernel.ok("%dsinfra on")
    done = kernel.settle(kernel.ok("t = threading.Thread(target=work); t.start(); t.join()"))
    assert only(done)["count"] == 1
    kernel.ok("%dsinfra off\nthreading.excepthook = threading.__excepthook__")
    kernel.ok("%dsinfra on")


def test_logging_without_handlers_still_prints(kernel: Kernel) -> None:
    done = kernel.ok(
        "import logging\nlogging.getLogger().handlers.clear()\n"
        "logging.getLogger('quiet').error('to stderr')\n"
        "print(len(logging.getLogger().handlers))"
    )
    assert done.text == "to stderr\n0\n"


def test_variables_in_commands_are_still_those_of_the_caller(kernel: Kernel) -> None:
    done = kernel.ok(
        "def f():\n    word = 'local'\n    !echo $word\n    x = !echo {word}\n    return x\nf()"
    )
    assert "local" in done.text
    assert "local" in done.result


def test_errors_after_the_end_of_a_cell_belong_to_it(kernel: Kernel) -> None:
    done = kernel.ok(
        "import threading, time\ndef late():\n    time.sleep(0.3)\n    raise ValueError('late')\n"
        "threading.Thread(target=late).start()"
    )
    kernel.wait_for(done, lambda d: bool(d.of_kind("error")))
    assert only(done)["exceptions"][0]["evalue"] == "late"


def test_errors_of_forked_processes_do_not_take_the_numbers_of_others(kernel: Kernel) -> None:
    done = kernel.ok(
        "import logging, os, sys\nlogging.error('parent')\nchild = os.fork()\n"
        "if child == 0:\n    logging.error('child')\n    os._exit(0)\n_ = os.waitpid(child, 0)"
    )
    kernel.wait_for(done, lambda d: len(d.of_kind("error")) >= 2)
    numbers = [event["number"] for event in others(done)]
    assert len(set(numbers)) == 2
    assert min(numbers) == 1
    assert max(numbers) > 1 << 24


def test_hostile_records_are_not_asked(kernel: Kernel) -> None:
    done = kernel.ok(
        "import logging\nclass Slow:\n    def __str__(self): asked.append(1); return 'slow'\n"
        "asked = []\nlog = logging.getLogger('own'); log.propagate = False\n"
        "log.addHandler(logging.NullHandler())\nlog.error(Slow())\nlog.error('%s', Slow())\n"
        "log.error('%d %d', 1)\nlen(asked)"
    )
    assert done.result == "0"
    texts = [event["exceptions"][0]["evalue"] for event in others(kernel.settle(done))]
    assert texts == ["<Slow>", "%s", "%d %d"]
