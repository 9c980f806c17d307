"""Every route, every verb, every kind of caller."""

from __future__ import annotations

import re

import pytest
from jupyter_server.auth import Authorizer
from jupyter_server.serverapp import ServerApp
from tornado.httpclient import HTTPClientError

from dsinfra_jlab.server.routes import BASE, ROUTES, Route

from .conftest import Caller, error_of

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "LINK")
PATHS = sorted({route.path for route in ROUTES})
DECLARED = {(route.verb, route.path): route for route in ROUTES}
HTTP_ROUTES = [route for route in ROUTES if route.verb != "WS"]
BODIES = {
    "get_run": None,
    "patch_experiment": {"name": "x"},
    "add_target": {"name": "x", "engine": "no-such-engine"},
    "scale_target": {"workers": 1},
    "submit_job": {"target": "no-such-target", "code": "1"},
}
QUERIES = {
    "compare_runs": "id=no-such-id&id=nor-this",
    "get_notebook_size": "notebook_path=no-such.ipynb",
}


def filled(path: str) -> str:
    """Return a path with something that does not exist in its varying parts."""
    return re.sub(r"{\w+}", "no-such-id", path)


def body_of(route: Route) -> object:
    return None if route.body is None else BODIES.get(route.name, {})


class DenyAll(Authorizer):
    """Permits nothing."""

    def is_authorized(self, handler, user, action, resource):
        return False


class Recorder(Authorizer):
    """Permits everything and remembers what it was asked."""

    asked: list[tuple[str, str]]

    def is_authorized(self, handler, user, action, resource):
        self.asked.append((action, resource))
        return True


@pytest.fixture
def recorder(jp_serverapp: ServerApp) -> Recorder:
    found = Recorder(parent=jp_serverapp, identity_provider=jp_serverapp.identity_provider)
    found.asked = []
    jp_serverapp.web_app.settings["authorizer"] = found
    return found


@pytest.fixture
def deny_all(jp_serverapp: ServerApp) -> None:
    jp_serverapp.web_app.settings["authorizer"] = DenyAll(
        parent=jp_serverapp, identity_provider=jp_serverapp.identity_provider
    )


async def assert_all_refused(caller: Caller, status: int, code: str) -> None:
    """Every path with every verb, declared or not, gives this error and does nothing."""
    for path in [*PATHS, "no/such/path", ""]:
        for verb in VERBS:
            if verb == "LINK":
                continue
            response = await caller.ask(verb, filled(path))
            if verb in ("HEAD",):
                assert response.code == status
                continue
            if verb == "TRACE":
                error_of(response, 405, "method_not_allowed")
                continue
            error_of(response, status, code)


async def test_nobody_without_credentials_comes_in(stranger: Caller) -> None:
    await assert_all_refused(stranger, 403, "forbidden")


async def test_nobody_with_a_wrong_token_comes_in(stranger: Caller) -> None:
    await assert_all_refused(stranger.as_(Authorization="token wrong"), 403, "forbidden")


async def test_nobody_with_a_stale_cookie_comes_in(stranger: Caller) -> None:
    await assert_all_refused(
        stranger.as_(Cookie="username-x=2|1:0|10:1|4:u|4:x|abc"), 403, "forbidden"
    )


def test_nobody_comes_in_where_the_server_itself_would_let_them(
    jp_server_config, request, jp_asyncio_loop
) -> None:
    """By default Jupyter Server leaves it to each handler to ask who calls."""
    jp_server_config["ServerApp"]["allow_unauthenticated_access"] = True
    stranger: Caller = request.getfixturevalue("stranger")
    jp_asyncio_loop.run_until_complete(assert_all_refused(stranger, 403, "forbidden"))


def test_a_server_without_login_still_refuses_pages_of_other_origins(
    jp_server_config, request, jp_asyncio_loop
) -> None:
    jp_server_config["IdentityProvider"] = {"token": ""}
    jp_server_config["ServerApp"].update(token="", password="")
    stranger: Caller = request.getfixturevalue("stranger")
    evil = {"Origin": "https://evil.example"}

    async def knock() -> None:
        assert (await stranger.ask("GET", "health")).code == 200
        for route in HTTP_ROUTES:
            path, body = filled(route.path), body_of(route)
            error_of(await stranger.ask(route.verb, path, body, headers=evil), 403, "forbidden")
        with pytest.raises(HTTPClientError) as refused:
            await stranger.connect(evil)
        error_of(refused.value.response, 403, "forbidden")

    jp_asyncio_loop.run_until_complete(knock())


@pytest.mark.parametrize("route", HTTP_ROUTES, ids=lambda route: route.name)
async def test_a_token_is_enough(api: Caller, route: Route) -> None:
    query = QUERIES.get(route.name)
    response = await api.ask(route.verb, filled(route.path), body_of(route), query=query)
    assert response.code in {200, 204, 404, 503}, response.body


@pytest.mark.parametrize("route", HTTP_ROUTES, ids=lambda route: route.name)
async def test_the_authorizer_is_asked_what_the_table_says(
    api: Caller, recorder: Recorder, route: Route
) -> None:
    await api.ask(route.verb, filled(route.path), body_of(route))
    assert recorder.asked == [(route.action, route.resource)]


async def test_the_authorizer_is_asked_before_a_websocket_opens(
    api: Caller, recorder: Recorder
) -> None:
    socket = await api.connect()
    socket.close()
    assert recorder.asked == [("read", "dsinfra:events")]


@pytest.mark.parametrize("route", HTTP_ROUTES, ids=lambda route: route.name)
async def test_what_the_authorizer_denies_is_refused(
    api: Caller, deny_all: None, route: Route
) -> None:
    response = await api.ask(route.verb, filled(route.path), body_of(route))
    error = error_of(response, 403, "forbidden")
    assert route.resource in error["message"]


async def test_a_denied_websocket_is_refused(api: Caller, deny_all: None) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await api.connect()
    assert "dsinfra:events" in error_of(refused.value.response, 403, "forbidden")["message"]


@pytest.mark.parametrize("path", PATHS)
async def test_undeclared_verbs_are_not_allowed(api: Caller, path: str) -> None:
    for verb in VERBS:
        is_declared = (verb, path) in DECLARED or (("WS", path) in DECLARED and verb == "GET")
        if is_declared:
            continue
        response = await api.ask(verb, filled(path))
        assert response.code == 405, (verb, path)
        if verb != "HEAD":
            error = error_of(response, 405, "method_not_allowed")
            assert verb in error["message"]
        allowed = response.headers["Allow"].split(", ")
        assert {v for v, p in DECLARED if p == path} - {"WS"} <= set(allowed)
        assert verb not in allowed


async def test_unknown_paths_are_not_found(api: Caller) -> None:
    for path in ("", "nothing", "runs/a/b", "runs/a/outputs/x", "healthy", "runs/"):
        for verb in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            url = f"{api.base_url}{BASE}/{path}"
            response = await api.client.fetch(
                url,
                method=verb,
                headers=api.headers,
                raise_error=False,
                allow_nonstandard_methods=True,
            )
            assert "openapi.json" in error_of(response, 404, "not_found")["message"]


MUTATING = [route for route in HTTP_ROUTES if route.action != "read"]


@pytest.mark.parametrize("route", MUTATING, ids=lambda route: route.name)
async def test_a_cookie_without_xsrf_changes_nothing(log_in, route: Route) -> None:
    browser = await log_in()
    assert (await browser.ask("GET", "health")).code == 200
    response = await browser.ask(route.verb, filled(route.path), body_of(route))
    assert "X-XSRFToken" in error_of(response, 403, "forbidden")["message"]


@pytest.mark.parametrize("route", MUTATING, ids=lambda route: route.name)
async def test_a_cookie_with_xsrf_may_change(log_in, route: Route) -> None:
    browser = await log_in()
    xsrf = re.search(r"_xsrf=([^;]+)", browser.headers["Cookie"])[1]
    response = await browser.ask(
        route.verb, filled(route.path), body_of(route), headers={"X-XSRFToken": xsrf}
    )
    assert response.code in {200, 204, 404, 503}, response.body


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"]
)
async def test_pages_of_other_origins_are_refused(log_in, origin: str) -> None:
    browser = await log_in()
    for route in HTTP_ROUTES:
        response = await browser.ask(
            route.verb, filled(route.path), body_of(route), headers={"Origin": origin}
        )
        assert "allow_origin" in error_of(response, 403, "forbidden")["message"]


async def test_a_foreign_host_name_is_refused(api: Caller) -> None:
    response = await api.ask("GET", "health", headers={"Host": "rebound.example"})
    assert "host name" in error_of(response, 403, "forbidden")["message"]


def test_no_get_changes_anything() -> None:
    for route in HTTP_ROUTES:
        assert (route.verb == "GET") == (route.action == "read" and route.body is None)
