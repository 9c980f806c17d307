"""Schedulers of somebody else: encryption, what is wrong with them, and cells that run once."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from dsinfra_jlab.domain.compute.targets import TargetRecord
from dsinfra_jlab.domain.exceptions import Unavailable

from .clusters import SITE, cluster
from .desk import Desk, gone_in


def at(address: str, **options: object) -> TargetRecord:
    return TargetRecord("there", "dask", {"address": address, **options})


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("tcp://127.0.0.1:9", "connection refused"),
        ("tcp://127.0.0.1", "names no port"),
        ("tls://a-host-that-is.invalid:8786", "certificate authority"),
        ("tcp://192.0.2.1:8786", "not be encrypted"),
    ],
)
async def test_what_is_wrong_with_an_address_is_said_at_once(
    desk: Desk, address: str, reason: str
) -> None:
    start = time.monotonic()
    with pytest.raises(Unavailable, match=reason) as caught:
        await desk.agents.start(at(address))
    assert address in caught.value.message
    assert time.monotonic() - start < 8


async def test_an_unknown_name_is_said(desk: Desk) -> None:
    target = at("tcp://a-host-that-is.invalid:8786", require_tls=False)
    with pytest.raises(Unavailable, match="its name is not known"):
        await desk.agents.start(target)


async def test_what_is_no_dask_scheduler_is_given_up_in_time(desk: Desk) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    start = time.monotonic()
    with pytest.raises(Unavailable, match=f"127.0.0.1:{port} cannot be reached"):
        await desk.agents.start(at(f"tcp://127.0.0.1:{port}"))
    assert time.monotonic() - start < 15
    server.close()


def certificates(folder: Path, name: str) -> dict[str, str]:
    """Make an authority and a certificate for loopback with OpenSSL; return their files."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl")
    made = folder / name
    made.mkdir()

    def run(*arguments: str) -> None:
        subprocess.run([openssl, *arguments], cwd=made, check=True, capture_output=True)

    key = ("-newkey", "rsa:2048", "-nodes", "-days", "2")
    run("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", f"/CN={name}")
    run("req", *key[:3], "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=127.0.0.1")
    (made / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names")
    run("x509", "-req", "-in", "request.pem", "-days", "2", *signing, "-out", "cert.pem")
    return {
        "tls_ca_file": str(made / "ca.pem"),
        "tls_cert": str(made / "cert.pem"),
        "tls_key": str(made / "key.pem"),
    }


@pytest.mark.slow
async def test_an_encrypted_scheduler_is_reached_with_its_certificates_only(
    desk: Desk, tmp_path: Path
) -> None:
    ours, others = certificates(tmp_path, "ours"), certificates(tmp_path, "others")
    options = [
        *("--protocol", "tls", "--tls-ca-file", ours["tls_ca_file"]),
        *("--tls-cert", ours["tls_cert"], "--tls-key", ours["tls_key"]),
    ]
    with cluster(tmp_path / "dask", *options) as address:
        assert address.startswith("tls://")
        job_id = await desk.submit("print('safe')", at(address, **ours))
        assert (await desk.ended(job_id))["state"] == "ok"
        assert desk.text(job_id) == "safe\n"
        status = await desk.agents.status("there")
        assert status is not None
        assert ours["tls_ca_file"] in (status.client_code or "")
        await desk.agents.stop("there")
        with pytest.raises(Unavailable, match="certificate"):
            await desk.agents.start(at(address, **others))
        await desk.agents.stop("there")
        with pytest.raises(Unavailable, match="cannot be read"):
            await desk.agents.start(at(address, **{**ours, "tls_key": "/nowhere/key.pem"}))


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"send_through_dask": True}])
async def test_a_scheduler_that_would_run_a_cell_again_does_not(
    desk: Desk, tmp_path: Path, options: dict[str, object]
) -> None:
    """Its ``allowed-failures`` is 3, and its nanny starts a killed worker again.

    A job whose files went through Dask is forgotten there with the worker that had them.
    """
    path = tmp_path / "runs"
    with cluster(tmp_path / "dask") as address:
        target = at(address, **options)
        note = f"open({str(path)!r}, 'a').write('x')"
        code = f"import time\n{note}\nprint('on', flush=True)\ntime.sleep(9)"
        job_id = await desk.submit(code, target)
        await desk.printed(job_id, "on")
        kernel = psutil.Process(desk.of_kind(job_id, "kernel")[0]["pid"])
        guard = kernel.parent()
        worker = guard.parent() if guard is not None else None
        assert worker is not None
        os.kill(worker.pid, signal.SIGKILL)
        ended = await desk.ended(job_id, 40)
        assert ended["state"] == "lost"
        assert "not run again" in ended["detail"]
        assert gone_in(kernel.pid, 5)
        assert path.read_text() == "x"
        assert (await desk.run("print(1)", target))["state"] == "ok"


@pytest.mark.slow
async def test_a_scheduler_that_goes_away_takes_its_jobs_with_it(
    desk: Desk, tmp_path: Path
) -> None:
    with cluster(tmp_path / "dask") as address:
        job_id = await desk.submit("import time\nprint('on')\ntime.sleep(60)", at(address))
        await desk.printed(job_id, "on")
    ended = await desk.ended(job_id, 30)
    assert ended["state"] == "lost"
    assert "scheduler" in ended["detail"]


@pytest.mark.slow
async def test_an_agent_that_is_killed_leaves_no_job_on_the_cluster(
    desk: Desk, tmp_path: Path
) -> None:
    """Dask would let the thread of a task whose client has gone run on."""
    with cluster(tmp_path / "dask") as address:
        job_id = await desk.submit("import time\nprint('on')\ntime.sleep(60)", at(address))
        await desk.printed(job_id, "on")
        kernel = desk.of_kind(job_id, "kernel")[0]["pid"]
        os.kill(desk.agent_pid("there"), signal.SIGKILL)
        assert gone_in(kernel, 10)
        assert (await desk.run("print(1)", at(address)))["state"] == "ok"
        assert (await desk.ended(job_id))["state"] == "lost"


@pytest.mark.slow
async def test_stopped_it_ends_its_jobs_and_leaves_the_cluster_as_it_was(
    desk: Desk, tmp_path: Path
) -> None:
    with cluster(tmp_path / "dask") as address:
        job_id = await desk.submit("import time\nprint('on')\ntime.sleep(60)", at(address))
        await desk.printed(job_id, "on")
        kernel = desk.of_kind(job_id, "kernel")[0]["pid"]
        await desk.agents.stop("there")
        assert gone_in(kernel, 0.5)
        assert desk.log(job_id)[-1]["state"] == "cancelled"
        from .test_dask_local import what_is_left

        left = await asyncio.to_thread(what_is_left, address)
        assert left == {"tasks": 0, "events": 0, "topics": 0, "marks": 0}


@pytest.mark.slow
async def test_a_cluster_without_ipykernel_is_told_so(desk: Desk, tmp_path: Path) -> None:
    """Its Python has Dask and what that needs, and nothing else."""
    site = tmp_path / "site"
    site.mkdir()
    for path in SITE.iterdir():
        if not path.name.startswith("ipykernel"):
            (site / path.name).symlink_to(path)
    with cluster(tmp_path / "dask", site=site) as address:
        ended = await desk.run("print(1)", at(address))
        assert ended["state"] == "error"
        assert "pip install ipykernel" in ended["detail"]
        found = await desk.agents.test(at(address))
        assert not found.is_ok
        assert found.missing == ["ipykernel"]
