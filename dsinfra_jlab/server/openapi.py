"""The OpenAPI document, derived from the route table and the domain's dataclasses.

Descriptions are the strings under the fields in the source, so what a reader of the
code sees, a reader of the document and of the generated TypeScript sees too.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
import re
import textwrap
import types
import typing
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Literal, NewType, TypeVar, Union

from ..domain.bounds import Between, ItemCount, MaxChars, bounds_of
from ..domain.events import (
    AlertEvent,
    ErrorEvent,
    HealthEvent,
    JobEvent,
    RunEvent,
    SamplesEvent,
    TargetEvent,
    WatchRequest,
)
from ..domain.exceptions import ErrorReply

if typing.TYPE_CHECKING:
    from .routes import Route

API_VERSION = "1"
"""Rises when a field or a route is renamed or removed, which the contract forbids."""

Schema = dict[str, Any]

_PLAIN: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    datetime: {"type": "string", "format": "date-time"},
    Any: {},
}

_CONTENT: Schema = {
    "description": "The content, as a file to keep.",
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}

_EVENTS = (
    RunEvent,
    ErrorEvent,
    HealthEvent,
    SamplesEvent,
    AlertEvent,
    JobEvent,
    TargetEvent,
)
"""What the websocket sends."""

_REFUSALS = {
    "400": "Bad input: the message names the field or the place, and what is allowed.",
    "403": "Not logged in, from a foreign origin, or not permitted.",
    "404": "No such thing, or it has been deleted.",
    "405": "This path does not answer to this verb; `Allow` lists those it does.",
    "409": "It clashes with how things stand now.",
    "413": "The body is too large.",
    "422": "Understood, but impossible.",
    "500": "A fault of ours; the server's log has more.",
    "503": "A part we depend on is away for now.",
}


def document(routes: Iterable[Route]) -> Schema:
    """Return the OpenAPI 3.1 document of these routes."""
    schemas = _Schemas()
    paths: dict[str, Schema] = {}
    for route in routes:
        paths.setdefault(f"/{route.path}", {})[_method(route)] = _operation(route, schemas)
    schemas.of(WatchRequest, is_input=True)
    for kind in (ErrorReply, *_EVENTS):
        schemas.of(kind)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "dsinfra-jlab",
            "version": API_VERSION,
            "description": "Flight recorder and control panel for Jupyter. "
            "Paths are relative to `{base_url}dsinfra/api/` of the Jupyter server.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas.collected(),
            "responses": {"Error": _answer("An error.", schemas.of(ErrorReply))},
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`token <the Jupyter server's token>`; "
                    "a browser that is logged in sends its cookie instead.",
                }
            },
        },
    }


def _method(route: Route) -> str:
    return "get" if route.verb == "WS" else route.verb.lower()


def _operation(route: Route, schemas: _Schemas) -> Schema:
    """Return one verb of one path."""
    operation: Schema = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [route.resource.removeprefix("dsinfra:")],
        "x-action": route.action,
        "x-resource": route.resource,
    }
    parameters = [_path_parameter(name) for name in re.findall(r"{(\w+)}", route.path)]
    if route.query is not None:
        parameters += _query_parameters(route.query, schemas)
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        content = {"application/json": {"schema": schemas.of(route.body, is_input=True)}}
        operation["requestBody"] = {"required": True, "content": content}
    operation["responses"] = _responses(route, schemas)
    return operation


def _path_parameter(name: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _query_parameters(kind: type, schemas: _Schemas) -> list[Schema]:
    """Return a parameter for each field of the dataclass that a query becomes."""
    shape = schemas.object_of(kind, is_input=True)["properties"]
    parameters = []
    for field in dataclasses.fields(kind):
        schema = _without_null(shape[field.name])
        description = schema.pop("description", None)
        if field.default not in (None, "", dataclasses.MISSING):
            is_word = isinstance(field.default, Enum)
            schema["default"] = field.default.value if is_word else field.default
        is_required = (
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        )
        parameter: Schema = {"name": field.name, "in": "query", "required": is_required}
        if description:
            parameter["description"] = description
        parameters.append({**parameter, "schema": schema})
    return parameters


def _responses(route: Route, schemas: _Schemas) -> Schema:
    """Return what a route may answer: its reply, and the one shape of errors."""
    responses: Schema = {}
    if route.verb == "WS":
        sent = ", ".join(f"`{kind.__name__}`" for kind in _EVENTS)
        text = f"A websocket. The client sends `{WatchRequest.__name__}`, the server {sent}."
        responses["101"] = {"description": text}
    elif route.reply is None:
        responses["204"] = {"description": "Done."}
    elif route.reply is bytes:
        responses["200"] = _CONTENT
        responses["206"] = {**_CONTENT, "description": "The stretch that `Range` asked for."}
    elif route.is_creating:
        responses["201"] = _answer("It was made.", schemas.of(route.reply))
    else:
        responses["200"] = _answer("What was asked for.", schemas.of(route.reply))
    for status in sorted(route.refusals):
        responses[status] = {
            "description": _REFUSALS[status],
            "$ref": "#/components/responses/Error",
        }
    return responses


def _answer(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


class _Schemas:
    """The named schemas that a document refers to, made as they are first needed."""

    def __init__(self) -> None:
        self._named: dict[str, Schema] = {}
        self._kinds: dict[str, Any] = {}

    def collected(self) -> dict[str, Schema]:
        """Return every named schema, in order of names."""
        return dict(sorted(self._named.items()))

    def of(self, kind: Any, is_input: bool = False) -> Schema:
        """Return the schema of a type; dataclasses and enums by reference.

        Of what we send every field is there; of what is sent to us, only those without
        a default must be.

        Raises
        ------
        ValueError
            Two types have the same name.
        """
        if isinstance(kind, NewType):
            return self.of(kind.__supertype__, is_input)
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if origin in (Union, types.UnionType):
            return self._union(arguments, is_input)
        if origin is typing.Annotated:
            return self.of(arguments[0], is_input)
        if origin is Literal:
            return {"const": arguments[0]} if len(arguments) == 1 else {"enum": list(arguments)}
        if origin is list:
            return {"type": "array", "items": self.of(arguments[0], is_input)}
        if origin is tuple:
            places = [self.of(argument, is_input) for argument in arguments]
            count = len(places)
            ends = {"items": False, "minItems": count, "maxItems": count}
            return {"type": "array", "prefixItems": places, **ends}
        if origin in (dict, Mapping):
            return {"type": "object", "additionalProperties": self.of(arguments[1], is_input)}
        if dataclasses.is_dataclass(origin or kind):
            return self._reference(_name_of(kind), kind, lambda: self.object_of(kind, is_input))
        if isinstance(kind, type) and issubclass(kind, Enum):
            return self._reference(kind.__name__, kind, lambda: _enum_schema(kind))
        return dict(_PLAIN[kind])

    def object_of(self, kind: Any, is_input: bool) -> Schema:
        """Return the schema of a dataclass with its fields in place."""
        plain = typing.get_origin(kind) or kind
        hints = typing.get_type_hints(plain)
        filled = dict(zip(getattr(plain, "__parameters__", ()), typing.get_args(kind), strict=True))
        texts, bounds = _texts_under(plain), bounds_of(plain)
        properties: dict[str, Schema] = {}
        required: list[str] = []
        for field in dataclasses.fields(plain):
            schema = self.of(_fill(hints[field.name], filled), is_input)
            _restrict(schema, bounds.get(field.name))
            if field.name in texts:
                schema["description"] = texts[field.name]
            properties[field.name] = schema
            has_default = (
                field.default is not dataclasses.MISSING
                or field.default_factory is not dataclasses.MISSING
            )
            if not (is_input and has_default):
                required.append(field.name)
        shape: Schema = {"type": "object", "description": _text_of(plain), "properties": properties}
        if required:
            shape["required"] = required
        return {**shape, "additionalProperties": False}

    def _reference(self, name: str, kind: Any, make: typing.Callable[[], Schema]) -> Schema:
        if self._kinds.setdefault(name, kind) != kind:
            raise ValueError(f"{kind} and {self._kinds[name]} would both be {name} in the document")
        if name not in self._named:
            self._named[name] = {}  # a type that holds itself finds this and stops
            self._named[name] = make()
        return {"$ref": f"#/components/schemas/{name}"}

    def _union(self, arguments: tuple[Any, ...], is_input: bool) -> Schema:
        members = [self.of(argument, is_input) for argument in arguments]
        if all(set(member) == {"type"} for member in members):
            return {"type": [member["type"] for member in members]}
        return {"anyOf": members}


def _fill(hint: Any, filled: Mapping[Any, Any]) -> Any:
    """Return a type with its type variables replaced."""
    if isinstance(hint, TypeVar):
        return filled[hint]
    if typing.get_origin(hint) is list:
        return list[_fill(typing.get_args(hint)[0], filled)]  # type: ignore[misc]
    return hint


def _name_of(kind: Any) -> str:
    """Return the schema's name; ``Page[Experiment]`` is an ``ExperimentPage``."""
    kinds: list[type] = [*typing.get_args(kind), typing.get_origin(kind) or kind]
    return "".join(part.__name__ for part in kinds)


def _restrict(schema: Schema, bound: Between | ItemCount | MaxChars | None) -> None:
    """Add a bound to the schema it restricts."""
    if isinstance(bound, Between):
        schema.update(minimum=bound.least, maximum=bound.most)
    elif isinstance(bound, ItemCount):
        schema.update(minItems=bound.least, maxItems=bound.most)
    elif isinstance(bound, MaxChars) and "anyOf" not in schema and "items" not in schema:
        schema["maxLength"] = bound.most


def _without_null(schema: Schema) -> Schema:
    """Return the schema of a query parameter, which is left out instead of being null."""
    schema = dict(schema)
    if isinstance(schema.get("type"), list):
        kept = [word for word in schema["type"] if word != "null"]
        schema["type"] = kept[0] if len(kept) == 1 else kept
    if "anyOf" in schema:
        kept = [member for member in schema.pop("anyOf") if member != {"type": "null"}]
        schema.update(kept[0] if len(kept) == 1 else {"anyOf": kept})
    return schema


def _enum_schema(kind: type[Enum]) -> Schema:
    texts = _texts_under(kind)
    lines = [f"- `{member.value}`: {texts[name]}" for name, member in _members(kind, texts)]
    description = "\n".join([_text_of(kind), *([""] if lines else []), *lines])
    return {
        "type": "string",
        "description": description,
        "enum": [member.value for member in kind],
    }


def _members(kind: type[Enum], texts: Mapping[str, str]) -> list[tuple[str, Enum]]:
    return [(name, member) for name, member in kind.__members__.items() if name in texts]


def _text_of(kind: type) -> str:
    return _plain_text(inspect.getdoc(kind) or "")


def _texts_under(kind: type) -> dict[str, str]:
    """Return the string that stands under each field in the source."""
    body = _class_body(kind)
    texts: dict[str, str] = {}
    for field, below in itertools.pairwise(body):
        name = _assigned(field)
        is_text = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if name and is_text and isinstance(below.value.value, str):  # type: ignore[attr-defined]
            texts[name] = _plain_text(below.value.value)  # type: ignore[attr-defined]
    return texts


def _class_body(kind: type) -> list[ast.stmt]:
    try:
        source = inspect.getsource(kind)
    except OSError:  # installed without its source: the document has no descriptions then
        return []
    tree = ast.parse(textwrap.dedent(source))
    node = tree.body[0]
    return node.body if isinstance(node, ast.ClassDef) else []


def _assigned(statement: ast.stmt) -> str | None:
    target: ast.expr | None = None
    if isinstance(statement, ast.AnnAssign):
        target = statement.target
    elif isinstance(statement, ast.Assign):
        target = statement.targets[0]
    return target.id if isinstance(target, ast.Name) else None


def _plain_text(text: str) -> str:
    """Return a docstring as the Markdown that API documents hold."""
    return inspect.cleandoc(text).replace("``None``", "null").replace("``", "`")
