"""What NVIDIA's driver answers when it does not answer: what follows, and how a user is told."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Then(Enum):
    """What follows from a refusal."""

    drop = "drop"
    """This call is not made of this device for a while: asking again changes nothing."""
    pass_over = "pass_over"  # noqa: S105 - no password
    """No reading this time; the next one may come."""
    lose_device = "lose_device"
    """The device is left alone for a while; the others go on."""
    reopen = "reopen"
    """The library has to be begun anew."""


# Numbers of NVML's C interface, which keep their meaning between versions. The classes that the
# binding raises compare equal without a hash, so only the numbers are looked at.
SUCCESS: Final = 0
UNINITIALIZED: Final = 1
INVALID_ARGUMENT: Final = 2
NOT_SUPPORTED: Final = 3
NO_PERMISSION: Final = 4
NOT_FOUND: Final = 6
DRIVER_NOT_LOADED: Final = 9
LIBRARY_NOT_FOUND: Final = 12
FUNCTION_NOT_FOUND: Final = 13
GPU_IS_LOST: Final = 15
RESET_REQUIRED: Final = 16
OPERATING_SYSTEM: Final = 17
LIB_RM_VERSION_MISMATCH: Final = 18
ARGUMENT_VERSION_MISMATCH: Final = 25
DEPRECATED: Final = 26
GPU_NOT_FOUND: Final = 28
UNKNOWN: Final = 999

THEN: Final[dict[int, Then]] = {
    UNINITIALIZED: Then.reopen,
    INVALID_ARGUMENT: Then.drop,
    NOT_SUPPORTED: Then.drop,
    NO_PERMISSION: Then.drop,
    NOT_FOUND: Then.drop,
    DRIVER_NOT_LOADED: Then.reopen,
    FUNCTION_NOT_FOUND: Then.drop,
    GPU_IS_LOST: Then.lose_device,
    RESET_REQUIRED: Then.lose_device,
    LIB_RM_VERSION_MISMATCH: Then.reopen,
    ARGUMENT_VERSION_MISMATCH: Then.drop,
    DEPRECATED: Then.drop,
    GPU_NOT_FOUND: Then.lose_device,
}
"""By answer; of all others (timeout, unknown, not ready, …) the next time may be better."""

IS_OLD_FORM: Final = frozenset({FUNCTION_NOT_FOUND, ARGUMENT_VERSION_MISMATCH, DEPRECATED})
"""Answers of a driver that may know an older form of the call."""

SENSOR: Final[dict[int, str]] = {
    LIBRARY_NOT_FOUND: "No NVIDIA driver was found on this machine.",
    DRIVER_NOT_LOADED: (
        "NVIDIA's software is installed here, but no NVIDIA GPU can be reached: "
        "there is none, or its driver is not loaded."
    ),
    LIB_RM_VERSION_MISMATCH: ("The driver was updated while it was loaded; restart the machine."),
    NO_PERMISSION: "The account this server runs under may not ask the NVIDIA driver.",
    OPERATING_SYSTEM: "The operating system does not let this server ask the NVIDIA driver.",
    UNKNOWN: (
        "The NVIDIA driver failed without a reason. In a container its access to the GPU may "
        "have been lost; start the container again."
    ),
}
"""Why there are no GPUs at all."""

SENSOR_ELSE: Final = "The NVIDIA driver could not be asked; it is tried again every ten minutes."
NO_BINDING: Final = "The Python package nvidia-ml-py is missing, so NVIDIA GPUs are not read."
NO_GPU: Final = "There is an NVIDIA driver, but it shows this server no GPU."
HANGS: Final = "The NVIDIA driver does not answer; the last readings of the GPUs are getting old."
ALL_ASLEEP: Final = "The NVIDIA GPU is asleep to save power; it is not woken to be read."
NOT_YET: Final = "The NVIDIA GPUs have not been read yet."

DEVICE: Final[dict[int, str]] = {
    GPU_IS_LOST: "The machine has lost this GPU; it takes a reset or a restart of the machine.",
    RESET_REQUIRED: "This GPU has to be reset before it can be used.",
    GPU_NOT_FOUND: "This GPU is no longer there.",
}
"""Why a whole GPU cannot be read."""

DEVICE_ELSE: Final = "The driver does not let this server read this GPU."
RESTS: Final = "Nothing runs on this GPU; it is left alone so that it can fall asleep."
ASLEEP: Final = "This GPU is asleep to save power; it is not woken to be read."

CALL: Final[dict[int, str]] = {
    NOT_SUPPORTED: "This GPU does not report it.",
    NO_PERMISSION: "The account this server runs under may not read it.",
    FUNCTION_NOT_FOUND: "This driver does not report it.",
    ARGUMENT_VERSION_MISMATCH: "This driver does not report it.",
    DEPRECATED: "This driver does not report it.",
}
"""Why one reading is missing."""

CALL_ELSE: Final = "The driver gave no answer."
NONSENSE: Final = "The driver gave a value that cannot be true."
UNIFIED: Final = "This GPU uses the machine's memory and has none of its own to count."
ONLY_WHOLE: Final = "Only the whole GPU reports it, not its instances."
WITH_INSTANCES: Final = "Processes are listed with this GPU's instances."


def about_sensor(code: int) -> str:
    """Return why no GPU can be read."""
    return SENSOR.get(code, SENSOR_ELSE)


def about_device(code: int) -> str:
    """Return why a GPU cannot be read."""
    return DEVICE.get(code, DEVICE_ELSE)


def about_call(code: int) -> str:
    """Return why a reading of a GPU is missing."""
    return CALL.get(code, CALL_ELSE)
