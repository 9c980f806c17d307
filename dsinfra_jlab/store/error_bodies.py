"""Records of errors as bytes, and back."""

from __future__ import annotations

import json
import zlib

import msgspec

from ..domain.errors.occurrences import ErrorRecord
from ..domain.storable import to_storable

__all__ = ["pack_error", "unpack_error"]

_LEVEL = 1
"""Of zlib: see ``batch``."""

_decoder = msgspec.json.Decoder(ErrorRecord)


def pack_error(record: ErrorRecord) -> bytes:
    """Return a record as it is stored.

    Raises
    ------
    ValueError
        It holds what no record can hold, such as NaN for a number of seconds.
    """
    try:
        packed = msgspec.json.encode(record)
    except Exception:
        # Lone surrogates, in the first place: rare, so looked for late.
        content = to_storable(msgspec.to_builtins(record))
        packed = json.dumps(content, separators=(",", ":")).encode()
    # A record that cannot be read again would take the page it is on with it.
    _decoder.decode(packed)
    return zlib.compress(packed, _LEVEL)


def unpack_error(body: bytes) -> ErrorRecord:
    """Return a record as it was written; what a newer version wrote besides is passed by."""
    return _decoder.decode(zlib.decompress(body))
