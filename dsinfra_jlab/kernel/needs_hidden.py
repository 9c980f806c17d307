"""Names that a cell uses without naming them in its code, and signs that there may be more."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from .names_data import is_data
from .names_magics import CODE_CELL_MAGICS, CODE_LINE_MAGICS, parse

_LOOKING_UP = frozenset(["globals", "locals", "vars", "__import__"])
_RUNNING = frozenset(["eval", "exec", "compile"])
_WITH_AT = frozenset(["query", "eval"])
"""Methods of tables whose text may name variables: ``df.query("a > @limit")``."""
_WITH_TABLES = frozenset(["sql", "query", "execute", "evaluate"])
"""Functions whose text may name tables and arrays: ``duckdb.sql("select * from df")``."""
_WORD = re.compile(r"[^\W\d]\w*")
_AT_NAME = re.compile(r"@([^\W\d]\w*)")
_MAGIC_CALLS = frozenset(["run_line_magic", "run_cell_magic", "magic"])


class Hidden(NamedTuple):
    """What the code of a cell does not show."""

    names: frozenset[str]
    """Names of the notebook that occur in texts which are run or looked through."""
    signs: tuple[str, ...]
    """``eval()``, ``from m import *`` …: what makes it doubtful that these are all."""
    codes: tuple[str, ...]
    """Constant texts that the cell runs as code."""


def trees_of(code: str) -> list[ast.Module]:
    """Return the syntax trees of a cell and of the code inside of its magics.

    Raises
    ------
    SyntaxError, ValueError
        The cell has none.
    """
    trees = [ast.parse(code)]
    for tree in trees:  # it grows on the way
        for _, arguments in _magics(tree):
            if len(arguments) >= 2 and arguments[0] in CODE_CELL_MAGICS | CODE_LINE_MAGICS:
                inner = [parse(text) for text in arguments[1:]]
                trees += [each for each in inner if each is not None]
    return trees


def hidden_in(trees: Iterable[ast.Module], namespace: Mapping[str, Any]) -> Hidden:
    """Return what a cell uses beyond the names in its code."""
    found: set[str] = set()
    signs: dict[str, None] = {}
    codes: list[str] = []
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names):
                signs[f"from {'.' * node.level}{node.module or ''} import *"] = None
            elif isinstance(node, ast.Call):
                _call(node, namespace, found, signs, codes)
        for magic, texts in _magics(tree):
            _magic(magic, texts, namespace, found, signs)
    return Hidden(frozenset(found), tuple(signs), tuple(codes))


def _call(
    node: ast.Call,
    namespace: Mapping[str, Any],
    found: set[str],
    signs: dict[str, None],
    codes: list[str],
) -> None:
    function = node.func
    texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
    text = texts[0] if texts and isinstance(texts[0], str) else None
    if isinstance(function, ast.Name):
        if function.id in _RUNNING:
            signs[f"{function.id}()"] = None
            if text is not None:
                codes.append(text)
        elif function.id in _LOOKING_UP and not (function.id == "vars" and node.args):
            signs[f"{function.id}()"] = None
    word = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if isinstance(function, ast.Attribute) and word in _WITH_AT:
        at_names = _AT_NAME.findall(text or "")
        found.update(name for name in at_names if name in namespace)
        is_constant = not node.args or isinstance(node.args[0], ast.Constant)
        if at_names or not is_constant:
            signs[f'.{word}("@…")'] = None
    if word in _WITH_TABLES and text is not None:
        found.update(
            name for name in _WORD.findall(text) if name in namespace and is_data(namespace[name])
        )


def _magics(tree: ast.AST) -> Iterator[tuple[str, list[str]]]:
    """Yield the calls into which IPython turned magics: which method, and its texts."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _MAGIC_CALLS
            and isinstance(node.func.value, ast.Call)
            and getattr(node.func.value.func, "id", "") == "get_ipython"
        ):
            values = [each.value for each in node.args if isinstance(each, ast.Constant)]
            yield node.func.attr, [each for each in values if isinstance(each, str)]


def _magic(
    method: str,
    texts: list[str],
    namespace: Mapping[str, Any],
    found: set[str],
    signs: dict[str, None],
) -> None:
    """Take the words after a magic that is not known for what it may name: ``%R -i table``."""
    if len(texts) < 2 or texts[0] in CODE_CELL_MAGICS | CODE_LINE_MAGICS:
        return
    found.update(name for name in _WORD.findall(texts[1]) if name in namespace)
    if texts[0] in ("run", "load_ext", "pylab", "macro"):
        signs[f"%{texts[0]}"] = None
