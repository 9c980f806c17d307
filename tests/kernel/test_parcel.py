"""Parcels between two processes: what is in them arrives as it was, or nothing does."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from .parcel_process import Process, names_of, sent

# What arrives


def test_names_for_one_object_stay_names_for_one_object(here: Process, there: Process, job: Path):
    here.ok(
        "import numpy as np\nl = [1]; m = l; t = {'l': l}\n"
        "x = np.arange(100_000.); view = x[10:20]; whole = x[:]; small = np.zeros(3)"
    )
    code = (
        "view[0] = -1; l.append(2); whole[50] = -2; small[0] = 5\nseen = [x[10], x[50], small[0]]"
    )
    code += "\nshared = m is l and t['l'] is l; seen = list(map(float, seen))"
    sent(here, there, job, code)
    assert here.land(job)["ok"]
    assert here.value("[seen, shared]") == [[-1.0, -2.0, 5.0], True]


def test_returned_objects_share_what_they_shared(here: Process, there: Process, job: Path):
    here.ok("import numpy as np")
    sent(here, there, job, "a = np.zeros(1000); b = a[5:]; c = [a, a]; d = {}; d['self'] = d")
    here.land(job)
    here.ok("b[0] = 7")
    assert here.value("[a[5], c[0] is a and c[1] is a, d['self'] is d]") == [7.0, True, True]
    assert here.value("a.flags.writeable and b.flags.writeable")


def test_arrays_arrive_writable_unless_they_were_not(here: Process, there: Process, job: Path):
    here.ok(
        "import numpy as np; x = np.zeros(10**6); r = np.zeros(10**6); r.flags.writeable = False"
    )
    there_says = "w = [x.flags.writeable, r.flags.writeable]; y = x + 1; s = r"
    sent(here, there, job, there_says)
    here.land(job)
    assert here.value("[w, y.flags.writeable, s.flags.writeable]") == [[True, False], True, False]


def test_functions_look_up_names_where_they_are(here: Process, there: Process, job: Path):
    here.ok(
        "K = 10\ndef g(): return K\ndef fact(n): return 1 if n < 2 else n * fact(n - 1)\n"
        "def outer():\n    total = [0]\n    def add(n):\n        total[0] += n\n"
        "        return total[0]\n"
        "    return add\nadd = outer(); add(1)\ng.note = 'kept'\n"
        "def typed(a: int, b: str = 'x', *, c=3) -> float:\n    'doc'\n    return c"
    )
    code = (
        "K = 99\nfound = [g(), fact(5), add(2), g.note, typed.__doc__, typed(1), "
        "typed.__defaults__[0], sorted(typed.__annotations__)]\ndef h(): return K, g()"
    )
    sent(here, there, job, code)
    here.land(job)
    here.ok("K = 1")
    assert here.value("found") == [99, 120, 3, "kept", "doc", 3, "x", ["a", "b", "return"]]
    assert here.value("[h(), g(), add(1)]") == [[1, 1], 1, 2]
    assert here.value("h.__globals__ is globals()")


def test_a_class_is_the_same_class_when_its_objects_come_back(
    here: Process, there: Process, job: Path
):
    here.ok(
        "import enum, dataclasses\nclass Colour(enum.Enum):\n    RED = 1\n"
        "@dataclasses.dataclass\nclass Point:\n    x: int\n"
        "    def up(self): return Point(self.x + 1)\n"
        "class Far(Point):\n    def up(self): return super().up()\n"
        "p = Far(1); colour = Colour.RED\nup = Far.up"
    )
    code = "q = p.up(); made = [Far(5)]; c = Colour.RED; same = colour is c; Point.added = 1"
    back = sent(here, there, job, code)
    assert "Point" in names_of(back["changed"])
    here.land(job)
    assert here.value("[type(q) is Point, type(made[0]) is Far, c is colour, same]") == [True] * 4
    assert here.value("[hasattr(Point, 'added'), Far.up is up]") == [False, True]


def test_modules_are_imported_and_functions_of_libraries_found(
    here: Process, there: Process, job: Path
):
    here.ok("import numpy as np, xml.etree.ElementTree, math\nfrom json import dumps")
    code = "z = dumps([float(np.sum([1, 2])), math.pi > 3, xml.etree.ElementTree.__name__])"
    answer = here.pack(job, code)
    assert answer["needs"] == ["dumps", "math", "np", "xml"]
    there.take_in(job)
    there.ok(code)
    there.send_back(job, code)
    here.land(job)
    assert json.loads(here.value("z")) == [3.0, True, "xml.etree.ElementTree"]


def test_tables_arrive(here: Process, there: Process, job: Path):
    here.ok(
        "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2], 'b': ['x', None], "
        "'t': pd.date_range('2020', periods=2, tz='Europe/Berlin')}, "
        "index=pd.Index([5, 6], name='i'))\n"
        "df['c'] = df.b.astype('category')"
    )
    code = "out = df.copy(); out.loc[5, 'a'] = 9; df['new'] = 1; top = out.groupby('c').a.sum()"
    back = sent(here, there, job, code)
    assert names_of(back["changed"]) == ["df"]
    here.land(job)
    assert here.value("[int(out.a[5]), list(out.columns), str(out.t.dtype), int(top['x'])]") == [
        9,
        ["a", "b", "t", "c"],
        "datetime64[us, Europe/Berlin]",
        9,
    ]
    assert here.value("'new' in df.columns") is False
    assert here.land(job, names=["df"], is_asked=True)["landed"] == ["df"]
    assert here.value("'new' in df.columns")


@pytest.mark.parametrize(
    ("made", "check"),
    [
        ("import logging; v = logging.getLogger('a.b')", "v.name == 'a.b'"),
        ("import pathlib; v = pathlib.Path('/tmp')", "str(v) == '/tmp'"),
        ("v = lambda k: k + 1", "v(1) == 2"),
        ("v = open('/etc/hostname')", "v.read() != ''"),
        ("v = memoryview(b'abc')", "bytes(v) == b'abc'"),
        ("v = bytearray(b'x' * 100_000)", "len(v) == 100_000"),
        ("v = b'x' * 3_000_000", "len(v) == 3_000_000"),
        ("v = range(3), {1}, frozenset([2]), 1j, None, ...", "v[0] == range(3) and v[5] is ..."),
        ("def f():\n    class A:\n        z = 3\n    return A()\nv = f()", "v.z == 3"),
        ("import collections; v = collections.namedtuple('P', 'x y')(1, 2)", "v.y == 2"),
        ("import re; v = re.compile('a+')", "v.match('aa') is not None"),
        ("import weakref, numpy; v = numpy.ma.masked_array([1, 2], [0, 1])", "v.sum() == 1"),
        (
            "class M(type): pass\nclass C(metaclass=M): pass\nv = C()",
            "type(type(v)).__name__ == 'M'",
        ),
        ("import numpy as np; v = np.asfortranarray(np.ones((300, 200)))", "v.flags.f_contiguous"),
        ("import numpy as np; v = np.arange(10**5)[::2]", "int(v[1]) == 2 and len(v) == 50_000"),
        ("import numpy as np; v = np.array([], dtype='f4')", "v.dtype.name == 'float32'"),
        ("import types; v = types.ModuleType('made'); v.x = 5", "v.x == 5"),
        ("v = float('nan')", "v != v"),
        ("x = []; x.append(x); v = x", "v[0] is v"),
        ("v = 'ä\\ud800 \\0'", "len(v) == 4"),
    ],
)
def test_values_of_all_kinds_go_there_and_back(
    here: Process, there: Process, job: Path, made: str, check: str
):
    here.ok(made)
    sent(here, there, job, f"w = v; fine = {check.replace('v.read()', 'v.read() + chr(33)')}")
    landed = here.land(job)
    assert landed["ok"], landed
    assert here.value("fine")
    if "open(" not in made:
        assert here.value(check.replace("v", "w").replace("wiew", "view"))


def test_ten_thousand_names(here: Process, there: Process, job: Path):
    here.ok("import numpy as np\nfor i in range(10_000): globals()[f'v{i}'] = np.full(3, i)")
    code = (
        "total = sum(int(each[0]) for each in [" + ",".join(f"v{i}" for i in range(10_000)) + "])"
    )
    started = time.monotonic()
    back = sent(here, there, job, code)
    assert here.land(job)["landed"] == ["total"]
    assert back["changed"] == []
    assert here.value("total") == sum(range(10_000))
    assert time.monotonic() - started < 60


def test_local_modules_go_along_and_are_read_again_when_they_change(
    here: Process, there: Process, tmp_path: Path
):
    folder = tmp_path / "notebooks"
    (folder / "pack" / "inner").mkdir(parents=True)
    (folder / "aside.py").write_text("import pack.inner\nVALUE = 1\ndef f(): return VALUE\n")
    (folder / "pack" / "__init__.py").write_text("from .inner import deep\n")
    (folder / "pack" / "inner" / "__init__.py").write_text("import third\ndeep = third.X\n")
    (folder / "pack" / "data.txt").write_text("kept")
    (folder / "third.py").write_text("X = 3\nclass Thing:\n    pass\n")
    (folder / "unused.py").write_text("X = 4\n")
    here.ok(
        f"import sys; sys.path.insert(0, {str(folder)!r})\nimport aside\nfrom third import Thing"
    )
    here.ok("thing = Thing()")
    code = (
        "import pack, os\nfrom aside import f\nimport sys\n"
        "found = [f(), pack.deep, type(thing).__module__, 'unused' in sys.modules, "
        "os.path.exists(os.path.join(os.path.dirname(pack.__file__), 'data.txt'))]"
    )
    more = {"notebook_folder": str(folder)}
    try:
        back = sent(here, there, tmp_path / "first", code, **more)
        assert back["ok"], back
        assert there.value("found") == [1, 3, "third", False, True]
        (folder / "aside.py").write_text("VALUE = 2\ndef f(): return VALUE\n")
        sent(here, there, tmp_path / "second", code, **more)
        assert there.value("found[0]") == 2
    finally:
        here.ok(
            f"sys.path.remove({str(folder)!r})\n"
            "for each in ('aside', 'pack', 'pack.inner', 'third'): sys.modules.pop(each, None)"
        )
    manifest = json.loads((tmp_path / "first" / "sent" / "parcel.json").read_text())
    assert manifest["modules"]["names"] == ["aside", "pack", "third"]


def test_a_kernel_that_is_used_again_keeps_the_modules_of_two_parcels(
    here: Process, there: Process, tmp_path: Path
):
    """Which come again, changed, with each cell of a session."""
    folder, private = tmp_path / "notebooks", tmp_path / "private"
    folder.mkdir()
    private.mkdir()
    there.ok(f"import os; os.environ['DSINFRA_PRIVATE_FOLDER'] = {str(private)!r}")
    here.ok(f"import sys; sys.path.insert(0, {str(folder)!r})")
    code = "import coming\nfound = coming.VALUE, coming.late()"
    try:
        for number in range(5):
            (folder / "coming.py").write_text(
                f"VALUE = {number}\ndef late():\n    import coming_late\n"
                "    return coming_late.VALUE\n"
            )
            (folder / "coming_late.py").write_text(f"VALUE = {number * 10}\n")
            job = tmp_path / str(number)
            back = sent(here, there, job, code, notebook_folder=str(folder))
            assert back["ok"], back
            assert there.value("found") == [number, number * 10]
            assert len(list(private.iterdir())) == min(number + 1, 2)
        manifest = tmp_path / "broken" / "sent" / "parcel.json"
        (folder / "coming.py").write_text("VALUE = 9\n")
        assert here.pack(tmp_path / "broken", code, notebook_folder=str(folder))["ok"]
        assert manifest.exists()
        (manifest.parent / "modules.zip").write_bytes(b"no archive")
        assert not there.take_in(tmp_path / "broken")["ok"]
        assert len(list(private.iterdir())) == 2
    finally:
        there.ok("del os.environ['DSINFRA_PRIVATE_FOLDER']")
        here.ok(
            f"sys.path.remove({str(folder)!r})\n"
            "for each in ('coming', 'coming_late'): sys.modules.pop(each, None)"
        )


def test_nothing_of_the_users_is_kept(here: Process, there: Process, job: Path):
    here.ok(
        "import weakref, gc, numpy as np\nclass Big:\n    def get(self): return 1\n"
        "big = Big(); big.data = np.zeros(10**6)\n"
        "gone = weakref.ref(big); data = weakref.ref(big.data)"
    )
    sent(here, there, job, "r = [big]; big.data[0] = 1")
    assert here.land(job)["ok"]
    there.ok("import gc, weakref; t = weakref.ref(big)")
    for each in (here, there):
        each.ok("big = r = None; gc.collect(); gc.collect()")
    assert here.value("[gone() is None, data() is None]") == [True, True]
    assert there.value("t() is None")


def test_errors_in_functions_that_were_sent_show_their_line(
    here: Process, there: Process, job: Path
):
    here.ok("def fails():\n    return 1 / 0  # here it is\n")
    code = (
        "import traceback\ntry:\n    fails()\nexcept ZeroDivisionError:\n"
        "    text = traceback.format_exc()\ndef late():\n    return {}['gone']"
    )
    sent(here, there, job, code)
    here.land(job)
    assert "# here it is" in here.value("text")
    here.ok("try:\n    late()\nexcept KeyError:\n    text = __import__('traceback').format_exc()")
    assert "return {}['gone']" in here.value("text")


# What was changed


def test_what_was_sent_and_is_as_it_was_is_not_sent_again(here: Process, there: Process, job: Path):
    here.ok("import numpy as np; x = np.zeros(10**6); l = list(range(1000)); s = {'a', 'b', 'c'}")
    code = "x = x; l = l; y = x[:10]; s"
    back = sent(here, there, job, code)
    assert {each["name"]: each["note"] for each in back["names"]} == {
        "l": "unchanged",
        "x": "unchanged",
        "y": "",
    }
    assert back["changed"] == []
    assert back["bytes"] < 10_000
    assert here.land(job)["landed"] == ["y"]


def test_a_change_of_one_number_is_seen(here: Process, there: Process, job: Path):
    here.ok("import numpy as np; x = np.zeros(10**6); y = np.zeros(10**6); small = np.zeros(2)")
    back = sent(here, there, job, "x[777_777] = 1; small[1] = 1; y.sum()")
    assert names_of(back["changed"]) == ["small", "x"]
    assert {each["note"] for each in back["changed"]} == {"changed in place"}


def test_memory_that_nobody_wrote_to_is_not_read_again(here: Process, there: Process, job: Path):
    if not os.path.exists("/proc/self/pagemap"):
        pytest.skip("not run: this system does not tell of pages")
    here.ok("import numpy as np; x = np.zeros(10**6); y = np.zeros(10**6); z = np.zeros(2)")
    here.pack(job, "x, y, z")
    there.take_in(job)
    there.ok("from dsinfra_jlab.kernel.parcel_pages import untouched; import gc")
    there.ok(
        "y[5] = 1; x.sum()\n"
        "side = [o for o in gc.get_objects() if type(o).__name__ == 'Returning'][-1]"
    )
    assert there.value("[each[1] for each in untouched(side._mapped)]") == [8_000_000]
    there.ok("import ctypes; first = x.ctypes.data")
    assert there.value("first in [each[0] for each in untouched(side._mapped)]")
    there.ok("x = y = z = None; gc.collect()")
    there.ok("import numpy as np; w = np.ones(3_000_000)")
    assert there.value("list(untouched(side._mapped))") == []


def test_what_nobody_wrote_to_since_is_not_hashed_again(here: Process, there: Process, job: Path):
    if not os.path.exists("/proc/sys/kernel/random/boot_id"):
        pytest.skip("not run: this system does not tell when it was started")
    here.ok("import numpy as np; x = np.arange(5_000_000.0); t = 'ä' * 20_000_000")
    code = "y = x * 2; u = t + t"
    assert here.pack(job, code)["ok"]
    refuse = (
        "from dsinfra_jlab.kernel import parcel_digest, parcel_reading\n"
        "kept = parcel_digest.Workers.digests, parcel_reading.new_hash\n"
        "def _refuse(*_): raise OSError('hashed again')\n"
        "parcel_digest.Workers.digests = parcel_reading.new_hash = _refuse"
    )
    allow = "parcel_digest.Workers.digests, parcel_reading.new_hash = kept"
    there.ok(refuse)
    try:
        answer = there.take_in(job)
    finally:
        there.ok(allow)
    assert answer["ok"], answer
    there.ok(code)
    there.send_back(job, code)
    here.ok(refuse)
    try:
        landed = here.land(job)
    finally:
        here.ok(allow)
    assert landed["landed"] == ["u", "y"], landed
    assert here.value("bool((y == x * 2).all()) and u == t + t")


def test_memory_of_names_that_stay_behind_is_not_read(here: Process, there: Process, job: Path):
    here.ok(
        "import numpy as np; changed = np.zeros(10**6); shared = np.arange(10.0**6)\n"
        "pair = [shared, changed]"
    )
    back = sent(here, there, job, "changed[7] = 1; y = [shared[5:9], shared]; z = 1; pair")
    assert names_of(back["changed"]) == ["changed", "pair"]
    here.ok(
        "from dsinfra_jlab.kernel import parcel_reading\n"
        "kept = parcel_reading.room_for; sizes = []\n"
        "parcel_reading.room_for = lambda size: sizes.append(size) or kept(size)"
    )
    try:
        landed = here.land(job)
    finally:
        here.ok("parcel_reading.room_for = kept")
    assert (landed["landed"], landed["conflicts"]) == (["y", "z"], [])
    assert here.value("sizes") == [8_000_000]
    assert here.value("[each.tolist() for each in y][0]") == [5.0, 6.0, 7.0, 8.0]
    assert here.value("bool((y[1] == shared).all()) and changed[7] == 0")
    landed = here.land(job, names=["pair"], is_asked=True)
    assert landed["landed"] == ["pair"], landed
    assert here.value("pair[1][7] == 1 and bool((pair[0] == shared).all())")


def test_memory_that_is_as_it_was_sent_is_not_sent_back(here: Process, there: Process, job: Path):
    if not os.path.exists("/proc/self/pagemap"):
        pytest.skip("not run: this system does not tell of pages")
    here.ok(
        "import numpy as np\nimport pandas as pd\n"
        "table = pd.DataFrame({'n': np.arange(10**6), 'x': np.ones(10**6)})\n"
        "kept = np.arange(10.0**6); cut = np.zeros(10**6)"
    )
    code = "pair = {'kept': kept, 'cut': cut}; table['new'] = 7; cut[1] = 5; part = kept[2:4]"
    back = sent(here, there, job, code)
    assert names_of(back["changed"]) == ["cut", "table"]
    # The column that is new and the array that was written to.
    assert 16_000_000 <= (job / "returned" / "buffers.bin").stat().st_size < 17_000_000
    assert here.land(job)["landed"] == ["pair", "part"]
    assert here.value("[float(each) for each in part]") == [2.0, 3.0]
    assert here.value("bool((pair['kept'] == kept).all()) and pair['kept'].base is not kept")
    here.ok("pair['kept'][0] = 9")
    assert here.value("[float(kept[0]), float(pair['cut'][1]), float(cut[1])]") == [0.0, 5.0, 0.0]
    assert here.land(job, names=["table"], is_asked=True)["landed"] == ["table"]
    assert here.value("[int(table.n[5]), float(table.x.sum()), int(table.new[3])]") == [5, 1e6, 7]


@pytest.mark.parametrize(("ours", "theirs"), [("blake2b", "sha256"), ("sha256", "blake2b")])
def test_machines_on_which_other_digests_are_quickest_understand_each_other(
    here: Process, there: Process, job: Path, ours: str, theirs: str
):
    prefer = (
        "from dsinfra_jlab.kernel import parcel_digest as module\n"
        "module.kept = getattr(module, 'kept', module.quickest)\nmodule.quickest = lambda: {!r}"
    )
    restore = "module.quickest = module.kept"
    made = "import numpy as np; x = np.zeros(10**6); y = np.zeros(10**6); z = 'text'"
    here.ok(f"{made}\n{prefer.format(ours)}")
    there.ok(prefer.format(theirs))
    try:
        back = sent(here, there, job, "x = x; y[5] = 1; z = z; w = [y * 2, x]")
        assert {each["name"]: each["note"] for each in back["names"]} == {
            "w": "",
            "x": "unchanged",
            "z": "unchanged",
        }
        assert names_of(back["changed"]) == ["y"]
        here.reset()  # as after a restart of the kernel
        here.ok(f"{made}\n{prefer.format(theirs)}")
        landed = here.land(job, names=["y", "w"], is_asked=True)
        assert (landed["landed"], landed["conflicts"]) == (["w", "y"], [])
    finally:
        here.ok(restore)
        there.ok(restore)
    methods = [
        json.loads((job / each / "parcel.json").read_text())["digests"]
        for each in ("sent", "returned")
    ]
    assert methods == [ours, theirs]


def test_reset_and_rebinding_before_it_lands(here: Process, there: Process, job: Path):
    here.ok("a = [1]; b = object(); c = {'k': 1}; keep = b")
    sent(here, there, job, "a = [2]; b = 3; c = 4; d = 5; e = 6")
    here.ok("del a; b = object(); d = 1")
    landed = here.land(job)
    assert landed["landed"] == ["a", "c", "e"]
    assert landed["conflicts"] == ["b", "d"]
    assert here.told() == [
        {
            "kind": "landed",
            "job_id": "job",
            "landed": ["a", "c", "e"],
            "conflicts": ["b", "d"],
            "failed": [],
        }
    ]


def test_what_is_large_and_not_sent_is_told_apart_by_being_another(
    here: Process, there: Process, job: Path
):
    here.ok(
        "import numpy as np; a = np.zeros(9_000_000); b = np.zeros(9_000_000); c = [b'x' * 2**21]"
    )
    sent(here, there, job, "a = 1; b = 2; c = 3")
    here.ok("b = np.zeros(9_000_000)")
    landed = here.land(job)
    assert landed["landed"] == ["a", "c"]
    assert landed["conflicts"] == ["b"]


def test_only_what_is_asked_for_lands(here: Process, there: Process, job: Path):
    sent(here, there, job, "a = 1; b = 2; c = 3", returns=["a", "b"])
    assert here.land(job, names=["b"])["landed"] == ["b"]
    assert here.value("'a' in globals()") is False
    assert here.land(job, names=["a", "nowhere"], is_asked=True)["landed"] == ["a"]


def test_returns_say_what_comes_back(here: Process, there: Process, job: Path):
    here.pack(job, "a = 1; b = 2", returns=["b", "nowhere"])
    there.take_in(job)
    there.ok("a = 1; b = 2")
    back = there.send_back(job, "a = 1; b = 2", returns=["b", "nowhere"])
    assert names_of(back["names"]) == ["b", "nowhere"]
    assert back["names"][1]["note"] == "left out: the code has not bound it"


def test_new_names_come_back_where_the_code_hides_them(here: Process, there: Process, job: Path):
    back = sent(here, there, job, "from math import *\nexec('made = 1')")
    assert {"made", "pi", "sqrt"} <= set(names_of(back["names"]))
    assert here.land(job)["ok"]
    assert here.value("made + pi > 4")


def test_functions_with_a_cache_arrive(here: Process, there: Process, job: Path):
    here.ok(
        "import functools\nK = 3\n@functools.lru_cache(maxsize=7, typed=True)\n"
        "def fact(n): return K if n < 1 else n * fact(n - 1)\n"
        "class Model:\n"
        "    @functools.lru_cache\n    def scaled(self, n): return n * K\n"
        "    @functools.cached_property\n    def size(self): return K + 1\n"
        "model = Model(); model.size; fact(2)"
    )
    code = (
        "fresh = Model()\nfound = [fact(3), fact.cache_parameters(), fact.cache_info().currsize, "
        "model.scaled(2), model.size, fresh.size, 'size' in vars(fresh), fact.__name__]\n"
        "@functools.cache\ndef made(n): return fact(n)"
    )
    sent(here, there, job, code)
    assert here.land(job)["ok"]
    parameters = {"maxsize": 7, "typed": True}
    assert here.value("found") == [18, parameters, 4, 6, 4, 4, True, "fact"]
    assert here.value("made(1) == 3 and made.cache_info().misses == 1")


def test_a_slot_is_not_blamed_for_its_class(here: Process, there: Process, job: Path):
    here.ok(
        "import threading\nclass Box:\n    __slots__ = ('kept',)\n"
        "    lock = threading.Lock()\nbox = Box()"
    )
    answer = here.pack(job, "box; Box")
    assert [each["path"] for each in answer["items"]] == ["Box.lock", "box.__class__.lock"]


def test_what_a_job_has_bound_is_no_change_of_others(here: Process, there: Process, job: Path):
    sent(here, there, job, "import json\na = [1]; b = 'text'")
    assert here.land(job)["landed"] == ["a", "b", "json"]
    again = here.land(job, is_asked=True)
    assert (again["landed"], again["conflicts"]) == (["a", "b", "json"], [])
    here.ok("a.append(2)")
    again = here.land(job, is_asked=True)
    assert (again["landed"], again["conflicts"]) == (["b", "json"], ["a"])


CALLABLES = """
import dataclasses, enum, functools, typing
factor = 3
@functools.singledispatch
def area(shape):
    'What it covers.'
    return ["other", factor]
@area.register
def _(shape: int):
    return ["int", shape * factor]
@area.register(list)
def _(shapes):
    return [area(each) for each in shapes]
def made():
    @functools.singledispatch
    def deep(value):
        return 0
    @deep.register
    def _(value: list):
        return 1 + max(map(deep, value), default=0)
    return deep
depth = made()
class Shape:
    def __init__(self, n):
        self.n = n
    def size(self):
        return self.n * factor
    @staticmethod
    def unit():
        return Shape(1)
    @classmethod
    def of(cls, n):
        return cls(n)
    @functools.singledispatchmethod
    def plus(self, other):
        raise TypeError(type(other).__name__)
    @plus.register
    def _(self, other: int):
        return self.n + other
    @functools.lru_cache
    def times(self, n):
        return self.n * n
    twice = functools.partialmethod(times, 2)
@area.register
def _(shape: Shape):
    return shape.size()
size, unit, of = Shape(4).size, Shape.unit, Shape.of
@dataclasses.dataclass(order=True)
class Point:
    x: int
    tags: list = dataclasses.field(default_factory=list)
point = Point(1)
class Colour(enum.Flag):
    RED = 1
    BLUE = 2
both = Colour.RED | Colour.BLUE
scaled = functools.partial(pow, exp=2)
shape = Shape(5)
Meters = typing.NewType("Meters", int)
"""


def test_functions_and_methods_of_all_kinds_do_there_what_they_do_here(
    here: Process, there: Process, job: Path
):
    here.ok(CALLABLES)
    code = (
        "found = [area(2), area([1, 'a', shape]), area.__doc__, depth([[], [[]]]),"
        " size(), unit().n, of(7).n, shape.plus(2), shape.twice(), point < Point(2),"
        " both is Colour.RED | Colour.BLUE, scaled(3), Meters(4), Meters.__name__,"
        " area.dispatch(list) is area.registry[list]]\n"
        "@area.register\ndef _(shape: str):\n    return 'text'\nfound.append(area('x'))"
    )
    back = sent(here, there, job, code)
    assert here.land(job)["ok"], back
    expected = [["int", 6], [["int", 3], ["other", 3], 15], "What it covers.", 3]
    expected += [12, 1, 7, 7, 10, True, True, 9, 4, "Meters", True, "text"]
    assert here.value("found") == expected


def test_a_part_of_a_function_that_chooses_by_type_is_named(here: Process, job: Path):
    here.ok(
        "import functools, threading\nlock = threading.Lock()\n"
        "@functools.singledispatch\ndef area(shape):\n    return 0\n"
        "@area.register\ndef _(shape: int, held=lock):\n    return 1"
    )
    (item,) = here.pack(job, "area(1)")["items"]
    assert item["is_blocking"] and item["path"] == "area.registry[int].__defaults__[0]"
    assert "(lock) cannot be sent" in item["text"]
