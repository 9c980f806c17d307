"""NVIDIA's library while it is open: the devices it shows, and a look at all of them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

from ..domain.resources import limits
from ..domain.resources.samples import GpuReading
from . import nvidia_values as values
from .nvidia_calls import Call, CallBook, DeviceLost, DriverAnswer, Refused
from .nvidia_device import MIG_MODE, Device, Identity
from .nvidia_sleep import PciSleep, address_of
from .nvidia_words import ASLEEP, NO_PERMISSION, about_device

DRIVER = "driver"
"""Stands for the device in calls that are about none."""

_INIT = Call("nvmlInit")
_SHUTDOWN = Call("nvmlShutdown")
_COUNT = Call("nvmlDeviceGetCount")
_UUID = Call("nvmlDeviceGetUUID")
_NAME = Call("nvmlDeviceGetName")
_PCI = Call("nvmlDeviceGetPciInfo")
_MINOR = Call("nvmlDeviceGetMinorNumber")
_INSTANCES_MAX = Call("nvmlDeviceGetMaxMigDeviceCount")
_UNKNOWN_NAME = "NVIDIA GPU"


@dataclass(slots=True)
class _Slot:
    """One of the driver's numbers, and the device behind it if it can be reached."""

    index: int
    device: Device | None = None
    instances: list[Device] | None = None
    looked_for_instances_s: float | None = None
    may_sleep: bool = True
    """Whether the system puts it to sleep when nobody uses it."""
    retry_at_s: float | None = None
    """When a lost device is looked for again."""


class NvmlSession:
    """The open library. It is used by one thread, besides ``readings``.

    ``readings`` is changed a device at a time, so that one that hangs does not keep back what
    was read of the others.
    """

    def __init__(self, book: CallBook, sleep: PciSleep) -> None:
        self._book = book
        self._sleep = sleep
        self._slots: list[_Slot] = []
        self._uuids: dict[int, str] = {}
        """By number, of devices that were seen: they keep their keys when they are lost."""
        self.readings: dict[str, tuple[float, GpuReading]] = {}
        """By key, when it was read and what."""
        self.refusal = 0
        """Why devices that the driver counts are not shown: its last code."""

    def open(self, now_s: float) -> int:
        """Begin with the library and return how many GPUs it shows; raises ``DriverAnswer``."""
        self._ask_driver(_INIT)
        try:
            count = values.number(self._ask_driver(_COUNT)) or 0
            self._book.try_again()
            count = min(int(count), limits.GPU_DEVICES_MAX)
            self._slots = [_Slot(index) for index in range(count)]
            for slot in list(self._slots):
                self._find(slot, now_s)
        except DriverAnswer:
            self.close()
            raise
        return len(self._slots)

    def close(self) -> None:
        """End with the library; what was read stays."""
        self._slots = []
        with contextlib.suppress(DriverAnswer):
            self._ask_driver(_SHUTDOWN)

    def look(self, now_s: float) -> None:
        """Read what is due of each device; raises ``SessionLost``."""
        for slot in list(self._slots):
            if slot.retry_at_s is not None:
                if now_s < slot.retry_at_s:
                    continue
                self._find(slot, now_s)
            if slot.device is None:
                continue
            try:
                self._look_at(slot, slot.device, now_s)
            except DeviceLost as lost:
                self._lose(slot, lost.code, now_s)
        self._forget_removed()

    def blank(self, why: str, now_s: float) -> None:
        """Take back what was read of every device, with the reason."""
        for key, (_, reading) in list(self.readings.items()):
            of = reading.sample
            identity = Identity(key, of.index, of.name, of.parent_uuid)
            self._put(Device(identity, None, self._book).blank(why), now_s)

    def is_idle(self) -> bool:
        """Return whether every device may fall asleep and nothing runs on any."""
        devices = [slot.device for slot in self._slots if slot.device is not None]
        return bool(devices) and all(map(self._is_device_idle, devices))

    def label(self, key: str) -> str:
        """Return what to call a device in a table that others may see."""
        whole, _, place = key.partition("/")
        if place:
            return f"{self.label(whole)} place {place}"
        for slot in tuple(self._slots):
            if slot.device is not None and slot.device.identity.uuid == key:
                return f"GPU {slot.index}"
            for instance in slot.instances or ():
                if instance.identity.uuid == key:
                    return f"GPU {slot.index} instance {instance.identity.index}"
        return key if key == DRIVER or key.startswith("index:") else "GPU no longer there"

    # One device

    def _find(self, slot: _Slot, now_s: float) -> None:
        """Ask for the device of a number; a lost one is asked for again later."""
        slot.retry_at_s = None
        place = f"index:{slot.index}"
        self._book.try_again(place)
        try:
            handle = self._book.ask(place, Call("nvmlDeviceGetHandleByIndex"), slot.index)
            slot.device = Device(self._identify(slot.index, handle), handle, self._book)
        except (DeviceLost, Refused) as answer:
            if answer.code == NO_PERMISSION:
                # A machine's other GPUs, which this container or account was not given.
                self._slots.remove(slot)
                self.refusal = answer.code
                return
            self._lose(slot, answer.code, now_s)
            return
        uuid = slot.device.identity.uuid
        self._uuids[slot.index] = uuid
        self._book.try_again(uuid)

    def _identify(self, index: int, handle: Any) -> Identity:
        place = f"index:{index}"
        try:
            uuid = values.text(self._book.ask(place, _UUID, handle))
        except Refused:
            uuid = ""
        try:
            name = values.text(self._book.ask(place, _NAME, handle))
        except Refused:
            name = ""
        try:
            address = address_of(self._book.ask(place, _PCI, handle))
        except Refused:
            address = ""
        try:
            minor = values.number(self._book.ask(place, _MINOR, handle))
        except Refused:  # as everywhere but on Linux
            minor = None
        key = uuid or (f"pci:{address}" if address else place)
        number = None if minor is None else int(minor)
        return Identity(key, index, name or _UNKNOWN_NAME, None, address, number)

    def _look_at(self, slot: _Slot, device: Device, now_s: float) -> None:
        address = device.identity.pci_address
        if slot.may_sleep and address and self._sleep.is_asleep(address):
            self._put(device.blank(ASLEEP), now_s)
            return
        made = self._book.made
        self._look_for_instances(slot, device, now_s)
        self._put(device.read(now_s, is_turn_taken=self._book.made > made), now_s)
        for instance in slot.instances or ():
            try:
                self._put(instance.read(now_s), now_s)
            except DeviceLost:
                instance.is_gone = True
            if instance.is_gone:
                slot.looked_for_instances_s = None

    def _lose(self, slot: _Slot, code: int, now_s: float) -> None:
        """Leave a device alone for a while; it stays to be seen, with the reason."""
        device, slot.device, slot.instances = slot.device, None, None
        slot.retry_at_s = now_s + limits.GPU_RETRY_S
        slot.looked_for_instances_s = None
        if device is None:
            key = self._uuids.get(slot.index, f"index:{slot.index}")
            before = self.readings.get(key)
            name = before[1].sample.name if before is not None else _UNKNOWN_NAME
            device = Device(Identity(key, slot.index, name), None, self._book)
        self._put(device.blank(about_device(code)), now_s)

    def _put(self, reading: GpuReading, now_s: float) -> None:
        self.readings[reading.sample.uuid] = (now_s, reading)

    def _is_device_idle(self, device: Device) -> bool:
        found = self.readings.get(device.identity.uuid)
        address = device.identity.pci_address
        if found is None or not address or not self._sleep.may_sleep(address):
            return False
        return found[1].holdings == () and not found[1].sample.util_ratio

    # Instances of divided devices

    def _look_for_instances(self, slot: _Slot, device: Device, now_s: float) -> None:
        """Find the instances of a device again from time to time: they come and go."""
        looked_s = slot.looked_for_instances_s
        if looked_s is not None and now_s - looked_s < limits.GPU_INSTANCES_INTERVAL_S:
            return
        slot.looked_for_instances_s = now_s
        slot.may_sleep = self._sleep.may_sleep(device.identity.pci_address)
        known = {instance.identity.uuid: instance for instance in slot.instances or ()}
        slot.instances = []
        for identity, handle in self._instances(device):
            instance = known.get(identity.uuid) or Device(identity, handle, self._book)
            if instance.is_gone:
                instance.is_gone = False
                self._book.try_again(identity.uuid)
            instance.handle = handle
            slot.instances.append(instance)
        if device.is_divided != bool(slot.instances):
            device.is_divided = bool(slot.instances)
            self._book.try_again(device.identity.uuid)

    def _instances(self, device: Device) -> list[tuple[Identity, Any]]:
        key = device.identity.uuid
        try:
            mode = self._book.ask(key, MIG_MODE, device.handle)
            if not mode or mode[0] != 1:
                return []
            most = values.number(self._book.ask(key, _INSTANCES_MAX, device.handle)) or 0
        except Refused:
            return []
        found = []
        for index in range(min(int(most), limits.GPU_INSTANCES_MAX)):
            # Places without an instance are no failure of the call: each has its own entry.
            place = f"{key}/{index}"
            self._book.try_again(place)
            call = Call("nvmlDeviceGetMigDeviceHandleByIndex", (index,))
            try:
                handle = self._book.ask(place, call, device.handle)
                uuid = values.text(self._book.ask(place, _UUID, handle))
            except Refused:
                continue
            found.append((self._instance_identity(device, index, uuid or place, handle), handle))
        return found

    def _instance_identity(self, device: Device, index: int, uuid: str, handle: Any) -> Identity:
        try:
            name = values.text(self._book.ask(uuid, _NAME, handle))
        except Refused:
            name = ""
        of = device.identity
        return Identity(uuid, index, name or f"{of.name} instance {index}", of.uuid)

    def _forget_removed(self) -> None:
        """Forget the readings of instances that are not there any more."""
        there: set[str] = set()
        for slot in self._slots:
            there.add(self._uuids.get(slot.index, f"index:{slot.index}"))
            there.update(instance.identity.uuid for instance in slot.instances or ())
        for key in [key for key in self.readings if key not in there]:
            del self.readings[key]
            self._book.forget(key)

    def _ask_driver(self, call: Call) -> Any:
        self._book.try_again(DRIVER)
        return self._book.ask(DRIVER, call)
