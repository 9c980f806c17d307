"""Environments of kernels: their ids, and what server and kernel know of them together."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace

from ..domain.ids import EnvironmentId
from ..domain.runs.records import Environment
from ..domain.tracking.probe_events import EnvironmentSeen


def id_of(environment: Environment) -> EnvironmentId:
    """Return the hash of an environment's content: equal environments have equal ids."""
    text = json.dumps(asdict(environment), sort_keys=True, separators=(",", ":"))
    return EnvironmentId(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())


def installed_in(environment: Environment) -> str:
    """Return the hash of what is installed, whatever of it is loaded."""
    text = json.dumps(
        [environment.python, environment.interpreter, environment.packages], sort_keys=True
    )
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def merged(read: Environment | None, seen: EnvironmentSeen) -> Environment:
    """Return what the server read of an environment, corrected by what the kernel saw of it.

    The kernel knows its own path of modules; only the server looks at git.
    """
    base = read or Environment(None, seen.platform, {}, None, language="python")
    return replace(
        base,
        python=seen.python or base.python,
        platform=seen.platform or base.platform,
        packages=seen.packages or base.packages,
        interpreter=seen.interpreter or base.interpreter,
        language_version=seen.python or base.language_version,
        coverage="kernel",
        loaded=sorted(seen.loaded),
    )
