"""What happens to a job on its target, as lines of its event log.

The runner on the worker makes them, the agent numbers and appends them to ``events.jsonl`` in the
job's folder, one JSON object a line, and the server takes them in from there. A line is never
changed; ``seq`` rises by one from 1, so whoever was away reads on where they were.

=============  ==================================================================================
kind           fields besides ``seq``, ``at`` (unix seconds) and ``kind``
=============  ==================================================================================
``queued``     ``place`` (jobs before it, or null), ``detail``
``sent``       only where files go through the engine: ``bytes``, ``seconds`` that it took
``starting``   ``worker`` (name), ``host``
``kernel``     a kernel is there for it: ``pid``, ``pgid``, ``host``, ``python``, ``is_reused``
``request``    ``header``, ``metadata``, ``content`` of the ``execute_request`` that runs the code
``message``    ``channel`` (``iopub`` or ``shell``), ``header``, ``parent_header``, ``metadata``,
               ``content``, ``buffers`` (list of base64 texts): as the kernel sent it
``sample``     of the far process tree: ``cpu_s`` (total), ``rss_bytes``, ``gpu_memory_bytes`` or
               null, ``processes``, ``limit_bytes`` or null, ``is_near_limit``
``asked``      a signal was sent: ``signal`` (``INT`` or ``KILL``), ``kill_at`` or null
``dropped``    ``bytes`` of output that were left out because of a limit
``packed``     the results are packed: ``names`` (``ParcelName`` objects), ``changed``, ``bytes``
``ended``      the last one: ``state`` (final ``JobState``), ``detail``, ``exit_code`` or null,
               ``signal`` (name or null), ``names``, ``changed`` (as in ``packed``),
               ``oom`` (true if its memory limit ended it), ``items`` (``PreflightItem`` objects:
               what could not go back, and why)
=============  ==================================================================================
"""

from __future__ import annotations

from typing import Any

JobEvent = dict[str, Any]
"""One line of the log."""

EVENT_LOG = "events.jsonl"
"""Name of the log in the job's folder."""

JOB_FILE = "job.json"
"""Name of the ``JobSpec`` in the job's folder."""

PROBE_FILE = "probe.json"
"""The content of the ``execute_request`` that loads the probe into the job's kernel."""

SENT_FOLDER = "sent"
"""Below the job's folder: the parcel for the target."""

RETURNED_FOLDER = "returned"
"""Below the job's folder: the parcel that came back."""

PARCEL_FILE = "parcel.json"
"""The manifest of a parcel, in its folder."""


def size_of(event: JobEvent) -> int:
    """Return about how much a line of the log holds, in characters.

    >>> size_of({"kind": "message", "content": {"name": "stdout", "text": "four"}})
    10
    """
    content = event.get("content")
    if not isinstance(content, dict):
        return 0
    parts = list(content.values())
    parts += [each for part in parts if isinstance(part, dict) for each in part.values()]
    return sum(len(each) for each in parts if isinstance(each, str))
