"""``%%remote``: the cell runs on a target, with the names it needs."""

from __future__ import annotations

import argparse
import shlex
import sys
from typing import Any

from .remote_jobs import Job, ask
from .remote_resources import resources_of
from .remote_sending import Sender

USAGE = (
    "%%remote [target] [--cpus N] [--gpus N] [--memory 4GB] [--returns a,b] [--wait] "
    "[--session] [--yes]"
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise ValueError(f"{message}. Use {USAGE}")


def _parser() -> _Parser:
    parser = _Parser(prog="%%remote", add_help=False)
    parser.add_argument("target", nargs="?", default="local")
    parser.add_argument("--cpus", type=int)
    parser.add_argument("--gpus", type=int)
    parser.add_argument("--memory")
    parser.add_argument("--returns")
    parser.add_argument("--wait", action="store_true")
    parser.add_argument("--session", action="store_true")
    parser.add_argument("--yes", action="store_true")
    return parser


def run_cell(line: str, cell: str) -> None:
    """Send a cell to a target.

    Its output comes into the cell, and the names that it binds into the notebook before the next
    cell runs. ``--wait`` has the cell wait for that, ``--returns`` names what comes back,
    ``--session`` keeps the far kernel and its names for the next such cell, and ``--yes`` does not
    ask before much is sent.
    """
    wanted = _parser().parse_args(shlex.split(line))
    sender = Sender()
    returns = [each.strip() for each in (wanted.returns or "").split(",") if each.strip()]
    seen = sender.send(
        cell,
        target=wanted.target,
        returns=returns or None,
        resources=resources_of(wanted.cpus, wanted.memory, wanted.gpus),
        name="",
        cell_id=_cell_id(sender.shell),
        mode="session" if wanted.session else "fresh",
        shown_by="kernel" if wanted.wait else "browser",
        is_confirmed=wanted.yes,
    )
    job = Job(sender.recorder, dict, seen)
    if not wanted.wait:
        print(f"Sent to {job.target}. What it prints comes here.", file=sys.stderr)
        return
    try:
        _follow(sender, job)
    except KeyboardInterrupt:
        job.cancel()
        _follow(sender, job)
        raise
    if job.wait() != "ok":
        raise job.failure()
    sender.land(ask(sender.recorder, "job_result", job_id=job.id))


def _follow(sender: Sender, job: Job) -> None:
    """Show what a job puts out until it has ended."""
    after, is_complete = 0, False
    while not is_complete:
        page = job.messages(after, wait_s=10.0)
        for item in page["items"]:
            _show(sender.shell, item["type"], item["content"])
        after, is_complete = page["next_seq"], page["is_complete"]


def _show(shell: Any, kind: str, content: dict[str, Any]) -> None:
    if kind == "stream":
        stream = sys.stderr if content.get("name") == "stderr" else sys.stdout
        stream.write(str(content.get("text", "")))
        stream.flush()
    elif kind in ("display_data", "execute_result", "update_display_data"):
        shell.display_pub.publish(
            data=content.get("data") or {},
            metadata=content.get("metadata") or {},
            transient=content.get("transient") or {},
            update=kind == "update_display_data",
        )
    elif kind == "clear_output":
        shell.display_pub.clear_output(bool(content.get("wait")))
    elif kind == "error":
        print("\n".join(map(str, content.get("traceback") or ())), file=sys.stderr)


def _cell_id(shell: Any) -> str | None:
    parent = shell.kernel.get_parent("shell") or {}
    found = (parent.get("metadata") or {}).get("cellId")
    return str(found) if found else None
