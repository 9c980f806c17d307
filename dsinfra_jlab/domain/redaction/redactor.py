"""Removal of secrets from code, outputs, messages and environment before they are stored.

Four layers: the credentials and secret parameters of URLs, secrets known by their form
(``formats``), secrets known by the name beside them (``names``), and those that are
known by themselves (``known_secrets``). A secret becomes ``«redacted:kind:id»``, where ``id`` is a
keyed hash: equal secrets stay comparable, and nobody without the key can try guesses against it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import blake2b
from itertools import chain
from typing import Any

from .formats import SecretSpan, known_formats, may_have_known_formats
from .names import may_name_secrets, named_secrets, names_secret
from .values import MARKER, is_placeholder, looks_random

ID_BYTES = 4
"""Bytes of the hash that are shown: enough to tell a person's secrets apart, too few to
confirm a guess without the key."""

PASSES_MAX = 8
"""How often a text is gone over until nothing changes; ordinary texts need two."""

SECRET_KNOWN_MIN_CHARS = 6
"""Shorter secrets are not looked for elsewhere: they are too often ordinary words."""

ENVIRONMENT_SECRET_MIN_CHARS = 16
"""Shortest value of a variable that is looked for everywhere: keys and tokens are longer."""

DEPTH_MAX = 200
"""Deepest nesting of a JSON value that is walked; what lies deeper is hidden whole."""

KEY_PEM_MAX_CHARS = 20_000
"""Longest private key looked for after its first line."""

_BINARY_MIMETYPE = re.compile(
    r"(?:image/(?!svg)|audio/|video/|font/|application/(?:pdf|octet-stream|zip))"
)

_USER_INFO = (
    re.compile(
        r":(?:\\?/){2}(?P<user>[^\s/?#@:'\"<>«»]{0,512})"
        r"(?::(?P<password>(?![0-9]{1,5}[/?#])[^\s@'\"<>`«»]{1,256}(?:@(?=[^\s@/]{0,256}@)"
        r"[^\s@/'\"<>«»]{0,256})?))?@(?=[\w\[.\-{$%/])"
    ),
    re.compile(
        r"%3[Aa]%2[Ff]%2[Ff](?P<user>(?:[\w.+~\-]|%(?!3[Aa]|40)){0,256})"
        r"(?:%3[Aa](?P<password>(?:[\w.+~*!\-]|%(?!40)){1,256}))?%40(?=[\w\[.\-])"
    ),
)
"""As written, and with ``:``, ``/`` and ``@`` quoted."""

_QUERY_PART = re.compile(
    r"[?&;](?:amp;)?(?P<name>[\w.\-%]{0,64}?(?:token|secret|password|passwd|pwd|api[_-]?key|apikey|"
    r"access[_-]?key|credential|signature|auth(?!or)|sig|code_verifier|session[_-]?id)[\w.\-]{0,32})="
    r"(?P<value>[^\s&;#'\"<>`\\«»{}]{3,4096})",
    re.IGNORECASE,
)
_MERE_PLACE = re.compile(r"^[/~]|^[A-Za-z]:\\|://|\s")
"""Paths of key files and sockets, URLs, sentences."""

_PEM_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_PEM_BODY = re.compile(r"[A-Za-z0-9+/=\s\\\"',:.()-]{0,20000}")


class Redactor:
    """Hides secrets; equal secrets get equal ids as long as the key is the same.

    Parameters
    ----------
    key
        Kept per installation so that ids stay comparable over restarts; random if absent.
    known
        Secrets that are hidden wherever they stand.
    """

    def __init__(self, key: bytes | None = None, known: Iterable[str] = ()) -> None:
        self._key = (key or secrets.token_bytes(32))[:64]
        self._known = {secret: self.mark("known", secret) for secret in known}

    def redact(self, text: str) -> str:
        """Return ``text`` with its secrets replaced; the very same text if it has none."""
        text = without_known(text, self._known)
        for _ in range(PASSES_MAX):
            spans = _secrets_in(text)
            if not spans:
                return text
            text = self._replace(text, spans)
        return text

    def secrets_in(self, text: str) -> dict[str, str]:
        """Return the secrets of a text, each with the mark that stands for it.

        What follows from the text, as the message of an error in it, may repeat one without
        anything beside it that tells what it is.
        """
        found = {text[span.start : span.end]: span.kind for span in _secrets_in(text)}
        marks = {
            secret: self.mark(kind, secret)
            for secret, kind in found.items()
            if len(secret) >= SECRET_KNOWN_MIN_CHARS
        }
        return {**marks, **self._known_in(text)}

    def redact_value(self, value: Any) -> Any:
        """Return a JSON value with the secrets in its strings replaced.

        Images and other binary data under their mimetype stay as they are; what stands
        under a key that names a secret is hidden whole.
        """
        return self._walk(value, 0)

    def _walk(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self.redact(value)
        if depth >= DEPTH_MAX and isinstance(value, (dict, list, tuple)):
            return self.mark("depth", repr(type(value)))
        if isinstance(value, dict):
            return {self._key_of(k): self._member(k, v, depth + 1) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._walk(item, depth + 1) for item in value]
        return value

    def _known_in(self, text: str) -> dict[str, str]:
        return {secret: mark for secret, mark in self._known.items() if secret in text}

    def _key_of(self, key: Any) -> Any:
        if not isinstance(key, str) or (_is_clean(key[:100]) and not self._known_in(key)):
            return key
        return self.redact(key)

    def _member(self, key: Any, value: Any, depth: int) -> Any:
        if isinstance(key, str) and isinstance(value, str):
            if _is_binary(key[:100]):
                return value
            if _names_secret(key[-100:]) and _is_secret_of(key, value):
                return self.mark("value", value)
        return self._walk(value, depth)

    def mark(self, kind: str, secret: str) -> str:
        """Return what stands in the place of ``secret``."""
        raw = secret.encode("utf-8", "surrogatepass")
        return f"«redacted:{kind}:{blake2b(raw, key=self._key, digest_size=ID_BYTES).hexdigest()}»"

    def _replace(self, text: str, spans: list[SecretSpan]) -> str:
        parts: list[str] = []
        done = 0
        for span in spans:
            parts.append(text[done : span.start])
            parts.append(self.mark(span.kind, text[span.start : span.end]))
            done = span.end
        parts.append(text[done:])
        return "".join(parts)


def known_secrets(variables: Mapping[str, str]) -> list[str]:
    """Return the values of environment variables that are secrets by their names, longest first.

    A cell that prints the token a Hub gave its server has nothing beside it that says what it is.
    """
    found = {
        value
        for name, value in variables.items()
        if len(value) >= ENVIRONMENT_SECRET_MIN_CHARS
        and names_secret(name)
        and looks_random(value)
        and not _MERE_PLACE.search(value)
    }
    return sorted(found, key=lambda value: (-len(value), value))


def without_known(text: str, secrets: Mapping[str, str]) -> str:
    """Return a text in which secrets that were found elsewhere are replaced by their marks."""
    for secret, mark in secrets.items():
        text = text.replace(secret, mark)
    return text


_OF_THIS_PROCESS = Redactor()


def redact(text: str) -> str:
    """Return ``text`` with its secrets replaced, with ids that hold for this process only."""
    return _OF_THIS_PROCESS.redact(text)


def redact_value(value: Any) -> Any:
    """Return a JSON value without its secrets, with ids that hold for this process only."""
    return _OF_THIS_PROCESS.redact_value(value)


_SHORTEST_TEXT = 8
"""A key, a sign and a secret do not fit into less; most cells show only a number."""


@lru_cache(maxsize=4_096)
def _is_clean(key: str) -> bool:
    """Say whether a short key has no secret in it; the same few keys come all the time."""
    return len(key) < 100 and not _secrets_in(key)


@lru_cache(maxsize=4_096)
def _is_binary(key: str) -> bool:
    return bool(_BINARY_MIMETYPE.match(key))


@lru_cache(maxsize=4_096)
def _names_secret(key: str) -> bool:
    return names_secret(key)


def _is_secret_of(key: str, value: str) -> bool:
    if is_placeholder(value):
        return False
    return looks_random(value) or not ("token" in key.lower() or "auth" in key.lower())


def _secrets_in(text: str) -> list[SecretSpan]:
    """Return what is to be hidden, in order and without overlaps."""
    if len(text) < _SHORTEST_TEXT:
        return []
    latin = text.encode("latin-1", "replace")
    low = latin.lower()
    has_words, has_urls = may_name_secrets(low), b":/" in low or b":\\/" in low or b"%2f" in low
    if not (has_words or has_urls or may_have_known_formats(latin)):
        return []
    found = list(known_formats(text, latin))
    if has_urls:
        found.extend(_url_secrets(text))
    if has_words:
        found.extend(named_secrets(text, low))
    if b"PRIVATE KEY" in latin:
        found.extend(_private_keys(text))
    if not found:
        return found
    return _disjoint(text, sorted(found, key=lambda span: (span.start, -span.end)))


def _disjoint(text: str, spans: list[SecretSpan]) -> list[SecretSpan]:
    """Join spans that overlap, and leave out what is hidden already."""
    joined: list[SecretSpan] = []
    for span in spans:
        if MARKER.search(text, span.start, span.end):
            continue
        if joined and span.start < joined[-1].end:
            last = joined.pop()
            span = SecretSpan(last.start, max(last.end, span.end), last.kind)
        joined.append(span)
    return joined


def _url_secrets(text: str) -> Iterator[SecretSpan]:
    for match in chain.from_iterable(pattern.finditer(text) for pattern in _USER_INFO):
        password, user = match["password"], match["user"]
        if password and not is_placeholder(password):
            yield SecretSpan(*match.span("password"), "url-password")
        elif not password and len(user) >= 20 and looks_random(user):
            yield SecretSpan(*match.span("user"), "url-user")
    for match in _QUERY_PART.finditer(text):
        if not is_placeholder(match["value"]):
            yield SecretSpan(*match.span("value"), "url-parameter")


def _private_keys(text: str) -> Iterator[SecretSpan]:
    for match in _PEM_BEGIN.finditer(text):
        start = match.end()
        end = text.find("-----END", start, start + KEY_PEM_MAX_CHARS)
        if end < 0:
            body = _PEM_BODY.match(text, start)
            end = body.end() if body else start
        if text[start:end].strip("\\n\r\t "):
            yield SecretSpan(start, end, "private-key")
