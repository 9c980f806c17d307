"""How the probe gets into a kernel, what it leaves there, and what survives."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from dsinfra_jlab._version import __version__
from dsinfra_jlab.kernel import bundle

from .environments import MIDDLE, Environment, python_of
from .kernels import Kernel, started

pytestmark = pytest.mark.timeout(600)

SHOW_STATE = "sorted(n for n in globals() if not n.startswith('_')), len(In), Out"


def test_the_expression_is_one_expression() -> None:
    compile(bundle.injection_expression(), "<expression>", "eval")


def test_what_is_sent_is_what_the_probe_imports_and_nothing_of_the_server() -> None:
    sent = bundle.sent_sources()
    assert {"dsinfra_jlab", "dsinfra_jlab._version", "dsinfra_jlab.kernel.probe"} <= set(sent)
    assert not [name for name in sent if ".domain" in name or ".server" in name]
    assert "dsinfra_jlab.kernel.bundle" not in sent


def test_an_installed_package_is_used() -> None:
    with started(with_probe=False) as kernel:
        assert kernel.inject() == bundle.Injection("loaded", "installed")


def test_a_foreign_kernel_gets_the_sources(foreign: Kernel) -> None:
    assert foreign.inject() == bundle.Injection("loaded", "sent")
    done = foreign.ok("import dsinfra_jlab as dsinfra\ndsinfra.log_metric('loss', 0.5)\n")
    assert done.points("loss") == [(0.0, 0.5)]
    assert foreign.ok("dsinfra.__version__").result == repr(__version__)


def test_a_training_cell_needs_no_code(foreign: Kernel) -> None:
    for lr in (0.1, 0.2):
        foreign.ok(f"lr = {lr}\nepochs = 3")
        done = foreign.ok("acc = 0.0\nfor epoch in range(epochs):\n    acc = acc + lr\nprint(acc)")
        assert done.cell["params"] == {"lr": lr, "epochs": 3}
        assert done.cell["metrics"] == {"acc": pytest.approx(3 * lr)}
        assert done.cell["status"] == "ok"
        assert foreign.malformed == 0


def test_a_foreign_kernel_shows_nothing_of_it(foreign: Kernel) -> None:
    python = foreign.ok("import sys; sys.executable").result.strip("'")
    with started(python, with_probe=False) as bare, started(python) as probed:
        assert probed.ok(SHOW_STATE).result == bare.ok(SHOW_STATE).result
        counts = [each.ok("1").reply["content"]["execution_count"] for each in (bare, probed)]
        assert counts == [2, 2]
        last = [_history(each) for each in (bare, probed)]
        assert last[0] == last[1] == [SHOW_STATE, "1"]


def _history(kernel: Kernel) -> list[str]:
    reply = kernel.client.history(
        hist_access_type="range", session=0, start=1, reply=True, timeout=20
    )
    return [source for _, _, source in reply["content"]["history"]]


def test_no_output_comes_of_it() -> None:
    with started(with_probe=False) as kernel:
        reply = kernel.injection_reply()
        request = reply["parent_header"]["msg_id"]
        done = kernel.ok("1")
        kinds = {
            m["msg_type"] for m in done.messages if m["parent_header"].get("msg_id") == request
        }
        assert kinds <= {"status", "dsinfra_event"}
        assert [event["kind"] for event in kernel.strays] == ["loaded"]
        assert reply["content"]["status"] == "ok"


def test_a_second_copy_does_nothing(kernel: Kernel) -> None:
    assert kernel.inject().state == "loaded"
    done = kernel.ok("x = 1")
    assert len(done.of_kind("cell")) == 1
    assert not [event for event in kernel.strays if event["kind"] == "loaded"]


@pytest.mark.parametrize("reset", ["%reset -f", "%reset -f --aggressive"])
def test_it_survives_a_reset(foreign: Kernel, reset: str) -> None:
    foreign.ok(reset)
    done = foreign.ok("import dsinfra_jlab as d\nlr = 0.5\nd.log_metric('loss', 1.0)\nacc = lr * 2")
    assert done.cell["params"] == {"lr": 0.5}
    assert done.cell["metrics"] == {"acc": 1.0}
    assert done.values("loss") == [1.0]
    assert foreign.inject().state == "loaded"
    assert len(foreign.ok("x = 1").of_kind("cell")) == 1


def test_after_a_restart_it_is_put_in_anew() -> None:
    with started() as kernel:
        kernel.ok("x = 1")
        kernel.manager.restart_kernel(now=True)
        kernel.client.wait_for_ready(timeout=60)
        assert not kernel.ok("x = 1").events
        assert kernel.inject().state == "loaded"
        assert kernel.ok("x = 1").cell["params"] == {"x": 1}


def test_a_probe_that_fails_leaves_the_kernel_as_it_was() -> None:
    """Another version lies in the way of a module that the probe needs."""
    break_it = (
        "import sys\nclass Broken(dict):\n"
        "    def __setitem__(self, name, value):\n"
        "        if 'dsinfra' in name: raise OSError('no more handlers')\n"
        "        dict.__setitem__(self, name, value)\n"
        "k = get_ipython().kernel\nwere = k.control_handlers\nk.control_handlers = Broken(were)\n"
        "magics = set(get_ipython().magics_manager.magics['line'])\n"
        "hooks = {n: list(f) for n, f in get_ipython().events.callbacks.items()}\n"
        "finders = list(sys.meta_path)\n"
    )
    check = (
        "[m for m in sys.modules if 'dsinfra' in m], hasattr(get_ipython(), '_dsinfra_probe'),"
        "magics == set(get_ipython().magics_manager.magics['line']),"
        "hooks == {n: list(f) for n, f in get_ipython().events.callbacks.items()},"
        "finders == sys.meta_path"
    )
    with started(python_of(MIDDLE), with_probe=False) as kernel:
        kernel.ok(break_it)
        failed = kernel.inject()
        assert failed == bundle.Injection("failed", "OSError: no more handlers")
        assert kernel.ok(check).result == "([], False, True, True, True)"
        kernel.ok("k.control_handlers = were")
        assert kernel.inject().state == "loaded"


def test_a_package_of_another_version_is_passed_over() -> None:
    with started(python_of(MIDDLE), with_probe=False) as kernel:
        kernel.ok(
            "import os\nos.mkdir('dsinfra_jlab')\n"
            "open('dsinfra_jlab/__init__.py', 'w').write('__version__ = \"0.0.1\"')\n"
            "import dsinfra_jlab as old"
        )
        assert kernel.inject() == bundle.Injection("loaded", "sent")
        assert kernel.ok("import dsinfra_jlab; dsinfra_jlab.__version__").result == repr(
            __version__
        )


def test_a_shell_that_is_no_kernel_is_not_supported() -> None:
    program = (
        "from IPython.core.interactiveshell import InteractiveShell as S\n"
        f"s = S.instance()\nprint(eval({bundle.injection_expression()!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-"],
        input=program,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout)["state"] == "unsupported"


def test_an_answer_that_is_none_is_a_failure() -> None:
    assert bundle.read_reply({}).state == "failed"
    wrong = {"user_expressions": {"dsinfra": {"status": "ok", "data": {"text/plain": "3"}}}}
    assert bundle.read_reply(wrong).state == "failed"
    error = {"status": "error", "ename": "SyntaxError", "evalue": "bad"}
    told = bundle.read_reply({"user_expressions": {"dsinfra": error}})
    assert told == bundle.Injection("failed", "SyntaxError: bad")


def test_tracebacks_show_the_lines_of_sources_that_were_sent(foreign: Kernel) -> None:
    foreign.ok("import dsinfra_jlab")
    failed = foreign.run("dsinfra_jlab.log_artifact(3)")
    (error,) = [m["content"] for m in failed.messages if m["msg_type"] == "error"]
    assert error["ename"] == "TypeError"
    assert "log_artifact takes a path or bytes" in "\n".join(error["traceback"]).replace(
        "\x1b[0m", ""
    )


def test_it_can_be_turned_off_and_on(kernel: Kernel) -> None:
    kernel.ok("%dsinfra off")
    off = kernel.ok("x = 1\ndsinfra.log_metric('a', 1.0)\ndsinfra.log_param('b', 1)")
    assert not off.events
    assert "%dsinfra on" in off.text
    assert "is off" in kernel.ok("%dsinfra status").text
    kernel.ok("%dsinfra on")
    on = kernel.ok("x = 1\ndsinfra.log_metric('a', 1.0)")
    assert on.values("a") == [1.0]
    assert on.cell["params"] == {"x": 1}


def test_load_ext_loads_it_and_says_what_is_missing() -> None:
    with started(with_probe=False) as kernel:
        began = time.monotonic()
        done = kernel.ok("%load_ext dsinfra_jlab")
        assert "no server answers" in done.text
        assert time.monotonic() - began < 10
        assert kernel.ok("x = 2.5").cell["params"] == {"x": 2.5}
        kernel.answering = lambda event: ({}, None) if event.get("what") == "status" else None
        assert "the server records this kernel" in kernel.ok("%dsinfra status").text


def test_an_old_python_is_told_to_be_too_old() -> None:
    old = Environment(
        "ancient",
        "3.8",
        ("ipykernel==6.0.3", "ipython==7.34.0", "jupyter-client==6.1.12", "ipython_genutils"),
    )
    with started(python_of(old), with_probe=False) as kernel:
        answer = kernel.inject()
        assert answer == bundle.Injection("unsupported", "Python 3.8 is too old")
        assert not kernel.ok("x = 1").events


def test_a_call_loads_it_and_says_if_nobody_listens() -> None:
    with started(with_probe=False) as kernel:
        done = kernel.ok("import dsinfra_jlab as dsinfra\ndsinfra.log_metric('a', 1.0)")
        assert done.values("a") == [1.0]
        kernel.wait_for(done, lambda cell: "no server answers" in cell.text)
        assert kernel.ok("x = 1").cell["params"] == {"x": 1}
