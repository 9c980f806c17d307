"""Errors over HTTP, out of the real store on both databases."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.domain import limits
from dsinfra_jlab.domain.errors.occurrences import Severity
from tests.services.conftest import opened
from tests.services.error_samples import NOW, error, run

from .conftest import Caller, error_of


@pytest.fixture(params=["sqlite", "postgresql"], autouse=True)
def database(request: pytest.FixtureRequest, jp_server_config: dict[str, Any]) -> None:
    """Every test of this file is run on both databases."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        jp_server_config["DsinfraApp"] = {"store_url": url}


@pytest.fixture
def notebook(jp_root_dir: Path) -> str:
    return str(jp_root_dir / "deep" / "train ü.ipynb")


@pytest.fixture
def save(dsinfra, jp_asyncio_loop):
    def saved(*changes: Any) -> None:
        jp_asyncio_loop.run_until_complete(opened(dsinfra.store))
        dsinfra.store.record(changes)
        jp_asyncio_loop.run_until_complete(dsinfra.store.flush())

    return saved


@pytest.fixture
def two_groups(save, notebook) -> None:
    """Two occurrences of one group, the newer one last, and an older one of another."""
    save(
        run("r-0", notebook, at=NOW - timedelta(minutes=2)),
        error("r-0", notebook, "price", at=NOW - timedelta(minutes=2), severity=Severity.critical),
        run("r-1", notebook, at=NOW - timedelta(minutes=1)),
        error("r-1", notebook, at=NOW - timedelta(minutes=1)),
        run("r-2", notebook),
        error("r-2", notebook),
    )


async def test_groups_come_with_the_one_seen_last_first(api: Caller, two_groups) -> None:
    page = await api.get("errors")
    assert [(item["title"], item["count"]) for item in page["items"]] == [
        ("KeyError: 'total'", 2),
        ("KeyError: 'price'", 1),
    ]
    assert page["next_cursor"] is None
    first = page["items"][0]
    assert first["notebooks"] == ["deep/train ü.ipynb"]
    assert first["last_run_id"] == "r-2" and first["last_at"].endswith("Z")
    assert await api.get(f"errors/{first['id']}") == first


async def test_pages_follow_one_another(api: Caller, two_groups) -> None:
    first = await api.get("errors", {"limit": 1})
    second = await api.get("errors", {"limit": 1, "cursor": first["next_cursor"]})
    titles = [item["title"] for page in (first, second) for item in page["items"]]
    assert titles == ["KeyError: 'total'", "KeyError: 'price'"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"q": "price"}, 1),
        ({"state": "new"}, 1),
        ({"state": "resolved"}, 0),
        ({"severity": "critical"}, 1),
        ({"category": "lookup"}, 2),
        ({"category": "memory"}, 0),
        ({"notebook_path": "deep/train ü.ipynb"}, 2),
        ({"notebook_path": "train ü.ipynb"}, 0),
        ({"cell_id": "c-1"}, 2),
        ({"is_open": "true"}, 2),
        ({"is_open": "false"}, 0),
        ({"since": f"{NOW - timedelta(seconds=70):%Y-%m-%dT%H:%M:%SZ}"}, 1),
    ],
)
async def test_every_filter_narrows(api: Caller, two_groups, query, count) -> None:
    assert len((await api.get("errors", query))["items"]) == count


@pytest.mark.parametrize(
    ("path", "query", "named"),
    [
        ("errors", "state=foo", "new, ongoing, escalating, regressed, resolved, ignored"),
        ("errors", "severity=bad", "info, warning, error, critical"),
        ("errors", "category=x", "syntax, name"),
        ("errors", "since=yesterday", "since"),
        ("errors", "limit=0", "from 1 to 500"),
        ("errors", "cursor=nonsense", "cursor"),
        ("errors", "colour=red", "known are q, state"),
        ("errors/trend", "bucket=week", "hour, day"),
        ("errors/export", "format=xml", "otlp, sentry, jsonl, markdown"),
        ("errors/export", "limit=100000", "from 1 to 10000"),
    ],
)
async def test_a_wrong_filter_is_named_with_those_there_are(
    api: Caller, path: str, query: str, named: str
) -> None:
    response = await api.ask("GET", path, query=query)
    assert named in error_of(response, 400, "bad_input")["message"]


async def test_occurrences_come_whole_and_page_by_page(api: Caller, two_groups) -> None:
    group_id = (await api.get("errors"))["items"][0]["id"]
    path = f"errors/{group_id}/occurrences"
    page = await api.get(path)
    assert [item["run_id"] for item in page["items"]] == ["r-2", "r-1"]
    newest = page["items"][0]
    assert newest["notebook_path"] == "deep/train ü.ipynb"
    assert [frame["kind"] for frame in newest["frames"]] == ["cell", "user", "library"]
    assert newest["chain"][0]["relation"] == "context"
    assert newest["advice"][0]["evidence"] == "The columns of df"
    assert set(newest["fingerprints"]) == {"strict", "issue", "family", "version"}
    first = await api.get(path, {"limit": 1})
    second = await api.get(path, {"limit": 1, "cursor": first["next_cursor"]})
    assert first["items"] + second["items"] == page["items"]
    assert second["next_cursor"] is None


async def test_a_run_tells_its_errors(api: Caller, two_groups, save, notebook) -> None:
    (only,) = (await api.get("runs/r-1/errors"))["items"]
    assert only["run_id"] == "r-1" and only["evalue"] == "'total'"
    assert (await api.get("runs/r-1"))["error_ids"] == [only["id"]]


async def test_a_user_decides_and_others_are_told(api: Caller, two_groups) -> None:
    group_id = (await api.get("errors"))["items"][0]["id"]
    line = await api.connect()
    await line.send({"type": "watch", "topics": ["error"], "visible": True})
    body = {"state": "resolved", "note": "fixed upstream", "assignee": "bo"}
    response = await api.ask("PATCH", f"errors/{group_id}", body)
    assert response.code == 200, response.body
    group = json.loads(response.body)
    assert (group["state"], group["note"], group["assignee"]) == (
        "resolved",
        "fixed upstream",
        "bo",
    )
    assert group["resolved_at"] is not None
    event = await line.next_event()
    assert (event["type"], event["group_ids"]) == ("error", [group_id])
    line.close()
    assert (await api.get("errors", {"state": "resolved"}))["items"] == [group]


async def test_new_errors_are_told_with_their_runs(api: Caller, save_soon, notebook) -> None:
    line = await api.connect()
    await line.send({"type": "watch", "topics": ["error"], "visible": True})
    await save_soon(run("r-9", notebook), error("r-9", notebook, "late"))
    event = await line.next_event()
    assert event["run_ids"] == ["r-9"] and event["is_complete"] is True
    (group,) = (await api.get("errors"))["items"]
    assert event["group_ids"] == [group["id"]]
    line.close()


@pytest.fixture
def save_soon(dsinfra):
    async def saved(*changes: Any) -> None:
        dsinfra.store.record(changes)
        await dsinfra.store.flush()

    return saved


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"state": "new"}, "a user may set ongoing, resolved, ignored"),
        ({"state": "regressed"}, "a user may set ongoing, resolved, ignored"),
        ({"state": "done"}, "known are new, ongoing"),
        ({"ignore_until": "forever"}, "together with state ignored"),
        ({"state": "ignored", "ignore_until": "count"}, "ignore_count"),
        ({"state": "ignored", "ignore_until": "count", "ignore_count": 0}, "from 1 to"),
        ({"note": "x" * (limits.NOTE_MAX_CHARS + 1)}, "note must have at most"),
        ({"severity": "fatal"}, "info, warning, error, critical"),
        ({"title": "x"}, "known are state"),
    ],
)
async def test_a_wrong_decision_is_refused_in_words(
    api: Caller, two_groups, body: dict[str, Any], said: str
) -> None:
    group = (await api.get("errors"))["items"][0]
    response = await api.ask("PATCH", f"errors/{group['id']}", body)
    assert said in error_of(response, 400, "bad_input")["message"]
    assert await api.get(f"errors/{group['id']}") == group


async def test_the_history_of_a_group(api: Caller, two_groups) -> None:
    groups = (await api.get("errors"))["items"]
    history = await api.get(f"errors/{groups[0]['id']}/history")
    (share,) = history["notebooks"]
    assert (share["notebook_path"], share["count"]) == ("deep/train ü.ipynb", 2)
    assert [other["id"] for other in history["family"]] == [groups[1]["id"]]
    assert history["failed_run_id"] == "r-2" and history["last_success_run_id"] is None


async def test_the_trend_counts_what_happened(api: Caller, two_groups) -> None:
    trend = await api.get("errors/trend")
    assert trend["bucket_s"] == 3600
    assert sum(trend["categories"]["lookup"]) == 3
    assert sum(trend["new_groups"]) == 2 and trend["state_counts"] == {"new": 1, "ongoing": 1}
    assert len(trend["starts"]) == len(trend["new_groups"])
    days = await api.get("errors/trend", {"bucket": "day"})
    assert days["bucket_s"] == 86400 and sum(days["categories"]["lookup"]) == 3


@pytest.mark.parametrize(
    ("wanted", "media_type", "name"),
    [
        ("otlp", "application/json", "errors.otlp.json"),
        ("sentry", "application/x-sentry-envelope", "errors.envelope"),
        ("jsonl", "application/x-ndjson", "errors.jsonl"),
        ("markdown", "text/markdown; charset=utf-8", "errors.md"),
    ],
)
async def test_an_export_is_a_file_to_keep(
    api: Caller, two_groups, wanted: str, media_type: str, name: str
) -> None:
    response = await api.ask("GET", "errors/export", query={"format": wanted})
    assert response.code == 200, response.body
    assert response.headers["Content-Type"] == media_type
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.body.decode().count("KeyError") >= 3


async def test_an_export_can_be_narrowed(api: Caller, two_groups) -> None:
    async def run_ids(**query: Any) -> list[str]:
        response = await api.ask("GET", "errors/export", query=query)
        return [json.loads(line)["run_id"] for line in response.body.splitlines()]

    group_id = (await api.get("errors"))["items"][1]["id"]
    (only,) = (await api.get("runs/r-1/errors"))["items"]
    assert await run_ids() == ["r-2", "r-1", "r-0"]
    assert await run_ids(limit=1) == ["r-2"]
    assert await run_ids(group_id=group_id) == ["r-0"]
    assert await run_ids(run_id="r-1") == ["r-1"]
    assert await run_ids(error_id=only["id"]) == ["r-1"]
    response = await api.ask("GET", "errors/export", query={"group_id": "no-such"})
    error_of(response, 404, "not_found")


async def test_nothing_recorded_is_nothing_and_no_failure(api: Caller) -> None:
    assert await api.get("errors") == {"items": [], "next_cursor": None}
    assert (await api.get("errors/trend"))["categories"] == {}
    response = await api.ask("GET", "errors/export")
    assert (response.code, response.body) == (200, b"")


async def test_rules_are_settings(api: Caller) -> None:
    rule = {"field": "ename", "pattern": "TimeoutError", "severity": "info"}
    response = await api.ask("PATCH", "settings", {"error_rules": [rule]})
    assert response.code == 200, response.body
    whole = {**rule, "category": None, "is_ignored": False, "group": ""}
    assert (await api.get("settings"))["error_rules"] == [whole]
    for wrong, said in (
        ({**rule, "severity": "bad"}, "known are info, warning, error, critical"),
        ({**rule, "field": "x"}, "known are ename, message"),
        ({"field": "ename"}, "pattern"),
        ({**rule, "field": "message", "pattern": "("}, "not a regular expression"),
    ):
        response = await api.ask("PATCH", "settings", {"error_rules": [wrong]})
        assert said in error_of(response, 400, "bad_input")["message"]
    assert (await api.get("settings"))["error_rules"] == [whole]
