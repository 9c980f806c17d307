from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsinfra_jlab.domain import limits
from dsinfra_jlab.domain.errors import limits as error_limits
from dsinfra_jlab.domain.errors.occurrences import FrameKind, Relation
from dsinfra_jlab.domain.errors.sightings import SeenException
from dsinfra_jlab.domain.errors.tracebacks.reading import in_code, read_traceback

from ...golden_tracebacks import Golden, goldens

PUBLISHED = [each for each in goldens() if each.text and each["enames"]]
FRAMED = [each for each in PUBLISHED if each["mode"] != "Minimal"]

OTHER_LINE = {
    # IPython 7 neither shows the cell's frame nor a line of what %%time ran.
    ("ipython7", "timed", "Context"): None,
    ("ipython7", "timed", "Verbose"): None,
    # ... and of %%timeit the line of the magic alone.
    ("ipython7", "timeit_cell", "Context"): 1,
    ("ipython7", "timeit_cell", "Verbose"): 1,
    # This mode of IPython 8.0 shows no line numbers, and the line stands there twice.
    ("ipython8.0", "same_line_twice", "Plain"): None,
}
"""What the text tells where it does not tell the line."""


class _Cells(Mapping[int, str]):
    """No more than what is asked of ``cells``."""

    def __init__(self, codes: dict[int, str]) -> None:
        self._codes = codes

    def __getitem__(self, count: int) -> str:
        return self._codes[count]

    def __iter__(self) -> Iterator[int]:
        return iter(self._codes)

    def __len__(self) -> int:
        return len(self._codes)


def read(golden: Golden) -> tuple[SeenException, ...]:
    found = read_traceback(golden["ename"], golden["evalue"], golden.text, language="python")
    return in_code(
        found,
        code=golden.code,
        execution_count=golden["execution_count"],
        cells=_Cells(golden.before),
    )


def line_of(golden: Golden, found: tuple[SeenException, ...]) -> int | None:
    """The line at which the error left the cell."""
    own = f"In[{golden['execution_count']}]"
    return next((frame.line for frame in found[0].frames if frame.file == own), None)


def test_enough_was_recorded() -> None:
    assert len(PUBLISHED) >= 1_000
    assert {each.kernel for each in PUBLISHED} >= {"ipython7", "ipython8", "ipython9"}


@pytest.mark.parametrize("golden", PUBLISHED, ids=str)
def test_class_and_message_are_read(golden: Golden) -> None:
    first = read(golden)[0]
    known = {golden["enames"][0]}
    if "SyntaxError" in known:
        known.add("_IncompleteInputError")  # what Python 3.13 calls some of them
    assert first.ename in known
    if golden["evalue"] and first.ename not in ("SyntaxError", "_IncompleteInputError"):
        assert first.evalue in (golden["evalue"], golden["evalue"].split(" (")[0])
    assert "(<" not in first.evalue or "line" not in first.evalue


@pytest.mark.parametrize("golden", FRAMED, ids=str)
def test_chain_is_read(golden: Golden) -> None:
    found = read(golden)
    expected = [
        "_IncompleteInputError" if found[0].ename == "_IncompleteInputError" else name
        for name in golden["enames"]
    ]
    assert [each.ename for each in found] == expected
    assert [each.parent for each in found] == [None, *range(len(found) - 1)]


@pytest.mark.parametrize("golden", [each for each in FRAMED if each["line"]], ids=str)
def test_line_of_the_cell_is_found(golden: Golden) -> None:
    key = golden.kernel, golden["name"], golden["mode"]
    assert line_of(golden, read(golden)) == OTHER_LINE.get(key, golden["line"])


def test_lines_that_no_text_tells_are_few() -> None:
    assert len(OTHER_LINE) / len([each for each in FRAMED if each["line"]]) < 0.01


@pytest.mark.parametrize("golden", [each for each in FRAMED if each["column"]], ids=str)
def test_column_of_a_syntax_error_is_that_of_the_code(golden: Golden) -> None:
    frame = read(golden)[0].frames[-1]
    assert (frame.line, frame.column) == (golden["line"], golden["column"])


def _one(kernel: str, name: str, mode: str = "Context") -> Golden:
    return next(
        each
        for each in goldens()
        if (each.kernel, each["name"], each["mode"]) == (kernel, name, mode)
    )


@pytest.mark.parametrize("mode", ["Context", "Plain", "Verbose"])
@pytest.mark.parametrize("kernel", ["ipython7", "ipython8.0", "ipython8.4", "ipython8", "ipython9"])
def test_frames_of_other_cells_keep_their_number(kernel: str, mode: str) -> None:
    golden = _one(kernel, "function_of_another_cell", mode)
    count = golden["execution_count"]
    frames = [
        (frame.kind, frame.file, frame.function, frame.line, frame.source)
        for frame in read(golden)[0].frames
    ]
    assert frames == [
        (FrameKind.cell, f"In[{count}]", "<module>", 2, "load(d)"),
        (FrameKind.cell, f"In[{count - 1}]", "load", 3, "return d['speed']"),
    ]


@pytest.mark.parametrize("mode", ["Context", "Plain", "Verbose"])
@pytest.mark.parametrize("kernel", ["ipython7", "ipython8", "ipython9"])
def test_functions_have_bare_names_whatever_the_version(kernel: str, mode: str) -> None:
    names = [frame.function for frame in read(_one(kernel, "method", mode))[0].frames]
    assert names == ["<module>", "fit", "_fit"]
    nested = [frame.function for frame in read(_one(kernel, "nested_function", mode))[0].frames]
    assert nested == ["<module>", "outer", "run", "deep"]


def test_relations_of_a_chain() -> None:
    found = read(_one("ipython9", "three_in_a_chain"))
    assert [(each.ename, each.parent, each.relation) for each in found] == [
        ("OSError", None, None),
        ("IndexError", 0, Relation.cause),
        ("ZeroDivisionError", 1, Relation.context),
    ]


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("a = 1\n%no_such 1\n", 2),
        ("a = '%no_such'\nb = %no_such 1\n", 2),
        ("%no_such\n%no_such\n", None),
        ("%no_such_at_all\n", None),
    ],
)
def test_line_of_a_magic_that_does_not_exist(code: str, line: int | None) -> None:
    evalue = "Line magic function `%no_such` not found."
    found = read_traceback("UsageError", evalue, "UsageError: " + evalue, language="python")
    (placed,) = in_code(found, code=code, execution_count=3, cells={})
    assert [frame.line for frame in placed.frames] == ([line] if line else [])


@pytest.mark.parametrize(
    ("code", "line"),
    [("# leave\n\nraise SystemExit(3)\n", 3), ("a = 1\nraise SystemExit(3)\n", None), ("", None)],
)
def test_the_only_line_of_a_cell_is_that_of_its_error(code: str, line: int | None) -> None:
    text = "An exception has occurred, use %tb to see the full traceback.\n\nSystemExit: 3\n"
    found = read_traceback("SystemExit", "3", text, language="python")
    for ends_cell in (True, False):
        (placed,) = in_code(found, code=code, execution_count=3, cells={}, ends_cell=ends_cell)
        expected = [line] if line and ends_cell else []
        assert [frame.line for frame in placed.frames] == expected


def test_notes_stand_apart_from_the_message() -> None:
    found = read(_one("ipython9", "notes"))[0]
    assert (found.evalue, found.notes) == ("bad row", ("row 17\nof sales.csv\nwhich is new",))


def test_what_a_worker_sent_along_is_a_message() -> None:
    for kernel in ("ipython7", "ipython9"):
        found = read(_one(kernel, "worker_process", "Plain"))
        assert found[1].ename == "_RemoteTraceback"
        assert "Traceback (most recent call last)" in found[1].evalue
        assert found[1].frames == ()


def test_modules_are_read_from_paths() -> None:
    frames = read(_one("ipython9", "library"))[0].frames
    assert [(frame.kind.value, frame.module, frame.function) for frame in frames] == [
        ("cell", "__main__", "<module>"),
        ("library", "json", "loads"),
        ("library", "json.decoder", "decode"),
        ("library", "json.decoder", "raw_decode"),
    ]
    own = read(_one("ipython9", "own_module"))[0].frames
    assert [frame.kind.value for frame in own] == ["cell", "user", "user"]


def test_compiled_code_is_of_libraries() -> None:
    frames = read(_one("ipython8", "pandas_key"))[1].frames
    assert frames[1].module == "pandas._libs.index"
    assert {frame.kind for frame in frames} == {FrameKind.library}


@pytest.mark.parametrize("kernel", ["ipython8.0", "ipython8", "ipython9"])
def test_recursion_is_one_frame_with_a_count(kernel: str) -> None:
    frames = read(_one(kernel, "recursion"))[0].frames
    assert [frame.function for frame in frames[:2]] == ["<module>", "down"]
    assert sum(frame.repeated for frame in frames) > 20


def test_boxes_of_rich_are_read() -> None:
    found = read(_one("ipython8", "rich_chain"))
    assert [each.ename for each in found] == ["ValueError", "ZeroDivisionError"]
    assert [frame.line for each in found for frame in each.frames] == [4, 2]


def test_colours_make_no_difference() -> None:
    coloured = _one("ipython9", "cause")
    assert "\x1b[" in coloured.text
    assert [each.ename for each in read(coloured)] == ["RuntimeError", "KeyError"]


# Forms that need a product to be produced, written as their documentation and users show them.

COLAB = """\
---------------------------------------------------------------------------
KeyError                                  Traceback (most recent call last)
[/usr/local/lib/python3.10/dist-packages/pandas/core/indexes/base.py](https://localhost:8080/#) \
in get_loc(self, key)
   3801             try:
-> 3802                 return self._engine.get_loc(casted_key)
   3803             except KeyError as err:

4 frames
pandas/_libs/index.pyx in pandas._libs.index.IndexEngine.get_loc()

KeyError: 'b'

The above exception was the direct cause of the following exception:

KeyError                                  Traceback (most recent call last)
<ipython-input-12-0f1e2d3c4b5a> in <cell line: 0>()
      1 x = 1
----> 2 df['b']

--- 2 frames ---
/usr/local/lib/python3.10/dist-packages/pandas/core/frame.py in __getitem__(self, key)
   3805             if self.columns.nlevels > 1:
   3806                 return self._getitem_multilevel(key)
-> 3807             indexer = self.columns.get_loc(key)

KeyError: 'b'

---------------------------------------------------------------------------
NOTE: If your import is failing due to a missing package, you can
manually install dependencies using either !pip or !apt.
---------------------------------------------------------------------------
"""


@pytest.mark.parametrize("evalue", ["'b'", "ignored", ""])
def test_colab(evalue: str) -> None:
    first, second = read_traceback("KeyError", evalue, COLAB, language="python")
    assert (first.evalue, first.notes) == ("'b'", ())
    assert [(f.kind.value, f.file, f.line) for f in first.frames] == [
        ("cell", "In[12]", 2),
        ("library", "/usr/local/lib/python3.10/dist-packages/pandas/core/frame.py", 3807),
    ]
    assert first.frames_omitted == 2
    assert second.frames[0].module == "pandas.core.indexes.base"
    assert second.frames_omitted == 4


def test_colab_of_today_names_cells_by_number_and_digest() -> None:
    text = (
        "NameError     Traceback (most recent call last)\n"
        "/tmp/ipython-input-5-1998873263.py in <cell line: 0>()\n"
        "----> 1 foo()\n\nNameError: name 'foo' is not defined"
    )
    (found,) = read_traceback("NameError", "ignored", text, language="python")
    assert found.evalue == "name 'foo' is not defined"
    assert (found.frames[0].file, found.frames[0].line) == ("In[5]", 1)


def test_colab_message_of_many_lines_is_recovered() -> None:
    text = (
        "ValueError     Traceback (most recent call last)\n"
        "<ipython-input-5-1998873263ab> in <module>()\n"
        '----> 1 model.fit(x)\n\nValueError: in user code:\n\n    File "a.py", line 3\n    bad'
    )
    (found,) = read_traceback("ValueError", "ignored", text, language="python")
    assert found.evalue == 'in user code:\n\n    File "a.py", line 3\n    bad'
    assert len(found.frames) == 1


_REMOTE = "vscode-notebook-cell://ssh-remote%2B7b22/home/user/trial.ipynb#ch02vscode-remote"
VSCODE = (
    "---------------------------------------------------------------------------\n"
    "NameError                                 Traceback (most recent call last)\n"
    "\x1b[1;32m/home/user/work/trial run.ipynb Cell 3'\x1b[0m in "
    "\x1b[0;36m<cell line: 2>\x1b[1;34m()\x1b[0m\n"
    f"\x1b[1;32m      <a href='{_REMOTE}?line=0'>1</a>\x1b[0m x = 1\n"
    f"\x1b[1;32m----> <a href='{_REMOTE}?line=1'>2</a>\x1b[0m foo(x)\n\n"
    "NameError: name 'foo' is not defined"
)


def test_vscode() -> None:
    found = read_traceback("NameError", "name 'foo' is not defined", VSCODE, language="python")
    (placed,) = in_code(found, code="x = 1\nfoo(x)", execution_count=9, cells={})
    (frame,) = placed.frames
    assert (frame.file, frame.function, frame.line, frame.source) == (
        "In[9]",
        "<module>",
        2,
        "foo(x)",
    )


def test_vscode_with_links_around_the_cell() -> None:
    text = (
        "NameError     Traceback (most recent call last)\n"
        "Cell \x1b[1;32mIn[3], line 1\x1b[0m\n"
        "\x1b[1;32m----> <a href='vscode-notebook-cell:/c%3A/x.ipynb#W2sZmlsZQ?line=0'>1</a>"
        "\x1b[0m foo()\n\nNameError: name 'foo' is not defined"
    )
    (found,) = read_traceback("NameError", "name 'foo' is not defined", text, language="python")
    assert (found.frames[0].file, found.frames[0].line, found.frames[0].source) == (
        "In[3]",
        1,
        "foo()",
    )


@pytest.mark.parametrize(
    "heading",
    [
        "<command-1234567890123456> in <module>",
        "File <command-1234567890123456>:3",
        "File <command-1234567890123456-2>, line 3, in <module>",
        "File ~/.ipykernel/4190/command-1234567890123456-99:3",
        "File /home/spark-5c/.ipykernel/4190/command-1234567890123456-99:3",
    ],
)
def test_databricks(heading: str) -> None:
    text = (
        "Py4JJavaError     Traceback (most recent call last)\n"
        f"{heading}\n      1 a = 1\n      2 \n----> 3 df.count()\n\n"
        "File /databricks/spark/python/pyspark/sql/dataframe.py:1240, in DataFrame.count(self)\n"
        "-> 1240     return int(self._jdf.count())\n\nPy4JJavaError: An error occurred"
    )
    found = read_traceback("Py4JJavaError", "An error occurred", text, language="python")
    (placed,) = in_code(found, code="a = 1\n\ndf.count()", execution_count=2, cells={})
    assert [(f.kind.value, f.file[:5], f.line, f.module) for f in placed.frames] == [
        ("cell", "In[2]", 3, "__main__"),
        ("library", "/data", 1240, "pyspark.sql.dataframe"),
    ]


@pytest.mark.parametrize(
    ("file", "kind", "module"),
    [
        (r"C:\Users\ana\AppData\Local\Temp\ipykernel_2132\1534813480.py", "cell", "__main__"),
        (r"C:\Users\ana\anaconda3\lib\site-packages\pandas\core\frame.py", "library", None),
        (r"C:\Users\ana\anaconda3\Lib\json\decoder.py", "library", "json.decoder"),
        (r"C:\Program Files\Python311\Lib\json\decoder.py", "library", "json.decoder"),
        (r"\\server\share\project\load data.py", "user", ""),
        (r"c:\work\lib\tools.py", "user", ""),
        ("/Users/ana/Library/Caches/x.py", "user", ""),
        ("/var/folders/1q/T/ipykernel_99/2995667052.py", "cell", "__main__"),
        ("/usr/lib/python3.11/concurrent/futures/_base.py", "library", "concurrent.futures._base"),
        ("/opt/conda/lib/python3.7/site-packages/a.egg/a/b.py", "library", "a.b"),
        ("~/.local/lib/python3.9/site-packages/torch/nn/modules/__init__.py", "library", None),
        ("<frozen importlib._bootstrap>", "library", "importlib._bootstrap"),
        ("<__array_function__ internals>", "library", ""),
        ("<string>", "user", ""),
        ("<stdin>", "cell", "__main__"),
        ("<tokenize>", "cell", "__main__"),
    ],
)
@pytest.mark.parametrize(
    "form",
    [
        '  File "{}", line 7, in work\n    go()\n',
        "File {}:7, in Tool.work(self)\n      6 a = 1\n----> 7 go()\n",
        "  File {}:7 in work\n    go()\n",
        "{} in work(self)\n      6 a = 1\n----> 7 go()\n",
    ],
)
def test_files_of_all_systems(form: str, file: str, kind: str, module: str | None) -> None:
    heading = "Traceback (most recent call last):\n"
    if not form.startswith("  "):
        heading = "KeyError     Traceback (most recent call last)\n"
    text = f"{heading}{form.format(file)}\nKeyError: 1"
    (found,) = read_traceback("KeyError", "1", text, language="python")
    (frame,) = found.frames
    assert (frame.kind.value, frame.file, frame.function, frame.line, frame.source) == (
        kind,
        file,
        "work",
        7,
        "go()",
    )
    if module is not None:
        assert frame.module == module


def test_a_cell_by_any_other_name() -> None:
    text = (
        "KeyError     Traceback (most recent call last)\n"
        "/srv/cells/first.py in <cell line: 2>()\n      1 a = 1\n----> 2 f()\n\n"
        "/srv/cells/first.py in f()\n----> 1 def f(): return {}[1]\n\nKeyError: 1"
    )
    (found,) = read_traceback("KeyError", "1", text, language="python")
    assert {frame.kind for frame in found.frames} == {FrameKind.cell}


def test_sentences_are_no_frames() -> None:
    text = (
        "ValueError     Traceback (most recent call last)\nCell In[3], line 1\n----> 1 f()\n\n"
        "ValueError: a/b in x is wrong\n/tmp in f"
    )
    (found,) = read_traceback("ValueError", "a/b in x is wrong\n/tmp in f", text, language=None)
    assert len(found.frames) == 1


def test_a_start_that_failed_has_a_message_and_no_class() -> None:
    text = "Failed to start the Kernel.\nUnable to start Kernel 'base' due to a timeout."
    (found,) = read_traceback("", "", text, language="python")
    assert (found.ename, found.evalue) == ("", "Failed to start the Kernel.")


def test_a_class_that_is_not_told_is_read() -> None:
    text = _one("ipython9", "cause").text
    found = read_traceback("", "", text, language="python")
    assert [(each.ename, each.evalue) for each in found] == [
        ("RuntimeError", "no a"),
        ("KeyError", "'a'"),
    ]


def test_nothing_at_all_is_one_exception() -> None:
    (found,) = read_traceback("", "", "", language=None)
    assert (found.ename, found.evalue, found.frames) == ("", "", ())


def test_carriage_returns_and_nul() -> None:
    text = _one("ipython9", "cause").text.replace("\n", "\r\n").replace("no a", "no\0 a")
    found = read_traceback("RuntimeError", "no\0 a", text, language="python")
    assert found[0].evalue == "no\ufffd a"
    assert found[0].frames[0].line == 4


@pytest.mark.parametrize("language", ["python", None, "R", "julia", "javascript", "kotlin"])
@pytest.mark.parametrize(
    "text",
    [
        "x" * 5_000_000,
        "\r" * 5_000_000,
        "\x1b[" + "0;" * 2_500_000,
        "[" * 5_000_000,
        "ValueError: " * 400_000,
        '  File "a", line 1, in f\n    x\n' * 150_000,
        "Traceback (most recent call last):\nE: z\n\n"
        "During handling of the above exception, another exception occurred:\n\n" * 40_000,
        "  + Exception Group Traceback (most recent call last):\n" + "    +-+---------------- 1 "
        "----------------\n" * 100_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_texts_of_megabytes_are_read_in_no_time(text: str, language: str | None) -> None:
    started_s = time.process_time()
    found = read_traceback("ValueError", text, text, language=language)
    assert time.process_time() - started_s < 4
    assert len(found) <= error_limits.EXCEPTIONS_MAX
    assert all(len(each.evalue) <= limits.ERROR_MESSAGE_MAX_CHARS for each in found)
    assert all(len(each.frames) <= error_limits.FRAMES_MAX for each in found)


_PIECES = st.sampled_from(
    [
        "Traceback (most recent call last):",
        "KeyError     Traceback (most recent call last)",
        "  + Exception Group Traceback (most recent call last):",
        "  +-+---------------- 1 ----------------",
        "    +---------------- 2 ----------------",
        "    +------------------------------------",
        "      | ",
        "  | ExceptionGroup: x (2 sub-exceptions)",
        '  File "/tmp/ipykernel_1/22.py", line 3, in f',
        "Cell In[3], line 2",
        "Input In [4], in <cell line: 1>()",
        "----> 2 foo()",
        "    x = 1",
        "    ~~^~~",
        "",
        "The above exception was the direct cause of the following exception:",
        "KeyError: 'a'",
        "_RemoteTraceback: ",
        '"""',
        "--- 5 frames ---",
        "[Previous line repeated 3 more times]",
        "    [... skipping similar frames: f at line 2 (9 times)]",
        "╭──────── Traceback (most recent call last) ────────╮",
        "│ in f:3      │",
        "│ ❱ 3 x       │",
        "╰───────────────────────────────────────────────────╯",
        "SyntaxError: invalid syntax (x.py, line 3)",
        "\ud800",
    ]
)


@settings(max_examples=400)
@given(
    st.lists(st.one_of(_PIECES, st.text(max_size=20)), max_size=25),
    st.sampled_from(["KeyError", "", "SyntaxError", "ExceptionGroup", "\ud800", "a.b.C"]),
    st.one_of(st.text(max_size=20), st.sampled_from(["'a'", "ignored", "x (a.py, line 2)"])),
    st.sampled_from(["python", None, "R", "julia", "scala", "rust", "c++", "bash", "x"]),
    st.text("\nfx= %!(){}get_ipython.t'", max_size=60),
)
def test_anything_is_read(
    lines: list[str], ename: str, evalue: str, language: str | None, code: str
) -> None:
    found = read_traceback(ename, evalue, "\n".join(lines), language=language)
    assert found
    assert found[0].parent is None
    assert found[0].relation is None
    for number, each in enumerate(found[1:], 1):
        assert each.parent is not None
        assert each.parent < number
        assert each.relation is not None
    placed = in_code(found, code=code, execution_count=3, cells={2: code})
    count = code.count("\n") + 1
    for each in placed:
        assert all(f.line is None or f.line <= count for f in each.frames if f.file == "In[3]")
