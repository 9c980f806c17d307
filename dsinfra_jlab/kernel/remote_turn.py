"""Runs items of a map one after another in one turn of the job's kernel.

A request of its own for each step costs an item some 15 ms: messages, threads that wake each other,
and the worker's part. Here each item still is a request to all that watches it: what it publishes
has that request for its parent. Which item may begin is said by whoever asks, one number at a
time, and each has to be the first to begin it.
"""

from __future__ import annotations

import inspect
import json
import os
import struct
import sys
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from .remote_returning import Returning
from .scalars import name_of
from .sinks import KernelSink

GRANT = struct.Struct("<i")
"""The number of an item that may begin; a negative one says that there are no more."""

BEGUN_FILE = "begun"
"""Lies in the folder of an item that has begun: it is made once."""

ITEM = "item"
"""The kind of the event that tells how an item has ended."""

Guarded = Callable[[Callable[[], dict[str, Any]]], dict[str, Any]]


class Turn:
    """One turn with some items; ``guarded`` tells in an answer what goes wrong."""

    def __init__(
        self, shell: Any, returning: Returning, guarded: Guarded, request: dict[str, Any]
    ) -> None:
        self._shell = shell
        self._kernel = shell.kernel
        self._returning = returning
        self._guarded = guarded
        self._request = request
        self._sink = KernelSink(shell.kernel)
        self._record = -1
        takes = inspect.signature(shell.run_cell).parameters
        cell_id = request.get("cell_id")
        self._more = {"cell_id": cell_id} if "cell_id" in takes and cell_id else {}

    def run(self) -> dict[str, Any]:
        """Run the items that may begin, until there are no more."""
        if self._has_to_await():
            return {"ok": True, "is_unsuited": True}
        before = self._kernel.get_parent("shell")
        grants = os.open(self._request["grants"], os.O_RDONLY)
        self._record = os.open(self._request["record"], os.O_WRONLY | os.O_APPEND)
        try:
            while (number := self._next(grants)) is not None:
                self._run_item(number)
        finally:
            os.close(grants)
            os.close(self._record)
            self._set_parent(before)
        return {"ok": True, "is_leaving": bool(getattr(self._shell, "exit_now", False))}

    def _has_to_await(self) -> bool:
        """Return whether the code awaits something, for which this turn has no event loop."""
        code = self._request["code"]
        plain = self._shell.transform_cell(code)
        return bool(self._shell.should_run_async(code, transformed_cell=plain))

    def _next(self, grants: int) -> int | None:
        """Return the number of the item that may begin; it waits until that is known."""
        if getattr(self._shell, "exit_now", False):  # the kernel ends in a moment
            return None
        while True:
            try:
                said = os.read(grants, GRANT.size)
            except KeyboardInterrupt:  # meant for an item that has just ended
                continue
            number = GRANT.unpack(said)[0] if len(said) == GRANT.size else -1
            return number if number >= 0 else None

    def _run_item(self, number: int) -> None:
        item = self._request["items"][number]
        told: dict[str, Any] = {"n": number, "at": time.time()}
        told["count"] = self._shell.execution_count
        self._note(told)
        header = {
            "msg_id": item["message_id"],
            "msg_type": "execute_request",
            "session": self._request["session"],
            "username": item.get("user") or "",
            "date": datetime.now(timezone.utc).isoformat().replace("+00:00", "Z"),
            "version": "5.3",
        }
        try:
            if _is_first(item["folder"]):
                cpu_s = _cpu_s()
                self._do(item, header, told)
                told.update(cpu_s=_cpu_s() - cpu_s, rss_bytes=_rss_bytes())
            else:
                told["ran_before"] = True
        except KeyboardInterrupt:
            told.setdefault("reply", {"status": "error", "ename": "KeyboardInterrupt"})
        told["ended_at"] = time.time()
        self._note({**told, "has_ended": True})
        self._sink.emit([{"kind": ITEM, **told}], [], header)

    def _do(self, item: dict[str, Any], header: dict[str, Any], told: dict[str, Any]) -> None:
        """Take in what was sent, run the code, and send back what it has bound."""
        request = self._request
        content = {"code": request["code"], "silent": False}
        metadata = {"cellId": request["cell_id"]} if request.get("cell_id") else {}
        parent = {
            "header": header,
            "msg_id": header["msg_id"],
            "msg_type": header["msg_type"],
            "parent_header": {},
            "metadata": metadata,
            "content": content,
            "buffers": [],
        }
        os.environ[request["mark"]] = item["job_id"]
        os.chdir(request["cwd"])
        self._set_parent(parent)
        given = {"folder": item["folder"], "is_clean": True}
        told["take_in"] = self._guarded(lambda: self._returning.take_in(given))
        if not told["take_in"].get("ok"):
            return
        told["reply"] = self._reply()
        if told["reply"]["status"] == "ok" and request.get("returns") != []:
            given = {key: request[key] for key in ("returns", "max_bytes", "code")}
            given["folder"] = item["folder"]
            told["send_back"] = self._guarded(lambda: self._returning.send_back(given))
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and not _is_empty(stream):
                stream.flush()

    def _reply(self) -> dict[str, Any]:
        """Run the code, and return what a kernel replies."""
        shell = self._shell
        result = shell.run_cell(
            self._request["code"], store_history=True, silent=False, **self._more
        )
        error = result.error_before_exec
        error = result.error_in_exec if error is None else error
        reply: dict[str, Any] = {"status": "ok", "user_expressions": {}, "payload": []}
        if not result.success or getattr(shell, "_last_traceback_during_displayhook", False):
            reply = {
                "status": "error",
                "traceback": [str(each) for each in getattr(shell, "_last_traceback", None) or ()],
                "ename": name_of(type(error)),
                "evalue": _text(error),
            }
        shell.payload_manager.clear_payload()
        return {**reply, "execution_count": shell.execution_count - 1}

    def _set_parent(self, parent: Any) -> None:
        if parent:
            self._kernel.set_parent([], parent)

    def _note(self, said: dict[str, Any]) -> None:
        """Leave a line that is there even if the kernel dies in the next moment."""
        os.write(self._record, json.dumps(said).encode() + b"\n")


def _is_first(folder: str) -> bool:
    """Return whether an item begins here for the first time, and note that it does."""
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        os.close(os.open(os.path.join(folder, BEGUN_FILE), flags, 0o600))
    except FileExistsError:
        return False
    except OSError:  # the disk is full; nobody else has begun it then
        return True
    return True


def _cpu_s() -> float:
    """Return the CPU time of this process and of children that it has waited for."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def _rss_bytes() -> int | None:
    """Return the memory that this process holds, ``None`` where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None


def _is_empty(stream: Any) -> bool:
    """Return whether a stream of ipykernel is known to hold no text: to flush it takes a while."""
    held = getattr(stream, "_buffers", None)
    return isinstance(held, dict) and not held


def _text(error: Any) -> str:
    try:
        return str(error)
    except Exception:
        return ""
