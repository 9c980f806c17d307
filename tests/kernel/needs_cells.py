"""Cells, what is there when they run, and which of it they need: written down by hand."""

from __future__ import annotations

from typing import NamedTuple

THERE = """
import collections, xml.etree.ElementTree as ET, math
from math import sqrt
a, b, c, d, n, x, y, z = 1, 2, 3, 4, 5, 6, 7, 8
flag = True
path = "/tmp"
items = [1, 2, 3]
table = {"k": [1]}
K = 10
rate = 0.1
hidden_name = 5
unused = object()

def g():
    return K

def chain():
    return g() + rate

def ping(n):
    return n and pong(n - 1)

def pong(n):
    return n and ping(n - 1) + z

source = "last = n + 1"

def uses_eval():
    return eval("n")

def setter():
    global x
    x = 3

def calls_later():
    return later()

def nested():
    def inner():
        return rate
    return inner()

def shadows(K):
    return K

def attribute():
    return math.K

class Base:
    scale = 2
    def run(self):
        return self.scale * K

class Child(Base):
    def own(self):
        return sqrt(rate)

child = Child()
closure = (lambda held: lambda: held + n)(3)
import functools
part = functools.partial(g)

def decorated(function):
    @functools.wraps(function)
    def wrapper(*given):
        return function(*given) + y
    return wrapper

@decorated
def wrapped(v):
    return v * rate

class Context:
    def __enter__(self): return self
    def __exit__(self, *_): return bool(flag)
context = Context()
def generator():
    yield from items
async def coroutine():
    return rate
"""


class Cell(NamedTuple):
    """A cell and the names that it needs."""

    code: str
    needs: str = ""
    missing: str = ""
    binds: str | None = None


CELLS = [
    # Order
    Cell("a", "a"),
    Cell("a = 1", "", binds="a"),
    Cell("print(a); a = 1", "a"),
    Cell("a = 1; print(a)", ""),
    Cell("a += 1", "a"),
    Cell("a = a + 1", "a"),
    Cell("a, b = b, a", "a b"),
    Cell("a = b = c", "c", binds="a b"),
    Cell("del a", "a"),
    Cell("del a; a = 1", "a"),
    Cell("a = 1; del a", ""),
    Cell("(a := b) + a", "b"),
    Cell("a: int = b", "b"),
    Cell("a: int", "", binds=""),
    Cell("items[0] = x", "items x"),
    Cell("items[x:y] = []", "items x y"),
    Cell("child.v = a", "child a K rate sqrt"),
    Cell("table['k'][0] += n", "table n"),
    Cell("*a, b = items", "items"),
    # Branches
    Cell("if flag:\n    a = 1\nprint(a)", "flag a"),
    Cell("if flag:\n    a = 1\nelse:\n    a = 2\nprint(a)", "flag"),
    Cell("if flag:\n    a = 1\nelif x:\n    b = 1\nprint(b)", "flag x b"),
    Cell("a = 1 if flag else b", "flag b"),
    Cell("flag and (a := 1); print(a)", "flag a"),
    Cell("try:\n    a = b\nexcept ValueError:\n    a = 0\nprint(a)", "b"),
    Cell("try:\n    a = b\nexcept ValueError:\n    pass\nprint(a)", "a b"),
    Cell("try:\n    pass\nfinally:\n    a = 1\nprint(a)", ""),
    Cell("try:\n    b()\nexcept Exception as x:\n    print(x)", "b"),
    Cell("assert flag, (x := b)\nx", "flag b x"),
    Cell("class A:\n    def f(self):\n        return __class__", ""),
    Cell("with open(path) as f:\n    y = f.read()\nprint(y)", "path"),
    Cell("with context:\n    a = 1\nprint(a)", "context a flag"),
    Cell("match n:\n    case 1:\n        a = 2\n    case _:\n        a = 3\nprint(a)", "n"),
    Cell("match table:\n    case {'k': [x]}:\n        print(x)", "table"),
    # Loops
    Cell("for i in items:\n    print(i)", "items", binds="i"),
    Cell("for x in x:\n    pass", "x"),
    Cell("for i in range(n):\n    a = i\nprint(a)", "n a"),
    Cell("while flag:\n    a = 1\n    break\nprint(a)", "flag a"),
    Cell("while True:\n    a = 1\n    break\nprint(a)", ""),
    Cell("for i in range(3):\n    if i:\n        print(a)\n    a = i", "a"),
    Cell("for i in items:\n    continue\nelse:\n    a = 1\nprint(a)", "items"),
    # Scopes
    Cell("[x for x in items]", "items"),
    Cell("[x + y for x in items if z]", "items y z"),
    Cell("{k: v for k, v in table.items()}", "table"),
    Cell("sum(i * n for i in range(x))", "n x"),
    Cell("[[y for y in x] for x in items]", "items"),
    Cell("f = lambda a, b=c: a + d", "c d"),
    Cell("def f(a=b):\n    return c", "b c", binds="f"),
    Cell("def f():\n    x = 1\n    return x\nf()", ""),
    Cell("def f():\n    return a\na = 1\nf()", ""),
    Cell("def f():\n    return a\nf()\na = 1", "a"),
    Cell("def f():\n    global a\n    a = 1\nf()", "", binds="a f"),
    Cell("def f():\n    global a\n    a += 1\nf()", "a"),
    Cell("def f():\n    def g():\n        return x\n    return g()\nf()", "x"),
    Cell(
        "def f():\n    y = 1\n    def g():\n        nonlocal y\n        y += x\n    g()\nf()", "x"
    ),
    Cell("class A:\n    y = x\n    def f(self):\n        return y", "x y"),
    Cell("class A(Base):\n    K = 5", "Base K"),
    Cell("@decorated\ndef f():\n    return a", "decorated a y functools"),
    Cell("f'{a!r:>{b}}'", "a b"),
    Cell("async def f():\n    return await a\nawait f()", "a"),
    Cell("async for i in a:\n    print(i)", "a"),
    # Through functions and classes of the notebook
    Cell("g()", "g K"),
    Cell("K = 1\ng()", "g"),
    Cell("chain()", "chain g K rate"),
    Cell("def g():\n    return b\nchain()", "chain rate b"),
    Cell("ping(3)", "ping pong z"),
    Cell("setter(); x", "setter x", binds="x"),
    Cell("nested()", "nested rate"),
    Cell("shadows(1)", "shadows"),
    Cell("attribute()", "attribute math"),
    Cell("child.run()", "child K rate sqrt"),
    Cell("Child().own()", "Child K rate sqrt"),
    Cell("closure()", "closure n"),
    Cell("part()", "part K"),
    Cell("wrapped(2)", "wrapped rate y"),
    Cell("list(generator())", "generator items"),
    Cell("await coroutine()", "coroutine rate"),
    Cell("calls_later()", "calls_later"),
    Cell("def later():\n    return d\ncalls_later()", "calls_later d"),
    Cell("fs = [g, nested]", "g nested K rate"),
    # Modules
    Cell("import math\nmath.pi", ""),
    Cell("math.pi", "math"),
    Cell("sqrt(2)", "sqrt"),
    Cell("from os import path\npath.join('a')", ""),
    Cell("import numpy as np, os.path\nnp.arange(n)", "n", binds="np os"),
    Cell("ET.fromstring('<a/>')", "ET"),
    # Magics and commands
    Cell("%time a + b", "a b"),
    Cell("%timeit -n 3 g()", "g K"),
    Cell("%%time\ny = x\nprint(y)", "x"),
    Cell("%%capture out\nprint(a)", "a"),
    Cell("!echo {x} $y $HOME $$z", "x y"),
    Cell("files = !ls {path}", "path", binds="files"),
    Cell("%cd {path}", "path"),
    Cell("%%bash -s {n}\necho $1", "n"),
    Cell("a?", "a"),
    # What code hides
    Cell("df.query('k > @rate')", "rate", missing="df"),
    Cell("eval('a + b')", "a b"),
    Cell("exec('c = d')", "d"),
    Cell("globals()['hidden_name']", "hidden_name"),
    Cell("'{x} {y}'.format(**locals())", "x y"),
    Cell("eval(f'{a} + rate')", "a rate"),
    Cell("from __main__ import rate, g", "rate g K"),
    Cell("import __main__\n__main__.rate", "rate"),
    Cell("get_ipython().user_ns['x']", "x"),
    Cell("exec(source)", "source n"),
    Cell("if __name__ == '__main__':\n    x", "x"),
    Cell("uses_eval()", "uses_eval n"),
    Cell("print(nowhere)", "", missing="nowhere"),
    Cell("with open('f') as f:\n    text = f.read()\nprint(text)", ""),
    Cell("from math import *\nsqrt(2)", ""),
    Cell("try:\n    nowhere\nexcept NameError:\n    nowhere = 1", "", missing="nowhere"),
    Cell("print(len(items), __name__, get_ipython())", "items"),
    Cell("1 +", ""),
    Cell("", ""),
    Cell("# nothing\n'text'", ""),
]
