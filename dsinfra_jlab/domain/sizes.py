"""Sizes in bytes, as people write and read them; pure."""

from __future__ import annotations

import re
from fractions import Fraction

__all__ = ["bytes_of", "size_in_words"]

_UNITS = ("", "k", "m", "g", "t", "p")
_WRITTEN = re.compile(
    r"(?P<number>\d{1,20}(\.\d{1,20})?)\s*((?P<unit>[kmgtp])(?P<binary>i?))?b?", re.IGNORECASE
)


def bytes_of(text: str) -> int:
    """Return the bytes of a size as a person writes it.

    >>> bytes_of("8 GB"), bytes_of("512MiB"), bytes_of("1.5g"), bytes_of("100")
    (8000000000, 536870912, 1500000000, 100)

    Raises
    ------
    ValueError
        It is no size.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text[:50]!r} is no size; write one such as 8 GB or 512 MiB")
    power = _UNITS.index((found["unit"] or "").lower())
    return int(Fraction(found["number"]) * (1024 if found["binary"] else 1000) ** power)


def size_in_words(count: int) -> str:
    """Return a number of bytes as people write it.

    >>> size_in_words(8_589_934_592), size_in_words(1), size_in_words(999_999)
    ('8.59 GB', '1 byte', '1 MB')
    """
    if count < 1_000:
        return f"{count} byte{'' if count == 1 else 's'}"
    amount, unit = float(count), ""
    for unit in ("kB", "MB", "GB", "TB", "PB"):  # noqa: B007  (the one it ends with is used)
        amount /= 1_000
        if amount < 999.5:
            break
    return f"{amount:.3g} {unit}" if amount < 999.5 else f"{amount:,.0f} {unit}"
