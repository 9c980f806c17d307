"""Advice on calls and operations with objects of the wrong kind; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..occurrences import Advice, FrameKind
from ..sightings import Fact
from .apis import on_removed_apis
from .case import Case, article, counted, number, parts, quoted, text, texts, truth
from .spelling import nearest

_UNEXPECTED = re.compile(r"got an unexpected keyword argument '(\w+)'")
_MISSING = re.compile(r"missing (\d+) required (?:positional|keyword-only) arguments?: (.+)")
_TOO_MANY = re.compile(r"takes (?:from \d+ to )?(\d+) positional arguments? but (\d+) (?:was|were)")
_UNPACK = re.compile(r"(not enough|too many) values to unpack \(expected (?:at least )?(\d+)")
_OPERANDS = re.compile(
    r"unsupported operand type\(s\) for (\S+?): '(\w+)' and '(\w+)'"
    r"|can only concatenate (str|list|tuple) \(not \"(\w+)\"\) to"
    r"|'([<>=]+)' not supported between instances of '(\w+)' and '(\w+)'"
)


def on_arguments(case: Case) -> Iterator[Advice]:
    """Advise on arguments that a function does not take, or lacks."""
    if case.ename != "TypeError":
        return
    fact = case.fact("arguments")
    function, parameters = text(fact, "function"), texts(fact, "parameters")
    match = _UNEXPECTED.search(case.evalue)
    if match is not None and fact is not None:
        found = nearest(match[1], texts(fact, "near"))
        if found:
            yield Advice(
                f"Did you mean `{found[0]}=`?",
                f"`{function}` has no parameter `{match[1]}`, and has `{found[0]}`.",
            )
        elif not any(True for _ in on_removed_apis(case)):
            yield Advice(
                f"Leave out `{match[1]}=`.",
                f"`{function}` takes {quoted(parameters, 8) or 'no arguments'}.",
            )
    yield from _missing(case, fact, function, parameters)
    match = _TOO_MANY.search(case.evalue)
    if match is not None and fact is not None:
        given, taken = int(match[2]), int(match[1])
        has_no_self = truth(fact, "is_bound") and text(fact, "first") not in ("self", "cls", "")
        if given == taken + 1 and truth(fact, "is_bound") and (has_no_self or taken == 0):
            yield Advice(
                f"Give `{function}` a first parameter `self`.",
                f"`{function}` is a method and does not take the object it belongs to.",
            )
        elif texts(fact, "keyword_only"):
            yield Advice(
                f"Pass {quoted(texts(fact, 'keyword_only'))} by name: `name=value`.",
                f"`{function}` takes {quoted(texts(fact, 'keyword_only'))} by name alone.",
            )
        else:
            yield Advice(
                f"Call `{function}` with {quoted(parameters, 8)} at most."
                if parameters
                else f"Call `{function}` without arguments, or name them: `name=value`.",
                f"That is what `{function}` takes.",
            )


def _missing(
    case: Case, fact: Fact | None, function: str, parameters: list[str]
) -> Iterator[Advice]:
    match = _MISSING.search(case.evalue)
    if match is None:
        return
    names = re.findall(r"'(\w+)'", match[2])
    if names == ["self"] and not truth(fact, "is_bound"):
        yield Advice(
            "Make an object of the class first, and call the method on that.",
            "The method was called on the class, so that `self` is missing.",
        )
    elif fact is not None and names:
        yield Advice(
            f"Pass {quoted(names)} as well.",
            f"`{function}` takes {quoted(parameters, 8)}.",
        )


def on_calls(case: Case) -> Iterator[Advice]:
    """Advise on calling what cannot be called."""
    fact = case.fact("not_callable")
    if case.ename != "TypeError" or "not callable" not in case.evalue or fact is None:
        return
    expression, kind = text(fact, "expression"), text(fact, "type")
    member, module = text(fact, "member"), text(fact, "module")
    if truth(fact, "hides_builtin"):
        yield Advice(
            f"Run `del {expression}`, and choose another name: it hides Python's own.",
            f"`{expression}` is {article(kind)} of this notebook.",
            f"insert_code:del {expression}",
        )
    elif member:
        yield Advice(
            f"Call `{expression}.{member}(…)`, or import it with `from {module} import {member}`.",
            f"`{expression}` is the module, and the module has `{member}`.",
        )
    elif truth(fact, "is_table") or kind in ("list", "dict", "tuple", "numpy.ndarray"):
        yield Advice(
            f"Use brackets for items: `{expression}[…]`.",
            f"`{expression}` is {article(kind)}, and round brackets call it like a function.",
        )
    elif kind == "NoneType" or kind in ("str", "int", "float", "bool"):
        shown = "None" if kind == "NoneType" else article(kind)
        yield Advice(
            f"Check what `{expression}` stands for here: it is no function.",
            f"`{expression}` is {shown}.",
        )


def on_items(case: Case) -> Iterator[Advice]:
    """Advise on items asked of what has none, or none by such an index."""
    if case.ename != "TypeError":
        return
    fact = case.fact("subscripted")
    expression, kind = text(fact, "expression"), text(fact, "type")
    index = text(fact, "index_type")
    if "'method' object is not subscriptable" in case.evalue or (
        "function_or_method' object is not subscriptable" in case.evalue
    ):
        yield Advice(
            "Call it with round brackets: `(…)` and not `[…]`.",
            "Items were asked of a method.",
        )
    elif not expression or fact is None:
        return
    elif kind == "NoneType":
        yield Advice(
            f"Find out why `{expression}` is None here.",
            f"An item was asked of `{expression}`, which is None.",
        )
    elif kind == "list" and index == "str" and text(fact, "item_type") == "dict":
        yield Advice(
            f"Take an item of the list first: `{expression}[0][…]`, or loop over it.",
            f"`{expression}` is a list of dicts.",
        )
    elif kind == "list" and index == "float":
        yield Advice(
            "Make the index whole: `int(…)`, or `//` instead of `/`.",
            f"`{expression}` is a list, and the index is a float.",
        )
    elif kind == "list" and index in ("list", "numpy.ndarray", "tuple"):
        yield Advice(
            f"Make it an array first: `np.array({expression})[…]`.",
            f"`{expression}` is a list, and the index is {article(index)}.",
        )
    elif kind == "str" and truth(fact, "is_json"):
        yield Advice(
            f"Parse it first: `json.loads({expression})[…]`.",
            f"`{expression}` is a text that looks like JSON.",
        )


def on_unpacking(case: Case) -> Iterator[Advice]:
    """Advise on values taken apart into too many or too few names."""
    match = _UNPACK.search(case.evalue)
    fact = case.fact("unpacking")
    expression, length = text(fact, "expression"), number(fact, "length")
    if fact is not None and expression and case.ename == "TypeError":
        yield from _not_iterable(expression, text(fact, "type"), truth(fact, "is_loop"))
    if match is None or fact is None or not expression:
        return
    if truth(fact, "is_loop") and number(fact, "targets") == 2:
        is_dict = text(fact, "type") == "dict"
        yield Advice(
            f"Loop over `{expression}.items()`.",
            f"`{expression}` is {'a dict' if is_dict else 'a table'}, and a loop over it gives "
            f"{'its keys' if is_dict else 'the names of its columns'} alone.",
        )
    elif length is not None:
        yield Advice(
            f"Take `{expression}` apart into {counted(length, 'name')}.",
            f"`{expression}` has {counted(length, 'item')}, and there are "
            f"{number(fact, 'targets')} names.",
        )


def _not_iterable(expression: str, kind: str, is_loop: bool) -> Iterator[Advice]:
    if kind == "NoneType":
        yield Advice(
            f"Find out why `{expression}` is None here.",
            f"`{expression}` is None, and its items were asked for.",
        )
    elif kind == "int" and is_loop:
        yield Advice(
            f"Loop over `range({expression})`.",
            f"`{expression}` is a number, and a loop needs items.",
        )


def on_operands(case: Case) -> Iterator[Advice]:
    """Advise on operations between types that do not go together."""
    match = _OPERANDS.search(case.evalue)
    facts = case.facts_on("operands")
    yield from _not_whole(case, facts)
    if case.ename != "TypeError" or match is None or len(facts) != 1:
        return
    found = [each for each in parts(facts[0], "operands") if text(each, "expression")]
    if len(found) != 2:
        return
    (one, first), (other, second) = [
        (text(each, "expression"), text(each, "type")) for each in found
    ]
    names = {match[2], match[3], match[4], match[5], match[7], match[8]} - {None}
    if {_short(first), _short(second)} != {_short(each) for each in names}:
        return
    evidence = f"`{one}` is {_is(first)} and `{other}` is {_is(second)}."
    constant = {text(each, "expression") for each in found if truth(each, "constant")}
    if "NoneType" in (first, second):
        none = one if first == "NoneType" else other
        if none not in constant:
            yield Advice(f"Find out why `{none}` is None here.", evidence)
    elif "coroutine" in (first, second):
        waited = one if first == "coroutine" else other
        yield Advice(f"Wait for it: `await {waited}`.", evidence)
    elif {first, second} == {"str", "int"} or {first, second} == {"str", "float"}:
        written = one if first == "str" else other
        figure = other if first == "str" else one
        number_ = "int" if "int" in (first, second) else "float"
        if written in constant:
            yield Advice(f"Convert the number: `str({figure})`.", evidence)
        elif figure in constant:
            yield Advice(f"Convert the text: `{number_}({written})`.", evidence)
        else:
            yield Advice(
                f"Convert one of them: `str({figure})`, or `{number_}({written})`.", evidence
            )
    else:
        yield Advice(f"Convert `{one}` or `{other}` so that both have one type.", evidence)


def _not_whole(case: Case, facts: list[Fact]) -> Iterator[Advice]:
    """Advise on a number that must be whole."""
    match = re.match(r"'(float|str)' object cannot be interpreted as an integer", case.evalue)
    if match is None or len(facts) != 1:
        return
    found = [each for each in parts(facts[0], "operands") if text(each, "type") == match[1]]
    if len(found) == 1 and text(found[0], "expression") and not truth(found[0], "constant"):
        name = text(found[0], "expression")
        yield Advice(f"Make it a whole number: `int({name})`.", f"`{name}` is {article(match[1])}.")


def _short(kind: str | None) -> str:
    return (kind or "").rpartition(".")[2]


def _is(kind: str) -> str:
    return "None" if kind == "NoneType" else article(kind)


def _is_of_another_process(case: Case) -> bool:
    """Whether it was raised in a worker, or while one was waited for."""
    is_remote = any("RemoteTraceback" in each.ename for each in case.exceptions)
    pools = ("multiprocessing", "concurrent", "loky")
    return is_remote or case.is_of_a_worker or not case.libraries.isdisjoint(pools)


def on_recursion(case: Case) -> Iterator[Advice]:
    """Advise on the user's functions that call themselves without end.

    A library also gives up on data that are nested too deeply; what made them is not known.
    """
    own = [frame for frame in case.error.frames if frame.kind is not FrameKind.library]
    is_own = case.is_in_users_code or any(frame.repeated for frame in own)
    if case.ename == "RecursionError" and is_own:
        yield Advice(
            "Check where the function stops calling itself.",
            "Calls within calls went deeper than Python allows.",
        )


def on_pickling(case: Case) -> Iterator[Advice]:
    """Advise on what cannot be sent to another process."""
    fact = case.fact("pickled")
    paths = texts(fact, "paths")
    if paths:
        yield Advice(
            f"Leave {quoted(paths)} out of what is pickled or sent to another process.",
            f"{quoted(paths)} {'is' if len(paths) == 1 else 'are'} {article(text(fact, 'type'))}, "
            "which cannot be pickled.",
        )
    elif re.search(r"Can't (?:pickle|get local object).*<lambda>", case.evalue):
        yield Advice(
            "Use a function that is defined with `def` at the top of a module.",
            "A lambda has no name under which another process could find it.",
        )
    elif "Can't get local object" in case.evalue or "Can't pickle local object" in case.evalue:
        local = re.search(r"local object '(?:[^']*\.)?(\w+)'", case.evalue)
        what = f"`{local[1]}`" if local is not None else "it"
        yield Advice(
            f"Define {what} at the top level and not within a function.",
            "Pickles hold functions and classes by the name of their module alone.",
        )
    elif match := re.search(r"Can't get attribute '(\w+)' on <module '__main__'", case.evalue):
        if _is_of_another_process(case):
            yield Advice(
                f"Put `{match[1]}` into a .py file and import it, in the notebook too.",
                "The other process does not have what was defined in this notebook.",
            )
        else:
            yield Advice(
                f"Define or import `{match[1]}` before you load it.",
                f"Pickles hold classes and functions by name, and there is no `{match[1]}` here.",
            )
