"""Which files are data of the user's, and what data is called without its passwords."""

from __future__ import annotations

import os
import re
import site
import sys
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

NAME_MAX_CHARS = 2_000
"""Longest name that is sent: a path or URL; longer ones are cut."""

COMMAND_MAX_CHARS = 500
"""Of a command; what follows are its data."""

_OF_PYTHON = ("uname", "ldconfig", "LC_ALL=C /sbin/ldconfig", "lscpu", "gcc -Wl,-t", "ld -t")
"""What the standard library, and the likes of joblib, start to learn about the machine."""

_PORTS = {"http": 80, "https": 443, "ftp": 21, "postgresql": 5432, "mysql": 3306}
_PARTS_OF_PREFIX = (
    "lib",
    "lib64",
    "include",
    "bin",
    "share",
    "etc",
    "Lib",
    "DLLs",
    "Scripts",
    "ssl",
)
_SYSTEM = ("/proc/", "/sys/", "/dev/", "/etc/", "/usr/share/zoneinfo/", "/usr/share/fonts/")
_ENDINGS = (".pyc", ".pyo", ".ttf", ".otf", ".ttc", ".afm", ".pfb", ".nbi", ".nbc", ".netrc")
_OF_JUPYTER = ("history.sqlite", "history.sqlite-journal", "history.sqlite-wal")
_JOURNALS = ("", "-wal", "-journal", ".wal")
_PASSWORD = re.compile(
    r"(?i)([\w-]{0,40}(?:password|passwd|pwd|secret|token|api[_-]?key)[\w-]{0,40})(\s*=\s*|\s+)"
    r"('(?:[^'\\]|\\.)*'|\"[^\"]*\"|[^\s;'\"]+)"
)


def _folders_of_python() -> set[str]:
    found: set[str] = set()
    for prefix in {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}:
        found.update(os.path.join(prefix, part) for part in _PARTS_OF_PREFIX)
    found.add(os.path.dirname(os.__file__))
    try:
        found.update(site.getsitepackages())
        found.add(site.getusersitepackages())
    except AttributeError:  # the site module of an old virtualenv
        pass
    return found


def _folders_of_jupyter() -> set[str]:
    home = os.path.expanduser("~")
    found = {
        os.path.join(home, part)
        for part in (".ipython", ".jupyter", ".local/share/jupyter", "Library/Jupyter")
    }
    found |= {os.path.join(home, part) for part in (".cache/matplotlib", ".config/matplotlib")}
    found |= {os.path.join(home, ".cache/fontconfig")}
    for name in ("IPYTHONDIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR"):
        folder = os.environ.get(name)
        if folder:
            found.add(os.path.expanduser(folder))
    return found


def _left_out() -> tuple[str, ...]:
    """Return the beginnings of paths that are no data of the user's."""
    folders = _folders_of_python() | _folders_of_jupyter()
    if not __file__.startswith("<"):
        folders.add(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    folders = {os.path.abspath(each) for each in folders}
    folders |= {os.path.realpath(each) for each in folders}
    temporary = os.path.join(os.path.realpath(os.environ.get("TMPDIR") or "/tmp"), "ipykernel_")  # noqa: S108
    own = {each.rstrip(os.sep) + os.sep for each in folders if os.path.isdir(each)}
    # Each one costs every opened file some nanoseconds.
    own = {each for each in own if not any(each != o and each.startswith(o) for o in own)}
    return tuple(sorted({*own, *_SYSTEM, "/tmp/ipykernel_", temporary}))  # noqa: S108


LEFT_OUT = _left_out()


def is_left_out(path: str) -> bool:
    """Return whether a file, by its absolute path, is no data of the user's."""
    if path.startswith(LEFT_OUT) or path.endswith(_ENDINGS):
        return True
    return "__pycache__" in path or path.endswith(_OF_JUPYTER)


def absolute(path: str, folder: str) -> str:
    """Return the absolute form of a path that was used in a folder."""
    return os.path.normpath(os.path.join(folder, path))


def is_of_python(command: str) -> bool:
    """Return whether a command is none of the user's."""
    name = command[command.find("/sbin/") + 6 :] if command.startswith("/sbin/") else command
    return any(name == each or name.startswith(each + " ") for each in _OF_PYTHON)


def is_url(text: str) -> bool:
    """Return whether a text is a URL, and not a path of Windows."""
    scheme, separator, _ = text.partition("://")
    return bool(separator) and len(scheme) > 1 and scheme.replace("+", "").isalnum()


def without_query(url: str) -> str:
    """Return a URL up to its query, which may hold megabytes and secrets."""
    return url[: 2 * NAME_MAX_CHARS].partition("?")[0].partition("#")[0]


def clean_url(url: str) -> str:
    """Return a URL without user, password, query and fragment, and without the usual port."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    try:
        port = parts.port
    except ValueError:  # it was no URL of a host
        port = None
    if port is not None and port != _PORTS.get(scheme):
        host = f"{host}:{port}"
    return urlunsplit((scheme, host, parts.path, "", ""))[:NAME_MAX_CHARS]


def host_of(url: str) -> str:
    """Return the host of a URL, and nothing if it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def database_name(scheme: str, host: Any, port: Any, database: Any) -> str:
    """Return what a database on a server is called, whichever library speaks to it."""
    place = str(host or "localhost").lower()
    if place.startswith("/"):  # the folder of a socket
        place = "localhost"
    usual = _PORTS.get(scheme)
    with_port = f"{place}:{port}" if port and str(port) != str(usual) else place
    return f"{scheme}://{with_port}/{database or ''}"[:NAME_MAX_CHARS]


def postgres_name(text: str, options: dict[str, Any]) -> str:
    """Return the name of the database that a connection string of PostgreSQL leads to."""
    found: dict[str, Any] = {}
    if is_url(text):
        parts = urlsplit(text)
        found["host"], found["dbname"] = parts.hostname, unquote(parts.path.lstrip("/"))
        try:
            found["port"] = parts.port
        except ValueError:
            found["port"] = None
    else:
        for key, quoted, plain in re.findall(r"(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S*))", text):
            found[key] = quoted or plain
    found.update({key: value for key, value in options.items() if value is not None})
    host = found.get("host") or found.get("hostaddr") or os.environ.get("PGHOST")
    port = found.get("port") or os.environ.get("PGPORT")
    database = found.get("dbname") or found.get("database") or os.environ.get("PGDATABASE")
    return database_name("postgresql", host, port, database or found.get("user"))


def clean_command(command: str) -> str:
    """Return a command on one line, without what calls itself a password."""
    line = " ".join(command[: 2 * COMMAND_MAX_CHARS].split())
    line = _PASSWORD.sub(_hide, line)
    line = re.sub(r"(://)[^/@\s]+@", r"\1", line)
    return line[:COMMAND_MAX_CHARS]


def _hide(found: re.Match[str]) -> str:
    name, between, _ = found.groups()
    # Without an equals sign only an option is followed by its value.
    return f"{name}{between}***" if "=" in between or name.startswith("-") else found.group()


def database_file(name: str, folder: str) -> str | None:
    """Return the file of an embedded database, ``None`` if it has none."""
    if name.startswith("file:"):  # a URI of SQLite's
        parts = urlsplit(name)
        if parse_qs(parts.query).get("mode") == ["memory"]:
            return None
        name = unquote(parts.path)
    if not name or name.startswith(":memory:"):
        return None
    return absolute(name, folder)


def is_opened_to_read(name: str) -> bool:
    """Return whether the URI of a database of SQLite's forbids to write."""
    options = parse_qs(urlsplit(name).query) if name.startswith("file:") else {}
    return options.get("mode") == ["ro"] or "immutable" in options


def state_of_database(path: str) -> tuple[int, ...]:
    """Return what changes when a database in a file is written."""
    state: list[int] = []
    for ending in _JOURNALS:
        try:
            found = os.stat(path + ending)
        except OSError:
            continue
        state += [len(ending), found.st_size, found.st_mtime_ns]
    return tuple(state)
