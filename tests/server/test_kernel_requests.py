"""What the server asks of kernels about jobs, with real kernels."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.domain.exceptions import Unavailable
from dsinfra_jlab.domain.ids import KernelId
from dsinfra_jlab.kernel.bundle import packed_remote_sources
from dsinfra_jlab.server.app import DsinfraApp
from dsinfra_jlab.server.kernel_requests import KernelRequests

from .kernels import Fetch, KernelClient

ARRIVAL_S = 0.3
"""Until a message of the client's websocket has reached the server."""


async def packed(
    requests: KernelRequests, kernel: KernelClient, folder: Path, said: list[str], code: str = "x"
) -> dict[str, Any]:
    request = {
        "job_id": "job-1",
        "code": code,
        "folder": str(folder),
        "returns": None,
        "max_bytes": 10**9,
        "ask_bytes": 10**8,
        "notebook_folder": None,
        "target_python": None,
        "target_packages": None,
        "mode": "fresh",
    }
    return await requests.pack(KernelId(kernel.kernel_id), request, said.append)


@pytest.fixture
def requests(dsinfra: DsinfraApp) -> KernelRequests:
    return dsinfra.job_parts.requests


async def test_what_is_packed_is_what_the_cells_before_have_left(
    requests: KernelRequests, jp_fetch: Fetch, jp_ws_fetch: Fetch, tmp_path: Path
) -> None:
    kernel = await KernelClient.start(jp_fetch, jp_ws_fetch)
    await kernel.run("x = 1")
    waited = await kernel.execute("import time; time.sleep(1.5); x = 2; y = [x]")
    await asyncio.sleep(ARRIVAL_S)
    said: list[str] = []
    answer = await packed(requests, kernel, tmp_path, said, "y")
    assert [each["name"] for each in answer["names"]] == ["y"]
    assert answer["ok"] and (tmp_path / "sent" / "parcel.json").is_file()
    assert "busy" in said[0] and said[-1] == ""
    assert (await kernel.reply_to(waited))["status"] == "ok"
    # Nobody but us has seen anything of it, and no number was taken.
    reply = await kernel.run("1")
    assert reply["execution_count"] == 3


async def test_a_cell_that_fails_before_it_costs_a_second_try(
    requests: KernelRequests, jp_fetch: Fetch, jp_ws_fetch: Fetch, tmp_path: Path
) -> None:
    kernel = await KernelClient.start(jp_fetch, jp_ws_fetch)
    await kernel.run("x = 1")
    await kernel.execute("import time; time.sleep(1); 1 / 0")
    await asyncio.sleep(ARRIVAL_S)
    answer = await packed(requests, kernel, tmp_path, [])
    assert [each["name"] for each in answer["names"]] == ["x"]


async def test_who_was_dropped_too_often_is_told_what_to_do(
    requests: KernelRequests, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def aborted(*_: Any) -> dict[str, Any]:
        return {"status": "aborted", "user_expressions": {}}

    monkeypatch.setattr(requests, "_reply", aborted)
    with pytest.raises(Unavailable, match="nothing was sent"):
        await requests.pack(KernelId("kernel-1"), {}, lambda text: None)
    with pytest.raises(Unavailable, match="They are kept: take them from the view of the job"):
        await requests.land(KernelId("kernel-1"), {})


async def test_without_a_client_our_own_channel_does(
    requests: KernelRequests, jp_fetch: Fetch, jp_ws_fetch: Fetch, tmp_path: Path
) -> None:
    kernel = await KernelClient.start(jp_fetch, jp_ws_fetch)
    await kernel.run("x = 1")
    await kernel.close()
    answer = await packed(requests, kernel, tmp_path, [])
    assert [each["name"] for each in answer["names"]] == ["x"]


async def test_a_kernel_that_is_restarted_meanwhile_is_an_error(
    requests: KernelRequests, jp_fetch: Fetch, jp_ws_fetch: Fetch, tmp_path: Path
) -> None:
    kernel = await KernelClient.start(jp_fetch, jp_ws_fetch)
    await kernel.run("x = 1")
    await kernel.execute("import time; time.sleep(60)")
    asked = asyncio.ensure_future(packed(requests, kernel, tmp_path, []))
    await asyncio.sleep(0.5)
    await jp_fetch("api", "kernels", kernel.kernel_id, "restart", method="POST", body="{}")
    with pytest.raises(Unavailable, match="restarted"):
        await asyncio.wait_for(asked, 30)


async def test_kernels_are_found_by_id_and_by_notebook(
    dsinfra: DsinfraApp, requests: KernelRequests, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    kernel = await KernelClient.start(jp_fetch, jp_ws_fetch, path="a.ipynb", name="a.ipynb")
    await kernel.run("1")
    kernel_id = KernelId(kernel.kernel_id)
    assert requests.kernel(KernelId("other")) is None
    assert requests.parent_run(KernelId("other"), is_in_cell=True) is None
    stored = dsinfra.paths.to_stored("a.ipynb")
    assert requests.kernel(kernel_id) == requests.of_notebook(stored)
    assert requests.of_notebook("b.ipynb") is None
    session = requests.parent_run(kernel_id, is_in_cell=False)
    assert session is not None
    # The client has the reply a moment before the observer has read that the cell is over.
    end = time.monotonic() + 10
    while requests.parent_run(kernel_id, is_in_cell=True) != session:
        assert time.monotonic() < end
        await asyncio.sleep(0.01)
    await kernel.execute("import time; time.sleep(2)")
    await asyncio.sleep(0.5)
    assert requests.parent_run(kernel_id, is_in_cell=True) not in (None, session)


def test_a_kernel_without_the_probe_says_so(
    jp_server_config: Any, request: Any, tmp_path: Path, jp_asyncio_loop: Any
) -> None:
    jp_server_config["DsinfraApp"] = {"injection": "off"}
    dsinfra: DsinfraApp = request.getfixturevalue("dsinfra")
    fetch, ws_fetch = request.getfixturevalue("jp_fetch"), request.getfixturevalue("jp_ws_fetch")

    async def ask() -> dict[str, Any]:
        kernel = await KernelClient.start(fetch, ws_fetch)
        await kernel.run("x = 1")
        return await packed(dsinfra.job_parts.requests, kernel, tmp_path, [])

    with pytest.raises(Unavailable, match="injection"):
        jp_asyncio_loop.run_until_complete(ask())


async def test_the_modules_for_jobs_go_to_a_kernel_once_and_again_when_it_has_lost_them(
    requests: KernelRequests,
    jp_fetch: Fetch,
    jp_ws_fetch: Fetch,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[int] = []
    send = requests._send

    def counting(kernel_id: KernelId, message_id: str, content: dict[str, Any]) -> None:
        sent.append(len(content["user_expressions"].get("dsinfra_remote", "")))
        send(kernel_id, message_id, content)

    monkeypatch.setattr(requests, "_send", counting)
    large = len(packed_remote_sources())
    kernel = await KernelClient.start(jp_fetch, jp_ws_fetch)
    await kernel.run("x = 1")
    for _ in range(3):
        assert (await packed(requests, kernel, tmp_path, []))["ok"]
    # One request each time, and what every request carried is in the kernel from the first on.
    assert len(sent) == 3
    assert sent[0] > large > 20 * max(sent[1:])
    sent.clear()
    await kernel.run("type(get_ipython()._dsinfra_probe).remote = None")
    broken = await asyncio.gather(packed(requests, kernel, tmp_path, []), return_exceptions=True)
    assert [size > large for size in sent if size] == [False, True, True]
    assert isinstance(broken[0], Unavailable)


async def test_a_kernel_that_was_restarted_is_sent_the_modules_again(
    requests: KernelRequests,
    jp_fetch: Fetch,
    jp_ws_fetch: Fetch,
    tmp_path: Path,
) -> None:
    kernel = await KernelClient.start(jp_fetch, jp_ws_fetch)
    await kernel.run("x = 1")
    assert (await packed(requests, kernel, tmp_path, []))["ok"]
    kernel_id = KernelId(kernel.kernel_id)
    before = requests.parent_run(kernel_id, is_in_cell=False)
    await jp_fetch("api", "kernels", kernel.kernel_id, "restart", method="POST", body="{}")
    end = time.monotonic() + 60
    while requests.parent_run(kernel_id, is_in_cell=False) in (before, None):
        assert time.monotonic() < end
        await asyncio.sleep(0.01)
    answer = await packed(requests, kernel, tmp_path, [])
    assert [each["text"] for each in answer["items"]] != [] and not answer["names"]
