"""Parcels that cannot be packed, read or landed: told in words, and nothing half done."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dsinfra_jlab.kernel.parcel_manifest import text_of_manifest

from .parcel_process import Process, names_of, sent


@pytest.mark.parametrize(
    ("made", "path", "kind"),
    [
        ("import threading; v = threading.Lock()", "v", "lock"),
        ("import threading; v = {'a': [1, (2, threading.RLock())]}", "v['a'][1][1]", "RLock"),
        ("v = (i for i in [1])", "v", "generator"),
        ("import socket\nclass M: pass\nv = M(); v.s = socket.socket()", "v.s", "socket"),
        ("import threading\nv = [threading.Thread()]", "v[0]._started._cond._lock", "lock"),
        (
            "import threading\nclass M: pass\nv = M(); v.layers = [M(), M(), M()]\n"
            "v.layers[1].up = v; v.up = v.layers[1]; v.layers[2].lock = threading.Lock()",
            "v.layers[2].lock",
            "lock",
        ),
        (
            "import threading\nclass S:\n    __slots__ = ('held',)\n"
            "v = S(); v.held = threading.Lock()",
            "v.held",
            "lock",
        ),
        (
            "import threading\nlock = threading.Lock()\ndef make(inner):\n"
            "    def f(): return inner\n    return f\nv = make(lock)",
            "v.<inner>",
            "lock",
        ),
        (
            "import threading\nv = list(range(300_000)); v[250_000] = threading.Lock()",
            "v[250000]",
            "lock",
        ),
        (
            "import threading, functools\nv = functools.partial(print, k=threading.Lock())",
            "v.keywords['k']",
            "lock",
        ),
        (
            "class Bad:\n    def __reduce__(self): raise ValueError('not me')\nv = [Bad()]",
            "v[0]",
            "Bad",
        ),
        ("import sys\nv = {'frame': sys._getframe()}", "v['frame']", "frame"),
        ("v = open('/dev/null', 'w')", "v", "TextIOWrapper"),
    ],
)
def test_what_cannot_be_sent_is_told_by_name_and_path(
    here: Process, job: Path, made: str, path: str, kind: str
):
    here.ok(made)
    started = time.monotonic()
    answer = here.pack(job, "v")
    assert time.monotonic() - started < 20
    assert answer["ok"] is False
    (item,) = answer["items"]
    assert (item["kind"], item["is_blocking"], item["name"]) == ("unpicklable", True, "v")
    assert item["path"] == path
    assert item["text"].startswith(f"{path} ({kind}) cannot be sent: ")
    assert list(job.iterdir()) == []


def test_each_name_that_fails_is_told(here: Process, job: Path):
    here.ok("import threading; lock = threading.Lock(); a = [lock]; b = {'l': lock}; c = 1")
    answer = here.pack(job, "a, b, c")
    assert [each["path"] for each in answer["items"]] == ["a[0]", "b['l']"]


def test_objects_whose_methods_raise_go_through(here: Process, there: Process, job: Path):
    here.ok(
        "class Odd:\n    def __init__(self): self.x = 1\n"
        "    def __eq__(self, o): raise ValueError\n"
        "    def __hash__(self): raise ValueError\n    def __bool__(self): raise ValueError\n"
        "    def __repr__(self): raise ValueError\n    def __len__(self): raise ValueError\n"
        "odd = Odd()"
    )
    back = sent(here, there, job, "other = [odd]; number = odd.x; odd.x = 2")
    assert names_of(back["changed"]) == ["odd"]
    assert here.land(job)["landed"] == ["number", "other"]
    assert here.value("other[0].x") == 2


def test_results_that_cannot_come_back_leave_the_others(here: Process, there: Process, job: Path):
    code = "import threading, numpy as np\ngood = 1; lock = threading.Lock()\n"
    code += "big = np.zeros(10**6); last = 2"
    here.pack(job, code)
    there.take_in(job)
    there.ok(code)
    back = there.send_back(job, code, max_bytes=1_000_000)
    notes = {each["name"]: each["note"] for each in back["names"]}
    assert notes == {
        "big": "left out: larger than the limit",
        "good": "",
        "last": "",
        "lock": "left out: lock (lock) cannot be sent",
        "np": "",
        "threading": "",
    }
    assert [each["path"] for each in back["items"]] == ["lock"]
    assert here.land(job)["landed"] == ["good", "last", "np", "threading"]


def test_much_is_asked_about_and_too_much_is_refused(here: Process, job: Path):
    here.ok("import numpy as np; x = np.zeros(10**6); y = np.zeros(10**5); z = 1")
    answer = here.pack(job, "x, y, z", ask_bytes=8_000_000, max_bytes=10**9)
    assert answer["ok"]
    (item,) = answer["items"]
    assert (item["kind"], item["needs_word"], item["is_blocking"]) == ("large", True, False)
    assert "x (8 MB), y (800 kB)" in item["text"]
    assert item["size_bytes"] == answer["bytes"]
    shutil.rmtree(job)
    answer = here.pack(job, "x, y, z", max_bytes=1_000_000)
    assert not answer["ok"]
    assert [each["name"] for each in answer["items"] if each["is_blocking"]] == ["x"]
    assert list(job.iterdir()) == []


def test_other_versions_are_told(here: Process, job: Path):
    here.ok("import numpy as np, pandas")
    version = here.value("np.__version__")
    one = here.value("'{}.{}.{}'.format(*__import__('sys').version_info[:3])")
    answer = here.pack(job, "1", target_python="2.7.18")
    (item,) = answer["items"]
    assert item["kind"] == "python"
    assert item["is_blocking"]
    assert "2.7" in item["text"]
    assert one.rpartition(".")[0] in item["text"]
    there = {"NumPy": "1.0.0"}
    answer = here.pack(
        job, "import pandas as pd\nnp.zeros(1)", target_packages=there, target_python=one
    )
    assert answer["ok"]
    assert [(each["kind"], each["name"], each["needs_word"]) for each in answer["items"]] == [
        ("package", "numpy", True),
        ("missing_package", "pandas", True),
    ]
    assert version in answer["items"][0]["text"]
    there = {"numpy": version, "pandas": here.value("pandas.__version__")}
    assert here.pack(job, "np.zeros(1); pandas", target_packages=there)["items"] == []
    near = {**there, "numpy": version + ".1"}
    (item,) = here.pack(job, "np.zeros(1)", target_packages=near)["items"]
    assert (item["kind"], item["needs_word"]) == ("package", False)


def test_names_that_are_nowhere_are_told(here: Process, job: Path):
    answer = here.pack(job, "print(nowhere); eval('1')")
    assert answer["ok"]
    assert [(each["kind"], each["name"]) for each in answer["items"]] == [
        ("dynamic", None),
        ("missing_name", "nowhere"),
    ]
    assert not any(each["needs_word"] for each in answer["items"])


def test_code_that_is_none_is_sent_all_the_same(here: Process, there: Process, job: Path):
    assert here.pack(job, "1 +")["ok"]
    assert there.take_in(job)["ok"]
    assert there.run("1 +") == "SyntaxError"
    assert there.send_back(job, "1 +")["ok"]
    assert here.land(job)["landed"] == []


@pytest.mark.parametrize("file", ["payload.pkl", "buffers.bin", "parcel.json"])
@pytest.mark.parametrize("how", ["cut", "changed", "gone"])
def test_a_damaged_parcel_touches_nothing(
    here: Process, there: Process, job: Path, file: str, how: str
):
    here.ok("import numpy as np; x = np.arange(10**6); y = 'text'")
    assert here.pack(job, "x, y")["ok"]
    path = job / "sent" / file
    content = path.read_bytes()
    if how == "gone":
        path.unlink()
    elif how == "cut":
        path.write_bytes(content[: len(content) // 2])
    else:
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    there.ok("x = 'mine'")
    answer = there.take_in(job)
    if file == "parcel.json" and how == "gone":  # the code needs nothing: there is no parcel
        assert answer["names"] == []
    else:
        assert answer["ok"] is False
        assert answer["error"].startswith("The parcel cannot be used: ")
        assert there.value("x") == "mine"


@pytest.mark.parametrize(
    ("made", "file"),
    [("np.zeros(5_000_000)", "buffers.bin"), ("'x' * 40_000_000", "payload.pkl")],
)
def test_damage_of_what_is_large_is_found_there_and_back(
    here: Process, there: Process, job: Path, made: str, file: str
):
    here.ok(f"import numpy as np; x = {made}")
    code = "y = x + x"
    assert here.pack(job, code)["ok"]
    _damage(job / "sent" / file)
    assert "its content was changed " in there.take_in(job)["error"]
    assert here.pack(job, code)["ok"]
    assert there.take_in(job)["ok"]
    there.ok(code)
    assert there.send_back(job, code)["ok"]
    _damage(job / "returned" / file)
    landed = here.land(job)
    assert landed["landed"] == []
    assert "its content was changed " in landed["error"]
    assert here.value("'y' in globals()") is False


@pytest.mark.parametrize("size", [1_000_000, 5_000_000])
def test_results_need_what_was_sent_unharmed(here: Process, there: Process, job: Path, size: int):
    here.ok(f"import numpy as np; x = np.arange({size}.0)")
    sent(here, there, job, "y = [x]; z = 1")
    kept = job.parent / "kept"
    shutil.copytree(job / "sent", kept)
    refused = []
    _damage(job / "sent" / "buffers.bin")
    refused.append(here.land(job))
    here.ok("x = 1")
    here.pack(job, "x")
    refused.append(here.land(job, is_asked=True))
    shutil.rmtree(job / "sent")
    refused.append(here.land(job, is_asked=True))
    if os.path.exists("/proc/self/pagemap"):
        assert [each["landed"] for each in refused] == [[], [], []]
        assert all(each["error"].startswith("The results cannot be used: ") for each in refused)
    shutil.copytree(kept, job / "sent")
    assert here.land(job, is_asked=True)["landed"] == ["y", "z"]
    assert here.value("float(y[0][777])") == 777.0


def _damage(path: Path) -> None:
    """Change one bit, and say that the file is as old as it was."""
    before = path.stat()
    with path.open("rb+") as file:
        file.seek(before.st_size // 2)
        byte = file.read(1)[0]
        file.seek(before.st_size // 2)
        file.write(bytes([byte ^ 1]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _rewrite(path: Path, **more: str) -> None:
    """Have a parcel say something else of itself."""
    content = {**json.loads(path.read_text()), **more}
    del content["digest"]
    path.write_text(text_of_manifest(content))


@pytest.mark.parametrize("made", ["'text'", "np.arange(5_000_000)"])
def test_a_parcel_that_says_something_else_of_itself_is_found(
    here: Process, there: Process, job: Path, made: str
):
    here.ok(f"import numpy as np; y = x = {made}; t = (1, 2)")
    assert here.pack(job, "x, y, t")["ok"]
    path = job / "sent" / "parcel.json"
    content = path.read_bytes()
    for place in range(0, len(content), 7):
        changed = bytes([content[place] ^ 1])
        path.write_bytes(content[:place] + changed + content[place + 1 :])
        assert there.take_in(job)["ok"] is False, content[place - 20 : place + 20]
    path.write_bytes(content)
    assert there.take_in(job)["ok"]


def test_digests_of_a_method_that_is_not_known_are_told(here: Process, there: Process, job: Path):
    here.ok("x = 1")
    here.pack(job, "x")
    path = job / "sent" / "parcel.json"
    _rewrite(path, digests="another")
    assert "of another version of dsinfra" in there.take_in(job)["error"]


def test_one_result_that_cannot_be_made_leaves_all(here: Process, there: Process, job: Path):
    code = (
        "import os\ndef once():\n    raise ValueError('not here')\n"
        "class Bomb:\n    def __reduce__(self): return (once, ())\n"
        "first = 1; bomb = Bomb(); last = 2"
    )
    sent(here, there, job, code)
    landed = here.land(job)
    assert landed["ok"] is False
    assert landed["landed"] == []
    assert landed["failed"] == [
        {"name": "bomb", "text": "bomb cannot be made here: ValueError: not here"}
    ]
    assert here.value("'first' in globals() or 'last' in globals()") is False
    assert here.told()[-1]["failed"] == landed["failed"]


def test_a_missing_package_is_named(here: Process, there: Process, job: Path, tmp_path: Path):
    (tmp_path / "only_here.py").write_text("def f(): return 1\n")
    here.ok(f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nimport only_here")
    try:
        assert here.pack(job, "only_here.f()", notebook_folder=str(job))["ok"]
    finally:
        here.ok("sys.path.pop(0)")
    answer = there.take_in(job)
    assert answer["ok"] is False
    assert "only_here cannot be imported here" in answer["error"]


def test_a_folder_that_is_gone_is_told(here: Process, there: Process, job: Path):
    here.ok("x = 1")
    answer = here.pack(job, "x")
    shutil.rmtree(job)
    answer = json.loads(
        here.ask("pack", json.dumps({"job_id": "j", "folder": str(job), "code": "x"}))
    )
    assert answer["ok"] is False
    assert answer["error"] == "The job's folder cannot be used: it is not there (job)."
    assert (
        here.land(job, is_asked=True)["error"]
        == "The results cannot be used: it is not there any more."
    )


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="not run: needs mount")
def test_a_full_disk_leaves_nothing(here: Process, there: Process, tmp_path: Path):
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("not run: tmpfs cannot be mounted here")
    try:
        here.ok("import numpy as np; x = np.zeros(10**6); s = 'x' * 5_000_000; n = 1")
        for code in ("x", "s"):
            answer = here.pack(place / "job", code)
            assert answer["ok"] is False
            assert "No space left" in answer["error"]
            assert list((place / "job").iterdir()) == []
        assert here.pack(place / "job", "n")["ok"]
        there.ok("import numpy as np; r = np.ones(10**6)")
        answer = there.send_back(place / "job", "r = 1")
        assert "No space left" in answer["error"]
        assert [each.name for each in (place / "job").iterdir()] == ["sent"]
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.parametrize("slow", ["__reduce__", "__getstate__"])
def test_an_interrupt_leaves_no_half_parcel(here: Process, job: Path, slow: str):
    here.ok(
        f"import time\nclass Slow:\n    def {slow}(self):\n        while True: time.sleep(0.01)\n"
        "a = list(range(1000)); slow = Slow()"
    )
    timer = threading.Timer(1.0, lambda: here.child.send_signal(signal.SIGINT))
    timer.start()
    answer = here.pack(job, "a, slow")
    timer.join()
    assert answer["is_interrupted"]
    assert list(job.iterdir()) == []
    here.ok("1")
    assert here.pack(job, "a")["ok"]


def test_packing_again_replaces_what_was_there(here: Process, there: Process, job: Path):
    here.ok("x = 1")
    here.pack(job, "x")
    here.ok("x = 2")
    here.pack(job, "x")
    there.take_in(job)
    assert there.value("x") == 2
    assert [each.name for each in job.iterdir()] == ["sent"]


def test_a_parcel_of_another_python_is_refused(here: Process, there: Process, job: Path):
    here.ok("x = 1")
    here.pack(job, "x")
    path = job / "sent" / "parcel.json"
    _rewrite(path, python="3.1.4")
    answer = there.take_in(job)
    now = "{}.{}".format(*sys.version_info[:2])
    assert answer["error"] == f"The variables were packed by Python 3.1, and this is Python {now}."
