"""Advice on shapes, lengths and features that do not go together; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..occurrences import Advice
from ..sightings import Fact
from .case import Case, counted, number, parts, quoted, text, texts, truth

Shape = tuple[int, ...]

_BROADCAST = re.compile(
    r"operands could not be broadcast together with (?:remapped )?shapes (.*)"
    r"|The size of tensor a \(\d+\) must match the size of tensor b|not broadcastable"
    r"|shape mismatch: objects cannot be broadcast"
)
_PRODUCT = re.compile(
    r"matmul: Input operand 1 has a mismatch|shapes \(.*\) and \(.*\) not aligned"
    r"|mat1 and mat2 shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)"
    r"|size mismatch, m1: |mat1 and mat2 shapes"
)
_SAMPLES = re.compile(r"inconsistent numbers of samples: \[(\d+), (\d+)\]")
_FEATURES = re.compile(r"X has (\d+) features, but (\w+) is expecting (\d+) features")
_FIRST_DIMENSION = re.compile(
    r"x and y must have same first dimension, but have shapes \((\d+),?.*?\) and \((\d+),?.*?\)"
)
_TARGET = re.compile(
    r"Target size \(torch\.Size\(\[([\d, ]*)\]\)\) must be the same as input size "
    r"\(torch\.Size\(\[([\d, ]*)\]\)\)"
)
_RESHAPE = re.compile(r"cannot reshape array of size (\d+) into shape \(([-\d, ]+)\)")
_CHANNELS = re.compile(
    r"weight of size \[.*?\], expected input\[([\d, ]+)\] to have (\d+) channels, but got (\d+)"
)
_TOO_MANY = re.compile(r"too many indices for array: array is (\d+)-dimensional, but (\d+) were")


def on_shapes(case: Case) -> Iterator[Advice]:
    """Advise on operations whose operands have shapes that do not fit."""
    if _PRODUCT.search(case.evalue):
        yield from _product(case)
    elif _BROADCAST.search(case.evalue):
        yield from _broadcast(case)
    for rule in (_first_dimension, _target, _reshape, _channels, _too_many, _reshape_2d):
        yield from rule(case)


def shaped(case: Case) -> list[tuple[str, Shape]]:
    """Return the operands with a shape, if just one operation was seen."""
    facts = case.facts_on("operands")
    if len(facts) != 1:
        return []
    found = []
    for each in parts(facts[0], "operands"):
        shape = _shape(each)
        if shape is not None and text(each, "expression"):
            found.append((text(each, "expression"), shape))
    return found


def _shape(fact: Fact) -> Shape | None:
    given = fact.get("shape")
    if not isinstance(given, list) or not all(isinstance(each, int) for each in given):
        return None
    return tuple(given)


def _shown(shape: Shape) -> str:
    inner = ", ".join(map(str, shape))
    return f"({inner},)" if len(shape) == 1 else f"({inner})"


def _broadcast(case: Case) -> Iterator[Advice]:
    operands = shaped(case)
    if len(operands) != 2:
        return
    (one, first), (other, second) = operands
    places = [
        at
        for at in range(1, min(len(first), len(second)) + 1)
        if first[-at] != second[-at] and 1 not in (first[-at], second[-at])
    ]
    if not places:
        return
    at = places[0]
    evidence = f"`{one}` has shape {_shown(first)} and `{other}` has shape {_shown(second)}."
    small, big = (
        ((one, first), (other, second))
        if len(first) < len(second)
        else (
            (other, second),
            (one, first),
        )
    )
    if len(small[1]) == 1 and len(big[1]) == 2 and small[1][0] == big[1][0]:
        yield Advice(
            f"Write `{small[0]}[:, None]` if each row of `{big[0]}` goes with one item of it.",
            f"{evidence[:-1]}: as a column it would fit.",
        )
        return
    yield Advice(
        f"Make `{one}` and `{other}` the same size where they differ: {first[-at]} and "
        f"{second[-at]}.",
        evidence,
    )


def _product(case: Case) -> Iterator[Advice]:
    operands = shaped(case)
    if len(operands) == 2 and all(1 <= len(shape) <= 2 for _, shape in operands):
        (one, first), (other, second) = operands
        inner = second[0]
        if first[-1] == inner:
            return
        hint = ""
        if len(second) == 2 and first[-1] == second[1]:
            hint = f" `{other}.T` would fit."
        elif len(first) == 2 and first[0] == inner:
            hint = f" `{one}.T` would fit."
        yield Advice(
            f"Make the last size of `{one}` ({first[-1]}) and the first of `{other}` ({inner}) "
            f"equal.{hint}",
            f"`{one}` has shape {_shown(first)} and `{other}` has shape {_shown(second)}.",
        )
        return
    match = re.search(r"\((\d+)x(\d+) and (\d+)x(\d+)\)", case.evalue)
    if match is None or not any("torch" in each.file for each in case.error.frames):
        return
    functions = [each.function.partition("(")[0] for each in case.error.frames]
    is_layer = any(each.rpartition(".")[2] == "forward" for each in functions)
    rows, given, wanted = (int(match[number]) for number in (1, 2, 3))
    if is_layer and wanted > given and wanted % given == 0 and rows % (wanted // given) == 0:
        yield Advice(
            "Flatten the input before the layer: `nn.Flatten()`.",
            f"The layer was made for {counted(wanted, 'feature')}, and its input has {given:,} in "
            f"its last dimension, and in all as many as fit.",
        )
    elif is_layer:
        yield Advice(
            f"Give the layer {counted(int(match[3]), 'feature')}, or make it with "
            f"`in_features={match[2]}`.",
            f"The layer was made for {counted(int(match[3]), 'feature')}, and its input has "
            f"{int(match[2]):,}.",
        )


def _first_dimension(case: Case) -> Iterator[Advice]:
    match = _FIRST_DIMENSION.search(case.evalue)
    if match is not None:
        yield Advice(
            "Plot as many x values as y values.",
            f"There are {counted(int(match[1]), 'x value')} and "
            f"{counted(int(match[2]), 'y value')}.",
        )


def _target(case: Case) -> Iterator[Advice]:
    match = _TARGET.search(case.evalue)
    if match is None:
        return
    target, given = ([int(n) for n in part.split(",") if n.strip()] for part in match.groups())
    evidence = f"The target has shape {_shown(tuple(target))} and the input {_shown(tuple(given))}."
    if [*target, 1] == given:
        yield Advice("Add a dimension to the target: `target.unsqueeze(1)`.", evidence)
    elif [*given, 1] == target:
        yield Advice("Take the last dimension off the target: `target.squeeze(1)`.", evidence)


def _reshape(case: Case) -> Iterator[Advice]:
    match = _RESHAPE.search(case.evalue)
    if match is None:
        return
    size, wanted = int(match[1]), [int(each) for each in match[2].split(",") if each.strip()]
    product = 1
    for each in wanted:
        product *= each if each > 0 else 1
    if -1 in wanted:
        yield Advice(
            f"Choose sizes whose product divides {size:,}.",
            f"The array has {size:,} items, and {size:,} is no multiple of {product:,}.",
        )
    else:
        yield Advice(
            f"Choose sizes whose product is {size:,}.",
            f"The array has {size:,} items, and {_shown(tuple(wanted))} needs {product:,}.",
        )


def _channels(case: Case) -> Iterator[Advice]:
    match = _CHANNELS.search(case.evalue)
    if match is None:
        return
    shape = [int(each) for each in match[1].split(",")]
    expected = int(match[2])
    evidence = (
        f"The layer expects {counted(expected, 'channel')}, and the input has shape "
        f"{_shown(tuple(shape))}."
    )
    if len(shape) == 4 and shape[3] == expected and shape[1] != expected:
        yield Advice("Put the channels second: `x.permute(0, 3, 1, 2)`.", evidence)
    else:
        yield Advice(
            f"Give the layer an input with {counted(expected, 'channel')}, or make it with "
            f"`in_channels={match[3]}`.",
            evidence,
        )


def _too_many(case: Case) -> Iterator[Advice]:
    match = _TOO_MANY.search(case.evalue)
    if match is not None:
        operands = shaped(case)
        of = f"`{operands[0][0]}`" if len(operands) == 1 else "the array"
        yield Advice(
            f"Use at most {match[1]} {'index' if match[1] == '1' else 'indices'} on {of}.",
            f"{of[:1].upper()}{of[1:]} has {match[1]} dimension{'' if match[1] == '1' else 's'}, "
            f"and {match[2]} indices were given.",
        )


def _reshape_2d(case: Case) -> Iterator[Advice]:
    if not re.match(
        r"Expected 2D array, got 1D array instead"
        r"|Expected a 2-dimensional container but got <class '[\w.]*Series'>",
        case.evalue,
    ):
        return
    flat = [name for name, shape in shaped(case) if len(shape) == 1]
    column = re.fullmatch(r"(\w+)\[(['\"][^'\"]*['\"])\]", flat[0]) if flat else None
    if column is not None:
        yield Advice(
            f"Pass a table with one column: `{column[1]}[[{column[2]}]]`.",
            f"`{flat[0]}` is one column, and scikit-learn expects rows and columns.",
        )
    elif flat and "container" not in case.evalue:
        yield Advice(
            f"Pass `{flat[0]}.reshape(-1, 1)` if it is one feature of many samples.",
            f"`{flat[0]}` has one dimension, and scikit-learn expects rows and columns.",
        )


def on_lengths(case: Case) -> Iterator[Advice]:
    """Advise on columns, samples and rows whose numbers differ."""
    match = re.search(
        r"Length of values \((\d+)\) does not match length of index \((\d+)\)", case.evalue
    )
    if match is not None:
        fact = case.fact("lengths")
        table, given = text(fact, "table"), text(fact, "expression")
        of, what = (
            (f"`{table}`" if table else "the table"),
            (f"`{given}`" if given else "the column"),
        )
        yield Advice(
            f"Give {of} a column of {counted(int(match[2]), 'value')}.",
            f"{what[:1].upper()}{what[1:]} has {counted(int(match[1]), 'value')} and {of} has "
            f"{counted(int(match[2]), 'row')}.",
        )
    match = _SAMPLES.search(case.evalue)
    if match is not None:
        rows = {shape[0]: name for name, shape in reversed(shaped(case)) if shape}
        one, other = int(match[1]), int(match[2])
        names = [f"`{rows[each]}`" if each in rows else "" for each in (one, other)]
        if all(names):
            yield Advice(
                f"Make {names[0]} and {names[1]} have one row for each sample: the same number.",
                f"{names[0]} has {counted(one, 'row')} and {names[1]} has {other:,}.",
            )
        else:
            yield Advice(
                "Pass inputs with the same number of rows.",
                f"One has {counted(one, 'row')} and the other {other:,}.",
            )
    match = re.search(
        r"Length mismatch: Expected axis has (\d+) elements, new values have (\d+)", case.evalue
    )
    if match is not None:
        yield Advice(
            f"Give {int(match[1]):,} names, one for each.",
            f"The axis has {int(match[1]):,} items, and {int(match[2]):,} names were given.",
        )
    yield from _ragged(case)


def _ragged(case: Case) -> Iterator[Advice]:
    fact = case.fact("ragged")
    row, first, length = (number(fact, each) for each in ("row", "first", "length"))
    name = text(fact, "expression")
    if fact is None or row is None or first is None:
        return
    has = f"has {counted(length, 'item')}" if length is not None else "is no list"
    yield Advice(
        f"Make all rows of `{name}` the same length, or use `dtype=object`.",
        f"Row {row:,} of `{name}` {has}, and row 0 has {first:,}.",
    )


def on_features(case: Case) -> Iterator[Advice]:
    """Advise on features other than those that an estimator was fitted with."""
    fact = case.fact("features")
    missing, unexpected = texts(fact, "missing"), texts(fact, "unexpected")
    estimator = text(fact, "estimator").rpartition(".")[2]
    match = _FEATURES.search(case.evalue)
    if fact is not None and (missing or unexpected):
        said = []
        if missing:
            said.append(f"{quoted(missing)} {'is' if len(missing) == 1 else 'are'} missing")
        if unexpected:
            said.append(f"{quoted(unexpected)} {'is' if len(unexpected) == 1 else 'are'} new")
        expected = number(fact, "expected")
        yield Advice(
            f"Pass the columns that `{estimator}` was fitted with: {' and '.join(said)}.",
            f"`{estimator}` was fitted with columns by name"
            + (f", {expected:,} of them." if expected is not None else "."),
        )
    elif truth(fact, "same_names") and "feature names" in case.evalue:
        yield Advice(
            "Pass the columns in the order of the fit: `X[model.feature_names_in_]`.",
            f"The columns are those that `{estimator}` was fitted with, in another order.",
        )
    elif match is not None:
        yield Advice(
            f"Pass the {counted(int(match[3]), 'feature')} that `{match[2]}` was fitted with.",
            f"`{match[2]}` was fitted with {counted(int(match[3]), 'feature')}, and this input has "
            f"{int(match[1]):,}.",
        )


def on_not_fitted(case: Case) -> Iterator[Advice]:
    """Advise on estimators that were asked before they had learned."""
    match = re.search(r"This (\w+) instance is not fitted yet", case.evalue)
    if case.ename != "NotFittedError" or match is None:
        return
    fact = case.fact("not_fitted")
    name, inner = text(fact, "expression"), text(fact, "inner").rpartition(".")[2]
    shown = f"`{name}.fit(…)`" if name else "`fit(…)`"
    method = text(fact, "method")
    before = f" before `{name}.{method}(…)`" if name and method else " first"
    part = f" (its {inner})" if inner and inner != match[1] else ""
    yield Advice(
        f"Call {shown}{before}.",
        f"`{name}`{part} is {_a(match[1])} that has not been fitted."
        if name
        else f"What was asked{part} is {_a(match[1])} that has not been fitted.",
    )


def _a(kind: str) -> str:
    return f"{'an' if kind[:1] in 'AEIOU' else 'a'} {kind}"
