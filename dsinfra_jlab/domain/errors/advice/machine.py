"""Advice on memory, devices and disks; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...sizes import size_in_words
from ..occurrences import Advice
from .case import Case, number, parts, text, truth

_STICKY = re.compile(
    r"device-side assert triggered|an illegal memory access was encountered"
    r"|unspecified launch failure|CUDA error: misaligned address"
    r"|illegal instruction was encountered"
    r"|CUDA_ERROR_ILLEGAL_ADDRESS|CUDA_ERROR_ASSERT|cudaErrorIllegalAddress|cudaErrorAssert"
)
_ARRAY = re.compile(
    r"Unable to allocate ([\d.]+ \w+) for an array with shape \(([\d, ]+)\) and data type (\w+)"
)
_TORCH = re.compile(r"DefaultCPUAllocator: [\s\S]*?you tried to allocate (\d{1,20}) bytes")
_ON_DEVICE = re.compile(r"(?:CUDA|HIP|MPS) (?:backend )?out of memory|CUDA error: out of memory")
_DEVICES = re.compile(
    r"Expected all tensors to be on the same device, but (?:found at least two devices, ([\w:]+)"
    r" and ([\w:]+)|got (\w+) is on ([\w:]+), different from other tensors on ([\w:]+))"
)
_DTYPES = re.compile(
    r"(?:expected (?:m1 and m2|mat1 and mat2) to have the same dtype, but got: (\w+) != (\w+)"
    r"|mat1 and mat2 must have the same dtype, but got (\w+) and (\w+))"
)


def on_devices(case: Case) -> Iterator[Advice]:
    """Advise on GPUs that have failed, or are not there."""
    if _STICKY.search(case.evalue):
        yield Advice(
            "Restart the kernel: after this error its GPU context does not work any more.",
            "The GPU reported an error that lasts; the line shown may be later than the one that "
            "caused it.",
            "restart",
        )
        if "device-side assert" in case.evalue:
            yield Advice(
                "Run the same on the CPU to see which index or label is out of range.",
                "Asserts on the device are mostly about indexes, and the CPU names the line.",
            )
    elif "Attempting to deserialize object on a CUDA device" in case.evalue:
        yield Advice(
            "Load it with `map_location='cpu'`.",
            "It was saved on a GPU, and torch sees none here.",
        )
    elif "Torch not compiled with CUDA enabled" in case.evalue:
        yield Advice(
            "Use `device='cpu'`, or install torch with CUDA.",
            "The installed torch was built without CUDA.",
        )
    elif "Found no NVIDIA driver" in case.evalue or "No CUDA GPUs are available" in case.evalue:
        yield Advice("Use `device='cpu'`.", "The kernel sees no GPU with a driver.")
    yield from _mixed(case)


def _mixed(case: Case) -> Iterator[Advice]:
    match = _DEVICES.search(case.evalue)
    operands = [
        each
        for fact in case.facts_on("operands")
        for each in parts(fact, "operands")
        if text(each, "expression")
    ]
    if match is not None:
        devices = [each for each in match.groups() if each and (":" in each or each == "cpu")]
        seen = [
            f"`{text(e, 'expression')}` is on {text(e, 'device')}"
            for e in operands
            if text(e, "device")
        ]
        yield Advice(
            "Move the data and the model to one device with `.to(device)`.",
            f"{' and '.join(seen)}."
            if len(set(seen)) > 1
            else f"Devices: {' and '.join(devices)}.",
        )
    match = _DTYPES.search(case.evalue)
    if match is None:
        return
    names = [each for each in match.groups() if each]
    doubles = [text(each, "expression") for each in operands if text(each, "dtype") == "float64"]
    evidence = f"One is {names[0]} and the other {names[1]}."
    if {each.lower() for each in names} == {"double", "float"} and len(doubles) == 1:
        yield Advice(f"Convert `{doubles[0]}` with `.float()`.", evidence)
    else:
        yield Advice("Convert one to the dtype of the other with `.to(dtype)`.", evidence)


def on_memory(case: Case) -> Iterator[Advice]:
    """Advise on memory that has run out."""
    is_device = _ON_DEVICE.search(case.evalue) is not None
    is_cpu = case.ename in ("MemoryError", "ArrayMemoryError", "_ArrayMemoryError")
    is_torch = "DefaultCPUAllocator" in case.evalue
    if not (is_device or is_cpu or is_torch):
        return
    match = _ARRAY.search(case.evalue)
    if match is not None:
        small = {"float64": "float32", "int64": "int32", "complex128": "complex64"}.get(match[3])
        yield Advice(
            f"Make the array of shape ({match[2]}) smaller, or work in parts"
            + (f"; `{small}` takes half." if small else "."),
            f"{match[1]} were asked for at once, as {match[3]}.",
        )
    match = _TORCH.search(case.evalue)
    if match is not None:
        yield Advice(
            "Make the tensor smaller, or work in parts.",
            f"{size_in_words(int(match[1]))} were asked for at once.",
        )
    fact = case.fact("memory")
    names = [
        (text(each, "name"), number(each, "bytes") or 0)
        for each in parts(fact, "names")
        if text(each, "name").isidentifier()
    ]
    if names and truth(fact, "on_device") == is_device:
        first = names[:3]
        listed = ", ".join(f"`{name}` {size_in_words(size)}" for name, size in first)
        yield Advice(
            f"Delete what is no longer needed, the biggest first: `del {first[0][0]}`.",
            f"The biggest names {'on the device' if is_device else 'of the notebook'}: {listed}.",
            f"insert_code:del {first[0][0]}",
        )
    if is_device:
        yield Advice(
            "Use a smaller batch, and `torch.no_grad()` where no gradients are needed.",
            "The memory of the device is used up.",
        )


def on_disks(case: Case) -> Iterator[Advice]:
    """Advise on disks that are full, and on other things that the system is out of."""
    for pattern, advice, evidence in _SYSTEM:
        if re.search(pattern, case.evalue):
            yield Advice(advice, evidence)
            return


_SYSTEM = (
    (
        r"\[Errno 28\]|No space left on device",
        "Free space on the disk, or write elsewhere.",
        "The disk that was written to is full.",
    ),
    (
        r"\[Errno 122\]|Disk quota exceeded",
        "Free space of your quota, or write elsewhere.",
        "Your quota of the disk is used up.",
    ),
    (
        r"\[Errno 24\]|Too many open files",
        "Close files that are no longer needed: use `with open(…)`.",
        "The kernel has as many open files as the system allows.",
    ),
    (
        r"\[Errno (?:98|48)\]|[Aa]ddress already in use",
        "Use another port, or stop what listens on this one.",
        "The port is in use by another process.",
    ),
    (
        r"\[Errno 30\]|Read-only file system",
        "Write to another folder: this one cannot be written.",
        "The file system is read-only.",
    ),
    (
        r"\[Errno 21\]|Is a directory",
        "Name a file: the path is that of a folder.",
        "The path leads to a folder.",
    ),
    (
        r"DataLoader worker .*(?:Bus error|bus error)",
        "Give the container more shared memory, or use `num_workers=0`.",
        "A worker of the DataLoader died of a bus error, for want of shared memory.",
    ),
)
