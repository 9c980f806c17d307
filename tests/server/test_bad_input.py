"""Whatever is wrong with a request, the answer has one shape and says what to do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dsinfra_jlab.domain import limits

from .conftest import Caller, error_of

LONG = "x" * (limits.NAME_MAX_CHARS + 1)

BAD_QUERIES: list[tuple[str, dict[str, Any] | str, list[str]]] = [
    ("runs", {"status": "foo"}, ["status", "'foo'", "queued", "kernel_died"]),
    ("runs", {"kind": "notebook"}, ["kind", "session", "cell", "block"]),
    ("runs", {"status": ""}, ["status", "queued"]),
    ("runs", {"limit": "0"}, ["limit", "1", "500"]),
    ("runs", {"limit": "501"}, ["limit", "1", "500"]),
    ("runs", {"limit": "-1"}, ["limit", "1", "500"]),
    ("runs", {"limit": "many"}, ["limit", "int"]),
    ("runs", {"limit": "1.5"}, ["limit", "int"]),
    ("runs", {"limit": "9" * 400}, ["limit"]),
    ("runs", {"stauts": "ok"}, ["stauts", "status", "cursor", "limit"]),
    ("runs", "status=ok&status=error", ["status", "once"]),
    ("runs", "q=%ff", ["q", "UTF-8"]),
    ("runs", {"q": "x" * (limits.QUERY_MAX_CHARS + 1)}, ["q", str(limits.QUERY_MAX_CHARS)]),
    ("experiments", {"limit": "0"}, ["limit"]),
    ("experiments", {"status": "ok"}, ["status", "q", "limit", "cursor"]),
    ("health", {"verbose": "1"}, ["verbose"]),
    ("settings", {"name": "x"}, ["name"]),
    ("openapi.json", {"v": "3"}, ["v"]),
    ("runs/some-id", {"full": "1"}, ["full"]),
    ("runs/some-id/outputs", {"limit": "1"}, ["limit"]),
]


@pytest.mark.parametrize(("path", "query", "words"), BAD_QUERIES, ids=str)
async def test_a_wrong_query_names_the_parameter_and_what_is_allowed(
    api: Caller, path: str, query: dict[str, Any] | str, words: list[str]
) -> None:
    error = error_of(await api.ask("GET", path, query=query), 400, "bad_input")
    for word in words:
        assert word in error["message"]
    assert error["details"]["field"]


@pytest.mark.parametrize(
    "query", ["1763841255000", "no_track_activity=1", "_xsrf=x", "no_track_activity=%ff"]
)
async def test_what_jupyter_adds_to_any_url_is_let_pass(api: Caller, query: str) -> None:
    response = await api.ask("GET", "health", query=query)
    assert response.code == 200, response.body


BAD_BODIES: list[tuple[str, Any, list[str]]] = [
    ("settings", "", ["JSON"]),
    ("settings", "{", ["JSON"]),
    ("settings", "{'a': 1}", ["JSON"]),
    ("settings", b'{"is_recording": \xff}', ["JSON"]),
    ("settings", "[" * 100_000, ["JSON"]),
    ("settings", "[]", ["object"]),
    ("settings", "null", ["object"]),
    ("settings", '"text"', ["object"]),
    ("settings", {"is_recrding": True}, ["is_recrding", "is_recording"]),
    ("settings", {"is_recording": "yes"}, ["is_recording", "bool", "str"]),
    ("settings", {"is_recording": 1}, ["is_recording", "bool", "int"]),
    ("settings", {"outputs_max_bytes": 9_999}, ["outputs_max_bytes", "10000", "1000000000"]),
    ("settings", {"outputs_max_bytes": 1_000_000_001}, ["outputs_max_bytes"]),
    ("settings", {"outputs_max_bytes": 1e5 + 0.5}, ["outputs_max_bytes", "int"]),
    ("settings", {"outputs_max_bytes": 10**30}, ["outputs_max_bytes"]),
    ("settings", {"outputs_max_bytes": "20000"}, ["outputs_max_bytes", "int"]),
    ("settings", {"outputs_retention_days": -1}, ["outputs_retention_days", "36500"]),
    ("settings", {"runs_retention_days": 36_501}, ["runs_retention_days", "36500"]),
    ("settings", {"excluded_notebooks": "a.ipynb"}, ["excluded_notebooks", "array"]),
    ("settings", {"excluded_notebooks": ["a", 1]}, ["excluded_notebooks[1]", "str"]),
    ("settings", {"excluded_notebooks": ["x" * 5_000]}, ["excluded_notebooks", "4096"]),
    ("settings", {"excluded_notebooks": ["x"] * 1_001}, ["excluded_notebooks", "1000"]),
    ("experiments/some-id", {}, ["name", "missing"]),
    ("experiments/some-id", {"name": None}, ["name", "str"]),
    ("experiments/some-id", {"name": "  "}, ["name", "empty"]),
    ("experiments/some-id", {"name": LONG}, ["name", "200"]),
    ("runs/some-id", {"name": LONG}, ["name", "200"]),
    ("runs/some-id", {"name": 5}, ["name", "str"]),
    ("runs/some-id", {"note": "x" * 100_001}, ["note", "100000"]),
    ("runs/some-id", {"tags": ["a"]}, ["tags", "object"]),
    ("runs/some-id", {"tags": {"a": 1}}, ["tags", "str"]),
    ("runs/some-id", {"tags": {"": "x"}}, ["tag", "key"]),
    ("runs/some-id", {"tags": {"k" * 101: "x"}}, ["tag", "100"]),
    ("runs/some-id", {"tags": {"k": "v" * 1_001}}, ["tag", "1000"]),
    ("runs/some-id", {"tags": {f"k{n}": "v" for n in range(101)}}, ["tags", "100"]),
    ("runs/some-id", {"is_starred": "true"}, ["is_starred", "bool"]),
    ("runs/some-id", {"status": "ok"}, ["status", "is_starred"]),
    ("runs/some-id", {"<img src=x onerror=alert(1)>": 1}, ["name", "note"]),
]


@pytest.mark.parametrize(("path", "body", "words"), BAD_BODIES, ids=lambda v: str(v)[:40])
async def test_a_wrong_body_names_the_field(
    api: Caller, path: str, body: Any, words: list[str]
) -> None:
    error = error_of(await api.ask("PATCH", path, body), 400, "bad_input")
    for word in words:
        assert word in error["message"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_only_json_is_taken(api: Caller, content_type: str) -> None:
    response = await api.ask("PATCH", "settings", {}, headers={"Content-Type": content_type})
    assert "application/json" in error_of(response, 400, "bad_input")["message"]


async def test_a_charset_may_be_named(api: Caller) -> None:
    content_type = "application/JSON; charset=utf-8"
    response = await api.ask(
        "PATCH", "settings", {"is_recording": 5}, headers={"Content-Type": content_type}
    )
    assert "is_recording" in error_of(response, 400, "bad_input")["message"]


OVERSIZED = json.dumps({"note": "x" * (limits.BODY_MAX_BYTES + 1)})


@pytest.mark.parametrize("path", ["runs/some-id", "settings", "experiments/some-id"])
async def test_an_oversized_body_is_refused(api: Caller, path: str) -> None:
    response = await api.ask("PATCH", path, OVERSIZED)
    error = error_of(response, 413, "too_large")
    assert error["details"] == {"max_bytes": limits.BODY_MAX_BYTES}


async def test_an_oversized_body_in_chunks_is_refused_and_not_kept(api: Caller) -> None:
    kept: list[int] = []
    from dsinfra_jlab.server.base import BaseHandler

    class Spy(bytearray):
        def __iadd__(self, more):  # type: ignore[no-untyped-def,override]
            kept.append(len(self) + len(more))
            return super().__iadd__(more)

    async def produce(write: Any) -> None:
        for _ in range(50):
            await write(b" " * 100_000)

    original = BaseHandler.initialize

    def initialize(self: BaseHandler, services: Any) -> None:
        original(self, services)
        self._body = Spy()

    BaseHandler.initialize = initialize  # type: ignore[method-assign]
    try:
        response = await api.ask(
            "PATCH", "settings", headers={"Content-Type": "application/json"}, body_producer=produce
        )
    finally:
        BaseHandler.initialize = original  # type: ignore[method-assign]
    error_of(response, 413, "too_large")
    assert max(kept) <= limits.BODY_MAX_BYTES


async def test_a_body_of_exactly_the_limit_is_taken(api: Caller) -> None:
    body = '{"is_recording": 5}'.ljust(limits.BODY_MAX_BYTES)
    assert (
        "is_recording"
        in error_of(await api.ask("PATCH", "settings", body), 400, "bad_input")["message"]
    )


async def test_a_connection_lives_on_after_a_refusal(api: Caller) -> None:
    for _ in range(3):
        error_of(await api.ask("PATCH", "settings", OVERSIZED), 413, "too_large")
        assert (await api.ask("GET", "health")).code == 200


async def test_strangers_with_large_bodies_get_their_refusal(stranger: Caller) -> None:
    error_of(await stranger.ask("PATCH", "settings", OVERSIZED), 403, "forbidden")


async def test_a_fault_of_ours_is_a_500_that_says_nothing_secret(api: Caller, dsinfra) -> None:
    def broken() -> Any:
        raise RuntimeError("postgresql://me:hunter2@db/x is broken")

    dsinfra.services.health.ask_kernels(broken)
    response = await api.ask("GET", "health")
    error = error_of(response, 500, "failed")
    assert b"hunter2" not in response.body
    assert "log" in error["message"]


async def test_a_query_parameter_that_is_no_text_is_refused(api: Caller) -> None:
    error_of(await api.ask("GET", "health", query="token=%ff"), 400, "bad_input")


async def test_a_path_that_is_no_text_is_refused(api: Caller) -> None:
    response = await api.client.fetch(
        f"{api.base_url}dsinfra/api/runs/%ff", headers=api.headers, raise_error=False
    )
    error_of(response, 400, "bad_input")
