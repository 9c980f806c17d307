"""Statements with their literals blanked, so that other values make no other statement.

What names a column or key stays: strings in subscripts, in keyword arguments, as keys of a dict,
and as arguments of the methods that take columns.
"""

from __future__ import annotations

import ast
import re

from ..word_lists import words

_NAME_LIKE = re.compile(r"^[A-Za-z_][\w .:\-]{0,60}$")

_COLUMN_METHODS = frozenset(
    words("""
    groupby drop merge join sort_values set_index reset_index pivot pivot_table melt explode
    select col with_columns agg aggregate get pop getattr setattr hasattr delattr rename astype
    value_counts drop_duplicates dropna fillna nunique insert filter sort group_by withColumn
    orderBy column field xs plot hist boxplot scatter nlargest nsmallest eval query assign
    """)
)

_TUPLE_TARGET = re.compile(r"^\(([^()=]{1,200})\) = ")
"""Python 3.10 puts brackets around the names of an assignment, later ones do not."""

_STRING = re.compile(r"""(?:[rbfuRBFU]{0,2})('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")""")
_NUMBER = re.compile(r"(?<![\w.])\d[\d_]*(?:\.\d*)?(?:[eE][-+]?\d+)?")
_SUBSCRIPT_END = re.compile(r"[\[(,]\s*$")


def blanked(node: ast.AST, text: str) -> str:
    """Give a statement with its literals blanked; ``text`` is what it looks like unblanked."""
    try:
        tree = _Blanks().visit(ast.parse(text + "\n    pass" if text.endswith(":") else text))
        loose = ast.unparse(ast.fix_missing_locations(tree)).removesuffix("\n    pass")
        return _TUPLE_TARGET.sub(r"\1 = ", loose.replace("lambda :", "lambda:"))
    except (SyntaxError, RecursionError, ValueError):
        return blanked_text(text)


def blanked_text(text: str) -> str:
    """Give code that does not parse with literals blanked, strings in subscripts kept."""

    def string(match: re.Match[str]) -> str:
        before = text[max(0, match.start() - 2) : match.start()].rstrip()
        content = match[1][1:-1]
        if before.endswith("[") and _NAME_LIKE.match(content):
            return f"'{content}'"
        return "'…'"

    return _NUMBER.sub("0", _STRING.sub(string, text))


class _Blanks(ast.NodeTransformer):
    """Blanks literals in place."""

    def __init__(self) -> None:
        self._is_naming = False

    def _visit_as(self, node: ast.AST, is_naming: bool) -> ast.expr:
        before, self._is_naming = self._is_naming, is_naming
        try:
            visited: ast.expr = self.visit(node)
            return visited
        finally:
            self._is_naming = before

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        value = node.value
        if isinstance(value, str):
            if self._is_naming and _NAME_LIKE.match(value):
                return ast.Constant(value)
            return ast.Constant("…")
        if isinstance(value, bytes):
            return ast.Constant(b"")
        if isinstance(value, (int, float, complex)) and not isinstance(value, bool):
            return ast.Constant(0)
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        operand = self.visit(node.operand)
        if isinstance(node.op, (ast.USub, ast.UAdd)) and isinstance(operand, ast.Constant):
            return ast.Constant(0)
        return ast.UnaryOp(node.op, operand)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        inner = [
            self._visit_as(value.value, False)
            for value in node.values
            if isinstance(value, ast.FormattedValue)
        ]
        call = ast.Call(ast.Name("f", ast.Load()), inner, [])
        return call

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        value = self._visit_as(node.value, False)
        part = self._visit_as(node.slice, True)
        return ast.Subscript(value, part, node.ctx)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        takes_columns = isinstance(node.func, ast.Attribute) and node.func.attr in _COLUMN_METHODS
        takes_columns |= isinstance(node.func, ast.Name) and node.func.id in _COLUMN_METHODS
        func = self._visit_as(node.func, False)
        args = [self._visit_as(arg, takes_columns) for arg in node.args]
        keywords = [ast.keyword(one.arg, self._visit_as(one.value, True)) for one in node.keywords]
        return ast.Call(func, args, keywords)

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        keys = [None if key is None else self._visit_as(key, True) for key in node.keys]
        values = [self._visit_as(value, self._is_naming) for value in node.values]
        return ast.Dict(keys, values)

    def visit_List(self, node: ast.List) -> ast.AST:
        return ast.List(self._without_repeats(node.elts), node.ctx)

    def visit_Set(self, node: ast.Set) -> ast.AST:
        return ast.Set(self._without_repeats(node.elts))

    def _without_repeats(self, elements: list[ast.expr]) -> list[ast.expr]:
        """Keep one of neighbours that look alike once blanked: a list of data may be any long."""
        kept: list[ast.expr] = []
        last = ""
        for element in elements:
            visited = self.visit(element)
            text = ast.dump(visited)
            if text != last:
                kept.append(visited)
            last = text
        return kept
