"""A server meets the agent of an earlier version: a real process, with that version's code."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import psutil
import pytest

import dsinfra_jlab
from dsinfra_jlab.compute.agent_older import JOB_FIELDS, is_outdated, what_it_lacks
from dsinfra_jlab.domain.compute.job_spec import JobSpec
from dsinfra_jlab.domain.compute.jobs import JobId
from dsinfra_jlab.domain.exceptions import Unavailable

from .desk import LOCAL, Desk, gone_in

PACKAGE = Path(dsinfra_jlab.__file__).parent

THEN = {
    "domain/compute/job_spec.py": [
        ("    kernel_variables: dict[str, str] = field(default_factory=dict)\n", ""),
    ],
    "compute/agent_server.py": [
        ('            "job_fields": list(JOB_FIELDS),\n', ""),
        ('            "behind": self.jobs.behind_ids,\n', ""),
    ],
    "compute/agent_connection.py": [('    "unwritten": _unwritten,\n', "")],
    "compute/engines/dask_target.py": [('"kernel_variables": {}', "")],
}
"""What the code of the earlier version lacks."""


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """Return a folder with the package as it was; it goes before what is installed."""
    folder = tmp_path / "earlier"
    skipped = shutil.ignore_patterns("__pycache__", "labextension")
    shutil.copytree(PACKAGE, folder / "dsinfra_jlab", ignore=skipped)
    for name, changes in THEN.items():
        path = folder / "dsinfra_jlab" / name
        text = path.read_text("utf-8")
        for now, then in changes:
            assert now in text, f"{name} has no {now!r} any more"
            text = text.replace(now, then)
        path.write_text(text, "utf-8")
    return folder


def is_of_now(hello: object) -> bool:
    """Answer as a server of the earlier version does."""
    return False


async def begun_earlier(desk: Desk, code: str, folder: Path, patched: pytest.MonkeyPatch) -> JobId:
    """Have a server and an agent of the earlier version begin a job."""
    with patched.context() as then:
        then.setenv("PYTHONPATH", str(folder))
        for module in ("agent_start", "agents"):
            then.setattr(f"dsinfra_jlab.compute.{module}.is_outdated", is_of_now)
        job_id = await desk.submit(code)
    assert psutil.Process(desk.agent_pid()).environ()["PYTHONPATH"] == str(folder)
    return job_id


@pytest.mark.slow
async def test_its_jobs_are_followed_what_it_lacks_is_said_and_idle_it_is_replaced(
    desk: Desk, earlier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = desk.base / "go"
    code = f"import os, time\nprint('on', flush=True)\nwhile not os.path.exists({str(go)!r}):\n"
    code += "    time.sleep(0.05)\nprint('over')"
    running = await begun_earlier(desk, code, earlier, monkeypatch)
    pid = desk.agent_pid()
    await desk.printed(running, "on")
    await desk.agents.close()
    newer = Desk(desk.base)
    try:
        assert await newer.agents.reattach(LOCAL) is not None
        assert await newer.agents.is_known("local", running)
        assert await newer.agents.unwritten("local", running) is None
        # What it knows it still does.
        waiting = await newer.submit("print('second')")
        with pytest.raises(Unavailable, match="does not know the variables of the kernelspec"):
            await newer.submit("1", kernel_variables={"A": "b"})
        assert newer.agent_pid() == pid
        go.touch()
        assert (await newer.ended(running))["state"] == "ok"
        assert newer.text(running) == "on\nover\n"
        assert (await newer.ended(waiting))["state"] == "ok"
        # It has nothing to do any more: what needs more finds one that can.
        code = "import os; print(os.environ['A'])"
        after = await newer.submit(code, kernel_variables={"A": "b"})
        assert (await newer.ended(after))["state"] == "ok"
        assert newer.text(after) == "b\n"
        assert newer.agent_pid() != pid
        assert await asyncio.to_thread(gone_in, pid, 60.0)
    finally:
        await newer.agents.close()


def test_what_is_lacking_is_told_by_what_a_job_uses() -> None:
    older = {"version": "0.0.1", "protocol": 1}
    plain = JobSpec("j", "m", "1", mode="session", session_key="k", gpus=1)
    assert what_it_lacks(older, plain) == ""
    assert is_outdated(older)
    more = JobSpec("j", "m", "1", kernel_variables={"A": "b"}, shared="map-1")
    assert what_it_lacks(older, more) == (
        "what the items of a map share and the variables of the kernelspec"
    )
    known = older | {"job_fields": list(JOB_FIELDS)}
    assert what_it_lacks(known, more) == ""
    odd = older | {"job_fields": "none"}
    assert "variables" in what_it_lacks(odd, more)


def test_an_agent_of_this_version_that_lacks_something_is_outdated() -> None:
    """While a version is made its number stays the same."""
    hello = {"version": dsinfra_jlab.__version__, "protocol": 1, "job_fields": list(JOB_FIELDS)}
    assert not is_outdated(hello)
    assert is_outdated(hello | {"job_fields": [each for each in JOB_FIELDS if each != "gpus"]})
    assert is_outdated(hello | {"version": "0.0.1"})
    assert not is_outdated(hello | {"job_fields": [*JOB_FIELDS, "of_later"]})
