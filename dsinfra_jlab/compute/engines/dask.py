"""Dask as an engine: processes of this machine, or a scheduler that is there already.

What it says of itself costs no import of Dask; opening a target does, in the agent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.compute.targets import Capability, EngineInfo
from ...domain.exceptions import Unavailable
from ..engine import Host, OpenTarget

_OWN = [
    Capability.start,
    Capability.scale,
    Capability.resources,
    Capability.session,
    Capability.client_code,
]

_EXISTING = [
    Capability.resources,
    Capability.session,
    Capability.dashboard,
    Capability.client_code,
]

OPTIONS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "address": {
            "type": "string",
            "title": "Address of a scheduler",
            "description": "Such as tls://host:8786. Left empty, a scheduler and workers are "
            "started on this machine.",
            "default": "",
            "maxLength": 500,
        },
        "workers": {
            "type": ["integer", "null"],
            "title": "Workers on this machine",
            "description": "Each runs one job at a time. Left empty, one for each processor.",
            "default": None,
            "minimum": 1,
            "maximum": 1024,
        },
        "memory_bytes": {
            "type": ["integer", "null"],
            "format": "bytes",
            "title": "Memory for jobs on this machine",
            "description": "Such as 8 GB or 512 MiB, shared by its workers. A job that takes more "
            "than its part is ended, unless it asked for more. Left empty, all memory there is.",
            "default": None,
            "minimum": 100_000_000,
            "maximum": 1_000_000_000_000_000,
        },
        "dashboard": {
            "type": "boolean",
            "title": "Dask's own page, for this machine",
            "description": "Of a scheduler that is started on this machine. Dask asks nobody for "
            "a password there: other users of the machine can read it. Needs Bokeh.",
            "default": False,
        },
        "tls_ca_file": {
            "type": "string",
            "title": "Certificate authority",
            "description": "Path of the PEM file that the scheduler's certificate is checked with.",
            "default": "",
        },
        "tls_cert": {
            "type": "string",
            "title": "Certificate",
            "description": "Path of the PEM file that this side shows to the scheduler.",
            "default": "",
        },
        "tls_key": {
            "type": "string",
            "title": "Key",
            "description": "Path of the PEM file with the key of that certificate.",
            "default": "",
        },
        "require_tls": {
            "type": "boolean",
            "title": "Only encrypted connections",
            "description": "Whoever reaches an unencrypted scheduler can run code as you. Turn "
            "this off only on a network you trust. A scheduler of this machine is taken either "
            "way: other users of the machine reach it, too, if it is not encrypted.",
            "default": True,
        },
        "send_through_dask": {
            "type": "boolean",
            "title": "Send data through Dask",
            "description": "Also where the workers could read the same files, as when the shared "
            "disk is slower than the network.",
            "default": False,
        },
    },
}


class DaskEngine:
    """The adapter of Dask."""

    def info(self) -> EngineInfo:
        """Return what the engine is."""
        return EngineInfo(
            name="dask", label="Dask", options_schema=OPTIONS_SCHEMA, capabilities=list(_OWN)
        )

    def capabilities(self, options: Mapping[str, Any]) -> list[Capability]:
        """Return what can be done: what we have not started we neither stop nor scale."""
        if options.get("address"):
            return list(_EXISTING)
        return _OWN + ([Capability.dashboard] if options.get("dashboard") else [])

    async def open(self, options: Mapping[str, Any], host: Host) -> OpenTarget:
        """Start or reach a target; raises ``Unavailable``."""
        unknown = options.keys() - OPTIONS_SCHEMA["properties"].keys()
        if unknown:
            raise Unavailable(f"Dask knows no option {', '.join(sorted(unknown))}. Remove it.")
        # Starts processes before it imports Dask, which takes as long as they do.
        from .dask_opening import open_target

        return await open_target(options, host)
