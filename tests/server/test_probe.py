"""The probe in kernels behind a real server: what it sees, and that nobody sees it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from dsinfra_jlab.domain.health import KernelHealth, ProbeState
from dsinfra_jlab.domain.ids import CellId
from dsinfra_jlab.domain.runs.capture import DataMode
from dsinfra_jlab.domain.runs.records import FlagKind, RunKind, RunStatus
from dsinfra_jlab.domain.runs.trials import TrialQuery
from dsinfra_jlab.server.app import DsinfraApp
from tests.kernel.environments import ALL, Environment, python_of
from tests.server.kernels import (
    DEADLINE_S,
    Fetch,
    KernelClient,
    install_bash,
    install_python,
    runs_of,
)

Found = TypeVar("Found")

TRAINING = """
lr = {lr}
acc = 1 - abs(lr - 0.3)
"""


async def until(look: Callable[[], Awaitable[Found]]) -> Found:
    """Return what ``look`` finds as soon as it finds something."""
    for _ in range(int(DEADLINE_S / 0.05)):
        found = await look()
        if found:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come")


async def probe_of(app: DsinfraApp, client: KernelClient) -> KernelHealth:
    """Return the state of the probe in a kernel once it is decided."""

    async def decided() -> KernelHealth | None:
        health = app.watch.kernels_health().get(client.kernel_id)
        is_decided = health is not None and health.probe is not ProbeState.off
        return health if is_decided else None

    found = await until(decided)
    assert found is not None
    return found


async def started(jp_fetch: Fetch, jp_ws_fetch: Fetch, **more: Any) -> KernelClient:
    return await KernelClient.start(jp_fetch, jp_ws_fetch, **more)


async def test_five_executions_give_a_trial_table_without_a_line_of_code(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await started(jp_fetch, jp_ws_fetch, path="train.ipynb", name="train.ipynb")
    for lr in (0.1, 0.2, 0.3, 0.4, 0.5):
        await client.run(TRAINING.format(lr=lr), "train")
    await runs_of(dsinfra, count=5)

    async def table() -> Any:
        found = await dsinfra.store.trials(CellId("train"), TrialQuery())
        return found if all(trial.metrics for trial in found.items) else None

    trials = await until(table)
    assert (trials.columns.params, trials.columns.metrics) == (["lr"], ["acc"])
    assert [trial.params["lr"] for trial in trials.items] == [0.5, 0.4, 0.3, 0.2, 0.1]
    assert [trial.metrics["acc"] for trial in trials.items] == pytest.approx(
        [0.8, 0.9, 1.0, 0.9, 0.8]
    )


@pytest.mark.parametrize("environment", ALL, ids=lambda each: each.name)
async def test_the_same_in_an_environment_that_has_never_heard_of_us(
    dsinfra: DsinfraApp,
    jp_fetch: Fetch,
    jp_ws_fetch: Fetch,
    jp_data_dir: Path,
    environment: Environment,
) -> None:
    install_python(jp_data_dir, "foreign", python_of(environment))
    client = await started(
        jp_fetch, jp_ws_fetch, kernel_name="foreign", path="train.ipynb", name="train.ipynb"
    )
    for lr in (0.1, 0.2, 0.3, 0.4, 0.5):
        await client.run(TRAINING.format(lr=lr), "train")
    reply = await client.run("%log_metric best 1.0\nimport dsinfra_jlab", "log")
    assert reply["status"] == "ok", reply

    async def seen() -> Any:
        runs = await runs_of(dsinfra, count=6)
        return runs if all(run.metrics for run in runs) else None

    *trials, logged = await until(seen)
    assert [run.params for run in trials] == [{"lr": lr} for lr in (0.1, 0.2, 0.3, 0.4, 0.5)]
    assert [run.metrics["acc"] for run in trials] == pytest.approx([0.8, 0.9, 1.0, 0.9, 0.8])
    assert logged.metrics == {"best": 1.0}
    assert "sent" in (await probe_of(dsinfra, client)).detail

    async def around() -> Any:
        found = await dsinfra.store.environment(logged.id)
        return found if found.coverage == "kernel" else None

    around_it = await until(around)
    assert around_it.python.startswith(environment.python)
    assert "ipykernel" in around_it.packages and "dsinfra-jlab" not in around_it.packages


async def test_the_probe_leaves_no_trace_in_the_kernel(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await started(jp_fetch, jp_ws_fetch)
    reply = await client.run(
        "ip = get_ipython()\n"
        "assert list(ip.user_ns['In'])[:-1] == [''], In\n"
        "assert not Out\n"
        "assert not [name for name in ip.user_ns if 'dsinfra' in name.lower()]\n"
        "assert len(list(ip.history_manager.get_range())) <= 1"
    )
    assert (reply["status"], reply["execution_count"]) == ("ok", 1), reply
    assert (await probe_of(dsinfra, client)).probe is ProbeState.loaded


async def test_clients_see_nothing_of_what_passes_between_probe_and_server(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await started(jp_fetch, jp_ws_fetch)
    await client.execute("import dsinfra_jlab as d; d.log_metric('acc', 1.0); len(d.runs())")
    last = await client.execute("'the end'")
    seen: list[dict[str, Any]] = []
    while True:
        message = await client.read()
        seen.append(message)
        is_reply = message["header"]["msg_type"] == "execute_reply"
        if is_reply and message["parent_header"]["msg_id"] == last:
            break
    assert {message["parent_header"].get("session") for message in seen} <= {client.session, None}
    assert not any(message["header"]["msg_type"].startswith("dsinfra") for message in seen)


@pytest.mark.parametrize("act", ["restart", "die"])
async def test_the_probe_is_there_again_after_a_restart(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch, act: str
) -> None:
    client = await started(jp_fetch, jp_ws_fetch)
    await client.run("before = 1")
    if act == "restart":
        await client.act(act)
    else:
        await client.execute("import os; os._exit(1)")
        await runs_of(dsinfra, RunKind.session, count=1)
        await client.wait_for_status("restarting")  # the server's own word, which is never lost
        await client.wait_until_answered()
    await client.run("after = 41.0\nafter += 1")

    async def seen() -> Any:
        runs = await runs_of(dsinfra, count=2 if act == "restart" else 3)
        return runs[-1].metrics

    assert await until(seen) == {"after": 42.0}
    assert (await probe_of(dsinfra, client)).probe is ProbeState.loaded


@pytest.fixture
def injection_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DsinfraApp.injection, "default_value", "off")


async def test_without_injection_runs_are_recorded_all_the_same(
    injection_off: None, dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await started(jp_fetch, jp_ws_fetch)
    await client.run("lr = 0.1")
    (run,) = await runs_of(dsinfra)
    assert (run.status, run.params) == (RunStatus.ok, {})
    health = dsinfra.watch.kernels_health()[client.kernel_id]
    assert health.probe is ProbeState.off and "turned off" in health.detail


async def test_a_kernel_of_another_language_is_left_alone(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch, jp_data_dir: Path
) -> None:
    install_bash(jp_data_dir)
    client = await started(jp_fetch, jp_ws_fetch, kernel_name="bash")
    await client.run("echo hello")
    (run,) = await runs_of(dsinfra)
    assert run.status is RunStatus.ok
    assert (await probe_of(dsinfra, client)).probe is ProbeState.unsupported


async def test_logged_points_form_a_series_while_the_cell_runs(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await started(jp_fetch, jp_ws_fetch)
    request = await client.execute(
        "import time, dsinfra_jlab as dsinfra\n"
        "for step in range(200):\n"
        "    dsinfra.log_metric('loss', 1 / (step + 1))\n"
        "    time.sleep(0.01)\n"
    )

    async def live() -> Any:
        runs = await runs_of(dsinfra, are_final=False)
        series = (await dsinfra.store.metrics(runs[0].id, None, 1_000)).items
        return series[0].point_count if series and not runs[0].status.is_final else 0

    assert await until(live) > 0
    await client.reply_to(request)
    (run,) = await runs_of(dsinfra)

    async def whole() -> Any:
        (series,) = (await dsinfra.store.metrics(run.id, "loss", 1_000)).items
        return series if series.point_count == 200 else None

    series = await until(whole)
    assert [point[0] for point in series.points] == list(range(200))
    assert series.points[-1][2] == pytest.approx(1 / 200)


async def test_blocks_stand_below_their_cell(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await started(jp_fetch, jp_ws_fetch)
    await client.run(
        "import dsinfra_jlab as dsinfra\n"
        "with dsinfra.run('sweep', folds=2):\n"
        "    for fold in range(2):\n"
        "        with dsinfra.run(f'fold {fold}'):\n"
        "            dsinfra.log_metric('acc', fold)\n"
    )
    blocks = await runs_of(dsinfra, RunKind.block, count=3)
    (cell,) = await runs_of(dsinfra)
    by_name = {block.name: block for block in blocks}
    assert by_name["sweep"].parent_id == cell.id
    assert by_name["fold 0"].parent_id == by_name["sweep"].id
    assert {block.status for block in blocks} == {RunStatus.ok}

    async def values() -> Any:
        runs = {b.name: b for b in await runs_of(dsinfra, RunKind.block, count=3)}
        return runs if runs["fold 1"].metrics else None

    found = await until(values)
    assert found["sweep"].params == {"folds": 2}
    assert found["fold 1"].metrics == {"acc": 1.0}


async def test_an_artifact_arrives_whole_and_once(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch, tmp_path: Path
) -> None:
    content = bytes(range(256)) * 80_000  # 20 MB: more than may be on the way at once
    path = tmp_path / "model.bin"
    path.write_bytes(content)
    client = await started(jp_fetch, jp_ws_fetch)
    for _ in range(2):
        reply = await client.run(
            "import dsinfra_jlab as dsinfra\n"
            f"dsinfra.log_artifact({str(path)!r})\n"
            "dsinfra.log_artifact(b'hello', 'notes/hello.txt')"
        )
        assert reply["status"] == "ok", reply
    runs = await runs_of(dsinfra, count=2)

    async def both() -> Any:
        items = (await dsinfra.store.artifacts(runs[1].id)).items
        return items if len(items) == 2 else None

    model, notes = await until(both)
    assert model.digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert (model.name, model.size_bytes) == ("model.bin", len(content))
    assert (notes.name, notes.size_bytes) == ("notes/hello.txt", 5)
    response = await jp_fetch("dsinfra/api/runs", runs[1].id, "artifacts", model.id)
    assert response.body == content
    files = [each for each in dsinfra.artifact_files.folder.rglob("*") if each.is_file()]
    assert len(files) == 2, "equal contents are kept once"


async def test_a_kernel_gets_its_runs_even_while_its_cell_runs(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await started(jp_fetch, jp_ws_fetch, path="a.ipynb", name="a.ipynb")
    await client.run("lr = 0.5", "cell-a")
    await runs_of(dsinfra)
    reply = await client.run(
        "import dsinfra_jlab as dsinfra\nfound = dsinfra.runs()\n"
        "rows = found.to_dict('records') if hasattr(found, 'to_dict') else found\n"
        "assert any(row['cell_id'] == 'cell-a' for row in rows), rows"
    )
    assert reply["status"] == "ok", reply


async def test_data_that_a_cell_reads_is_known_with_its_digest(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch, tmp_path: Path
) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a,b\n1,2\n")
    client = await started(jp_fetch, jp_ws_fetch)
    await client.run(f"text = open({str(path)!r}).read()")
    (run,) = await runs_of(dsinfra)

    async def digested() -> Any:
        items = (await dsinfra.store.data(run.id)).items
        return items if items and items[0].digest else None

    (item,) = await until(digested)
    assert (item.name, item.mode) == (str(path), DataMode.read)
    assert item.digest == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    assert "audit" in (await dsinfra.store.data(run.id)).coverage


async def test_a_forged_event_cannot_touch_the_runs_of_another_kernel(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    victim = await started(jp_fetch, jp_ws_fetch)
    request = await victim.execute("lr = 0.1", "cell-a")
    await victim.reply_to(request)
    attacker = await started(jp_fetch, jp_ws_fetch)
    await attacker.run(
        "k = get_ipython().kernel\n"
        "k.session.send(k.iopub_socket, 'dsinfra_event',\n"
        "    {'v': 1, 'events': [{'kind': 'params', 'params': {'lr': 666}},\n"
        "                        {'kind': 'cell', 'status': 'error', 'params': {'lr': 666}}]},\n"
        f"    parent={{'msg_id': {request!r}, 'msg_type': 'execute_request'}})\n"
    )
    await attacker.run("done = True")
    runs = await runs_of(dsinfra, count=3)
    (attacked,) = [run for run in runs if run.kernel_id == victim.kernel_id]
    assert (attacked.params, attacked.status) == ({"lr": 0.1}, RunStatus.ok)


async def test_a_name_from_a_cell_below_is_flagged(
    dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch, jp_root_dir: Path
) -> None:
    cells = [("use", "y = x + 1"), ("make", "x = 1")]
    notebook = {
        "cells": [
            {"cell_type": "code", "id": name, "source": source, "metadata": {}, "outputs": [],
             "execution_count": None}
            for name, source in cells
        ],
        "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    (jp_root_dir / "order.ipynb").write_text(json.dumps(notebook))
    client = await started(jp_fetch, jp_ws_fetch, path="order.ipynb", name="order.ipynb")
    await client.run("x = 1", "make")
    await asyncio.sleep(0.5)  # the notebook is read beside the first cell
    await client.run("y = x + 1", "use")

    async def flagged() -> Any:
        return (await runs_of(dsinfra, count=2))[1].flags

    (flag,) = await until(flagged)
    assert (flag.kind, flag.name) == (FlagKind.out_of_order, "x")
