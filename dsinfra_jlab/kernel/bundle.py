"""Makes the expression that puts the probe into a kernel; this part stays on the server.

A server sends it with an ``execute_request`` that is silent, without history and with no code,
as a user expression. So it appears in no history, count or namespace, and what goes wrong comes
back in the reply instead of being shown to the user.
"""

from __future__ import annotations

import ast
import base64
import functools
import importlib.util
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .._version import __version__
from .options import Options
from .parcel_cloud import MODULE as CLOUDPICKLE

EXPRESSION_NAME = "dsinfra"
"""Of the user expression."""

_STAYS_HERE = frozenset(("bundle", "bootstrap"))
_FOR_JOBS = ("needs", "parcel", "remote")
"""Beginnings of the names of modules that are sent only to kernels that have to do with jobs."""
REMOTE_NAME = "dsinfra_remote"
"""Of the user expression that answers a request about a job."""
_PROBE = "__import__('IPython').get_ipython()._dsinfra_probe"


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
    return _silent({EXPRESSION_NAME: injection_expression(options)})


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


def remote_request(
    method: str, request: Mapping[str, Any] | str, *, has_modules: bool = False
) -> dict[str, Any]:
    """Return the content of the request that has a kernel pack, land, take in or send back.

    ``method`` is one of the methods of ``RemoteSide``. The modules it needs come along, unless
    the kernel has them, since they take it longer than most requests. A kernel without the probe
    or the modules answers with an error: they are put into it first.
    """
    given = request if isinstance(request, str) else json.dumps(request)
    side = _PROBE if has_modules else f"{_PROBE}.take_modules({packed_remote_sources()!r})"
    return _silent({REMOTE_NAME: f"{side}.remote.{method}({given!r})"})


def remote_prelude(options: Options = _NO_OPTIONS) -> dict[str, Any]:
    """Return the content of the request that loads the probe and what jobs need of it.

    After it a kernel answers the expressions of ``remote_expression``, which stand by themselves.
    """
    return _silent(
        {
            EXPRESSION_NAME: injection_expression(options),
            REMOTE_NAME: f"{_PROBE}.take_modules({packed_remote_sources()!r}).remote is not None",
        }
    )


REMOTE_EXPRESSION = _PROBE + ".remote.{method}({given!r})"
"""Where the prelude has run: for ``take_in`` with the path of a folder, else with JSON as text."""


def read_remote_reply(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a kernel has answered to a request about a job.

    ``ok`` says whether it was done; if not, ``error`` or ``items`` say why.
    """
    if content.get("status") == "aborted":
        return {"ok": False, "is_aborted": True, "error": "A cell before it failed.", "items": []}
    value = (content.get("user_expressions") or {}).get(REMOTE_NAME) or {}
    if value.get("status") != "ok":
        problem = f"{value.get('ename', '')}: {value.get('evalue', '')}".strip(": ")
        error = problem or "the kernel gave no answer"
        return {"ok": False, "is_broken": True, "error": error, "items": []}
    try:
        answer = json.loads(ast.literal_eval(value["data"]["text/plain"]))
        return {"items": [], **answer}
    except (KeyError, TypeError, ValueError, SyntaxError):
        error = "the kernel's answer makes no sense"
        return {"ok": False, "is_broken": True, "error": error, "items": []}


def _silent(expressions: dict[str, str]) -> dict[str, Any]:
    return {
        "code": "",
        "silent": True,
        "store_history": False,
        "user_expressions": expressions,
        "allow_stdin": False,
        "stop_on_error": False,
    }


@functools.lru_cache(maxsize=1)
def packed_sources() -> str:
    """Return the modules that are sent as short text."""
    return _packed(sent_sources())


@functools.lru_cache(maxsize=1)
def packed_remote_sources() -> str:
    """Return the modules for jobs as short text."""
    return _packed(remote_sources())


def _packed(sources: dict[str, str]) -> str:
    # Of base 85 it would be a sixteenth shorter, and Python reads that in 9 ms instead of 0.3.
    return base64.b64encode(zlib.compress(json.dumps(sources).encode(), 9)).decode()


def sent_sources() -> dict[str, str]:
    """Return the modules that are sent to every kernel, by name."""
    package = __name__.partition(".")[0]
    sources = {package: _text("__init__.py"), f"{package}._version": _text("_version.py")}
    for stem in _stems():
        if stem not in _STAYS_HERE and not stem.startswith(_FOR_JOBS):
            name = "" if stem == "__init__" else f".{stem}"
            sources[f"{package}.kernel{name}"] = _text(f"kernel/{stem}.py")
    return sources


def remote_sources() -> dict[str, str]:
    """Return the modules that are sent for jobs, by name: ours, and cloudpickle as one of ours."""
    package = __name__.partition(".")[0]
    sources = {
        f"{package}.kernel.{stem}": _text(f"kernel/{stem}.py")
        for stem in _stems()
        if stem.startswith(_FOR_JOBS)
    }
    for path in sorted(Path(cloudpickle_folder()).glob("*.py")):
        name = "" if path.stem == "__init__" else f".{path.stem}"
        sources[f"{CLOUDPICKLE}{name}"] = path.read_text("utf-8")
    return sources


def cloudpickle_folder() -> str:
    """Return the folder of the server's cloudpickle, which is not imported for it.

    Raises
    ------
    ImportError
        It is not installed.
    """
    spec = importlib.util.find_spec("cloudpickle")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("cloudpickle is not installed")
    return str(spec.submodule_search_locations[0])


def _stems() -> list[str]:
    return sorted(path.stem for path in (_root() / "kernel").glob("*.py"))


def _root() -> Path:
    return Path(__file__).parent.parent


def _text(name: str) -> str:
    return (_root() / name).read_text("utf-8")
