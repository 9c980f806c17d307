"""Makes the expression that puts the probe into a kernel; this part stays on the server.

A server sends it with an ``execute_request`` that is silent, without history and with no code,
as a user expression. So it appears in no history, count or namespace, and what goes wrong comes
back in the reply instead of being shown to the user.
"""

from __future__ import annotations

import ast
import base64
import functools
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .._version import __version__
from .options import Options

EXPRESSION_NAME = "dsinfra"
"""Of the user expression."""

_STAYS_HERE = frozenset(("bundle", "bootstrap"))


_NO_OPTIONS = Options()


class Injection(NamedTuple):
    """What came of putting the probe into a kernel."""

    state: str
    """``loaded``, ``failed`` or ``unsupported``."""
    detail: str


@functools.lru_cache(maxsize=4)
def injection_expression(options: Options = _NO_OPTIONS) -> str:
    """Return one expression whose value, a text of JSON, says what came of it."""
    bootstrap = _text("kernel/bootstrap.py")
    return (
        "(lambda b, n: (b.exec(b.compile("
        f"{bootstrap!r}, '<dsinfra_jlab.kernel.bootstrap>', 'exec'), n), "
        f"n['install']({__version__!r}, {packed_sources()!r}, {options.to_json()!r}))[1])"
        "(__import__('builtins'), {'__name__': 'dsinfra_jlab_bootstrap'})"
    )


def injection_request(options: Options = _NO_OPTIONS) -> dict[str, Any]:
    """Return the content of the request that a kernel is sent."""
    return {
        "code": "",
        "silent": True,
        "store_history": False,
        "user_expressions": {EXPRESSION_NAME: injection_expression(options)},
        "allow_stdin": False,
        "stop_on_error": False,
    }


def options_message(options: Options) -> dict[str, Any]:
    """Return the content of the message, on the control channel, that changes the options."""
    return {"v": 1, "options": options.to_json()}


def read_reply(content: Mapping[str, Any]) -> Injection:
    """Return what a kernel has replied to the request."""
    value = (content.get("user_expressions") or {}).get(EXPRESSION_NAME) or {}
    if value.get("status") != "ok":
        problem = f"{value.get('ename', '')}: {value.get('evalue', '')}".strip(": ")
        return Injection("failed", problem or "the kernel gave no answer")
    try:
        answer = json.loads(ast.literal_eval(value["data"]["text/plain"]))
        return Injection(str(answer["state"]), str(answer["detail"]))
    except (KeyError, TypeError, ValueError, SyntaxError):
        return Injection("failed", "the kernel's answer makes no sense")


@functools.lru_cache(maxsize=1)
def packed_sources() -> str:
    """Return the modules that are sent as short text."""
    return base64.b85encode(zlib.compress(json.dumps(sent_sources()).encode(), 9)).decode()


def sent_sources() -> dict[str, str]:
    """Return the modules that are sent, by name."""
    package = __name__.partition(".")[0]
    sources = {package: _text("__init__.py"), f"{package}._version": _text("_version.py")}
    for path in sorted((_root() / "kernel").glob("*.py")):
        if path.stem not in _STAYS_HERE:
            name = "" if path.stem == "__init__" else f".{path.stem}"
            sources[f"{package}.kernel{name}"] = path.read_text("utf-8")
    return sources


def _root() -> Path:
    return Path(__file__).parent.parent


def _text(name: str) -> str:
    return (_root() / name).read_text("utf-8")
