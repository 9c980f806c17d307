"""``%%remote``: the cell runs on a target, with the names it needs."""

from __future__ import annotations

import argparse
import shlex
import sys
from typing import Any

from IPython.core.error import UsageError

from .remote_jobs import Job, ask
from .remote_resources import resources_of
from .remote_sending import Sender

USAGE = (
    "%%remote [target] [--cpus N] [--gpus N] [--memory 4GB] [--returns a,b] [--wait] "
    "[--session] [--yes]"
)
HELP = f"""{USAGE}

  target         where the cell runs; local if it is not said
  --cpus, --gpus, --memory
                 what the job is given, and not more
  --returns a,b  the names to bring back; without it those that the code binds
  --wait         the cell itself waits and prints, for notebooks without a browser
  --session      the far kernel and its names stay for the next such cell
  --yes          do not ask before much is sent"""


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
    parser.add_argument("-h", "--help", action="store_true")
    return parser


def run_cell(line: str, cell: str) -> None:
    """Send a cell to a target.

    Its output comes into the cell, and the names that it binds into the notebook before the next
    cell runs. ``--wait`` has the cell wait for that, ``--returns`` names what comes back,
    ``--session`` keeps the far kernel and its names for the next such cell, and ``--yes`` does not
    ask before much is sent.
    """
    try:
        wanted = _parser().parse_args(shlex.split(line))
        if wanted.help:
            print(HELP)
            return
        sender, seen = _sent(wanted, cell)
    except ValueError as wrong:
        # In one line, as IPython's own magics say it: a traceback would be one of ours.
        raise UsageError(str(wrong)) from None
    job = Job(sender.recorder, lambda *_: None, seen)
    if not wanted.wait:
        print(f"Sent to {job.target}. What it prints comes here.", file=sys.stderr)
        return
    _say_what_is_asked(seen)
    shown = _Shown(sender.shell, job)
    try:
        shown.follow()
    except KeyboardInterrupt:
        job.cancel()
        shown.follow()
        raise
    if job.wait() != "ok":
        raise job.failure()
    if job.detail:
        print(job.detail, file=sys.stderr)
    for name in sender.land(ask(sender.recorder, "job_result", job_id=job.id)):
        print(f"{name} was changed here meanwhile, and stays as it is.", file=sys.stderr)


def _say_what_is_asked(seen: dict[str, Any]) -> None:
    """Say why the cell waits for a word: it may run where nobody sees the question."""
    preflight = seen.get("preflight") or {}
    if preflight.get("is_waiting"):
        texts = [each["text"] for each in preflight["items"] if each["needs_word"]]
        how = "Send it in the section Compute of the sidebar, or run the cell with --yes."
        print("\n".join([*texts, how]), file=sys.stderr, flush=True)


def _sent(wanted: argparse.Namespace, cell: str) -> tuple[Sender, Any]:
    sender = Sender()
    returns = [each.strip() for each in (wanted.returns or "").split(",") if each.strip()]
    return sender, sender.send(
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


class _Shown:
    """What of a job stands in the cell; each message once."""

    def __init__(self, shell: Any, job: Job) -> None:
        self._shell = shell
        self._job = job
        self._after = 0

    def follow(self) -> None:
        """Show what the job puts out until it has ended."""
        is_complete = False
        while not is_complete:
            page = self._job.messages(self._after, wait_s=10.0)
            for item in page["items"]:
                if item["seq"] > self._after:
                    self._after = item["seq"]
                    _show(self._shell, item["type"], item["content"])
            self._after, is_complete = page["next_seq"], page["is_complete"]


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
