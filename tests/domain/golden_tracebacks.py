"""Texts of errors that real kernels sent, with what a reader has to find in them.

``scripts/record_tracebacks.py`` records them; ``scripts/traceback_cases.py`` has the cells.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "golden" / "tracebacks"


@dataclass(frozen=True)
class Golden:
    """One failing cell in one kernel and one mode of ``%xmode``."""

    kernel: str
    told: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.kernel}-{self.told['name']}-{self.told['mode']}"

    def __getitem__(self, key: str) -> Any:
        return self.told[key]

    @property
    def text(self) -> str:
        """What was published as the traceback, or shown instead of it."""
        return str(self.told["traceback"] or self.told["display"])

    @property
    def code(self) -> str:
        return str(self.told["cells"][-1])

    @property
    def before(self) -> dict[int, str]:
        """The cells that ran before, by execution count."""
        first = self.told["execution_count"] - len(self.told["cells"]) + 1
        return dict(enumerate(self.told["cells"][:-1], first))


def goldens() -> Iterator[Golden]:
    """Yield all that were recorded."""
    for path in sorted(FOLDER.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield Golden(path.stem, json.loads(line))
