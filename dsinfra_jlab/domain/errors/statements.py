"""The statement at a line, free of comments and layout, with IPython's own syntax tolerated."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from . import limits
from .statement_blanks import blanked, blanked_text

_CELL_MAGIC = re.compile(r"^\s*%%(\w+)")
_PYTHON_CELL_MAGICS = frozenset(
    {"time", "timeit", "capture", "prun", "python3", "memray_flamegraph"}
)
_RUNNING_MAGIC = re.compile(
    r"^(\s*)%(?:time|timeit|prun|memit|mprun|lprun)\b((?:\s+-\w+(?:\s+\d+)?)*)\s+(?=\S)"
)
_OTHER_LINE = re.compile(r"^(\s*)(?:[A-Za-z_][\w., ]*=\s*)?[%!]\S")
_HELP = re.compile(r"^(\s*)[\w.]+\?{1,2}\s*$|^(\s*)\?{1,2}[\w.]+\s*$")
_TUPLE_TARGET = re.compile(r"^\(([^()=]{1,200})\) = ")
_SPACES = re.compile(r"\s+")
_COMMENT = re.compile(r"""^((?:[^'"#\\]|\\.|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|['"])*?)\s*#.*$""")

_CODE_MAX_CHARS = 200_000


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement in a form that layout and comments do not change."""

    text: str
    source: str
    """Its lines as they are written."""
    loose: str
    """With literals blanked, but for strings that name a column or key."""


@lru_cache(maxsize=256)
def statement_at(code: str, line: int) -> Statement | None:
    """Give the statement at a line from 1; of a compound one only its header.

    Where the code does not parse, the line itself with whitespace collapsed; ``None`` where the
    line does not exist or is empty.
    """
    lines = code.splitlines()
    if not 1 <= line <= len(lines):
        return None
    if len(code) <= _CODE_MAX_CHARS:
        tree = _parsed(lines)
        if tree is not None and (found := _innermost(tree, line)):
            return _of_nodes(found, lines)
    return line_as_statement(lines[line - 1])


@lru_cache(maxsize=256)
def statement_of(source: str) -> Statement | None:
    """Give the statement that a piece of code is, as cut out of a cell or a traceback."""
    source = source.strip("\n")[: limits.FRAME_SOURCE_MAX_CHARS]
    if not source.strip():
        return None
    lines = _dedented(source.splitlines())
    tree = _parsed(lines) or _parsed([*lines[:-1], lines[-1] + "\n    pass"])
    if tree is None and lines[0].lstrip().startswith(
        ("elif ", "else", "except", "finally", "case ")
    ):
        tree = None
    if tree is not None and tree.body:
        first = tree.body[0]
        return _of_nodes(_with_body(first) if _is_compound(first) else tree.body, lines)
    return line_as_statement(" ".join(lines))


def line_as_statement(line: str) -> Statement | None:
    """Give a line that is no whole statement, with whitespace collapsed and its comment gone."""
    text = line[: limits.STATEMENT_MAX_CHARS]
    if "#" in text and (match := _COMMENT.match(text)):
        text = match[1]
    text = _SPACES.sub(" ", text).strip()
    return Statement(text, line.strip(), blanked_text(text)) if text else None


def _dedented(lines: list[str]) -> list[str]:
    indents = [len(one) - len(one.lstrip()) for one in lines if one.strip()]
    by = indents[0] if indents else 0
    return [one[by:] if not one[:by].strip() else one.lstrip() for one in lines]


def _parsed(lines: list[str]) -> ast.Module | None:
    """Give the tree of a cell, its magics as calls on the same lines."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse("\n".join(_as_python(lines)) + "\n")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _as_python(lines: list[str]) -> list[str]:
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    magic = _CELL_MAGIC.match(lines[first]) if lines else None
    if magic and magic[1] in _PYTHON_CELL_MAGICS:
        lines = [*lines[:first], "", *lines[first + 1 :]]
    return [_line_as_python(line) for line in lines]


def _line_as_python(line: str) -> str:
    if "%" not in line and "!" not in line and "?" not in line:
        return line
    if match := _RUNNING_MAGIC.match(line):
        return match[1] + line[match.end() :]
    if match := _OTHER_LINE.match(line) or _HELP.match(line):
        indent = match[1] or ""
        return f"{indent}__magic__({_SPACES.sub(' ', line).strip()!r})"
    return line


def _is_compound(node: ast.AST) -> bool:
    return isinstance(getattr(node, "body", None), list) or isinstance(node, ast.Match)


def _innermost(tree: ast.Module, line: int) -> list[ast.stmt]:
    """Give the statements at a line that hold no other one there."""
    block: list[ast.stmt] = tree.body
    while True:
        here = [node for node in block if _first_line(node) <= line <= (node.end_lineno or 0)]
        if len(here) != 1 or not _is_compound(here[0]):
            return here
        inner = _block_at(here[0], line)
        if inner is None:
            return here
        if here[0].lineno == inner[0].lineno:
            return _with_body(here[0])
        block = inner


def _with_body(node: ast.stmt) -> list[ast.stmt]:
    """Give a compound statement, and what it holds if that stands on the same line."""
    held: list[ast.stmt] = getattr(node, "body", [])
    return [node, *(one for one in held if one.lineno == node.lineno)]


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])


def _block_at(node: ast.stmt, line: int) -> list[ast.stmt] | None:
    """Give the block inside a compound statement that has the line; ``None`` for its header."""
    blocks: list[list[ast.stmt]] = [
        getattr(node, field, []) for field in ("body", "orelse", "finalbody")
    ]
    blocks += [one.body for one in getattr(node, "handlers", [])]
    blocks += [one.body for one in getattr(node, "cases", [])]
    for block in blocks:
        if any(_first_line(one) <= line <= (one.end_lineno or 0) for one in block):
            return block
    return None


def _of_nodes(nodes: list[ast.stmt], lines: list[str]) -> Statement:
    texts = [_unparsed(node) for node in nodes]
    looses = [blanked(node, text) for node, text in zip(map(_header, nodes), texts, strict=True)]
    text = "; ".join(texts)[: limits.STATEMENT_MAX_CHARS]
    first = min(_first_line(node) for node in nodes)
    source = "\n".join(_dedented(lines[first - 1 : max(_last_line(node) for node in nodes)]))
    return Statement(text, source, "; ".join(looses)[: limits.STATEMENT_MAX_CHARS])


def _last_line(node: ast.stmt) -> int:
    """Give the last line of a statement, of a compound one that of its header."""
    held: list[ast.AST] = getattr(node, "body", None) or getattr(node, "cases", None) or []
    if not _is_compound(node) or not held:
        return node.end_lineno or node.lineno
    first = held[0].pattern if isinstance(held[0], ast.match_case) else held[0]
    begin = _first_line(first) if isinstance(first, ast.stmt) else first.lineno  # type: ignore[attr-defined]
    return max(node.lineno, int(begin) - 1)


def _unparsed(node: ast.stmt) -> str:
    try:
        return _one_line(ast.unparse(_header(node)))
    except (RecursionError, ValueError):
        return type(node).__name__


def _one_line(text: str) -> str:
    """Give a statement without the body that was put in, the same in each version of Python."""
    text = text.removesuffix("\n    pass").replace("lambda :", "lambda:")
    return _TUPLE_TARGET.sub(r"\1 = ", text)


def _header(node: ast.stmt) -> ast.stmt:
    """Give a compound statement without what it holds, anything else as it is."""
    if not _is_compound(node):
        return node
    fields: dict[str, Any] = {name: getattr(node, name, None) for name in node._fields}
    fields["body"] = [ast.Pass()]
    for name in ("orelse", "finalbody"):
        if name in fields:
            fields[name] = []
    if isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
        fields["handlers"] = []
        fields["finalbody"] = [ast.Pass()]
    if isinstance(node, ast.Match):
        del fields["body"]
        fields["cases"] = []
    bare = type(node)(**fields)
    return ast.copy_location(bare, node)
