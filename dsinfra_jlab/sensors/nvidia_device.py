"""One NVIDIA GPU, or one instance of a divided one: what is read of it at which look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..domain.resources import limits
from ..domain.resources.samples import GpuHolding, GpuReading, GpuSample, GpuSlowdown
from . import nvidia_values as values
from .nvidia_calls import Call, CallBook, Refused
from .nvidia_words import (
    INVALID_ARGUMENT,
    IS_OLD_FORM,
    NONSENSE,
    NOT_FOUND,
    NOT_SUPPORTED,
    ONLY_WHOLE,
    SUCCESS,
    UNIFIED,
    WITH_INSTANCES,
    about_call,
)

UTIL = Call("nvmlDeviceGetUtilizationRates")
POWER = Call("nvmlDeviceGetPowerUsage")
TEMPERATURE = Call("nvmlDeviceGetTemperature", (0,))  # of the chip
SLOWDOWN = Call("nvmlDeviceGetTemperatureThreshold", (1,))  # at which it slows itself down
POWER_LIMIT = Call("nvmlDeviceGetEnforcedPowerLimit")
MIG_MODE = Call("nvmlDeviceGetMigMode")
MEMORY_FORMS = (
    # The second form counts what the driver keeps for itself apart from what is used.
    Call("nvmlDeviceGetMemoryInfo", (0x02000028,), "v2"),
    Call("nvmlDeviceGetMemoryInfo"),
)
COMPUTE_FORMS = (
    Call("nvmlDeviceGetComputeRunningProcesses_v3"),
    Call("nvmlDeviceGetComputeRunningProcesses_v2"),
    Call("nvmlDeviceGetComputeRunningProcesses"),
)
GRAPHICS_FORMS = (
    Call("nvmlDeviceGetGraphicsRunningProcesses_v3"),
    Call("nvmlDeviceGetGraphicsRunningProcesses_v2"),
    Call("nvmlDeviceGetGraphicsRunningProcesses"),
)
ENERGY = Call("nvmlDeviceGetTotalEnergyConsumption")
ENERGY_FIELD = Call("nvmlDeviceGetFieldValues", ([83],), "energy")
SLOWDOWN_FORMS = (
    Call("nvmlDeviceGetCurrentClocksEventReasons"),
    Call("nvmlDeviceGetCurrentClocksThrottleReasons"),
)
PROCESS_UTIL = "nvmlDeviceGetProcessUtilization"

_READINGS_OF_WHOLE = (
    "util_ratio",
    "temperature_c",
    "power_w",
    "power_limit_w",
    "energy_j",
    "slowdown_c",
    "slowed_by",
)
_OTHER_FORM = IS_OLD_FORM | {NOT_SUPPORTED}
_IS_REMOVED = frozenset({INVALID_ARGUMENT, NOT_FOUND})


@dataclass(frozen=True, slots=True)
class Identity:
    """What does not change of a device."""

    uuid: str
    index: int
    name: str
    parent_uuid: str | None = None
    pci_address: str = ""
    minor: int | None = None
    """The number in the name of its file; instances have files of another kind."""


@dataclass(slots=True)
class _Turn:
    """A reading that waits for its turn."""

    interval_s: float
    read: Callable[[], None]
    read_at_s: float | None = None

    def overdue(self, now_s: float) -> float:
        """Return how late it is, in intervals; from 1 on it is due."""
        if self.read_at_s is None:
            return float("inf")
        return (now_s - self.read_at_s) / self.interval_s


class Device:
    """Reads one device by at most four calls a look, and two lists each two seconds.

    Use, memory and power are read at each look. The rest takes turns in the fourth call.
    """

    def __init__(self, identity: Identity, handle: Any, book: CallBook) -> None:
        self.identity = identity
        self.handle = handle
        self.is_divided = False
        """Whether it has instances, with which its processes are listed."""
        self.is_gone = False
        """Whether the driver does not know it any more."""
        self._book = book
        self._values: dict[str, float | int | None] = {}
        self._absent: dict[str, str] = {}
        self._slowed_by: list[GpuSlowdown] | None = None
        self._holdings: tuple[GpuHolding, ...] | None = None
        self._utils: dict[int, float | None] | None = None
        self._utils_since_us = 0
        self._listed_at_s: float | None = None
        self._turns = [] if identity.parent_uuid else self._all_turns()
        if identity.parent_uuid:
            self._absent.update(dict.fromkeys(_READINGS_OF_WHOLE, ONLY_WHOLE))

    def read(self, now_s: float, is_turn_taken: bool = False) -> GpuReading:
        """Read what is due; raises ``DeviceLost`` or ``SessionLost``.

        Parameters
        ----------
        now_s
            Monotonic seconds.
        is_turn_taken
            Whether the fourth call of this look was made already, for something else.
        """
        is_first = not self._values
        if self.identity.parent_uuid is None:
            self._take("util_ratio", lambda: values.ratio_of_percent(self._ask(UTIL).gpu))
            self._take("power_w", lambda: values.watts(self._ask(POWER)))
        self._read_memory()
        if is_first or not is_turn_taken:
            self._take_turns(now_s, is_first)
        if self.is_divided:
            self._holdings, self._absent["owners"] = (), WITH_INSTANCES
        elif _is_due(self._listed_at_s, limits.GPU_LIST_INTERVAL_S, now_s):
            self._listed_at_s = now_s
            self._read_processes()
        return self._reading()

    def blank(self, why: str) -> GpuReading:
        """Return a reading of nothing, with the reason."""
        return GpuReading(
            GpuSample(
                **self._names(),
                util_ratio=None,
                memory_used_bytes=None,
                memory_total_bytes=None,
                temperature_c=None,
                power_w=None,
                power_limit_w=None,
                energy_j=None,
                owners=[],
                absent={"device": why},
            ),
            None,
        )

    def _reading(self) -> GpuReading:
        get = self._values.get
        return GpuReading(
            GpuSample(
                **self._names(),
                util_ratio=get("util_ratio"),
                memory_used_bytes=_whole(get("memory_used_bytes")),
                memory_total_bytes=_whole(get("memory_total_bytes")),
                temperature_c=get("temperature_c"),
                power_w=get("power_w"),
                power_limit_w=get("power_limit_w"),
                energy_j=get("energy_j"),
                owners=[],
                absent=dict(self._absent),
                slowdown_c=get("slowdown_c"),
                slowed_by=self._slowed_by,
            ),
            self._holdings,
            self.identity.minor,
        )

    def _names(self) -> dict[str, Any]:
        of = self.identity
        return {
            "uuid": of.uuid,
            "index": of.index,
            "name": of.name,
            "parent_uuid": of.parent_uuid,
        }

    def _all_turns(self) -> list[_Turn]:
        return [
            _Turn(limits.GPU_SLOW_INTERVAL_S, self._read_temperature),
            _Turn(limits.GPU_SLOW_INTERVAL_S, self._read_energy),
            _Turn(limits.GPU_POWER_LIMIT_INTERVAL_S, self._read_power_limit),
            _Turn(limits.GPU_SLOW_INTERVAL_S, self._read_use_by_process),
            _Turn(limits.GPU_SLOW_INTERVAL_S, self._read_what_slows),
            _Turn(limits.GPU_RETRY_S, self._read_slowdown),
        ]

    def _take_turns(self, now_s: float, is_first: bool) -> None:
        """Make the one call that waits longest; at the first look, all of them."""
        for turn in sorted(self._turns, key=lambda turn: -turn.overdue(now_s)):
            if turn.overdue(now_s) < 1:
                return
            made = self._book.made
            turn.read_at_s = now_s
            turn.read()
            # What was dropped costs no call and does not keep the next one waiting.
            if self._book.made > made and not is_first:
                return

    def _read_temperature(self) -> None:
        self._take("temperature_c", lambda: values.temperature_c(self._ask(TEMPERATURE)))

    def _read_slowdown(self) -> None:
        self._take("slowdown_c", lambda: values.threshold_c(self._ask(SLOWDOWN)))

    def _read_what_slows(self) -> None:
        try:
            bits = self._book.ask_forms(self.identity.uuid, SLOWDOWN_FORMS, self.handle)
        except Refused as refused:
            self._slowed_by, self._absent["slowed_by"] = None, about_call(refused.code)
            return
        self._slowed_by = values.slowdowns(bits)
        if self._slowed_by is None:
            self._absent["slowed_by"] = NONSENSE
        else:
            self._absent.pop("slowed_by", None)

    def _read_power_limit(self) -> None:
        self._take("power_limit_w", lambda: values.watts(self._ask(POWER_LIMIT)))

    def _read_energy(self) -> None:
        self._take("energy_j", self._energy_j)

    def _energy_j(self) -> float | None:
        try:
            return values.joules(self._ask(ENERGY))
        except Refused as refused:
            if refused.code not in _OTHER_FORM:
                raise
            found = self._ask(ENERGY_FIELD)
            if not len(found) or found[0].nvmlReturn != SUCCESS:
                self._book.drop(self.identity.uuid, ENERGY_FIELD, refused.code)
                raise
            return values.joules(values.field_value(found[0]))

    def _read_memory(self) -> None:
        names = ("memory_used_bytes", "memory_total_bytes")
        try:
            info = self._book.ask_forms(self.identity.uuid, MEMORY_FORMS, self.handle)
        except Refused as refused:
            self._note_removal(refused.code)
            is_unified = refused.code == NOT_SUPPORTED and self.identity.parent_uuid is None
            used, total = None, None
            why = UNIFIED if is_unified else about_call(refused.code)
        else:
            used, total = values.memory(info)
            why = NONSENSE if getattr(info, "total", 0) else UNIFIED
        for name, value in zip(names, (used, total), strict=True):
            self._put(name, value, why)

    def _read_processes(self) -> None:
        lists, why = [], ""
        for forms in (COMPUTE_FORMS, GRAPHICS_FORMS):
            try:
                lists.append(self._book.ask_forms(self.identity.uuid, forms, self.handle))
            except Refused as refused:
                why = why or about_call(refused.code)
        if not lists:
            self._holdings, self._absent["owners"] = None, why
            return
        self._absent.pop("owners", None)
        total = self._values.get("memory_total_bytes")
        self._holdings = values.holdings(lists, _whole(total), self._utils)

    def _read_use_by_process(self) -> None:
        """Read how much each process used the device since the last time."""
        if self.is_divided:
            self._utils = None
            return
        call = Call(PROCESS_UTIL, (self._utils_since_us,))
        try:
            # Where nothing ran, some versions say that nothing was found and some raise success.
            found = self._ask(call, fine=(SUCCESS, NOT_FOUND))
        except Refused as refused:
            self._utils = {} if refused.code in (SUCCESS, NOT_FOUND) else None
            return
        self._utils, newest_us = values.newest_util(found)
        self._utils_since_us = max(newest_us, self._utils_since_us)

    def _ask(self, call: Call, fine: tuple[int, ...] = ()) -> Any:
        return self._book.ask(self.identity.uuid, call, self.handle, fine=fine)

    def _take(self, name: str, read: Callable[[], float | None]) -> None:
        try:
            self._put(name, read(), NONSENSE)
        except Refused as refused:
            self._note_removal(refused.code)
            self._put(name, None, about_call(refused.code))

    def _put(self, name: str, value: float | int | None, why: str) -> None:
        self._values[name] = value
        if value is None:
            self._absent[name] = why
        else:
            self._absent.pop(name, None)

    def _note_removal(self, code: int) -> None:
        if self.identity.parent_uuid is not None and code in _IS_REMOVED:
            self.is_gone = True


def _is_due(done_at_s: float | None, interval_s: float, now_s: float) -> bool:
    # Looks come a little early or late: half a look does not make one wait a whole one.
    slack_s = limits.SAMPLE_INTERVAL_S / 2
    return done_at_s is None or now_s - done_at_s >= interval_s - slack_s


def _whole(value: float | int | None) -> int | None:
    return None if value is None else int(value)
