"""A map gives what the function gives for each item, each starting from what was sent."""

from __future__ import annotations

import json
import os
import shutil
import textwrap
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, note, settings
from hypothesis import strategies as st

from .parcel_process import Process

PACKING = """
import json as _json, os as _os
from dsinfra_jlab.kernel.remote_calls import call_of as _call_of
from dsinfra_jlab.kernel.remote_map_packing import MapPacking as _MapPacking
from dsinfra_jlab.kernel.remote_sending import WithNames as _WithNames

def _pack_map(function, items, root, **more):
    shell = get_ipython()
    call = _call_of(function, shell.user_ns, "{}", "item")
    packing = _MapPacking(_WithNames(shell, call.given), call.names[0])
    folder = _os.path.join(root, "map-1")
    request = {"job_id": "map-1", "folder": folder, "code": call.code, **more}
    answers = [packing.pack(request)]
    for number, item in enumerate(items):
        request["folder"] = _os.path.join(root, f"job-{number}", "sent")
        answers.append(packing.pack_item(request, item))
    return {"code": call.code, "answers": answers}
"""


def packed(here: Process, root: Path, function: str, items: str, **more: Any) -> dict[str, Any]:
    """Pack a map in the notebook's process; return the code of its jobs and what was said."""
    shutil.rmtree(root, ignore_errors=True)
    (root / "map-1").mkdir(parents=True)
    here.ok(PACKING)
    options = f"**_json.loads({json.dumps(json.dumps(more))})"
    found: dict[str, Any] = here.value(f"_pack_map({function}, {items}, {str(root)!r}, {options})")
    return found


def results(here: Process, there: Process, root: Path, function: str, items: str) -> list[Any]:
    """Return what the items give, run one after the other in one process."""
    done = packed(here, root, function, items)
    assert all(each["ok"] for each in done["answers"]), done
    found = []
    for number in range(len(done["answers"]) - 1):
        taken = there.take_in(root / f"job-{number}")
        assert taken["ok"], taken
        there.ok(done["code"])
        found.append(there.value("result"))
    return found


# What functions do, and with what

SETUP = """
import numpy as np
class Box:
    def __init__(self, held):
        self.held = held
acc = [1, 2]
table = {"acc": acc, "n": 0}
box = Box(acc)
raw = np.arange(6)
part = raw[2:4]
def helper(value):
    table["n"] += 1
    return [value, table["n"], len(acc)]
"""

ITEMS = (
    "1",
    "acc",
    "[acc, acc]",
    "box",
    "table",
    "raw",
    "raw[1:5]",
    "part",
    "{'deep': [box, raw[3:]]}",
    "helper",
    "Box([acc])",
    "None",
)

LINES = (
    "acc.append(3)",
    "box.held.append(box.held is x)",
    "table['n'] += 10",
    "raw[2] = -1",
    "part[0] += 5",
    "seen.append(x is acc)",
    "seen.append(type(x) is Box)",
    "seen.append(x is box or x is table)",
    "if isinstance(x, np.ndarray): x[0] = 77",
    "if isinstance(x, list): x.append(0)",
    "if isinstance(x, Box): x.held = 'changed'",
    "if callable(x): seen.append(x(4))",
    "seen.append(helper(1))",
    "globals()['acc'] = [9]",
    "Box.mark = getattr(Box, 'mark', 0) + 1; seen.append(Box.mark)",
    "item = 3; result = 4",
)

END = (
    "seen += [len(acc), table['n'], table['acc'] is acc, np.shares_memory(raw, part)]\n"
    "seen += [raw.tolist(), part.tolist(), repr(box.held)]\n"
    "return seen"
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(st.sampled_from(LINES), max_size=6),
    st.lists(st.sampled_from(ITEMS), min_size=1, max_size=4),
)
@example([next(line for line in LINES if "Box.mark" in line)], ["1", "1"])
@example(["acc.append(3)"], ["acc", "helper"])
def test_a_map_is_a_list_of_calls_that_all_begin_alike(
    here: Process, there: Process, tmp_path: Path, lines: list[str], items: list[str]
) -> None:
    body = textwrap.indent("\n".join(["seen = []", *lines, END]), "    ")
    setup = f"{SETUP}\ndef work(x):\n{body}\nitems = [{', '.join(items)}]\n"
    note(setup)
    here.ok(setup)
    wanted = []
    for number in range(len(items)):
        here.ok(
            "_names = {'__name__': 'fresh'}\n"
            f"exec({setup!r}, _names)\n"
            f"_found = _names['work'](_names['items'][{number}])"
        )
        wanted.append(here.value("_found"))
    assert results(here, there, tmp_path / "jobs", "work", "items") == wanted


@pytest.mark.parametrize(
    ("setup", "function", "items", "wanted"),
    [
        # The names that the code of a job uses cover none that the function reads.
        ("item = 5\ndef work(x): return x + item", "work", "[1, 2]", [6, 7]),
        ("result = 5\ndef work(x): return x + result", "work", "[1, 2]", [6, 7]),
        ("function = 5", "lambda x: x + function", "[1]", [6]),
        (
            "def work(x): return x + 1\nold = work\ndef work(x): return old(x) * 10",
            "old",
            "[1]",
            [2],
        ),
        (
            "def work(x): return x + 1\nold = work\ndef work(x): return old(x) * 10",
            "work",
            "[1]",
            [20],
        ),
        ("def fact(n): return 1 if n < 2 else n * fact(n - 1)", "fact", "[3, 5]", [6, 120]),
        # What only an item needs goes with it.
        ("k = 3\ndef g(x): return x + k", "lambda f: f(1)", "[g, lambda y: y * k, len]", None),
        ("import math\nk = 3", "lambda f: f(2)", "[lambda y: math.sqrt(y) + k]", None),
        ("", "str", "[1, None]", ["1", "None"]),
        ("import functools, operator", "functools.partial(operator.add, 2)", "[1]", [3]),
        # A generator is followed as it goes.
        (
            "def made():\n    held = []\n    for n in range(3):\n"
            "        held.append(n)\n        yield held",
            "sum",
            "made()",
            [0, 1, 3],
        ),
    ],
)
def test_names_and_items_of_all_kinds(
    here: Process,
    there: Process,
    tmp_path: Path,
    setup: str,
    function: str,
    items: str,
    wanted: list[Any] | None,
) -> None:
    if wanted is None and "g," in items:
        items, wanted = items.replace(", len", ""), [4, 3]
    here.ok(setup)
    if wanted is None:
        wanted = [2**0.5 + 3]
    assert results(here, there, tmp_path / "jobs", function, items) == wanted


def test_memory_is_written_once_however_many_items_lead_to_it(
    here: Process, there: Process, tmp_path: Path
) -> None:
    here.ok(
        "import numpy as np\ndata = np.arange(500_000.)\n"
        "def work(x):\n    x[0] = -1\n    return [float(data[0]), float(x.sum()), len(data)]"
    )
    root = tmp_path / "jobs"
    found = results(here, there, root, "work", "[data[i:i + 10] for i in (0, 5, 0)]")
    # Views of what the function reads are views of it there, and each item finds it as it was.
    assert found == [[-1.0, 44.0, 500_000], [0.0, 89.0, 500_000], [-1.0, 44.0, 500_000]]
    sizes = {
        str(path.relative_to(root)): path.stat().st_size
        for path in root.rglob("*")
        if path.is_file()
    }
    assert sizes["map-1/sent/buffers.bin"] == 4_000_000
    assert sum(size for name, size in sizes.items() if name.startswith("job-")) < 20_000


def test_an_item_that_cannot_be_sent_is_named_and_the_others_can(
    here: Process, there: Process, tmp_path: Path
) -> None:
    here.ok("import threading\ndef work(x): return 1")
    root = tmp_path / "jobs"
    done = packed(here, root, "work", "[1, [threading.Lock()], b'123' * 1000, 2]", max_bytes=3000)
    fine = [each["ok"] for each in done["answers"]]
    assert fine == [True, True, False, False, True]
    (item,) = done["answers"][2]["items"]
    assert "item[0] (lock) cannot be sent" in item["text"]
    (item,) = done["answers"][3]["items"]
    assert (item["kind"], item["is_blocking"]) == ("large", True)
    assert sorted(os.listdir(root)) == ["job-0", "job-1", "job-2", "job-3", "map-1"]
    assert os.listdir(root / "job-1") == [] and os.listdir(root / "job-3") == ["sent"]


def test_a_shared_part_that_cannot_be_sent_is_named(
    here: Process, there: Process, tmp_path: Path
) -> None:
    here.ok("import threading\nlock = threading.Lock()\ndef work(x):\n    return lock")
    done = packed(here, tmp_path / "jobs", "work", "[]")
    (answer,) = done["answers"]
    assert not answer["ok"] and "lock (lock) cannot be sent" in answer["items"][0]["text"]


def test_a_shared_part_that_was_changed_on_the_way_is_refused(
    here: Process, there: Process, tmp_path: Path
) -> None:
    root = tmp_path / "jobs"
    setup = "import numpy as np\ndata = np.ones(1000)\ndef work(x): return float(data[x])"
    here.ok(setup)
    assert results(here, there, root, "work", "[1, 2]") == [1.0, 1.0]
    shared = root / "map-1" / "sent"
    for name in ("payload.pkl", "buffers.bin", "parcel.json"):
        kept = (shared / name).read_bytes()
        (shared / name).write_bytes(kept[:-9] + b"!" + kept[-8:])
        answer = there.take_in(root / "job-1")
        assert not answer["ok"] and "cannot be used" in answer["error"], (name, answer)
        (shared / name).write_bytes(kept)
    assert there.take_in(root / "job-1")["ok"]
    # That of another map, or none at all.
    shutil.move(root / "map-1", tmp_path / "kept")
    assert "is not there" in (answer := there.take_in(root / "job-1"))["error"] or (
        "cannot be read" in answer["error"]
    )
    (root / "map-1").mkdir()
    here.ok("data[0] = 5")
    assert packed(here, tmp_path / "other", "work", "[1]")["answers"][0]["ok"]
    shutil.rmtree(root / "map-1")
    shutil.copytree(tmp_path / "other" / "map-1", root / "map-1")
    assert "not what was sent" in there.take_in(root / "job-1")["error"]


def test_the_shared_part_is_hashed_once_where_it_came_another_way(
    here: Process, there: Process, tmp_path: Path
) -> None:
    """On a worker that sees none of our files they are written anew, without their seals."""
    here.ok(
        "import numpy as np\ndata = np.arange(5_000_000.)\ntext = 'ä' * 20_000_000\n"
        "def work(x): return [float(data[x]), len(text)]"
    )
    root, far = tmp_path / "jobs", tmp_path / "far"
    done = packed(here, root, "work", "[1, 2, 3]")
    shutil.copytree(root, far)
    there.ok(
        "from dsinfra_jlab.kernel import parcel_digest, parcel_reading\n"
        "hashed = []\n"
        "kept = parcel_digest.Workers.digests, parcel_reading.new_hash\n"
        "def _digests(self, memories, steps=None):\n"
        "    hashed.append(sum(each.nbytes for each in memories))\n"
        "    return kept[0](self, memories, steps)\n"
        "parcel_digest.Workers.digests = _digests\n"
    )
    found = []
    try:
        for number in range(3):
            answer = there.take_in(far / f"job-{number}")
            assert answer["ok"], answer
            there.ok("kept_names = set(globals())\n" + done["code"])
            found.append(there.value("result"))
    finally:
        there.ok("parcel_digest.Workers.digests = kept[0]")
    assert found == [[float(n), 20_000_000] for n in (1, 2, 3)]
    if os.path.exists("/proc/sys/kernel/random/boot_id"):
        assert [size for size in there.value("hashed") if size] == [40_000_000]


def test_local_modules_of_the_shared_part_and_of_an_item(
    here: Process, there: Process, tmp_path: Path
) -> None:
    notebook = tmp_path / "notebook"
    notebook.mkdir()
    (notebook / "near_one.py").write_text("def one(): return 1\n")
    (notebook / "near_two.py").write_text("def two(x): return x + 2\n")
    here.ok(
        f"import sys; sys.path.insert(0, {str(notebook)!r})\n"
        "import near_one, near_two\ndef work(f): return f(near_one.one())"
    )
    root = tmp_path / "jobs"
    try:
        done = packed(
            here,
            root,
            "work",
            "[abs, near_two.two, abs]",
            notebook_folder=str(notebook),
        )
        found = []
        for number in range(3):
            assert there.take_in(root / f"job-{number}")["ok"]
            there.ok(done["code"])
            found.append(there.value("result"))
    finally:
        here.ok(f"sys.path.remove({str(notebook)!r})")
    assert found == [1, 3, 1]
    assert not (root / "job-0" / "sent" / "modules.zip").exists()
    assert (root / "job-1" / "sent" / "modules.zip").exists()


def test_each_item_finds_libraries_set_up_as_the_notebook_has_them(
    here: Process, there: Process, tmp_path: Path
) -> None:
    here.ok(
        "import numpy as np\n"
        "np.set_printoptions(precision=3)\n"
        "def shown(x):\n"
        "    text = str(np.array([x]))\n"
        "    np.set_printoptions(precision=1)\n"
        "    return text"
    )
    try:
        found = results(here, there, tmp_path / "jobs", "shown", "[1 / 3, 2 / 3]")
    finally:
        for each in (here, there):
            each.ok("np.set_printoptions(precision=8)")
    assert found == ["[0.333]", "[0.667]"]
