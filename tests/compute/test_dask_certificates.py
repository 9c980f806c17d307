"""The target of this machine is this user's alone: other users reach its loopback as well."""

from __future__ import annotations

import asyncio
import ssl
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import distributed
import psutil
import pytest
from distributed import Client
from distributed.security import Security

from dsinfra_jlab.compute.engines.dask_certificates import make_certificates
from dsinfra_jlab.compute.engines.dask_processes import certificate_files
from dsinfra_jlab.domain.compute.targets import Capability, TargetRecord

from .desk import LOCAL, Desk
from .test_dask_local import security_of


def context(files: dict[str, str], purpose: ssl.Purpose) -> ssl.SSLContext:
    """Return what one end takes; checked as strictly as any Python does."""
    made = ssl.create_default_context(purpose, cafile=files["tls_ca_file"])
    made.verify_flags |= ssl.VERIFY_X509_STRICT
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_cert_chain(files["tls_cert"], files["tls_key"])
    return made


async def spoken(server: dict[str, str], client: dict[str, str] | None) -> bytes:
    """Return what a client hears that has these files, or only an authority; no words, if refused.

    In TLS 1.3 a client may hear of its refusal only when it reads.
    """

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(
        greet, "127.0.0.1", 0, ssl=context(server, ssl.Purpose.CLIENT_AUTH)
    )
    port = listening.sockets[0].getsockname()[1]
    if client is None:
        shown = ssl.create_default_context(cafile=server["tls_ca_file"])
    else:
        shown = context(client, ssl.Purpose.SERVER_AUTH)
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=shown)
        try:
            return await reader.read()
        finally:
            writer.close()
    except (ssl.SSLError, ConnectionError):
        return b""
    finally:
        listening.close()


async def test_both_ends_pass_strict_checks_and_only_with_the_same_start(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
    ours, others = make_certificates(one), make_certificates(other)
    assert await spoken(ours, ours) == b"hello"
    assert await spoken(ours, None) == b""
    assert await spoken(ours, others) == b""
    assert await spoken(ours, {**others, "tls_ca_file": ours["tls_ca_file"]}) == b""


def test_nobody_else_can_read_them_and_each_start_has_new_ones(tmp_path: Path) -> None:
    before = make_certificates(tmp_path)
    contents = {name: Path(file).read_bytes() for name, file in before.items()}
    Path(before["tls_key"]).chmod(0o644)
    after = make_certificates(tmp_path)
    assert after == before
    for name, file in after.items():
        assert stat.S_IMODE(Path(file).stat().st_mode) == 0o600
        assert Path(file).read_bytes() != contents[name]


def test_a_link_in_their_place_is_not_followed(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_text("as it was")
    (tmp_path / "tls_key.pem").symlink_to(theirs)
    make_certificates(tmp_path)
    assert theirs.read_text() == "as it was"
    assert not (tmp_path / "tls_key.pem").is_symlink()


@pytest.mark.slow
async def test_a_client_without_the_certificates_is_refused(desk: Desk, tmp_path: Path) -> None:
    status = await desk.agents.start(LOCAL)
    assert status.address is not None
    others = tmp_path / "others"
    others.mkdir()
    stranger = make_certificates(others)
    with_other_authority = Security(
        tls_ca_file=stranger["tls_ca_file"],
        tls_client_cert=stranger["tls_cert"],
        tls_client_key=stranger["tls_key"],
        require_encryption=True,
    )
    async with Client(
        status.address, security=security_of(desk), set_as_default=False, asynchronous=True
    ) as client:
        addresses = [status.address, *(await client.scheduler.identity(n_workers=-1))["workers"]]
    assert len(addresses) == 2
    for address in addresses:
        assert address.startswith("tls://")
        for scheme, security in (("tcp", None), ("tls", with_other_authority)):
            asked = f"{scheme}://{address.partition('://')[2]}"
            more = security.get_connection_args("client") if security else {}
            with pytest.raises(OSError, match=r"(?i)timed out|certificate|reset|closed"):
                await distributed.comm.connect(asked, timeout=1, **more)
    assert (await desk.run("print(1)"))["state"] == "ok"


@pytest.mark.slow
async def test_no_port_has_a_page_of_dask(desk: Desk) -> None:
    await desk.agents.start(LOCAL)
    asked = 0
    for process in psutil.Process(desk.agent_pid()).children(recursive=True):
        for connection in process.net_connections("inet"):
            if connection.status == psutil.CONN_LISTEN:
                for page in ("/", "/status", "/health", "/info/main/workers.html", "/metrics"):
                    url = f"http://127.0.0.1:{connection.laddr.port}{page}"
                    assert await asyncio.to_thread(page_of, url) in (404, None), url
                    asked += 1
    assert asked >= 20


def page_of(url: str) -> int | None:
    """Return the status of a page, ``None`` from what speaks no HTTP."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return None


def test_the_page_of_dask_is_there_only_when_it_was_asked_for() -> None:
    from dsinfra_jlab.compute.engine import find_engine

    engine = find_engine("dask")
    assert Capability.dashboard not in engine.capabilities({})
    assert Capability.dashboard in engine.capabilities({"dashboard": True})
    assert Capability.dashboard in engine.capabilities({"address": "tcp://127.0.0.1:1"})


@pytest.mark.slow
async def test_the_shown_code_connects_in_another_process(desk: Desk) -> None:
    status = await desk.agents.start(LOCAL)
    code = f"{status.client_code}\nprint(client.submit(pow, 2, 10).result())\nclient.close()\n"
    made = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert made.stdout == "1024\n", made.stderr


@pytest.mark.slow
async def test_our_own_scheduler_is_also_reached_as_somebody_elses(desk: Desk) -> None:
    """As ``register_cluster`` does with a client of it."""
    status = await desk.agents.start(LOCAL)
    made = desk.base / "targets" / "local" / "dask"
    files = {name: str(made / f"{name}.pem") for name in ("tls_ca_file", "tls_cert", "tls_key")}
    there = TargetRecord("again", "dask", {"address": status.address, **files})
    job_id = await desk.submit("print('there')", there)
    assert (await desk.ended(job_id))["state"] == "ok"
    assert desk.text(job_id) == "there\n"
    await desk.agents.stop("again")


def test_they_lie_where_the_processes_were_told_before(tmp_path: Path) -> None:
    assert make_certificates(tmp_path) == certificate_files(tmp_path)
