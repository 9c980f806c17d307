from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsinfra_jlab.domain.errors.export.markdown import (
    code,
    escaped,
    export_markdown,
    fenced,
    in_table,
)
from dsinfra_jlab.domain.errors.occurrences import Variable

from ...error_records import FRAMES, GROUP, RECORD, record

mistune = pytest.importorskip("mistune", minversion="3")


def _html(text: str) -> str:
    return str(mistune.create_markdown(escape=True, plugins=["table"])(text))


def test_message_comes_first() -> None:
    lines = export_markdown([RECORD]).splitlines()
    assert lines[0] == "## KeyError: 'cost'"
    assert lines[2].startswith("**prices has no column 'cost'")


def test_calls_of_libraries_are_folded_together() -> None:
    text = export_markdown([RECORD])
    assert "<details><summary>2 calls in libraries</summary>" in text
    before, _, after = text.partition("<details>")
    assert "In[7]:3" in before
    assert "frame.py:4330 in __getitem__" in after
    assert "(2 times more)" in after


def test_data_is_a_table_even_with_pipes_and_backticks() -> None:
    odd = Variable("a|b", "list[`x`]", "`1` | 2")
    frame = replace(FRAMES[0], variables=[odd, *FRAMES[0].variables])
    html = _html(export_markdown([record(frames=[frame])]))
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    data = [row for row in rows if "a|b" in row]
    assert len(data) == 1
    assert data[0].count("<td") == 3
    assert "`1` | 2" in data[0]


def test_group_members_are_named() -> None:
    text = export_markdown([GROUP])
    assert "### One of the group: ValueError" in text
    assert "### Caused by: ZeroDivisionError" in text


def test_several_are_one_document() -> None:
    text = export_markdown([RECORD, GROUP])
    assert text.count("\n---\n\n## ") == 1
    assert export_markdown([]) == ""


def test_advice_and_environment_are_told() -> None:
    text = export_markdown([RECORD])
    assert r"- Did you mean \`costs\`? (columns of prices: costs, item)" in text
    assert "| Environment | environment |" in text
    assert r"> while reading \*sales.csv\*" in text


def test_a_message_of_many_lines_is_a_block_of_code() -> None:
    text = export_markdown([record(evalue="shape\n```\n1 2\n```")])
    assert "````text\nshape\n```\n1 2\n```\n````" in text


_TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), max_size=30)


@given(_TEXT)
def test_escaped_text_reads_as_itself(text: str) -> None:
    html = _html(f"start {escaped(text)} end")
    shown = _unescaped(re.sub(r"</?p>\n?", "", html)).rstrip("\n")
    assert shown == f"start {text} end"


@given(_TEXT)
def test_code_reads_as_itself(text: str) -> None:
    html = _html(f"start {code(text)} end")
    found = re.search(r"<code>(.*)</code>", html, re.DOTALL)
    if text:
        assert found is not None
        assert _unescaped(found[1]).strip() == text


@given(_TEXT)
def test_no_text_breaks_a_table(text: str) -> None:
    html = _html(f"| a | b |\n| --- | --- |\n| {in_table(text or 'x')} | end |\n")
    assert html.count("<td") == 2
    assert "<td>end</td>" in html


@given(st.lists(st.sampled_from(["```", "````", "~~~", "a", "", "    b"]), max_size=6))
def test_fences_hold_any_text(lines: list[str]) -> None:
    text = "\n".join(lines)
    html = _html("\n".join(fenced(text)))
    found = re.fullmatch(r'<pre><code class="language-text">(.*)</code></pre>\n?', html, re.DOTALL)
    assert found is not None
    assert _unescaped(found[1]).rstrip("\n") == text.rstrip("\n")


def _unescaped(html: str) -> str:
    for name, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#x27;", "'")):
        html = html.replace(name, char)
    return html.replace("&amp;", "&")
