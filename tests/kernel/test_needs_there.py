"""Cells of all kinds give there what they give here: no name that they read stays behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from .parcel_process import Process, sent

THERE = """
import asyncio, contextlib, dataclasses, enum, functools, sys
from collections import namedtuple
a, b, c, d, n, x, y = 1, 2, 3, 4, 5, 6, 7
flag, word, items, rate, low, high = True, "rate", [1, 2, 3], 0.5, -1, 9
source, formula, limit_text = "total = a + rate", "rate * n", "k > @low"

class Color(enum.Enum):
    RED = 1

class Point:
    __match_args__ = ("px", "py")
    def __init__(self, px, py):
        self.px, self.py = px, py

def helper(v):
    return v * n

class Base:
    factor = 3
    def go(self):
        return helper(self.factor)
    @property
    def size(self):
        return rate
    class Inner:
        def deep(self):
            return high

def times(k):
    def outer(function):
        @functools.wraps(function)
        def wrapper(*given, **named):
            return function(*given, **named) * k + d
        return wrapper
    return outer

@contextlib.contextmanager
def managed():
    yield rate

class Quiet:
    def __enter__(self):
        return self
    def __exit__(self, *_):
        return True

def generator():
    for item in items:
        yield item + low

async def coroutine():
    return helper(1)

@dataclasses.dataclass
class Options:
    rate: float = rate
    def make(self):
        return Point(low, high)

class Called:
    def __call__(self):
        return rate

class Dynamic:
    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return helper(1)

class Descriptor:
    def __get__(self, instance, owner):
        return high

class Described:
    value = Descriptor()

class Table:
    def query(self, text):
        return [low, text]

def uses_eval():
    return eval("rate + low")

def uses_globals():
    return globals()["high"]

thing, options, called, dynamic, table = Base(), Options(), Called(), Dynamic(), Table()
described, point = Described(), Point(2, 3)
registry, handlers = {"go": helper}, [helper, lambda q: q + rate]
bound, cached, part = thing.go, functools.lru_cache(helper), functools.partial(helper, v=rate)
Pair = namedtuple("Pair", "u v")
"""

CELLS = [
    # Comprehensions and assignment expressions
    "seen = [v for i in items if (v := i * n) > low] + [v]",
    "seen = {i: [x for x in range(i)] for i in items if i > low}",
    "seen = [n for n in range(n)], [a for a in items for b in range(a) if b < c]",
    "while (v := next(iter(items), None)) is None:\n    pass\nseen = v",
    "assert flag, (x := 1)\nseen = x",
    # Patterns
    "match point:\n    case Point(px=v, py=w) if w > low:\n        seen = v, w, rate",
    "match Color.RED:\n    case Color.RED:\n        seen = high\n    case str():\n        seen = y",
    "match items:\n    case [first, *rest]:\n        seen = first, rest, word",
    # Classes, decorators, annotations
    "class A:\n    rate = rate\n    class B(Base.Inner):\n        k = [high for _ in range(n)]\n"
    "seen = A.rate, A.B.k, A.B().deep()",
    "@times(k=a)\ndef f(v: Point = b) -> Color:\n    return v\nseen = f()",
    "@functools.lru_cache(maxsize=n)\n@times(1)\ndef g(v):\n    return helper(v)\nseen = g(1)",
    "@dataclasses.dataclass\nclass Q:\n    v: int = n\n    def f(self):\n"
    "        return __class__, low\nseen = Q().v, Q().f()[1]",
    "k: Pair = Pair(x, y)\nseen = k.u, list(k)",
    "seen = type('S', (Base,), {'k': rate})().go()",
    # Texts
    "seen = f'{x:{n}.{a}f} {word!r} {a=} {(lambda: d)()} {[i + c for i in items]}'",
    # Scopes
    "def f():\n    global x, fresh\n    x += 1\n    fresh = y\nf()\nseen = x, fresh",
    "def f():\n    t = a\n    def g():\n        nonlocal t\n        t += b\n        return t\n"
    "    return g\nseen = f()()",
    # Errors and contexts
    "try:\n    v = helper(1)\n    raise KeyError(v)\nexcept (KeyError, OSError) as b:\n"
    "    w = c\nseen = v, w",
    "try:\n    import no_such_module as a\nexcept ImportError:\n    pass\nseen = a",
    "with managed() as v, Quiet():\n    raise OSError\nseen = v, word",
    "with Quiet():\n    1 / 0\n    a = 5\nseen = a",
    # Bound on one way only
    "if not flag:\n    def helper(v):\n        return c\nseen = thing.go()",
    "for i in []:\n    low = 3\nseen = low\ndel word",
    "items += [a]; x **= b; thing.factor -= y\nseen = items, x, thing.factor",
    # Magics and commands
    "v = %timeit -n1 -r1 -q -o helper(x)\nseen = len(v.all_runs)",
    "%time v = helper(y)\nseen = v",
    "v = !echo {a + b} $word ${x}\nseen = list(v)",
    # Names in texts
    "seen = [locals()['x'], vars()['high'], globals().get('rate'), globals()[word]]",
    "seen = getattr(sys.modules['__main__'], 'rate')",
    "import __main__\nseen = __main__.high",
    "from __main__ import rate as r, helper as h\nseen = h(r)",
    "seen = eval(f'{a} + rate'), eval('lo' + 'w' if False else 'low')",
    "exec(source)\nseen = total, eval(formula)",
    "exec('def q():\\n    return helper(rate)\\nv = q()')\nseen = v",
    "seen = eval(compile('x + y', '', 'eval'))",
    "seen = ['{x} {y}'.format(**locals()), '%(x)s' % globals(), '{a}'.format_map(vars())]",
    "seen = get_ipython().user_ns['rate'] + get_ipython().ev('high')",
    "seen = table.query(limit_text)",
    "seen = [uses_eval(), uses_globals()]",
    # What values lead to
    "seen = [registry['go'](1), *[each(1) for each in handlers]]",
    "seen = [options.make().px, options.rate, called(), dynamic.anything, described.value]",
    "seen = [bound(), cached(1), part(), thing.size, getattr(thing, 'go')()]",
    "seen = list(generator()), await coroutine(), sorted(items, key=lambda i: -i * rate)",
    "seen = list(map(helper, filter(None, items)))",
]


@pytest.mark.parametrize("code", CELLS)
def test_a_cell_gives_there_what_it_gives_here(here: Process, there: Process, job: Path, code: str):
    here.ok(THERE)
    sent(here, there, job, code)
    here.ok(code)
    assert there.value("seen") == here.value("seen")
