"""What differs between two runs, in words."""

from __future__ import annotations

from typing import Any

from dsinfra_jlab.domain import limits
from dsinfra_jlab.domain.comparing.comparison import RunDifference, UpstreamChange, ValueChange
from dsinfra_jlab.domain.comparing.sentences import environment_sentences, sentences
from dsinfra_jlab.domain.ids import CellId, RunId

DIGESTS = ("a" * 64, "b" * 64)


def found(**fields: Any) -> RunDifference:
    empty: dict[str, Any] = {
        "code_diff": "", "params": [], "metrics": [], "data": [], "packages": [], "upstream": [],
    }  # fmt: skip
    return RunDifference(run_id=RunId("r-1"), **{**empty, **fields})


def test_nothing_differs_in_no_words() -> None:
    assert sentences(found()) == []


def test_each_kind_of_difference_has_its_sentence() -> None:
    difference = found(
        code_diff="--- a\n+++ b\n@@ -1 +1,2 @@\n-x = 1\n+x = 2\n+y = 3\n",
        params=[
            ValueChange("lr", 0.1, 0.2),
            ValueChange("seed", None, 7),
            ValueChange("name", "a", None),
        ],
        data=[
            ValueChange("sales.csv", *DIGESTS),
            ValueChange("log.txt", "10 bytes", "20 bytes"),
            ValueChange("new.csv", None, "read"),
            ValueChange("old.csv", "read", None),
        ],
        upstream=[
            UpstreamChange(CellId("c"), RunId("a"), RunId("b"), "…"),
            UpstreamChange(CellId("c"), None, RunId("b"), ""),
            UpstreamChange(CellId("c"), RunId("a"), None, ""),
        ],
        packages=[
            ValueChange("pandas", "2.2.3", "3.0.1"),
            ValueChange("polars", None, "1.0"),
            ValueChange("six", "1.16", None),
        ],
        python=ValueChange("python", "3.11.4", "3.12.1"),
        git=ValueChange("git", "0123456789abcdef", "fedcba9876543210+"),
    )
    assert sentences(difference) == [
        "The cell was edited: 2 lines added, 1 removed.",
        "lr: 0.1 → 0.2",
        "seed = 7 is new.",
        'name = "a" is gone.',
        "A cell that it came from was run with other code.",
        "It came from a cell that it did not come from before.",
        "A cell that it came from before was not run.",
        "sales.csv has other content.",
        "log.txt has changed: 10 bytes → 20 bytes",
        "new.csv is read now.",
        "old.csv is no longer read.",
        "Python 3.11.4 → 3.12.1",
        "pandas 2.2.3 → 3.0.1",
        "polars 1.0 was installed",
        "six 1.16 was removed",
        "git commit 0123456 → fedcba9+",
    ]


def test_packages_that_the_error_went_through_come_first() -> None:
    names = [f"p{number:03}" for number in range(100)]
    difference = found(
        packages=[ValueChange(name, "1", "2") for name in [*names, "scikit-learn"]],
    )
    said = environment_sentences(difference, {"scikit_learn"})
    assert said[0] == "scikit-learn 1 → 2"
    assert len(said) == limits.DIFFERENCE_SENTENCES_MAX + 1
    assert said[-1] == "81 more packages"


def test_long_values_are_cut() -> None:
    (said,) = sentences(found(params=[ValueChange("prompt", None, "x" * 10_000)]))
    assert len(said) < 2 * limits.DIFFERENCE_VALUE_MAX_CHARS
    assert "…" in said
