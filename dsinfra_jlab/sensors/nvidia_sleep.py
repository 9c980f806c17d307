"""Whether NVIDIA GPUs are asleep, by files that do not wake them."""

from __future__ import annotations

import os

_PCI = "/sys/bus/pci/devices"
_NVIDIA = "0x10de"
_DISPLAY = "0x03"
_ASLEEP = frozenset({"suspended", "suspending"})


class PciSleep:
    """Reads how the machine manages the power of its PCI devices.

    Parameters
    ----------
    folder
        Where the system lists PCI devices; elsewhere than on Linux there is none.
    """

    def __init__(self, folder: str = _PCI) -> None:
        self._folder = folder
        self._gpus: list[str] | None = None

    def is_asleep(self, address: str) -> bool:
        """Return whether a device is known to be asleep."""
        return self._read(address, "power/runtime_status") in _ASLEEP

    def may_sleep(self, address: str) -> bool:
        """Return whether the system puts the device to sleep when nobody uses it."""
        return self._read(address, "power/control") == "auto"

    def all_asleep(self) -> bool:
        """Return whether there are NVIDIA GPUs here and all of them sleep."""
        if self._gpus is None:
            # Machines have hundreds of devices; which of them are GPUs is looked at once.
            self._gpus = [address for address in self._addresses() if self._is_gpu(address)]
        return bool(self._gpus) and all(map(self.is_asleep, self._gpus))

    def _is_gpu(self, address: str) -> bool:
        return self._read(address, "vendor") == _NVIDIA and self._read(address, "class").startswith(
            _DISPLAY
        )

    def _addresses(self) -> list[str]:
        try:
            return os.listdir(self._folder)
        except OSError:
            return []

    def _read(self, address: str, name: str) -> str:
        try:
            with open(os.path.join(self._folder, address, name), encoding="ascii") as file:
                return file.read(64).strip()
        except (OSError, ValueError):
            return ""


def address_of(info: object) -> str:
    """Return the address of a PCI device as the system writes it, empty if it is not known."""
    parts = [getattr(info, name, None) for name in ("domain", "bus", "device")]
    numbers = [part for part in parts if isinstance(part, int)]
    if len(numbers) != len(parts):
        return ""
    domain, bus, device = numbers
    return f"{domain:04x}:{bus:02x}:{device:02x}.0"
