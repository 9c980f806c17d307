"""Where agents live: private, short enough, one folder for each name."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.compute.agent_place import (
    SOCKET_PATH_MAX,
    private_folder,
    read_json,
    socket_path,
    target_folder,
    write_json,
)


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_every_name_has_a_folder_of_its_own_right_below(one: str, other: str) -> None:
    base = Path("/base")
    folder = target_folder(base, one)
    assert folder.parent == base
    assert folder.name not in (".", "..")
    assert len(folder.name.encode()) < 100
    is_same = folder.name.lower() == target_folder(base, other).name.lower()
    assert is_same == (one == other)


def test_names_that_differ_in_capitals_only_have_two_folders() -> None:
    names = {target_folder(Path("/base"), name).name.lower() for name in ("gpu", "GPU", "Gpu")}
    assert len(names) == 3


def test_a_socket_in_a_deep_folder_is_in_a_short_private_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = Path("/tmp") / f"dsinfra-test-{os.getpid()}"
    private_folder(short)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
    deep = tmp_path / ("deep" * 30)
    deep.mkdir()
    path = socket_path(deep)
    assert len(os.fsencode(path)) < SOCKET_PATH_MAX
    assert path == socket_path(deep)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert socket_path(tmp_path / "a") == tmp_path / "a" / "socket"
    path.parent.rmdir()
    short.rmdir()


def test_a_folder_that_others_could_look_into_is_closed(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    private_folder(tmp_path / "open")
    assert stat.S_IMODE((tmp_path / "open").stat().st_mode) == 0o700


def test_a_link_is_no_private_folder(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    with pytest.raises(PermissionError):
        private_folder(tmp_path / "link")


def test_json_is_written_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})
    assert read_json(path) == {"a": 1}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(TypeError):
        write_json(path, {"a": object()})
    assert read_json(path) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_json_object_is_nothing(tmp_path: Path) -> None:
    for text in ("", "[1]", '{"a":'):
        (tmp_path / "a.json").write_text(text)
        assert read_json(tmp_path / "a.json") is None
    assert read_json(tmp_path / "none.json") is None


def test_folders_made_on_the_way_are_private_too(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    private_folder(tmp_path / "data" / "jobs" / "one")
    made = (tmp_path / "data", tmp_path / "data" / "jobs", tmp_path / "data" / "jobs" / "one")
    assert [stat.S_IMODE(each.stat().st_mode) for each in made] == [0o700] * 3
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
