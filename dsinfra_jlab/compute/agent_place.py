"""Where the agent of a target lives: names of files, the socket, and the words of its protocol.

The agent listens on a Unix socket for lines of JSON. A request is ``{"id", "do", …}`` and is
answered by ``{"id", "ok": {…}}`` or ``{"id", "error": {"code", "message"}}``; ``hello`` has to be
the first, with the token of ``agent.json``. After it the agent also says, without being asked,
``{"grown": job_id, "seq": n}`` and ``{"status": "changed"}``; the first has ``is_behind`` if there
is more of the job which cannot be written into its log, and ``unwritten`` tells why.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import tempfile
from pathlib import Path
from typing import Any

PROTOCOL = 1
"""Version of the protocol. An agent says its own in ``hello`` and is spoken to in that."""

LINE_MAX_BYTES = 16_000_000
"""Longest line of the protocol; the packages of a target's workers take 20 kB."""

SOCKET_PATH_MAX = 100
"""Longest path of a socket, in bytes; the kernel's limit is 104 to 108."""

TARGET_FILE = "target.json"
"""Name, engine and options of the target, written before the agent starts."""

AGENT_FILE = "agent.json"
"""``pid``, ``protocol``, ``version``, ``socket`` and ``token`` of the agent that listens."""

LOCK_FILE = "lock"
"""Locked by the agent as long as it lives."""

LOG_FILE = "agent.log"
"""What the agent and the processes of its engine print."""

OPEN_FOLDER = "open"
"""One file per job that has not ended, with the job's folder in it."""


def target_folder(base: Path, name: str) -> Path:
    """Return the folder of a target's agent below a base folder."""
    # Capital letters are no difference on every disk.
    if re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,59}", name):
        return base / name
    plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:30]
    return base / f"={plain}-{hashlib.blake2b(name.encode(), digest_size=6).hexdigest()}"


def socket_path(folder: Path) -> Path:
    """Return where the agent of a folder listens: in it, or in a short private folder.

    Raises
    ------
    OSError
        The short folder belongs to somebody else.
    """
    path = folder / "socket"
    if len(os.fsencode(path)) < SOCKET_PATH_MAX:
        return path
    short = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    if len(os.fsencode(short)) > SOCKET_PATH_MAX - 50:
        short = Path("/tmp")  # noqa: S108 - the folder made below it is private
    name = hashlib.blake2b(os.fsencode(folder.resolve()), digest_size=8).hexdigest()
    return private_folder(short / f"dsinfra-{os.getuid()}") / name


def private_folder(path: Path) -> Path:
    """Make a folder that nobody else can look into, if it is not there, and return it.

    Raises
    ------
    OSError
        It cannot be made, or is not ours alone.
    """
    missing = [each for each in path.parents if not each.exists()]
    for folder in (*reversed(missing), path):  # ``parents=True`` would let others look into them
        folder.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise PermissionError(f"{path} is not a folder of this user")
    if found.st_mode & 0o077:
        path.chmod(0o700)
    return path


def write_json(path: Path, value: Any) -> None:
    """Write a private file so that readers see all of it or what was there before."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(file, "w", encoding="utf-8") as text:
            json.dump(value, text)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict[str, Any] | None:
    """Return what is in a file, ``None`` if it is not there or no object."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
