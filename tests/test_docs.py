"""Whatever a user can name stands in the user's documentation."""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import fields
from pathlib import Path

import pytest

from dsinfra_jlab.cli.arguments import parse
from dsinfra_jlab.cli.error_commands import COMMANDS
from dsinfra_jlab.domain import limits
from dsinfra_jlab.domain.compute import limits as compute_limits
from dsinfra_jlab.domain.events import Topic
from dsinfra_jlab.domain.exceptions import ErrorCode
from dsinfra_jlab.domain.settings import Settings, SettingsPatch
from dsinfra_jlab.server.app import DsinfraApp
from dsinfra_jlab.server.configuration import DsinfraOptions
from dsinfra_jlab.server.routes import ROUTES, Route

DOCS = Path(__file__).resolve().parent.parent / "docs"
API = (DOCS / "api.md").read_text(encoding="utf-8")
COMMAND_LINE = (DOCS / "command-line.md").read_text(encoding="utf-8")
COMPUTE = (DOCS / "compute.md").read_text(encoding="utf-8")
CONFIGURATION = (DOCS / "configuration.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_route_is_documented(route: Route) -> None:
    row = next(
        (line for line in API.splitlines() if f"| `{route.verb} {route.path}` |" in line), ""
    )
    assert row, f"docs/api.md has no row for {route.verb} {route.path}"
    assert f"`{route.action}` `{route.resource}`" in row


def test_no_route_is_documented_that_does_not_exist() -> None:
    documented = set(re.findall(r"^\| `([A-Z]+ \S+)` \|", API, re.MULTILINE))
    assert documented == {f"{route.verb} {route.path}" for route in ROUTES}


@pytest.mark.parametrize("route", [r for r in ROUTES if r.query], ids=lambda route: route.name)
def test_every_query_parameter_is_documented(route: Route) -> None:
    assert route.query is not None
    for field in fields(route.query):
        assert f"`{field.name}`" in API


def test_every_error_and_event_is_documented() -> None:
    for code in ErrorCode:
        assert f"`{code.value}`" in API
    for topic in Topic:
        assert f'"type": "{topic.value}"' in API


@pytest.mark.parametrize("field", fields(Settings), ids=lambda field: field.name)
def test_every_setting_can_be_changed_is_documented_and_has_a_trait(field) -> None:
    assert f"| `{field.name}` |" in CONFIGURATION
    assert field.name in {other.name for other in fields(SettingsPatch)}
    assert DsinfraApp.class_traits(config=True)[field.name].default() == getattr(
        Settings(), field.name
    )


@pytest.mark.parametrize("name", sorted(DsinfraOptions.class_own_traits(config=True)))
def test_every_trait_is_documented_and_explains_itself(name: str) -> None:
    assert f"| `DsinfraApp.{name}` |" in CONFIGURATION
    assert len(DsinfraOptions.class_own_traits()[name].help) > 20


def test_every_word_of_the_command_line_is_documented() -> None:
    done = [["errors", verb, "--help"] for verb in COMMANDS]
    done += [["status", "--help"], ["doctor", "--help"]]
    done += [["jobs", "list", "--help"], ["targets", "list", "--help"]]
    for words in done:
        text = io.StringIO()
        with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
            parse(words)
        options = set(re.findall(r"--[a-z-]+", text.getvalue())) - {"--help"}
        assert options
        for option in options:
            assert re.search(rf"`{option}\b", COMMAND_LINE), (words, option)
        if words[0] != "errors":
            assert f"## `jupyter dsinfra {words[0]}`" in COMMAND_LINE
        else:
            assert words[1] == "list" or f"| `errors {words[1]}" in COMMAND_LINE


def test_limits_in_the_text_are_those_of_the_code() -> None:
    for limit in (limits.BODY_MAX_BYTES, limits.PAGE_MAX, limits.PAGE_DEFAULT):
        assert f"{limit:,}" in API
    for limit in (
        limits.OUTPUTS_MAX_BYTES,
        limits.OUTPUTS_MAX_BYTES_LEAST,
        limits.OUTPUTS_MAX_BYTES_MOST,
        limits.RETENTION_MAX_DAYS,
        limits.EXCLUDED_NOTEBOOKS_MAX,
    ):
        assert f"{limit:,}" in CONFIGURATION
    assert limits.UNDO_DAYS == 7 and "seven days" in API
    assert limits.EVENT_INTERVAL_S == 0.25 and "four times a second" in API
    assert compute_limits.TRANSFER_MEASURED_BYTES == 10_000_000 and "10 MB or more" in COMPUTE
    assert compute_limits.TRANSFERS_KEPT == 10 and "last ten transfers" in COMPUTE
    assert limits.EVENT_BURST == 8 and "up to eight times at once" in " ".join(API.split())
