"""Parts of the runner that can be looked at by themselves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dsinfra_jlab.compute.runner import gpus, launching, processes
from dsinfra_jlab.compute.runner.places import Place, working_folder
from dsinfra_jlab.compute.runner.wishes import Wishes

from .driving import run


@pytest.fixture
def four_gpus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,GPU-1a/b,2,3")
    monkeypatch.setattr(gpus.tempfile, "gettempdir", lambda: str(tmp_path))


@pytest.mark.usefixtures("four_gpus")
def test_no_gpu_is_given_twice() -> None:
    first, second = gpus.take_gpus(3), gpus.take_gpus(1)
    assert first.names == ["0", "GPU-1a/b", "2"] and second.names == ["3"]
    with pytest.raises(gpus.NoGpu, match="of the 4 of this worker 0 are free"):
        gpus.take_gpus(1)
    first.release()
    with pytest.raises(gpus.NoGpu, match="asks for 4 GPUs; of the 4 of this worker 3 are free"):
        gpus.take_gpus(4)
    assert gpus.take_gpus(2).names == ["0", "GPU-1a/b"]


@pytest.mark.usefixtures("four_gpus")
def test_other_workers_of_the_machine_share_the_pool_until_they_die() -> None:
    code = (
        "import sys, tempfile\n"
        f"tempfile.tempdir = {gpus.tempfile.gettempdir()!r}\n"
        "from dsinfra_jlab.compute.runner import gpus\n"
        "held = gpus.take_gpus(3)\nprint('held', flush=True)\nsys.stdin.read()"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with worker:
        assert worker.stdout is not None and worker.stdout.readline() == "held\n"
        with pytest.raises(gpus.NoGpu, match="1 is free"):
            gpus.take_gpus(2)
        worker.kill()
        worker.wait()
    assert len(gpus.take_gpus(4).names) == 4


@pytest.mark.usefixtures("four_gpus")
def test_a_job_sees_the_gpus_it_has() -> None:
    code = "import os; print(os.environ.get('CUDA_VISIBLE_DEVICES'))"
    assert run(code, gpus=2).text() == "0,GPU-1a/b\n"
    assert run(code, gpus=2).text() == "0,GPU-1a/b\n"  # they were given back
    assert run(code, gpus=0).text() == "\n"
    ran = run(code, gpus=5)
    assert ran.state == "error" and ran.detail.startswith("The job asks for 5 GPUs; of the 4")


@pytest.mark.usefixtures("four_gpus")
def test_the_gpus_of_a_group_are_free_when_its_last_job_has_ended() -> None:
    code = "import os; print(os.environ['CUDA_VISIBLE_DEVICES'])"
    for group in ("one", "one", "two"):
        ran = run(code, gpus=4, mode="group", session_key=group)
        assert ran.text() == "0,GPU-1a/b,2,3\n", ran.ended
    assert len(gpus.take_gpus(4).names) == 4


def test_where_no_gpu_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert gpus.known_gpus() == []
    with pytest.raises(gpus.NoGpu):
        gpus.take_gpus(1)
    assert gpus.take_gpus(0).names == []


def test_files_stay_in_the_job_s_folder(tmp_path: Path) -> None:
    for name in ("../out", "sent/../../out", "/etc/out", "."):
        with pytest.raises(OSError, match="outside"):
            Place({"files": {name: b"x"}}, str(tmp_path))
    assert not (tmp_path / "out").exists()
    place = Place({"files": {"sent/parcel.json": b"{}", "probe.json": b"[]"}}, str(tmp_path))
    assert place.has_parcel and place.probe() is None and place.returned_files() == {}


def test_a_folder_that_cannot_be_entered_is_not_used(tmp_path: Path) -> None:
    assert working_folder(str(tmp_path), "/nowhere") == str(tmp_path)
    private = tmp_path / "private"
    assert working_folder(str(tmp_path / "missing"), str(private)) == str(private / "work")
    assert oct(private.joinpath("work").stat().st_mode)[-3:] == "700"


def test_long_folders_for_temporary_files_are_avoided(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    long = tmp_path / ("x" * 90)
    long.mkdir()
    monkeypatch.setattr(launching.tempfile, "gettempdir", lambda: str(long))
    folder = launching.private_folder()
    try:
        assert len(folder) < 40 and oct(os.stat(folder).st_mode)[-3:] == "700"
    finally:
        os.rmdir(folder)


def test_a_process_is_read_whatever_its_name() -> None:
    child = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "open('/proc/self/comm', 'w').write(') R 1 (');print(1, flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with child:
        assert child.stdout is not None
        child.stdout.readline()
        found = processes.read_process(child.pid)
        assert found is not None and found.parent == os.getpid() and found.state in "SR"
        assert child.pid in processes.descendants(processes.process_table(), [os.getpid()])
        child.kill()
    assert processes.read_process(child.pid) is None


def test_where_there_is_no_proc_psutil_tells_the_same() -> None:
    here = processes.process_table()[os.getpid()]
    found = processes._table_of_psutil()[os.getpid()]
    assert (found.parent, found.group) == (here.parent, here.group)
    assert abs(found.rss_bytes - here.rss_bytes) < 50_000_000
    assert abs(found.ticks - here.ticks) < 200


def test_another_process_of_the_same_number_is_spared() -> None:
    with subprocess.Popen(["sleep", "100"]) as child:
        assert processes.kill_all(None, "NOBODY=has this", {child.pid: 1})
        assert child.poll() is None
        found = processes.read_process(child.pid)
        assert found is not None
        assert processes.kill_all(None, "NOBODY=has this", {child.pid: found.started})
        assert child.wait() == -9


FORKING = """
import os, sys
content = b"x" * 50_000_000
pid = os.fork()
if pid:
    print(os.getpid(), pid, flush=True)
sys.stdin.read()
"""


def test_memory_of_forks_counts_once() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", FORKING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with child:
        assert child.stdout is not None
        pids = [int(each) for each in child.stdout.readline().split()]
        found = [processes.read_process(pid) for pid in pids]
        alone = sum(each.rss_bytes for each in found if each is not None)
        both = processes.shared_out_bytes(pids)
    assert both is not None and both < alone - 25_000_000


def test_wishes_of_many_threads_are_all_heard() -> None:
    wishes = Wishes(1.0)
    try:
        threads = [
            threading.Thread(target=lambda: [wishes.tell("t", {}) for _ in range(25_000)])
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(wishes.told()) == 75_000 and wishes.told() == []
        assert not wishes.has_end
    finally:
        wishes.close()


def test_only_the_history_of_ipykernel_is_turned_off() -> None:
    assert launching.full_argv(None)[-1] == "--HistoryManager.hist_file=:memory:"
    assert launching.full_argv(["R", "-e", "IRkernel::main()"])[-1] == "IRkernel::main()"


def test_messages_reach_the_kernel() -> None:
    from dsinfra_jlab.compute import runner

    from .driving import begin

    ran = begin(
        "import time\n"
        "heard = []\n"
        "k = get_ipython().kernel\n"
        "k.control_handlers['hello'] = lambda s, i, p: heard.append(p['content'])\n"
        "print('go', flush=True)\n"
        "until = time.time() + 20\n"
        "while not heard and time.time() < until: time.sleep(0.05)\n"
        "print(heard)"
    ).wait_for_text("go")
    assert runner.tell_job(ran.job_id, "hello", {"a": 1}) == {"found": True}
    assert ran.finish().text() == "go\n[{'a': 1}]\n"
    assert runner.tell_job(ran.job_id, "hello", {}) == {"found": False}


def test_a_tree_is_found_without_a_look_at_everything() -> None:
    code = (
        "import subprocess, sys, threading\n"
        "wait = [sys.executable, '-c', 'print(1, flush=True); input()']\n"
        "def begin():\n"
        "    own = subprocess.Popen(wait, stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "    own.stdout.readline()\n"
        "    print(own.pid, flush=True)\n"
        "    threading.Event().wait()\n"
        "threading.Thread(target=begin, daemon=True).start()\n"
        "input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        grandchild = int(child.stdout.readline())
        try:
            found = processes.tree_below(child.pid)
            table = processes.process_table()
            assert found.keys() == processes.descendants(table, [child.pid])
            assert grandchild in found, "a thread has started it"
            assert found[grandchild].parent == child.pid
        finally:
            child.kill()
            os.kill(grandchild, signal.SIGKILL)


def test_the_tree_of_what_is_gone_is_all_there_is() -> None:
    """As where nothing tells of the children of a process: then all are looked at."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert child.pid not in processes.tree_below(child.pid)
    assert os.getpid() in processes.tree_below(child.pid)
