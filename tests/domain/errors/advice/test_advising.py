"""What is advised on errors, and where nothing is."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dsinfra_jlab.domain.errors import limits
from dsinfra_jlab.domain.errors.advice.advising import advise, diagnosis_of, missing_names
from dsinfra_jlab.domain.errors.advice.cell_history import NameStory, StoryKind
from dsinfra_jlab.domain.errors.advice.module_packages import (
    GONE,
    MODULE_OF,
    PACKAGE_OF,
    package_of,
)
from dsinfra_jlab.domain.errors.advice.spelling import distance, nearest
from dsinfra_jlab.domain.errors.occurrences import Advice, Category, ErrorKind, Frame, FrameKind
from dsinfra_jlab.domain.errors.sightings import ErrorSeen, Fact, SeenException, Sighting
from dsinfra_jlab.domain.ids import CellId, ErrorId, KernelId, RunId

SIGHTING = Sighting(
    error_id=ErrorId("error"),
    run_id=RunId("run"),
    kernel_id=KernelId("kernel"),
    language="python",
    at=datetime(2026, 1, 1, tzinfo=timezone.utc),
    notebook_path=None,
    cell_id=CellId("ask"),
    execution_count=9,
    code="",
    environment_id=None,
    elapsed_s=None,
    seen=None,
    text=None,
)


def error(ename: str, evalue: str, *frames: Frame, module: str = "") -> SeenException:
    return SeenException(ename, module, (), evalue, len(evalue), frames=frames)


def advised(
    ename: str, evalue: str, *frames: Frame, module: str = "", **changes: Any
) -> list[Advice]:
    """Return what is advised on an error of which only the text is known."""
    sighting = replace(SIGHTING, **changes)
    return advise(sighting, [error(ename, evalue, *frames, module=module)], 0, Category.unknown)


def told(kind: StoryKind, **changes: Any) -> Advice:
    """Return the first advice on a missing name with some story."""
    story = NameStory(
        "df", kind, CellId("define"), 3, RunId("run-1"), 5, SIGHTING.at, True, True, 1
    )
    names = {"df": replace(story, **changes)}
    return advised("NameError", "name 'df' is not defined", names=names)[0]


@pytest.mark.parametrize(
    ("kind", "text", "evidence", "action"),
    [
        (StoryKind.before_restart, "the cell that ran as [5] again", "line 3", "run_cell:define"),
        (StoryKind.not_run, "Run the cell that defines `df`", "no run is known", "run_cell:define"),
        (StoryKind.edited, "only since it was edited", "As it ran", "run_cell:define"),
        (StoryKind.rewritten, "no longer does", "earlier process", "show_cell:define"),
        (StoryKind.failed, "Repair the cell that ran as [5]", "did not end", "show_cell:define"),
        (StoryKind.removed, "has deleted it", "took it away", "show_cell:define"),
    ],
)
def test_a_story_says_what_to_do(
    kind: StoryKind, text: str, evidence: str, action: str | None
) -> None:
    advice = told(kind)

    assert text in advice.text
    assert evidence in advice.evidence
    assert advice.action == action


def test_after_a_restart_all_above_is_run_if_more_than_one_cell_is_missing() -> None:
    assert told(StoryKind.before_restart, cells_to_run_above=4).action == "run_above"
    below = told(StoryKind.not_run, cells_to_run_above=4, is_above=False)
    assert below.action == "run_cell:define"
    assert "stands below" in below.text


def test_the_import_of_a_deleted_cell_is_offered() -> None:
    advice = told(
        StoryKind.deleted, is_in_notebook=False, import_statement="import dask.dataframe as df"
    )

    assert advice.action == "insert_code:import dask.dataframe as df"


def test_a_cell_that_is_no_longer_there_is_not_offered() -> None:
    assert told(StoryKind.before_restart, is_in_notebook=False).action is None
    assert told(StoryKind.before_restart, cell_id=None).action is None


def test_a_similar_name_is_proposed_without_a_probe() -> None:
    assert told(StoryKind.similar, similar="df1").text == "Did you mean `df1`?"


@pytest.mark.parametrize(
    ("ename", "evalue", "text", "action"),
    [
        ("ModuleNotFoundError", "No module named 'sklearn'", "`scikit-learn`", "%pip install"),
        ("ModuleNotFoundError", "No module named 'cv2'", "`opencv-python`", "%pip install"),
        ("ModuleNotFoundError", "No module named 'pandas.util.testing'", "pandas.testing", None),
        ("ModuleNotFoundError", "No module named 'google.cloud.storage'", "cloud-storage", "%pip"),
        (
            "FileNotFoundError",
            "[Errno 2] No such file or directory: 'a.csv'",
            "os.getcwd",
            "getcwd",
        ),
        ("FileNotFoundError", "[Errno 2] No such file or directory: '~/a'", "expanduser", None),
        ("RuntimeError", "This event loop is already running", "`await`", None),
        (
            "RuntimeError",
            "asyncio.run() cannot be called from a running event loop",
            "`await`",
            None,
        ),
        (
            "AcceleratorError",
            "CUDA error: device-side assert triggered\nCUDA …",
            "Restart",
            "restart",
        ),
        (
            "RuntimeError",
            "CUDA error: an illegal memory access was encountered",
            "Restart",
            "restart",
        ),
        (
            "OutOfMemoryError",
            "CUDA out of memory. Tried to allocate 2.00 GiB",
            "smaller batch",
            None,
        ),
        (
            "MemoryError",
            "Unable to allocate 8.00 GiB for an array with shape (1000000, 1000) "
            "and data type float64",
            "`float32` takes half",
            None,
        ),
        ("AssertionError", "Torch not compiled with CUDA enabled", "`device='cpu'`", None),
        (
            "OperationalError",
            'connection to server at "127.0.0.1", port 5433 failed: Connection refused',
            "Start the PostgreSQL server at 127.0.0.1:5433",
            None,
        ),
        (
            "OperationalError",
            'connection to server at "db", port 5432 failed: FATAL:  password authentication '
            'failed for user "ann"',
            "Check user and password of `ann`",
            None,
        ),
        (
            "OperationalError",
            "(2003, \"Can't connect to MySQL server on 'localhost' ([Errno 111] Connection "
            'refused)")',
            "Start the MySQL server at localhost",
            None,
        ),
        ("OperationalError", "(1045, \"Access denied for user 'ann'@'localhost'\")", "`ann`", None),
        (
            "ConnectionError",
            "Error 111 connecting to localhost:6379. Connection refused.",
            "Start the Redis server at localhost:6379",
            None,
        ),
        (
            "ConnectionError",
            "HTTPConnectionPool(host='localhost', port=9): Max retries exceeded with url: / "
            "(Caused by NewConnectionError('<…>: Failed to establish a new connection: [Errno 111] "
            "Connection refused'))",
            "Start the server at localhost:9",
            None,
        ),
        (
            "ConnectionError",
            "HTTPSConnectionPool(host='nope.invalid', port=443): Max retries exceeded with url: / "
            "(Caused by NameResolutionError(\"Failed to resolve 'nope.invalid'\"))",
            "Check the name `nope.invalid`",
            None,
        ),
        ("ConnectError", "All connection attempts failed", "nothing listens there", None),
        (
            "HTTPError",
            "401 Client Error: Unauthorized for url: https://x",
            "token or password",
            None,
        ),
        ("HTTPError", "HTTP Error 429: Too Many Requests", "ask less often", None),
        ("OSError", "[Errno 28] No space left on device", "Free space", None),
        ("OSError", "[Errno 98] Address already in use", "another port", None),
        (
            "UsageError",
            "Cell magic `%%memray_flamegraph` not found.",
            "%load_ext memray",
            "%load_ext",
        ),
        (
            "ImportError",
            "cannot import name 'Mapping' from 'collections' (/x)",
            "abc.Mapping",
            None,
        ),
        ("AttributeError", "module 'numpy' has no attribute 'bool'", "`bool`", None),
        ("ImportError", "Missing optional dependency 'openpyxl'.  Use pip", "`openpyxl`", "%pip"),
        (
            "ImportError",
            "libGL.so.1: cannot open shared object file: No such",
            "`libGL.so.1`",
            None,
        ),
        (
            "ValueError",
            "x and y must have same first dimension, but have shapes (3,) and (4,)",
            "as many x values",
            None,
        ),
        ("NameError", "name 'pd' is not defined", "import pandas as pd", "import pandas"),
    ],
)
def test_text_alone_is_enough(ename: str, evalue: str, text: str, action: str | None) -> None:
    advice = advised(ename, evalue)

    assert any(text in each.text for each in advice), advice
    first = next(each for each in advice if text in each.text)
    if action is None:
        assert first.action is None or first.action.startswith("restart")
    else:
        assert action in (first.action or "")


LIBRARY = Frame(FrameKind.library, "/lib/site-packages/x/y.py", "f", module="x.y")
OWN_MODULE = Frame(FrameKind.user, "/home/ann/tools.py", "f", module="tools")
CELL = Frame(FrameKind.cell, "", "<module>", line=1)


@pytest.mark.parametrize(
    ("ename", "evalue", "frames"),
    [
        ("NameError", "name 'zq' is not defined", ()),
        ("NameError", "name 'np' is not defined", (CELL, LIBRARY)),
        ("NameError", "name 'np' is not defined", (CELL, OWN_MODULE)),
        ("UndefinedVariableError", "name 'np' is not defined", (CELL, LIBRARY)),
        ("ModuleNotFoundError", "No module named 'own_tools'", ()),
        ("ModuleNotFoundError", "the word: No module named", ()),
        ("KeyError", "'price'", ()),
        ("IndexError", "list index out of range", ()),
        ("ValueError", "could not convert string to float: 'abc'", ()),
        ("ValueError", "something about shapes (2,3) (4,)", ()),
        ("ValueError", "operands could not be broadcast together with shapes (2,3) (4,)", ()),
        ("RuntimeError", "mat1 and mat2 shapes cannot be multiplied (2x5 and 3x4)", ()),
        ("AttributeError", "'DataFrame' object has no attribute 'append'", ()),
        ("AttributeError", "'Model' object has no attribute 'append'", ()),
        ("AttributeError", "'NoneType' object has no attribute 'head'", ()),
        ("ValueError", "This event loop is already running", ()),
        ("AssertionError", "", ()),
        ("ZeroDivisionError", "division by zero", ()),
        ("KeyboardInterrupt", "", ()),
        ("SystemExit", "1", ()),
        ("", "", ()),
        ("MyError", "connection refused by my own protocol", ()),
        ("HTTPError", "the year 404 Client", ()),
        ("ValueError", "CUDA out of memories", ()),
        ("OSError", "no such table: t", ()),
        ("UsageError", "Line magic function `%nothing` not found.", ()),
        ("ImportError", "Please install the moon", ()),
        ("TypeError", "f() got an unexpected keyword argument 'x'", ()),
        ("FileNotFoundError", "[Errno 2] No such file or directory: '/data/a.csv'", ()),
    ],
)
def test_where_it_is_not_certain_nothing_is_said(
    ename: str, evalue: str, frames: tuple[Frame, ...]
) -> None:
    assert advised(ename, evalue, *frames) == []


def test_other_languages_get_no_advice_on_python() -> None:
    assert advised("NameError", "name 'pd' is not defined", language="R") == []


def test_an_attribute_of_a_library_is_known_by_its_frames() -> None:
    pandas = Frame(FrameKind.library, "generic.py", "__getattr__", module="pandas.core.generic")
    message = "'DataFrame' object has no attribute 'append'"

    (first, *_) = advised("AttributeError", message, CELL, pandas)

    assert "pd.concat" in first.text


def test_a_function_that_the_message_does_not_name_is_found_in_the_statement() -> None:
    frame = replace(CELL, source="e = mean_squared_error(a, b, squared=False)")
    message = "got an unexpected keyword argument 'squared'"

    assert "root_mean_squared_error" in advised("TypeError", message, frame)[0].text
    assert advised("TypeError", message, replace(CELL, source="other(squared=False)")) == []


def test_missing_names_are_those_of_the_notebook() -> None:
    of_the_cell = error("NameError", "name 'a' is not defined", CELL)
    again = error("NameError", "name 'a' is not defined. Did you mean: 'b'?", CELL)
    of_a_module = error("NameError", "name 'c' is not defined", CELL, OWN_MODULE)
    free = error("NameError", "cannot access free variable 'd' where it is not associated")

    assert missing_names([of_the_cell, again, of_a_module, free]) == ["a"]


def test_values_are_told_only_if_the_kernel_told_them() -> None:
    fact: dict[str, Any] = {
        "topic": "conversion",
        "expression": "s",
        "target": "float",
        "position": 2,
        "kind": "a text",
        "count": 1,
        "rows": 3,
    }
    message = "Unable to parse string"
    without = _with_facts("ValueError", message, fact)[0]
    with_value = _with_facts("ValueError", message, {**fact, "value": "abc"})[0]

    assert "abc" not in without.evidence
    assert "`abc`" in with_value.evidence


def _with_facts(ename: str, evalue: str, *facts: Fact) -> list[Advice]:
    seen = ErrorSeen(ErrorKind.exception, (error(ename, evalue),), facts=facts)
    return advise(replace(SIGHTING, seen=seen), seen.exceptions, 0, Category.unknown)


def test_a_shape_is_not_advised_on_where_several_operations_may_have_failed() -> None:
    operand = {"expression": "a", "type": "numpy.ndarray", "shape": [2, 3]}
    fact = {"topic": "operands", "operation": "+", "operands": [operand, {**operand, "shape": [4]}]}
    message = "operands could not be broadcast together with shapes (2,3) (4,)"

    assert _with_facts("ValueError", message, fact)
    assert _with_facts("ValueError", message, fact, fact) == []


def test_shapes_that_do_fit_are_not_blamed() -> None:
    operand = {"expression": "a", "type": "numpy.ndarray", "shape": [2, 3]}
    fact = {"topic": "operands", "operation": "+", "operands": [operand, operand]}
    message = "operands could not be broadcast together with shapes (2,3) (4,)"

    assert _with_facts("ValueError", message, fact) == []


_TOPICS = """
arguments connection conversion encoding features index json json_text lengths memory merge
merge_key missing_attribute missing_file missing_key missing_member missing_module missing_name
not_callable not_fitted nulls operands pickled ragged subscripted text_columns unbound_local
unpacking
"""
_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
_FIELDS = """
expression near columns operands names type length index missing position kind target path module
sides key count rows shape
"""
_KEYS = st.sampled_from(_FIELDS.split())
_ERRORS = st.sampled_from(
    [
        ("NameError", "name 'x' is not defined"),
        ("AttributeError", "'x' object has no attribute 'y'"),
        ("AttributeError", "module 'x' has no attribute 'y'"),
        ("KeyError", "'x'"),
        ("IndexError", "list index out of range"),
        ("ValueError", "operands could not be broadcast together with shapes (2,) (3,)"),
        ("ValueError", "shapes (2,3) and (2,3) not aligned"),
        ("ValueError", "could not convert string to float: 'x'"),
        ("ValueError", "Input X contains NaN."),
        ("ValueError", "trying to merge on a and b columns for key 'k'"),
        ("ValueError", "too many values to unpack (expected 2)"),
        ("ValueError", "Found input variables with inconsistent numbers of samples: [3, 4]"),
        ("TypeError", "f() got an unexpected keyword argument 'x'"),
        ("TypeError", "f() takes 1 positional argument but 2 were given"),
        ("TypeError", "'int' object is not callable"),
        ("TypeError", "unsupported operand type(s) for +: 'int' and 'str'"),
        ("TypeError", "Object of type int64 is not JSON serializable"),
        ("ModuleNotFoundError", "No module named 'x'"),
        ("ImportError", "cannot import name 'x' from 'y' (z)"),
        ("FileNotFoundError", "[Errno 2] No such file or directory: 'x'"),
        ("UnicodeDecodeError", "'utf-8' codec can't decode byte 0xff in position 0: x"),
        ("JSONDecodeError", "Expecting value"),
        ("MemoryError", ""),
        ("NotFittedError", "This X instance is not fitted yet"),
    ]
)


@given(
    _ERRORS,
    st.lists(
        st.tuples(
            st.sampled_from(_TOPICS.split()), st.dictionaries(_KEYS | st.text(max_size=5), _JUNK)
        ),
        max_size=4,
    ),
)
@example(("NameError", "name 'x' is not defined"), [("features", {"missing": [""]})])
def test_facts_that_make_no_sense_do_no_harm(
    said: tuple[str, str], facts: list[tuple[str, dict[str, Any]]]
) -> None:
    found = _with_facts(*said, *({**more, "topic": topic} for topic, more in facts))

    assert len(found) <= limits.ADVICE_MAX
    assert all(each.text and each.evidence for each in found)


@given(st.sampled_from(["NameError", "ValueError", "OSError", "TypeError", "X"]), st.text())
def test_no_message_breaks_it(ename: str, evalue: str) -> None:
    assert len(advised(ename, evalue)) <= limits.ADVICE_MAX


_LONG = [
    "shapes (" * 1_250,
    "Table with name " * 600,
    "'" * 10_000,
    'column "' * 1_250,
    'connection to server at "' + "a" * 9_000,
    "could not connect to server: Connection refused " + 'host "a" ' * 1_000,
    "HTTPConnectionPool(host='" + "a" * 9_000,
    "Error 1 connecting to " + "a." * 4_500,
    "mean(): could not infer output dtype. " + "Got: " * 1_900,
    "x" * 10_000,
    "columns overlap but no suffix specified: Index([" * 200,
    "Target size (torch.Size([" + "1, " * 3_000,
    "Found unknown categories [ " * 300,
]


@pytest.mark.parametrize("message", _LONG, ids=[each[:20] for each in _LONG])
def test_a_long_message_takes_no_time(message: str) -> None:
    for ename in ("OperationalError", "ConnectionError", "ValueError", "TypeError", "ImportError"):
        began = time.perf_counter()
        advised(ename, message)
        assert time.perf_counter() - began < 0.5


def test_the_diagnosis_is_one_short_sentence() -> None:
    advice = [Advice("Do this.", "Because.")]
    failed = [error("ValueError", "\n  first line\nsecond line")]

    assert diagnosis_of(advice, failed) == "Do this."
    assert diagnosis_of([], failed) == "ValueError: first line"
    assert diagnosis_of([], [error("AssertionError", "")]) == "AssertionError"
    assert diagnosis_of(advice, failed, death="The kernel was killed.") == "The kernel was killed."
    assert diagnosis_of([], []) == ""
    assert len(diagnosis_of([], [error("E", "x" * 1_000)])) == limits.DIAGNOSIS_MAX_CHARS


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ("abc", "abc", 0),
        ("abc", "acb", 1),
        ("abc", "ab", 1),
        ("abc", "axc", 1),
        ("abcd", "wxyz", 9),
    ],
)
def test_slips_are_counted(one: str, other: str, count: int) -> None:
    assert min(distance(one, other, 3), 4) == min(count, 4)


@given(st.text(max_size=12), st.text(max_size=12))
def test_distance_is_the_same_both_ways(one: str, other: str) -> None:
    assert distance(one, other, 12) == distance(other, one, 12)


def test_short_names_are_never_taken_for_others() -> None:
    assert nearest("x", ["y", "xy", "X"]) == ["X"]
    assert nearest("df", ["dg", "do"]) == []
    assert nearest("", ["a"]) == []
    assert nearest("a", []) == []


def test_the_tables_of_modules_agree() -> None:
    assert not set(GONE) & set(PACKAGE_OF) - {"pkg_resources"}
    assert all(package_of(module) for module in MODULE_OF.values())
    assert package_of("own_tools") == ""
