"""Reads how far a job has come from what it prints.

Progress bars of the terminal write the same line over and over, ending in a carriage return:
tqdm, rich, Keras, pip, fastprogress. Their newest line says how far they are. Nothing is made up:
a percentage or a fraction counts only on a line that looks like a bar, that is one which was
written over, or has a bar drawn in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from typing import Any

LINE_MAX_CHARS = 500
"""A longer line is no progress bar."""

WIDGETS_MAX = 1_000
"""Progress bars of one job that are followed."""

_WIDGETS = ("FloatProgressModel", "IntProgressModel")

TEXT_MAX_CHARS = 120
"""Of the text beside a bar."""

_PERCENT = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d+)?)\s?%")
_FRACTION = re.compile(r"(?<![\d./:])(\d{1,12})\s?/\s?(\d{1,12})(?![\d/:])")
_DRAWN = re.compile(r"[█▉▊▋▌▍▎▏━╸╺■□▓▒░⣿]|\[[=#>.\-• ]{5,}\]|\|[#\- 0-9]{8,}\|")
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far something has come."""

    ratio: float
    """0 to 1."""
    text: str
    """What the bar itself says, without the bar."""


class ProgressReader:
    """Follows the text of one job's streams.

    Examples
    --------
    >>> ProgressReader().read("stderr", " 40%|####      | 4/10 [00:04<00:06]").ratio
    0.4
    >>> ProgressReader().read("stdout", "accuracy 40%") is None
    True
    """

    def __init__(self) -> None:
        self._rest = {"stdout": "", "stderr": ""}
        self._bars: dict[str, dict[str, float]] = {}
        """Widgets that are progress bars, by the id of their comm."""

    def read_message(self, kind: str, content: dict[str, Any]) -> Progress | None:
        """Return the newest progress that a message of the kernel tells."""
        if kind == "stream":
            return self.read(str(content.get("name")), str(content.get("text", "")))
        if kind in ("comm_open", "comm_msg"):
            return self._read_widget(kind, content)
        return None

    def read(self, stream: str, text: str) -> Progress | None:
        """Return the newest progress that a piece of text tells, ``None`` if it tells none."""
        rest = self._rest.get(stream, "") + _CONTROL.sub("", text)
        lines = re.split(r"(\r\n|\r|\n)", rest)
        self._rest[stream] = lines[-1][-LINE_MAX_CHARS:]
        found: Progress | None = None
        for number in range(0, len(lines), 2):
            ending = lines[number + 1] if number + 1 < len(lines) else ""
            before = lines[number - 1] if number else ""
            is_written_over = "\r" in (ending, before)
            found = _progress_of(lines[number], is_written_over=is_written_over) or found
        return found

    def _read_widget(self, kind: str, content: dict[str, Any]) -> Progress | None:
        """Return how far a progress bar of ipywidgets is, such as that of ``tqdm.notebook``."""
        data = content.get("data")
        state = data.get("state") if isinstance(data, dict) else None
        comm = str(content.get("comm_id"))
        if not isinstance(state, dict):
            return None
        if kind == "comm_open":
            if state.get("_model_name") not in _WIDGETS or len(self._bars) >= WIDGETS_MAX:
                return None
            self._bars[comm] = {"min": 0.0, "max": 100.0, "value": 0.0}
        bar = self._bars.get(comm)
        if bar is None:
            return None
        bar.update({key: state[key] for key in bar if _is_number(state.get(key))})
        span = bar["max"] - bar["min"]
        ratio = (bar["value"] - bar["min"]) / span if span > 0 else -1.0
        return Progress(ratio, "") if 0 <= ratio <= 1 else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _progress_of(line: str, *, is_written_over: bool) -> Progress | None:
    if not line.strip() or len(line) > LINE_MAX_CHARS:
        return None
    if not (is_written_over or _DRAWN.search(line)):
        return None
    ratio = _ratio_of(line)
    return None if ratio is None else Progress(ratio, _text_of(line))


def _ratio_of(line: str) -> float | None:
    percent = _PERCENT.search(line)
    if percent is not None and float(percent[1]) <= 100:
        return float(percent[1]) / 100
    fraction = _FRACTION.search(line)
    if fraction is not None and int(fraction[2]) > 0:
        ratio = int(fraction[1]) / int(fraction[2])
        return ratio if ratio <= 1 else None
    return None


def _text_of(line: str) -> str:
    """Return the words before the bar and the count, such as ``Epoch 3: 4/10``."""
    fraction = _FRACTION.search(line)
    marks = (_PERCENT.search(line), fraction, _DRAWN.search(line))
    name = line[: min(mark.start() for mark in marks if mark)].strip(" :-")
    count = f"{fraction[1]}/{fraction[2]}" if fraction else ""
    return ": ".join(filter(None, (name, count)))[:TEXT_MAX_CHARS]
