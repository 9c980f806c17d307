"""A cell sent to `local`, end to end: real server, real kernels, real Dask, nothing configured."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from tornado.httpclient import HTTPClientError

from tests.server.kernels import KernelClient, install_with_variables
from tests.server.processes import ServerProcess

pytestmark = pytest.mark.slow

FINAL = ("ok", "error", "cancelled", "lost")
DEADLINE_S = 60.0

_notebooks = itertools.count(1)


class Desk:
    """A notebook on a server, and what a front end does with jobs."""

    def __init__(self, server: ServerProcess, notebook: str) -> None:
        self.server = server
        self.notebook = notebook
        self.kernel: KernelClient

    async def open(self, **more: str) -> None:
        self.kernel = await self.server.kernel(path=self.notebook, name=self.notebook, **more)

    async def post(self, path: str, body: Any = None) -> Any:
        text = json.dumps(body or {})
        reply = await self.server.fetch("dsinfra", "api", path, method="POST", body=text)
        return json.loads(reply.body) if reply.body else None

    async def send(self, code: str, **wanted: Any) -> dict[str, Any]:
        body = {
            "target": "local",
            "code": code,
            "kernel_id": self.kernel.kernel_id,
            "notebook_path": self.notebook,
            "cell_id": "cell-remote",
            **wanted,
        }
        job: dict[str, Any] = await self.post("jobs", body)
        return job

    async def job(self, job_id: str) -> dict[str, Any]:
        job: dict[str, Any] = await self.server.get(f"jobs/{job_id}")
        return job

    async def until(self, job_id: str, *states: str) -> dict[str, Any]:
        end = time.monotonic() + DEADLINE_S
        while True:
            job = await self.job(job_id)
            if job["state"] in states:
                return job
            assert time.monotonic() < end, job
            assert job["state"] not in FINAL, f"{job['state']}: {job['detail']}"
            await asyncio.sleep(0.05)

    async def done(self, code: str, state: str = "ok", **wanted: Any) -> dict[str, Any]:
        job = await self.send(code, **wanted)
        return await self.until(job["id"], state)

    async def until_results_are(self, job_id: str, state: str) -> dict[str, Any]:
        end = time.monotonic() + DEADLINE_S
        while (job := await self.job(job_id))["result_state"] != state:
            assert time.monotonic() < end, job["result_state"]
            await asyncio.sleep(0.05)
        return job

    async def log(self, job_id: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        after = 0
        while True:
            page = await self.server.get(f"jobs/{job_id}/log?after={after}")
            items += page["items"]
            after = page["next_seq"]
            if page["is_complete"] or not page["items"]:
                return items

    async def printed(self, job_id: str) -> str:
        return "".join(
            item["content"]["text"] for item in await self.log(job_id) if item["type"] == "stream"
        )

    async def until_printed(self, job_id: str, text: str) -> None:
        end = time.monotonic() + DEADLINE_S
        while text not in await self.printed(job_id):
            assert time.monotonic() < end, await self.job(job_id)
            await asyncio.sleep(0.05)

    async def here(self, expression: str) -> Any:
        """Return what an expression is in the notebook's kernel, run as its next cell."""
        path = self.server.root / "value.json"
        write = f"pathlib.Path({str(path)!r}).write_text"
        code = f"import json, pathlib; {write}(json.dumps({expression}))"
        reply = await self.kernel.run(code)
        assert reply["status"] == "ok", reply
        return json.loads(path.read_text())

    async def run_of(self, job: dict[str, Any]) -> dict[str, Any]:
        end = time.monotonic() + DEADLINE_S
        while True:
            with contextlib.suppress(HTTPClientError):
                run: dict[str, Any] = await self.server.get(f"runs/{job['run_id']}")
                if run["status"] not in ("queued", "running"):
                    return run
            assert time.monotonic() < end
            await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Return a server that all stories share: its target is cold for the first one only."""
    home = tmp_path_factory.mktemp("jobs")
    server = ServerProcess(home)
    asyncio.run(server.start())
    yield server
    asyncio.run(_stop_local(server))
    server.stop()
    assert _processes_below(home) == []


async def _stop_local(server: ServerProcess) -> None:
    await server.fetch("dsinfra", "api", "targets/local/stop", method="POST", body="{}")


@pytest.fixture
def desk(server: ServerProcess, jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[Desk]:
    desk = Desk(server, f"{next(_notebooks)}.ipynb")
    jp_asyncio_loop.run_until_complete(desk.open())
    yield desk
    with contextlib.suppress(HTTPClientError):  # a server that was killed took it along
        jp_asyncio_loop.run_until_complete(desk.kernel.shut_down())
    jp_asyncio_loop.run_until_complete(server.hang_up())


def _processes_below(folder: Path) -> list[str]:
    """Return the processes that were started for this server and are still there."""
    end = time.monotonic() + 10
    while True:
        found = [text for _, text in _running(str(folder))]
        if not found or time.monotonic() > end:
            return found
        time.sleep(0.2)


def _running(word: str) -> list[tuple[int, str]]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            text = " ".join(process.cmdline())
            if word in text and process.pid != os.getpid():
                found.append((process.pid, text))
    return found


async def test_output_plot_and_variables_come_back(desk: Desk) -> None:
    await desk.kernel.run("import statistics\nnumbers = [1, 2, 3]\nunused = [0] * 10")
    job = await desk.done(
        "from IPython.display import HTML, display\n"
        "print('mean', statistics.mean(numbers))\n"
        "display(HTML('<b>plot</b>'))\n"
        "total = sum(numbers)\nlr = 0.1\ntotal * 2"
    )
    assert [each["name"] for each in job["sent"]] == ["numbers"]
    items = await desk.log(job["id"])
    assert items[0]["content"]["text"] == "mean 2\n"
    kinds = [item["type"] for item in items]
    assert kinds == ["stream", "display_data", "execute_result"]
    assert items[1]["content"]["data"]["text/html"] == "<b>plot</b>"
    assert items[2]["content"]["data"]["text/plain"] == "12"
    assert await desk.here("[total, lr]") == [6, 0.1]
    await desk.until_results_are(job["id"], "landed")
    run = await desk.run_of(job)
    assert (run["status"], run["target"], run["job_id"]) == ("ok", "local", job["id"])
    assert (run["cell_id"], run["notebook_path"]) == ("cell-remote", desk.notebook)
    assert run["params"]["lr"] == 0.1
    assert run["metrics"]["total"] == 6
    assert run["missed_messages"] == 0
    assert run["peak_rss"]["bytes"] > 10_000_000
    outputs = await desk.server.get(f"jobs/{job['id']}/outputs")
    assert [each["output_type"] for each in outputs["items"]] == kinds
    session = await desk.server.get(f"runs/{run['parent_id']}")
    assert (session["kind"], session["kernel_id"]) == ("session", desk.kernel.kernel_id)
    assert run["experiment_id"] == session["experiment_id"]


async def test_an_error_there_is_an_error_of_this_cell(desk: Desk) -> None:
    await desk.kernel.run("table = {'a': 1}")
    job = await desk.done("x = 1\ny = table['b']\n", "error")
    await desk.run_of(job)
    (error,) = (await desk.server.get(f"runs/{job['run_id']}/errors"))["items"]
    assert (error["ename"], error["line"]) == ("KeyError", 2)
    assert error["cell_id"] == "cell-remote"
    assert error["frames"][0]["source"].strip().startswith("y = table")
    assert [item["type"] for item in await desk.log(job["id"])] == ["error"]
    assert "KeyError" in job["detail"]


async def test_what_cannot_be_sent_is_named_before_anything_is(desk: Desk) -> None:
    await desk.kernel.run(
        "import threading\nclass Box: pass\nbox = Box(); box.lock = threading.Lock()"
    )
    job = await desk.done("box.lock", "error")
    assert "box.lock" in job["detail"]
    assert job["started_at"] is None
    run = await desk.run_of(job)
    assert run["status"] == "aborted"


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "import time; time.sleep(600)",
        "import ctypes; ctypes.CDLL(None).sleep(600)",
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
    ],
    ids=["loop", "sleep", "sleep in C", "SIGINT ignored"],
)
async def test_cancelled_means_that_nothing_is_left(desk: Desk, code: str) -> None:
    job = await desk.send(f"import os; print(os.getpid(), flush=True)\n{code}")
    await desk.until(job["id"], "running")
    await desk.until_printed(job["id"], "\n")
    pid = int(await desk.printed(job["id"]))
    asked = time.monotonic()
    await desk.post(f"jobs/{job['id']}/cancel")
    await desk.until(job["id"], "cancelled")
    assert time.monotonic() - asked < 8
    assert not psutil.pid_exists(pid)
    assert (await desk.run_of(job))["status"] == "interrupted"


async def test_a_job_outlives_its_server_killed_and_started_again(desk: Desk) -> None:
    code = "import time\nfor n in range(30):\n    print(n, flush=True); time.sleep(0.2)\ndone = 30"
    job = await desk.send(code)
    await desk.until_printed(job["id"], "3\n")
    desk.server.kill()
    await asyncio.sleep(2)
    await desk.server.start()
    ended = await desk.until(job["id"], "ok")
    assert await desk.printed(job["id"]) == "".join(f"{n}\n" for n in range(30))
    run = await desk.run_of(job)
    outputs = await desk.server.get(f"runs/{job['run_id']}/outputs")
    assert outputs["items"][0]["text"] == "".join(f"{n}\n" for n in range(30))
    assert (run["status"], run["cell_id"]) == ("ok", "cell-remote")
    assert ended["returned"][-1]["name"] in ("done", "n", "time")


async def test_a_job_outlives_the_restart_of_its_kernel(desk: Desk) -> None:
    job = await desk.send("import time; time.sleep(3); found = 7; print('over')")
    await desk.until(job["id"], "running")
    await desk.kernel.act("restart")
    await desk.kernel.wait_until_answered()
    ended = await desk.until(job["id"], "ok")
    assert await desk.printed(job["id"]) == "over\n"
    assert await desk.here("'found' in globals()") is False
    assert ended["result_state"] in ("waiting", "none")
    await desk.post(f"jobs/{job['id']}/land")
    assert await desk.here("found") == 7


async def test_a_killed_worker_is_said_and_the_cell_is_not_run_again(desk: Desk) -> None:
    mark = desk.server.root / "begun"
    job = await desk.send(
        f"import time\nwith open({str(mark)!r}, 'a') as file: file.write('x')\n"
        "print('on', flush=True)\ntime.sleep(600)"
    )
    await desk.until_printed(job["id"], "on")
    workers = [pid for pid, text in _running(str(desk.server.home)) if "worker" in text]
    assert workers
    for pid in workers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    ended = await desk.until(job["id"], "lost", "error")
    assert "worker" in ended["detail"].lower()
    await asyncio.sleep(3)
    assert mark.read_text() == "x"
    again = await desk.done("'still works'")
    assert again["state"] == "ok"


async def test_a_name_that_changed_here_is_not_overwritten(desk: Desk) -> None:
    await desk.kernel.run("rate = 1")
    job = await desk.send("import time; time.sleep(1.5); rate = 2")
    await desk.until(job["id"], "running")
    await desk.kernel.run("rate = 3")
    await desk.until(job["id"], "ok")
    assert await desk.here("rate") == 3
    job = await desk.until_results_are(job["id"], "conflict")
    assert job["conflicts"] == ["rate"]
    await desk.post(f"jobs/{job['id']}/land", {"names": ["rate"], "overwrite": True})
    assert await desk.here("rate") == 2


async def test_what_was_changed_in_place_is_offered_until_it_is_brought(desk: Desk) -> None:
    await desk.kernel.run("rows = [1]")
    job = await desk.done("rows.append(2)")
    job = await desk.until_results_are(job["id"], "landed")
    assert [each["name"] for each in job["changed_inputs"]] == ["rows"]
    assert await desk.here("rows") == [1]
    job = await desk.post(f"jobs/{job['id']}/land", {"names": ["rows"]})
    assert job["changed_inputs"] == []
    assert await desk.here("rows") == [1, 2]


async def test_the_session_kernel_keeps_its_names(desk: Desk) -> None:
    await desk.done("kept = object()", mode="session", returns=[])
    job = await desk.done("print('kept' in globals())", mode="session")
    assert await desk.printed(job["id"]) == "True\n"
    fresh = await desk.done("print('kept' in globals())")
    assert await desk.printed(fresh["id"]) == "False\n"


async def test_progress_is_read_from_a_bar(desk: Desk) -> None:
    job = await desk.send(
        "import time, tqdm\nfor _ in tqdm.tqdm(range(10)):\n    time.sleep(0.3)\n"
    )
    seen: set[float] = set()
    while (now := await desk.job(job["id"]))["state"] not in FINAL:
        seen.add(now["progress_ratio"] or 0.0)
        await asyncio.sleep(0.1)
    assert now["state"] == "ok"
    assert len(seen) > 3
    assert now["progress_ratio"] == 1.0


async def test_the_magic_waits_prints_and_brings_names_back(desk: Desk) -> None:
    await desk.kernel.run("base = 20")
    message_id = await desk.kernel.execute(
        "%%remote --wait\nprint('far away')\nanswer = base + 22", "cell-magic"
    )
    await desk.kernel.wait_for_output("far away")
    assert (await desk.kernel.reply_to(message_id))["status"] == "ok"
    assert await desk.here("answer") == 42


async def test_the_magic_without_waiting_is_done_at_once(desk: Desk) -> None:
    reply = await desk.kernel.run("%%remote\nimport time; time.sleep(1); late = 5", "cell-magic")
    assert reply["status"] == "ok"
    (job,) = (await desk.server.get(f"jobs?notebook_path={desk.notebook}"))["items"]
    assert (job["cell_id"], job["shown_by"]) == ("cell-magic", "browser")
    await desk.until(job["id"], "ok")
    assert await desk.here("late") == 5


async def test_the_magic_shows_everything_once_when_it_is_interrupted(desk: Desk) -> None:
    message_id = await desk.kernel.execute(
        "%%remote --wait\nprint('be' + 'gun', flush=True)\nimport time; time.sleep(60)",
        "cell-magic",
    )
    await desk.kernel.wait_for_output("begun")
    await desk.kernel.act("interrupt")
    texts = []
    while (message := await desk.kernel.read())["header"]["msg_type"] != "execute_reply":
        texts.append(str(message["content"].get("text", "")))
    assert message["parent_header"]["msg_id"] == message_id
    assert message["content"]["ename"] == "KeyboardInterrupt"
    # What was shown before the interrupt is not shown once more.
    assert "begun" not in "".join(texts)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nowhere", "no target 'nowhere'"),
        ("--cpus", "expected one argument"),
        ("local --memory lots", "'lots' is no size"),
        ("--every 3", "unrecognized arguments: --every"),
    ],
)
async def test_the_magic_says_in_one_line_what_is_wrong(desk: Desk, line: str, words: str) -> None:
    reply = await desk.kernel.run(f"%%remote {line}\n1", "cell-magic")
    assert (reply["status"], reply["ename"]) == ("error", "UsageError")
    assert words in reply["evalue"]
    assert (await desk.server.get(f"jobs?notebook_path={desk.notebook}"))["items"] == []


async def test_the_magic_tells_how_it_is_used(desk: Desk) -> None:
    message_id = await desk.kernel.execute("%%remote --help\n1", "cell-magic")
    text, status = "", ""
    while not (status and "--session" in text):  # whichever comes first
        message = await desk.kernel.read()
        if message["parent_header"].get("msg_id") == message_id:
            text += message["content"].get("text", "")
            status = status or message["content"].get("status", "")
    assert status == "ok"
    assert (await desk.server.get(f"jobs?notebook_path={desk.notebook}"))["items"] == []


async def test_the_python_api(desk: Desk) -> None:
    setup = (
        "import dsinfra_jlab as dsinfra\nfactor = 3\n"
        "def triple(x):\n    return x * factor\n"
        "@dsinfra.remote(target='local')\ndef power(x, n=2):\n    return x ** n\n"
    )
    await desk.kernel.run(setup)
    assert await desk.here("dsinfra.submit('triple(4)').result()") == 12
    assert await desk.here("dsinfra.submit('a = 1; b = 2', returns=['b']).result()") == {"b": 2}
    assert await desk.here("dsinfra.submit(lambda: 5).result()") == 5
    assert await desk.here("power(5)") == 25
    assert await desk.here("power.submit(2, n=5).result()") == 32
    assert await desk.here("await dsinfra.submit('6 * 7')") == 42
    assert await desk.here("dsinfra.map(triple, [1, 2, 3]).results()") == [3, 6, 9]
    await desk.kernel.run(
        "try:\n    dsinfra.submit('(n for n in range(3))').result()\n"
        "except dsinfra.JobFailed as error:\n    why = str(error)"
    )
    assert "result (generator) cannot be sent" in await desk.here("why")
    await desk.kernel.run(
        "try:\n    dsinfra.submit('1 / 0').result()\n    said = 'nothing'\n"
        "except RuntimeError as error:\n    said = str(error)"
    )
    assert "ZeroDivisionError" in await desk.here("said")


async def test_items_of_a_map_share_kernels_and_fail_alone(desk: Desk) -> None:
    setup = (
        "import os\nimport dsinfra_jlab as dsinfra\n"
        "def work(n):\n"
        "    if n == 7:\n        raise ValueError(f'no {n}')\n"
        "    if n == 11:\n        os._exit(3)\n"
        "    print('item', n)\n    return [n, os.getpid()]\n"
        "jobs = dsinfra.map(work, range(24))\n"
        "got = jobs.results(errors='return')\n"
        "failed = {n: str(each) for n, each in enumerate(got) if not isinstance(each, list)}\n"
        "fine = {n: pid for n, pid in (each for each in got if isinstance(each, list))}\n"
        "def count(n):\n"
        "    global counted\n"
        "    counted = globals().get('counted', 0) + 1\n    return counted\n"
        "counts = dsinfra.map(count, range(6)).results()\n"
        "left = dsinfra.map(lambda n: 'result' in get_ipython().user_ns, range(6)).results()\n"
        "apart = [each[1] for each in dsinfra.map(work, range(3), fresh=True).results()]\n"
    )
    reply = await desk.kernel.run(setup)
    assert reply["status"] == "ok", reply
    failed = await desk.here("failed")
    assert sorted(failed) == ["11", "7"]
    assert "ValueError: no 7" in failed["7"] and "exit code 3" in failed["11"]
    fine = await desk.here("fine")
    assert sorted(map(int, fine)) == [n for n in range(24) if n not in (7, 11)]
    # One kernel for each worker, and one more after the death of one.
    assert len(set(fine.values())) <= (os.cpu_count() or 1) + 1
    assert len(set(await desk.here("apart"))) == 3
    assert await desk.here("jobs[5].log()") == "item 5\n"
    assert await desk.here("counts") == [1] * 6
    assert await desk.here("left") == [False] * 6
    jobs = (await desk.server.get("jobs?limit=100"))["items"]
    of_map = [each for each in jobs if each["name"].startswith("work(") and each["mode"] == "group"]
    assert len({each["group_id"] for each in of_map}) == 1 and len(of_map) == 24
    runs = [await desk.run_of(each) for each in of_map if each["name"] in ("work(7)", "work(5)")]
    assert sorted(run["status"] for run in runs) == ["error", "ok"]


async def test_a_job_has_the_variables_of_its_kernelspec(server: ServerProcess) -> None:
    variables = {"GREETING": "hello ${HOME}", "PYTHONHASHSEED": "7"}
    install_with_variables(server.home / "data", "with-variables", variables)
    desk = Desk(server, f"{next(_notebooks)}.ipynb")
    await desk.open(kernel_name="with-variables")
    try:
        code = "import os; seen = [os.environ['GREETING'], os.environ['PYTHONHASHSEED']]"
        await desk.kernel.run(code.replace("seen", "here"))
        job = await desk.done(code)
        await desk.until_results_are(job["id"], "landed")
        assert await desk.here("[here, seen]") == [[f"hello {Path.home()}", "7"]] * 2
    finally:
        await desk.kernel.shut_down()
        await server.hang_up()


async def test_a_target_that_is_not_there_is_refused(desk: Desk) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await desk.send("1", target="nowhere")
    assert refused.value.code == 404
    said = json.loads(refused.value.response.body)["error"]["message"]  # type: ignore[union-attr]
    assert "nowhere" in said
