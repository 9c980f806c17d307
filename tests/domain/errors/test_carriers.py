"""The error inside what carried it, told from the tree or from the words of the carrier."""

from __future__ import annotations

import pytest

from dsinfra_jlab.domain.errors.carriers import bare_name, unwrap
from dsinfra_jlab.domain.errors.occurrences import Relation
from dsinfra_jlab.domain.errors.sightings import SeenException


def error(ename: str, evalue: str = "", **rest: object) -> SeenException:
    return SeenException(ename, "", (), evalue, len(evalue), **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ename", "evalue", "inner", "message"),
    [
        (
            "ValueError",
            'in user code:\n\n    File "m.py", line 3, in call  *\n        y = f(x)\n\n'
            "    TypeError: Expected float32\n",
            "TypeError",
            "Expected float32",
        ),
        ("RayTaskError(ValueError)", "ray::f()\nValueError: bad", "ValueError", "bad"),
        ("LoadError", "LoadError: UndefVarError: x not defined", "UndefVarError", "x not defined"),
        (
            "Py4JJavaError",
            "An error occurred while calling o1.x.\n: java.lang.IllegalStateException: no\n\tat a",
            "IllegalStateException",
            "no",
        ),
        (
            "KeyError",
            "Caught KeyError in DataLoader worker process 0.\nOriginal Traceback (most recent "
            "call last):\n  File \"w.py\", line 1, in f\nKeyError: 'x'\n",
            "KeyError",
            "'x'",
        ),
    ],
)
def test_the_words_of_a_carrier_name_what_it_carries(
    ename: str, evalue: str, inner: str, message: str
) -> None:
    found = unwrap([error(ename, evalue)])
    assert (found.ename, found.evalue, found.carrier) == (inner, message, ename)
    assert found.is_from_text


def test_an_ordinary_error_with_a_cause_is_itself() -> None:
    chain = [error("ValueError", "a"), error("KeyError", "b", parent=0, relation=Relation.cause)]
    found = unwrap(chain)
    assert (found.index, found.ename, found.carrier) == (0, "ValueError", "")


def test_a_group_that_holds_itself_is_borne() -> None:
    chain = [
        error("ExceptionGroup", "g"),
        error("ValueError", "a", parent=0, relation=Relation.group),
        error("ValueError", "b", parent=1, relation=Relation.group),
        error("ValueError", "c", parent=3, relation=Relation.group),
    ]
    assert unwrap(chain).index == 2


def test_bare_names() -> None:
    assert bare_name("torch.cuda.OutOfMemoryError") == "OutOfMemoryError"
    assert bare_name("RayTaskError(a.B)") == "RayTaskError"
