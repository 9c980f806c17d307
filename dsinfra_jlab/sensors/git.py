"""Commit, branch and cleanness of the repository a folder lies in.

Commit and branch are read from git's own files. Only whether anything was changed is
asked of ``git`` itself, with a deadline and without taking its locks.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from ..domain.runs.records import GitState

GIT_TIMEOUT_S = 2.0
"""Longest wait for ``git status``; on a large or remote work tree the answer is not worth more."""

REF_DEPTH_MAX = 5
"""How many symbolic references are followed, as git itself does."""

REFS_MAX_BYTES = 20_000_000
"""Largest ``packed-refs`` that is read: about 250,000 references."""

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")


def read_git(folder: Path) -> GitState | None:
    """Return the state of the repository around ``folder``; ``None`` if there is none."""
    try:
        root = _root(folder)
        git_folder = _git_folder(root / ".git") if root else None
        head = _text(git_folder / "HEAD") if git_folder else None
        if root is None or git_folder is None or head is None:
            return None
        branch, commit = _resolve(git_folder, head)
        return GitState(commit=commit, branch=branch, dirty=_is_dirty(root))
    except (OSError, ValueError, RuntimeError):
        return None


def _root(folder: Path) -> Path | None:
    absolute = Path(os.path.abspath(folder))
    return next((at for at in (absolute, *absolute.parents) if (at / ".git").exists()), None)


def _git_folder(entry: Path) -> Path | None:
    """Return the folder of git's files; in work trees and submodules ``.git`` is a file."""
    if entry.is_dir():
        return entry
    text = _text(entry) or ""
    if not text.startswith("gitdir:"):
        return None
    target = entry.parent / text.removeprefix("gitdir:").strip()
    return target if target.is_dir() else None


def _resolve(git_folder: Path, head: str) -> tuple[str | None, str | None]:
    """Return branch and commit; no branch if a commit is checked out by itself."""
    common_text = _text(git_folder / "commondir")
    common = git_folder / common_text if common_text else git_folder
    if not head.startswith("ref:"):
        return None, head if _COMMIT.match(head) else None
    ref = head.removeprefix("ref:").strip()
    branch = ref.removeprefix("refs/heads/")
    for _ in range(REF_DEPTH_MAX):
        if not ref.startswith("refs/") or ".." in ref.split("/"):
            break
        value = _text(git_folder / ref) or _text(common / ref) or _packed(common, ref)
        if value is None or not value.startswith("ref:"):
            return branch, value if value and _COMMIT.match(value) else None
        ref = value.removeprefix("ref:").strip()
    return branch, None


def _packed(common: Path, ref: str) -> str | None:
    text = _text(common / "packed-refs", REFS_MAX_BYTES) or ""
    match = re.search(rf"^([0-9a-f]{{40,64}}) {re.escape(ref)}$", text, re.M)
    return match[1] if match else None


def _text(path: Path, limit: int = 10_000) -> str | None:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(limit).strip()
    except OSError:
        return None


def _is_dirty(root: Path) -> bool | None:
    """Say whether tracked files differ from the commit; ``None`` if git does not say."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment["GIT_OPTIONAL_LOCKS"] = "0"
    environment["LC_ALL"] = "C"
    argv = ["git", "-c", "core.fsmonitor=false", "-C", str(root), "status", "--porcelain"]
    try:
        answer = subprocess.run(  # noqa: S603
            [*argv, "--untracked-files=no", "--ignore-submodules=all"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=GIT_TIMEOUT_S,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return bool(answer.stdout.strip()) if answer.returncode == 0 else None
