"""Whether options fit what an engine says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..domain.exceptions import BadInput
from ..domain.sizes import bytes_of, size_in_words

__all__ = ["check_options", "with_sizes"]

OPTION_MAX_CHARS = 10_000
"""Of one text: paths and addresses, never content."""

_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}


def with_sizes(schema: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options in which every size is a number of bytes.

    Those whose format is ``bytes`` may be written as people do, such as ``8 GB``.

    Raises
    ------
    BadInput
        A text is no size.
    """
    known = schema.get("properties") or {}
    read = dict(options)
    for name, value in options.items():
        if isinstance(value, str) and (known.get(name) or {}).get("format") == "bytes":
            try:
                read[name] = bytes_of(value) if value.strip() else None
            except ValueError as error:
                text = str(error)
                raise BadInput(
                    f"{text[0].upper()}{text[1:]}.", {"field": f"options.{name}"}
                ) from None
    return read


def check_options(schema: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    """Refuse options that an engine does not know, or of another type than it says.

    The words of JSON Schema that forms need: type, enum, bounds, lengths, what is required.

    Raises
    ------
    BadInput
        With the name of the option and what is allowed.
    """
    known = schema.get("properties") or {}
    for name, value in options.items():
        if name not in known:
            listed = ", ".join(known) or "none"
            raise BadInput(
                f"{name[:50]!r} is no option of this engine; known are {listed}.",
                {"field": f"options.{name[:50]}", "known": list(known)},
            )
        complaint = _complaint(known[name], value)
        if complaint:
            raise BadInput(f"{name} {complaint}.", {"field": f"options.{name}"})
    for name in schema.get("required") or ():
        if name not in options:
            raise BadInput(f"{name} is missing.", {"field": f"options.{name}"})


def _complaint(shape: Mapping[str, Any], value: Any) -> str:
    """Return what is wrong with a value, or nothing."""
    words = shape.get("type")
    types = [words] if isinstance(words, str) else list(words or ())
    if types and not any(_TYPES[word](value) for word in types if word in _TYPES):
        return f"must be of type {' or '.join(types)}"
    if "enum" in shape and value not in shape["enum"]:
        return f"must be one of {', '.join(map(str, shape['enum']))}"
    if isinstance(value, str):
        most = shape.get("maxLength", OPTION_MAX_CHARS)
        return f"must have at most {most} characters" if len(value) > most else ""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if is_number and "minimum" in shape and value < shape["minimum"]:
        return f"must be at least {_bound(shape, shape['minimum'])}"
    if is_number and "maximum" in shape and value > shape["maximum"]:
        return f"must be at most {_bound(shape, shape['maximum'])}"
    return ""


def _bound(shape: Mapping[str, Any], value: Any) -> str:
    return size_in_words(value) if shape.get("format") == "bytes" else str(value)
