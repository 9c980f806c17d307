"""The Jupyter servers that this user runs on this machine, and what they answer."""

from __future__ import annotations

import json
import os
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
import psutil
from jupyter_core.paths import jupyter_runtime_dir

from ..domain.exceptions import ErrorCode, ErrorReply, Unavailable

__all__ = ["NotYet", "RunningServer", "ask", "running_servers", "tell"]

Value = TypeVar("Value")

ANSWER_S = 5.0
"""The longest that a server is waited for: one that is up answers at once."""

ANSWER_MAX_BYTES = 10_000_000
"""What is longer is no answer of ours: a snapshot of a thousand kernels has half a megabyte."""

_OWN_FILES = "jpserver-*.json"


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server, as it wrote itself down when it started."""

    url: str
    token: str
    root_dir: str
    is_reachable: bool
    """False if it listens on a socket file only."""


class NotYet(Unavailable):
    """A server answered that it cannot say so yet."""


def running_servers() -> list[RunningServer]:
    """Return the servers of this user whose processes are alive, the oldest first."""
    files = sorted(Path(jupyter_runtime_dir()).glob(_OWN_FILES), key=_age)
    return [server for file in files for server in _read(file)]


def ask(server: RunningServer, path: str, kind: type[Value]) -> Value:
    """Return what a server answers to a GET below our own path.

    Raises
    ------
    Unavailable
        It does not answer, refuses, or has not our extension; the message says which.
    """
    return _answer(server, path, kind, None)


def tell(server: RunningServer, path: str, kind: type[Value]) -> Value:
    """Return what a server answers to a POST without a body; raises ``Unavailable``."""
    return _answer(server, path, kind, b"")


def _answer(server: RunningServer, path: str, kind: type[Value], body: bytes | None) -> Value:
    if not server.is_reachable:
        raise Unavailable("It listens on a socket file, which this command cannot ask.")
    # Only http and https come here: `is_reachable` says so.
    request = urllib.request.Request(f"{server.url}dsinfra/api/{path}", body)  # noqa: S310
    if server.token:
        request.add_header("Authorization", f"token {server.token}")
    try:
        with _opener().open(request, timeout=ANSWER_S) as response:
            raw = response.read(ANSWER_MAX_BYTES)
        return msgspec.json.decode(raw, type=kind)
    except urllib.error.HTTPError as error:
        raise _refusal(error) from error
    except msgspec.DecodeError as error:
        raise Unavailable("Its answer is not one of this version of dsinfra-jlab.") from error
    except (OSError, ValueError) as error:
        raise Unavailable("It does not answer.") from error


def _opener() -> urllib.request.OpenerDirector:
    """Return what asks a server on this machine: by no proxy, whatever its certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )


def _refusal(error: urllib.error.HTTPError) -> Unavailable:
    try:
        said = msgspec.json.decode(error.read(ANSWER_MAX_BYTES), type=ErrorReply).error
    except (msgspec.DecodeError, OSError):
        is_missing = error.code == 404
        return Unavailable(
            "It has no dsinfra-jlab extension." if is_missing else f"It answered {error.code}."
        )
    is_soon = said.code is ErrorCode.unavailable
    return NotYet(said.message) if is_soon else Unavailable(said.message)


def _read(file: Path) -> Iterator[RunningServer]:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        pid, url = int(said["pid"]), str(said["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return  # one that is just starting or ending
    if not _is_alive(pid):
        return
    is_reachable = urllib.parse.urlsplit(url).scheme in ("http", "https") and not said.get("sock")
    yield RunningServer(
        url if url.endswith("/") else f"{url}/",
        str(said.get("token") or ""),
        str(said.get("root_dir") or ""),
        is_reachable,
    )


def _is_alive(pid: int) -> bool:
    """Return whether a process runs and is this user's: numbers are given out again."""
    try:
        process = psutil.Process(pid)
        is_own = not hasattr(os, "getuid") or process.uids().real == os.getuid()
        return is_own and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, ValueError, OverflowError):
        return False


def _age(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
