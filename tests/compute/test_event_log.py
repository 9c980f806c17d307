"""The event log: numbered whole lines, whatever the disk does."""

from __future__ import annotations

import json
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsinfra_jlab.compute import event_log
from dsinfra_jlab.compute.event_log import EventLog, LogReader

MESSAGE = {"kind": "message", "text": "x" * 100}


@contextmanager
def full_after(size: int) -> Iterator[None]:
    """Let the operating system refuse to make files larger."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)


def read(path: Path, after: int = 0) -> list[dict[str, object]]:
    return list(LogReader().events(path, after))


def test_events_are_numbered_from_one_and_have_a_time(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log")
    log.append({"kind": "queued"})
    log.append({"kind": "starting", "at": 5.0})
    assert log.flush()
    first, second = read(tmp_path / "log")
    assert (first["seq"], second["seq"], second["at"]) == (1, 2, 5.0)
    assert isinstance(first["at"], float)


def test_nothing_comes_after_the_end(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log")
    for kind in ("queued", "ended", "message", "ended"):
        log.append({"kind": kind})
    log.flush()
    assert [event["kind"] for event in read(tmp_path / "log")] == ["queued", "ended"]


def test_half_a_surrogate_pair_comes_back(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log")
    log.append({"kind": "message", "text": "\ud800 ä \u2028"})
    assert log.flush()
    assert read(tmp_path / "log")[0]["text"] == "\ud800 ä \u2028"


def test_a_log_is_gone_on_with_and_a_torn_line_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = EventLog(path)
    log.append({"kind": "queued"})
    log.append({"kind": "starting"})
    log.flush()
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"seq":3,"kind":"mess')
    again = EventLog(path)
    assert again.seq == 2
    again.append({"kind": "ended"})
    assert again.flush()
    assert [event["seq"] for event in read(path)] == [1, 2, 3]
    assert path.read_bytes().startswith(whole)


def test_the_log_of_an_ended_job_is_known_as_such(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log")
    log.append({"kind": "ended"})
    log.flush()
    assert EventLog(tmp_path / "log").has_ended


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("")
    (tmp_path / "log").symlink_to(tmp_path / "victim")
    log = EventLog(tmp_path / "log")
    log.append({"kind": "queued"})
    assert not log.flush()
    assert (tmp_path / "victim").read_text() == ""


def test_a_full_disk_leaves_whole_lines_and_loses_nothing_that_fits_in_memory(
    tmp_path: Path,
) -> None:
    path = tmp_path / "log"
    log = EventLog(path)
    with full_after(1_000):
        for _ in range(20):
            log.append(dict(MESSAGE))
        assert not log.flush()
        assert log.is_behind
        some = len(read(path))
        assert 0 < some < 20
        assert log.written_seq == some
        assert path.read_bytes().endswith(b"\n")
    assert log.flush()
    assert [event["seq"] for event in read(path)] == list(range(1, 21))


def test_beyond_what_memory_holds_it_says_what_was_left_out_and_how_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "PENDING_MAX_BYTES", 2_000)
    path = tmp_path / "log"
    log = EventLog(path)
    with full_after(500):
        for _ in range(100):
            log.append(dict(MESSAGE))
            log.flush()
        log.append({"kind": "ended", "state": "ok"})
        assert not log.flush()
        assert log._pending_bytes < 3_000
    assert log.flush()
    events = read(path)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["kind"] for event in events[-2:]] == ["dropped", "ended"]
    dropped = events[-2]["bytes"]
    kept = sum(event["kind"] == "message" for event in events)
    assert dropped == (100 - kept) * len(json.dumps(MESSAGE))


def test_a_reader_goes_on_where_it_was_and_can_go_back(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log, reader = EventLog(path), LogReader()
    assert list(reader.events(path, 0)) == []
    for number in range(5):
        log.append({"kind": "message", "number": number})
        log.flush()
        (event,) = reader.events(path, number)
        assert event["number"] == number
    assert [event["seq"] for event in reader.events(path, 2)] == [3, 4, 5]
    assert [event["seq"] for event in reader.events(path, 0)] == [1, 2, 3, 4, 5]
    assert list(reader.events(path, 5)) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    sizes=st.lists(st.integers(0, 300), min_size=1, max_size=20),
    limits=st.lists(st.integers(0, 3_000), max_size=5),
    cut=st.integers(0, 50),
)
def test_readers_only_ever_see_whole_lines_in_order(
    tmp_path: Path, sizes: list[int], limits: list[int], cut: int
) -> None:
    path = tmp_path / "log"
    path.unlink(missing_ok=True)
    log = EventLog(path)
    for number, size in enumerate(sizes):
        log.append({"kind": "message", "text": "x" * size})
        limit = limits[number] if number < len(limits) else 1_000_000
        with full_after(limit):
            log.flush()
        seen = [event["seq"] for event in read(path)] if path.exists() else []
        assert seen == list(range(1, log.written_seq + 1))
    log.flush()
    data = path.read_bytes()
    path.write_bytes(data[: max(len(data) - cut, 0)])
    again = EventLog(path)
    again.append({"kind": "ended"})
    assert again.flush()
    assert [event["seq"] for event in read(path)] == list(range(1, again.seq + 1))
