"""The processes of Dask begin beside what they need, and import no more than that."""

from __future__ import annotations

import subprocess
import sys

from dsinfra_jlab.compute.engines.dask_child import GO


def test_a_process_runs_nothing_before_the_word_and_ends_with_who_should_give_it() -> None:
    """It begins beside the certificates, and must not look for them before they are there."""
    command = [sys.executable, "-m", "dsinfra_jlab.compute.engines.dask_child", "this"]
    done = subprocess.run(command, input="", stdout=subprocess.PIPE, text=True, timeout=120)
    assert (done.stdout, done.returncode) == ("", 0)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write(GO.decode())
        child.stdin.flush()
        assert "Zen of Python" in child.stdout.readline()
        child.stdin.close()
        child.wait(120)


def test_dask_is_imported_without_numpy_which_can_be_had_then() -> None:
    code = (
        "import sys\n"
        "from dsinfra_jlab.compute.engines.dask_import import import_dask\n"
        "import_dask()\n"
        "assert 'distributed' in sys.modules and 'numpy' not in sys.modules\n"
        "import numpy\n"
        "from distributed.protocol import deserialize, serialize\n"
        "array = numpy.arange(1000)\n"
        "assert (deserialize(*serialize(array)) == array).all()\n"
        "import_dask()\n"
        "assert sys.modules['numpy'] is numpy\n"
        "print('well')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout == "well\n", done.stderr
