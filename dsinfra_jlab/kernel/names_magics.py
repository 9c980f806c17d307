"""Code inside the calls into which IPython turns magics: ``%%time``, ``%timeit``, ``!ls {x}``."""

from __future__ import annotations

import ast
import re
import sys

from .names_walk import Walk

CODE_CELL_MAGICS = frozenset(
    [
        "time",
        "timeit",
        "capture",
        "prun",
        "remote",
        "memit",
        "mprun",
        "lprun",
        "snakeviz",
        "pyinstrument",
        "scalene",
        "heat",
        "debug",
    ]
)
"""Cell magics whose body is code of the notebook's; that of others is text or another language."""
CODE_LINE_MAGICS = frozenset(
    ["time", "timeit", "prun", "memit", "mprun", "lprun", "snakeviz", "pyinstrument"]
)
_WITH_NAMES = frozenset(["system", "getoutput", "run_line_magic", "run_cell_magic"])
_OPTION = re.compile(r"-\S+\s*")
_OPTION_WITH_VALUE = re.compile(r"-[nrlsTDtfm]\s*\S+\s*")
_BRACES = re.compile(r"\{([^{}]+)\}")
_DOLLAR = re.compile(r"(?<!\$)\$\{?([^\W\d]\w*)")


def visit(walk: Walk, node: ast.Call) -> bool:
    """Visit a call of IPython's; return whether it was one."""
    function = node.func
    if not (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Call)
        and isinstance(function.value.func, ast.Name)
        and function.value.func.id == "get_ipython"
    ):
        return False
    values = [each.value for each in node.args if isinstance(each, ast.Constant)]
    texts = [each for each in values if isinstance(each, str)]
    if len(texts) != len(node.args):
        walk.visit_each(node.args)
        return True
    if function.attr == "run_cell_magic" and len(texts) == 3:
        _cell_magic(walk, *texts)
    elif function.attr == "run_line_magic" and len(texts) == 2:
        _line_magic(walk, *texts)
    elif function.attr in _WITH_NAMES:
        for text in texts:
            _expanded(walk, text)
    return True


def _cell_magic(walk: Walk, name: str, line: str, body: str) -> None:
    if name not in CODE_CELL_MAGICS:
        _expanded(walk, line)
        return
    if name == "timeit":
        _apart(walk, [_without_options(line), body])
        return
    _visit_code(walk, body)
    if name == "capture":
        for word in line.split():
            if word.isidentifier():
                walk.store(word, is_result=False)


def _line_magic(walk: Walk, name: str, line: str) -> None:
    if name not in CODE_LINE_MAGICS:
        _expanded(walk, line)
    elif name == "time":
        _visit_code(walk, line)
    elif name == "timeit":
        _apart(walk, [_without_options(line)])
    else:
        _visit_code(walk, _without_options(line))


def _without_options(line: str) -> str:
    line = line.strip()
    while line.startswith("-"):
        with_value = _OPTION_WITH_VALUE.match(line)
        found = with_value or _OPTION.match(line)
        if found is None:
            break
        line = line[found.end() :]
    return line


def _apart(walk: Walk, codes: list[str]) -> None:
    """Visit what runs in a function of its own, so that it binds nothing in the notebook."""
    mark = walk.flow.mark()
    written = walk.writes, walk.literals, walk.not_literals, walk.results
    walk.writes, walk.literals, walk.not_literals, walk.results = set(), set(), set(), set()
    for code in codes:
        _visit_code(walk, code)
    walk.writes, walk.literals, walk.not_literals, walk.results = written
    walk.flow.rewind(mark)
    walk.flow.is_alive = True


def _visit_code(walk: Walk, code: str) -> None:
    tree = parse(code)
    if tree is not None:
        walk.block(tree.body)


def parse(code: str) -> ast.Module | None:
    """Return the tree of a body, which IPython transforms only when the magic runs it."""
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError):
        pass
    transformers = sys.modules.get("IPython.core.inputtransformer2")
    if transformers is None:
        return None
    try:
        text: str = transformers.TransformerManager().transform_cell(code)
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def _expanded(walk: Walk, text: str) -> None:
    """Visit the names that IPython puts into a command: ``$name`` and ``{expression}``."""
    for name in _DOLLAR.findall(text):
        walk.load(name)
        walk.expanded.add(name)
    for expression in _BRACES.findall(text):
        try:
            walk.visit(ast.parse(expression, mode="eval").body)
        except (SyntaxError, ValueError):
            continue
