"""Reads attributes of the user's objects without running code of the user's.

``obj.name`` asks ``__getattribute__``, properties and metaclasses. The functions here use what
Python's own types store, so nobody is asked.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

_mro = type.__dict__["__mro__"].__get__
_namespace = type.__dict__["__dict__"].__get__
_name = type.__dict__["__name__"].__get__
_module = type.__dict__["__module__"].__get__
_module_dict: Any = vars(type(sys))["__dict__"]


def mro_of(kind: type) -> tuple[type, ...]:
    """Return a class and its bases, nearest first."""
    found: tuple[type, ...] = _mro(kind)
    return found


def own_names(kind: type) -> Mapping[str, Any]:
    """Return what the body of a class has bound."""
    found: Mapping[str, Any] = _namespace(kind)
    return found


def module_of(kind: type) -> str:
    """Return the name of the module of a class; empty if it is no text."""
    try:
        found = _module(kind)
    except AttributeError:
        return ""
    return found if type(found) is str else ""


def class_name(kind: type) -> str:
    """Return the name of a class without its module."""
    return str(_name(kind))


def full_name(kind: type) -> str:
    """Return the name of a class with its module, as short as its package offers it."""
    name, module = class_name(kind), module_of(kind)
    if module in ("builtins", "__main__", ""):
        return name
    parts = module.split(".")
    for length in range(1, len(parts)):
        home = ".".join(parts[:length])
        if module_names(sys.modules.get(home)).get(name) is kind:
            return f"{home}.{name}"
    return f"{module}.{name}"


def module_names(module: Any) -> Mapping[str, Any]:
    """Return what a module has bound; nothing if it is no plain module."""
    if not issubclass(type(module), type(sys)):
        return {}
    found: Mapping[str, Any] = _module_dict.__get__(module)
    return found


def find_name(kind: type, name: str) -> tuple[type | None, Any]:
    """Return the class that gives a class an attribute, and the attribute as it is stored."""
    for base in mro_of(kind):
        names = own_names(base)
        if name in names:
            return base, names[name]
    return None, None


def instance_names(value: Any) -> Mapping[str, Any]:
    """Return the attributes of an object that lie in its own dict; nothing if it has none."""
    for base in reversed(mro_of(type(value))):
        getter = own_names(base).get("__dict__")
        if getter is not None and type(getter) is _GETTER:
            found = getter.__get__(value)
            return found if type(found) is dict else {}
    return {}


_GETTER = type(type.__dict__["__dict__"])
"""The type of Python's own getters; a property of the user's is another one."""
