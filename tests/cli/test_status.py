"""``jupyter dsinfra status`` and ``doctor``, of servers that run and where none does."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab import __version__
from dsinfra_jlab.cli import main
from dsinfra_jlab.cli.status_texts import snapshot_text
from dsinfra_jlab.server.app import DsinfraApp
from tests.domain.snapshots import GB, gpu, host, kernel, snapshot
from tests.server.kernels import KernelClient

Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Said:
    """Return what a command answers: its status and what it printed."""

    def said(*words: str) -> tuple[int, str, str]:
        status = main(list(words))
        out, err = capsys.readouterr()
        return status, out, err

    return said


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Jupyter that was never used: no server runs, nothing is installed."""
    for name in ("RUNTIME", "DATA", "CONFIG"):
        folder = tmp_path / name.lower()
        folder.mkdir()
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(folder))
    monkeypatch.delenv("DSINFRA_STORE_URL", raising=False)
    return tmp_path


def written(folder: Path, pid: int, **others: Any) -> None:
    """Write down a server as Jupyter does."""
    said = {"url": "http://127.0.0.1:9/", "token": "t", "pid": pid, "root_dir": "/w", "sock": ""}
    (folder / "runtime" / f"jpserver-{pid}.json").write_text(json.dumps({**said, **others}))


def finding(checks: list[dict[str, str]], name: str) -> dict[str, str]:
    return next(check for check in checks if check["name"] == name)


def test_without_a_server_the_machine_itself_is_read(nowhere: Path, say: Said) -> None:
    status, out, err = say("status")
    assert status == 0
    assert out.splitlines()[1].startswith("memory  ")
    assert " GB of " in out
    assert "No Jupyter server" in err
    status, out, _ = say("status", "--format", "json")
    said = json.loads(out)
    assert said["servers"] == []
    assert said["snapshot"]["host"]["memory_limit_bytes"] > 0


def test_servers_that_are_gone_and_files_that_are_no_json_are_passed_over(
    nowhere: Path, say: Said
) -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    written(nowhere, done.pid)
    for number, text in enumerate(("", "[]", "{}", '{"pid": "x", "url": 1}', "\xff")):
        (nowhere / "runtime" / f"jpserver-{number}.json").write_text(text, encoding="latin-1")
    _, _, err = say("status")
    assert "No Jupyter server" in err


def test_a_server_that_does_not_answer_is_named_with_the_reason(nowhere: Path, say: Said) -> None:
    written(nowhere, os.getpid())
    status, out, _ = say("status")
    assert status == 1
    assert "http://127.0.0.1:9/" in out
    assert "It does not answer." in out
    written(nowhere, os.getpid(), url="http+unix://%2Ftmp%2Fx", sock="/tmp/x")
    assert "socket file" in say("status")[1]
    status, out, _ = say("doctor", "--format", "json")
    assert status == 1
    assert finding(json.loads(out)["checks"], "server")["state"] == "broken"


async def test_a_running_server_shows_its_kernels(
    dsinfra: DsinfraApp, jp_serverapp, jp_fetch, jp_ws_fetch, say: Said
) -> None:
    jp_serverapp.write_server_info_file()
    client = await KernelClient.start(
        jp_fetch, jp_ws_fetch, path="a/train.ipynb", name="train.ipynb"
    )
    status, out, _ = await asyncio.to_thread(say, "status")
    assert status == 0, out
    lines = out.splitlines()
    assert lines[0].startswith(jp_serverapp.connection_url)
    assert lines[-2].split()[:3] == ["KERNEL", "NOTEBOOK", "STATE"]
    row = lines[-1].split()
    assert row[:2] == [client.kernel_id[:8], "a/train.ipynb"]
    assert row[-3] == "MB" and int(row[-4]) > 20, row

    status, out, _ = await asyncio.to_thread(say, "status", "--format", "json")
    (server,) = json.loads(out)["servers"]
    assert server["problem"] == ""
    assert server["snapshot"]["kernels"][0]["kernel_id"] == client.kernel_id

    _, out, _ = await asyncio.to_thread(say, "doctor", "--format", "json")
    check = finding(json.loads(out)["checks"], "server")
    assert check["state"] == "ok"
    assert check["finding"].endswith(": All its parts work.")
    await client.shut_down()


def test_a_wrong_token_is_refused_by_the_server_and_said(
    dsinfra: DsinfraApp, jp_serverapp, say: Said, jp_asyncio_loop, tmp_path: Path
) -> None:
    jp_serverapp.write_server_info_file()
    file = Path(jp_serverapp.info_file)
    file.write_text(json.dumps({**json.loads(file.read_text()), "token": "wrong"}))
    status, out, _ = jp_asyncio_loop.run_until_complete(asyncio.to_thread(say, "status"))
    assert status == 1
    assert "token" in out.lower() or "log" in out.lower(), out


def test_doctor_says_what_is_not_installed_and_how_to_mend_it(nowhere: Path) -> None:
    """With a Python of its own, in whose folders there is nothing of ours."""
    code = (
        "import sys, jupyter_core.paths as paths\n"
        "paths.ENV_CONFIG_PATH[:] = []; paths.ENV_JUPYTER_PATH[:] = []\n"
        "paths.SYSTEM_CONFIG_PATH[:] = []; paths.SYSTEM_JUPYTER_PATH[:] = []\n"
        "from dsinfra_jlab.cli import main\n"
        "sys.exit(main(['doctor', '--format', 'json']))\n"
    )

    def doctor() -> tuple[int, dict[str, dict[str, str]]]:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60
        )
        checks = json.loads(done.stdout)["checks"]
        return done.returncode, {check["name"]: check for check in checks}

    status, checks = doctor()
    assert status == 1
    assert checks["server extension"]["state"] == "broken"
    assert "jupyter server extension enable" in checks["server extension"]["finding"]
    assert checks["panels"]["state"] == "broken"
    assert checks["store"]["state"] == "absent"
    assert checks["host"]["state"] == checks["processes"]["state"] == "ok"
    assert checks["servers"]["state"] == "absent"

    enabled = {"ServerApp": {"jpserver_extensions": {"dsinfra_jlab": True}}}
    folder = nowhere / "config" / "jupyter_server_config.d"
    folder.mkdir()
    (folder / "dsinfra_jlab.json").write_text(json.dumps(enabled))
    panels = nowhere / "data" / "labextensions" / "dsinfra-jlab"
    panels.mkdir(parents=True)
    (panels / "package.json").write_text(json.dumps({"version": __version__}))
    status, checks = doctor()
    assert (status, checks["panels"]["state"]) == (0, "ok")

    (panels / "package.json").write_text(json.dumps({"version": "0.0.1"}))
    disabled = {"ServerApp": {"jpserver_extensions": {"dsinfra_jlab": False}}}
    (nowhere / "config" / "jupyter_server_config.json").write_text(json.dumps(disabled))
    status, checks = doctor()
    assert status == 1
    assert "0.0.1" in checks["panels"]["finding"]
    assert "jupyter_server_config.json" in checks["server extension"]["finding"]


def test_a_store_that_is_none_is_broken(nowhere: Path, say: Said) -> None:
    file = nowhere / "no-store.sqlite"
    file.write_text("this is no database" * 100)
    status, out, _ = say("doctor", "--store", f"sqlite:///{file}", "--format", "json")
    assert status == 1
    assert finding(json.loads(out)["checks"], "store")["state"] == "broken"


def test_what_could_not_be_read_is_no_zero_and_texts_of_others_do_nothing() -> None:
    blind = kernel("k1", cpu_ratio=None, rss_bytes=None, process_count=None)
    evil = kernel("k2", rss_bytes=2 * GB, gpu_memory_bytes=GB, notebook_path="a\x1b[31m\n.ipynb")
    card = gpu(20.0, 80.0, power_w=100.0, power_limit_w=400.0, temperature_c=None)
    whole = snapshot(0, host(None, swap_used_bytes=None), (blind, evil), (card,))
    text = snapshot_text(whole, 100)
    assert "\x1b" not in text
    lines = text.splitlines()
    assert lines[1] == "memory  - of 16.0 GB"
    assert "100 of 400 W" in text and "20.0 GB of 80.0 GB (25 %)" in text
    assert lines[-2].split()[0] == "k2"
    assert lines[-1].split() == ["k1", "k1.ipynb", "idle", "-", "-", "-", "-"]
    assert snapshot_text(snapshot(0, None, absent={"host": "It could not."}), None) == (
        "host: nothing could be read\nhost: It could not.\n"
    )
