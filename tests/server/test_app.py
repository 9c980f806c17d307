"""The extension as a whole: it starts and stops with the server and never stands in its way."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.serverapp import ServerApp
from traitlets import TraitError

import dsinfra_jlab
from dsinfra_jlab.domain.errors.occurrences import Severity
from dsinfra_jlab.domain.errors.rules import ErrorRule, RuleField
from dsinfra_jlab.domain.health import ServiceState
from dsinfra_jlab.server.app import DsinfraApp

from .conftest import Caller, error_of
from .kernels import Fetch, KernelClient, runs_of


@pytest.fixture
def config(jp_server_config: dict[str, Any]) -> dict[str, Any]:
    return jp_server_config.setdefault("DsinfraApp", {})


async def test_health_gives_both_versions_and_every_part(api) -> None:
    end = time.monotonic() + 60
    # Those that found the store still opening try again by themselves.
    health = await api.get("health")
    while health["status"] != "ok" and time.monotonic() < end:
        health = await api.get("health")
    assert health["version"] == dsinfra_jlab.__version__
    assert health["schema_version"]
    assert health["status"] == "ok", health["reasons"]
    assert list(health["services"])[:3] == ["store", "events", "housekeeping"]
    assert {part["state"] for part in health["services"].values()} == {"running"}
    assert health["store"]["url"].startswith("sqlite:///")


async def test_it_works_below_a_base_url_and_with_a_token_only(api, jp_base_url) -> None:
    assert jp_base_url != "/"
    assert api.url("health").endswith("/a%40b/dsinfra/api/health")
    assert (await api.ask("GET", "health")).code == 200


def test_the_database_is_in_the_data_folder_and_only_its_owners(dsinfra, jp_data_dir) -> None:
    (database,) = Path(jp_data_dir).glob("dsinfra/*.sqlite")
    assert database.stat().st_mode & 0o077 == 0
    assert database.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("score", [-1, 1001])
def test_a_score_that_the_system_does_not_know_is_refused(score: int) -> None:
    with pytest.raises(TraitError):
        DsinfraApp(kernel_oom_score=score)


def test_kernels_are_given_the_configured_score(config, request) -> None:
    config["kernel_oom_score"] = 400
    assert request.getfixturevalue("dsinfra").kernels.monitor._oom_score == 400


@pytest.mark.parametrize("is_wanted", [False, True])
def test_kernels_are_told_whether_to_set_their_marks_back(config, request, is_wanted) -> None:
    config["is_resetting_memory_marks"] = is_wanted
    dsinfra = request.getfixturevalue("dsinfra")
    assert dsinfra.kernels.options().is_resetting_marks is is_wanted


def test_the_environment_names_the_store(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("DSINFRA_STORE_URL", f"sqlite:///{tmp_path}/x.sqlite")
    assert DsinfraApp().store_url == f"sqlite:///{tmp_path}/x.sqlite"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"field": "ename"}, "pattern"),
        ({"field": "colour", "pattern": "x"}, "known are ename, message"),
        ({"field": "message", "pattern": "("}, "Rule 1.*not a regular expression"),
        ({"field": "ename", "pattern": "X", "severity": "fatal"}, "known are info, warning"),
    ],
)
def test_wrong_rules_in_the_configuration_are_named(rule: dict[str, str], said: str) -> None:
    with pytest.raises(TraitError, match=f"DsinfraApp.error_rules: .*{said}"):
        DsinfraApp(error_rules=[rule])


def test_rules_in_the_configuration_are_settings() -> None:
    rule = {"field": "ename", "pattern": "TimeoutError", "severity": "info", "group": "slow"}
    settings = DsinfraApp(error_rules=[rule]).settings_at_start()
    expected = ErrorRule(RuleField.ename, "TimeoutError", severity=Severity.info, group="slow")
    assert settings.error_rules == [expected]


def test_traits_are_the_settings_until_a_user_decides(config, request, jp_asyncio_loop) -> None:
    config.update(is_recording=False, runs_retention_days=12, excluded_notebooks=["x.ipynb"])
    api: Caller = request.getfixturevalue("api")

    async def decide() -> None:
        settings = await api.get("settings")
        assert (settings["is_recording"], settings["runs_retention_days"]) == (False, 12)
        assert settings["excluded_notebooks"] == ["x.ipynb"]
        response = await api.ask("PATCH", "settings", {"is_recording": True})
        assert response.code == 200, response.body
        settings = await api.get("settings")
        assert (settings["is_recording"], settings["runs_retention_days"]) == (True, 12)

    jp_asyncio_loop.run_until_complete(decide())


BAD_URLS = [
    "mysql://me:hunter2@db/x",
    "no url at all",
    "sqlite://",
    "postgresql://me:hunter2@127.0.0.1:1/x",
    "sqlite:////proc/no/such/folder/x.sqlite",
]


@pytest.mark.parametrize("url", BAD_URLS)
def test_a_store_that_cannot_be_opened_stops_nothing(config, url, request, jp_asyncio_loop) -> None:
    config["store_url"] = url
    began = time.monotonic()
    app: DsinfraApp = request.getfixturevalue("dsinfra")
    api: Caller = request.getfixturevalue("api")
    assert time.monotonic() - began < 15

    async def look() -> None:
        health = await api.get("health")
        assert health["status"] == "degraded"
        assert health["reasons"] and health["store"]["detail"]
        assert "hunter2" not in str(health)
        assert health["services"]["kernels"]["state"] == "running", health["services"]
        error = error_of(await api.ask("GET", "runs"), 503, "unavailable")
        assert "hunter2" not in str(error)
        assert (await api.get("settings"))["is_recording"] is True
        error_of(await api.ask("PATCH", "settings", {"is_recording": False}), 503, "unavailable")
        assert (
            await api.client.fetch(f"{api.base_url}api/status", headers=api.headers)
        ).code == 200

    jp_asyncio_loop.run_until_complete(look())
    assert app.supervisor.health()["events"].state is ServiceState.running


def test_a_part_that_breaks_at_the_start_stops_nothing(
    jp_serverapp: ServerApp, jp_asyncio_loop, http_server_client, jp_base_url, jp_auth_header
) -> None:
    class Broken:
        async def start(self) -> None:
            raise RuntimeError("hunter2")

        async def stop(self) -> None:
            raise RuntimeError("hunter2")

    (app,) = jp_serverapp.extension_manager.extension_apps["dsinfra_jlab"]
    app.supervisor.add("broken", Broken())
    jp_asyncio_loop.run_until_complete(jp_serverapp.extension_manager.start_all_extensions())
    api = Caller(http_server_client, jp_base_url, jp_auth_header)
    health = jp_asyncio_loop.run_until_complete(api.get("health"))
    assert health["services"]["broken"]["state"] == "failed"
    assert health["services"]["kernels"]["state"] == "running"
    assert "hunter2" not in str(health)


def test_requests_before_the_start_are_answered(
    jp_serverapp, jp_asyncio_loop, http_server_client, jp_base_url, jp_auth_header
) -> None:
    api = Caller(http_server_client, jp_base_url, jp_auth_header)

    async def look() -> None:
        assert (await api.get("health"))["services"]["store"]["state"] == "stopped"
        error_of(await api.ask("GET", "runs"), 503, "unavailable")
        assert (await api.get("settings"))["is_recording"] is True

    jp_asyncio_loop.run_until_complete(look())


def test_nothing_of_ours_runs_after_the_stop(dsinfra: DsinfraApp, jp_asyncio_loop) -> None:
    ours = [thread for thread in threading.enumerate() if thread.name.startswith("dsinfra")]
    assert ours
    jp_asyncio_loop.run_until_complete(dsinfra.stop_extension())
    assert {part.state for part in dsinfra.supervisor.health().values()} == {ServiceState.stopped}
    for thread in ours:
        thread.join(5)
    assert [thread.name for thread in ours if thread.is_alive()] == []


@pytest.fixture
def hub_token(monkeypatch: pytest.MonkeyPatch) -> str:
    token = "33ce51fd34ab4baa8bafe563f269892c"
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", token)
    return token


async def test_the_token_that_a_hub_gave_the_server_is_not_stored(
    hub_token: str, dsinfra: DsinfraApp, jp_fetch: Fetch, jp_ws_fetch: Fetch
) -> None:
    client = await KernelClient.start(jp_fetch, jp_ws_fetch)
    await client.run("import os; print(os.environ['JUPYTERHUB_API_TOKEN'])")
    (run,) = await runs_of(dsinfra)
    outputs = json.dumps((await dsinfra.store.outputs(run.id)).items)
    assert "redacted:known" in outputs
    assert hub_token not in outputs
