"""Reads what the probe in a kernel says; every field is checked and capped on the way."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from .. import limits
from ..errors.sightings import ErrorSeen
from ..runs.capture import DataItem, DataKind, DataMode
from ..runs.metrics import POINT_BYTES
from ..runs.records import PeakMemory, RunStatus
from .probe_error_reading import read_error
from .probe_events import (
    VERSION,
    ArtifactPart,
    BlockBegun,
    BlockEnded,
    CellSeen,
    DataTouched,
    Dropped,
    EnvironmentSeen,
    ExperimentNamed,
    Landed,
    Loaded,
    NotLanded,
    Params,
    Points,
    ProbeEvent,
    Problem,
    Question,
    Tags,
)


class MalformedEvent(ValueError):
    """An event that is none: count it, never raise it further."""


def read_events(
    content: Mapping[str, Any], buffers: Sequence[bytes | memoryview]
) -> tuple[list[ProbeEvent], int]:
    """Return the events in a message, and how many were malformed."""
    given = content.get("events")
    if content.get("v") != VERSION or not isinstance(given, list):
        return [], 1
    events: list[ProbeEvent] = []
    malformed = max(0, len(given) - limits.PROBE_EVENTS_MAX)
    for each in given[: limits.PROBE_EVENTS_MAX]:
        try:
            events.append(_read(each, buffers))
        except MalformedEvent:
            malformed += 1
    return events, malformed


def _read(given: Any, buffers: Sequence[bytes | memoryview]) -> ProbeEvent:
    if not isinstance(given, dict):
        raise MalformedEvent("not an object")
    reader = _READERS.get(str(given.get("kind")))
    if reader is None:
        raise MalformedEvent("unknown kind")
    return reader(_Fields(given, buffers))


class _Fields:
    """The fields of one event, each checked as it is read."""

    def __init__(self, given: Mapping[str, Any], buffers: Sequence[bytes | memoryview]) -> None:
        self._given = given
        self._buffers = buffers

    def text(self, name: str, limit: int = limits.NAME_MAX_CHARS) -> str:
        value = self._given.get(name)
        return value[:limit] if isinstance(value, str) else ""

    def name(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise MalformedEvent(f"{name} is missing")
        return value

    def number(self, name: str) -> float | None:
        return _finite(self._given.get(name))

    def moment(self, name: str) -> float:
        value = self.number(name)
        if value is None or not 0 <= value < limits.MOMENT_MAX_S:
            raise MalformedEvent(f"{name} is no moment")
        return value

    def count(self, name: str) -> int | None:
        value = self._given.get(name)
        return value if type(value) is int and 0 <= value < 2**53 else None

    def block(self, name: str = "block") -> int | None:
        if self._given.get(name) is None:
            return None
        value = self.count(name)
        if value is None:
            raise MalformedEvent("block is no number")
        return value

    def names(self, name: str, limit: int = limits.CELL_NAMES_MAX) -> tuple[str, ...]:
        given = self._given.get(name)
        if not isinstance(given, list):
            return ()
        names = [each for each in given if isinstance(each, str) and each]
        return tuple(each[: limits.NAME_MAX_CHARS] for each in names[:limit])

    def mapping(self, name: str, limit: int) -> dict[str, Any]:
        given = self._given.get(name)
        if not isinstance(given, dict):
            return {}
        return {
            key[: limits.STORED_KEY_MAX_CHARS]: value
            for key, value in list(given.items())[:limit]
            if isinstance(key, str) and key
        }

    def texts(self, name: str, limit: int) -> dict[str, str]:
        found = self.mapping(name, limit)
        return {key: value for key, value in found.items() if isinstance(value, str)}

    def params(self) -> dict[str, Any]:
        """Return scalars; anything else was not to be sent."""
        found = self.mapping("params", limits.RUN_KEYS_MAX)
        return {key: _scalar(value) for key, value in found.items()}

    def metrics(self) -> dict[str, float]:
        found = self.mapping("metrics", limits.RUN_KEYS_MAX)
        numbers = {key: _number(value) for key, value in found.items()}
        return {key: value for key, value in numbers.items() if value is not None}

    def counts(self, name: str) -> dict[str, int]:
        found = self.mapping(name, limits.RUN_KEYS_MAX)
        return {
            key: value for key, value in found.items() if type(value) is int and 0 < value < 2**53
        }

    def buffer(self) -> bytes:
        index = self._given.get("buffer")
        if type(index) is not int or not 0 <= index < len(self._buffers):
            raise MalformedEvent("there is no such buffer")
        return bytes(self._buffers[index])

    def status(self) -> RunStatus | None:
        return _STATUSES.get(self.text("status"))

    def peak(self) -> PeakMemory | None:
        given = self._given.get("gpu_peak")
        if not isinstance(given, dict):
            return None
        size, kind = given.get("bytes"), given.get("kind")
        if type(size) is not int or not 0 <= size < 2**53 or kind not in _PEAK_KINDS:
            return None
        return PeakMemory(size, str(kind))

    def marks(self) -> tuple[int, int] | None:
        given = self._given.get("rss_marks")
        if not isinstance(given, list) or len(given) != 2:
            return None
        before, after = given
        is_sound = type(before) is int and type(after) is int and 0 <= before <= after < 2**53
        return (before, after) if is_sound else None

    def data(self) -> tuple[DataItem, ...]:
        given = self._given.get("items")
        if not isinstance(given, list):
            raise MalformedEvent("items is no list")
        items = [_data_item(each) for each in given[: limits.DATA_ITEMS_MAX]]
        return tuple(item for item in items if item is not None)

    def whole(self) -> Mapping[str, Any]:
        return self._given

    def flag(self, name: str) -> bool:
        return self._given.get(name) is True

    def object(self, name: str) -> dict[str, Any]:
        given = self._given.get(name)
        return given if isinstance(given, dict) else {}


_STATUSES = {
    status.value: status for status in (RunStatus.ok, RunStatus.error, RunStatus.interrupted)
}
_PEAK_KINDS = ("exact", "at_least", "at_most")
_WORDS_FOR_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def _finite(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _number(value: Any) -> float | None:
    """Return a metric's value; JSON has no word for three of them, so they come as text."""
    if isinstance(value, str):
        return _WORDS_FOR_FLOATS.get(value)
    if isinstance(value, float) and not isinstance(value, bool):
        return value
    return _finite(value)


def _scalar(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return value[: limits.PARAM_MAX_CHARS]
    return f"<{type(value).__name__}>"


def _data_item(given: Any) -> DataItem | None:
    if not isinstance(given, dict):
        return None
    fields = _Fields(given, ())
    kind, mode = fields.text("kind"), fields.text("mode")
    name = fields.text("name", limits.PATH_MAX_CHARS)
    if kind not in DataKind.__members__ or mode not in DataMode.__members__ or not name:
        return None
    modified_s = fields.number("modified_at")
    return DataItem(
        kind=DataKind(kind),
        name=name,
        mode=DataMode(mode),
        size_bytes=fields.count("size_bytes"),
        digest=fields.text("digest") or None,
        modified_at=_iso(modified_s),
        collector=fields.text("collector") or "audit",
    )


def _iso(seconds: float | None) -> str | None:
    """Return a moment as text, ``None`` for one outside of the calendar."""
    if seconds is None or not 0 <= seconds < limits.MOMENT_MAX_S:
        return None
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat().replace("+00:00", "Z")


def _points(fields: _Fields) -> Points:
    body = fields.buffer()
    if not body or len(body) % POINT_BYTES:
        raise MalformedEvent("not whole points")
    return Points(fields.block(), fields.name("key"), body)


def _cell(fields: _Fields) -> CellSeen:
    return CellSeen(
        status=fields.status(),
        ename=fields.text("ename"),
        reads=fields.names("reads"),
        writes=fields.names("writes"),
        touches=fields.names("touches"),
        params=fields.params(),
        metrics=fields.metrics(),
        cpu_s=fields.number("cpu_s"),
        gpu_peak=fields.peak(),
        rss_marks=fields.marks(),
        dropped=fields.counts("dropped"),
        analysis=fields.text("analysis") or "ok",
    )


def _block_begun(fields: _Fields) -> BlockBegun:
    block = fields.block()
    if block is None:
        raise MalformedEvent("block is missing")
    return BlockBegun(
        block, fields.block("parent"), fields.text("name"), fields.moment("at"), fields.params()
    )


def _block_ended(fields: _Fields) -> BlockEnded:
    block, status = fields.block(), fields.status()
    if block is None or status is None:
        raise MalformedEvent("block or status is missing")
    evalue = fields.text("evalue", limits.ERROR_MESSAGE_MAX_CHARS)
    return BlockEnded(
        block,
        fields.moment("at"),
        fields.number("duration_s"),
        status,
        fields.text("ename"),
        evalue,
    )


def _artifact_part(fields: _Fields) -> ArtifactPart:
    number = fields.count("number")
    if number is None:
        raise MalformedEvent("number is missing")
    return ArtifactPart(
        upload=fields.name("artifact"),
        block=fields.block(),
        name=fields.name("name"),
        media_type=fields.text("media_type") or "application/octet-stream",
        number=number,
        body=fields.buffer(),
        is_last=fields.flag("is_last"),
        size_bytes=fields.count("size_bytes"),
        digest=fields.text("digest"),
    )


def _landed(fields: _Fields) -> Landed:
    given = fields.whole().get("failed")
    failed = [
        _Fields(each, ())
        for each in (given if isinstance(given, list) else [])[: limits.CELL_NAMES_MAX]
        if isinstance(each, dict)
    ]
    return Landed(
        fields.name("job_id"),
        fields.names("landed"),
        fields.names("conflicts"),
        tuple(NotLanded(f.text("name"), f.text("text", limits.PARAM_MAX_CHARS)) for f in failed),
    )


def _environment(fields: _Fields) -> EnvironmentSeen:
    return EnvironmentSeen(
        python=fields.text("python"),
        platform=fields.text("platform"),
        interpreter=fields.text("interpreter", limits.PATH_MAX_CHARS),
        packages=fields.texts("packages", limits.PACKAGES_MAX),
        loaded=fields.names("loaded", limits.PACKAGES_MAX),
    )


def _error(fields: _Fields) -> ErrorSeen:
    error = read_error(fields.whole())
    if error is None:
        raise MalformedEvent("no error")
    return error


_READERS: dict[str, Callable[[_Fields], ProbeEvent]] = {
    "loaded": lambda f: Loaded(
        f.text("version"),
        f.text("python"),
        f.text("ipython"),
        f.text("ipykernel"),
        f.text("source"),
    ),
    "cell": _cell,
    "points": _points,
    "params": lambda f: Params(f.block(), f.params()),
    "tags": lambda f: Tags(f.block(), _tags(f)),
    "block_begin": _block_begun,
    "block_end": _block_ended,
    "experiment": lambda f: ExperimentNamed(f.text("name").strip() or None),
    "error": _error,
    "data": lambda f: DataTouched(f.data(), f.names("coverage")),
    "environment": _environment,
    "artifact": _artifact_part,
    "dropped": lambda f: Dropped(f.counts("counts")),
    "problem": lambda f: Problem(f.text("where"), f.text("message", limits.PARAM_MAX_CHARS)),
    "landed": _landed,
    "ask": lambda f: Question(f.name("question"), f.name("what"), f.object("arguments")),
}
"""One reader for each kind of event."""


def _tags(fields: _Fields) -> dict[str, str]:
    found = fields.texts("tags", limits.TAGS_MAX)
    return {
        key[: limits.TAG_KEY_MAX_CHARS]: value[: limits.TAG_VALUE_MAX_CHARS]
        for key, value in found.items()
    }
