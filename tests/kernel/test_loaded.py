"""What is installed around a kernel, and what of it is loaded."""

from __future__ import annotations

import importlib
import importlib.metadata
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsinfra_jlab.kernel import loaded


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder of the path from which modules are imported."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def install(folder: Path, name: str, version: str, *files: str) -> None:
    """Lay a distribution down as pip does."""
    for each in files:
        (folder / each).parent.mkdir(parents=True, exist_ok=True)
        (folder / each).write_text("")
    place = folder / f"{name}-{version}.dist-info"
    place.mkdir()
    (place / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (place / "RECORD").write_text("".join(f"{each},sha256=x,0\n" for each in files))


def read() -> dict:
    found = loaded.read_environment(None)
    assert found is not None
    return found


def test_it_agrees_with_what_importlib_says_of_this_environment() -> None:
    found = read()
    named: dict[str, str] = {}
    for each in importlib.metadata.distributions():
        named.setdefault(loaded.normalised(each.metadata["Name"]), each.version)
    assert found["packages"] == named
    assert (found["python"], found["interpreter"]) == (platform.python_version(), sys.executable)
    assert {"pytest", "hypothesis"} <= set(found["loaded"]) <= set(named)
    assert platform.system() in found["platform"]


def test_an_environment_that_is_known_is_not_said_again(folder: Path) -> None:
    first = read()
    assert loaded.read_environment(first["hash"]) is None
    install(folder, "Some.Thing", "1.2.3", "some_thing/__init__.py")
    second = loaded.read_environment(first["hash"])
    assert second is not None
    assert second["packages"]["some-thing"] == "1.2.3"
    assert "some-thing" not in second["loaded"]
    importlib.invalidate_caches()
    importlib.import_module("some_thing")
    third = loaded.read_environment(second["hash"])
    assert third is not None
    assert "some-thing" in third["loaded"]


def test_of_a_shared_namespace_only_what_is_loaded_is(folder: Path) -> None:
    install(folder, "space-one", "1", "space/one/__init__.py")
    install(folder, "space-two", "1", "space/two/__init__.py")
    importlib.invalidate_caches()
    importlib.import_module("space.one")
    assert {"space-one", "space-two"} & set(read()["loaded"]) == {"space-one"}


def test_a_name_in_another_form_than_the_folders_is_found(folder: Path) -> None:
    egg = folder / "Old_Egg-0.5-py3.11.egg-info"
    egg.mkdir()
    (egg / "PKG-INFO").write_text("Name: Old_Egg\nVersion: 0.5\n")
    (egg / "top_level.txt").write_text("old_egg\n")
    bare = folder / "bare.egg-info"
    bare.mkdir()
    (bare / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: Bare\nVersion: 7\n\nName: no\n")
    (folder / "flat.egg-info").write_text("Name: flat\nVersion: 3\n")
    (folder / "broken.dist-info").mkdir()
    found = read()["packages"]
    assert (found["old-egg"], found["bare"], found["flat"]) == ("0.5", "7", "3")
    assert "broken" not in found


def test_the_first_on_the_path_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("1", "2"):
        (tmp_path / version).mkdir()
        install(tmp_path / version, "twice", version, "twice.py")
    monkeypatch.setattr(
        sys, "path", [str(tmp_path / "2"), str(tmp_path / "1"), "/absent", *sys.path]
    )
    assert read()["packages"]["twice"] == "2"


def test_the_mark_changes_with_the_modules(folder: Path) -> None:
    before = loaded.module_mark()
    assert loaded.module_mark() == before
    (folder / "marked_module.py").write_text("")
    importlib.invalidate_caches()
    importlib.import_module("marked_module")
    assert loaded.module_mark() != before


def test_nothing_is_imported_by_reading() -> None:
    code = (
        "import sys; from dsinfra_jlab.kernel import loaded; before = set(sys.modules);"
        "loaded.read_environment(None); loaded.module_mark();"
        "print(sorted(n for n in set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "importlib.metadata" not in done.stdout
    known = set(getattr(sys, "stdlib_module_names", ()))
    assert all(name.partition(".")[0] in known for name in eval(done.stdout))


def test_another_thread_goes_on_while_it_is_read() -> None:
    loaded._folders.clear()
    loaded._contents.clear()
    gaps: list[float] = []
    done = threading.Event()

    def work() -> None:
        last = time.perf_counter()
        while not done.is_set():
            now = time.perf_counter()
            gaps.append(now - last)
            last = now

    worker = threading.Thread(target=work)
    worker.start()
    try:
        read()
    finally:
        done.set()
        worker.join()
    gaps.sort()
    # 99.9 of 100 steps are not held up at all; a machine under load may stop any thread.
    assert gaps[int(len(gaps) * 0.999)] < 0.01
