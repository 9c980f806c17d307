"""What is taken from a cell without a call: its parameters, metrics, time, data and environment."""

from __future__ import annotations

import sys

import pytest

from .kernels import Kernel


def test_what_a_cell_read_before_it_ran_are_its_params(kernel: Kernel) -> None:
    kernel.ok("lr = 0.1\nname = 'adam'\nn = 3\nunused = 9\n_hidden = 4\nflag = True\nnone = None")
    done = kernel.ok("n = n + 1\nscore = lr * n\nuse = (name, flag, none, _hidden)\nlr = lr * 2.0")
    assert done.cell["params"] == {"lr": 0.1, "n": 3, "name": "adam", "flag": True, "none": None}
    assert done.cell["metrics"] == {"n": 4.0, "score": pytest.approx(0.4), "lr": 0.2}


def test_constants_are_params_and_results_are_metrics(kernel: Kernel) -> None:
    done = kernel.ok(
        "epochs = 3\nbest = None\nfor epoch in range(epochs):\n    loss = 1 / (epoch + 1)\n"
        "import math\ndef f(): pass\nok = loss < 1\ntext = str(loss)\n_private = loss"
    )
    assert done.cell["params"] == {"epochs": 3, "best": None}
    assert done.cell["metrics"] == {"loss": pytest.approx(1 / 3)}


def test_scalars_that_a_function_reads_are_params(kernel: Kernel) -> None:
    kernel.ok("momentum = 0.9\nother = 1\ndef train(x):\n    return x * momentum")
    done = kernel.ok("result = train(2.0)")
    assert done.cell["params"] == {"momentum": 0.9}
    assert done.cell["metrics"] == {"result": 1.8}


def test_a_name_the_cell_did_not_bind_is_no_metric(kernel: Kernel) -> None:
    kernel.ok("acc = 0.5 + 0\nloss = 2.5 + 0")
    done = kernel.ok("if len('') > 1:\n    acc = loss * 2")
    assert done.cell["metrics"] == {}
    failed = kernel.run("1 / 0\nacc = loss * 2\nlr = 0.7")
    assert failed.cell["metrics"] == {}
    assert "lr" not in failed.cell["params"]
    kernel.ok("%reset -f\n")
    kernel.ok("acc = 0.5 + 0")
    half = kernel.run("acc = acc + 1\nrest = 3 * acc\n1 / 0")
    assert half.cell["metrics"] == {"acc": 1.5, "rest": 4.5}
    assert half.cell["status"] == "error"


def test_what_a_loop_leaves_is_no_param_of_the_next_time(kernel: Kernel) -> None:
    kernel.ok("lr = 0.5")
    code = "for epoch in range(2):\n    acc = lr * epoch\nprint(acc)"
    kernel.ok(code)
    cell = kernel.ok(code).cell
    assert cell["params"] == {"lr": 0.5}
    assert cell["metrics"] == {"acc": 0.5}


def test_names_and_their_use(kernel: Kernel) -> None:
    kernel.ok("data = [1]\nk = 2")
    done = kernel.ok("data.append(k)\ntotal = sum(data)")
    assert {"data", "k"} <= set(done.cell["reads"])
    assert done.cell["writes"] == ["total"]
    assert done.cell["touches"] == ["data"]


def test_code_in_magics_counts(kernel: Kernel) -> None:
    kernel.ok("lr = 0.25")
    done = kernel.ok("%%time\nacc = lr * 2")
    assert done.cell["params"] == {"lr": 0.25}
    assert done.cell["metrics"] == {"acc": 0.5}


def test_processor_time_is_that_of_the_cell_and_its_children(kernel: Kernel) -> None:
    code = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass"
    assert 0.2 <= kernel.ok(code).cell["cpu_s"] < 2
    assert kernel.ok("time.sleep(0.3)").cell["cpu_s"] < 0.2
    child = "end = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    busy = kernel.ok(
        "import subprocess, sys\n"
        f"_ = subprocess.run([sys.executable, '-c', {'import time' + chr(10) + child!r}])"
    )
    assert busy.cell["cpu_s"] >= 0.3


def test_the_peak_of_a_gpu_that_is_in_use(kernel: Kernel) -> None:
    """A stand-in for torch, which would be read only if the user had loaded it."""
    kernel.ok(
        "import sys, types\ntorch = types.ModuleType('torch')\npeaks = [0, 0]\n"
        "torch.cuda = types.SimpleNamespace(is_initialized=lambda: True, device_count=lambda: 2,\n"
        "    max_memory_allocated=lambda device: peaks[device])\n"
        "sys.modules['torch'] = torch"
    )
    assert kernel.ok("1").cell["gpu_peak"] is None
    rose = kernel.ok("peaks[0] = 100").cell["gpu_peak"]
    stayed = kernel.ok("1").cell["gpu_peak"]
    two = kernel.ok("peaks[1] = 50").cell["gpu_peak"]
    kernel.ok("del sys.modules['torch']")
    assert rose == {"bytes": 100, "kind": "exact"}
    assert stayed == {"bytes": 100, "kind": "at_most"}
    assert two == {"bytes": 150, "kind": "at_most"}


TORCH = """
import sys, time, types
torch, peaks = types.ModuleType('torch'), [0, 0]
def max_memory_allocated(device):
    return peaks[device]
torch.cuda = types.SimpleNamespace(is_initialized=lambda: True, device_count=lambda: 2,
    max_memory_allocated=lambda device: max_memory_allocated(device))
sys.modules['torch'] = torch
"""


def test_a_peak_of_a_gpu_that_the_cell_has_reset_is_the_least(kernel: Kernel) -> None:
    kernel.ok(TORCH)
    kernel.ok("peaks[:] = [100, 70]")
    reset = kernel.ok("peaks[0] = 40").cell["gpu_peak"]
    kernel.ok("del sys.modules['torch']")
    assert reset == {"bytes": 40, "kind": "at_least"}


@pytest.mark.parametrize(
    "code",
    [
        "max_memory_allocated = lambda device: 1 / 0",
        "max_memory_allocated = lambda device: '100'",
        "max_memory_allocated = lambda device: -1",
        "sys.modules['torch'] = types.SimpleNamespace(cuda=torch.cuda)",
        "sys.modules['torch'] = None",
        "del torch.cuda",
        "torch.cuda.is_initialized = lambda: False",
    ],
)
def test_what_is_not_quite_torch_has_no_peak_and_hurts_nobody(kernel: Kernel, code: str) -> None:
    kernel.ok(TORCH + "peaks[0] = 100")
    done = kernel.ok(code)
    kernel.ok("sys.modules.pop('torch', None)")
    assert done.cell["gpu_peak"] is None


def test_peaks_that_take_long_to_read_are_not_read_again(kernel: Kernel) -> None:
    kernel.ok(TORCH + "asked = []")
    try:
        kernel.ok(
            "def max_memory_allocated(device):\n"
            "    asked.append(device); time.sleep(0.02); return 100"
        )
        kernel.ok("1")
        before = kernel.ok("print(len(asked))").text.strip()
        kernel.ok("1")
        assert kernel.ok("print(len(asked))").text.strip() == before != "0"
    finally:
        kernel.ok(
            "sys.modules.pop('torch', None)\n"
            "usage = next(m for n, m in sys.modules.items() if n.endswith('.usage') "
            "and 'dsinfra' in n)\nusage._slow[0] = 0"
        )


def test_data_is_reported_at_once_and_with_its_digest(kernel: Kernel) -> None:
    done = kernel.ok("open('in.csv', 'w').write('a')\nprint(open('in.csv').read())")
    first = done.of_kind("data")[0]
    assert "audit" in first["coverage"]
    (item,) = [item for item in first["items"] if item["name"].endswith("in.csv")]
    assert item["mode"] == "read_write"

    def has_digest(cell: object) -> bool:
        return any(i.get("digest") for e in done.of_kind("data") for i in e["items"])

    kernel.wait_for(done, has_digest)


def test_the_environment_comes_when_modules_were_loaded(foreign: Kernel) -> None:
    done = foreign.ok("import colorsys")
    foreign.wait_for(done, lambda cell: bool(cell.of_kind("environment")))
    (seen,) = done.of_kind("environment")
    assert "ipykernel" in seen["packages"]
    assert "ipykernel" in seen["loaded"]
    again = foreign.ok("import colorsys")
    assert not foreign.settle(again, 1).of_kind("environment")


def test_a_thousand_names_cost_no_more_than_ten(kernel: Kernel) -> None:
    """The cost is that of the names in the cell: of others not even the values are looked up."""
    kernel.ok(
        "class Counting(dict):\n    looked = 0\n"
        "    def get(self, *a): Counting.looked += 1; return dict.get(self, *a)\n"
        "    def __getitem__(self, k): Counting.looked += 1; return dict.__getitem__(self, k)\n"
        "    def __contains__(self, k): Counting.looked += 1; return dict.__contains__(self, k)\n"
        "    def __iter__(self): raise SystemError('iterated')\n"
        "    items = keys = values = __iter__\n"
        "from dsinfra_jlab.kernel import names, values\nfrom collections import Counter\n"
        "ns = Counting({f'v{i}': i for i in range(1000)})\n"
        "cell = names.analyse('a = v1 + v2')\nplan = values.plan_for(cell)\n"
        "before = values.look_before(plan, ns, Counter())\n"
        "found = values.look_after(before, ns, False, Counter())\nnames.touched(cell, ns)"
    )
    assert int(kernel.ok("Counting.looked").result) < 30


def test_the_highest_marks_of_memory_enclose_a_short_spike(kernel: Kernel) -> None:
    code = "spike = bytearray(300_000_000)\nspike[::4096] = b'x' * len(spike[::4096])\ndel spike"
    before, after = kernel.ok(code).cell["rss_marks"]
    assert after - before > 200_000_000
    quiet_before, quiet_after = kernel.ok("x = 1").cell["rss_marks"]
    assert quiet_before >= after and quiet_after - quiet_before < 10_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets the mark be set back")
def test_the_mark_is_set_back_as_each_cell_begins_if_that_is_wanted(kernel: Kernel) -> None:
    options = "p = get_ipython()._dsinfra_probe\np.set_options({'is_resetting_marks': %s})"
    spike = "spike = bytearray(300_000_000)\nspike[::4096] = b'x' * len(spike[::4096])\ndel spike"
    high = kernel.ok(spike).cell["rss_marks"][1]
    kernel.ok(options % True)
    try:
        for _ in range(2):
            before, after = kernel.ok("x = 1").cell["rss_marks"]
            assert before == 0 and after < high - 150_000_000
            before, again = kernel.ok(spike).cell["rss_marks"]
            assert before == 0 and again > after + 200_000_000
        assert kernel.run("1 / 0").cell["rss_marks"][0] == 0
    finally:
        kernel.ok(options % False)
    assert kernel.ok("x = 1").cell["rss_marks"][0] > 0
