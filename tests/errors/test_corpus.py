"""Real cells that really fail: what is said of them is what a person would say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..kernel.kernels import started
from . import cases_data, cases_models, cases_python, cases_services
from .corpus import Case
from .observed import Observed, ending

GROUPS: dict[str, list[Case]] = {
    "python": [*cases_python.PYTHON, *cases_python.SYNTAX],
    "ipython": cases_python.IPYTHON,
    "numpy": cases_data.NUMPY,
    "pandas": cases_data.PANDAS,
    "polars": [*cases_data.POLARS, *cases_data.ARROW],
    "scikit-learn": cases_models.SKLEARN,
    "torch": cases_models.TORCH,
    "services": [*cases_services.SQL, *cases_services.NETWORK, *cases_services.PROCESSES],
}

CATEGORY_LEAST, LINE_LEAST = 0.95, 0.97

UNTOLD = frozenset({"python-exit", "python-unknown-magic", "python-unknown-cell-magic"})
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
    assert len(cases) >= 250
    assert len({each.id for each in cases}) == len(cases)


def test_each_failure_is_told_rightly(cases: list[Case], observed: Observed) -> None:
    """One record each; category, severity and line of nearly all are right."""
    wrong_kinds: list[str] = []
    wrong_lines: list[str] = []
    for case in cases:
        if case.setup:
            assert observed.run(case.setup, "setup") == []
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
