"""Each message that libraries really print gets its category, and users' words mislead nothing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.errors.classification import tables
from dsinfra_jlab.domain.errors.classification.classifying import classify
from dsinfra_jlab.domain.errors.occurrences import (
    Category,
    ErrorKind,
    Frame,
    FrameKind,
    Nature,
    Relation,
    Severity,
)
from dsinfra_jlab.domain.errors.sightings import SeenException

CASES = Path(__file__).with_name("classification_cases.txt")


def seen(
    ename: str,
    evalue: str = "",
    module: str = "",
    bases: tuple[str, ...] = (),
    frames: tuple[Frame, ...] = (),
    parent: int | None = None,
    relation: Relation | None = None,
) -> SeenException:
    return SeenException(
        ename, module, bases, evalue, len(evalue), frames=frames, parent=parent, relation=relation
    )


def library(package: str, function: str = "f") -> Frame:
    return Frame(FrameKind.library, f"/opt/lib/site-packages/{package}/core.py", function)


def cases() -> list[tuple[str, str, str, str]]:
    rows = []
    for line in CASES.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            want, package, ename, message = line.split("|", 3)
            rows.append((want, package, ename, _unescaped(message)))
    return rows


def _unescaped(message: str) -> str:
    return (
        message.replace("\\\\", "\0").replace("\\n", "\n").replace("\\t", "\t").replace("\0", "\\")
    )


@pytest.mark.parametrize(("want", "package", "ename", "message"), cases())
def test_messages_of_libraries_have_their_category(
    want: str, package: str, ename: str, message: str
) -> None:
    category, _, severity = want.partition(",")
    found = classify([seen(ename, message, package)], ErrorKind.exception)
    assert found.category.value == category
    if severity:
        assert found.severity.value == severity


@pytest.mark.parametrize(
    ("printed", "category"),
    [
        ("cat: nothing.txt: No such file or directory\n", "file_io"),
        ("mkdir: cannot create directory ‘a/b’: No such file or directory", "file_io"),
        ("/bin/bash: line 1: ./f.sh: Permission denied", "permission"),
        ("curl: (7) Failed to connect to 127.0.0.1 port 1: Connection refused", "network"),
        ("ERROR: Could not find a version that satisfies the requirement nope\n"
         "ERROR: No matching distribution found for nope", "import_env"),
        ("/usr/bin/python3: No module named nope", "import_env"),
        ("sh: 1: nope: not found\n", "import_env"),
        ("bash: -c: line 1: syntax error near unexpected token `)'", "syntax"),
        ("Traceback (most recent call last):\n  File \"<string>\", line 1, in <module>\n"
         "KeyError: 'rate'\n", "lookup"),
        ("Traceback (most recent call last):\n  File \"<string>\", line 1, in <module>\n"
         "ModuleNotFoundError: No module named 'nope'", "import_env"),
        # Nothing certain: said long before the end, by the user's own words, or not at all.
        ("cat: a: No such file or directory\n1\n2\n3\n", "unknown"),
        ("ValueError: 3\n", "unknown"),
        ("no columns match\n", "unknown"),
        ("", "unknown"),
    ],
)  # fmt: skip
def test_what_a_failed_command_printed_last_says_why(printed: str, category: str) -> None:
    failed = seen("CalledProcessError", "Command 'x' returned non-zero exit status 1.")
    for kind in (ErrorKind.shell, ErrorKind.exception):
        assert classify([failed], kind, printed=printed).category.value == category
    other = seen("RuntimeError", "x")
    assert classify([other], ErrorKind.exception, printed=printed).category.value == "logic"


def test_what_an_unpickler_ran_into_is_a_bad_file() -> None:
    path = "/opt/lib/site-packages/joblib/numpy_pickle.py"
    load = Frame(FrameKind.library, path, "_unpickle")
    bad = [seen(ename, "invalid literal for int() with base 10: b'x'", frames=(load,))
           for ename in ("ValueError", "KeyError")]  # fmt: skip
    for error in bad:
        assert classify([error], ErrorKind.exception).category.value == "file_io"
    dump = Frame(FrameKind.library, path, "save")
    assert classify(
        [seen("ValueError", "unknown mode", frames=(dump,))], ErrorKind.exception
    ).category.value == "value"  # fmt: skip


def test_without_modules_text_and_files_of_frames_are_nearly_as_good() -> None:
    wrong = []
    rows = [row for row in cases() if row[1] != "__main__"]
    for want, package, ename, message in rows:
        frames = (library(package),) if package else ()
        found = classify([seen(ename, message, frames=frames)], ErrorKind.exception)
        if found.category.value != want.partition(",")[0]:
            wrong.append((ename, message, found.category.value, want))
    assert len(rows) > 500
    assert len(wrong) <= len(rows) // 100, wrong


def test_no_class_stands_in_two_lists() -> None:
    names = Counter(name for listed in tables.CLASS_LISTS.values() for name in listed.split())
    assert not [name for name, count in names.items() if count > 1]


def test_every_firm_class_has_a_category() -> None:
    assert set(tables.CLASSES) >= tables.FIRM


def test_every_category_has_nature_and_severity() -> None:
    assert set(tables.NATURE) == set(Category)
    assert set(tables.SEVERITY) == set(Category)
    assert [category for category, nature in tables.NATURE.items() if nature is None] == [
        Category.unknown
    ]


# Base classes and causes


def test_a_class_of_the_user_is_what_its_base_is() -> None:
    error = seen("BadPrice", "x", "__main__", ("builtins.ValueError", "builtins.Exception"))
    assert classify([error], ErrorKind.exception).category is Category.value


def test_a_class_of_the_user_that_is_called_like_a_known_one_is_not_taken_for_it() -> None:
    error = seen("IntegrityError", "sum differs", "__main__", ("builtins.ValueError",))
    assert classify([error], ErrorKind.exception).category is Category.value


def test_an_error_that_says_nothing_is_what_it_was_raised_from() -> None:
    chain = [
        seen("StepFailed", "step 3 failed", "__main__", ("builtins.Exception",)),
        seen("KeyError", "'price'", parent=0, relation=Relation.cause),
    ]
    found = classify(chain, ErrorKind.exception)
    assert (found.category, found.inner) == (Category.lookup, 0)


def test_what_was_being_handled_says_nothing() -> None:
    chain = [
        seen("StepFailed", "", "__main__", ("builtins.Exception",)),
        seen("KeyError", "'price'", parent=0, relation=Relation.context),
    ]
    assert classify(chain, ErrorKind.exception).category is Category.unknown


# Carriers


def test_a_group_of_one_kind_is_that_kind() -> None:
    group = [
        seen("ExceptionGroup", "unhandled errors in a TaskGroup (2 sub-exceptions)"),
        seen("ExceptionGroup", "inner (1 sub-exception)", parent=0, relation=Relation.group),
        seen("ZeroDivisionError", "division by zero", parent=1, relation=Relation.group),
        seen("ZeroDivisionError", "division by zero", parent=0, relation=Relation.group),
    ]
    found = classify(group, ErrorKind.exception)
    assert (found.category, found.inner) == (Category.numerical, 2)


def test_a_group_of_several_kinds_is_unknown() -> None:
    group = [
        seen("ExceptionGroup", "g (2 sub-exceptions)"),
        seen("ValueError", "a", parent=0, relation=Relation.group),
        seen("KeyError", "'b'", parent=0, relation=Relation.group),
    ]
    found = classify(group, ErrorKind.exception)
    assert (found.category, found.inner) == (Category.unknown, 0)


def test_an_error_of_a_worker_is_not_its_traceback() -> None:
    chain = [
        seen("ValueError", "invalid literal for int() with base 10: 'a'"),
        seen("RemoteTraceback", '\n"""\nTraceback …', parent=0, relation=Relation.cause),
    ]
    found = classify(chain, ErrorKind.exception)
    assert (found.category, found.inner) == (Category.value, 0)


def test_a_wrapper_is_what_caused_it() -> None:
    chain = [
        seen("PlotSpecError", "Scaling operation failed", "seaborn._core.exceptions"),
        seen("KeyError", "'x'", parent=0, relation=Relation.cause),
    ]
    found = classify(chain, ErrorKind.exception)
    assert (found.category, found.inner) == (Category.lookup, 1)


@pytest.mark.parametrize(
    ("message", "category"),
    [
        (
            "An error occurred while calling o45.count.\n: org.apache.spark.SparkException: Job "
            'aborted\nTraceback (most recent call last):\n  File "w.py", line 1, in f\n'
            "ZeroDivisionError: division by zero\n\n\tat org.apache.spark.api.python\n",
            Category.numerical,
        ),
        (
            "An error occurred while calling o1.load.\n: java.lang.ClassNotFoundException: "
            "com.mysql.Driver\n\tat java.net.URLClassLoader.findClass",
            Category.import_env,
        ),
        (
            "An error occurred while calling o1.show.\n: org.apache.spark.SparkException: Job\n"
            "\tat x\nCaused by: java.lang.OutOfMemoryError: Java heap space\n\tat y",
            Category.memory,
        ),
    ],
)
def test_errors_of_java_are_looked_into(message: str, category: Category) -> None:
    error = seen("Py4JJavaError", message, "py4j.protocol")
    assert classify([error], ErrorKind.exception).category is category


# Places


def test_json_from_a_file_is_a_bad_file() -> None:
    message = "Expecting value: line 1 column 1 (char 0)"
    read = (Frame(FrameKind.library, "json/__init__.py", "load", "json"),)
    text = (Frame(FrameKind.library, "json/__init__.py", "loads", "json"),)
    for frames, category in ((read, Category.file_io), (text, Category.value)):
        error = seen("JSONDecodeError", message, "json.decoder", frames=frames)
        assert classify([error], ErrorKind.exception).category is category


def test_time_runs_out_in_a_socket_or_in_asyncio() -> None:
    for package, category in (("socket", Category.network), ("asyncio", Category.interrupt)):
        frames = (Frame(FrameKind.library, f"/usr/lib/python3.11/{package}.py", "f", package),)
        error = seen("TimeoutError", "", "builtins", frames=frames)
        assert classify([error], ErrorKind.exception).category is category


# Other languages


@pytest.mark.parametrize(
    ("language", "ename", "message", "category"),
    [
        ("R", "ERROR", "Error in eval(expr, envir, enclos): object 'x' not found\n", "name"),
        ("R", "ERROR", 'Error in f(): could not find function "f"\n', "name"),
        ("R", "ERROR", "Error in library(foo): there is no package called ‘foo’\n", "import_env"),
        ("R", "ERROR", "Error in parse(text = x): <text>:1:3: unexpected symbol\n", "syntax"),
        ("R", "ERROR", "Error: cannot allocate vector of size 7.5 Gb\n", "memory"),
        ("R", "ERROR", "Error in a %*% b: non-conformable arguments\n", "shape"),
        ("R", "ERROR", 'Error in 1 + "a": non-numeric argument to binary operator\n', "type"),
        ("R", "ERROR", "Error in x[[5]]: subscript out of bounds\n", "lookup"),
        ("R", "ERROR", 'Error in file(file, "rt"): cannot open the connection\n', "file_io"),
        ("julia", "UndefVarError", "UndefVarError: `x` not defined", "name"),
        ("julia", "MethodError", "MethodError: no method matching +(::Int64, ::String)", "type"),
        ("julia", "BoundsError", "BoundsError: attempt to access 3-element Vector", "lookup"),
        ("julia", "DimensionMismatch", "DimensionMismatch: arrays differ", "shape"),
        (
            "julia",
            "ArgumentError",
            "ArgumentError: Package Foo not found in current path",
            "import_env",
        ),
        ("julia", "LoadError", "LoadError: UndefVarError: x not defined", "name"),
        ("julia", "DomainError", "DomainError with -1.0", "numerical"),
        ("julia", "InterruptException", "InterruptException:", "interrupt"),
        ("bash", "", "127", "import_env"),
        ("bash", "", "126", "permission"),
        ("bash", "", "1", "unknown"),
        ("bash", "", "137", "kernel_crash"),
        ("javascript", "ReferenceError", "x is not defined", "name"),
        ("javascript", "SyntaxError", "Unexpected token ')'", "syntax"),
        ("javascript", "TypeError", "x is not a function", "type"),
    ],
)
def test_errors_of_other_languages(language: str, ename: str, message: str, category: str) -> None:
    found = classify([seen(ename, message)], ErrorKind.exception, language=language)
    assert found.category.value == category


# Severity


@pytest.mark.parametrize(
    "kind", [ErrorKind.thread, ErrorKind.task, ErrorKind.unraisable, ErrorKind.log, ErrorKind.shell]
)
def test_what_did_not_end_the_run_weighs_less(kind: ErrorKind) -> None:
    assert classify([seen("ValueError", "x")], kind).severity is Severity.warning
    assert classify([seen("MemoryError")], kind).severity is Severity.error


@pytest.mark.parametrize(
    ("ename", "message", "category"),
    [
        ("RuntimeWarning", "invalid value encountered in divide", Category.numerical),
        ("RuntimeWarning", "coroutine 'f' was never awaited", Category.logic),
        ("ConvergenceWarning", "lbfgs failed to converge (status=1)", Category.numerical),
        (
            "FutureWarning",
            "The behaviour of 'x' will change; shapes must match",
            Category.import_env,
        ),
        ("DeprecationWarning", "datetime.utcnow() is deprecated", Category.import_env),
        (
            "DataConversionWarning",
            "A column-vector y was passed when a 1d array was expected",
            Category.shape,
        ),
        ("SettingWithCopyWarning", "\nA value is trying to be set on a copy", Category.logic),
        ("ResourceWarning", "unclosed file <_io.TextIOWrapper name='x'>", Category.file_io),
        ("SyntaxWarning", "invalid escape sequence '\\d'", Category.syntax),
        (
            "UserWarning",
            "CUDA initialization: Found no NVIDIA driver on your system",
            Category.device,
        ),
        ("UserWarning", "careful", Category.unknown),
        ("MemoryWarningOfMine", "out of memory", Category.memory),
    ],
)
def test_a_warning_is_never_more_than_a_warning(
    ename: str, message: str, category: Category
) -> None:
    found = classify([seen(ename, message)], ErrorKind.warning)
    assert (found.category, found.severity) == (category, Severity.warning)


def test_a_death_is_a_crash() -> None:
    died = seen("KernelDied", "killed (SIGKILL)")
    found = classify([died], ErrorKind.kernel_death, returncode=-9)
    assert found.category is Category.kernel_crash
    assert found.severity is Severity.critical
    assert found.nature is Nature.runtime


# Whatever comes


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ValueError", "ExceptionGroup", "Py4JJavaError", "LoadError", "", "É"])
            | st.text(max_size=30),
            st.text(max_size=200),
            st.integers(-2, 5) | st.none(),
            st.sampled_from([None, *Relation]),
        ),
        max_size=6,
    ),
    st.sampled_from(list(ErrorKind)),
)
def test_anything_gets_an_answer_and_the_same_one_again(
    rows: list[tuple[str, str, int | None, Relation | None]], kind: ErrorKind
) -> None:
    chain = [
        seen(ename, message, parent=parent, relation=relation)
        for ename, message, parent, relation in rows
    ]
    found = classify(chain, kind)
    assert found == classify(chain, kind)
    assert 0 <= found.inner < max(1, len(chain))
    assert found.nature is tables.NATURE[found.category]


@given(st.sampled_from(sorted(tables.FIRM)), st.text(max_size=100))
def test_no_message_moves_a_firm_class(ename: str, message: str) -> None:
    plain = classify([seen(ename)], ErrorKind.exception).category
    if ename not in ("SyntaxError", "JSONDecodeError"):
        assert classify([seen(ename, message)], ErrorKind.exception).category is plain


def test_huge_messages_are_read_at_their_ends() -> None:
    message = "x" * 5_000_000 + " CUDA out of memory. "
    found = classify([seen("RuntimeError", message)], ErrorKind.exception)
    assert found.category is Category.memory
