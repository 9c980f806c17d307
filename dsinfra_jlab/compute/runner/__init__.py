"""Runs a job on a worker: a real kernel as a child process, its messages, and its end.

These modules are shipped as sources (``compute.shipping``) to workers that have nothing else of
ours, so they import the standard library only; pyzmq, which every ipykernel brings, is imported
where it is used. What they keep (kernels, spares, running jobs) belongs to the worker's process.

The interface, for the engine's task on the worker
--------------------------------------------------
``run_job(spec, source, emit) -> dict``
    Blocks until the job has ended and no process of it is left; never raises. ``spec`` is a
    ``JobSpec`` as a dict, and may have ``"spares": n`` (kernels to keep ready for this command
    afterwards) and ``"probe"`` (content of ``probe.json``, where the folder has none). ``source``
    is ``{"folder": path}`` when the job's folder is visible here: ``sent/`` and ``probe.json``
    are read there and ``returned/`` is written there. Otherwise it is ``{"files": {relative name:
    bytes-like}}`` (names as in the folder: ``probe.json``, ``sent/parcel.json`` ...). ``emit``
    gets the events ``kernel``, ``request``, ``message``, ``sample``, ``asked``, ``dropped`` and
    ``packed``, each with ``kind`` and ``at``, from the calling thread only, in order.
    The answer is the event ``ended``, which is not emitted: whoever calls appends it, exactly
    once, when the results are where they belong. Where ``source`` had files it has one more
    field, ``files`` (names below ``returned/``), to be taken out before it is logged.
``run_items(spec, items, starting, end) -> bool``
    Runs items of a map one after another in one turn of the kernel that they share, at most once
    each: ``items`` are ``Item`` with the job's ``folder``, which is seen here; ``spec`` is that of
    all. ``starting(at)`` makes the first event of an item that has begun, ``end(item, event)``
    takes its last. Those with neither ``has_ended`` nor ``is_taken_back`` are left for another
    turn. False if the kernel could not be asked for a turn: one is run by itself then.
``take_items_back(job_ids) -> list``
    From any thread: those of these items that have not begun, and do not from now on.
``signal_job(job_id, "INT" | "KILL") -> dict``
    From any thread of the same process. ``INT`` interrupts and kills by itself when
    ``cancel_grace_s`` is over; asking again changes nothing. Answers
    ``{"found": bool, "signal": ..., "kill_at": unix seconds or null}``; ``found`` is false when
    no such job runs here (yet, or any more). The event ``asked`` comes through ``emit``.
``tell_job(job_id, message_type, content) -> dict``
    Sends a message on the control channel of the job's kernel (``dsinfra_answer``).
``runner_state() -> dict``
    ``{"pid", "python", "jobs": [{"job_id", "pid", "since", "phase"}], "spares": int,
    "sessions": [{"key", "is_group", "pid", "idle_s" or null while busy}]}``
``warm_up(argv or None, count, probe or None)``
    Starts spare kernels in the background, with the probe (content of ``probe.json``) in them.
``end_sessions(key or None) -> int``
    Ends one idle session kernel, or all; answers how many.
``close_runner()``
    Ends everything; for an orderly end of the worker. A killed worker leaves nothing either.
"""

from __future__ import annotations

from .items import Item
from .jobs import (
    close_runner,
    end_sessions,
    run_items,
    run_job,
    runner_state,
    signal_job,
    take_items_back,
    tell_job,
    warm_up,
)

__all__ = [
    "Item",
    "close_runner",
    "end_sessions",
    "run_items",
    "run_job",
    "runner_state",
    "signal_job",
    "take_items_back",
    "tell_job",
    "warm_up",
]
