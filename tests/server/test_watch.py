"""Kernels behind a real server: whatever runs in them is recorded, by whomever, once."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from dsinfra_jlab.domain.errors.groups import ErrorQuery, OccurrenceQuery
from dsinfra_jlab.domain.errors.occurrences import Severity, SeverityReason
from dsinfra_jlab.domain.health import ServiceState
from dsinfra_jlab.domain.ids import KernelId
from dsinfra_jlab.domain.runs.records import RunKind, RunStatus
from dsinfra_jlab.domain.settings import SettingsPatch
from dsinfra_jlab.domain.tracking.tracker import RunTracker
from dsinfra_jlab.server.app import DsinfraApp
from tests.server.kernels import Fetch, KernelClient, install_bash, runs_of


async def text_of(app: DsinfraApp, run_id: Any) -> str:
    outputs = await app.store.outputs(run_id)
    return "".join(item.get("text", "") for item in outputs.items)


def pid_of(app: DsinfraApp, kernel_id: str) -> int:
    assert app.serverapp is not None
    return int(app.serverapp.kernel_manager.get_kernel(kernel_id).provisioner.pid)


async def test_a_cell_of_a_notebook_is_recorded_with_all_that_the_server_knows(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch, jp_root_dir: Any
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch, path="train.ipynb", name="train.ipynb")
    await client.run("import sys\nprint('hello')\n1 + 1", "cell-a")
    (run,) = await runs_of(dsinfra)
    assert (run.status, run.status_reason) == (RunStatus.ok, None)
    assert (run.cell_id, run.execution_count, run.code_line) == ("cell-a", 1, "import sys")
    assert run.notebook_path == str(jp_root_dir / "train.ipynb")
    assert (run.kernel_id, run.kernel_name, run.language) == (
        client.kernel_id,
        "python3",
        "python",
    )
    assert run.user is not None  # it is the server's word, not the client's "whoever"
    assert run.user.startswith("Anonymous ")
    assert run.missed_messages == 0
    assert run.duration_s is not None and 0 < run.duration_s < 10
    outputs = await dsinfra.store.outputs(run.id)
    assert [item["output_type"] for item in outputs.items] == ["stream", "execute_result"]
    (session,) = await runs_of(dsinfra, RunKind.session, are_final=False)
    assert (run.parent_id, session.status) == (session.id, RunStatus.running)
    experiments = await dsinfra.store.experiments("", 50, None)
    assert [(item.name, item.run_count) for item in experiments.items] == [("train.ipynb", 1)]


async def test_a_client_that_connects_before_kernels_are_watched_is_seen_all_the_same(
    jp_serverapp: Any, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    """A browser that was open while the server was restarted is back at once."""
    (app,) = jp_serverapp.extension_manager.extension_apps["dsinfra_jlab"]
    client = await KernelClient.start(jp_fetch, jp_ws_fetch, path="a.ipynb", name="a.ipynb")
    request = await client.execute("import time; time.sleep(3)", "early")
    await jp_serverapp.extension_manager.start_all_extensions()
    await client.reply_to(request)
    await client.run("1", "later")
    runs = await runs_of(app, count=2)
    assert [(run.cell_id, run.status) for run in runs] == [
        ("early", RunStatus.ok),
        ("later", RunStatus.ok),
    ]


async def test_the_environment_is_read_beside_the_cell(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    await client.run("1")
    (run,) = await runs_of(dsinfra)
    for _ in range(200):
        if (await dsinfra.store.run(run.id)).environment_id is not None:
            break
        await asyncio.sleep(0.05)
    environment = await dsinfra.store.environment(run.id)
    assert environment.python is not None and environment.python.startswith("3.")
    assert "ipykernel" in environment.packages


async def test_errors_and_the_queue_behind_them(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    await client.execute("import time; time.sleep(.5); 1/0")
    await client.execute("print('never')")
    last = await client.execute("print('never either')")
    await client.reply_to(last)
    runs = await runs_of(dsinfra, count=3)
    assert [run.status for run in runs] == [
        RunStatus.error,
        RunStatus.aborted,
        RunStatus.aborted,
    ]
    assert runs[0].error_name == "ZeroDivisionError"
    assert runs[1].status_reason == "skipped because cell [1] failed"


async def test_the_first_error_of_a_kernel_may_be_a_group(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    """Ipykernel 7.4 breaks on it and may never reply; the run ends all the same."""
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    await client.execute(
        "import asyncio\nasync def f(): raise ValueError('x')\n"
        "async with asyncio.TaskGroup() as g: g.create_task(f())"
    )
    (run,) = await runs_of(dsinfra)
    assert (run.status, run.error_name) == (RunStatus.error, "ExceptionGroup")


async def test_an_interrupt_over_rest(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    message_id = await client.execute("print('on', flush=True)\nimport time; time.sleep(60)")
    await client.wait_for_output("on")
    await client.act("interrupt")
    await client.reply_to(message_id)
    (run,) = await runs_of(dsinfra)
    assert run.status is RunStatus.interrupted


async def test_a_killed_kernel_ends_its_runs_and_the_next_process_is_another_session(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    await client.execute("print('last words', flush=True)\nimport time; time.sleep(60)")
    await client.wait_for_output("last words")
    await client.execute("print('waits')")
    os.kill(pid_of(dsinfra, client.kernel_id), signal.SIGKILL)
    runs = await runs_of(dsinfra, count=2)
    assert [(run.status, run.status_reason) for run in runs] == [
        (RunStatus.kernel_died, "killed by SIGKILL"),
        (RunStatus.aborted, "never begun: killed by SIGKILL"),
    ]
    assert await text_of(dsinfra, runs[0].id) == "last words\n"
    (died,) = await runs_of(dsinfra, RunKind.session)
    assert died.status is RunStatus.kernel_died
    await asyncio.sleep(1)
    await client.run("'alive again'")
    runs = await runs_of(dsinfra, count=3)
    assert runs[2].status is RunStatus.ok
    assert runs[2].parent_id not in (None, died.id)


async def test_a_cell_that_ends_the_kernel_at_once_is_what_it_died_of(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    await client.execute("import os; os._exit(7)")
    (run,) = await runs_of(dsinfra)
    assert (run.status, run.status_reason) == (
        RunStatus.kernel_died,
        "the kernel process exited with code 7",
    )


async def test_a_restart_by_the_user_interrupts_what_runs(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    await client.execute("print('on', flush=True)\nimport time; time.sleep(60)")
    await client.wait_for_output("on")
    await client.act("restart")
    (run,) = await runs_of(dsinfra)
    assert run.status is RunStatus.interrupted
    for _ in range(100):
        (run,) = await runs_of(dsinfra)
        if run.status_reason == "kernel restarted by the user":
            break
        await asyncio.sleep(0.05)
    assert run.status_reason == "kernel restarted by the user"
    await client.run("2")
    runs = await runs_of(dsinfra, count=2)
    sessions = await runs_of(dsinfra, RunKind.session, count=2, are_final=False)
    assert [run.parent_id for run in runs] == [session.id for session in sessions]
    assert [session.status for session in sessions] == [RunStatus.ok, RunStatus.running]


async def test_a_shutdown_ends_the_session(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    await client.run("1")
    await client.shut_down()
    (session,) = await runs_of(dsinfra, RunKind.session)
    assert (session.status, session.status_reason) == (
        RunStatus.ok,
        "kernel shut down by the user",
    )


async def test_a_renamed_notebook_keeps_its_experiment(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch, jp_root_dir: Any
) -> None:
    (jp_root_dir / "old.ipynb").write_text("{}")
    client = await KernelClient.start(jp_fetch, jp_ws_fetch, path="old.ipynb", name="old.ipynb")
    await client.run("1")
    await runs_of(dsinfra)
    body = json.dumps({"path": "new.ipynb"})
    await jp_fetch("api", "contents", "old.ipynb", method="PATCH", body=body)
    await client.run("2")
    runs = await runs_of(dsinfra, count=2)
    assert {run.notebook_path for run in runs} == {str(jp_root_dir / "new.ipynb")}
    assert len({run.experiment_id for run in runs}) == 1
    experiments = await dsinfra.store.experiments("", 50, None)
    assert [(item.name, item.run_count) for item in experiments.items] == [("new.ipynb", 2)]


async def test_a_session_moved_to_another_path_is_followed(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch, jp_root_dir: Any
) -> None:
    """A client may tell the server of another path without renaming a file."""
    client = await KernelClient.start(jp_fetch, jp_ws_fetch, path="a.ipynb", name="a.ipynb")
    response = await jp_fetch("api", "sessions")
    (session,) = json.loads(response.body)
    body = json.dumps({"path": "b.ipynb", "name": "b.ipynb"})
    await jp_fetch("api", "sessions", session["id"], method="PATCH", body=body)
    await asyncio.sleep(6)
    await client.run("1")
    (run,) = await runs_of(dsinfra)
    assert run.notebook_path == str(jp_root_dir / "b.ipynb")


async def test_sessions_are_looked_up_only_after_one_has_changed(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch, path="a.ipynb", name="a.ipynb")
    await client.run("1")
    assert dsinfra.serverapp is not None and dsinfra.watch is not None
    watch, sessions = dsinfra.watch, dsinfra.serverapp.session_manager
    asked: list[str] = []
    get_session = sessions.get_session

    async def ask(**wanted: str) -> Any:
        asked.append(wanted["kernel_id"])
        return await get_session(**wanted)

    (session,) = await sessions.list_sessions()
    monkeypatch.setattr(sessions, "get_session", ask)
    await watch._look_round()
    asked.clear()
    await watch._look_round()
    assert asked == []
    sessions.cursor.execute("UPDATE session SET path = 'b.ipynb', name = 'b.ipynb'")
    await watch._look_round()
    assert asked == [client.kernel_id]
    asked.clear()
    await watch._look_round()
    assert asked == []

    async def fail(**wanted: str) -> Any:
        asked.append(wanted["kernel_id"])
        raise OSError("the disk is slow")

    monkeypatch.setattr(sessions, "get_session", fail)
    sessions.cursor.execute("UPDATE session SET path = 'c.ipynb', name = 'c.ipynb'")
    await watch._look_round()
    await watch._look_round()
    assert asked == [client.kernel_id] * 2, "asked again until it is known"
    monkeypatch.setattr(sessions, "get_session", ask)
    await watch._look_round()
    for _ in range(600):
        facts = watch.facts(KernelId(client.kernel_id))
        if facts is not None and facts.notebook_path == "c.ipynb":
            break
        await asyncio.sleep(0.1)
    assert facts is not None and facts.notebook_path == "c.ipynb"
    # Of another kind of session manager nothing is known but what it answers.
    monkeypatch.setattr(type(sessions), "connection", property(lambda self: None))
    asked.clear()
    await watch._look_round()
    await watch._look_round()
    assert asked == [client.kernel_id] * 2
    assert session["path"] == "a.ipynb"


async def test_a_cell_run_right_after_opening_belongs_to_its_notebook(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch, jp_root_dir: Any
) -> None:
    """JupyterLab makes a session under a placeholder and says the path a moment later."""
    placeholder = f"work/{uuid.uuid4()}"
    (jp_root_dir / "work").mkdir()
    client = await KernelClient.start(jp_fetch, jp_ws_fetch, path=placeholder, name="fresh.ipynb")
    await asyncio.sleep(1)
    await client.run("1")
    response = await jp_fetch("api", "sessions")
    (session,) = json.loads(response.body)
    body = json.dumps({"path": "work/fresh.ipynb"})
    await jp_fetch("api", "sessions", session["id"], method="PATCH", body=body)
    (run,) = await runs_of(dsinfra)
    assert run.notebook_path == str(jp_root_dir / "work" / "fresh.ipynb")
    experiments = await dsinfra.store.experiments("", 50, None)
    assert [(item.name, item.run_count) for item in experiments.items] == [("fresh.ipynb", 1)]


async def test_a_console_is_an_experiment_of_its_own(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await KernelClient.start(
        jp_fetch, jp_ws_fetch, path="console-1", name="Console 1", type="console"
    )
    await client.run("1")
    (run,) = await runs_of(dsinfra)
    assert run.notebook_path is None
    experiments = await dsinfra.store.experiments("", 50, None)
    assert [item.name for item in experiments.items] == ["Console 1"]


async def test_another_language(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch, jp_data_dir: Path
) -> None:
    install_bash(jp_data_dir)
    client = await KernelClient.start(jp_fetch, jp_ws_fetch, "bash")
    await client.run("echo hello from bash")
    await client.run("false")
    runs = await runs_of(dsinfra, count=2)
    assert [run.status for run in runs] == [RunStatus.ok, RunStatus.error]
    assert runs[0].language == "bash"
    assert await text_of(dsinfra, runs[0].id) == "hello from bash\n"


async def test_nbclient_beside_the_server_is_recorded_too(dsinfra: DsinfraApp) -> None:
    """A program that has the kernel's connection file needs no websocket."""
    assert dsinfra.serverapp is not None
    kernel_id = await dsinfra.serverapp.kernel_manager.start_kernel()
    kernel = dsinfra.serverapp.kernel_manager.get_kernel(kernel_id)
    cells = [new_code_cell(code) for code in ("print('aside')", "1/0", "2")]
    program = NotebookClient(new_notebook(cells=cells), km=kernel, allow_errors=True)
    async with program.async_setup_kernel(cleanup_kc=False):
        for index, cell in enumerate(cells):
            await program.async_execute_cell(cell, index)
    program.kc.stop_channels()
    runs = await runs_of(dsinfra, count=3)
    assert [run.status for run in runs] == [RunStatus.ok, RunStatus.error, RunStatus.ok]
    assert [(run.user, run.missed_messages) for run in runs] == [(None, 0)] * 3
    assert "reply was not seen" in (runs[0].status_reason or "")
    assert await text_of(dsinfra, runs[0].id) == "aside\n"


async def test_the_reply_is_seen_when_the_browser_has_gone(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    await client.run("def handler(*a, **k): return ['silent']")
    await client.run("get_ipython().set_custom_exc((ZeroDivisionError,), handler)")
    await client.execute("print('on', flush=True)\nimport time; time.sleep(1)\n1/0")
    await client.wait_for_output("on")
    await client.close()
    runs = await runs_of(dsinfra, count=3)
    assert (runs[2].status, runs[2].error_name) == (RunStatus.error, "ZeroDivisionError")


async def test_an_error_that_nobody_was_there_to_see_weighs_more(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch, tmp_path: Path
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    await client.run("1/0", "seen")
    go = tmp_path / "go"
    waits = f"while not os.path.exists({str(go)!r}): time.sleep(0.01)"
    await client.execute(f"import os, time\nprint('on', flush=True)\n{waits}\n2/0", "unseen")
    await client.wait_for_output("on")
    await client.close()
    assert dsinfra.serverapp is not None
    connections = dsinfra.serverapp.kernel_manager._kernel_connections
    deadline = time.monotonic() + 60
    while connections[client.kernel_id]:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    go.touch()
    await runs_of(dsinfra, count=2)
    groups = (await dsinfra.store.error_groups(ErrorQuery())).items
    found = [await dsinfra.store.occurrences(group.id, OccurrenceQuery()) for group in groups]
    errors = {error.cell_id: error for page in found for error in page.items}
    assert (errors["seen"].severity, errors["seen"].severity_reasons) == (Severity.error, [])
    assert errors["unseen"].severity is Severity.critical
    assert errors["unseen"].severity_reasons == [SeverityReason.unattended]


async def test_two_browsers_and_the_older_websocket_protocol(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    other = KernelClient(jp_fetch, jp_ws_fetch, client.kernel_id)
    await other.connect(is_v1=False)
    await client.run("1", "cell-a")
    await other.run("1/0", "cell-b")
    runs = await runs_of(dsinfra, count=2)
    assert [(run.status, run.cell_id) for run in runs] == [
        (RunStatus.ok, "cell-a"),
        (RunStatus.error, "cell-b"),
    ]


async def test_cells_in_a_subshell_run_side_by_side(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    request = await client.send("create_subshell_request", {}, channel="control")
    subshell_id = (await client.reply_to(request))["subshell_id"]
    slow = await client.execute("import time\nprint('on', flush=True)\ntime.sleep(2)", "slow")
    await client.wait_for_output("on")
    await client.execute("print('aside')", "quick", subshell_id=subshell_id)
    await client.reply_to(slow)
    runs = {run.cell_id: run for run in await runs_of(dsinfra, count=2)}
    assert {run.status for run in runs.values()} == {RunStatus.ok}
    assert runs["quick"].ended_at < runs["slow"].ended_at  # type: ignore[operator]
    assert await text_of(dsinfra, runs["quick"].id) == "aside\n"
    assert await text_of(dsinfra, runs["slow"].id) == "on\n"


async def test_an_excluded_notebook_is_not_recorded(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    await dsinfra.services.settings.patch(SettingsPatch(excluded_notebooks=["private.ipynb"]))
    private = await KernelClient.start(jp_fetch, jp_ws_fetch, path="private.ipynb")
    public = await KernelClient.start(jp_fetch, jp_ws_fetch, path="public.ipynb")
    await private.run("'secret'")
    await public.run("'open'")
    (run,) = await runs_of(dsinfra)
    assert run.code_line == "'open'"


async def test_secrets_do_not_reach_the_store(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    await client.run(f"token = '{secret}'\nprint(token)\nraise ValueError(token)")
    (run,) = await runs_of(dsinfra)
    whole = await dsinfra.store.run(run.id)
    outputs = await dsinfra.store.outputs(run.id)
    assert secret not in f"{whole} {outputs}"
    assert "«redacted:" in whole.code
    assert "«redacted:" in str(outputs.items)


async def test_what_runs_when_the_server_stops_is_interrupted(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    await client.execute("print('on', flush=True)\nimport time; time.sleep(60)")
    await client.wait_for_output("on")
    await dsinfra.watch.stop()
    (run,) = await runs_of(dsinfra)
    assert (run.status, run.status_reason) == (
        RunStatus.interrupted,
        "the Jupyter server was stopped",
    )
    assert await text_of(dsinfra, run.id) == "on\n"


async def test_a_bug_of_ours_costs_a_record_and_never_a_cell(
    dsinfra: DsinfraApp,
    jp_fetch: Fetch,
    jp_ws_fetch: Fetch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)

    def fail(*args: Any) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        for name in ("requested", "replied", "published"):
            patch.setattr(RunTracker, name, fail)
        assert (await client.run("1"))["status"] == "ok"
        await asyncio.sleep(1)
    health = dsinfra.supervisor.health()["kernels"]
    assert health.state is ServiceState.degraded
    assert "Recording failed" in health.detail
    assert (await client.run("2"))["status"] == "ok"
    runs = await runs_of(dsinfra)
    assert [run.code_line for run in runs] == ["2"]


async def test_garbage_on_iopub_and_on_the_websocket_is_counted(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    await client.run(
        "kernel = get_ipython().kernel\n"
        "kernel.iopub_thread.send_multipart([b'no', b'message'])\n"
        "kernel.iopub_thread.send_multipart([b'<IDS|MSG>', b'', b'{', b'', b'', b''])"
    )
    assert (await client.run("'still here'"))["status"] == "ok"
    runs = await runs_of(dsinfra, count=2)
    assert [run.status for run in runs] == [RunStatus.ok, RunStatus.ok]
    kernels = dsinfra.services.health.health().kernels
    assert "2 malformed messages" in kernels[client.kernel_id].detail


@pytest.mark.slow
async def test_of_a_flood_every_message_is_kept_or_counted(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    """None may be lost silently.

    Whether any is lost at all is up to the kernel and to how busy the machine is; that is
    measured in ``benchmarks/``.
    """
    displays, lines = 20_000, 40_000
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    await client.run(
        "from IPython.display import display\n"
        f"for i in range({displays}): display(i)\n"
        f"for i in range({lines}): print('line', i, flush=True)\n"
    )
    (run,) = await runs_of(dsinfra)
    assert run.status is RunStatus.ok
    outputs = await dsinfra.store.outputs(run.id)
    assert not outputs.truncated
    shown = [
        int(item["data"]["text/plain"])
        for item in outputs.items
        if item["output_type"] == "display_data"
    ]
    printed = [int(line.split()[1]) for line in (await text_of(dsinfra, run.id)).splitlines()]
    assert shown == sorted(set(shown)) and printed == sorted(set(printed))
    assert run.missed_messages is not None
    lost = displays + lines - len(shown) - len(printed)
    assert lost - 2 <= run.missed_messages <= lost  # the end of a stream may share a message
