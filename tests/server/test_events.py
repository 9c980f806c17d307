"""The events websocket: who may open it, what it tells, what it survives."""

from __future__ import annotations

import asyncio
import threading

import pytest
from tornado.httpclient import HTTPClientError

from dsinfra_jlab.domain import limits
from dsinfra_jlab.domain.events import HealthChanged, RunsChanged

from .conftest import Caller, error_of

BOTH = {"type": "watch", "topics": ["run", "health"], "visible": True}


def changed(*run_ids: str) -> RunsChanged:
    return RunsChanged(frozenset(run_ids), frozenset({"e1"}))


@pytest.fixture
def hub(dsinfra):
    return dsinfra.events


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "token wrong"}, {"Cookie": "username-x=2|1:0|10:1|4:u|4:x|abc"}],
    ids=["none", "wrong token", "stale cookie"],
)
async def test_strangers_are_refused_before_the_upgrade(stranger, hub, headers) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await stranger.connect(headers)
    error_of(refused.value.response, 403, "forbidden")
    assert not hub._watchers


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example", "http://localhost"]
)
async def test_pages_of_other_origins_are_refused_before_the_upgrade(log_in, hub, origin) -> None:
    browser = await log_in()
    with pytest.raises(HTTPClientError) as refused:
        await browser.connect({"Origin": origin})
    assert "allow_origin" in error_of(refused.value.response, 403, "forbidden")["message"]
    assert not hub._watchers


async def test_a_page_of_our_own_origin_comes_in_with_its_cookie(log_in, hub) -> None:
    browser = await log_in()
    origin = browser.client.get_url("")
    socket = await browser.connect({"Origin": origin})
    await socket.send(BOTH)
    hub.publish(HealthChanged())
    assert (await socket.next_event())["type"] == "health"
    socket.close()


async def test_a_token_in_the_url_is_enough(stranger, jp_serverapp) -> None:
    token = jp_serverapp.identity_provider.token
    socket = await stranger.connect(query=f"token={token}")
    socket.close()


async def test_a_plain_request_is_told_to_be_a_websocket(api) -> None:
    error = error_of(await api.ask("GET", "events"), 400, "bad_input")
    assert "websocket" in error["message"]


async def test_what_changed_in_another_thread_is_told(api: Caller, hub) -> None:
    socket = await api.connect()
    await socket.send(BOTH)
    threading.Thread(target=hub.publish, args=(changed("r1"),)).start()
    event = await socket.next_event()
    assert event == {
        "type": "run",
        "run_ids": ["r1"],
        "experiment_ids": ["e1"],
        "is_complete": True,
        "seq": event["seq"],
    }
    hub.publish(HealthChanged())
    later = await socket.next_event()
    assert later["type"] == "health"
    assert later["seq"] > event["seq"]
    socket.close()


async def test_nothing_is_told_that_was_not_asked_for(api: Caller, hub) -> None:
    socket = await api.connect()
    hub.publish(changed("before-any-watch"))
    await socket.send({"type": "watch", "topics": ["health"]})
    hub.publish(changed("not-a-topic"))
    assert await socket.hears_nothing()
    hub.publish(HealthChanged())
    assert (await socket.next_event())["type"] == "health"
    socket.close()


async def test_a_burst_becomes_few_events_with_every_id_once(api: Caller, hub) -> None:
    socket = await api.connect()
    await socket.send(BOTH)
    loop = asyncio.get_running_loop()
    began = loop.time()
    sent = {f"r{number}" for number in range(150)}
    for run_id in sorted(sent):
        hub.publish(changed(run_id))
        await asyncio.sleep(0.004)
    events = []
    while {run_id for event in events for run_id in event["run_ids"]} != sent:
        event = await socket.next_event()
        if event["type"] == "run":  # parts of the server may still be starting
            events.append(event)
    most = (loop.time() - began) / limits.EVENT_INTERVAL_S + limits.EVENT_BURST
    assert 1 < len(events) <= most
    assert all(event["is_complete"] for event in events)
    assert sum(len(event["run_ids"]) for event in events) == len(sent)
    assert [event["seq"] for event in events] == sorted({event["seq"] for event in events})
    socket.close()


async def test_too_many_ids_are_cut_and_said_to_be(api: Caller, hub) -> None:
    socket = await api.connect()
    await socket.send(BOTH)
    hub.publish(changed(*(f"r{number}" for number in range(limits.EVENT_IDS_MAX + 1))))
    event = await socket.next_event()
    assert len(event["run_ids"]) == limits.EVENT_IDS_MAX
    assert event["is_complete"] is False
    hub.publish(changed("r1"))
    assert (await socket.next_event())["is_complete"] is True
    socket.close()


async def test_who_does_not_look_is_told_once_on_coming_back(api: Caller, hub) -> None:
    socket = await api.connect()
    await socket.send({**BOTH, "visible": False})
    for run_id in ("r1", "r2", "r3"):
        hub.publish(changed(run_id))
    assert await socket.hears_nothing()
    await socket.send(BOTH)
    event = await socket.next_event()
    assert event["type"] == "run"
    assert event["run_ids"] == []
    assert event["is_complete"] is False
    assert await socket.hears_nothing()
    socket.close()


async def test_who_missed_nothing_is_told_nothing_on_coming_back(api: Caller, hub) -> None:
    socket = await api.connect()
    await socket.send({**BOTH, "visible": False})
    await socket.send(BOTH)
    assert await socket.hears_nothing()
    hub.publish(changed("r1"))
    assert (await socket.next_event())["is_complete"] is True
    socket.close()


MALFORMED = [
    "",
    "{",
    "null",
    "[]",
    "42",
    '"watch"',
    "{}",
    '{"type": "listen"}',
    '{"type": "watch", "topics": "run"}',
    '{"type": "watch", "topics": ["jobs?"]}',
    '{"type": "watch", "visible": "yes"}',
    '{"type": "watch", "colour": "red"}',
    '{"type": "watch", "topics": [' + '"run",' * 5_000 + '"run"]}',
    "[" * 9_000,
    b"\xff\xfe",
    b'{"type": "\xff"}',
]


async def test_malformed_messages_are_counted_and_change_nothing(api: Caller, hub) -> None:
    socket = await api.connect()
    await socket.send(BOTH)
    for message in MALFORMED:
        await socket.send(message)
    assert hub.malformed_count == len(MALFORMED)
    hub.publish(changed("r1"))
    assert (await socket.next_event())["run_ids"] == ["r1"]
    socket.close()


async def test_a_closed_client_is_forgotten(api: Caller, hub) -> None:
    socket = await api.connect()
    await socket.send(BOTH)
    assert len(hub._watchers) == 1
    socket.close()
    await asyncio.sleep(0.1)
    assert not hub._watchers
    hub.publish(changed("r1"))


async def test_a_state_of_a_part_is_news(api: Caller, dsinfra) -> None:
    from dsinfra_jlab.domain.health import ServiceHealth, ServiceState

    socket = await api.connect()
    await socket.send(BOTH)
    dsinfra.supervisor.note("events", ServiceHealth(ServiceState.degraded, "A test says so."))
    assert (await socket.next_event())["type"] == "health"
    health = await api.get("health")
    assert health["services"]["events"] == {"state": "degraded", "detail": "A test says so."}
    assert "Events: A test says so." in health["reasons"]
    socket.close()
