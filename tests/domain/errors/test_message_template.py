"""Templates: what varies between occurrences is blanked, what tells causes apart stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.errors import limits
from dsinfra_jlab.domain.errors import message_template as module
from dsinfra_jlab.domain.errors.message_template import template_of
from dsinfra_jlab.domain.errors.occurrences import Category

C = Category

SAME = [
    (
        "ValueError",
        C.value,
        "could not convert string to float: 'abc'",
        "could not convert string to float: 'N/A'",
    ),
    (
        "ValueError",
        C.value,
        "invalid literal for int() with base 10: '3.5'",
        "invalid literal for int() with base 10: 'x'",
    ),
    (
        "ValueError",
        C.value,
        "time data '2020-13-01' does not match format '%Y-%m-%d'",
        "time data 'foo' does not match format '%Y-%m-%d'",
    ),
    (
        "ValueError",
        C.value,
        "y contains previously unseen labels: ['a']",
        "y contains previously unseen labels: ['b' 'c']",
    ),
    (
        "TypeError",
        C.type,
        "Could not convert string 'abab' to numeric",
        "Could not convert string 'cd' to numeric",
    ),
    (
        "IndexError",
        C.lookup,
        "index 5 is out of bounds for axis 0 with size 3",
        "index 12 is out of bounds for axis 0 with size 7",
    ),
    (
        "ValueError",
        C.shape,
        "operands could not be broadcast together with shapes (3,) (4,) ",
        "operands could not be broadcast together with shapes (30,) (7,) ",
    ),
    (
        "RuntimeError",
        C.shape,
        "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)",
        "mat1 and mat2 shapes cannot be multiplied (32x784 and 10x5)",
    ),
    (
        "RuntimeError",
        C.shape,
        "shape '[3, 4]' is invalid for input of size 10",
        "shape '[5, 6]' is invalid for input of size 8",
    ),
    (
        "RuntimeError",
        C.shape,
        "stack expects each tensor to be equal size, but got [3] at entry 0 and [4] at entry 1",
        "stack expects each tensor to be equal size, but got [5] at entry 0 and [6] at entry 2",
    ),
    (
        "ValueError",
        C.shape,
        'Input 0 of layer "dense_1" is incompatible with the layer: expected ndim=3, found'
        " ndim=2. Full shape received: (None, 10)",
        'Input 0 of layer "dense_7" is incompatible with the layer: expected ndim=3, found'
        " ndim=2. Full shape received: (32, 12)",
    ),
    (
        "OutOfMemoryError",
        C.memory,
        "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 15.9 GiB",
        "CUDA out of memory. Tried to allocate 512.00 MiB. GPU 1 has a total capacity of 7 GiB",
    ),
    (
        "_ArrayMemoryError",
        C.memory,
        "Unable to allocate 7.28 TiB for an array with shape (1000000, 1000000) and data type"
        " float64",
        "Unable to allocate 70 GiB for an array with shape (10, 20) and data type float64",
    ),
    (
        "FileNotFoundError",
        C.file_io,
        "[Errno 2] No such file or directory: '/home/alice/data/train.csv'",
        "[Errno 2] No such file or directory: '/home/bob/proj/data/train.csv'",
    ),
    (
        "FileNotFoundError",
        C.file_io,
        "[Errno 2] No such file or directory: 'C:\\\\Users\\\\alice\\\\train.csv'",
        "[Errno 2] No such file or directory: '/home/bob/train.csv'",
    ),
    (
        "PermissionError",
        C.permission,
        "[Errno 13] Permission denied: '/tmp/tmpab12cd34'",
        "[Errno 13] Permission denied: '/tmp/tmpzz99xx00'",
    ),
    (
        "SyntaxError",
        C.syntax,
        "invalid syntax (1234567.py, line 3)",
        "invalid syntax (<ipython-input-3-abc>, line 12)",
    ),
    (
        "SyntaxError",
        C.syntax,
        "unterminated string literal (detected at line 1) (33.py, line 1)",
        "unterminated string literal (detected at line 7) (4.py, line 7)",
    ),
    (
        "UnboundLocalError",
        C.name,
        "local variable 'x' referenced before assignment",
        "cannot access local variable 'x' where it is not associated with a value",
    ),
    (
        "NameError",
        C.name,
        "name 'dff' is not defined. Did you mean: 'df'?",
        "name 'dff' is not defined",
    ),
    (
        "AttributeError",
        C.attribute,
        "'list' object has no attribute 'appendd'. Did you mean: 'append'?",
        "'list' object has no attribute 'appendd'",
    ),
    (
        "TypeError",
        C.type,
        "Foo.__init__() missing 1 required positional argument: 'x'",
        "__init__() missing 1 required positional argument: 'x'",
    ),
    ("ZeroDivisionError", C.numerical, "integer division or modulo by zero", "division by zero"),
    ("ZeroDivisionError", C.numerical, "float division by zero", "division by zero"),
    (
        "RecursionError",
        C.logic,
        "maximum recursion depth exceeded while calling a Python object",
        "maximum recursion depth exceeded in comparison",
    ),
    (
        "ValueError",
        C.shape,
        "too many values to unpack (expected 2)",
        "too many values to unpack (expected 2, got 3)",
    ),
    (
        "ConnectionError",
        C.network,
        "HTTPConnectionPool(host='a.com', port=443): Max retries exceeded with url: /x?y=1"
        " (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at"
        " 0x7f8e>: Failed'))",
        "HTTPConnectionPool(host='b.org', port=80): Max retries exceeded with url: /z/zz?y=22"
        " (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at"
        " 0x6abc>: Failed'))",
    ),
    (
        "ConnectionRefusedError",
        C.network,
        "cannot connect to 127.0.0.1:5432",
        "cannot connect to 10.0.0.7:80",
    ),
    (
        "HTTPError",
        C.network,
        "500 Server Error for url: https://a.b/c?d=1 (Request ID: Root=1-66)",
        "500 Server Error for url: https://x.y/z (Request ID: Root=2-77)",
    ),
    (
        "ValueError",
        C.value,
        "Bin edges must be unique: array([0., 0., 1.]).",
        "Bin edges must be unique: array([1., 1., 2., 3.]).",
    ),
    (
        "ValueError",
        C.value,
        "bad matrix [[1. 2.]\n [3. 4.]]",
        "bad matrix [[1. 2. 3.]\n [3. 4. 5.]\n [0. 0. 0.]]",
    ),
    (
        "ValueError",
        C.value,
        "row 12 of <__main__.Table object at 0x7f01> is at 97.3 %",
        "row 5 of <__main__.Table object at 0x1f99> is at 3 %",
    ),
    (
        "ValueError",
        C.value,
        "no run 0f8fad5b-d9cb-469f-a165-70867728950e",
        "no run 7c9e6679-7425-40de-944b-e07fc1f90ae7",
    ),
    (
        "ValueError",
        C.value,
        "nothing since 2024-01-05 10:20:30",
        "nothing since 2025-12-31 23:59:59",
    ),
    ("KeyError", C.lookup, "5", "17"),
    ("KeyError", C.lookup, "np.int64(5)", "17"),
    (
        "ImportError",
        C.import_env,
        "cannot import name 'x' from 'm' (/home/a/m.py)",
        "cannot import name 'x' from 'm' (/opt/b/m.py)",
    ),
]

DIFFERENT = [
    ("KeyError", C.lookup, "'price'", "'prices'"),
    ("KeyError", C.lookup, "'col_1'", "'col_2'"),
    ("KeyError", C.lookup, "\"['a'] not in index\"", "\"['b'] not in index\""),
    ("NameError", C.name, "name 'x1' is not defined", "name 'x2' is not defined"),
    (
        "AttributeError",
        C.attribute,
        "'DataFrame' object has no attribute 'a'",
        "'DataFrame' object has no attribute 'b'",
    ),
    ("ModuleNotFoundError", C.import_env, "No module named 'a'", "No module named 'b'"),
    (
        "TypeError",
        C.type,
        "f() got an unexpected keyword argument 'a'",
        "f() got an unexpected keyword argument 'b'",
    ),
    (
        "TypeError",
        C.type,
        "'NoneType' object is not subscriptable",
        "'int' object is not subscriptable",
    ),
    (
        "TypeError",
        C.type,
        "unsupported operand type(s) for +: 'int' and 'str'",
        "unsupported operand type(s) for +: 'int' and 'list'",
    ),
    (
        "ValueError",
        C.shape,
        "operands could not be broadcast together with shapes (3,) (4,) ",
        "operands could not be broadcast together with shapes (3,2) (4,) ",
    ),
    (
        "IndexError",
        C.shape,
        "too many indices for array: array is 1-dimensional, but 2 were indexed",
        "too many indices for array: array is 2-dimensional, but 3 were indexed",
    ),
    (
        "ValueError",
        C.shape,
        "Expected 2D array, got 1D array instead",
        "Expected 2D array, got 0D array instead",
    ),
    (
        "RuntimeError",
        C.shape,
        "shape '[3, 4]' is invalid for input of size 10",
        "shape '[3, 4, 5]' is invalid for input of size 10",
    ),
    ("ValueError", C.shape, "expected ndim=3, found ndim=2", "expected ndim=4, found ndim=2"),
    (
        "FileNotFoundError",
        C.file_io,
        "[Errno 2] No such file or directory: 'a.csv'",
        "[Errno 2] No such file or directory: 'b.csv'",
    ),
    ("ColumnNotFoundError", C.lookup, 'unable to find column "a"', 'unable to find column "b"'),
    ("OperationalError", C.database, "no such table: users", "no such table: orders"),
    (
        "ValueError",
        C.lookup,
        "Usecols do not match columns, columns expected but not found: ['x']",
        "Usecols do not match columns, columns expected but not found: ['y']",
    ),
    (
        "ValueError",
        C.value,
        "The 'C' parameter of SVC must be a float",
        "The 'gamma' parameter of SVC must be a float",
    ),
    (
        "ValueError",
        C.value,
        "You are trying to merge on object and int64 columns for key 'id'",
        "You are trying to merge on object and int64 columns for key 'name'",
    ),
]


@pytest.mark.parametrize(("ename", "category", "one", "other"), SAME)
def test_other_values_make_no_other_template(
    ename: str, category: Category, one: str, other: str
) -> None:
    first = template_of(one, ename=ename, category=category)
    assert first == template_of(other, ename=ename, category=category)


@pytest.mark.parametrize(("ename", "category", "one", "other"), DIFFERENT)
def test_other_names_and_ranks_do(ename: str, category: Category, one: str, other: str) -> None:
    first = template_of(one, ename=ename, category=category)
    assert first != template_of(other, ename=ename, category=category)


def test_names_are_kept_by_class_where_no_category_is_known() -> None:
    assert template_of("name 'x' is not defined", ename="NameError") == "name 'x' is not defined"


@given(st.text(max_size=300), st.sampled_from([None, *Category]))
def test_any_message_has_a_short_template_on_one_line(
    message: str, category: Category | None
) -> None:
    template = template_of(message, ename="ValueError", category=category)
    assert len(template) <= limits.TEMPLATE_MAX_CHARS
    assert "\n" not in template
    assert template == template_of(message, ename="ValueError", category=category)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_numbers_never_count(one: int, other: int) -> None:
    def template(number: int) -> str:
        return template_of(
            f"row {number}: got {number}.5 of {number}%", ename="E", category=C.value
        )

    assert template(one) == template(other)


@given(
    st.text(st.characters(blacklist_characters="'\\\n", blacklist_categories=["Cs"]), max_size=50)
)
def test_data_that_could_not_be_converted_never_counts(value: str) -> None:
    message = f"could not convert string to float: {value!r}"
    found = template_of(message, ename="ValueError", category=C.value)
    if "'" not in value and value.strip() == value and value:
        assert found == "could not convert string to float: <str>"


@pytest.mark.parametrize(
    "piece",
    [
        "'",
        '"',
        "'a",
        "[",
        "(1,",
        "1,",
        "a/",
        "/",
        "\\",
        "0x",
        "a.",
        "_1",
        "-",
        "1-",
        "1:",
        "ab12",
        "<",
        " ",
        "é",
        "(",
        "x1x",
        "[1 ",
        "tmp",
        "`",
    ],
)
def test_the_work_grows_in_step_with_the_length(
    piece: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted instead of timed: no piece of a message is looked at twice."""
    looked_at = 0
    plain = module._plain

    def counted(text: str, *args: object, **kwargs: object) -> str:
        nonlocal looked_at
        looked_at += len(text)
        return plain(text, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_plain", counted)
    message = piece * (limits.TEMPLATE_READ_MAX_CHARS // len(piece))
    template_of(message, ename="ValueError", category=C.value)
    assert looked_at <= len(message)
