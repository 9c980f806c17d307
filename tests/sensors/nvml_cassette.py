"""Cassettes of a driver: every call with its answer or error and its duration, and their replay.

A cassette is JSON::

    {"format": 1, "machine": "...", "is_real": true, "looks": 8, "holders": [
       {"who": "a", "pid": 100000000, "bytes": 1073741824}, ...],
     "calls": [{"device": "GPU-0", "call": "nvmlDeviceGetPowerUsage", "arguments": [],
                "took_s": 0.00005, "answer": 71000}, ...]}

``holders`` are processes of which it is known how much memory they took, and ``looks`` is how
often the sensor looked, where that was measured. Identifiers of devices and numbers of processes
are replaced by ones that say nothing.
"""

from __future__ import annotations

import ctypes
import time
from collections import defaultdict, deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pynvml

FORMAT = 1
_GIVE_DEVICES = frozenset({"nvmlDeviceGetHandleByIndex", "nvmlDeviceGetMigDeviceHandleByIndex"})
_KEPT_OF_PCI = ("domain", "bus", "device")


class Recorder:
    """Stands in for the binding, passes each call on and writes down what came of it."""

    def __init__(self, nvml: Any, now_s: Callable[[], float] = time.perf_counter) -> None:
        self._nvml = nvml
        self._now_s = now_s
        self._calls: list[dict[str, Any]] = []
        self._names: dict[str, str] = {}
        self._pids: dict[int, int] = {}
        self._first_us = 0

    def __getattr__(self, function: str) -> Callable[..., Any]:
        real = getattr(self._nvml, function)

        def call(*arguments: Any) -> Any:
            device, rest = self._split(arguments)
            entry = {"device": device, "call": function, "arguments": list(rest)}
            if function == "nvmlDeviceGetProcessUtilization":
                entry["arguments"] = []
            self._calls.append(entry)
            real_arguments = (arguments[0].handle, *rest) if device != "driver" else rest
            begun_s = self._now_s()
            try:
                answer = real(*real_arguments)
            except Exception as error:
                entry["took_s"] = round(self._now_s() - begun_s, 7)
                entry["error"] = getattr(error, "value", pynvml.NVML_ERROR_FUNCTION_NOT_FOUND)
                raise
            entry["took_s"] = round(self._now_s() - begun_s, 7)
            if function in _GIVE_DEVICES:
                name = f"GPU-{rest[0]}" if device == "driver" else f"{device}-MIG-{rest[0]}"
                entry["answer"] = name
                return Handle(answer, name)
            entry["answer"] = self._plain(function, device, answer)
            return answer

        return call

    def cassette(self, machine: str, *, is_real: bool = True) -> dict[str, Any]:
        """Return all that was recorded."""
        return {"format": FORMAT, "machine": machine, "is_real": is_real, "calls": self._calls}

    def name_of(self, pid: int) -> int | None:
        """Return the number that a process has in the cassette; ``None`` if it is in no list."""
        return self._pids.get(pid)

    def _split(self, arguments: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
        if arguments and isinstance(arguments[0], Handle):
            return arguments[0].name, arguments[1:]
        return "driver", arguments

    def _plain(self, function: str, device: str, answer: Any) -> Any:
        if function == "nvmlDeviceGetUUID":
            return device
        if function == "nvmlDeviceGetPciInfo":
            return {name: getattr(answer, name) for name in _KEPT_OF_PCI}
        if "RunningProcesses" in function or function == "nvmlDeviceGetProcessUtilization":
            return [self._process(entry) for entry in answer]
        return _plain(answer)

    def _process(self, entry: Any) -> dict[str, Any]:
        found: dict[str, Any] = _plain(entry)
        pid = found.get("pid")
        if isinstance(pid, int) and 0 < pid < 2**31:
            # Made-up numbers, above those that systems give.
            found["pid"] = self._pids.setdefault(pid, 100_000_000 + len(self._pids))
        stamp = found.get("timeStamp")
        if isinstance(stamp, int):
            self._first_us = self._first_us or stamp
            found["timeStamp"] = max(1, stamp - self._first_us + 60_000_000)
        return found


class Handle:
    """A device of the driver, with the name it has in the cassette."""

    def __init__(self, handle: Any, name: str) -> None:
        self.handle = handle
        self.name = name


class Player:
    """Stands in for the binding and gives the recorded answers in their order.

    When a call was made more often than it was recorded, its last answer is given again.
    """

    def __init__(self, cassette: dict[str, Any]) -> None:
        if cassette.get("format") != FORMAT:
            raise ValueError(f"A cassette of format {FORMAT} is needed.")
        self._tapes: dict[tuple[str, str, str], deque[dict[str, Any]]] = defaultdict(deque)
        for entry in cassette["calls"]:
            self._tapes[_key(entry["device"], entry["call"], entry["arguments"])].append(entry)
        self.missing: list[tuple[str, str, str]] = []
        """Calls of which the cassette knows nothing."""

    def __getattr__(self, function: str) -> Callable[..., Any]:
        if not function.startswith("nvml"):
            raise AttributeError(function)

        def call(*arguments: Any) -> Any:
            is_of_device = bool(arguments) and isinstance(arguments[0], Handle)
            device = arguments[0].name if is_of_device else "driver"
            rest = list(arguments[1:] if is_of_device else arguments)
            if function == "nvmlDeviceGetProcessUtilization":
                rest = []
            key = _key(device, function, rest)
            tape = self._tapes.get(key)
            if not tape:
                self.missing.append(key)
                raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)
            entry = tape.popleft() if len(tape) > 1 else tape[0]
            if "error" in entry:
                raise pynvml.NVMLError(entry["error"])
            if function in _GIVE_DEVICES:
                return Handle(None, entry["answer"])
            return _live(entry["answer"])

        return call


def _key(device: str, call: str, arguments: list[Any]) -> tuple[str, str, str]:
    return device, call, repr(arguments)


def _plain(value: Any) -> Any:
    """Return a value of the binding as JSON has it."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, ctypes.Union):
        return {name: getattr(value, name) for name, _ in value._fields_}
    if isinstance(value, ctypes.Structure):
        return {field[0]: _plain(getattr(value, field[0])) for field in value._fields_}
    if isinstance(value, list | tuple | ctypes.Array):
        return [_plain(each) for each in value]
    return {name: _plain(each) for name, each in vars(value).items()}


def _live(value: Any) -> Any:
    """Return a recorded value with attributes, as the binding gives it."""
    if isinstance(value, dict):
        return SimpleNamespace(**{name: _live(each) for name, each in value.items()})
    return [_live(each) for each in value] if isinstance(value, list) else value
