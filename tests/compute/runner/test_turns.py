"""How often a job asks its kernel: each turn of a kernel is milliseconds of a short cell."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dsinfra_jlab.compute import runner
from dsinfra_jlab.compute.runner import places
from dsinfra_jlab.compute.runner.far_kernel import FarKernel, probe_key
from dsinfra_jlab.kernel import bundle

from .driving import Ran, run

Turn = tuple[str, list[str]]
"""The kind of a request, and the names of its expressions."""


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> list[Turn]:
    found: list[Turn] = []
    send = FarKernel.send

    def counting(
        self: FarKernel, channel: str, type_: str, content: dict[str, Any], **more: Any
    ) -> dict[str, Any]:
        found.append((type_, sorted(content.get("user_expressions") or {})))
        return send(self, channel, type_, content, **more)

    monkeypatch.setattr(FarKernel, "send", counting)
    return found


@pytest.fixture
def key() -> Iterator[str]:
    name = uuid.uuid4().hex
    yield name
    runner.end_sessions(name)


def in_session(folder: Path, code: str, key: str) -> Ran:
    folder.mkdir()
    (folder / "probe.json").write_text(json.dumps(bundle.remote_prelude()))
    return run(code, {"folder": str(folder)}, mode="session", session_key=key, returns=None)


def test_a_cell_in_a_warm_session_takes_three_turns_with_nothing_it_does_not_need(
    tmp_path: Path, key: str, turns: list[Turn]
) -> None:
    assert in_session(tmp_path / "1", "a = 1", key).state == "ok"
    turns.clear()
    ran = in_session(tmp_path / "2", "a += 1", key)
    assert [each["name"] for each in ran.ended["names"]] == ["a"]
    executed = [names for kind, names in turns if kind == "execute_request"]
    assert executed == [["setup", "take_in"], [], ["send_back"]]
    assert [kind for kind, _ in turns if kind != "execute_request"] == ["kernel_info_request"]


def test_the_probe_is_told_apart_by_what_it_is() -> None:
    first, same = {"user_expressions": {"a": "1"}}, {"user_expressions": {"a": "1"}}
    other = {"user_expressions": {"a": "2"}}
    keys = [probe_key(each) for each in (first, first, same, other, first)]
    assert keys[0] == keys[1] == keys[2] == keys[4] != keys[3]


def test_a_probe_that_has_changed_is_read_anew(tmp_path: Path) -> None:
    place = places.Place({"folder": str(tmp_path)}, str(tmp_path))
    assert place.probe() is None
    found = []
    for text in ('{"code": "1"}', '{"code": "2"}', '{"code": "1"}', "[]"):
        (tmp_path / "probe.json").write_text(text)
        found.append(place.probe())
    assert found == [{"code": "1"}, {"code": "2"}, {"code": "1"}, None]
