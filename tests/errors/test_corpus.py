"""Real cells that really fail: what is said of them is what a person would say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dsinfra_jlab.domain.errors.occurrences import ErrorKind

from ..kernel.kernels import started
from . import (
    cases_data,
    cases_models,
    cases_python,
    cases_services,
    cases_unseen_more,
    cases_unseen_python,
    cases_work_files,
    cases_work_models,
    cases_work_more,
    cases_work_python,
    cases_work_services,
    cases_work_tables,
)
from .corpus import Case
from .observed import Observed, ending

GROUPS: dict[str, list[Case]] = {
    "python": [
        *cases_python.PYTHON,
        *cases_python.SYNTAX,
        *cases_work_python.FUNCTIONS,
        *cases_work_python.SYNTAX,
        *cases_work_files.FILES,
        *cases_unseen_python.FILES,
        *cases_unseen_python.PARSING,
        *cases_unseen_python.EVERYDAY,
    ],
    "ipython": [*cases_python.IPYTHON, *cases_work_services.IPYTHON, *cases_unseen_more.MAGICS],
    "numpy": [*cases_data.NUMPY, *cases_work_tables.NUMPY],
    "pandas": [
        *cases_data.PANDAS,
        *cases_work_tables.PANDAS,
        *cases_work_more.MIXED,
        *cases_unseen_more.PANDAS,
    ],
    "polars": [
        *cases_data.POLARS,
        *cases_data.ARROW,
        *cases_work_tables.POLARS,
        *cases_unseen_more.POLARS,
        *cases_unseen_more.ARROW,
    ],
    "scikit-learn": [*cases_models.SKLEARN, *cases_work_models.SKLEARN],
    "torch": [*cases_models.TORCH, *cases_work_models.TORCH, *cases_unseen_more.TORCH],
    "services": [
        *cases_services.SQL,
        *cases_services.NETWORK,
        *cases_services.PROCESSES,
        *cases_work_services.SQL,
        *cases_work_services.POSTGRES,
        *cases_work_services.HTTP,
        *cases_work_services.TASKS,
        *cases_unseen_more.TASKS,
    ],
}

CATEGORY_LEAST, LINE_LEAST = 0.95, 0.97

UNTOLD = frozenset({"python-exit", "python-work-exit-code", "python-work-exit-text"})
"""Their published error has no line in it."""


@pytest.fixture(scope="module", params=sorted(GROUPS))
def cases(request: pytest.FixtureRequest) -> list[Case]:
    return GROUPS[request.param]


@pytest.fixture(scope="module", params=["probe", "no-probe"])
def observed(request: pytest.FixtureRequest, python_for_models: str) -> Iterator[Observed]:
    with started(python_for_models, with_probe=request.param == "probe") as kernel:
        yield Observed(kernel)


def test_there_are_enough_cases() -> None:
    cases = [each for group in GROUPS.values() for each in group]
    assert len(cases) >= 800
    assert len({each.id for each in cases}) == len(cases)


def test_each_failure_is_told_rightly(cases: list[Case], observed: Observed) -> None:
    """One record each; category, severity and line of nearly all are right."""
    wrong_kinds: list[str] = []
    wrong_lines: list[str] = []
    for case in cases:
        if case.setup:
            # A task that nobody waited for may be told of as late as here.
            before = observed.run(case.setup, "setup")
            assert [each for each in before if each.kind is ErrorKind.exception] == []
        error = ending(observed.run(case.code, case.id))
        seen = (error.category.value, error.severity.value)
        if seen != (case.category, case.severity):
            wrong_kinds.append(f"{case.id}: {error.ename} is {seen}")
        is_told = error.collector == "probe" or case.id not in UNTOLD
        if is_told and error.line != case.line:
            wrong_lines.append(f"{case.id}: {error.line}")
        assert error.diagnosis and error.fingerprints.issue
    assert len(wrong_kinds) <= (1 - CATEGORY_LEAST) * len(cases), wrong_kinds
    assert len(wrong_lines) <= (1 - LINE_LEAST) * len(cases), wrong_lines
