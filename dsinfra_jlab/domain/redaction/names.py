"""Secrets that are known by the name they are given: ``db_password = "…"`` and its kin.

A name alone proves little (``max_tokens = 100``, ``token: str``), so what stands beside it
decides: a literal is hidden, code is left alone. Everything here looks at a bounded
stretch around one name, so the cost grows with the text and not faster.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .formats import SecretSpan
from .values import DOTTED, IDENTIFIER, OPERATION, has_odd, is_placeholder, is_token, looks_random

VALUE_MAX_CHARS = 4_096
"""Longest value looked for after a name; a longer one is data, not a password."""

BARE_MAX_CHARS = 1_024
"""The same for a value without quotes."""

LONG_BARE_CHARS = 64
"""Names inside a longer value without quotes are not looked at again: they would make the
cost of ``token=token=…`` grow with the square of its length."""

_WORDS = (
    (b"pass", re.compile(r"pass(?:w(?:or)?d|phrase|code)?", re.IGNORECASE)),
    (b"pw", re.compile(r"pwd?", re.IGNORECASE)),
    (b"secret", re.compile(r"secret", re.IGNORECASE)),
    (b"credential", re.compile(r"credentials?", re.IGNORECASE)),
    (b"token", re.compile(r"token", re.IGNORECASE)),
    (b"key", re.compile(r"key", re.IGNORECASE)),
    (b"auth", re.compile(r"auth(?:orization)?", re.IGNORECASE)),
)

_ANSI = r"\x1b\[[0-9;]{0,16}m"
_GAP = rf"(?:[ \t]|{_ANSI}|%20){{0,16}}"
_QUOTE = r"(?:\\{0,8}(?:\"\"\"|'''|[\"'`])|&(?:quot|apos|\#x27|\#39|\#34);|%2[27])"
_NAME_CHARS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

_REST = re.compile(r"[\w\-]{0,48}")
_SEPARATION = re.compile(
    rf"""
    (?P<close>(?:(?:{_ANSI}){{0,4}}{_QUOTE})?) {_GAP} \]? {_GAP}
    (?P<sep>
      :\ ?[A-Za-z_][\w.\[\]\ |]{{0,60}}?\ ?=(?!=)   # an annotation, then the value
      |[=!]=|:=|=>|=|:(?!:)|%3[AaDd]|[,(>]|(?<=[\w\-])\ (?!\ ))
    (?P<gap>{_GAP})
    """,
    re.VERBOSE,
)
_MAY_SEPARATE = frozenset("\"'`\\&% \t\x1b]=!:,(>")
_OPENING = re.compile(rf"(?P<prefix>[rbfuRBFU]{{0,2}})(?P<quote>{_QUOTE})")
_INSIDE = {
    quote: re.compile(rf"(?:[^\\\n{quote}]|\\.){{0,{VALUE_MAX_CHARS}}}(?={quote})")
    for quote in "\"'`"
}
_BARE = re.compile(rf"[^\s,;&'\"`()\[\]{{}}<>«»\\|\x1b]{{1,{BARE_MAX_CHARS}}}")
_FIRST_ANSI = re.compile(rf"(?:{_ANSI})*")
_LAST_ANSI = re.compile(rf"{_ANSI}\Z")
_CREDENTIALS = re.compile(
    rf"{_QUOTE}?(?P<scheme>"
    r"(?:Basic|Bearer|Token|Digest|ApiKey|AWS4-HMAC-SHA256|Bot|Key)(?:\ |%20)+)?"
    r"(?P<core>[^\s'\"`,;\\&<>{}()«»]{6,4096})",
    re.IGNORECASE,
)
_USER_AND_PASSWORD = re.compile(
    r"\(\s?([\"'])[^\"'\n]{0,200}\1\s?,\s?([\"'])(?P<core>[^\"'\n]{1,200})\2"
)

_KEY_PREFIX = re.compile(
    r"(?:api|access|private|account|sign(?:ing|ature)?|encrypt(?:ion)?|master|auth|secret|license|"
    r"subscription|shared|storage|deploy|ssh|webhook|hmac|aes|rsa|client|consumer|wandb|openai|"
    r"session|cipher|crypto|jwt)[_\-. ]?\Z",
    re.IGNORECASE,
)
_REST_KEPT = re.compile(
    r"[_\-]?(?:\d{0,3}|value|val|text|txt|str|string|raw|plain|b64|base64|bytes|hash|hashed|old|new|"
    r"prod|production|dev|test|staging|live|default|db|main|api|app|key|confirm|confirmation|"
    r"current|again|repeat|user|admin|root)(?:[_\-]?\d{0,3})?\Z",
    re.IGNORECASE,
)
_REST_CLEAN = re.compile(
    r"[_\-]?(?:s?_?)(?:types?|urls?|uri|names?|fields?|files?|filename|paths?|ids?|env|vars?|len|"
    r"length|count|limit|index|idx|policy|prefix|suffix|expir\w*|ttl|regex|pattern|column|label|"
    r"format|version|hint|prompt|required|enabled|size|dim|class|provider|store|manager|backend|"
    r"arn|ref|mode|usage|error|status|valid\w*|endpoint|scopes?|rule|strength|score|message|title|"
    r"placeholder|input|widget|form|view|page|budget|rate|per|word|board|frame|note|point|map|"
    r"loc|set|list|dict|cache|counts|at|for)(?![a-z])",
    re.IGNORECASE,
)
_CODE_AROUND = re.compile(r"[\s,)\]};:+%.\\]")
_ENV_LINE = re.compile(
    r"\s*(?:[!%$>+#]\s*)?(?:(?:export|set|setx|env|set_env|ENV|ARG|-e|--env|environment:?|-)\s+)*[\"']?\Z"
)
_DSN_BEFORE = re.compile(r"\w=[^\s;=]*[ ;]+\Z|[\"'][ ;]*\Z")
_HEX_KEY = re.compile(r"[0-9a-f]{32,64}\Z")
_PROSE = frozenset(
    re.findall(
        r"\w+",
        "to is and or for the a an in from with if when option flag argument must not was has on "
        "as of by instead value will can you that which into here only are be may should this your",
    )
)
_WEAK = frozenset(("token", "auth"))
"""Words that clean text uses more often than secrets do."""


def names_secret(name: str) -> bool:
    """Say whether the values of this key are secrets: ``db_password``, ``X-Api-Key``."""
    probe = f'"{name[-100:]}":""'
    names = _names(probe, probe.encode("latin-1", "replace").lower())
    return any(found.strength != "hex" for found in names)


def may_name_secrets(low: bytes) -> bool:
    """Say at memory speed whether ``named_secrets`` could find anything."""
    return b"pass" in low or b"pw" in low or b"cre" in low or b"ke" in low or b"auth" in low


def named_secrets(text: str, low: bytes) -> Iterator[SecretSpan]:
    """Yield the values in ``text`` that stand beside the name of a secret.

    Parameters
    ----------
    text
        What is searched.
    low
        The same text in lower case with one byte for each character, whatever stands for
        those that have none.
    """
    word, done = "", 0
    for name in _names(text, low):
        if name.word[:4] == word and name.start < done:
            continue
        span, until = _value(text, name)
        word, done = name.word[:4], until if until - name.at > LONG_BARE_CHARS else 0
        if span is not None and span.start < span.end:
            yield span


@dataclass(frozen=True, slots=True)
class _Name:
    """The name of a secret, and what stands between it and its value."""

    start: int
    word: str
    end: int
    is_quoted: bool
    sep: str
    has_gap: bool
    at: int
    """Where the value begins."""
    strength: str
    """``strong``, ``weak``, ``header`` or ``hex``: how much the name proves."""

    @property
    def kind(self) -> str:
        """The word in the marker."""
        if self.word in ("token", "secret", "key", "auth"):
            return self.word
        return "credential" if self.word.startswith("credential") else "password"


def _names(text: str, low: bytes) -> Iterator[_Name]:
    for needle, pattern in _WORDS:
        at = low.find(needle)
        while at >= 0:
            match = pattern.match(text, at)
            after = match.end() if match else at + 1
            # Words such as "tokenizer" and "keyword" are the most frequent ones: out at once.
            if match and not (text[after : after + 1].islower() and text[after] != "s"):
                name = _name(text, at, match[0].lower(), after)
                if name is not None:
                    yield name
            at = low.find(needle, after)


def _name(text: str, at: int, word: str, word_end: int) -> _Name | None:
    rest = _REST.match(text, word_end)
    end = rest.end() if rest else word_end
    if text[end : end + 1] not in _MAY_SEPARATE:
        return None
    strength = _strength(text[max(0, at - 24) : at], word, text[word_end:end])
    separation = _SEPARATION.match(text, end) if strength else None
    if separation is None:
        return None
    start = _name_start(text, at)
    if text[max(0, start - 10) : start] == "«redacted:":
        return None
    return _Name(
        start=start,
        word=word,
        end=end,
        is_quoted=bool(separation["close"]),
        sep=separation["sep"],
        has_gap=bool(separation["gap"]),
        at=separation.end(),
        strength=strength,
    )


def _name_start(text: str, at: int) -> int:
    """Return where the name begins that has a word of secrets at ``at``."""
    before = text[max(0, at - 64) : at]
    start = at - len(before) + len(before.rstrip(_NAME_CHARS))
    colour = re.match(r"[0-9]{1,3}m", text[start:at]) if start and text[start - 1] in ";[" else None
    return start + (colour.end() if colour else 0)


def _strength(before: str, word: str, rest: str) -> str:
    """Return how much a name proves; nothing if it is none of a secret."""
    if word in ("pass", "pw", "pwd", "auth", "key") and rest[:1].islower():
        return ""
    if word in ("pass", "pw", "auth") and before[-1:].isalpha():
        return ""
    if word == "pwd" and before.upper().endswith("OLD"):
        return ""
    if rest and _REST_CLEAN.match(rest):
        return ""
    if word == "authorization":
        return "header"
    if word == "key" and not _KEY_PREFIX.search(before):
        return "hex" if not before[-1:].isalnum() and not rest else ""
    if rest[:1].islower():
        return "weak" if rest == "s" else ""
    if not (_REST_KEPT.match(rest) or rest[:1].isupper()):
        return "weak"
    return "weak" if word in _WEAK else "strong"


def _value(text: str, name: _Name) -> tuple[SecretSpan | None, int]:
    """Return the secret beside a name, if any, and how far the text was looked at."""
    nothing = (None, name.at)
    if name.strength == "header":
        return _header(text, name), name.at
    if name.word == "auth" and (pair := _USER_AND_PASSWORD.match(text, name.at)):
        return SecretSpan(*pair.span("core"), "password"), name.at
    is_flag = text.startswith("--", name.start) or text.startswith("--", max(0, name.start - 2))
    if name.sep == "(" and not text.startswith("set", name.start):
        return nothing
    if name.sep == ">" and text[name.start - 1 : name.start] != "<":
        return nothing
    if name.sep == " " and not is_flag:
        return nothing
    opening = _OPENING.match(text, name.at)
    if opening:
        return _quoted(text, name, opening, is_flag), name.at
    bare = _BARE.match(text, name.at) if name.sep not in (",", "(") else None
    if bare is None or name.strength == "hex":
        return nothing
    return _bare(text, name, bare, is_flag), bare.end()


def _header(text: str, name: _Name) -> SecretSpan | None:
    found = _CREDENTIALS.match(text, name.at)
    if not found or is_placeholder(found["core"]) or text.startswith("(", found.end()):
        return None
    core = found["core"]
    is_credential = any(c.isdigit() for c in core) or core.endswith("=") or len(core) >= 20
    is_credential |= bool(found["scheme"]) and not core.islower()
    return SecretSpan(*found.span("core"), "authorization") if is_credential else None


def _quoted(text: str, name: _Name, opening: re.Match[str], is_flag: bool) -> SecretSpan | None:
    quote = opening["quote"]
    start, end = _inside(text, quote, opening.end())
    if end < 0 or (not name.is_quoted and _is_closing(text, name.start, quote)):
        return None
    start, end = _without_colours(text, start, end)
    value = text[start:end]
    if is_placeholder(value) or _CODE_AROUND.match(value):
        return None
    if "f" in opening["prefix"].lower() and "{" in value:
        return None
    if " " in value and (name.word in value.lower() or value[-1] in ":?.!"):
        return None
    if name.word == "pwd" and value.startswith(("/", "~")):
        return None
    if name.sep in (",", "(") and not is_flag and not _is_pair(text, name, value):
        return None
    if name.strength == "hex" and not _HEX_KEY.match(value):
        return None
    if name.strength == "weak" and not (is_flag or is_token(value) or _is_environment(text, name)):
        return None
    return SecretSpan(start, end, name.kind)


def _is_pair(text: str, name: _Name, value: str) -> bool:
    """Say whether ``("name", "value")`` is meant, as tuples and calls have it."""
    before = text[max(0, name.start - 80) : name.start].rstrip("\"'\\ ")
    is_pair = name.sep == "(" or (name.is_quoted and before.endswith("("))
    is_odd = looks_random(value) or (name.strength == "strong" and has_odd(value))
    return is_pair and is_odd


def _inside(text: str, quote: str, at: int) -> tuple[int, int]:
    """Return where the text after an opening quote ends; -1 if it does not."""
    inside = _INSIDE.get(quote)
    if inside is not None:
        found = inside.match(text, at)
        return (at, found.end()) if found else (at, -1)
    end = text.find(quote, at, at + VALUE_MAX_CHARS)
    if end >= 0 and quote[-3:] not in ('"""', "'''") and "\n" in text[at:end]:
        return at, -1
    return at, end


def _without_colours(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the stretch without the terminal colours around it."""
    first = _FIRST_ANSI.match(text, start, end)
    start = first.end() if first else start
    while text[end - 1 : end] == "m" and (
        last := _LAST_ANSI.search(text, max(start, end - 20), end)
    ):
        end = last.start()
    return start, end


def _is_closing(text: str, name_at: int, quote: str) -> bool:
    """Say whether a quote after an unquoted name ends a string that the name stands in."""
    if quote not in _INSIDE:
        return False
    line_start = text.rfind("\n", max(0, name_at - 1_000), name_at) + 1
    return text.count(quote, max(line_start, name_at - 1_000), name_at) % 2 == 1


def _is_environment(text: str, name: _Name) -> bool:
    """Say whether this is ``NAME=value`` as shells and environment files have it."""
    if name.sep != "=" or name.has_gap or not text[name.start : name.end].isupper():
        return False
    begin = max(0, name.start - 100)
    line_start = text.rfind("\n", begin, name.start) + 1
    return bool(_ENV_LINE.match(text[max(line_start, begin) : name.start]))


def _bare(text: str, name: _Name, found: re.Match[str], is_flag: bool) -> SecretSpan | None:
    value, after = found[0], text[found.end() : found.end() + 1]
    if name.sep.startswith("%3"):
        value = re.split("%2[267]", value, maxsplit=1)[0]
    elif value[-1] in ".:!?" and after in ("", " ", "\n"):
        value = value[:-1]
    span = SecretSpan(found.start(), found.start() + len(value), name.kind)
    if not value or is_placeholder(value) or after in ("(", "[", "{"):
        return None
    if _is_environment(text, name):
        is_code = bool(DOTTED.match(value)) or after in (",", ")")
        is_folder = name.word == "pwd" and value.startswith(("/", "~"))
        return None if is_code or is_folder or _is_count(value, name) else span
    if is_flag:
        is_prose = value.lower() in _PROSE or value.startswith("-") or value.isupper()
        return None if is_prose else span
    if name.sep == ">":
        return span if name.strength == "strong" or looks_random(value) else None
    return span if _is_bare_secret(text, name, value, after) else None


def _is_count(value: str, name: _Name) -> bool:
    return value.replace(".", "").isdigit() and (name.strength == "weak" or len(value) < 4)


def _is_bare_secret(text: str, name: _Name, value: str, after: str) -> bool:
    if value.isdigit():
        return name.strength == "strong" and len(value) >= 4 and name.word != "pass"
    if OPERATION.match(value) or (DOTTED.match(value) and not looks_random(value)):
        return False
    if name.strength == "weak":
        return looks_random(value)
    if not IDENTIFIER.match(value):
        return len(value) >= 4 and has_odd(value) and any(c.isalnum() for c in value)
    is_tight = not name.has_gap
    if name.sep == "=" and is_tight and after in ("", " ", ";", "\n", '"', "'", "&", "\\"):
        before = text[max(0, name.start - 200) : name.start]
        if _DSN_BEFORE.search(before.rpartition("\n")[2]):
            return True
    if not any(c.isdigit() for c in value) or after in (",", ")"):
        return looks_random(value) and after not in (",", ")")
    return is_tight or name.sep == ":" or looks_random(value)
