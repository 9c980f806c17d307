"""Collects what a cell prints and shows, as the notebook would hold it at the end.

The rules are those of nbformat 4 and of JupyterLab's output area: streams of one name that
follow each other are one output, ``clear_output`` may wait for the next output, and a
display with an id can be replaced later.
"""

from __future__ import annotations

import re
from typing import Any

from .. import limits
from ..runs.records import RunOutputs
from .messages import Oversized

_OVERWRITTEN = re.compile(r"[^\n]*\r(?=[^\n])")
"""A stretch of a line that a carriage return lets the rest of the line replace."""

_FOLD_CHUNKS = 256
"""Stream messages that are joined at a time: joining each one would be quadratic."""

_ITEM_OVERHEAD_BYTES = 100
"""What an output costs beyond its own text."""


class _StreamText:
    """The text of one stretch of a stream: its head, its tail and how much was left out."""

    __slots__ = ("_chunks", "_head", "_tail", "left_out_chars", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.left_out_chars = 0
        self._head = ""
        self._tail = ""
        self._chunks: list[str] = []

    def append(self, text: str) -> int:
        """Add text and return how much larger the whole became; less if lines were replaced."""
        self._chunks.append(text)
        if len(self._chunks) >= _FOLD_CHUNKS:
            return len(text) + self.fold()
        return len(text)

    def text(self) -> str:
        self.fold()
        if not self.left_out_chars:
            return self._head + self._tail
        notice = f"\n[dsinfra-jlab: {self.left_out_chars:,} characters are not kept here]\n"
        return self._head + notice + self._tail

    def fold(self) -> int:
        """Join what waits and return how much larger that made the whole: at most 0."""
        text = "".join(self._chunks)
        before = len(self._head) + len(self._tail) + len(text)
        self._chunks.clear()
        room = limits.STREAM_PART_MAX_CHARS - len(self._head)
        if room > 0 and not self._tail:
            joined = _overwrite(self._head, text)
            self._head = joined[: limits.STREAM_PART_MAX_CHARS]
            text = joined[limits.STREAM_PART_MAX_CHARS :]
        if text:
            self._tail = _overwrite(self._tail, text)
            excess = len(self._tail) - limits.STREAM_PART_MAX_CHARS
            if excess > 0:
                self.left_out_chars += excess
                self._tail = self._tail[excess:]
        return len(self._head) + len(self._tail) - before


def _overwrite(before: str, text: str) -> str:
    """Return ``before + text`` without what carriage returns have overwritten."""
    if "\r" not in text and not before.endswith("\r"):
        return before + text
    line_start = before.rfind("\n") + 1
    return before[:line_start] + _OVERWRITTEN.sub("", before[line_start:] + text)


class OutputCollector:
    """The outputs of one run.

    Parameters
    ----------
    max_bytes
        Outputs beyond this many bytes are left out; one line then says so.
    """

    def __init__(self, max_bytes: int = limits.OUTPUTS_MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._items: list[dict[str, Any] | _StreamText] = []
        self._displays: dict[str, list[dict[str, Any]]] = {}
        self._is_clearing = False
        self._is_full = False
        self._is_cut = False

    @property
    def size_bytes(self) -> int:
        """About how much memory and storage the outputs take."""
        return self._bytes

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to store."""
        return not self._items

    def last_stderr(self) -> str:
        """Return the text of the last output if it is one on stderr, else nothing."""
        last = self._items[-1] if self._items else None
        return last.text() if isinstance(last, _StreamText) and last.name == "stderr" else ""

    def printed(self, name: str, max_chars: int) -> str:
        """Return the end of all that was printed on ``stdout`` or ``stderr``."""
        texts = [
            item.text()
            for item in self._items
            if isinstance(item, _StreamText) and item.name == name
        ]
        return "".join(texts)[-max_chars:]

    def last_shown_text(self) -> str:
        """Return the plain text of the last display, nothing if it has none."""
        last = self._items[-1] if self._items else None
        data = last.get("data", {}) if isinstance(last, dict) else {}
        text = data.get("text/plain", "")
        return text if isinstance(text, str) else "".join(map(str, text))

    def add_stream(self, name: str, text: str) -> None:
        """Append text to ``stdout`` or ``stderr``."""
        self._clear_if_waiting()
        last = self._items[-1] if self._items else None
        if not text:
            return
        if not isinstance(last, _StreamText) or last.name != name:
            if not self._make_room(len(text)):
                return
            last = _StreamText(name)
            self._items.append(last)
            last.append(text)
            return
        if self._bytes + len(text) > self._max_bytes:
            self._bytes += last.fold()
        if self._is_full or self._bytes + len(text) > self._max_bytes:
            self._is_full = True
            return
        self._bytes += last.append(text)

    def add_display(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any],
        *,
        display_id: str | None = None,
        is_result: bool = False,
        execution_count: int | None = None,
    ) -> None:
        """Append a mime bundle, or the cell's result."""
        if not self._make_room(_size_of(data)):
            return
        item: dict[str, Any] = {
            "output_type": "execute_result" if is_result else "display_data",
            "data": data,
            "metadata": metadata,
        }
        if is_result:
            item["execution_count"] = execution_count
        self._items.append(item)
        if display_id is not None:
            self._displays.setdefault(display_id, []).append(item)

    def update_display(
        self, display_id: str, data: dict[str, Any], metadata: dict[str, Any]
    ) -> bool:
        """Replace every output with this display id; say whether there was one."""
        items = self._displays.get(display_id, [])
        for item in items:
            growth = _size_of(data) - _size_of(item["data"])
            if self._bytes + growth > self._max_bytes:
                self._is_cut = True
                continue
            item["data"], item["metadata"] = data, metadata
            self._bytes += growth
        return bool(items)

    def add_error(self, ename: str, evalue: str, traceback: list[str]) -> None:
        """Append a traceback. Errors are kept when nothing else has room, up to twice the limit."""
        self._clear_if_waiting()
        size = sum(map(len, traceback)) + len(evalue) + _ITEM_OVERHEAD_BYTES
        if self._bytes + size > 2 * self._max_bytes:
            self._is_full = True
            return
        self._bytes += size
        self._items.append(
            {"output_type": "error", "ename": ename, "evalue": evalue, "traceback": traceback}
        )

    def add_oversized(self, message: Oversized) -> None:
        """Append what is kept of a message that was too large to decode."""
        self._is_cut = True
        notice = (
            f"[dsinfra-jlab: output of {message.size_bytes:,} bytes is not kept, "
            f"SHA-256 {message.sha256}]"
        )
        if message.stream_name:
            self.add_stream(message.stream_name, f"{message.head}\n{notice}\n{message.tail}")
        else:
            self.add_display({"text/plain": notice}, {})

    def clear(self, *, wait: bool) -> None:
        """Forget the outputs so far, at once or when the next one comes."""
        if wait:
            self._is_clearing = True
        else:
            self._forget()

    def outputs(self) -> RunOutputs:
        """Return the outputs as they stand; later additions do not change what was returned."""
        items: list[dict[str, Any]] = []
        truncated = self._is_full or self._is_cut
        for item in self._items:
            if isinstance(item, _StreamText):
                text = item.text()
                truncated = truncated or item.left_out_chars > 0
                items.append({"output_type": "stream", "name": item.name, "text": text})
            else:
                items.append(dict(item))
        if self._is_full:
            notice = (
                f"[dsinfra-jlab: more than {self._max_bytes:,} bytes of output; "
                "what came after is not kept]\n"
            )
            items.append({"output_type": "stream", "name": "stderr", "text": notice})
        return RunOutputs(items, truncated)

    def _make_room(self, size: int) -> bool:
        self._clear_if_waiting()
        if self._is_full:
            return False
        cost = size + _ITEM_OVERHEAD_BYTES
        is_too_much = self._bytes + cost > self._max_bytes
        if is_too_much or len(self._items) >= limits.OUTPUTS_MAX_COUNT:
            self._is_full = True
            return False
        self._bytes += cost
        return True

    def _clear_if_waiting(self) -> None:
        if self._is_clearing:
            self._forget()

    def _forget(self) -> None:
        self._is_clearing = False
        self._is_full = False
        self._is_cut = False
        self._bytes = 0
        self._items.clear()
        self._displays.clear()


def _size_of(data: dict[str, Any]) -> int:
    """Return about how many bytes a mime bundle takes."""
    return sum(
        len(value) if isinstance(value, str) else _size_of_json(value) for value in data.values()
    )


def _size_of_json(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(len(str(key)) + _size_of_json(item) for key, item in value.items())
    if isinstance(value, list):
        return sum(map(_size_of_json, value)) + 2 * len(value)
    return 8
