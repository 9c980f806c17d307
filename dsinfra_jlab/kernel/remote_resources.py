"""What a job asks for, as a user says it."""

from __future__ import annotations

MEMORY_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


def resources_of(
    cpus: int | None, memory: str | int | None, gpus: int | None
) -> dict[str, int] | None:
    """Return what a job asks for, ``None`` if it asks for nothing.

    >>> resources_of(2, "1.5GB", None)
    {'cpus': 2, 'memory_bytes': 1500000000}
    """
    wanted = {"cpus": cpus, "memory_bytes": _bytes_of(memory), "gpus": gpus}
    return {key: int(value) for key, value in wanted.items() if value is not None} or None


def _bytes_of(memory: str | int | None) -> int | None:
    """Return a size in bytes.

    >>> _bytes_of("512 MiB"), _bytes_of("4G"), _bytes_of(1000)
    (536870912, 4000000000, 1000)
    """
    if memory is None or isinstance(memory, int):
        return memory
    text = memory.strip().lower().replace(" ", "")
    number = text.rstrip("bikmgt")
    unit = text[len(number) :].rstrip("b")
    base = MEMORY_UNITS.get(unit[:1])
    try:
        if base is None or unit[1:] not in ("", "i"):
            raise ValueError
        if unit[1:] == "i":
            base = 1024 ** (list(MEMORY_UNITS).index(unit[:1]))
        return int(float(number) * base)
    except ValueError:
        raise ValueError(f"{memory!r} is no size; say for example 4GB or 512MiB") from None
