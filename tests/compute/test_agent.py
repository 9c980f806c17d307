"""The agent: one for each target, whoever starts it, whoever dies."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from dsinfra_jlab import __version__
from dsinfra_jlab.compute.agent_place import AGENT_FILE, read_json, write_json
from dsinfra_jlab.compute.agents import Agents
from dsinfra_jlab.domain.compute.jobs import JobId
from dsinfra_jlab.domain.compute.targets import TargetRecord
from dsinfra_jlab.domain.exceptions import NotPermitted, Unavailable

from .desk import LOCAL, Desk, gone_in, processes_below, removed_in

ABSENT = TargetRecord("absent", "dask", {"address": "tcp://127.0.0.1:9"})
"""A target whose engine fails at once, which is enough to try its agent."""

SERVER = """
import asyncio, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.compute.desk import Desk

async def main():
    desk = Desk(Path({base!r}))
    print(await desk.submit({code!r}), flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def start_server(base: Path, code: str) -> tuple[subprocess.Popen[str], JobId]:
    """Start a process that submits a job, as a server does, and return it with the job."""
    root = str(Path(__file__).parents[2])
    program = SERVER.format(root=root, base=str(base), code=code)
    server = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert server.stdout is not None
    return server, JobId(server.stdout.readline().strip())


async def raw(desk: Desk, name: str, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    """Send requests as somebody else would and return the answers."""
    about = read_json(desk.base / "targets" / name / AGENT_FILE)
    assert about is not None
    reader, writer = await asyncio.open_unix_connection(about["socket"])
    answers = []
    for request in requests:
        writer.write(json.dumps(request).encode() + b"\n")
        answers.append(json.loads(await reader.readline()))
    writer.close()
    await writer.wait_closed()
    return answers


async def test_two_servers_that_start_a_target_at_once_get_one_agent(desk: Desk) -> None:
    other = Agents(desk.base)
    answers = await asyncio.gather(desk.agents.test(ABSENT), other.test(ABSENT))
    assert not any(answer.is_ok for answer in answers)
    agents = [
        each
        for each in processes_below(desk.base)
        if "dsinfra_jlab.compute.agent" in each.cmdline()
    ]
    assert [each.pid for each in agents] == [desk.agent_pid("absent")]
    await other.close()


async def test_its_files_are_for_their_owner_alone(desk: Desk) -> None:
    await desk.agents.test(ABSENT)
    folder = desk.base / "targets" / "absent"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


async def test_it_has_left_its_starter_entirely(desk: Desk) -> None:
    """Session, terminal and inherited files: none of the server's."""
    before = psutil.Process().children()
    with (desk.base / "secret").open("w") as secret:
        os.set_inheritable(secret.fileno(), True)
        await desk.agents.test(ABSENT)
        process = psutil.Process(desk.agent_pid("absent"))
        assert os.getsid(process.pid) != os.getsid(0)
        assert process.ppid() != os.getpid()
        assert str(desk.base / "secret") not in [each.path for each in process.open_files()]
        log = str(desk.base / "targets" / "absent" / "agent.log")
        assert [os.readlink(f"/proc/{process.pid}/fd/{fd}") for fd in (0, 1, 2)] == [
            "/dev/null",
            log,
            log,
        ]
    assert set(psutil.Process().children()) <= set(before)


async def test_without_its_token_it_does_nothing(desk: Desk) -> None:
    await desk.agents.test(ABSENT)
    first, second = await raw(
        desk, "absent", {"id": 1, "do": "hello", "token": "x"}, {"id": 2, "do": "stop"}
    )
    assert first["error"]["code"] == NotPermitted.code.value
    assert second["error"]["code"] == NotPermitted.code.value
    assert not gone_in(desk.agent_pid("absent"), 0.3)


async def test_it_says_what_it_does_not_understand_and_goes_on(desk: Desk) -> None:
    await desk.agents.test(ABSENT)
    about = read_json(desk.base / "targets" / "absent" / AGENT_FILE)
    assert about is not None
    hello, unknown, odd, known = await raw(
        desk,
        "absent",
        {"id": 1, "do": "hello", "token": about["token"]},
        {"id": 2, "do": "dance"},
        [],  # type: ignore[arg-type]
        {"id": 4, "do": "known", "job_id": "none"},
    )
    assert hello["ok"]["version"] == __version__
    assert "dance" in unknown["error"]["message"]
    assert odd["error"]["code"] == "bad_input"
    assert known == {"id": 4, "ok": {"is_known": False}}


async def test_a_target_that_failed_says_why_until_it_is_started_again(desk: Desk) -> None:
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9 cannot be reached.*refused"):
        await desk.agents.start(ABSENT)
    with pytest.raises(Unavailable, match="cannot be reached"):
        await desk.agents.status("absent")
    pid = desk.agent_pid("absent")
    with pytest.raises(Unavailable, match="cannot be reached"):
        await desk.agents.start(ABSENT)
    assert desk.agent_pid("absent") == pid


async def test_a_target_without_an_agent_has_no_status_and_stops_all_the_same(desk: Desk) -> None:
    assert await desk.agents.status("nobody") is None
    assert await desk.agents.reattach(LOCAL) is None
    await desk.agents.stop("nobody")
    with pytest.raises(Unavailable, match="does not run"):
        await desk.agents.cancel("nobody", JobId("none"))
    assert not await desk.agents.is_known("nobody", JobId("none"))


async def test_what_a_dead_agent_left_is_no_agent(desk: Desk) -> None:
    await desk.agents.test(ABSENT)
    pid = desk.agent_pid("absent")
    os.kill(pid, signal.SIGKILL)
    assert gone_in(pid, 5)
    assert await Agents(desk.base).status("absent") is None
    await desk.agents.test(ABSENT)
    assert desk.agent_pid("absent") != pid


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_and_leaves_no_files_of_it(
    desk: Desk, number: signal.Signals
) -> None:
    await desk.agents.test(ABSENT)
    pid = desk.agent_pid("absent")
    os.kill(pid, number)
    assert gone_in(pid, 10)
    folder = desk.base / "targets" / "absent"
    assert not (folder / AGENT_FILE).exists()
    assert not (folder / "socket").exists()


async def test_idle_it_ends_by_itself_but_not_while_a_server_is_there(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSINFRA_AGENT_IDLE_S", "0.5")
    await desk.agents.test(ABSENT)
    pid = desk.agent_pid("absent")
    await asyncio.sleep(1.5)
    assert psutil.pid_exists(pid)
    await desk.agents.close()
    assert gone_in(pid, 5)


async def test_an_agent_whose_files_are_removed_ends_when_nobody_holds_on_to_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody could find it: neither to follow its jobs nor to end them."""
    monkeypatch.setenv("DSINFRA_AGENT_IDLE_S", "2.0")
    job_id = await desk.submit("import time\nprint('on', flush=True)\ntime.sleep(600)")
    await desk.printed(job_id, "on")
    pid = desk.agent_pid()
    family = psutil.Process(pid).children(recursive=True)
    shutil.rmtree(desk.base / "targets")
    await asyncio.sleep(2.0)
    assert psutil.pid_exists(pid)
    await desk.agents.close()
    assert await asyncio.to_thread(gone_in, pid, 60.0)
    for process in family:
        assert await asyncio.to_thread(gone_in, process.pid, 60.0), process
    assert desk.log(job_id)[-1]["state"] == "cancelled"
    assert "removed" in desk.log(job_id)[-1]["detail"]


async def test_an_idle_agent_of_another_version_makes_way(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.agents.test(ABSENT)
    pid = desk.agent_pid("absent")
    await desk.agents.close()
    monkeypatch.setattr("dsinfra_jlab.compute.agent_older.__version__", "99.0")
    newer = Agents(desk.base)
    # Only this side pretends to be newer, so what it starts is replaced as well, in the end.
    link = await newer._found("absent")
    assert link is not None
    from dsinfra_jlab.compute.agent_start import has_to_go, replace

    assert has_to_go(link)
    await replace(link)
    assert gone_in(pid, 5)


async def test_a_log_that_an_agent_left_open_is_ended_by_the_next(desk: Desk) -> None:
    """The record of open jobs outlives the agent; how far the job came is not known."""
    job_id = JobId("job-left")
    folder = desk.agents.job_folder(job_id)
    (folder / "events.jsonl").write_text('{"seq":1,"at":1.0,"kind":"queued"}\n{"seq":2,"ki')
    marks = desk.base / "targets" / "absent" / "open"
    marks.mkdir(parents=True)
    write_json(marks / "job-left.json", {"folder": str(folder)})
    await desk.agents.test(ABSENT)
    queued, ended = desk.log(job_id)
    assert (queued["seq"], ended["seq"], ended["state"]) == (1, 2, "lost")
    assert "ended unexpectedly" in ended["detail"]
    assert list(marks.iterdir()) == []


async def test_folders_of_jobs_are_private_and_only_right_below(desk: Desk) -> None:
    folder = desk.agents.job_folder(JobId("a"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for wrong in ("../a", "a/b", ".", "..", ".a", ""):
        with pytest.raises(Exception, match="not the id of a job"):
            desk.agents.job_folder(JobId(wrong))
    desk.agents.forget(JobId("a"))
    assert not folder.exists()
    desk.agents.forget(JobId(".."))
    assert desk.base.exists()


@pytest.mark.slow
async def test_a_server_that_is_killed_costs_no_output(desk: Desk) -> None:
    code = "import time\nfor n in range(30):\n    print(n)\n    time.sleep(0.1)"
    server, job_id = await asyncio.to_thread(start_server, desk.base, code)
    assert await desk.agents.reattach(LOCAL) is not None
    await desk.printed(job_id, "3\n")
    server.kill()
    server.wait()
    assert server.stdout is not None
    server.stdout.close()
    ended = await desk.ended(job_id)
    assert ended["state"] == "ok"
    assert desk.text(job_id).split() == [str(n) for n in range(30)]
    assert [event["seq"] for event in desk.log(job_id)] == list(range(1, ended["seq"] + 1))


@pytest.mark.slow
async def test_killed_it_leaves_no_process_and_the_next_one_tells_the_loss(desk: Desk) -> None:
    code = "import os, time\nprint(os.environ['DSINFRA_PRIVATE_FOLDER'], 'on', flush=True)\n"
    job_id = await desk.submit(f"{code}time.sleep(600)")
    await desk.printed(job_id, "on")
    private = desk.text(job_id).split()[0]
    kernel = desk.of_kind(job_id, "kernel")[-1]["pid"]
    pid = desk.agent_pid()
    family = psutil.Process(pid).children(recursive=True)
    assert kernel in [each.pid for each in family]
    os.kill(pid, signal.SIGKILL)
    for process in family:
        assert gone_in(process.pid, 5), process
    assert await asyncio.to_thread(removed_in, Path(private), 60.0)
    assert not await desk.agents.is_known("local", job_id)
    assert desk.log(job_id)[-1]["kind"] != "ended"
    ended = await desk.run("print(2)")
    assert ended["state"] == "ok"
    assert (await desk.ended(job_id))["state"] == "lost"


@pytest.mark.slow
async def test_stopped_it_ends_jobs_as_cancelled_with_nothing_left(desk: Desk) -> None:
    running = await desk.submit("import time\nprint('on', flush=True)\ntime.sleep(600)")
    waiting = await desk.submit("print(1)")
    await desk.printed(running, "on")
    family = psutil.Process(desk.agent_pid()).children(recursive=True)
    await desk.agents.stop("local")
    for process in family:
        assert gone_in(process.pid, 0.5), process
    assert desk.log(running)[-1]["state"] == "cancelled"
    assert desk.log(waiting)[-1]["state"] == "cancelled"
    assert await desk.agents.status("local") is None


@pytest.mark.slow
async def test_a_submitted_job_is_taken_once(desk: Desk) -> None:
    job_id = await desk.submit("print('once')")
    spec = json.loads((desk.agents.job_folder(job_id) / "job.json").read_text())
    from dsinfra_jlab.compute.agent_jobs import read_spec

    again = read_spec(desk.agents.job_folder(job_id))
    assert again.job_id == spec["job_id"]
    await desk.agents.submit(LOCAL, again)
    await desk.ended(job_id)
    await desk.agents.submit(LOCAL, again)
    await asyncio.sleep(0.5)
    assert desk.text(job_id) == "once\n"
    assert [event["kind"] for event in desk.log(job_id)].count("queued") == 1


@pytest.mark.slow
async def test_an_agent_with_a_job_is_kept_whatever_its_version(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await desk.submit("import time\nprint('on', flush=True)\ntime.sleep(3)")
    await desk.printed(job_id, "on")
    pid = desk.agent_pid()
    await desk.agents.close()
    monkeypatch.setattr("dsinfra_jlab.compute.agent_older.__version__", "99.0")
    newer = Desk(desk.base)
    assert await newer.agents.start(LOCAL)
    assert desk.agent_pid() == pid
    assert (await newer.ended(job_id))["state"] == "ok"
    await newer.agents.close()


async def test_what_an_agent_said_last_is_known_without_asking_until_it_has_gone(
    desk: Desk,
) -> None:
    assert desk.agents.last_status("local") is None
    await desk.agents.start(LOCAL)
    status = None
    for _ in range(600):
        # Its packages are found out after its start.
        status = await desk.agents.status("local")
        if status is not None and status.packages:
            break
        await asyncio.sleep(0.1)
    assert status is not None and status.packages
    assert desk.agents.last_status("local") == status
    os.kill(desk.agent_pid(), signal.SIGKILL)
    for _ in range(600):
        if desk.agents.last_status("local") is None:
            break
        await asyncio.sleep(0.1)
    assert desk.agents.last_status("local") is None
    assert await desk.agents.status("local") is None
