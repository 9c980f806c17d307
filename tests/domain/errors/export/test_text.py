from __future__ import annotations

from dataclasses import replace

from dsinfra_jlab.domain.errors.export.text import TITLE_MAX_CHARS, stacktrace, title

from ...error_records import GROUP, RECORD, record


def test_chain_is_printed_oldest_first() -> None:
    text = stacktrace(RECORD)
    first, sentence, second = text.partition(
        "\n\nThe above exception was the direct cause of the following exception:\n\n"
    )
    assert sentence
    assert "In[7]" not in first
    assert second.splitlines()[:3] == [
        "Traceback (most recent call last):",
        '  File "In[7]", line 3, in <module>',
        "    total = prices['cost'].sum()",
    ]
    assert "  [Previous line repeated 2 more times]" in second
    assert second.endswith("KeyError: 'cost'\nwhile reading *sales.csv*")


def test_members_of_a_group_stand_below_it_with_what_led_to_them() -> None:
    lines = stacktrace(GROUP).splitlines()
    order = [
        next(number for number, line in enumerate(lines) if words in line)
        for words in (
            "ZeroDivisionError: division by zero",
            "ExceptionGroup: both",
            "- 1 -",
            "OSError: first",
            "ValueError: one",
            "- 2 -",
            "KeyError: 'two'",
        )
    ]
    assert order == sorted(order)


def test_a_chain_whose_parents_are_wrong_does_not_loop() -> None:
    looping = [replace(link, parent=number) for number, link in enumerate(GROUP.chain)]
    backwards = [replace(link, parent=len(looping) - 1) for link in GROUP.chain]
    assert "division" not in stacktrace(record(chain=looping))
    assert stacktrace(record(chain=backwards))


def test_titles_are_one_line() -> None:
    assert title(RECORD) == "KeyError: 'cost'"
    assert title(record(evalue="")) == "KeyError"
    assert title(record(ename="", evalue="  a \n b")) == "a"
    long = title(record(evalue="x" * 5_000))
    assert len(long) == len("KeyError: ") + TITLE_MAX_CHARS
