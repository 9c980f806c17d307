"""The cells whose errors are recorded, and what a reader of their text has to find."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """Cells of which the last one fails, or leaves something on stderr."""

    name: str
    cells: tuple[str, ...]
    line: int | None = None
    """Line of the last cell at which the error left it."""
    enames: tuple[str, ...] = ()
    """Classes, the one that came through first, then in the order of ``SeenException``."""
    evalue: str | None = None
    column: int | None = None
    least: tuple[int, int] = (3, 8)
    """The oldest Python that can run it."""
    is_plain: bool = False
    """The modes of ``%xmode`` make no difference: record it once."""
    needs: str = ""
    """A package without which it is left out."""
    kinds: tuple[str, ...] = field(default=())
    """What stderr tells, as kinds of error."""


MODULE = "from pathlib import Path\nimport sys, tempfile\n" + (
    "folder = Path(tempfile.mkdtemp())\nsys.path.insert(0, str(folder))\n"
)

CASES = (
    Case("simple", ("x = 1\n\nx / 0\n",), 3, ("ZeroDivisionError",), "division by zero"),
    Case(
        "function",
        ("def half(x):\n    return x / 0\n\nprint('before')\nhalf(\n    3,\n)\n",),
        5,
        ("ZeroDivisionError",),
    ),
    Case(
        "function_of_another_cell",
        ("def load(d):\n    # look it up\n    return d['speed']\n", "d = {'a': 1}\nload(d)"),
        2,
        ("KeyError",),
        "'speed'",
    ),
    Case(
        "cause",
        (
            "try:\n    {}['a']\nexcept KeyError as error:\n"
            "    raise RuntimeError('no a') from error\n",
        ),
        4,
        ("RuntimeError", "KeyError"),
        "no a",
    ),
    Case(
        "context",
        (
            "def clean():\n    int('x')\n\ndef run():\n    try:\n        1 / 0\n"
            "    except ZeroDivisionError:\n        clean()\n\nrun()\n",
        ),
        10,
        ("ValueError", "ZeroDivisionError"),
        "invalid literal for int() with base 10: 'x'",
    ),
    Case(
        "three_in_a_chain",
        (
            "try:\n    try:\n        1 / 0\n    except ZeroDivisionError:\n        [][3]\n"
            "except IndexError as error:\n    raise OSError('the end') from error\n",
        ),
        7,
        ("OSError", "IndexError", "ZeroDivisionError"),
        "the end",
    ),
    Case(
        "from_none",
        (
            "try:\n    1 / 0\nexcept ZeroDivisionError:\n"
            "    raise ValueError('only me') from None\n",
        ),
        4,
        ("ValueError",),
        "only me",
    ),
    Case(
        "notes",
        (
            "error = ValueError('bad row')\nerror.add_note('row 17')\n"
            "error.add_note('of sales.csv\\nwhich is new')\nraise error\n",
        ),
        4,
        ("ValueError",),
        "bad row",
        least=(3, 11),
    ),
    Case("syntax", ("a = 1\nb = = 2\n",), 2, ("SyntaxError",), "invalid syntax", column=4),
    Case("syntax_open_bracket", ("a = 1\nprint((1, 2)\n",), None, ("SyntaxError",)),
    Case("syntax_open_text", ("a = 1\nb = '''abc\n",), None, ("SyntaxError",)),
    Case("indentation", ("if True:\npass\n",), 2, ("IndentationError",)),
    Case("unindent", ("if True:\n        a = 1\n    b = 2\n",), 3, ("IndentationError",)),
    Case(
        "syntax_of_eval",
        ("code = '1 +'\neval(code)\n",),
        2,
        ("SyntaxError",),
        "invalid syntax",
    ),
    Case("exec_text", ("code = 'a = 1\\nb = a.c'\nexec(code)\n",), 2, ("AttributeError",)),
    Case("library", ("import json\n\n\njson.loads('{bad')\n",), 4, ("JSONDecodeError",)),
    Case(
        "recursion",
        ("def down(n):\n    return down(n + 1)\n\ndown(0)\n",),
        4,
        ("RecursionError",),
    ),
    Case(
        "mutual_recursion",
        (
            "def even(n):\n    return odd(n - 1)\n\ndef odd(n):\n    return even(n - 1)\n\n"
            "even(3)\n",
        ),
        7,
        ("RecursionError",),
    ),
    Case(
        "statement_of_many_lines",
        ("import json\nresult = dict(\n    a=1,\n    b=json.loads(\n        'x',\n    ),\n)\n",),
        None,
        ("JSONDecodeError",),
    ),
    Case(
        "method",
        (
            "class Model:\n    def fit(self, x, *, y=None):\n        return self._fit(x)\n\n"
            "    def _fit(self, x):\n        return x.shape\n\nmodel = Model()\n"
            "model.fit([1, 2])\n",
        ),
        9,
        ("AttributeError",),
        "'list' object has no attribute 'shape'",
    ),
    Case(
        "lambda_and_comprehension",
        ("f = lambda v: 1 / v\nvalues = [2, 1, 0]\n[f(v) for v in values]\n",),
        3,
        ("ZeroDivisionError",),
    ),
    Case(
        "generator",
        ("def numbers():\n    yield 1\n    yield int('no')\n\nsum(\n    numbers()\n)\n",),
        5,
        ("ValueError",),
    ),
    Case("timed", ("%%time\na = 1\nb = a / 0\n",), 3, ("ZeroDivisionError",)),
    Case("timed_line", ("a = 1\n%time a / 0\n",), 2, ("ZeroDivisionError",)),
    Case("timeit", ("a = 1\n%timeit -n1 -r1 a / 0\n",), 2, ("ZeroDivisionError",)),
    Case("after_magics", ("!true\n%time 1\nfoo(1)\n",), 3, ("NameError",)),
    Case("name", ("# a comment\n\nprint(undefined_name)\n",), 3, ("NameError",)),
    Case("no_message", ("a = 2\nassert a == 3\n",), 2, ("AssertionError",), ""),
    Case("class_only", ("a = 2\nraise ValueError\n",), 2, ("ValueError",), ""),
    Case(
        "message_of_many_lines",
        ("text = 'first\\n\\nthird: x\\n    fourth'\nraise ValueError(text)\n",),
        2,
        ("ValueError",),
        "first\n\nthird: x\n    fourth",
    ),
    Case(
        "message_like_a_traceback",
        (
            "text = ('failed:\\nTraceback (most recent call last):\\n'\n"
            "    '  File \"/x/y.py\", line 7, in inner\\n    boom()\\nOSError: inner\\n')\n"
            "raise RuntimeError(text)\n",
        ),
        3,
        ("RuntimeError",),
    ),
    Case(
        "worker_process",
        (
            "import math\nfrom concurrent.futures import ProcessPoolExecutor\n"
            "import multiprocessing as mp\n"
            "with ProcessPoolExecutor(1, mp.get_context('fork')) as pool:\n"
            "    pool.submit(math.sqrt, -1).result()\n",
        ),
        5,
        ("ValueError", "_RemoteTraceback"),
    ),
    Case(
        "own_module",
        (
            MODULE + "(folder / 'mymodule.py').write_text(\n"
            "    'def f(x):\\n    return g(x)\\n\\n\\ndef g(x):\\n    return x.y\\n')\n",
            "import mymodule\nmymodule.f(3)\n",
        ),
        2,
        ("AttributeError",),
    ),
    Case(
        "syntax_of_module",
        (
            MODULE + "(folder / 'broken.py').write_text('a = 1\\ndef f(:\\n    pass\\n')\n",
            "a = 1\nimport broken\n",
        ),
        2,
        ("SyntaxError",),
        "invalid syntax",
    ),
    Case(
        "script",
        (
            MODULE + "script = folder / 'script.py'\n"
            "script.write_text('def f():\\n    return 1 / 0\\n\\nf()\\n')\n",
            "a = 1\n%run {script}\n",
        ),
        2,
        ("ZeroDivisionError",),
    ),
    Case("interrupt", ("a = 1\nraise KeyboardInterrupt\n",), 2, ("KeyboardInterrupt",), ""),
    Case("exit", ("import sys\nsys.exit(3)\n",), None, ("SystemExit",), "3"),
    Case(
        "await",
        (
            "import asyncio\n\nasync def fetch(n):\n    await asyncio.sleep(0)\n"
            "    return [][n]\n\nawait fetch(3)\n",
        ),
        7,
        ("IndexError",),
    ),
    Case("bash_cell", ("%%bash\nexit 3\n",), 1, ("CalledProcessError",)),
    Case("no_module", ("import os\nimport not_there_at_all\n",), 2, ("ModuleNotFoundError",)),
    Case(
        "str_raises",
        (
            "class Bad(Exception):\n    def __str__(self):\n        raise ValueError('no')\n\n"
            "raise Bad()\n",
        ),
    ),
    Case(
        "wide_characters",
        ("größe = '東京'\nwerte = {'é': 1}\nwerte['日本語'] + größe\n",),
        3,
        ("KeyError",),
        "'日本語'",
    ),
    Case(
        "with_block",
        (
            "class Guard:\n    def __enter__(self):\n        return self\n\n"
            "    def __exit__(self, *args):\n        raise OSError('closing')\n\n"
            "with Guard() as guard:\n    a = 1\n    b = a / 0\n",
        ),
        None,
        ("OSError", "ZeroDivisionError"),
    ),
    Case(
        "loop",
        ("rows = ['1', '2', 'x']\nfor row in rows:\n    value = \\\n        int(row)\n",),
        4,
        ("ValueError",),
    ),
    Case(
        "decorated",
        (
            "import functools\n\n@functools.lru_cache\ndef area(side):\n    return side ** 2\n\n"
            "area([1])\n",
        ),
        7,
        ("TypeError",),
    ),
    Case(
        "nested_function",
        (
            "def outer():\n    class Inner:\n        def run(self):\n"
            "            def deep():\n                raise LookupError('deep')\n"
            "            deep()\n    Inner().run()\n\nouter()\n",
        ),
        9,
        ("LookupError",),
        "deep",
    ),
    Case(
        "arrows_in_code",
        ("a = '----> 7 x'\nb = '''\n  File \"x.py\", line 9\n----> 9 y'''\n1 / 0\n",),
        5,
        ("ZeroDivisionError",),
    ),
    Case(
        "pandas_key",
        ("import pandas as pd\nframe = pd.DataFrame({'a': [1]})\n\nframe['b']\n",),
        4,
        ("KeyError", "KeyError"),
        "'b'",
        needs="pandas",
    ),
    Case(
        "long_line",
        ("values = [" + ", ".join(map(str, range(100))) + "]\nvalues[100]\n",),
        2,
        ("IndexError",),
    ),
    Case("blank_lines_above", ("\n\n1 / 0\n",), 3, ("ZeroDivisionError",)),
    Case("continued_command", ("!true \\\n  b\n1 / 0\n",), 3, ("ZeroDivisionError",)),
    Case("indented_cell", ("  a = 1\n  a / 0\n",), 2, ("ZeroDivisionError",)),
    Case("prompts", (">>> a = 1\n>>> a / 0\n",), 2, ("ZeroDivisionError",)),
    Case("captured", ("%%capture\na = 1\nb = a / 0\n",), 3, ("ZeroDivisionError",)),
    Case("timeit_cell", ("%%timeit -n1 -r1\na = 1\nb = a / 0\n",), 3, ("ZeroDivisionError",)),
    Case(
        "syntax_inside",
        ("def f():\n    for n in range(3):\n        x = = n\n",),
        3,
        ("SyntaxError",),
        "invalid syntax",
        column=12,
    ),
    Case("syntax_wide", ("a = 1\nb = '東京' = = 3\n",), 2, ("SyntaxError",)),
    Case("suggestion", ("value = 1\nprint(valeu)\n",), 2, ("NameError",)),
    Case("empty_message", ("a = 1\nraise ValueError('')\n",), 2, ("ValueError",), ""),
    Case(
        "no_file",
        ("a = 1\nwith open('/no/such file.csv') as file:\n    pass\n",),
        2,
        ("FileNotFoundError",),
        "[Errno 2] No such file or directory: '/no/such file.csv'",
    ),
    Case(
        "name_with_module",
        ("import concurrent.futures as f\n\nraise f.CancelledError('a: b')\n",),
        3,
        ("CancelledError",),
        "a: b",
    ),
    Case(
        "same_line_twice",
        ("a = 1\nb = 0\nif a:\n    a / b\nelse:\n    a / b\n",),
        4,
        ("ZeroDivisionError",),
    ),
    # What stderr says.
    Case(
        "group",
        (
            "def one():\n    raise ValueError('one')\n\ndef collect():\n    errors = []\n"
            "    try:\n        one()\n    except ValueError as error:\n"
            "        errors.append(error)\n    try:\n        {}['two']\n"
            "    except KeyError as error:\n        error.add_note('a note')\n"
            "        errors.append(error)\n    raise ExceptionGroup('both', errors)\n\ncollect()\n",
        ),
        17,
        ("ExceptionGroup", "ValueError", "KeyError"),
        "both (2 sub-exceptions)",
        least=(3, 11),
        is_plain=True,
        kinds=("exception",),
    ),
    Case(
        "task_group",
        (
            "import asyncio\n\nasync def work(n):\n    raise ValueError(f'no {n}')\n\n"
            "async with asyncio.TaskGroup() as group:\n    group.create_task(work(1))\n"
            "    group.create_task(work(2))\n",
        ),
        6,
        ("ExceptionGroup", "ValueError", "ValueError"),
        "unhandled errors in a TaskGroup (2 sub-exceptions)",
        least=(3, 11),
        is_plain=True,
        kinds=("exception",),
    ),
    Case(
        "group_in_group",
        (
            "inner = ExceptionGroup('inner', [TypeError('t'), OSError('o')])\n"
            "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n"
            "    raise ExceptionGroup('outer', [inner, ValueError('v')]) from error\n",
        ),
        5,
        (
            "ExceptionGroup",
            "ExceptionGroup",
            "TypeError",
            "OSError",
            "ValueError",
            "ZeroDivisionError",
        ),
        least=(3, 11),
        is_plain=True,
        kinds=("exception",),
    ),
    Case(
        "usage",
        ("a = 1\n%no_such_magic 1\n",),
        None,
        ("UsageError",),
        is_plain=True,
        kinds=("exception",),
    ),
    Case(
        "usage_of_cell_magic",
        ("%%no_such_magic\na = 1\n",),
        None,
        ("UsageError",),
        is_plain=True,
        kinds=("exception",),
    ),
    Case(
        "thread",
        (
            "import threading\n\ndef work():\n    raise ValueError('in a thread')\n\n"
            "thread = threading.Thread(target=work, name='loader')\nthread.start()\n"
            "thread.join()\n",
        ),
        4,
        ("ValueError",),
        "in a thread",
        is_plain=True,
        kinds=("thread",),
    ),
    Case(
        "task",
        (
            "import asyncio, gc\n\nasync def work():\n    raise ValueError('in a task')\n\n"
            "task = asyncio.ensure_future(work())\nawait asyncio.sleep(0.05)\n"
            "del task\ngc.collect();\n",
        ),
        4,
        ("ValueError",),
        "in a task",
        is_plain=True,
        kinds=("task",),
    ),
    Case(
        "unraisable",
        (
            "class Resource:\n    def __del__(self):\n        raise OSError('cannot close')\n\n"
            "resource = Resource()\ndel resource\n",
        ),
        3,
        ("OSError",),
        "cannot close",
        is_plain=True,
        kinds=("unraisable",),
    ),
    Case(
        "logged",
        (
            "import logging\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n"
            "    logging.exception('it failed')\nlogging.error('plain record')\n",
        ),
        3,
        ("ZeroDivisionError",),
        is_plain=True,
        kinds=("log", "log"),
    ),
    Case(
        "warnings",
        (
            "import warnings\nfor n in range(3):\n    warnings.warn(f'look out {n}')\n"
            "warnings.warn('old', DeprecationWarning)\n",
        ),
        3,
        ("UserWarning",),
        is_plain=True,
        kinds=("warning", "warning", "warning", "warning"),
    ),
    Case(
        "process",
        (
            "import multiprocessing as mp\n\ndef work():\n    raise ValueError('in a process')\n\n"
            "process = mp.get_context('fork').Process(target=work)\nprocess.start()\n"
            "process.join()\n",
        ),
        4,
        ("ValueError",),
        "in a process",
        is_plain=True,
        kinds=("thread",),
    ),
    Case(
        "printed",
        (
            "import traceback\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n"
            "    traceback.print_exc()\n",
        ),
        3,
        ("ZeroDivisionError",),
        is_plain=True,
        kinds=("log",),
    ),
    Case(
        "rich",
        (
            "from rich.traceback import install\ninstall();",
            "def f(d):\n    return d['a']\n\nf({})\n",
        ),
        4,
        ("KeyError",),
        "'a'",
        is_plain=True,
        needs="rich",
    ),
    Case(
        "rich_chain",
        (
            "from rich.traceback import install\ninstall(show_locals=True);",
            "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n"
            "    raise ValueError('from it') from error\n",
        ),
        4,
        ("ValueError", "ZeroDivisionError"),
        "from it",
        is_plain=True,
        needs="rich",
    ),
    Case(
        "shell",
        ("!no_such_command_at_all --x\n!ls /no/such/folder\n",),
        is_plain=True,
        kinds=("shell",),
    ),
)
