"""A kernel that misses requests which come while it answers us, as ipykernel did before 7.4."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from dsinfra_jlab.domain.ids import KernelId
from dsinfra_jlab.server.app import DsinfraApp
from tests.server.kernels import Fetch, KernelClient
from tests.server.test_probe import probe_of

ANSWERS_S = 0.8
"""How long the kernel is busy with a reply to us, to be met in the middle of it."""

DEAF = f"""
import time
from ipykernel.kernelapp import launch_new_instance
from ipykernel.subshell_manager import SubshellManager

def send_raw(self, frames):
    if any(b'"dsinfra.own.' in bytes(frame) for frame in frames):
        time.sleep({ANSWERS_S})
    self._shell_stream.socket.send_multipart(frames)

SubshellManager._send_on_shell_channel = send_raw
launch_new_instance()
"""


@pytest.fixture
def deaf_kernel(jp_data_dir: Path) -> str:
    folder = jp_data_dir / "kernels" / "deaf"
    folder.mkdir(parents=True)
    argv = [sys.executable, "-c", DEAF, "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "deaf", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    return folder.name


@pytest.mark.parametrize("way", ["our channel", "the client's channel"])
async def test_a_cell_that_comes_while_the_kernel_answers_us_is_not_missed(
    dsinfra: DsinfraApp,
    jp_fetch: Fetch,
    jp_ws_fetch: Fetch,
    deaf_kernel: str,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch, kernel_name=deaf_kernel)
    await client.run("before = 1")
    await probe_of(dsinfra, client)
    await asyncio.sleep(3 * ANSWERS_S)
    if way == "our channel":
        injector = dsinfra.watch.clients._injector
        assert injector is not None
        injector.inject(KernelId(client.kernel_id))
    else:
        with monkeypatch.context() as patched:
            patched.setattr(dsinfra.watch.clients._recorder, "awaits_probe", lambda _: True)
            await client.execute("first = 1")
            await asyncio.sleep(ANSWERS_S / 4)
    await asyncio.sleep(ANSWERS_S / 4)
    reply = await asyncio.wait_for(client.run("second = 2"), 10)
    assert reply["status"] == "ok"
