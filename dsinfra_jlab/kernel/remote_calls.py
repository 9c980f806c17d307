"""Calls of a user's function as code of a job: its text, and the names that it uses."""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
import keyword
import textwrap
import types
from collections.abc import Container, Mapping
from typing import Any, NamedTuple

from .job_failed import JobFailed
from .remote_jobs import RESULT_NAME

SHOWN_MAX_CHARS = 60
"""Characters of an item in the name of its job: it stands in lists."""


class Call(NamedTuple):
    """A call of a function, as the code of a job."""

    code: str
    given: dict[str, Any]
    """What its names stand for, besides those of the notebook."""
    called: str
    """The name of the function in it."""
    names: tuple[str, ...]
    """Those of its arguments in it."""


def call_of(function: Any, names: Mapping[str, Any], arguments: str = "", *used: str) -> Call:
    """Return a call of a function.

    Parameters
    ----------
    names
        Those of the notebook: what the function reads by them must not become something else.
    arguments
        Text with a place for each name of ``used``, such as ``"*{}, **{}"``.
    """
    called = name_of(function)
    if called in names and not _is_same(names[called], function):
        called = _free(called, names)
    own: list[str] = []
    for each in used:
        own.append(_free(each, {*names, *own, called}))
    waits = "await " if is_async(function) else ""
    code = f"{RESULT_NAME} = {waits}{called}({arguments.format(*own)})"
    return Call(code, {called: function}, called, tuple(own))


def is_async(function: Any) -> bool:
    """Return whether a call of a function has to be waited for."""
    while isinstance(function, functools.partial):
        function = function.func
    if type(function) not in (types.FunctionType, types.MethodType):
        function = type(function).__call__
    return inspect.iscoroutinefunction(function)


def _is_same(known: Any, function: Any) -> bool:
    """Return whether what a name stands for is a function, or what ``remote`` has made of it."""
    is_made = type(known) is types.FunctionType and known.__dict__.get("local") is function
    return known is function or is_made


def _free(name: str, taken: Container[str]) -> str:
    """Return a name like this one that stands for nothing yet."""
    names = itertools.chain([name], (f"{name}_{number}" for number in itertools.count(2)))
    return next(each for each in names if each not in taken)


def name_of(function: Any) -> str:
    """Return what a function is called, if that can be a name in code."""
    name = getattr(function, "__name__", "")
    is_fine = isinstance(name, str) and name.isidentifier() and not keyword.iskeyword(name)
    return str(name) if is_fine else "function"


def one(name: str, found: Mapping[str, Any]) -> Any:
    """Return what a job has brought back under a name; raises ``JobFailed``."""
    if name not in found:
        raise JobFailed(f"the job brought back no {name}")
    return found[name]


def with_result(text: str) -> str | None:
    r"""Return code that binds the value of a single expression, ``None`` for any other code.

    >>> with_result("# The sum\n1 + 2")
    '# The sum\nresult = 1 + 2'
    """
    text = textwrap.dedent(text).strip()
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return None
    if len(body) != 1 or not isinstance(body[0], ast.Expr):
        return None
    lines = text.splitlines(keepends=True)
    first = next(n for n, line in enumerate(lines) if line.strip() and line.lstrip()[0] != "#")
    lines[first] = f"{RESULT_NAME} = {lines[first]}"
    return "".join(lines)


def shown(item: Any) -> str:
    """Return an item in few characters, only where its type is known to be harmless."""
    if type(item) in (int, float, bool, str):
        return repr(item)[:40]
    if type(item) is dict:
        pairs = [f"{key}={shown(value)}" for key, value in item.items() if type(key) is str]
        return ", ".join(pairs)[:SHOWN_MAX_CHARS]
    return "…"
