"""Small random programs, read and then run: what is really read and bound must be in what was said.

The other direction is not asked: what *may* be read need not be.
"""

from __future__ import annotations

import sys
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dsinfra_jlab.kernel.names import analyse

NAMES = ["a", "b", "c", "d"]
FUNCTIONS = ["f", "g"]
BEHIND = ["v", "w"]
"""Bound by ``global`` and by comprehensions: the interpreter does so past ``__setitem__``, and then
so it does everywhere in the program. So nothing else binds them."""
ALL = {*NAMES, *FUNCTIONS, *BEHIND}


class Namespace(dict[str, Any]):
    """Logs what is read before it was bound, and what is bound."""

    def __init__(self) -> None:
        super().__init__()
        self.read: set[str] = set()
        self.bound: set[str] = set()
        self.settled: set[str] = set()
        self.outside = dict.fromkeys([*NAMES, *BEHIND], 1)
        self.outside["f"] = self.outside["g"] = lambda *_: 1
        self.outside["E"] = ValueError
        self.outside["__name__"] = "__main__"
        self.outside["suppress"] = _Suppress
        self.outside["plain"] = _Plain
        self.outside["dec"] = lambda thing: thing() and thing if callable(thing) else thing

    def __missing__(self, name: str) -> Any:
        if name in self.settled or name not in self.outside:
            raise KeyError(name)
        self.read.add(name)
        return self.outside[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.bound.add(name)
        self.settled.add(name)
        super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        if name not in self and name not in self.settled and name in self.outside:
            self.bound.add(name)
            self.settled.add(name)
            self.read.add(name)
            return
        super().__delitem__(name)
        self.bound.add(name)
        # A function may have bound it, past ``__setitem__``.
        self.settled.add(name)


class _Suppress:
    def __enter__(self) -> int:
        return 1

    def __exit__(self, kind: Any, value: Any, trace: Any) -> bool:
        return kind is not None and issubclass(kind, Exception)


class _Plain(_Suppress):
    def __exit__(self, kind: Any, value: Any, trace: Any) -> bool:
        return False


def indent(text: str) -> str:
    return "\n".join("    " + line for line in text.splitlines())


names = st.sampled_from(NAMES)
operands = st.one_of(names, st.sampled_from(["0", "1", "2", *BEHIND]))


def calls(of: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds("{}({})".format, st.sampled_from(FUNCTIONS), of)


expressions = st.recursive(
    operands,
    lambda inner: st.one_of(
        st.builds("({} + {})".format, inner, inner),
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} < {} < {})".format, inner, inner, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("({} := {})".format, names, inner),
        st.builds("len([{} for {} in range({}) if {}])".format, operands, names, inner, operands),
        st.builds("len([(w := {}) for z in range({})])".format, operands, operands),
        st.builds("(lambda {}: {})(1)".format, names, inner),
        st.builds("(lambda: {})()".format, inner),
        calls(inner),
    ),
    max_leaves=4,
)


def blocks(statements: st.SearchStrategy[str], most: int = 3) -> st.SearchStrategy[str]:
    return st.lists(statements, min_size=1, max_size=most).map("\n".join)


simple = st.one_of(
    st.builds("{} = {}".format, names, expressions),
    st.builds("{}, {} = {}, {}".format, names, names, expressions, expressions),
    st.builds("{} = {} = {}".format, names, names, expressions),
    st.builds("{} += {}".format, names, operands),
    st.builds("{}: {} = {}".format, names, names, expressions),
    st.builds("{}: {}".format, names, names),
    st.builds("del {}".format, names),
    st.builds("{}".format, expressions),
    st.builds("if {}: raise E".format, operands),
    st.builds("if {}: break_".format, operands),
    st.builds("import sys as {}".format, names),
    st.builds(
        "{} = lambda {}=({}): {}".format, st.sampled_from(FUNCTIONS), names, operands, operands
    ),
)


def functions(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        "{}def {}({}={}, *_):\n{}\n    return {}".format,
        st.sampled_from(["", "", "@dec\n"]),
        st.sampled_from(FUNCTIONS),
        st.sampled_from([*NAMES, "p"]),
        operands,
        inner.map(indent),
        operands,
    )


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    block = blocks(inner).map(indent)
    found = [
        st.builds("if {}:\n{}".format, expressions, block),
        st.builds("if {}:\n{}\nelif {}:\n{}".format, expressions, block, expressions, block),
        st.builds("if {}:\n{}\nelse:\n{}".format, expressions, block, block),
        st.builds("for {} in range({}):\n{}".format, names, expressions, block),
        st.builds("for {} in range({}):\n{}\nelse:\n{}".format, names, operands, block, block),
        st.builds("while {} and tick():\n{}".format, expressions, block),
        st.builds("while True:\n    tock()\n{}\n    if {}: break".format, block, operands),
        st.builds("try:\n{}\nexcept Exception:\n{}".format, block, block),
        st.builds("try:\n{}\nexcept E as {}:\n{}\nelse:\n{}".format, block, names, block, block),
        st.builds("try:\n{}\nfinally:\n{}".format, block, block),
        st.builds("try:\n{}\nexcept Exception:\n{}\nfinally:\n{}".format, block, block, block),
        st.builds("with plain() as {}:\n{}".format, names, block),
        st.builds("with suppress() as {}, plain() as {}:\n{}".format, names, names, block),
        st.builds("class {}:\n{}".format, st.sampled_from([*NAMES, "f"]), block),
        functions(blocks(inner)),
        st.builds("def f(*_):\n    global v\n    v = {}\n{}\n    return v".format, operands, block),
    ]
    found += [
        st.builds(
            "match {}:\n    case 0:\n{}\n    case {} if {}:\n{}".format,
            operands,
            block.map(indent),
            names,
            operands,
            block.map(indent),
        ),
        st.builds(
            "match ({}, {}):\n    case (1, {}):\n{}\n    case _:\n{}".format,
            operands,
            operands,
            names,
            block.map(indent),
            block.map(indent),
        ),
    ]
    if sys.version_info >= (3, 11):
        found.append(st.builds("try:\n{}\nexcept* E:\n{}".format, block, block))
    return st.one_of(found)


programs = blocks(st.recursive(simple, compound, max_leaves=8), most=5)


class _Stop(BaseException):
    """Ends a program that runs too long; no program catches it."""


def run(code: str) -> tuple[Namespace, bool]:
    """Run a program; return what it did, and whether it came to its end."""
    namespace = Namespace()
    left = 60

    def tick() -> bool:
        nonlocal left
        left -= 1
        if left < 0:
            raise _Stop
        return left % 3 > 0

    namespace.outside.update(tick=tick, tock=tick)
    try:
        exec(compile(code, "<cell>", "exec"), namespace)
    except (_Stop, Exception):
        return namespace, False
    return namespace, True


def is_valid(code: str) -> bool:
    try:
        compile(code, "<cell>", "exec")
    except SyntaxError:
        return False
    return True


@settings(max_examples=150, deadline=None)
@given(programs)
def test_what_a_program_does_is_in_what_was_read_from_it(code: str) -> None:
    code = code.replace("break_", "break" if "while" in code else "pass")
    if not is_valid(code):
        return
    said = analyse(code)
    assert said.analysis == "ok"
    namespace, has_ended = run(code)
    seen = namespace.read & ALL
    assert seen <= said.reads, code
    own = namespace.bound & ALL
    assert own <= said.writes, code
    if has_ended:
        assert all(name in namespace for name in said.definite), code
    assert said.literals <= said.writes and said.results <= said.writes, code
