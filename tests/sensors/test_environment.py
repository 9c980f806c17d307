"""The environment is read from files, and what cannot be read is left out."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from dsinfra_jlab.domain.runs.records import Environment, GitState
from dsinfra_jlab.sensors.environment import read_environment
from dsinfra_jlab.sensors.git import read_git
from dsinfra_jlab.services.environments import id_of as environment_id

COMMIT = "0123456789abcdef0123456789abcdef01234567"
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="not run: git is not installed")


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, with nobody's own configuration."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    identity = ["-c", "user.name=Test", "-c", "user.email=test@localhost"]
    return subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit on a branch ``work/one``."""
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=work/one")
    (root / "a.txt").write_text("one\n")
    git(root, "add", "a.txt")
    git(root, "commit", "--quiet", "--message=first")
    return root


def make_venv(prefix: Path, system_home: Path | None = None) -> Path:
    """Make the folders of a virtual environment and return its interpreter."""
    site = prefix / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True)
    (prefix / "bin").mkdir()
    interpreter = prefix / "bin" / "python"
    interpreter.write_text("#!/bin/sh\n")
    interpreter.chmod(0o755)
    if system_home is not None:
        (prefix / "pyvenv.cfg").write_text(
            f"home = {system_home}\ninclude-system-site-packages = true\nversion = 3.11.2\n"
        )
    return interpreter


def install(interpreter: Path, *folders: str) -> None:
    site = interpreter.parent.parent / "lib" / "python3.11" / "site-packages"
    for folder in folders:
        (site / folder).mkdir()


def packages_of(interpreter: Path) -> dict[str, str]:
    return read_environment([str(interpreter)], "python", "3.11.2", None).packages


def test_the_running_interpreter_has_what_its_own_metadata_says() -> None:
    seen = read_environment([sys.executable, "-m", "ipykernel_launcher"], "python", "3.11.2", None)
    assert seen.python == "3.11.2"
    assert seen.interpreter == os.path.abspath(sys.executable)
    for name in ("pytest", "hypothesis", "tornado"):
        assert seen.packages[name] == importlib.metadata.version(name)


def test_folder_names_give_names_and_versions(tmp_path: Path) -> None:
    interpreter = make_venv(tmp_path / "venv")
    install(
        interpreter,
        "numpy-2.1.0.dist-info",
        "Some_Thing.x-1.0rc1+local.dist-info",
        "old-0.9-py3.11.egg-info",
        "numpy",
        "-broken.dist-info",
    )
    assert packages_of(interpreter) == {
        "numpy": "2.1.0",
        "some-thing-x": "1.0rc1+local",
        "old": "0.9",
    }


def test_a_nameless_folder_is_read_by_its_metadata(tmp_path: Path) -> None:
    interpreter = make_venv(tmp_path / "venv")
    install(interpreter, "thing.egg-info")
    site = interpreter.parent.parent / "lib" / "python3.11" / "site-packages"
    (site / "thing.egg-info" / "PKG-INFO").write_text("Name: Thing\nVersion: 3.1\n\nName: no\n")
    assert packages_of(interpreter) == {"thing": "3.1"}


def test_system_packages_are_seen_from_a_venv_that_sees_them(tmp_path: Path) -> None:
    system = make_venv(tmp_path / "usr")
    install(system, "shared-1.0.dist-info", "both-1.0.dist-info")
    interpreter = make_venv(tmp_path / "venv", system.parent)
    install(interpreter, "both-2.0.dist-info")
    assert packages_of(interpreter) == {"both": "2.0", "shared": "1.0"}
    config = tmp_path / "venv" / "pyvenv.cfg"
    config.write_text(config.read_text().replace("= true", "= false"))
    assert packages_of(interpreter) == {"both": "2.0"}


def test_an_installation_is_noticed(tmp_path: Path) -> None:
    interpreter = make_venv(tmp_path / "venv")
    install(interpreter, "one-1.0.dist-info")
    assert packages_of(interpreter) == {"one": "1.0"}
    time.sleep(0.02)  # the file system's clock ticks every few milliseconds
    install(interpreter, "two-1.0.dist-info")
    assert packages_of(interpreter) == {"one": "1.0", "two": "1.0"}


@pytest.mark.parametrize("argv", [[], [""], ["/nowhere/bin/python"], ["no-such-program"], ["\0"]])
def test_what_cannot_be_read_is_left_out(argv: list[str]) -> None:
    seen = read_environment(argv, "python", "3.12", "/nowhere/at/all")
    assert seen.packages == {}
    assert seen.git is None
    assert seen.interpreter is None
    assert seen.python == "3.12"
    assert seen.platform


def test_other_languages_have_no_python_packages() -> None:
    seen = read_environment([sys.executable, "-m", "bash_kernel"], "bash", "5.2", None)
    assert (seen.python, seen.packages) == (None, {})
    assert (seen.language, seen.language_version) == ("bash", "5.2")


def test_equal_environments_have_equal_ids() -> None:
    one = Environment("3.11", "Linux", {"a": "1", "b": "2"}, GitState(COMMIT, "main", False))
    same = Environment("3.11", "Linux", {"b": "2", "a": "1"}, GitState(COMMIT, "main", False))
    assert environment_id(one) == environment_id(same)
    assert len(environment_id(one)) == 64
    assert environment_id(one) != environment_id(replace(one, git=None))


@needs_git
def test_a_clean_repository_and_a_changed_one(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    assert read_git(repository) == GitState(commit, "work/one", dirty=False)
    (repository / "new.txt").write_text("untracked files do not count\n")
    assert read_git(repository) == GitState(commit, "work/one", dirty=False)
    (repository / "a.txt").write_text("two\n")
    below = repository / "some" / "folder"
    below.mkdir(parents=True)
    assert read_git(below) == GitState(commit, "work/one", dirty=True)


@needs_git
def test_packed_references_and_a_detached_head(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    git(repository, "pack-refs", "--all")
    assert not (repository / ".git" / "refs" / "heads" / "work" / "one").exists()
    assert read_git(repository) == GitState(commit, "work/one", dirty=False)
    git(repository, "checkout", "--quiet", "--detach")
    assert read_git(repository) == GitState(commit, None, dirty=False)


@needs_git
def test_a_linked_work_tree(repository: Path, tmp_path: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    linked = tmp_path / "linked"
    git(repository, "worktree", "add", "--quiet", "-b", "second", str(linked))
    assert (linked / ".git").is_file()
    assert read_git(linked) == GitState(commit, "second", dirty=False)


@needs_git
def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    assert read_git(tmp_path) == GitState(None, "main", dirty=False)


@needs_git
def test_asking_takes_no_lock(repository: Path) -> None:
    index = repository / ".git" / "index"
    (repository / "a.txt").touch()
    before = index.stat().st_mtime_ns
    (repository / ".git" / "index.lock").touch()
    assert read_git(repository) is not None
    assert index.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "head",
    [
        "",
        "ref: refs/heads/../../../etc/passwd",
        "ref: /etc/passwd",
        "not a commit",
        "ref: refs/heads/x",
    ],
)
def test_odd_files_of_git_give_less_and_never_an_exception(tmp_path: Path, head: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text(head)
    state = read_git(tmp_path)
    assert state is not None
    assert state.commit is None
    assert state.dirty is None


def test_without_git_commit_and_branch_are_still_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    heads = tmp_path / ".git" / "refs" / "heads"
    heads.mkdir(parents=True)
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (heads / "main").write_text(COMMIT + "\n")
    assert read_git(tmp_path) == GitState(COMMIT, "main", dirty=None)
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / ".git").write_text("gitdir: /nowhere\n")
    assert read_git(tmp_path / "below") is None


@pytest.mark.parametrize("name", ["python", "python3"])
def test_a_kernel_of_plain_python_has_the_interpreter_of_the_server(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Jupyter starts it so, also where PATH would lead to another one."""
    decoy = tmp_path / name
    decoy.write_text("#!/bin/sh\n")
    decoy.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = read_environment([name, "-m", "ipykernel_launcher"], "python", "3.11.1", None)
    assert found.interpreter == sys.executable
    assert "jupyter-server" in found.packages
