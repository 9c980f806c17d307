"""The key of this installation, by which equal secrets get equal marks over restarts."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

KEY_BYTES = 32


def install_key(path: Path) -> bytes:
    """Return the key in a file, made on first use and readable by its owner alone.

    Where the file can neither be read nor made, the key holds for this process only: then
    marks cannot be compared with those of other days, and nothing else is lost.
    """
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(file, "wb") as new:
                new.write(secrets.token_bytes(KEY_BYTES))
        key = path.read_bytes()
        if len(key) >= KEY_BYTES:
            return key
    return secrets.token_bytes(KEY_BYTES)
