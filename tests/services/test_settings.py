"""Settings: saved ones over the server's own, and a copy that is there at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from dsinfra_jlab.domain.clock import SystemClock
from dsinfra_jlab.domain.errors import limits
from dsinfra_jlab.domain.errors.occurrences import Category, Severity
from dsinfra_jlab.domain.errors.rules import ErrorRule, RuleField
from dsinfra_jlab.domain.exceptions import BadInput, Unavailable
from dsinfra_jlab.domain.settings import Settings, SettingsPatch
from dsinfra_jlab.services.absent_store import AbsentStore
from dsinfra_jlab.services.contents_paths import ContentsPaths
from dsinfra_jlab.services.settings import SettingsService
from dsinfra_jlab.store import SqlStore, default_url

from .conftest import opened

DEFAULTS = Settings(is_recording=False, outputs_max_bytes=50_000)


@pytest.fixture
def settings(store: SqlStore, paths: ContentsPaths) -> SettingsService:
    return SettingsService(store, DEFAULTS, paths)


async def test_what_was_never_saved_is_as_the_server_was_started(settings) -> None:
    assert await settings.get() == DEFAULTS
    assert settings.current == DEFAULTS


async def test_saving_what_happens_to_be_the_general_default_counts(settings, store, paths) -> None:
    """A user who turns recording on must not find it off after the next start."""
    await settings.patch(SettingsPatch(is_recording=True, outputs_max_bytes=32_000_000))
    later = SettingsService(store, DEFAULTS, paths)
    assert (await later.get()).is_recording is True
    assert (await later.get()).outputs_max_bytes == 32_000_000


async def test_a_patch_changes_only_what_it_names(settings) -> None:
    changed = await settings.patch(SettingsPatch(runs_retention_days=30))
    assert changed == replace(DEFAULTS, runs_retention_days=30)
    changed = await settings.patch(SettingsPatch(is_recording=True))
    assert (changed.runs_retention_days, changed.is_recording) == (30, True)
    assert settings.current == changed


async def test_settings_outlive_the_store(tmp_path, paths) -> None:
    url = default_url(tmp_path / "store")
    first = SqlStore(url, SystemClock())
    first.open()
    await opened(first)
    await SettingsService(first, DEFAULTS, paths).patch(
        SettingsPatch(excluded_notebooks=["secret/ü.ipynb"])
    )
    await first.close()
    second = SqlStore(url, SystemClock())
    second.open()
    await opened(second)
    assert (await SettingsService(second, Settings(), paths).get()).excluded_notebooks == [
        "secret/ü.ipynb"
    ]
    await second.close()


RULES = [
    ErrorRule(RuleField.ename, "requests.Timeout", severity=Severity.info),
    ErrorRule(RuleField.message, "quota .* ü", Category.database, is_ignored=True, group="quota"),
]


async def test_rules_outlive_the_store(tmp_path, paths) -> None:
    url = default_url(tmp_path / "store")
    first = SqlStore(url, SystemClock())
    first.open()
    await opened(first)
    saved = await SettingsService(first, DEFAULTS, paths).patch(SettingsPatch(error_rules=RULES))
    assert saved.error_rules == RULES
    await first.close()
    second = SqlStore(url, SystemClock())
    second.open()
    await opened(second)
    settings = SettingsService(second, DEFAULTS, paths)
    assert (await settings.get()).error_rules == RULES
    assert (await settings.patch(SettingsPatch(error_rules=[]))).error_rules == []
    await second.close()


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([*RULES, ErrorRule(RuleField.ename, "x" * 501)], "Rule 3: pattern"),
        ([ErrorRule(RuleField.ename, "X", group="g" * 201)], "Rule 1: group"),
        ([ErrorRule(RuleField.ename, "X")] * (limits.RULES_MAX + 1), "at most 100 are possible"),
        ([ErrorRule(RuleField.message, "(unclosed")], r"Rule 1 .*not a regular expression"),
        ([*RULES, ErrorRule(RuleField.ename, "  ")], r"Rule 3 .*the pattern is empty"),
        ([ErrorRule(RuleField.message, "(a+)+$")], r"Rule 1 .*can take for ever"),
    ],
)
async def test_rules_that_cannot_be_used_are_refused_and_named(settings, rules, said) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        await settings.patch(SettingsPatch(error_rules=rules))
    assert refused.value.details["field"] == "error_rules"
    assert settings.current.error_rules == []


async def test_patches_at_the_same_time_all_count(settings) -> None:
    await asyncio.gather(
        settings.patch(SettingsPatch(is_recording=True)),
        settings.patch(SettingsPatch(runs_retention_days=9)),
        settings.patch(SettingsPatch(outputs_retention_days=8)),
        settings.patch(SettingsPatch(excluded_notebooks=["a.ipynb"])),
    )
    found = await settings.get()
    assert found == Settings(
        is_recording=True,
        outputs_max_bytes=50_000,
        runs_retention_days=9,
        outputs_retention_days=8,
        excluded_notebooks=["a.ipynb"],
    )


async def test_excluded_notebooks_are_meant_from_the_root(settings) -> None:
    await settings.patch(SettingsPatch(is_recording=True, excluded_notebooks=["a/secret.ipynb"]))
    assert not settings.is_recorded("/home/ana/work/a/secret.ipynb")
    assert settings.is_recorded("/home/ana/work/secret.ipynb")
    assert settings.is_recorded("a/secret.ipynb")
    await settings.patch(SettingsPatch(is_recording=False))
    assert not settings.is_recorded("/home/ana/work/secret.ipynb")


async def test_listeners_hear_of_changes_and_only_of_those(settings) -> None:
    heard: list[Settings] = []
    settings.listen(heard.append)
    await settings.get()
    await settings.patch(SettingsPatch(is_recording=True))
    await settings.patch(SettingsPatch(is_recording=True))
    await settings.get()
    assert [one.is_recording for one in heard] == [True]


async def test_what_another_server_saved_is_read(settings, store, paths) -> None:
    other = SettingsService(store, Settings(), paths)
    await other.patch(SettingsPatch(is_recording=True))
    assert settings.current.is_recording is False
    await settings.refresh()
    assert settings.current.is_recording is True


@pytest.mark.parametrize(
    "patch",
    [
        SettingsPatch(outputs_max_bytes=9_999),
        SettingsPatch(outputs_max_bytes=1_000_000_001),
        SettingsPatch(outputs_retention_days=-1),
        SettingsPatch(runs_retention_days=36_501),
        SettingsPatch(excluded_notebooks=["x" * 4_097]),
        SettingsPatch(excluded_notebooks=["x"] * 1_001),
    ],
    ids=str,
)
async def test_what_is_out_of_bounds_changes_nothing(settings, patch) -> None:
    with pytest.raises(BadInput):
        await settings.patch(patch)
    assert await settings.get() == DEFAULTS


async def test_without_a_store_the_defaults_hold_and_nothing_is_saved(paths) -> None:
    settings = SettingsService(AbsentStore("", "It is away."), DEFAULTS, paths)
    assert await settings.get() == DEFAULTS
    with pytest.raises(Unavailable):
        await settings.patch(SettingsPatch(is_recording=True))
    assert settings.current == DEFAULTS
