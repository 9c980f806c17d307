"""What Jupyter, and a Hub, take for activity: what people do and jobs, and not that we look on."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from dsinfra_jlab.domain.compute.jobs import JobId, JobRecord, JobState, Preflight
from dsinfra_jlab.domain.ids import KernelId, RunId
from dsinfra_jlab.server.app import DsinfraApp

from .conftest import Caller
from .kernels import DEADLINE_S, Fetch, KernelClient, runs_of

TOPICS = ["alert", "error", "health", "job", "run", "samples", "target"]
LOOKS = [
    "alerts", "errors", "errors/trend", "experiments", "health", "job-groups", "jobs", "runs",
    "samples", "samples/latest", "settings", "targets", "targets/engines",
]  # fmt: skip


AT = datetime(2026, 1, 1, tzinfo=timezone.utc)

Activity = Callable[[], Awaitable[tuple[str, ...]]]


@pytest.fixture
def activity(jp_fetch: Fetch) -> Activity:
    """Return when the server, and each of its kernels, were active last."""

    async def ask() -> tuple[str, ...]:
        status = json.loads((await jp_fetch("api", "status")).body)
        # Asking for kernels without this would be activity itself.
        query = {"no_track_activity": "1"}
        kernels = json.loads((await jp_fetch("api", "kernels", params=query)).body)
        return (status["last_activity"], *sorted(each["last_activity"] for each in kernels))

    return ask


async def quiet(activity: Activity) -> tuple[str, ...]:
    """Return the last activity once nothing happens any more."""
    end, before = time.monotonic() + DEADLINE_S, await activity()
    while True:
        await asyncio.sleep(0.5)
        now = await activity()
        if now == before:
            return now
        assert time.monotonic() < end, "something goes on and on"
        before = now


async def test_looking_on_is_no_activity_and_what_a_person_changes_is(
    dsinfra: DsinfraApp, api: Caller, jp_fetch: Fetch, jp_ws_fetch: Fetch, activity: Activity
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch, path="a.ipynb", name="a.ipynb")
    await client.run("x = 1", "cell-a")
    (run,) = await runs_of(dsinfra)
    before = await quiet(activity)
    line = await api.connect()
    await line.send({"type": "watch", "topics": TOPICS, "visible": True})
    for path in [*LOOKS, f"runs/{run.id}", f"runs/{run.id}/outputs"]:
        await api.get(path)
    seen = 0
    while seen < 3:
        seen += (await line.next_event())["type"] == "samples"
    assert await activity() == before
    assert (await api.ask("PATCH", f"runs/{run.id}", {"is_starred": True})).code == 200
    server, kernel = await activity()
    assert server > before[0]
    assert kernel == before[1]
    line.close()


async def test_what_a_kernel_is_told_by_us_is_no_activity(
    dsinfra: DsinfraApp, api: Caller, jp_fetch: Fetch, jp_ws_fetch: Fetch, activity: Activity
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    await client.run("x = 1")
    await has_probe(dsinfra, client)
    _, before = await quiet(activity)
    await api.ask("PATCH", "settings", {"is_recording_warnings": False})
    await heard(client)
    assert (await activity())[1] == before


async def test_a_kernel_that_is_told_something_amid_a_cell_stays_busy(
    dsinfra: DsinfraApp, api: Caller, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    await client.run("x = 1")
    await has_probe(dsinfra, client)
    await client.execute("print('on', flush=True)\nimport time; time.sleep(600)")
    await client.wait_for_output("on")
    await api.ask("PATCH", "settings", {"is_recording_warnings": False})
    await heard(client)
    for _ in range(10):
        answer = await jp_fetch("api", "kernels", client.kernel_id)
        assert json.loads(answer.body)["execution_state"] == "busy"
        await asyncio.sleep(0.02)
    await jp_fetch("api", "kernels", client.kernel_id, "interrupt", method="POST", body="")


async def test_a_job_at_work_keeps_the_server_and_its_kernel_and_one_that_waits_does_not(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch, activity: Activity
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    other = await KernelClient.start(jp_fetch, jp_ws_fetch)
    kernels = dsinfra.serverapp.kernel_manager
    kernel, bystander = (kernels.get_kernel(each.kernel_id) for each in (client, other))
    await quiet(activity)
    moment = kernel.last_activity, bystander.last_activity
    running = job("job-at-work", JobState.running, client.kernel_id)
    board = dsinfra.job_parts.jobs.board
    asks = Preflight([], 0, None, is_waiting=True)
    board.hold(replace(job("job-asks", JobState.queued, client.kernel_id), preflight=asks))
    dsinfra.activity.note_jobs()
    assert (kernel.last_activity, bystander.last_activity) == moment
    board.hold(running)
    begin = datetime.now(timezone.utc)
    dsinfra.activity.note_jobs()
    assert kernel.last_activity >= begin
    assert bystander.last_activity == moment[1]
    assert dsinfra.serverapp.web_app.last_activity() >= begin
    board.hold(job("job-of-the-dead", JobState.running, "gone"))
    dsinfra.activity.note_jobs()


def job(name: str, state: JobState, kernel_id: str) -> JobRecord:
    run = RunId(f"run-of-{name}")
    return JobRecord(JobId(name), run, "local", state, "1", AT, kernel_id=KernelId(kernel_id))


async def has_probe(app: DsinfraApp, client: KernelClient) -> None:
    end = time.monotonic() + DEADLINE_S
    while client.kernel_id not in app.kernels.recorder.kernels_with_probe():
        assert time.monotonic() < end, "the probe did not answer"
        await asyncio.sleep(0.05)


async def heard(client: KernelClient) -> None:
    """Wait until a kernel has answered what came on its control channel until now."""
    await client.reply_to(await client.send("kernel_info_request", {}, channel="control"))
