"""Which processes are a kernel's, and what they use; real ones, and made-up ``/proc`` trees."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dsinfra_jlab.sensors.kept_files import KeptFiles
from dsinfra_jlab.sensors.processes import (
    ProcessKey,
    ProcessReading,
    ProcessSensor,
    TreeReading,
    cpu_since,
    has_reaped,
    process_sensor,
)
from dsinfra_jlab.sensors.processes_linux import LinuxProcesses
from dsinfra_jlab.sensors.processes_portable import PortableProcesses

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="uses sessions and signals")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

SENSORS: list[Callable[[], ProcessSensor]] = [PortableProcesses]
if sys.platform == "linux":
    SENSORS.append(LinuxProcesses)

HOLD = "import time; block = bytearray(60_000_000); print('ready', flush=True); time.sleep(60)"
FAMILY = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {HOLD!r}], stdout=subprocess.PIPE)
child.stdout.readline()
own = subprocess.Popen([sys.executable, "-c", {HOLD!r}], stdout=subprocess.PIPE,
                       start_new_session=True)
own.stdout.readline()
print(child.pid, own.pid, flush=True)
sys.stdin.readline()
child.kill(); child.wait(); own.kill(); own.wait()
print("alone", flush=True)
sys.stdin.readline()
"""


@contextmanager
def kernel(program: str) -> Iterator[tuple[subprocess.Popen[bytes], bytes]]:
    """Start a program in a session of its own; give it and the first line it says."""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None and process.stdin is not None
    try:
        yield process, process.stdout.readline()
    finally:
        process.kill()
        process.stdin.close()
        process.stdout.close()
        process.wait(10)


@pytest.mark.parametrize("make", SENSORS)
def test_children_count_also_those_in_a_session_of_their_own(
    make: Callable[[], ProcessSensor],
) -> None:
    with kernel(FAMILY) as (process, line):
        child, own = map(int, line.split())
        sensor = make()
        sensor.follow(process.pid)
        first = sensor.read(process.pid)
        assert first is not None and first.pids == {process.pid}
        sensor.adopt(sensor.scan())
        tree = sensor.read(process.pid)
        assert tree is not None
        assert tree.pids == {process.pid, child, own}
        assert tree.processes[0].key.pid == process.pid
        assert 120_000_000 < tree.rss_bytes < 500_000_000
        assert tree.main.key.pid in (child, own)
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
        process.stdout.readline()
        alone = sensor.read(process.pid)
        assert alone is not None and alone.pids == {process.pid}
        process.kill()
        process.wait()
        assert sensor.read(process.pid) is None
        sensor.leave(process.pid)
        assert sensor.read(process.pid) is None
        sensor.close()


@pytest.mark.parametrize("make", SENSORS)
def test_one_that_has_ended_is_gone_though_nobody_has_waited_for_it(
    make: Callable[[], ProcessSensor],
) -> None:
    with kernel(HOLD) as (process, _):
        sensor = make()
        sensor.follow(process.pid)
        reading = sensor.read(process.pid)
        assert reading is not None
        os.kill(process.pid, signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it stays a zombie
        assert sensor.is_seen(process.pid)
        assert sensor.read(process.pid) is None, "not a process of 0 bytes"
        assert not sensor.is_alive(reading.main.key)
        sensor.close()


@on_linux
def test_an_orphan_stays_with_its_kernel() -> None:
    program = (
        "import os, sys\n"
        "reading, writing = os.pipe()\n"
        "if os.fork() == 0:\n"
        "    if os.fork() == 0:\n"
        "        os.write(writing, b'x'); import time; time.sleep(60)\n"
        "    os._exit(0)\n"
        "os.wait(); os.read(reading, 1)\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
    )
    with kernel(program) as (process, _):
        sensor = LinuxProcesses()
        sensor.follow(process.pid)
        sensor.adopt(sensor.scan())
        tree = sensor.read(process.pid)
        assert tree is not None and len(tree.processes) == 2
        for pid in tree.pids - {process.pid}:
            os.kill(pid, signal.SIGKILL)


@on_linux
def test_the_highest_mark_holds_a_spike_that_is_over() -> None:
    spike = "block = bytearray(300_000_000); del block; print('over', flush=True); input()"
    with kernel(spike) as (process, _):
        sensor = process_sensor()
        assert isinstance(sensor, LinuxProcesses)
        sensor.follow(process.pid)
        tree = sensor.read(process.pid)
        assert tree is not None and tree.rss_bytes < 100_000_000
        mark = sensor.high_mark(tree.main.key)
        assert mark is not None and 300_000_000 < mark < 400_000_000
        stranger = ProcessKey(process.pid, tree.main.key.started - 1)
        assert sensor.high_mark(stranger) is None, "another process had this number before"


@pytest.mark.parametrize("make", SENSORS)
def test_cpu_is_that_of_the_whole_tree(make: Callable[[], ProcessSensor]) -> None:
    busy = (
        "import subprocess, sys\n"
        "code = 'import time\\nend = time.process_time() + 0.4\\n"
        "while time.process_time() < end: pass'\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "subprocess.run([sys.executable, '-c', code]); exec(code)\n"
        "print('done', flush=True); sys.stdin.readline()\n"
    )
    with kernel(busy) as (process, _):
        assert process.stdin is not None and process.stdout is not None
        sensor = make()
        sensor.follow(process.pid)
        before, at_s = sensor.read(process.pid), time.monotonic()
        process.stdin.write(b"\n")
        process.stdin.flush()
        process.stdout.readline()
        after = sensor.read(process.pid)
        assert before is not None and after is not None
        used_s = cpu_since(before, after, time.monotonic() - at_s)
        assert used_s is not None and 0.75 < used_s < 1.5, "a child that ended unseen counts"
        assert has_reaped(before, after)


def reading(pid: int, cpu_s: float, reaped_s: float = 0.0, age_s: float = 100.0) -> ProcessReading:
    return ProcessReading(ProcessKey(pid, 1.0), cpu_s, reaped_s, age_s, 1)


def test_what_was_counted_of_a_child_is_not_counted_again_when_it_ends() -> None:
    before = TreeReading((reading(1, 5.0), reading(2, 30.0)))
    after = TreeReading((reading(1, 5.5, reaped_s=30.2),))
    assert cpu_since(before, after, 1.0) == pytest.approx(0.7)


def test_a_child_that_nobody_waits_for_makes_nothing_negative() -> None:
    before = TreeReading((reading(1, 5.0), reading(2, 30.0)))
    assert cpu_since(before, TreeReading((reading(1, 5.0),)), 1.0) == 0.0


def test_a_process_found_late_counts_at_its_usual_pace() -> None:
    before = TreeReading((reading(1, 5.0),))
    found_late = TreeReading((reading(1, 5.0), reading(2, 8.0, age_s=4.0)))
    assert cpu_since(before, found_late, 1.0) == pytest.approx(2.0)
    newborn = TreeReading((reading(1, 5.0), reading(2, 0.3, age_s=0.5)))
    assert cpu_since(before, newborn, 1.0) == pytest.approx(0.3)


def test_of_one_reading_alone_nothing_follows() -> None:
    assert cpu_since(None, TreeReading((reading(1, 5.0),)), 1.0) is None


# Made-up trees


def stat(pid: int, *, parent: int = 1, session: int = 1, started: int = 100, rss: int = 10) -> str:
    fields = ["S", parent, session, session, 0, 0, 0, 0, 0, 0, 0, 100, 50, 20, 10, 20, 0, 1, 0]
    return f"{pid} (a (b) c) {' '.join(map(str, [*fields, started, 9999, rss, 0]))}\n"


def write(root: Path, pid: int, content: str | bytes) -> None:
    folder = root / "proc" / str(pid)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stat").write_bytes(content.encode() if isinstance(content, str) else content)


def test_a_number_that_is_used_again_is_another_process(tmp_path: Path) -> None:
    write(tmp_path, 40, stat(40, session=40))
    write(tmp_path, 41, stat(41, parent=40, session=41))
    sensor = LinuxProcesses(str(tmp_path))
    sensor.follow(40)
    sensor.adopt(sensor.scan())
    tree = sensor.read(40)
    assert tree is not None and tree.pids == {40, 41}
    assert (tree.main.cpu_s, tree.main.reaped_cpu_s) == (1.5, 0.3)
    write(tmp_path, 41, stat(41, parent=1, session=41, started=777))
    tree = sensor.read(40)
    assert tree is not None and tree.pids == {40}
    sensor.adopt(sensor.scan())
    tree = sensor.read(40)
    assert tree is not None and tree.pids == {40}, "no child of the kernel any more"
    write(tmp_path, 40, stat(40, session=40, started=888))
    assert sensor.read(40) is None
    sensor.adopt(sensor.scan())
    assert sensor.read(40) is None, "what has its number now is not the kernel"


def test_one_that_left_the_session_and_its_parent_stays_known(tmp_path: Path) -> None:
    write(tmp_path, 40, stat(40, session=40))
    write(tmp_path, 41, stat(41, parent=40, session=41))
    write(tmp_path, 42, stat(42, parent=41, session=42))
    sensor = LinuxProcesses(str(tmp_path))
    sensor.follow(40)
    sensor.adopt(sensor.scan())
    write(tmp_path, 41, stat(41, parent=1, session=41))
    write(tmp_path, 43, stat(43, parent=41, session=43))
    sensor.adopt(sensor.scan())
    tree = sensor.read(40)
    assert tree is not None and tree.pids == {40, 41, 42, 43}


def test_a_kernel_below_another_one_is_its_own(tmp_path: Path) -> None:
    write(tmp_path, 40, stat(40, session=40))
    write(tmp_path, 50, stat(50, parent=40, session=50))
    write(tmp_path, 51, stat(51, parent=50, session=50))
    sensor = LinuxProcesses(str(tmp_path))
    sensor.follow(40)
    sensor.follow(50)
    sensor.adopt(sensor.scan())
    outer, inner = sensor.read(40), sensor.read(50)
    assert outer is not None and outer.pids == {40}
    assert inner is not None and inner.pids == {50, 51}


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", b"40 (x", b"\x00\xff" * 50, b"40 (x) S " + b"a " * 30, b"40 (x) Z 1 1 1"],
)
def test_nonsense_is_unknown(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, 40, content)
    write(tmp_path, 41, stat(41, parent=40, session=40))
    sensor = LinuxProcesses(str(tmp_path))
    sensor.follow(40)
    sensor.adopt(sensor.scan())
    assert sensor.read(40) is None
    (tmp_path / "proc" / "40" / "status").write_bytes(b"VmHWM: many kB\n" + content)
    assert sensor.high_mark(ProcessKey(40, 1.0)) is None


def test_there_is_no_proc_at_all(tmp_path: Path) -> None:
    sensor = LinuxProcesses(str(tmp_path / "nowhere"))
    sensor.follow(40)
    sensor.adopt(sensor.scan())
    assert sensor.read(40) is None
    assert not sensor.is_seen(40) and not sensor.is_seen(0)


def test_a_process_may_not_be_read(tmp_path: Path) -> None:
    write(tmp_path, 40, stat(40, session=40))
    refused: list[str] = []

    def opener(path: str, flags: int) -> int:
        refused.append(path)
        raise PermissionError(path)

    sensor = LinuxProcesses(str(tmp_path), opener)
    sensor.follow(40)
    sensor.adopt(sensor.scan())
    assert sensor.read(40) is None and refused
    assert sensor.is_seen(40)


# What it costs


def test_known_processes_are_read_without_opening_files_again(tmp_path: Path) -> None:
    opened: list[str] = []

    def opener(path: str, flags: int) -> int:
        if path.endswith("stat"):
            opened.append(path)
        return os.open(path, flags)

    for pid in range(100, 200):
        write(tmp_path, pid, stat(pid, session=pid))
    sensor = LinuxProcesses(str(tmp_path), opener)
    for pid in range(100, 110):
        sensor.follow(pid)
    opened.clear()
    sensor.adopt(sensor.scan())
    assert len(opened) == 100, "one for each process of the machine"
    opened.clear()
    for _ in range(5):
        for pid in range(100, 110):
            assert sensor.read(pid) is not None
    assert opened == []
    for pid in range(100, 110):
        sensor.leave(pid)
    assert sensor.read(100) is None


@on_linux
def test_no_more_files_are_kept_open_than_allowed(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    files = KeptFiles(files_max=3)
    for number in range(10):
        (tmp_path / str(number)).write_text(str(number))
        assert files.read(str(tmp_path / str(number))) == str(number).encode()
    assert len(os.listdir("/proc/self/fd")) == before + 3
    (tmp_path / "9").write_text("new")
    assert files.read(str(tmp_path / "9")) == b"new"
    assert files.read(str(tmp_path / "none")) is None
    files.forget(str(tmp_path / "none"))
    files.close()
    assert len(os.listdir("/proc/self/fd")) == before


# The search


class Opened:
    """Opens files and counts which of processes."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def __call__(self, path: str, flags: int) -> int:
        if path.endswith("stat"):
            self.paths.append(path)
        return os.open(path, flags)


def put_process(proc: Path, pid: int, parent: int, session: int, started: int = 100) -> None:
    """Make a process in a made-up tree; one that was there leaves its folder aside."""
    folder = proc / str(pid)
    if folder.exists():  # so that the new one cannot be given its inode
        folder.rename(proc / f"gone-{pid}-{time.monotonic_ns()}")
    folder.mkdir(parents=True)
    head = f"{pid} (p) S {parent} {session} {session} 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 {started}"
    (folder / "stat").write_text(f"{head} 1000 10 0\n")


@on_linux
def test_a_search_reads_only_what_is_new(tmp_path: Path) -> None:
    opened = Opened()
    proc = tmp_path / "proc"
    for pid in range(1, 300):
        put_process(proc, pid, 0 if pid == 1 else 1, pid)
    sensor = LinuxProcesses(str(tmp_path), opened)
    assert len(sensor.scan().keys) == 299 and len(opened.paths) == 299
    opened.paths.clear()
    for _ in range(5):
        assert len(sensor.scan().keys) == 299
    assert opened.paths == [], "each search read a file of each process of the machine"
    put_process(proc, 300, 7, 7)
    scan = sensor.scan()
    assert (scan.parents[300], scan.sessions[300]) == (7, 7)
    assert opened.paths == [str(proc / "300" / "stat")]
    sensor.close()


@on_linux
def test_a_number_that_is_used_again_is_read_again(tmp_path: Path) -> None:
    proc = tmp_path / "proc"
    put_process(proc, 1, 0, 1)
    put_process(proc, 7, 1, 7)
    put_process(proc, 8, 1, 8)
    sensor = LinuxProcesses(str(tmp_path))
    sensor.follow(7)
    sensor.adopt(sensor.scan())
    put_process(proc, 8, 7, 7, started=900)
    sensor.adopt(sensor.scan())
    tree = sensor.read(7)
    assert tree is not None and tree.pids == {7, 8}
    sensor.close()


@on_linux
def test_who_lost_its_parent_is_not_taken_for_a_child_of_the_next_with_that_number(
    tmp_path: Path,
) -> None:
    proc = tmp_path / "proc"
    put_process(proc, 1, 0, 1)
    put_process(proc, 50, 1, 50)
    put_process(proc, 60, 50, 60)
    sensor = LinuxProcesses(str(tmp_path))
    sensor.scan()
    put_process(proc, 50, 1, 50, started=900)  # a kernel with the number of a process that ended
    stat = (proc / "60" / "stat").read_text()
    (proc / "60" / "stat").write_text(stat.replace(" S 50 ", " S 1 "))
    sensor.follow(50)
    sensor.adopt(sensor.scan())
    tree = sensor.read(50)
    assert tree is not None and tree.pids == {50}
    sensor.close()


@on_linux
def test_now_and_then_everything_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, moments = Opened(), [1_000.0, 1_030.0, 1_299.0, 1_300.0, 1_400.0]
    put_process(tmp_path / "proc", 1, 0, 1)
    sensor = LinuxProcesses(str(tmp_path), opened)
    for moment in moments:
        monkeypatch.setattr(time, "monotonic", lambda now_s=moment: now_s)
        sensor.scan()
    assert len(opened.paths) == 2
    sensor.close()


def say_newest(proc: Path, pid: int) -> None:
    """Let a made-up system say which process is its newest."""
    # In place: the file stays open.
    proc.joinpath("loadavg").write_text(f"0.20 0.18 0.12 1/80 {pid:5}\n")


@on_linux
def test_nothing_is_searched_while_no_process_has_begun(tmp_path: Path) -> None:
    proc = tmp_path / "proc"
    put_process(proc, 1, 0, 1)
    say_newest(proc, 1)
    sensor = LinuxProcesses(str(tmp_path))
    sensor.follow(1)
    first = sensor.scan()
    assert sensor.scan() is not first, "what had just begun may not have been listed yet"
    settled = sensor.scan()
    assert sensor.scan() is settled and set(settled.keys) == {1}
    put_process(proc, 20, 1, 1)
    say_newest(proc, 20)
    sensor.adopt(sensor.scan())
    tree = sensor.read(1)
    assert tree is not None and tree.pids == {1, 20}
    sensor.close()


@on_linux
def test_a_process_that_is_listed_late_is_found(tmp_path: Path) -> None:
    proc = tmp_path / "proc"
    put_process(proc, 1, 0, 1)
    say_newest(proc, 20)  # its number is given before it is listed
    sensor = LinuxProcesses(str(tmp_path))
    sensor.follow(1)
    sensor.adopt(sensor.scan())
    put_process(proc, 20, 1, 1)
    sensor.adopt(sensor.scan())
    tree = sensor.read(1)
    assert tree is not None and tree.pids == {1, 20}
    sensor.close()


@on_linux
def test_a_root_that_is_followed_later_gets_its_processes_too(tmp_path: Path) -> None:
    proc = tmp_path / "proc"
    for pid, parent in ((1, 0), (7, 1), (8, 7)):
        put_process(proc, pid, parent, 7 if pid == 8 else pid)
    say_newest(proc, 8)
    sensor = LinuxProcesses(str(tmp_path))
    for _ in range(3):
        sensor.adopt(sensor.scan())
    sensor.follow(7)
    sensor.adopt(sensor.scan())
    tree = sensor.read(7)
    assert tree is not None and tree.pids == {7, 8}
    sensor.close()


PATIENCE_S = 600.0


@on_linux
def test_a_process_at_rest_is_not_read_again() -> None:
    grow = (
        "import sys; print('ready', flush=True); sys.stdin.readline();"
        "held = bytearray(50_000_000); print('held', flush=True); sys.stdin.readline()"
    )
    with kernel(grow) as (process, _):
        sensor = LinuxProcesses()
        sensor.follow(process.pid)
        before = reading_at_rest(sensor, process.pid)
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"held\n"
        after = sensor.read(process.pid, PATIENCE_S)
        assert after is not None and after.rss_bytes > before.rss_bytes + 45_000_000
        reading_at_rest(sensor, process.pid)
        os.kill(process.pid, signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it stays a zombie
        assert sensor.read(process.pid, PATIENCE_S) is None
        sensor.close()


@on_linux
def test_what_a_process_at_rest_uses_is_counted() -> None:
    turns = "import time; print('ready', flush=True)\nwhile True: time.sleep(0.02)"
    with kernel(turns) as (process, _):
        sensor = LinuxProcesses()
        sensor.follow(process.pid)
        before = reading_at_rest(sensor, process.pid)
        later: list[TreeReading | None] = []

        def is_read() -> bool:
            later.append(sensor.read(process.pid, PATIENCE_S))
            return later[-1] is not before

        wait_until(is_read)
        used_s = cpu_since(before, later[-1], 60) if later[-1] is not None else None
        assert used_s is not None and 0.003 <= used_s < 0.1, "as soon as it is worth telling"
        sensor.close()


@on_linux
def test_a_child_that_ends_is_seen_though_its_parent_is_at_rest() -> None:
    family = "import subprocess, time; print(subprocess.Popen(['sleep', '60']).pid, flush=True)"
    with kernel(f"{family}; time.sleep(60)") as (process, line):
        child = int(line)
        sensor = LinuxProcesses()
        sensor.follow(process.pid)
        sensor.adopt(sensor.scan())
        assert reading_at_rest(sensor, process.pid).pids == {process.pid, child}
        os.kill(child, signal.SIGKILL)
        wait_until(
            lambda: (
                (tree := sensor.read(process.pid, PATIENCE_S)) is not None
                and tree.pids == {process.pid}
            )
        )
        sensor.close()


@on_linux
def test_pages_that_the_system_took_are_seen_after_a_while() -> None:
    with kernel(HOLD) as (process, _):
        sensor = LinuxProcesses()
        sensor.follow(process.pid)
        before = reading_at_rest(sensor, process.pid)
        again = sensor.read(process.pid)
        assert again is not None and again.main.age_s != before.main.age_s
        sensor.close()


@on_linux
@pytest.mark.parametrize(("count", "is_watched"), [(3, True), (20, False)])
def test_a_kernel_with_many_processes_keeps_no_more_files_open(
    count: int, is_watched: bool
) -> None:
    opened: list[str] = []

    def opener(path: str, flags: int) -> int:
        opened.append(path)
        return os.open(path, flags)

    start = "import subprocess, time; [subprocess.Popen(['sleep', '60']) for _ in range(%d)]"
    with kernel(f"{start % count}; print(1, flush=True); time.sleep(60)") as (process, _):
        sensor = LinuxProcesses(opener=opener)
        try:
            sensor.follow(process.pid)
            sensor.adopt(sensor.scan())
            for _ in range(3):
                tree = sensor.read(process.pid, PATIENCE_S)
            assert tree is not None and len(tree.processes) == count + 1
            assert any(path.endswith("statm") for path in opened) == is_watched
        finally:
            sensor.close()
            os.killpg(process.pid, signal.SIGKILL)


def wait_until(is_so: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end_s
        time.sleep(0.05)


def reading_at_rest(sensor: ProcessSensor, pid: int) -> TreeReading:
    """Return the reading of a tree that has come to rest: one that is given again."""
    readings: list[TreeReading | None] = []

    def is_at_rest() -> bool:
        readings.append(sensor.read(pid, PATIENCE_S))
        return len(readings) > 1 and readings[-1] is readings[-2]

    wait_until(is_at_rest)
    assert readings[-1] is not None
    return readings[-1]


@on_linux
def test_parents_that_go_in_a_circle_belong_to_nobody(tmp_path: Path) -> None:
    """Numbers that were used again while they were read; the way up is then no way."""
    proc = tmp_path / "proc"
    put_process(proc, 1, 0, 1)
    put_process(proc, 7, 1, 7)
    for pid, parent in ((20, 22), (21, 20), (22, 21), (23, 20), (30, 7), (31, 30), (32, 31)):
        put_process(proc, pid, parent, pid)
    sensor = LinuxProcesses(str(tmp_path))
    sensor.follow(7)
    sensor.adopt(sensor.scan())
    tree = sensor.read(7)
    assert tree is not None and tree.pids == {7, 30, 31, 32}
    sensor.close()
