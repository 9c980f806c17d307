"""Advice on attributes, keys and items that are missing; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..occurrences import Advice
from ..sightings import Fact
from .apis import on_removed_apis
from .case import Case, article, counted, number, quoted, text, texts, truth
from .spelling import nearest

_ATTRIBUTE = re.compile(
    r"(?:'(?P<owner>[\w.]+)' object|type object '(?P<kind>[\w.]+)'|module '(?P<module>[\w.]+)')"
    r" has no attribute '(?P<name>\w+)'"
)
_POLARS = re.compile(r'unable to find column "([^"]*)"; valid columns: \[(.*)\]')
_OF_A_COLUMN = re.compile(r"Can only use \.(str|dt|cat) accessor with (\w+)")
_NO_AWAIT = re.compile(r"'coroutine' object (?:has no attribute|is not)")


def on_missing_attributes(case: Case) -> Iterator[Advice]:
    """Advise on attributes that an object does not have."""
    if case.ename != "AttributeError":
        return
    fact = case.fact("missing_attribute")
    column = _OF_A_COLUMN.match(case.evalue)
    if column is not None:
        yield from _accessor(column[1], fact)
    match = _ATTRIBUTE.search(case.evalue)
    if match is None:
        return
    if match["owner"] == "NoneType":
        yield from _of_none(case, fact, match["name"])
    elif match["owner"] == "coroutine":
        yield _await_it(case)
    elif any(True for _ in on_removed_apis(case)):
        return
    elif fact is not None and text(fact, "attribute") == match["name"]:
        yield from _spelled(fact, match["name"])
    elif match["module"] and "partially initialized" in case.evalue:
        yield _initialised(match["module"], "")


def _accessor(accessor: str, fact: Fact | None) -> Iterator[Advice]:
    dtype, expression = text(fact, "dtype"), text(fact, "expression")
    seen = f"`{expression}` has dtype {dtype}" if expression and dtype else "The dtype is another"
    convert = {
        "dt": ("pd.to_datetime(…)", "`.dt` is for dates and times alone."),
        "str": (".astype(str)", "`.str` is for text alone."),
        "cat": (".astype('category')", "`.cat` is for categories alone."),
    }[accessor]
    yield Advice(f"Convert the column first: `{convert[0]}`.", f"{seen}; {convert[1]}")


def _of_none(case: Case, fact: Fact | None, name: str) -> Iterator[Advice]:
    expression, called = text(fact, "expression"), text(fact, "from_call")
    if truth(fact, "in_place"):
        yield Advice(
            f"Leave out `inplace=True`, or do not go on after the call: `{called}` returns None.",
            f"`{called}` was called with `inplace=True`, and `.{name}` was asked of its result.",
        )
        return
    if called:
        yield Advice(
            f"Check what `{called}` returns before using it.",
            f"`{called}(…)` returned None, and `.{name}` was asked of that.",
        )
        return
    if not expression:
        return
    because = _assigned_none(case, expression)
    if because:
        yield Advice(
            f"Do not assign the result of `{because}` to `{expression}`: it is None.",
            f"`{expression}` is None, and this cell assigns it from `{because}`, which works in "
            "place.",
        )
    else:
        yield Advice(
            f"Find out why `{expression}` is None here.",
            f"`.{name}` was asked of `{expression}`, which is None.",
        )


_IN_PLACE = "sort|append|extend|reverse|shuffle"
"""Methods of lists, and of `random`, that change their object and return nothing."""


def _assigned_none(case: Case, name: str) -> str:
    """Return the call in a cell that gave a name None for certain: the last to assign it."""
    if not name.isidentifier() or case.line is None:
        return ""
    above = case.code.splitlines()[: case.line - 1]
    assigned = [line for line in above if re.match(rf"{name}[ \t]*=(?!=)", line)]
    match = re.match(
        rf"{name}[ \t]*=[ \t]*([\w.]+\.(\w+))\((.*)\)[ \t]*$", assigned[-1] if assigned else ""
    )
    if match is None:
        return ""
    is_in_place = re.fullmatch(_IN_PLACE, match[2]) or re.search(r"\binplace *= *True", match[3])
    return match[1] if is_in_place else ""


def _await_it(case: Case) -> Advice:
    return Advice(
        "Write `await` before the call.",
        "The object is a coroutine: a function defined with `async def` was called and not "
        "waited for.",
    )


def _spelled(fact: Fact, name: str) -> Iterator[Advice]:
    owner, expression = text(fact, "owner"), text(fact, "expression")
    module, shadow = text(fact, "module"), text(fact, "shadow")
    if module and shadow:
        yield _initialised(module, shadow)
    if truth(fact, "in_member"):
        own = module.rpartition(".")[2]
        yield Advice(
            f"Write `{expression or module}.{own}.{name}`, or import with `from {module} import "
            f"{own}`.",
            f"`{expression or module}` is the module, and its class `{own}` has `{name}`.",
        )
        return
    columns = nearest(name, texts(fact, "columns_near"))
    if columns:
        difference = _difference(name, columns[0])
        written = f"{expression or 'df'}[{columns[0]!r}]"
        yield Advice(
            f"Did you mean the column `{columns[0]}`: `{written}`?",
            f"There is no `{name}`, and a column `{columns[0]}`{difference}.",
        )
    found = [each for each in nearest(name, texts(fact, "near")) if not each.startswith("_")]
    if name.endswith("_") and not name.startswith("_"):
        # What an estimator has only after its fit is no slip of the pen for what it always has.
        found = [each for each in found if each.endswith("_")]
    if found:
        is_class = truth(fact, "is_class")
        of = f"`{module or owner}`" if module or is_class else article(owner)
        yield Advice(
            f"Did you mean `.{found[0]}`?",
            f"{of[:1].upper()}{of[1:]} has no `{name}`, and has {quoted(found)}.",
        )


def _initialised(module: str, shadow: str) -> Advice:
    if shadow:
        return Advice(
            f"Rename your own file `{shadow}` if you meant the installed module `{module}`, then "
            "restart the kernel.",
            f"`{module}` was loaded from your file `{shadow}`, which hides any other module of "
            "that name.",
            "restart",
        )
    return Advice(
        f"Take the circular import out of `{module}`, or rename your own file of that name.",
        f"`{module}` was asked for something while it was itself still being imported.",
    )


def on_missing_keys(case: Case) -> Iterator[Advice]:
    """Advise on keys and columns that are not there."""
    if case.ename not in ("KeyError", "ColumnNotFoundError", "UndefinedVariableError"):
        return
    merge = case.fact("merge_key")
    if merge is not None:
        sides = texts(merge, "sides")
        if sides:
            yield Advice(
                f"Merge on a column that both tables have, or use `left_on=` and `right_on=`: "
                f"{_tables(sides)} no column `{text(merge, 'key')}`.",
                f"`{text(merge, 'key')}` is not among the columns of "
                f"{' and '.join(map(_named, sides))}.",
            )
    said = merge is not None
    for fact in case.facts_on("missing_key") if merge is None else ():
        for each in _key(fact):
            said = True
            yield each
    if not said:
        yield from _polars(case)


def _named(table: str) -> str:
    return table if table.startswith("the ") else f"`{table}`"


def _tables(sides: list[str]) -> str:
    has = "has" if len(sides) == 1 else "have"
    return f"{' and '.join(map(_named, sides))} {has}"


def _key(fact: Fact) -> Iterator[Advice]:
    key, container, expression = (text(fact, each) for each in ("key", "container", "expression"))
    of = f"`{expression}`" if expression else f"the {container}"
    word = "column" if texts(fact, "columns") else "key"
    word = "label" if container == "pandas.Series" else word
    other = text(fact, "other_type")
    found = nearest(key, texts(fact, "near")) if text(fact, "key_type") == "str" else []
    if truth(fact, "in_index"):
        yield Advice(
            f"Use `.reset_index()` first, or `.index`: `{key}` is the index of {of}.",
            f"`{key}` is the name of an index of {of} and not of a column.",
        )
    elif other:
        shown = repr(key) if other == "str" else key
        given = "a text" if other == "int" else "a number"
        yield Advice(
            f"Ask for `{shown}`: the {word} is {_kind_of(other)}.",
            f"{key} was asked for as {given}, and {of} has it as {_kind_of(other)}.",
        )
    elif found:
        yield Advice(
            f"Did you mean the {word} {_quoted(found[0])}?",
            f"{of[:1].upper()}{of[1:]} has no {word} {_quoted(key)}, and has "
            f"{_quoted(found[0])}{_difference(key, found[0])}.",
        )
    elif texts(fact, "columns"):
        columns, count = texts(fact, "columns"), number(fact, "count") or 0
        shown = quoted(columns, 8)
        if count > len(columns) and len(columns) <= 8:
            shown += f" and {count - len(columns):,} more"
        yield Advice(
            f"Ask for one of the columns of {of}: {shown}."
            if count <= 8
            else f"Look at `{expression or 'df'}.columns`: there is no column {_quoted(key)}.",
            f"{of[:1].upper()}{of[1:]} has {counted(count, 'column')}, and none is like "
            f"{_quoted(key)}.",
        )
    elif container == "os.environ":
        yield Advice(
            f"Set the environment variable `{key}`, or use `os.environ.get({key!r})`.",
            f"The kernel's process has no environment variable `{key}`.",
        )


def _quoted(word: str) -> str:
    return f"`{word!r}`"


def _kind_of(other: str) -> str:
    return "a text" if other == "str" else "a number"


def _difference(one: str, other: str) -> str:
    """Say how two names differ that are nearly the same."""
    if one.strip() == other.strip():
        return ", which has blanks around it" if other != other.strip() else ", without the blanks"
    if one.lower() == other.lower():
        return ", which differs in upper and lower case"
    return ""


def _polars(case: Case) -> Iterator[Advice]:
    match = _POLARS.search(case.evalue)
    if match is None:
        return
    known = re.findall(r'"([^"]*)"', match[2])
    found = nearest(match[1], known)
    if found:
        yield Advice(
            f"Did you mean the column {_quoted(found[0])}?",
            f"There is no column {_quoted(match[1])}, and there is "
            f"{_quoted(found[0])}{_difference(match[1], found[0])}.",
        )
    elif known:
        yield Advice(
            f"Ask for one of the columns: {quoted(known, 8)}.",
            f"None of the columns is like {_quoted(match[1])}.",
        )


def on_indexes(case: Case) -> Iterator[Advice]:
    """Advise on items beyond the end."""
    fact = case.fact("index")
    if case.ename != "IndexError" or fact is None:
        return
    expression, length, index = (
        text(fact, "expression"),
        number(fact, "length"),
        number(fact, "index"),
    )
    if length is None or not expression:
        return
    kind = text(fact, "type")
    if length == 0:
        yield Advice(
            f"Check that `{expression}` is not empty before taking an item.",
            f"`{expression}` is an empty {kind}.",
        )
    elif index is not None:
        over = text(fact, "over")
        last = f"; the last index is {length - 1}"
        wording = (
            f"Let `{over}` go up to {length - 1} only."
            if over
            else f"Ask for an index from 0 to {length - 1}."
        )
        yield Advice(
            wording,
            f"`{expression}` has {counted(length, 'item')}, and item {index} was asked for{last}.",
        )


def on_coroutines(case: Case) -> Iterator[Advice]:
    """Advise on coroutines that nobody waited for."""
    if case.ename == "TypeError" and _NO_AWAIT.search(case.evalue):
        yield _await_it(case)
