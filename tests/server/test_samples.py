"""Readings of the machine over HTTP and the websocket, of real kernels."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from dsinfra_jlab.domain import limits
from dsinfra_jlab.domain.events import Looked
from dsinfra_jlab.domain.runs.records import RunStatus
from dsinfra_jlab.server import wire
from dsinfra_jlab.server.app import DsinfraApp
from tests.domain.snapshots import GB, host, kernel, snapshot

from .conftest import Caller, Line, error_of
from .kernels import KernelClient, runs_of

SAMPLES = {"type": "watch", "topics": ["samples"], "visible": True}


async def next_samples(line: Line) -> dict[str, Any]:
    while True:
        event = await line.next_event()
        if event["type"] == "samples":
            return event["snapshot"]


async def kernel_with(line: Line, rss_bytes: int) -> dict[str, Any]:
    """Return the kernel once it holds so much, which must be soon."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        for each in (await next_samples(line))["kernels"]:
            if (each["rss_bytes"] or 0) >= rss_bytes:
                return each
    raise AssertionError("it was never seen")


async def test_whoever_watches_sees_each_kernel_with_its_cell_and_memory(
    dsinfra: DsinfraApp, api: Caller, jp_fetch, jp_ws_fetch
) -> None:
    client = await KernelClient.start(
        jp_fetch, jp_ws_fetch, path="a/train.ipynb", name="train.ipynb"
    )
    line = await api.connect()
    await line.send(SAMPLES)
    await client.execute("big = bytearray(300_000_000)\nimport time; time.sleep(8)", "cell-a")
    seen = await kernel_with(line, 300_000_000)
    assert seen["kernel_id"] == client.kernel_id
    assert (seen["notebook_path"], seen["name"]) == ("a/train.ipynb", "train.ipynb")
    assert seen["running"]["cell_id"] == "cell-a"
    assert seen["state"] == "busy"
    latest = await api.get("samples/latest")
    assert latest["host"]["memory_limit_bytes"] > latest["host"]["memory_used_bytes"] > 0
    assert latest["hourly_expense"] is None
    # By now several looks were sent, each of which says how long the one before had to wait.
    assert latest["cost"]["loop_lag_p95_s"] >= latest["cost"]["loop_lag_p50_s"] >= 0
    line.close()
    await client.shut_down()


async def test_one_look_a_second_is_sent_while_somebody_watches_and_no_more(
    dsinfra: DsinfraApp, api: Caller, jp_fetch, jp_ws_fetch
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    line = await api.connect()
    await line.send(SAMPLES)
    viewers = dsinfra.kernels.monitor._viewers
    assert len(viewers) == 1
    await next_samples(line)
    await asyncio.sleep(3.3)
    assert 2 <= line.inbox.qsize() <= 5

    await line.send({**SAMPLES, "visible": False})
    assert not viewers
    await asyncio.sleep(0.5)
    line.inbox = asyncio.Queue()
    await asyncio.sleep(1.5)
    assert line.inbox.empty()

    await line.send(SAMPLES)
    assert len(viewers) == 1
    line.close()
    for _ in range(100):
        if not viewers:
            break
        await asyncio.sleep(0.02)
    assert not viewers
    await client.shut_down()


async def test_a_look_is_encoded_once_for_all_who_watch(
    dsinfra: DsinfraApp, api: Caller, monkeypatch
) -> None:
    lines = [await api.connect() for _ in range(5)]
    for line in lines:
        await line.send(SAMPLES)
    await asyncio.sleep(2 * limits.EVENT_INTERVAL_S)
    encoded: list[Any] = []
    encode = wire.encode
    monkeypatch.setattr(wire, "encode", lambda value: encoded.append(value) or encode(value))
    marked = snapshot(9_000_000, host(7.0))
    dsinfra.events.publish(Looked(marked))
    for line in lines:
        while (await next_samples(line))["seq"] != marked.seq:
            pass
        line.close()
    assert sum(1 for value in encoded if getattr(value, "snapshot", None) is marked) == 1


async def test_what_a_run_took_is_kept_and_asked_for_before_the_next(
    dsinfra: DsinfraApp, api: Caller, jp_fetch, jp_ws_fetch
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch, path="train.ipynb", name="train.ipynb")
    code = "big = bytearray(200_000_000)\nimport time; time.sleep(2.5)\ndel big"
    await client.run(code, "cell-a")
    (run,) = await runs_of(dsinfra)
    await dsinfra.store.flush()
    samples = await api.get(f"runs/{run.id}/samples")
    count = len(samples["at_s"])
    assert count >= 2
    assert len(samples["rss_bytes"]) == len(samples["cpu_ratio"]) == count
    assert max(filter(None, samples["rss_bytes"])) >= 200_000_000
    assert samples["cpu_count"] > 0
    assert (samples["alerts"], samples["gpus"], samples["expense"]) == ([], [], None)

    peak = await api.get("cells/cell-a/peak", {"notebook_path": "train.ipynb"})
    assert peak["run_count"] == 1
    assert peak["last_rss_bytes"] >= 200_000_000
    assert peak["free_memory_bytes"] > 0
    elsewhere = await api.get("cells/cell-a/peak", {"notebook_path": "copy.ipynb"})
    assert (elsewhere["run_count"], elsewhere["last_rss_bytes"]) == (0, None)

    size = await api.get("notebooks/size", {"notebook_path": "train.ipynb"})
    assert size == {"notebook_path": "train.ipynb", "memory": None, "gpu_memory": None}
    error_of(await api.ask("GET", "notebooks/size"), 400, "bad_input")

    window = await api.get("samples", {"window_s": "60", "keys": "host.memory_used_bytes"})
    assert list(window["series"]) == ["host.memory_used_bytes"]
    assert len(window["at_s"]) == len(window["series"]["host.memory_used_bytes"])
    error_of(await api.ask("GET", "samples", query={"keys": "no.such"}), 400, "bad_input")
    for wrong in ("0", "604801", "nan", "inf", "-5"):
        error_of(await api.ask("GET", "samples", query={"window_s": wrong}), 400, "bad_input")
    await client.shut_down()


async def test_before_the_first_look_there_is_nothing_to_send(api: Caller) -> None:
    response = await api.ask("GET", "samples/latest")
    assert response.code in (200, 503)
    if response.code == 503:
        error_of(response, 503, "unavailable")
    await asyncio.sleep(2)
    assert (await api.get("samples/latest"))["seq"] >= 1


async def test_an_alert_is_told_listed_snoozed_and_muted(dsinfra: DsinfraApp, api: Caller) -> None:
    line = await api.connect()
    await line.send({"type": "watch", "topics": ["alert"], "visible": True})
    dsinfra.services.alerts.take(snapshot(0, host(15.8), (kernel("k1", "r1"),)))
    event = await line.next_event()
    (id,) = event["alert_ids"]
    (alert,) = (await api.get("alerts"))["items"]
    assert (alert["id"], alert["kind"], alert["run_id"]) == (id, "memory_critical", "r1")

    response = await api.ask("PATCH", f"alerts/{id}", {"snooze_s": 600})
    assert json.loads(response.body)["snoozed_until"]
    assert (await line.next_event())["alert_ids"] == [id]
    error_of(await api.ask("PATCH", f"alerts/{id}", {"snooze_s": -1}), 400, "bad_input")
    error_of(await api.ask("PATCH", "alerts/none", {"snooze_s": 1}), 404, "not_found")

    details = await api.get(f"alerts/{id}/details")
    assert (details["alert_id"], details["processes"], details["files"]) == (id, [], [])
    assert "nothing more to tell" in details["absent"]
    error_of(await api.ask("GET", "alerts/none/details"), 404, "not_found")
    assert (await api.ask("PATCH", f"alerts/{id}", {"is_muted": True})).code == 200
    assert (await api.get("alerts"))["items"] == []
    assert (await api.get("settings"))["muted_alerts"] == ["memory_critical host"]
    line.close()


async def test_a_cell_is_interrupted_before_memory_is_full_only_if_that_is_wanted(
    dsinfra: DsinfraApp, api: Caller, jp_fetch, jp_ws_fetch
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    message = await client.execute("print('on', flush=True)\nimport time; time.sleep(60)")
    await client.wait_for_output("on")
    greedy = kernel(client.kernel_id, "r1", rss_bytes=10 * GB)
    full = snapshot(0, host(15.9), (greedy,))
    dsinfra.services.resources._take(full)
    await asyncio.sleep(0.5)
    (run,) = await runs_of(dsinfra, are_final=False)
    assert run.status is RunStatus.running

    await api.ask("PATCH", "settings", {"is_interrupting_at_memory_limit": True})
    dsinfra.services.resources._take(full)
    assert (await client.reply_to(message))["ename"] == "KeyboardInterrupt"
    await client.shut_down()


async def test_the_memory_of_a_kernel_is_read_to_the_page_for_whoever_asks(
    dsinfra: DsinfraApp, api: Caller, jp_fetch, jp_ws_fetch
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    await client.run("held = bytearray(b'x') * 200_000_000")
    memory = await api.get(f"kernels/{client.kernel_id}/memory")
    assert memory["kernel_id"] == client.kernel_id
    assert 200_000_000 < memory["own_bytes"] <= memory["resident_bytes"] < 600_000_000
    assert memory["process_count"] >= 1 and memory["absent"] == ""
    error_of(await api.ask("GET", "kernels/none/memory"), 404, "not_found")
    await client.shut_down()


async def scraped(jp_fetch) -> str:
    return (await jp_fetch("metrics")).body.decode()


async def test_metrics_are_given_to_prometheus_only_where_that_is_wanted(
    dsinfra: DsinfraApp, jp_fetch
) -> None:
    dsinfra.services.resources._take(snapshot(0, host(7.0)))
    assert "dsinfra_host" not in await scraped(jp_fetch)


@pytest.mark.parametrize("is_naming", [False, True])
def test_metrics_name_notebooks_only_where_that_is_wanted(
    jp_server_config, request, jp_asyncio_loop, is_naming: bool
) -> None:
    jp_server_config["DsinfraApp"] = {
        "is_exporting_metrics": True,
        "is_naming_notebooks_in_metrics": is_naming,
    }
    dsinfra: DsinfraApp = request.getfixturevalue("dsinfra")
    fetch = request.getfixturevalue("jp_fetch")

    async def scrape() -> str:
        one = kernel(
            "k1", "r1", rss_bytes=2 * GB, cpu_ratio=None, notebook_path='my "secret".ipynb'
        )
        dsinfra.services.resources._take(snapshot(0, host(7.0), (one,)))
        text = await scraped(fetch)
        await dsinfra.stop_extension()
        return text

    text = jp_asyncio_loop.run_until_complete(scrape())
    assert "dsinfra_host_memory_used_bytes 7e+09" in text
    assert 'dsinfra_kernels{state="busy"} 1.0' in text
    rss = next(line for line in text.splitlines() if line.startswith("dsinfra_kernel_rss_bytes{"))
    assert 'kernel_id="k1"' in rss and rss.endswith(" 2e+09")
    assert ("secret" in text) is is_naming
    assert not [line for line in text.splitlines() if line.startswith("dsinfra_kernel_cpu_ratio{")]
    assert not [family for family in REGISTRY.collect() if family.name.startswith("dsinfra_")]


def test_prices_of_the_configuration_are_shown(jp_server_config, request, jp_asyncio_loop) -> None:
    jp_server_config["DsinfraApp"] = {
        "prices": [{"what": "host", "per_hour": 2, "currency": "EUR"}]
    }
    dsinfra: DsinfraApp = request.getfixturevalue("dsinfra")
    api: Caller = request.getfixturevalue("api")
    dsinfra.services.resources._take(snapshot(0, host()))
    latest = jp_asyncio_loop.run_until_complete(api.get("samples/latest"))
    assert latest["hourly_expense"] == {
        "currency": "EUR", "total": 2.0, "kernels": {}, "idle": 2.0,
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "a,b\n", "what,per_hour,currency\nhost,x,EUR\n", None])
def test_a_file_of_prices_that_cannot_be_used_costs_the_prices_and_no_more(
    jp_server_config, request, jp_asyncio_loop, tmp_path: Path, text: str | None
) -> None:
    file = tmp_path / "prices.csv"
    if text is not None:
        file.write_text(text)
    jp_server_config["DsinfraApp"] = {"prices_file": str(file)}
    dsinfra: DsinfraApp = request.getfixturevalue("dsinfra")
    api: Caller = request.getfixturevalue("api")
    dsinfra.services.resources._take(snapshot(0, host()))
    latest = jp_asyncio_loop.run_until_complete(api.get("samples/latest"))
    assert latest["hourly_expense"] is None
