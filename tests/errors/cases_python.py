"""Failing cells of plain Python and IPython."""

from __future__ import annotations

from .corpus import case

PYTHON = [
    case("undefined", "name", "x = 1\nprint(undefined_thing + x)  #!"),
    case("misspelt", "name", "result = lenn([1, 2])  #!"),
    case("deleted", "name", "a = 1\ndel a\nprint(a)  #!"),
    case(
        "unbound-local",
        "name",
        """
        def step():
            counter += 1
            return counter

        counter = 0
        step()  #!
        """,
    ),
    case("free-variable", "name", "def f():\n    return g\n    g = 1\nf()  #!"),
    case("in-comprehension", "name", "rows = [1, 2]\ndone = [missing(r) for r in rows]  #!"),
    case("none-attribute", "attribute", "match = None\nmatch.group(0)  #!"),
    case("list-attribute", "attribute", "items = [1]\nitems.push(2)  #!"),
    case("module-attribute", "attribute", "import math\nmath.squareroot(2)  #!"),
    case(
        "own-class",
        "attribute",
        """
        class Model:
            def __init__(self):
                self.weights = []

        model = Model()
        model.wieghts  #!
        """,
    ),
    case("add-text-number", "type", 'n = 3\nprint("n = " + n)  #!'),
    case("not-callable", "type", "list_ = [1]\nlist_(0)  #!"),
    case("not-subscriptable", "type", "value = 5\nvalue[0]  #!"),
    case("not-iterable", "type", "for each in 5:  #!\n    pass"),
    case("missing-argument", "type", "def f(a, b):\n    return a\n\nf(1)  #!"),
    case("unexpected-keyword", "type", "def f(a):\n    return a\n\nf(a=1, b=2)  #!"),
    case("unhashable", "type", "{[1]: 2}  #!"),
    case("compare-types", "type", "sorted([1, 'a'])  #!"),
    case("none-plus", "type", "total = None\ntotal + 1  #!"),
    case(
        "abstract",
        "type",
        "from abc import ABC, abstractmethod\nclass A(ABC):\n    @abstractmethod\n    def f(self): ...\nA()  #!",
    ),
    case("json-type", "type", "import json\njson.dumps({1, 2})  #!"),
    case("literal", "value", 'int("12a")  #!'),
    case("float-literal", "value", 'float("1,5")  #!'),
    case(
        "date",
        "value",
        'from datetime import datetime\ndatetime.strptime("2026-13-01", "%Y-%m-%d")  #!',
    ),
    case("regex", "value", 'import re\nre.compile("(a")  #!'),
    case("not-in-list", "value", "[1, 2].index(3)  #!"),
    case("json", "value", "import json\njson.loads('{\"a\": }')  #!"),
    case("unpack", "shape", "a, b = [1, 2, 3]  #!"),
    case("unpack-few", "shape", "a, b, c = 1, 2  #!"),
    case("zip-strict", "value", "list(zip([1], [1, 2], strict=True))  #!"),
    case("key", "lookup", "config = {'lr': 0.1}\nconfig['learning_rate']  #!"),
    case("nested-key", "lookup", "def get(d):\n    return d['a']['b']\n\nget({'a': {}})  #!"),
    case("index", "lookup", "rows = [1, 2]\nrows[5]  #!"),
    case("pop-empty", "lookup", "[].pop()  #!"),
    case("environ", "lookup", "import os\nos.environ['NO_SUCH_VARIABLE_HERE']  #!"),
    case("enum-name", "lookup", "import enum\nclass C(enum.Enum):\n    a = 1\nC['b']  #!"),
    case("missing-file", "file_io", 'open("no_such_file.csv")  #!'),
    case("is-a-folder", "file_io", 'open("/tmp")  #!'),
    case("missing-folder", "file_io", "import os\nos.listdir('/no/such/folder')  #!"),
    case("decode", "file_io", "b'\\xff\\xfe'.decode('utf-8')  #!"),
    case("not-a-zip", "file_io", "import io, zipfile\nzipfile.ZipFile(io.BytesIO(b'no'))  #!"),
    case("unpickle", "file_io", "import pickle\npickle.loads(b'garbage')  #!"),
    case(
        "truncated-gzip",
        "file_io",
        "import gzip, io\ngzip.GzipFile(fileobj=io.BytesIO(b'abc')).read()  #!",
    ),
    case(
        "permission",
        "permission",
        "import os\nraise PermissionError(13, 'Permission denied', '/etc/shadow')  #!",
    ),
    case("no-module", "import_env", "import no_such_module_here  #!"),
    case("no-name-in-module", "import_env", "from math import squareroot  #!"),
    case("no-submodule", "import_env", "import json.nothing  #!"),
    case("missing-library", "import_env", "import ctypes\nctypes.CDLL('libnothing_at_all.so')  #!"),
    case(
        "memory", "memory", "raise MemoryError('Unable to allocate 2 TiB')  #!", severity="critical"
    ),
    case("huge-list", "memory", "block = bytearray(10 ** 15)  #!", severity="critical"),
    case("zero", "numerical", "1 / 0  #!"),
    case("overflow", "numerical", "import math\nmath.exp(1000)  #!"),
    case("math-domain", "numerical", "import math\nmath.sqrt(-1)  #!"),
    case("assert", "logic", "x = 1\nassert x == 2, 'x is one'  #!"),
    case("not-implemented", "logic", "raise NotImplementedError('later')  #!"),
    case("recursion", "logic", "def f(n):\n    return f(n + 1)\n\nf(0)  #!"),
    case("stop-iteration", "logic", "next(iter([]))  #!"),
    case("dict-changed", "logic", "d = {1: 1}\nfor k in d:  #!\n    d[k + 1] = 1"),
    case("interrupt", "interrupt", "raise KeyboardInterrupt  #!", severity="info"),
    case("exit", "interrupt", "import sys\nsys.exit(3)  #!", severity="info"),
    case("timeout", "network", "import socket\nraise TimeoutError('timed out')  #!"),
    case("own-error", "unknown", "class Odd(Exception): ...\nraise Odd('something else')  #!"),
    case(
        "own-value-error",
        "value",
        "class BadRow(ValueError): ...\nraise BadRow('row 3 is odd')  #!",
    ),
    case("own-key-error", "lookup", "class NoColumn(KeyError): ...\nraise NoColumn('price')  #!"),
    case(
        "cause",
        "value",
        "try:\n    int('a')\nexcept ValueError as e:\n    raise ValueError('no number') from e  #!",
    ),
    case("while-handling", "lookup", "try:\n    1 / 0\nexcept ZeroDivisionError:\n    {}['a']  #!"),
    case(
        "group",
        "value",
        "raise ExceptionGroup('several', [ValueError('a'), ValueError('b')])  #!",
    ),
    case(
        "mixed-group",
        "unknown",
        "raise ExceptionGroup('several', [ValueError('a'), KeyError('b')])  #!",
    ),
    case("notes", "value", "e = ValueError('bad row')\ne.add_note('in file a.csv')\nraise e  #!"),
    case("multi-line", "type", "value = sum(  #!\n    [1,\n     'a'],\n)"),
    case(
        "decorated",
        "value",
        "import functools\n@functools.lru_cache\ndef f(x):\n    return int(x)\n\nf('q')  #!",
    ),
    case("lambda", "numerical", "list(map(lambda x: 1 / x, [1, 0]))  #!"),
    case("generator", "numerical", "def g():\n    yield 1\n    yield 1 / 0\n\nlist(g())  #!"),
    case(
        "context",
        "value",
        "import contextlib\n@contextlib.contextmanager\ndef c():\n    yield\n\nwith c():\n    int('x')  #!",
    ),
    case("class-body", "name", "class A:  #!\n    x = missing_name"),
    case(
        "deep-stack",
        "lookup",
        "def a(d): return b(d)\ndef b(d): return c(d)\ndef c(d): return d['k']\n\na({})  #!",
    ),
]

SYNTAX = [
    case("invalid", "syntax", "x = = 1  #!", severity="warning"),
    case("colon", "syntax", "ok = 1\nif ok  #!\n    pass", severity="warning"),
    case("indent", "syntax", "x = 1\n    y = 2  #!", severity="warning"),
    case("expected-indent", "syntax", "for i in range(3):\nprint(i)  #!", severity="warning"),
    case("never-closed", "syntax", "print((1, 2)  #!", severity="warning"),
    case("unterminated", "syntax", "s = 'abc  #!", severity="warning"),
    case("return-outside", "syntax", "return 5  #!", severity="warning"),
    case("print-statement", "syntax", "print 'hello'  #!", severity="warning"),
    case("assign-call", "syntax", "f() = 3  #!", severity="warning"),
    case("unknown-magic", "syntax", "%no_such_magic  #!", severity="warning"),
    case("unknown-cell-magic", "syntax", "%%no_such_cell_magic  #!\nx = 1", severity="warning"),
]

IPYTHON = [
    case("time-line", "numerical", "x = 1\n%time 1 / 0  #!"),
    case("time-cell", "numerical", "%%time\nx = 1\n1 / 0  #!"),
    case("bash", "unknown", "%%bash  #!\nexit 3"),
    case("run-missing", "file_io", "%run no_such_script_here.py  #!"),
    case(
        "await-top",
        "value",
        "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    int('x')\n\nawait f()  #!",
    ),
    case("loop-running", "logic", "import asyncio\nasync def f(): ...\nasyncio.run(f())  #!"),
    case(
        "cancelled",
        "interrupt",
        "import asyncio\nraise asyncio.CancelledError  #!",
        severity="info",
    ),
    case(
        "gather",
        "numerical",
        "import asyncio\nasync def bad():\n    return 1 / 0\n\nawait asyncio.gather(bad(), bad())  #!",
    ),
    case(
        "task-group",
        "numerical",
        "import asyncio\nasync def bad():\n    return 1 / 0\n\nasync with asyncio.TaskGroup() as group:  #!\n    group.create_task(bad())",
    ),
    case(
        "wait-for",
        "interrupt",
        "import asyncio\nawait asyncio.wait_for(asyncio.sleep(5), 0.01)  #!",
    ),
]
