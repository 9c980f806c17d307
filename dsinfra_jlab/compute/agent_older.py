"""What an agent of an earlier version cannot do, told by what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from .._version import __version__
from ..domain.compute.job_spec import JobSpec
from .agent_place import PROTOCOL

JOB_FIELDS = tuple(field.name for field in fields(JobSpec))
"""What an agent of this version reads of a job's specification; it ignores what it does not know.
"""

_FIRST_FIELDS = frozenset(JOB_FIELDS) - {"kernel_variables", "shared"}
"""The same of the agents that do not say it."""

_IN_WORDS = {
    "kernel_variables": "the variables of the kernelspec",
    "shared": "what the items of a map share",
}


def is_outdated(hello: Mapping[str, Any]) -> bool:
    """Return whether an agent is not of this version, or lacks something that this one has."""
    is_other = hello.get("version") != __version__ or hello.get("protocol") != PROTOCOL
    return is_other or not _fields_of(hello).issuperset(JOB_FIELDS)


def what_it_lacks(hello: Mapping[str, Any], spec: JobSpec) -> str:
    """Return what a job needs that an agent would ignore, in words; empty if there is nothing."""
    known = _fields_of(hello)
    needed = [each.name for each in fields(spec) if getattr(spec, each.name) != _default(each)]
    missing = [name for name in needed if name not in known]
    return " and ".join(_IN_WORDS.get(name, name.replace("_", " ")) for name in missing)


def _fields_of(hello: Mapping[str, Any]) -> frozenset[str]:
    said = hello.get("job_fields")
    return frozenset(map(str, said)) if isinstance(said, list) else _FIRST_FIELDS


def _default(field: Any) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default
