"""The calls where there is no kernel: in a plain Python, and in a terminal's IPython."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dsinfra_jlab.kernel import bootstrap, bundle

from .environments import OLDEST, python_of

PROGRAM = """
import dsinfra_jlab as dsinfra
dsinfra.log_metric('loss', 0.5)
dsinfra.log_params({'lr': 0.1})
dsinfra.set_tag('a', 'b')
with dsinfra.run('fit', lr=0.1) as block:
    block.log_metric('loss', 0.25)
@dsinfra.run('each')
def f(): return 3
assert f() == 3
dsinfra.log_metric('bad', object())
print('done')
"""


def run(program: str, python: str = sys.executable, **env: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [python, "-"],
        input=program,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "DSINFRA_SCRIPTS": "off", **env},
    )
    assert done.returncode == 0, done.stderr
    return done


def test_a_script_runs_as_if_nothing_were_called() -> None:
    done = run(PROGRAM)
    assert done.stdout == "done\n"
    assert "DsinfraWarning" in done.stderr


@pytest.mark.timeout(600)
def test_without_the_part_for_scripts_the_calls_do_nothing() -> None:
    """Only the probe is there, as in a process that a kernel of another environment spawned."""
    taken = Path(bootstrap.__file__).read_text("utf-8")
    program = f"{taken}\n_take_over({bundle.packed_sources()!r})\n"
    done = run(program + PROGRAM, python_of(OLDEST))
    assert done.stdout == "done\n"
    assert "nothing here that records this process" in done.stderr


def test_the_package_says_what_it_offers_without_loading_it() -> None:
    program = (
        "import sys, dsinfra_jlab as d\n"
        "assert not [m for m in sys.modules if m.startswith('dsinfra_jlab.')]\n"
        "names = set(d.__all__)\nassert names <= set(dir(d))\n"
        "assert all(getattr(d, name) for name in names)\n"
        "assert d.log_metric is d.log_metric\n"
        "assert not {'IPython', 'zmq', 'numpy', 'pandas', 'tornado'} & set(sys.modules)\n"
        "import inspect\n"
        "for name in names - {'__version__'}:\n"
        "    assert '>>> ' in inspect.getdoc(getattr(d, name)), name\n"
        "try: d.nothing\nexcept AttributeError as e: print(e)"
    )
    assert "has no attribute 'nothing'" in run(program).stdout


def test_in_a_terminal_the_extension_says_that_it_needs_a_kernel() -> None:
    program = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "shell.run_line_magic('load_ext', 'dsinfra_jlab')"
    )
    assert "cannot watch this session: this is no ipykernel" in run(program).stdout
