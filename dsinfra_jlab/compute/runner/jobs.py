"""The functions of the runner, and the jobs that run in this process."""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Callable, Iterable
from typing import Any

from .forwarding import Emit, said
from .items import Item
from .keeping import Keeper
from .launching import full_argv
from .running import JobRun
from .turning import End, ItemsRun

_keeper = Keeper()
_jobs: dict[str, JobRun] = {}
_turns: set[ItemsRun] = set()
_lock = threading.Lock()


def run_job(spec: dict[str, Any], source: dict[str, Any], emit: Emit) -> dict[str, Any]:
    """Run a job to its end and return the event ``ended``; see the package."""
    job_id = str(spec["job_id"])
    run = JobRun(spec, source, emit, _keeper)
    with _lock:
        if job_id in _jobs:
            run.wishes.close()
            return said(
                "ended",
                state="error",
                detail="This job runs on this worker already.",
                exit_code=None,
                signal=None,
                names=[],
                changed=[],
                oom=False,
            )
        _jobs[job_id] = run
    try:
        return run.run()
    finally:
        with _lock:
            del _jobs[job_id]
        run.wishes.close()


def run_items(
    spec: dict[str, Any],
    items: list[Item],
    starting: Callable[[float], dict[str, Any]],
    end: End,
) -> bool:
    """Run items of a map in one turn of a kernel; see the package."""
    turn = ItemsRun(spec, items, _keeper, starting, end)
    with _lock:
        _turns.add(turn)
    try:
        return turn.run()
    finally:
        with _lock:
            _turns.discard(turn)
        turn.wishes.close()


def take_items_back(job_ids: Iterable[str]) -> list[str]:
    """Return those of some items that have not begun, and let them not begin; see the package."""
    wanted = list(job_ids)
    with _lock:
        return [each for turn in _turns for each in turn.take_back(wanted)]


def signal_job(job_id: str, signal: str) -> dict[str, Any]:
    """Ask for the end of a job: ``INT`` or ``KILL``; see the package."""
    with _lock:
        for turn in _turns:
            if turn.is_at(job_id):
                return {"found": True, "signal": signal, "kill_at": turn.ask(job_id, signal)}
        run = _jobs.get(job_id)
        if run is None:
            return {"found": False, "signal": signal, "kill_at": None}
        return {"found": True, "signal": signal, "kill_at": run.wishes.ask(signal)}


def tell_job(job_id: str, message_type: str, content: dict[str, Any]) -> dict[str, Any]:
    """Send a message to the kernel of a job on its control channel."""
    with _lock:
        run = _jobs.get(job_id)
        if run is not None:
            run.wishes.tell(message_type, content)
        return {"found": run is not None}


def runner_state() -> dict[str, Any]:
    """Return what runs here."""
    with _lock:
        jobs = [run.state() for run in _jobs.values()] + [turn.state() for turn in _turns]
    return {
        "pid": os.getpid(),
        "python": platform.python_version(),
        "jobs": jobs,
        "spares": _keeper.spares(),
        "sessions": _keeper.session_states(),
    }


def warm_up(argv: Any = None, count: int = 1, probe: dict[str, Any] | None = None) -> None:
    """Start spare kernels in the background."""
    _keeper.fill(tuple(full_argv(argv)), count, probe)


def end_sessions(key: str | None = None) -> int:
    """End one idle session kernel, or all that are idle; return how many."""
    return _keeper.end_sessions(key)


def close_runner() -> None:
    """End everything that runs here."""
    with _lock:  # with it, since the wishes of a job that has ended are closed
        for run in _jobs.values():
            run.wishes.ask("KILL")
        for turn in _turns:
            turn.close()
    _keeper.close()
