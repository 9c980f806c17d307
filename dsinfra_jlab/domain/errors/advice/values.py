"""Advice on values that cannot be used as they are: no numbers, missing, of another type; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..occurrences import Advice
from ..sightings import Fact
from .case import Case, article, counted, number, parts, quoted, text, texts

_MERGE = re.compile(r"trying to merge on (.+?) and (.+?) columns for key '([^']*)'")
_JOIN = re.compile(
    r"datatypes of join keys don't match - `([^`]*)`: (\w+) on left does not match `([^`]*)`: (\w+)"
)
_NOT_FINITE = re.compile(r"Input (?:(\w+) )?contains (NaN|infinity)")
_LITERAL = re.compile(r"invalid literal for int\(\) with base 10: '(.*)'", re.DOTALL)


def on_matrices(case: Case) -> Iterator[Advice]:
    """Advise on matrices without an inverse."""
    if case.ename != "LinAlgError" or "singular matrix" not in case.evalue.lower():
        return
    is_asked = case.libraries <= {"numpy", "scipy"}
    yield Advice(
        "Use `np.linalg.lstsq` or `np.linalg.pinv`, or remove rows that depend on others."
        if is_asked
        else "Leave out columns that follow from others, and those that never change.",
        "The matrix has no inverse.",
    )


def on_conversions(case: Case) -> Iterator[Advice]:
    """Advise on texts that are no numbers or dates."""
    fact = case.fact("conversion")
    if fact is not None:
        yield from _column(fact)
        return
    table = case.fact("text_columns")
    columns = texts(table, "columns")
    if columns and case.evalue.startswith("could not convert string to float"):
        name, count = text(table, "expression"), number(table, "count") or len(columns)
        yield Advice(
            f"Encode {_columns(columns, count)} of `{name}` as numbers, or leave "
            f"{'it' if count == 1 else 'them'} out.",
            f"{quoted(columns)} of `{name}` {'holds' if count == 1 else 'hold'} text, and numbers "
            "are needed.",
        )
    match = _LITERAL.match(case.evalue)
    if match is not None and re.fullmatch(r"\s*[-+]?\d*\.\d+\s*|\s*[-+]?\d+\.\d*\s*", match[1]):
        yield Advice(
            "Convert by way of float: `int(float(…))`.",
            "The text is a number with a decimal point, which `int` does not read.",
        )
    elif match is not None and not match[1].strip():
        yield Advice("Leave out empty texts before converting.", "The text is empty.")


def _columns(names: list[str], count: int) -> str:
    return f"the column{'' if count == 1 else 's'} {quoted(names)}"


_REPAIRS = {
    "a number with commas between thousands": ".str.replace(',', '')",
    "a number with a decimal comma": ".str.replace(',', '.')",
    "a number with a percent sign": ".str.rstrip('%')",
    "a number with a currency sign": ".str.replace('[$€£¥]', '', regex=True)",
}


def _column(fact: Fact) -> Iterator[Advice]:
    name, kind, target = (text(fact, each) for each in ("expression", "kind", "target"))
    position, count, rows = (number(fact, each) for each in ("position", "count", "rows"))
    if not name or not kind or position is None:
        return
    label = text(fact, "label")
    row = f"row {position:,}" + (f" (label `{label}`)" if label and label != str(position) else "")
    value = text(fact, "value")
    held = f"{kind} (`{value}`)" if value else kind
    of = f"; {count:,} of {rows:,} are like that" if count and count > 1 and rows else ""
    goal = "date" if target == "date" else "number"
    evidence = f"The first value of `{name}` that is no {goal} is in {row}: {held}{of}."
    if target == "int" and kind == "a missing value":
        yield Advice(
            f"Use `{name}.astype('Int64')`, which has missing values, or fill them first.",
            f"The first missing value of `{name}` is in {row}{of}.",
        )
    elif target == "int" and kind == "a number with a decimal point":
        yield Advice(f"Convert by way of float: `{name}.astype(float)`.", evidence)
    elif kind in _REPAIRS and ".str" not in name:
        yield Advice(f"Clean the texts before converting: `{name}{_REPAIRS[kind]}`.", evidence)
    elif target == "date":
        yield Advice(
            f"Look at {row} of `{name}`, or turn what is no date into NaT with `errors='coerce'`.",
            evidence,
        )
    else:
        coerce = f"`pd.to_numeric({name}, errors='coerce')`"
        yield Advice(f"Look at {row} of `{name}`; {coerce} makes such values NaN.", evidence)


def on_missing_values(case: Case) -> Iterator[Advice]:
    """Advise on missing and infinite values where none may be."""
    facts = case.facts_on("nulls")
    match = _NOT_FINITE.search(case.evalue)
    is_infinite = match is not None and match[2] == "infinity"
    if is_infinite:
        facts = [
            each for each in facts if any(number(c, "infinite") for c in parts(each, "columns"))
        ] or facts
    if match is None and "non-finite values" not in case.evalue and "NaN" not in case.evalue:
        return
    for fact in facts:
        name, columns = text(fact, "expression"), parts(fact, "columns")
        count, rows = number(fact, "count") or len(columns), number(fact, "rows") or 0
        if not name or not columns:
            continue
        seen = "; ".join(_counted(fact, each) for each in columns[:5])
        more = f"; and {count - 5:,} columns more" if count > 5 else ""
        yield Advice(
            _finite(name, is_infinite, case),
            f"Of {counted(rows, 'row')} of `{name}`: {seen}{more}.",
        )


def _finite(name: str, is_infinite: bool, case: Case) -> str:
    if is_infinite:
        return f"Take the infinite values out of `{name}` before fitting."
    if "to integer" in case.evalue:
        return f"Fill the missing values of `{name}` first, or use `.astype('Int64')`."
    return f"Fill or drop the missing values of `{name}` first."


def _counted(fact: Fact, column: Fact) -> str:
    missing, infinite = number(column, "missing") or 0, number(column, "infinite") or 0
    said = []
    if missing:
        said.append(f"{missing:,} missing")
    if infinite:
        said.append(f"{infinite:,} infinite")
    name = text(column, "name")
    is_array = text(fact, "type").endswith("ndarray")
    what = f"column {name}" if is_array else f"`{name}`"
    return f"{' and '.join(said)} in {what}" if name and name != "None" else " and ".join(said)


_TEXT_OPERATION = re.compile(
    r"Can only string multiply by an integer|Cannot perform reduction '\w+' with string dtype"
    r"|Invalid comparison between dtype=str(?:ing)? and (?:int|float)"
    r"|operation '\w+' not supported for dtype 'str' with object of type <class '(?:int|float)'>"
)


def on_text_columns(case: Case) -> Iterator[Advice]:
    """Advise on arithmetic with a column that holds text."""
    if case.ename != "TypeError" or _TEXT_OPERATION.search(case.evalue) is None:
        return
    names = [
        text(each, "expression")
        for fact in case.facts_on("operands")
        for each in parts(fact, "operands")
        if text(each, "type") == "pandas.Series" and text(each, "dtype") in ("str", "string")
    ]
    if len(set(names)) == 1 and names[0]:
        yield Advice(
            f"Convert the column first: `pd.to_numeric({names[0]})`.",
            f"`{names[0]}` holds text, and the operation needs numbers.",
        )


def on_merges(case: Case) -> Iterator[Advice]:
    """Advise on keys of merges whose types differ."""
    match = _MERGE.search(case.evalue)
    join = _JOIN.search(case.evalue)
    if match is not None:
        fact = case.fact("merge")
        left, right = text(fact, "left"), text(fact, "right")
        sides = (f"in `{left}`", f"in `{right}`") if left and right else ("left", "right")
        yield Advice(
            f"Give the key `{match[3]}` one type in both tables, for example by `.astype(…)`.",
            f"`{match[3]}` is {match[1]} {sides[0]} and {match[2]} {sides[1]}.",
        )
    elif join is not None:
        yield Advice(
            f"Cast one key to the type of the other: `{join[3]}` on the right to {join[2]}.",
            f"`{join[1]}` is {join[2]} on the left and `{join[3]}` is {join[4]} on the right.",
        )


def on_json(case: Case) -> Iterator[Advice]:
    """Advise on what cannot become JSON, and on what is none."""
    match = re.search(r"Object of type (\w+) is not JSON serializable", case.evalue)
    if match is not None:
        repair = next((way for kinds, way in _TO_JSON if re.fullmatch(kinds, match[1])), "")
        paths = texts(case.fact("json"), "paths")
        where = f"{quoted(paths)} {'is' if len(paths) == 1 else 'are'} of type `{match[1]}`."
        if repair:
            yield Advice(
                f"Convert it first: {repair}.",
                where if paths else f"JSON has no word for {article(match[1])}.",
            )
        elif paths:
            yield Advice(f"Convert or leave out {quoted(paths)}.", where)
    kind = text(case.fact("json_text"), "kind")
    if case.ename == "JSONDecodeError" and kind in _NO_JSON:
        yield Advice(*_NO_JSON[kind])


_TO_JSON = (
    (r"u?int\d+", "`int(value)`"),
    (r"float(16|32|64)", "`float(value)`"),
    (r"bool_?", "`bool(value)`"),
    (r"ndarray|Tensor|Series|Index", "`value.tolist()`"),
    (r"DataFrame", "`value.to_dict('records')`"),
    (r"set|frozenset", "`list(value)`"),
    (r"datetime|date|Timestamp|time", "`value.isoformat()`"),
    (r"Decimal", "`float(value)` or `str(value)`"),
    (r"PosixPath|WindowsPath|UUID", "`str(value)`"),
    (r"bytes", "`value.decode()`"),
)
_NO_JSON = {
    "empty": ("Check where the text comes from: there is nothing in it.", "The text is empty."),
    "html": (
        "Check the address and the status of the answer: it is a web page.",
        "The text begins like HTML and not like JSON.",
    ),
    "lines": (
        "Read line by line, or with `pd.read_json(…, lines=True)`.",
        "After a complete JSON value another one follows.",
    ),
    "quotes": (
        "Write the names and texts in double quotes, or read a Python literal with "
        "`ast.literal_eval`.",
        "The text has single quotes where JSON has double ones.",
    ),
}
