"""A driver without a GPU: the functions of the binding that we call, with its real exceptions.

Each device says what it answers; each call is counted and may be slow, hang, or fail.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pynvml

GIB = 2**30
ANY = "*"


def error(code: int) -> pynvml.NVMLError:
    """Return what the binding raises for a code."""
    return pynvml.NVMLError(code)


def process(pid: int | None, used: int | None = GIB) -> SimpleNamespace:
    """Return an entry of a list of processes."""
    return SimpleNamespace(
        pid=pid, usedGpuMemory=used, gpuInstanceId=0xFFFFFFFF, computeInstanceId=0xFFFFFFFF
    )


def use(pid: int, at_us: int, percent: int) -> pynvml.c_nvmlProcessUtilizationSample_t:
    """Return a sample of how much a process used a device."""
    return pynvml.c_nvmlProcessUtilizationSample_t(pid=pid, timeStamp=at_us, smUtil=percent)


@dataclass
class FakeDevice:
    """What one device answers; a code in ``fails`` is raised instead."""

    uuid: str = "GPU-00000000-0000-0000-0000-000000000000"
    name: str | bytes = "NVIDIA A100-SXM4-80GB"
    bus: int = 1
    minor: int | None = 0
    """The number of its file; ``None`` where the driver has no files."""
    util: int = 40
    total: int = 80 * GIB
    reserved: int = GIB
    used: int = 10 * GIB
    power_mw: int = 250_000
    power_limit_mw: int = 400_000
    temperature: int = 55
    slowdown: int = 92
    slowed_by: int = 0
    """Bits of the reasons for which it runs slower."""
    energy_mj: int = 1_000_000
    compute: list[Any] = field(default_factory=list)
    graphics: list[Any] = field(default_factory=list)
    uses: list[Any] | int = field(default_factory=list)
    """Samples, or the code that the call raises."""
    fields: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    """By field its own code, type and value."""
    instances: list[FakeDevice | None] = field(default_factory=list)
    is_mig: bool = False
    mig_index: int | None = None
    fails: dict[str, int] = field(default_factory=dict)
    """Codes by function; ``*`` is for all."""
    fails_once: dict[str, list[int]] = field(default_factory=dict)

    def make_instance(self, number: int, **answers: Any) -> FakeDevice:
        """Add an instance and return it; instances tell less than whole devices."""
        instance = FakeDevice(
            uuid=f"MIG-{self.uuid[4:]}-{number}",
            name=f"{self.name!s} MIG 1g.10gb",
            total=10 * GIB,
            used=GIB,
            mig_index=number,
            fails=dict.fromkeys(_NOT_OF_INSTANCES, pynvml.NVML_ERROR_NOT_SUPPORTED),
        )
        for key, value in answers.items():
            setattr(instance, key, value)
        self.is_mig = True
        self.fails["nvmlDeviceGetUtilizationRates"] = pynvml.NVML_ERROR_NOT_SUPPORTED
        self.instances.append(instance)
        return instance


_NOT_OF_INSTANCES = (
    "nvmlDeviceGetUtilizationRates",
    "nvmlDeviceGetTemperature",
    "nvmlDeviceGetTemperatureThreshold",
    "nvmlDeviceGetPowerUsage",
    "nvmlDeviceGetCurrentClocksEventReasons",
    "nvmlDeviceGetEnforcedPowerLimit",
    "nvmlDeviceGetTotalEnergyConsumption",
    "nvmlDeviceGetProcessUtilization",
    "nvmlDeviceGetFieldValues",
    "nvmlDeviceGetMigMode",
)


class FakeNvml:
    """Stands in for the module ``pynvml``."""

    def __init__(self, *devices: FakeDevice) -> None:
        self.devices = list(devices)
        self.calls: Counter[tuple[str, str]] = Counter()
        """By uuid (``driver`` for none) and function."""
        self.init_codes: list[int] = []
        """Raised by the next calls of ``nvmlInit``, the last for ever."""
        self.missing: set[str] = set()
        """Functions that the driver does not have."""
        self.latency_s: dict[str, float] = {}
        self.sleep: Callable[[float], None] = time.sleep
        self.handle_codes: dict[int, int] = {}
        self.hangs_in = ""
        self.hung = threading.Event()
        self.release = threading.Event()
        self._is_open = 0

    def forget_calls(self) -> None:
        """Count from 0."""
        self.calls.clear()

    def count_of(self, device: FakeDevice) -> int:
        """Return the calls that were made of a device."""
        return sum(count for (uuid, _), count in self.calls.items() if uuid == device.uuid)

    def shut_down_by_others(self) -> None:
        """Leave the library as it is in a fork."""
        self._is_open = 0

    # Functions of the binding

    def nvmlInit(self) -> None:
        self._note("driver", "nvmlInit")
        if self.init_codes:
            code = self.init_codes.pop(0) if len(self.init_codes) > 1 else self.init_codes[0]
            if code:
                raise error(code)
        self._is_open += 1

    def nvmlShutdown(self) -> None:
        self._note("driver", "nvmlShutdown")
        self._need_open()
        self._is_open -= 1

    def nvmlDeviceGetCount(self) -> int:
        self._note("driver", "nvmlDeviceGetCount")
        self._need_open()
        return len(self.devices)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> FakeDevice:
        self._note("driver", "nvmlDeviceGetHandleByIndex")
        self._need_open()
        if index in self.handle_codes:
            raise error(self.handle_codes[index])
        return self.devices[index]

    def nvmlDeviceGetMigDeviceHandleByIndex(self, device: FakeDevice, index: int) -> FakeDevice:
        self._enter(device, "nvmlDeviceGetMigDeviceHandleByIndex")
        if index >= len(device.instances) or device.instances[index] is None:
            raise error(pynvml.NVML_ERROR_NOT_FOUND)
        return device.instances[index]  # type: ignore[return-value]

    def __getattr__(self, function: str) -> Callable[..., Any]:
        answer = _ANSWERS.get(function)
        if answer is None:
            raise AttributeError(function)

        def call(device: FakeDevice, *arguments: Any) -> Any:
            self._enter(device, function)
            return answer(device, *arguments)

        return call

    def _enter(self, device: FakeDevice, function: str) -> None:
        self._note(device.uuid, function)
        self._need_open()
        if function in self.missing:
            raise error(pynvml.NVML_ERROR_FUNCTION_NOT_FOUND)
        once = device.fails_once.get(function)
        if once:
            raise error(once.pop(0))
        code = device.fails.get(function, device.fails.get(ANY))
        if code is not None:
            raise error(code)

    def _note(self, uuid: str, function: str) -> None:
        self.calls[uuid, function] += 1
        if function == self.hangs_in:
            self.hung.set()
            self.release.wait(60)
        if self.latency_s.get(function):
            self.sleep(self.latency_s[function])

    def _need_open(self) -> None:
        if not self._is_open:
            raise error(pynvml.NVML_ERROR_UNINITIALIZED)


def _memory(device: FakeDevice, version: int | None = None) -> Any:
    if version is None:
        used = device.used + device.reserved
        return pynvml.c_nvmlMemory_t(total=device.total, free=device.total - used, used=used)
    if version != pynvml.nvmlMemory_v2:
        raise error(pynvml.NVML_ERROR_ARGUMENT_VERSION_MISMATCH)
    free = max(0, device.total - device.used - device.reserved)
    return pynvml.c_nvmlMemory_v2_t(
        version=version, total=device.total, reserved=device.reserved, free=free, used=device.used
    )


def _uses(device: FakeDevice, since_us: int) -> list[Any]:
    if isinstance(device.uses, int):
        raise error(device.uses)
    found = [sample for sample in device.uses if sample.timeStamp > since_us]
    if not found:
        raise error(pynvml.NVML_ERROR_NOT_FOUND)
    return found


def _fields(device: FakeDevice, ids: list[int]) -> Any:
    found = (pynvml.c_nvmlFieldValue_t * len(ids))()
    for entry, id_ in zip(found, ids, strict=True):
        code, kind, value = device.fields.get(id_, (pynvml.NVML_ERROR_NOT_SUPPORTED, 0, 0))
        entry.fieldId, entry.nvmlReturn, entry.valueType = id_, code, kind
        entry.value.ullVal = value
    return found


def _pci(device: FakeDevice) -> Any:
    return pynvml.nvmlPciInfo_t(domain=0, bus=device.bus, device=0)


def _minor(device: FakeDevice) -> int:
    if device.minor is None:
        raise error(pynvml.NVML_ERROR_NOT_SUPPORTED)
    return device.minor


_ANSWERS: dict[str, Callable[..., Any]] = {
    "nvmlDeviceGetUUID": lambda device: device.uuid,
    "nvmlDeviceGetName": lambda device: device.name,
    "nvmlDeviceGetPciInfo": _pci,
    "nvmlDeviceGetMinorNumber": _minor,
    "nvmlDeviceGetUtilizationRates": lambda device: SimpleNamespace(gpu=device.util, memory=1),
    "nvmlDeviceGetMemoryInfo": _memory,
    "nvmlDeviceGetPowerUsage": lambda device: device.power_mw,
    "nvmlDeviceGetEnforcedPowerLimit": lambda device: device.power_limit_mw,
    "nvmlDeviceGetTemperature": lambda device, sensor: device.temperature,
    "nvmlDeviceGetTemperatureThreshold": lambda device, kind: device.slowdown,
    "nvmlDeviceGetCurrentClocksEventReasons": lambda device: device.slowed_by,
    "nvmlDeviceGetCurrentClocksThrottleReasons": lambda device: device.slowed_by,
    "nvmlDeviceGetTotalEnergyConsumption": lambda device: device.energy_mj,
    "nvmlDeviceGetFieldValues": _fields,
    "nvmlDeviceGetMigMode": lambda device: [int(device.is_mig), int(device.is_mig)],
    "nvmlDeviceGetMaxMigDeviceCount": lambda device: 7 if device.is_mig else 0,
    "nvmlDeviceGetProcessUtilization": _uses,
    "nvmlDeviceGetComputeRunningProcesses_v3": lambda device: device.compute,
    "nvmlDeviceGetComputeRunningProcesses_v2": lambda device: device.compute,
    "nvmlDeviceGetComputeRunningProcesses": lambda device: device.compute,
    "nvmlDeviceGetGraphicsRunningProcesses_v3": lambda device: device.graphics,
    "nvmlDeviceGetGraphicsRunningProcesses_v2": lambda device: device.graphics,
    "nvmlDeviceGetGraphicsRunningProcesses": lambda device: device.graphics,
}
