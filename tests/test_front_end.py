"""What the built front end weighs, so that it cannot grow unnoticed."""

from __future__ import annotations

import pytest

from benchmarks.footprint import START_MAX_BYTES, FrontEndSizes, front_end_sizes

TOTAL_HELD_BYTES = 231_000
"""What it weighs now in all, gzip, and 2 % of room: docs/benchmarks.md says of what it consists.
Whoever needs more looks first whether something came twice, or with a package."""


@pytest.fixture(scope="module")
def sizes() -> FrontEndSizes:
    found = front_end_sizes()
    if found is None or found.is_development:
        pytest.skip("not run: needs the front end that `make build` makes")
    return found


def test_what_loads_at_the_start_keeps_its_budget(sizes: FrontEndSizes) -> None:
    assert len(sizes.at_start) >= 2, "the plugins load with the entry"
    assert sizes.start <= START_MAX_BYTES


def test_the_front_end_is_no_larger_than_it_was(sizes: FrontEndSizes) -> None:
    assert sizes.total <= TOTAL_HELD_BYTES, dict(sizes.scripts)
