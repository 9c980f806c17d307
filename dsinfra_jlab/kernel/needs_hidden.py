"""Names that a cell uses without naming them in its code, and signs that there may be more."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from . import parcel_limits as limits
from .names_data import is_data
from .names_magics import CODE_CELL_MAGICS, CODE_LINE_MAGICS, parse

_LOOKING_UP = frozenset(["globals", "locals", "vars", "__import__"])
_RUNNING = frozenset(["eval", "exec", "compile"])
_WITH_AT = frozenset(["query", "eval"])
"""Methods of tables whose text may name variables: ``df.query("a > @limit")``."""
_WITH_TABLES = frozenset(["sql", "query", "execute", "evaluate", "eval"])
"""Functions whose text may name tables and arrays: ``duckdb.sql("select * from df")``."""
_OF_SHELL = frozenset(["user_ns", "user_global_ns", "user_module", "ev", "ex"])
"""Of ``get_ipython()``: the notebook's names, or what runs code with them."""
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
    """Return what a cell uses beyond the names in its code.

    Where names are looked up by texts, each word in a text of the cell may be one of them.
    """
    looking = _Looking(namespace)
    for tree in trees:
        for node in ast.walk(tree):
            looking.at(node)
        for magic, texts in _magics(tree):
            _magic(magic, texts, namespace, looking.names, looking.signs)
    names = looking.names
    if looking.is_by_text:
        names |= {word for word in looking.words if word in namespace}
    return Hidden(frozenset(names), tuple(looking.signs), tuple(looking.codes))


class _Looking:
    """What was found in the nodes so far."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self._namespace = namespace
        self._read_as_code: set[int] = set()
        self.names: set[str] = set()
        self.signs: dict[str, None] = {}
        self.codes: list[str] = []
        self.words: set[str] = set()
        """Of texts, and of attributes that may be those of ``__main__``."""
        self.is_by_text = False

    def at(self, node: ast.AST) -> None:
        """Look at a node; those around it come first."""
        if isinstance(node, ast.Call):
            self._call(node)
        elif isinstance(node, ast.ImportFrom):
            self._import_from(node)
        elif isinstance(node, ast.Import):
            if any(alias.name == "__main__" for alias in node.names):
                self._doubt("import __main__")
        elif isinstance(node, ast.Subscript):
            if _constant(node.slice) == "__main__":
                self._doubt('["__main__"]')
        elif isinstance(node, ast.Attribute):
            self.words.add(node.attr)
            if node.attr in _OF_SHELL and _is_shell(node.value):
                self._doubt(f"get_ipython().{node.attr}")
        elif id(node) not in self._read_as_code:
            self.words.update(_WORD.findall(_constant(node) or ""))

    def _doubt(self, sign: str) -> None:
        self.signs[sign] = None
        self.is_by_text = True

    def _import_from(self, node: ast.ImportFrom) -> None:
        imported = [alias.name for alias in node.names]
        if node.module == "__main__" and not node.level:
            self.names.update(name for name in imported if name in self._namespace)
        if "*" in imported:
            self.signs[f"from {'.' * node.level}{node.module or ''} import *"] = None

    def _call(self, node: ast.Call) -> None:
        function = node.func
        first = node.args[0] if node.args else None
        if isinstance(function, ast.Name):
            if function.id in _RUNNING:
                self.signs[f"{function.id}()"] = None
                self._run(first)
            elif function.id in _LOOKING_UP and not (function.id == "vars" and node.args):
                self._doubt(f"{function.id}()")
        texts = [text for text in map(_constant, node.args) if text is not None]
        text = texts[0] if texts else self._text_of(first)
        if isinstance(function, ast.Attribute) and function.attr in _WITH_AT:
            self._query(function.attr, text or "", first)
        word = getattr(function, "attr", getattr(function, "id", ""))
        if word in _WITH_TABLES and text is not None:
            there = {each for each in _WORD.findall(text) if each in self._namespace}
            self.names.update(each for each in there if is_data(self._namespace[each]))

    def _query(self, method: str, text: str, first: ast.expr | None) -> None:
        at_names = _AT_NAME.findall(text)
        self.names.update(name for name in at_names if name in self._namespace)
        if at_names or not (first is None or isinstance(first, ast.Constant)):
            self.signs[f'.{method}("@…")'] = None

    def _run(self, code: ast.expr | None) -> None:
        """Take code that is run for what it reads, where it can be known before."""
        text = self._text_of(code)
        if text is not None:
            self._read_as_code.add(id(code))
            self.codes.append(text)
        if _constant(code) is None:
            self.is_by_text = True

    def _text_of(self, node: ast.expr | None) -> str | None:
        """Return a text that stands in the code, or under a name of the notebook."""
        if isinstance(node, ast.Name):
            value = self._namespace.get(node.id)
            return value if type(value) is str and len(value) <= limits.CODE_MAX_CHARS else None
        return _constant(node)


def _constant(node: ast.AST | None) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def _is_shell(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "get_ipython"


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
