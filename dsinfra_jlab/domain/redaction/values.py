"""What a value itself tells: a secret, a stand-in for one, or code."""

from __future__ import annotations

import re

MARKER = re.compile(r"«redacted:[a-z0-9-]{1,40}:[0-9a-f]{8}»")
"""What stands in the place of a secret."""

_PLACEHOLDER = re.compile(
    r"""(?:
      |none|null|nil|nan|true|false|undefined|str|string|bytes|int|float|bool|object|text|varchar
      |required|optional|password|passwd|secret|token|api[_-]?key|hidden|redacted|masked|yes|no|any
      ||[*xX.•_\-\#?]+|\[[\w\s]*\]|<[^<>]*>|\{.*\}|\$\{?.*|%\(?\w+\)?s?|%[A-Za-z_]\w*%|:\w+
      |your[_\- ].*|my[_\-]?(?:token|key|password|secret)|[a-z][a-z0-9+.\-]{1,20}://.*
      |[~.]{0,2}/.*\.\w{2,5}|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+
    )\Z""",
    re.VERBOSE | re.DOTALL,
)
_WORDLIKE = re.compile(
    r"(?:[A-Za-z]+\d{0,3}|\d{0,4})(?:[_\-./: ]+(?:[A-Za-z]+\d{0,3}|\d{1,4}))*[_\-./: ]*\Z"
    r"|[\d.\-:/+eE_]+\Z"
)
IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\Z")
DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z")
OPERATION = re.compile(r"[A-Za-z_][A-Za-z_.]*(?:[+\-*/%@^=]+[A-Za-z_.]+)+\Z")


def is_placeholder(value: str) -> bool:
    """Say whether a value only stands for a secret: ``None``, ``<token>``, ``${TOKEN}``."""
    return bool(_PLACEHOLDER.match(value.strip()) or MARKER.search(value))


def looks_random(value: str) -> bool:
    """Say whether a value looks made by a machine rather than by a person or by code."""
    if len(value) < 8 or any(c.isspace() for c in value) or _WORDLIKE.match(value):
        return False
    has_digit = any(c.isdigit() for c in value)
    has_letter = any(c.isalpha() for c in value)
    is_mixed = not value.islower() and not value.isupper() and not IDENTIFIER.match(value)
    return (has_digit and has_letter) or (len(value) >= 16 and is_mixed and has_letter)


def is_token(value: str) -> bool:
    """Say whether a value may be a token, beside a name that ends in ``token``."""
    if len(value) < 8 or any(c.isspace() for c in value):
        return False
    has_digit = any(c.isdigit() for c in value)
    return (has_digit and any(c.isalpha() for c in value)) or looks_random(value)


def has_odd(value: str) -> bool:
    """Say whether a value has a character that words do not have."""
    return any(not c.isalpha() and c not in "_- " for c in value)
