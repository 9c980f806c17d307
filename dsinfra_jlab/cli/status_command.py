"""``jupyter dsinfra status``: what runs now, as the servers of this user see it."""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import datetime, timezone
from typing import Any

from ..domain.exceptions import Unavailable
from ..domain.resources.samples import Alerts, SamplerCost, Snapshot
from ..sensors.host import HostSensor
from .error_texts import as_json
from .gpus import settled_gpus
from .servers import NotYet, RunningServer, ask, running_servers
from .status_texts import alerts_text, snapshot_text
from .terminal import columns

__all__ = ["status"]

NEXT_LOOK_S = 3.0
"""For how long a look of the server is waited for: it looks each second while it is asked."""

_PAUSE_S = 0.3


def status(asked: argparse.Namespace) -> int:
    """Show the machine and the kernels of every server; return the status of the process."""
    servers = running_servers()
    if not servers:
        return _show_machine(asked)
    answers = [(server, _answer_of(server)) for server in servers]
    if asked.format == "json":
        print(as_json({"servers": [_as_object(server, answer) for server, answer in answers]}))
    else:
        sys.stdout.write("\n".join(_text_of(server, answer) for server, answer in answers))
    return 1 if all(isinstance(answer, Unavailable) for _, answer in answers) else 0


Answer = tuple[Snapshot, Alerts] | Unavailable


def _answer_of(server: RunningServer) -> Answer:
    """Return what a server sees now.

    One that nobody looked at may have last looked ten seconds ago, or never: to be asked has it
    look again, and that look is waited for.
    """
    end = time.monotonic() + NEXT_LOOK_S
    before: Snapshot | None = None
    while True:
        is_late = time.monotonic() > end
        try:
            snapshot = ask(server, "samples/latest", Snapshot)
            if is_late or (before is not None and snapshot.seq > before.seq):
                return snapshot, ask(server, "alerts", Alerts)
            before = before or snapshot
        except NotYet as refusal:
            if is_late:
                return refusal
        except Unavailable as refusal:
            return refusal
        time.sleep(_PAUSE_S)


def _text_of(server: RunningServer, answer: Answer) -> str:
    head = f"{server.url}  {server.root_dir}\n"
    if isinstance(answer, Unavailable):
        return f"{head}{answer.message}\n"
    snapshot, alerts = answer
    kernels = "" if snapshot.kernels else "no kernels\n"
    text = snapshot_text(snapshot, columns())
    return f"{head}{alerts_text(alerts.items)}{text}{kernels}"


def _as_object(server: RunningServer, answer: Answer) -> dict[str, Any]:
    whose = {"url": server.url, "root_dir": server.root_dir}
    if isinstance(answer, Unavailable):
        return {**whose, "problem": answer.message, "snapshot": None, "alerts": []}
    snapshot, alerts = answer
    return {**whose, "problem": "", "snapshot": snapshot, "alerts": alerts.items}


def _show_machine(asked: argparse.Namespace) -> int:
    """Show what the sensors read here: without a server there are no kernels to name."""
    snapshot = _read_machine()
    if asked.format == "json":
        print(as_json({"servers": [], "snapshot": snapshot}))
    else:
        print("No Jupyter server of this user runs; this is the machine alone.", file=sys.stderr)
        sys.stdout.write(snapshot_text(snapshot, columns()))
    return 0


def _read_machine() -> Snapshot:
    sensor = HostSensor(os.getcwd())
    sensor.read(time.monotonic())
    readings, absent = settled_gpus()
    time.sleep(_PAUSE_S)  # CPU in use is a difference between two readings
    host = sensor.read(time.monotonic())
    sensor.close()
    return Snapshot(
        seq=1,
        at=datetime.now(timezone.utc),
        interval_s=0.0,
        host=host,
        kernels=[],
        gpus=[reading.sample for reading in readings],
        absent={"nvidia": absent} if absent else {},
        cost=SamplerCost(None, None, None, None),
    )
