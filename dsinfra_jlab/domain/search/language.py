"""The search language: text to a frozen tree, or a message that names the place.

::

    query    = or
    or       = and ("OR" and)*
    and      = not (["AND"] not)*
    not      = ("NOT" | "-") not | "(" or ")" | term
    term     = field operator value | "tag.KEY" | "param.KEY" | "metric.KEY" | word | "phrase"

Free words are full text over code, errors, names and notes. What one term means is said
once, in ``FIELDS``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from .. import limits
from ..exceptions import BadInput
from ..runs.records import FlagKind, RunKind, RunStatus
from ..storable import storable_text
from .tree import FIELDS, And, Compare, Expression, Field, Not, Op, Or, Text, Value, words
from .values import parse_duration, parse_moment, parse_number, parse_size

__all__ = [
    "FIELDS",
    "And",
    "Compare",
    "Expression",
    "Field",
    "Not",
    "Op",
    "Or",
    "Text",
    "Value",
    "parse",
    "words",
]


def parse(query: str, now: datetime) -> Expression | None:
    """Return what ``query`` asks for, ``None`` if it asks for everything.

    Ages such as ``2d`` count back from ``now``; dates without a time are days of its
    time zone.

    Raises
    ------
    BadInput
        The query is wrong; ``details`` has ``position`` (in characters) and ``query``.
    """
    if len(query) > limits.QUERY_MAX_CHARS:
        raise BadInput(
            f"The search has {len(query):,} characters, at most {limits.QUERY_MAX_CHARS:,} "
            "are possible. Search for a few words of it.",
            {
                "position": limits.QUERY_MAX_CHARS,
                "query": storable_text(query[: limits.QUERY_MAX_CHARS]),
            },
        )
    parser = _Parser(storable_text(query), now)
    return parser.query() if parser.peek is not None else None


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    """``(``, ``)``, ``-``, ``AND``, ``OR``, ``NOT``, ``field``, ``phrase`` or ``word``."""
    text: str
    at: int
    field: str = ""
    key: str = ""
    op: str = ""


_FIELD = re.compile(
    r"""(?P<field>[^\W\d]\w*)(?P<key>\.(?:"[^"]*"|[^\s()"<>=!:]+))?\s*(?P<op>!=|<=|>=|[=<>:])\s*"""
)
_KEYED = re.compile(r'(?P<field>tag|param|metric)\.(?P<key>"[^"]*"|[^\s()"<>=!:]+)')
_PHRASE = re.compile(r'"[^"]*"')
_BARE = re.compile(r'[^\s()"]+')


def _tokens(query: str) -> Iterator[_Token]:
    """Cut the query; a field comes with its key, operator and value in one token."""
    at, end = 0, len(query)
    while at < end:
        char = query[at]
        if char.isspace():
            at += 1
        elif char in "()":
            yield _Token(char, char, at)
            at += 1
        elif char == "-" and query[at + 1 : at + 2].strip():
            yield _Token("-", "-", at)
            at += 1
        elif char == '"':
            phrase = _PHRASE.match(query, at)
            if phrase is None:
                _wrong(query, at, 'this quotation mark has no partner; close it with another "')
            yield _Token("phrase", phrase.group()[1:-1], at)
            at = phrase.end()
        else:
            token, at = _term_token(query, at)
            yield token


def _term_token(query: str, at: int) -> tuple[_Token, int]:
    """Return the field, keyword or word that begins at ``at``, and where it ends."""
    field = _FIELD.match(query, at)
    bare = _BARE.match(query, at)
    if field is not None and _is_field(field, bare):
        value = _PHRASE.match(query, field.end()) or _BARE.match(query, field.end())
        if value is None:
            _wrong(query, field.end(), f"after {field.group().strip()} a value is expected")
        key = (field["key"] or "")[1:].strip('"')
        text = value.group()
        text = text[1:-1] if text.startswith('"') else text
        return _Token("field", text, at, field["field"], key, field["op"]), value.end()
    keyed = _KEYED.match(query, at)
    if keyed is not None:
        return _Token("field", "", at, keyed["field"], keyed["key"].strip('"')), keyed.end()
    if bare is None:  # pragma: no cover - the caller skipped every other character
        _wrong(query, at, "a word is expected here")
    text = bare.group()
    return _Token(text if text in ("AND", "OR", "NOT") else "word", text, at), bare.end()


def _is_field(field: re.Match[str], bare: re.Match[str] | None) -> bool:
    """Whether the match is meant as a field: known, or written in one piece."""
    in_one_piece = bare is not None and field.end("op") <= bare.end()
    return in_one_piece or field["field"] in _KNOWN_FIELDS


_KNOWN_FIELDS = frozenset(field.value for field in Field)


class _Parser:
    """Recursive descent over the tokens; depth and number of terms are capped."""

    def __init__(self, query: str, now: datetime) -> None:
        self._query = query
        self._now = now
        self._tokens = list(_tokens(query))
        self._at = 0
        self._terms = 0
        free = [token for token in self._tokens if token.kind in ("word", "phrase")]
        self._last_free = free[-1] if free else None

    @property
    def peek(self) -> _Token | None:
        """The token to be read next."""
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def query(self) -> Expression:
        """Read the whole query."""
        tree = self._or(limits.QUERY_MAX_DEPTH)
        if (rest := self.peek) is not None:
            _wrong(self._query, rest.at, "this closing parenthesis was never opened")
        return tree

    def _or(self, depth: int) -> Expression:
        terms = [self._and(depth)]
        while self._accept("OR"):
            terms.append(self._and(depth))
        return terms[0] if len(terms) == 1 else Or(tuple(terms))

    def _and(self, depth: int) -> Expression:
        terms = [self._not(depth)]
        while (token := self.peek) is not None and token.kind not in (")", "OR"):
            self._accept("AND")
            terms.append(self._not(depth))
        return terms[0] if len(terms) == 1 else And(tuple(terms))

    def _not(self, depth: int) -> Expression:
        token = self.peek
        if token is None:
            _wrong(self._query, len(self._query), "a term is expected at the end")
        if depth <= 0:
            _wrong(
                self._query,
                token.at,
                f"more than {limits.QUERY_MAX_DEPTH} levels of NOT and parentheses; "
                "write it flatter",
            )
        self._at += 1
        if token.kind in ("NOT", "-"):
            return Not(self._not(depth - 1))
        if token.kind == "(":
            tree = self._or(depth - 1)
            if not self._accept(")"):
                _wrong(self._query, token.at, "this parenthesis is never closed")
            return tree
        return self._term(token)

    def _accept(self, kind: str) -> bool:
        token = self.peek
        if token is None or token.kind != kind:
            return False
        self._at += 1
        return True

    def _term(self, token: _Token) -> Expression:
        self._terms += 1
        if self._terms > limits.QUERY_MAX_TERMS:
            _wrong(self._query, token.at, f"more than {limits.QUERY_MAX_TERMS} terms")
        if token.kind == "field":
            return self._field(token)
        if token.kind not in ("word", "phrase"):
            _wrong(self._query, token.at, f"a term is expected here, not {token.text}")
        found = words(token.text)
        if not found:
            _wrong(
                self._query,
                token.at,
                "nothing to search for: only letters and digits can be found",
            )
        is_prefix = token.kind == "word" and (
            token.text.endswith("*")
            or (token is self._last_free and token.text[-1].isalnum() and len("".join(found)) > 1)
        )
        return Text(tuple(found), is_prefix)

    def _field(self, token: _Token) -> Compare:
        if token.field not in _KNOWN_FIELDS:
            known = ", ".join(field.value for field in Field)
            _wrong(
                self._query,
                token.at,
                f"{token.field!r} is no field; known are {known}. "
                "To search for it as text, put it in quotation marks",
            )
        field = Field(token.field)
        is_keyed = field in (Field.tag, Field.param, Field.metric)
        if is_keyed != bool(token.key):
            example = f"{field.value}.KEY" if is_keyed else f"{field.value}:value"
            _wrong(self._query, token.at, f"this is written as {example}")
        op = Op(token.op.replace(":", "="))
        if op in (Op.lt, Op.le, Op.gt, Op.ge) and field not in _ORDERED:
            _wrong(
                self._query, token.at, f"{field.value} has no order; use {field.value}:{token.text}"
            )
        if op is not Op.exists and not token.text.strip():
            _wrong(self._query, token.at, "a value is expected between the quotation marks")
        return self._compare(token, field, op)

    def _compare(self, token: _Token, field: Field, op: Op) -> Compare:
        """Read the value as the field wants it."""
        text = token.text
        if op is Op.exists:
            return Compare(field, op, None, token.key)
        if field in _CHOICES:
            return Compare(field, op, self._choice(token, field))
        if field is Field.duration:
            if (seconds := parse_duration(text)) is None:
                _wrong(self._query, token.at, f"{text!r} is no duration; write 500ms, 10s, 2m, 1h")
            return Compare(field, op, seconds)
        if field is Field.peak_rss:
            if (size := parse_size(text)) is None:
                _wrong(self._query, token.at, f"{text!r} is no size; write 500MB, 2GB, 1.5GiB")
            return Compare(field, op, size)
        if field in (Field.started, Field.ended):
            if (moment := parse_moment(text, self._now)) is None:
                _wrong(
                    self._query,
                    token.at,
                    f"{text!r} is no moment; write 2026-11-01, 2026-11-01T12:30, 2d, 3h or today",
                )
            return Compare(field, op, moment)
        if field is Field.metric:
            if (number := parse_number(text)) is None:
                _wrong(self._query, token.at, f"a metric is compared with a number, not {text!r}")
            return Compare(field, op, number, token.key, number)
        number = parse_number(text) if field is Field.param else None
        return Compare(field, op, text, token.key, number)

    def _choice(self, token: _Token, field: Field) -> Value:
        choices = _CHOICES[field]
        if token.text.lower() not in choices:
            _wrong(
                self._query,
                token.at,
                f"{token.text!r} is no {field.value}; known are {', '.join(choices)}",
            )
        return choices[token.text.lower()]


_ORDERED = frozenset(
    (
        Field.duration,
        Field.peak_rss,
        Field.started,
        Field.ended,
        Field.param,
        Field.metric,
    )
)

_CHOICES: dict[Field, dict[str, Value]] = {
    Field.status: {status.value: status for status in RunStatus},
    Field.kind: {kind.value: kind for kind in RunKind},
    Field.is_: {"starred": "starred"},
    Field.flag: {"any": "any", **{kind.value: kind for kind in FlagKind}},
    Field.has: {"error": "error", "note": "note", "name": "name"},
}


def _wrong(query: str, position: int, expected: str) -> NoReturn:
    """Raise the error for a wrong query: where, and what was expected there."""
    raise BadInput(
        f"The search is not understood at character {position + 1}: {expected}.",
        {"position": position, "query": query},
    )
