"""Values to JSON and back; the only place that knows which library does it."""

from __future__ import annotations

import dataclasses
import json
import re
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Literal, TypeVar, Union

import msgspec

from ..domain.bounds import check_bounds
from ..domain.exceptions import BadInput
from ..domain.runs.records import Page, RunOutputs

Value = TypeVar("Value")


def encode(value: Any) -> bytes:
    """Return a value as JSON: dataclasses as objects, moments, which are in UTC, with ``Z``."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        # Paths that are not UTF-8 hold lone surrogates. JSON can carry them when escaped.
        return json.dumps(msgspec.to_builtins(value)).encode("ascii")


def encode_in_parts(value: RunOutputs) -> Iterator[bytes]:
    """Return outputs as JSON, one by one: all at once may be 32 MB."""
    return encode_items_in_parts(value.items, b',"truncated":' + encode(value.truncated))


def encode_items_in_parts(items: Sequence[Any], rest: bytes = b"") -> Iterator[bytes]:
    """Return ``{"items": […]}`` as JSON, item by item; ``rest`` is what stands after them."""
    yield b'{"items":['
    for number, item in enumerate(items):
        yield (b"," if number else b"") + encode(item)
    yield b"]" + rest + b"}"


def encode_page_in_parts(page: Page[Any]) -> Iterator[bytes]:
    """Return a page as JSON, item by item."""
    return encode_items_in_parts(page.items, b',"next_cursor":' + encode(page.next_cursor))


def decode_body(raw: bytes, kind: type[Value]) -> Value:
    """Return a request's body as the dataclass ``kind``, within its bounds.

    Raises
    ------
    BadInput
        It is not JSON, not an object, has unknown or missing fields, or a wrong type.
    """
    value = _convert(_object(raw), kind, "field", "body")
    check_bounds(value)
    return value


def decode_fields(given: Mapping[str, Any], kind: type[Value]) -> Value:
    """Return values of a configuration as the dataclass ``kind``; raises ``BadInput``."""
    return _convert(dict(given), kind, "setting", "configuration")


def decode_message(raw: str | bytes, kind: type[Value]) -> Value:
    """Return a websocket message as the dataclass ``kind``; raises ``BadInput``."""
    return _convert(_object(raw), kind, "field", "message")


def decode_query(given: Mapping[str, Sequence[str]], kind: type[Value]) -> Value:
    """Return query parameters as the dataclass ``kind``, within its bounds.

    Raises
    ------
    BadInput
        A parameter is unknown, repeated though it is no list, or its value is none of those
        allowed.
    """
    lists = _lists_of(kind)
    parameters: dict[str, Any] = {}
    for name, values in given.items():
        if len(values) > 1 and name not in lists:
            raise BadInput(f"{name} was given {len(values)} times; give it once.", {"field": name})
        parameters[name] = list(values) if name in lists else values[0]
    value = _convert(parameters, kind, "parameter", "query", lax=True)
    check_bounds(value)
    return value


def _lists_of(kind: type) -> set[str]:
    """Return the fields that take a parameter as often as it is given."""
    hints = typing.get_type_hints(kind)
    return {name for name, hint in hints.items() if typing.get_origin(hint) is list}


def _object(raw: str | bytes) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadInput(f"This is not JSON: {error}. Send one JSON object.") from error
    if not isinstance(value, dict):
        raise BadInput("Send one JSON object, in braces.")
    return value


def _convert(
    given: dict[str, Any], kind: type[Value], word: str, place: str, lax: bool = False
) -> Value:
    """Turn a mapping into a dataclass, and a refusal into words for a person."""
    assert dataclasses.is_dataclass(kind)
    known = [field.name for field in dataclasses.fields(kind)]
    for name in given:
        if name not in known:
            message = f"{name[:100]!r} is not a {word} of this {place}; known are {_words(known)}."
            raise BadInput(message, {"field": name[:100], "known": known})
    try:
        return msgspec.convert(given, kind, strict=not lax)
    except msgspec.ValidationError as error:
        raise _explained(str(error), kind) from error


def _explained(text: str, kind: type) -> BadInput:
    """Return msgspec's complaint with the field first and the allowed words listed."""
    message, _, path = text.partition(" - at `$")
    name = path.rstrip("`").lstrip(".")
    missing = re.search(r"missing required field `(\w+)`", message)
    if missing is not None:
        return BadInput(f"{missing[1]} is missing.", {"field": missing[1]})
    allowed = _allowed(kind, name)
    if message.startswith("Invalid enum value") and allowed:
        wrong = message.removeprefix("Invalid enum value").strip().strip("'")
        known = {"field": name, "known": allowed}
        return BadInput(f"{name} cannot be {wrong!r}; known are {_words(allowed)}.", known)
    words = message[:1].lower() + message[1:].replace("`", "")
    return BadInput(f"{name or 'It'} is wrong: {words}.", {"field": name} if name else {})


def _allowed(kind: type, path: str) -> list[str]:
    """Return the words an enum field may hold; empty for any other field."""
    name, _, below = path.partition(".")
    hint = typing.get_type_hints(kind).get(name.partition("[")[0])
    found: list[str] = []
    for part in _parts(hint):
        if below and dataclasses.is_dataclass(part):
            found += _allowed(typing.cast(type, part), below)
        elif isinstance(part, type) and issubclass(part, Enum):
            found += [str(member.value) for member in part]
        elif typing.get_origin(part) is Literal:
            found += [str(word) for word in typing.get_args(part)]
    return found


def _parts(hint: Any) -> tuple[Any, ...]:
    """Return the types a field may have, those in a list or a union one by one."""
    if typing.get_origin(hint) in (Union, types.UnionType, list):
        return tuple(part for inner in typing.get_args(hint) for part in _parts(inner))
    return (hint,)


def _words(known: Sequence[str]) -> str:
    return ", ".join(known)
