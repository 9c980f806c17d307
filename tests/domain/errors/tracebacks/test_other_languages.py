"""Texts as the kernels of other languages publish them.

Those of JavaScript and Java were written by these languages; the others are as their kernels'
documentation and users show them.
"""

from __future__ import annotations

import pytest

from dsinfra_jlab.domain.errors.occurrences import FrameKind, Relation
from dsinfra_jlab.domain.errors.sightings import SeenException
from dsinfra_jlab.domain.errors.tracebacks.reading import read_traceback


def _calls(seen: SeenException) -> list[tuple[str, str, str, int | None]]:
    return [(f.kind.value, f.file, f.function, f.line) for f in seen.frames]


def test_javascript() -> None:
    text = (
        "evalmachine.<anonymous>:2\n  return a.b.c;\n             ^\n\n"
        "TypeError: Cannot read properties of undefined (reading 'c')\n"
        "    at f (evalmachine.<anonymous>:2:14)\n    at evalmachine.<anonymous>:4:1\n"
        "    at Script.runInThisContext (node:vm:137:12)\n"
        "    at Object.<anonymous> (/srv/node_modules/ijs/lib/run.js:2:10)"
    )
    evalue = "Cannot read properties of undefined (reading 'c')"
    (found,) = read_traceback("TypeError", evalue, text, language="javascript")
    assert (found.ename, found.evalue) == ("TypeError", evalue)
    assert _calls(found) == [
        ("library", "/srv/node_modules/ijs/lib/run.js", "Object.<anonymous>", 2),
        ("library", "node:vm", "Script.runInThisContext", 137),
        ("cell", "evalmachine.<anonymous>", "", 4),
        ("cell", "evalmachine.<anonymous>", "f", 2),
    ]
    assert found.frames[-1].column == 13


def test_javascript_causes() -> None:
    text = (
        "RangeError: outer\n    at evalmachine.<anonymous>:1:34\n"
        "    at node:internal/main/run_main_module:28:49 {\n"
        "  [cause]: TypeError: Cannot read properties of null (reading 'x')\n"
        "      at evalmachine.<anonymous>:1:12\n}"
    )
    first, second = read_traceback("", "", text, language="typescript")
    assert (first.ename, first.evalue) == ("RangeError", "outer")
    assert (second.ename, second.parent, second.relation) == ("TypeError", 0, Relation.cause)
    assert [frame.line for frame in second.frames] == [1]


def test_java() -> None:
    text = (
        "java.lang.IllegalStateException: outer: x\n\tat T.main(T.java:1)\n"
        "\tat java.base/java.lang.reflect.Method.invoke(Method.java:569)\n"
        "\tat .(#14:2)\n"
        "Caused by: java.lang.ArithmeticException: / by zero\n\tat T.f(T.java:1)\n\t... 8 more"
    )
    first, second = read_traceback("", "", text, language="java")
    assert (first.module, first.ename, first.evalue) == (
        "java.lang",
        "IllegalStateException",
        "outer: x",
    )
    assert _calls(first) == [
        ("cell", "#14", "", 2),
        ("library", "Method.java", "invoke", 569),
        ("user", "T.java", "main", 1),
    ]
    assert (second.ename, second.evalue) == ("ArithmeticException", "/ by zero")
    assert _calls(second) == [("user", "T.java", "f", 1)]


def test_kotlin() -> None:
    text = (
        "/ by zero\njava.lang.ArithmeticException: / by zero\n"
        "\tat Line_7_jupyter.half(Line_7.jupyter.kts:2)\n"
        "\tat Line_7_jupyter.<init>(Line_7.jupyter.kts:5)\n"
        "\tat java.base/java.lang.reflect.Constructor.newInstance(Constructor.java:499)"
    )
    (found,) = read_traceback("java.lang.ArithmeticException", "/ by zero", text, language="kotlin")
    assert (found.module, found.ename) == ("java.lang", "ArithmeticException")
    assert _calls(found)[1:] == [
        ("cell", "Line_7.jupyter.kts", "<init>", 5),
        ("cell", "Line_7.jupyter.kts", "half", 2),
    ]


def test_scala() -> None:
    text = (
        "java.lang.ArithmeticException: / by zero\n"
        "  ammonite.$sess.cmd3$.half(cmd3.sc:1)\n  ammonite.$sess.cmd4$.<clinit>(cmd4.sc:2)"
    )
    (found,) = read_traceback("", "", text, language="scala")
    assert _calls(found) == [
        ("cell", "cmd4.sc", "<clinit>", 2),
        ("cell", "cmd3.sc", "half", 1),
    ]


def test_r() -> None:
    text = (
        "Error in load(path): no such table: sales\nTraceback:\n\n"
        "1. run(3)\n2. load(path)   # at line 2-3 of file <text>\n"
        '3. stop("no such table: ", name) at line 7 of file <text>'
    )
    evalue = "Error in load(path): no such table: sales\n"
    (found,) = read_traceback("ERROR", evalue, text, language="R")
    assert (found.ename, found.evalue) == ("ERROR", "no such table: sales")
    assert [frame.function for frame in found.frames] == ["run", "load", "stop"]
    assert (found.frames[2].kind, found.frames[2].line) == (FrameKind.cell, 7)


@pytest.mark.parametrize(
    ("evalue", "message"),
    [
        ("Error in eval(expr, envir, enclos): object 'x' not found\n", "object 'x' not found"),
        ("Error: unexpected symbol", "unexpected symbol"),
        ("Error in `f()`:\n! must be a number", "must be a number"),
        ('Error in f(x, "a: b"): cannot open', "cannot open"),
    ],
)
def test_messages_of_r(evalue: str, message: str) -> None:
    (found,) = read_traceback("ERROR", evalue, evalue + "\nTraceback:\n", language="R")
    assert found.evalue == message


def test_julia() -> None:
    text = (
        "UndefVarError: `y` not defined in `Main`\n\nStacktrace:\n"
        " [1] error(s::String)\n   @ Base ./error.jl:35\n"
        " [2] load(x::Int64)\n   @ Main ./In[2]:3\n"
        " [3] top-level scope\n   @ In[4]:1"
    )
    evalue = "UndefVarError: `y` not defined in `Main`"
    (found,) = read_traceback("UndefVarError", evalue, text, language="julia")
    assert found.evalue == "`y` not defined in `Main`"
    assert _calls(found) == [
        ("cell", "In[4]", "<module>", 1),
        ("cell", "In[2]", "load", 3),
        ("library", "error.jl", "error", 35),
    ]


def test_julia_of_old_and_its_causes() -> None:
    text = (
        "KeyError: key 3 not found\nStacktrace:\n [1] getindex(::Dict{Int64,Int64}, ::Int64) at "
        "./dict.jl:467\n [2] top-level scope at In[5]:2\n\n"
        "caused by: BoundsError: attempt to access\nStacktrace:\n [1] f(::Int64) at ./In[5]:1"
    )
    first, second = read_traceback("KeyError", "KeyError: key 3 not found", text, language="julia")
    assert _calls(first) == [
        ("cell", "In[5]", "<module>", 2),
        ("library", "dict.jl", "getindex", 467),
    ]
    assert (second.ename, second.evalue) == ("BoundsError", "attempt to access")
    assert _calls(second) == [("cell", "In[5]", "f", 1)]


def test_rust() -> None:
    text = (
        "[E0425] Error: cannot find value `x` in this scope\n   ╭─[command_3:2:16]\n   │\n"
        ' 2 │ println!("{}", x);\n'
    )
    (found,) = read_traceback("", "", text, language="Rust")
    assert (found.ename, found.evalue) == ("E0425", "cannot find value `x` in this scope")
    assert _calls(found) == [("cell", "command_3", "", 2)]


def test_cpp_has_no_line_that_it_does_not_know() -> None:
    text = "input_line_7:2:2: error: use of undeclared identifier 'foo'\n foo\n ^"
    (found,) = read_traceback("Interpreter Error: ", "", text, language="C++")
    assert found.evalue == "use of undeclared identifier 'foo'"
    assert _calls(found) == [("cell", "input_line_7", "", None)]


def test_bash_tells_a_status_alone() -> None:
    (found,) = read_traceback("", "127", "", language="bash")
    assert (found.ename, found.evalue) == ("CommandFailed", "exit status 127")


def test_languages_that_are_not_known_have_class_and_message() -> None:
    (found,) = read_traceback("Oops", "", "\n\nfirst line\nat x (y:1:2)", language="brainfuck")
    assert (found.ename, found.evalue, found.frames) == ("Oops", "first line", ())


def test_deep_stacks_are_cut_in_their_middle() -> None:
    text = "Error: x\n" + "".join(f"    at f{n} (ijs:{n}:1)\n" for n in range(1, 1_001))
    (found,) = read_traceback("Error", "x", text, language="javascript")
    assert len(found.frames) == 100
    assert found.frames_omitted == 900
    assert [found.frames[0].line, found.frames[-1].line] == [1_000, 1]
