"""What each run of the benchmark holds, the same for every tracker."""

from __future__ import annotations

EXPERIMENT = "benchmark"
TAGS = {"team": "nlp", "stage": "trial"}


def params(number: int) -> dict[str, float | int | str]:
    """Return five parameters."""
    return {
        "lr": 0.1 / (number + 1),
        "batch_size": 32,
        "layers": number % 7,
        "optimizer": "adam",
        "seed": number,
    }


def metrics(number: int) -> dict[str, float]:
    """Return three metrics; ``acc`` is not in the order of the runs."""
    return {
        "acc": (number * 37 % 101) / 101,
        "loss": 1.0 / (number + 1),
        "f1": (number * 53 % 97) / 97,
    }


def value(step: int) -> float:
    """Return a point of a loss curve."""
    return 1.0 / (step + 1)
