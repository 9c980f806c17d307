"""The text of ``parcel.json``: what a parcel says of itself, and a digest of that at its end."""

from __future__ import annotations

import json
from typing import Any

from .parcel_digest import new_hash

_KEY = ', "digest": "'
_TAIL = '"}'
_AFTER = len(_KEY) + 2 * new_hash().digest_size + len(_TAIL)


class Changed(ValueError):
    """A text is not the one that was made."""


def text_of_manifest(content: dict[str, Any]) -> str:
    """Return the text for a content that is not empty."""
    text = json.dumps(content)[:-1]
    return f"{text}{_KEY}{_digest(text.encode())}{_TAIL}"


def check_manifest(text: bytes) -> None:
    """Raise ``Changed`` if a text is not one that ``text_of_manifest`` has made."""
    body, end = text[:-_AFTER], text[-_AFTER:]
    if end != f"{_KEY}{_digest(body)}{_TAIL}".encode():
        raise Changed("its list of contents was changed on the way")


def digest_at_end(text: str) -> str:
    """Return the digest that stands at the end of a text: its content has it as ``digest``."""
    return text[-_AFTER + len(_KEY) : -len(_TAIL)]


def _digest(text: bytes) -> str:
    made = new_hash()
    made.update(text)
    return str(made.hexdigest())
